#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *path, int number, idc_error *err)
{
    if (number == ENOENT)
        return idc_fail(err, IDC_E_MISSING, "%.400s: no such file", path);
    return idc_fail(err, number == ENOMEM ? IDC_E_MEMORY : IDC_E_IO, "%.400s: %s", path,
                    number == EISDIR ? "is a directory" : strerror(number));
}

static int read_on(idc_buffer *b, int fd, const char *path, size_t limit, idc_error *err)
{
    for (;;) {
        /* one byte more than the limit tells a file that is too long from one that just fits */
        size_t room = limit - b->size < 65536 ? limit - b->size + 1 : 65536;
        if (b->capacity - b->size > room && b->capacity <= limit)
            room = b->capacity - b->size;
        if (idc_buffer_reserve(b, room) < 0)
            return failed(path, ENOMEM, err);
        ssize_t n = read(fd, b->data + b->size, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(path, errno, err);
        if (n == 0)
            return 0;
        b->size += (size_t)n;
        if (b->size > limit)
            return idc_fail(err, IDC_E_RANGE, "%.400s: larger than the limit of %zu bytes", path,
                            limit);
    }
}

int idc_file_read(idc_buffer *b, const char *path, size_t limit, idc_error *err)
{
    struct stat st;
    b->size = 0;
    if (strcmp(path, "-") == 0)
        return read_on(b, STDIN_FILENO, "stdin", limit, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failed(path, errno, err);
    int rc = fstat(fd, &st) < 0 ? failed(path, errno, err) : 0;
    if (rc == 0 && S_ISDIR(st.st_mode))
        rc = failed(path, EISDIR, err);
    if (rc == 0 && S_ISREG(st.st_mode) && (uintmax_t)st.st_size > limit)
        rc = idc_fail(err, IDC_E_RANGE, "%.400s: %jd bytes, the limit is %zu", path,
                      (intmax_t)st.st_size, limit);
    if (rc == 0 && S_ISREG(st.st_mode) && idc_buffer_reserve(b, (size_t)st.st_size + 1) < 0)
        rc = failed(path, ENOMEM, err);
    if (rc == 0)
        rc = read_on(b, fd, path, limit, err);
    close(fd);
    return rc;
}

int idc_file_map_open(idc_file_map *m, const char *path, idc_error *err)
{
    struct stat st;
    *m = (idc_file_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failed(path, errno, err);
    int rc = fstat(fd, &st) < 0 ? failed(path, errno, err) : 0;
    if (rc == 0 && !S_ISREG(st.st_mode))
        rc = S_ISDIR(st.st_mode) ? failed(path, EISDIR, err)
                                 : idc_fail(err, IDC_E_IO, "%.400s: no regular file", path);
    if (rc == 0 && st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            rc = failed(path, errno, err);
        else
            *m = (idc_file_map){p, (size_t)st.st_size};
    }
    close(fd);
    return rc;
}

void idc_file_map_close(idc_file_map *m)
{
    if (m->data)
        munmap((void *)(uintptr_t)m->data, m->size);
    *m = (idc_file_map){0};
}

struct idc_file_writer {
    FILE *file;
    char *path, *temporary;
};

static void free_writer(idc_file_writer **w)
{
    free((*w)->path);
    free((*w)->temporary);
    free(*w);
    *w = NULL;
}

int idc_file_writer_open(idc_file_writer **out, const char *path, idc_error *err)
{
    static atomic_uint serial;
    size_t n = strlen(path) + 48;
    idc_file_writer *w = *out = calloc(1, sizeof *w);
    if (!w)
        return failed(path, ENOMEM, err);
    w->path = malloc(n);
    w->temporary = malloc(n);
    int rc = w->path && w->temporary ? 0 : failed(path, ENOMEM, err);
    if (rc == 0) {
        snprintf(w->path, n, "%s", path);
        snprintf(w->temporary, n, "%s.tmp-%ld-%u", path, (long)getpid(),
                 atomic_fetch_add(&serial, 1));
        int fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0)
            rc = failed(path, errno, err);
        else if (!(w->file = fdopen(fd, "wb"))) {
            rc = failed(path, errno, err);
            close(fd);
            unlink(w->temporary);
        }
    }
    if (rc < 0)
        free_writer(out);
    return rc;
}

FILE *idc_file_writer_stream(idc_file_writer *w)
{
    return w->file;
}

int idc_file_writer_append(idc_file_writer *w, const void *bytes, size_t n, idc_error *err)
{
    return fwrite(bytes, 1, n, w->file) == n ? 0 : failed(w->path, errno, err);
}

/* A rename is only safe from a power cut once the directory is on disk as well. */
static void sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char name[4096];
    snprintf(name, sizeof name, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    int fd = open(*name ? name : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

int idc_file_writer_commit(idc_file_writer **out, idc_error *err)
{
    idc_file_writer *w = *out;
    bool bad = ferror(w->file) != 0;
    int rc = bad ? idc_fail(err, IDC_E_IO, "%.400s: write error", w->path) : 0;
    if (rc == 0 && (fflush(w->file) != 0 || fsync(fileno(w->file)) != 0))
        rc = failed(w->path, errno, err);
    if (fclose(w->file) != 0 && rc == 0)
        rc = failed(w->path, errno, err);
    if (rc == 0 && rename(w->temporary, w->path) != 0)
        rc = failed(w->path, errno, err);
    if (rc < 0)
        unlink(w->temporary);
    else
        sync_directory(w->path);
    free_writer(out);
    return rc;
}

void idc_file_writer_abort(idc_file_writer **w)
{
    if (!*w)
        return;
    fclose((*w)->file);
    unlink((*w)->temporary);
    free_writer(w);
}

int idc_file_write_atomic(const char *path, const void *bytes, size_t n, idc_error *err)
{
    idc_file_writer *w;
    int rc = idc_file_writer_open(&w, path, err);
    if (rc < 0)
        return rc;
    rc = idc_file_writer_append(w, bytes, n, err);
    if (rc < 0) {
        idc_file_writer_abort(&w);
        return rc;
    }
    return idc_file_writer_commit(&w, err);
}
