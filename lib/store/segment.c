/* segment.c: one file to write, many to read. */
#define _GNU_SOURCE /* flock, fallocate, sync_file_range */
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sql.h"

/* All in bytes. HEAD lies before the first blob; blobs begin at multiples of ALIGN, a page; WINDOW addresses are kept for a mapped
 * file: MOST, a transaction and a blob. AHEAD are taken of the disk in advance, so that a file lies in few pieces; after
 * BEHIND written the disk is set to work; after RESIDENT read, pages are let go from our tables. */
#define HEAD 64
#define ALIGN 4096
#define WINDOW ((size_t)8 << 30)
#define AHEAD ((int64_t)32 << 20)
#define BEHIND ((int64_t)4 << 20)
#define RESIDENT ((size_t)256 << 20)

struct mapped {
    int64_t segment;
    int fd;
    const uint8_t *data;
    size_t size; /* of the file when it was last asked */
    size_t read;
};

struct idc_segments {
    struct mapped *maps;
    size_t n;
    int fd; /* written; -1: none */
    int64_t segment, end, committed, begun, taken;
    bool dirty, fresh; /* not on the disk yet: bytes, the name */
};

static idc_segments *segments_of(idc_store *s, idc_error *err)
{
    if (!s->segments && (s->segments = calloc(1, sizeof *s->segments)))
        s->segments->fd = -1;
    if (!s->segments)
        idc_fail(err, IDC_E_MEMORY, "%s: no memory", s->path);
    return s->segments;
}

static void name_of(char *path, size_t size, const idc_store *s, int64_t segment)
{
    snprintf(path, size, "%s-%03" PRId64 ".blob", s->path, segment);
}

static int fail_errno(const idc_store *s, int64_t segment, int code, idc_error *err)
{
    char path[4200];
    name_of(path, sizeof path, s, segment);
    if (code == ENOSPC || code == EDQUOT)
        return idc_fail(err, IDC_E_IO, "%s: the disk is full; what was committed is safe", path);
    return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(code));
}

static int write_all(int fd, const uint8_t *p, size_t n, int64_t at)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, p, n < (1u << 30) ? n : 1u << 30, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        p += done;
        n -= (size_t)done;
        at += done;
    }
    return 0;
}

/* "idc blobs 1", then the store's mark. */
static int head_of(idc_store *s, uint8_t head[HEAD], idc_error *err)
{
    sqlite3_stmt *q;
    memset(head, 0, HEAD);
    memcpy(head, "idc blobs 1\n", 12);
    int rc = idc_sql_open(s, &q, err, "SELECT mark FROM store", "");
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc < 0)
        return rc;
    bool good = rc > 0 && sqlite3_column_bytes(q, 0) == 16;
    if (good)
        memcpy(head + 16, sqlite3_column_blob(q, 0), 16);
    sqlite3_reset(q);
    return good ? 0 : idc_fail(err, IDC_E_INVALID, "%s: table store has no mark", s->path);
}

/* 1 it is ours, 0 it is another's, or cut. */
static int has_head(int fd, const uint8_t head[HEAD])
{
    uint8_t found[HEAD];
    return pread(fd, found, HEAD, 0) == HEAD && memcmp(found, head, HEAD) == 0;
}

/* A power cut must not take away the name of a file that rows refer to. */
static int sync_folder(const idc_store *s)
{
    char folder[4200];
    snprintf(folder, sizeof folder, "%s", s->path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Of a locked file: what is committed, or, where the store knows of none, a new one. 1 it is ours to write, 0 it is not. */
static int adopt(idc_store *s, int fd, int64_t segment, idc_error *err)
{
    uint8_t head[HEAD];
    struct stat st;
    int64_t bytes;
    idc_segments *g = s->segments;
    int rc = head_of(s, head, err);
    rc = rc < 0 ? rc
                : idc_sql_int(s, &bytes, err, "SELECT bytes FROM segment WHERE segment = ?", "i",
                              segment);
    if (rc < 0 || fstat(fd, &st) != 0)
        return rc < 0 ? rc : fail_errno(s, segment, errno, err);
    if (!S_ISREG(st.st_mode) || (st.st_size > 0 && !has_head(fd, head)))
        return 0;
    if (rc > 0 && (bytes < HEAD || bytes >= IDC_SEGMENT_MOST || st.st_size < bytes))
        return 0;
    if (rc == 0) { /* new, or left by one that was killed before it committed anything */
        if (write_all(fd, head, HEAD, 0) < 0)
            return fail_errno(s, segment, errno, err);
        bytes = HEAD;
        rc = idc_sql_run(s, err, "INSERT INTO segment (segment, bytes) VALUES (?, ?)", "ii",
                         segment, bytes);
        if (rc < 0)
            return rc;
    }
    g->fd = fd;
    g->segment = segment;
    g->end = g->committed = g->begun = g->taken = bytes;
    g->dirty = false;
    g->fresh = bytes == HEAD;
    return 1;
}

/* The first that is not full and that nobody writes to. */
static int take(idc_store *s, idc_error *err)
{
    char path[4200];
    for (int64_t k = 1; k <= IDC_SEGMENT_COUNT; k++) {
        int64_t bytes;
        int rc = idc_sql_int(s, &bytes, err, "SELECT bytes FROM segment WHERE segment = ?", "i", k);
        if (rc < 0)
            return rc;
        if (rc > 0 && bytes >= IDC_SEGMENT_MOST)
            continue;
        name_of(path, sizeof path, s, k);
        int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | (rc > 0 ? 0 : O_CREAT), 0666);
        if (fd < 0 && rc > 0)
            continue; /* its features are lost; what comes now need not be */
        if (fd < 0)
            return fail_errno(s, k, errno, err);
        rc = flock(fd, LOCK_EX | LOCK_NB) == 0 ? adopt(s, fd, k, err) : 0;
        if (rc > 0)
            return 0;
        close(fd);
        if (rc < 0)
            return rc;
    }
    return idc_fail(err, IDC_E_RANGE, "%s: has %d files of blobs, the most there may be", s->path,
                    IDC_SEGMENT_COUNT);
}

/* Lets another writer have it, without what is not committed. */
static void release(idc_segments *g)
{
    if (g->fd < 0)
        return;
    (void)!ftruncate(g->fd, g->committed); /* gives back what was taken in advance; not needed */
    close(g->fd);
    g->fd = -1;
    g->dirty = g->fresh = false;
}

int idc_segment_append(idc_store *s, const void *data, size_t n, idc_place *place, idc_error *err)
{
    idc_segments *g = segments_of(s, err);
    if (!g)
        return IDC_E_MEMORY;
    int rc = g->fd >= 0 ? 0 : take(s, err);
    if (rc < 0)
        return rc;
    int64_t start = (g->end + ALIGN - 1) / ALIGN * ALIGN, end = start + (int64_t)n;
    if (end > (int64_t)WINDOW)
        return idc_fail(err, IDC_E_RANGE, "%s: a transaction is too large", s->path);
    if (end > g->taken) {
        (void)!fallocate(g->fd, FALLOC_FL_KEEP_SIZE, end, AHEAD); /* where it cannot, pwrite does */
        g->taken = end + AHEAD;
    }
    if (write_all(g->fd, data, n, start) < 0)
        return fail_errno(s, g->segment, errno, err);
    *place = (idc_place){g->segment, start};
    g->end = end;
    g->dirty = true;
    if (end - g->begun >= BEHIND) {
        sync_file_range(g->fd, g->begun, end - g->begun, SYNC_FILE_RANGE_WRITE);
        g->begun = end;
    }
    return 0;
}

int idc_segment_sync(idc_store *s, idc_error *err)
{
    idc_segments *g = s->segments;
    if (!g || g->fd < 0 || !g->dirty)
        return 0;
    if (fdatasync(g->fd) < 0 || (g->fresh && sync_folder(s) < 0))
        return fail_errno(s, g->segment, errno, err);
    g->dirty = g->fresh = false;
    return 0;
}

int idc_segment_precommit(idc_store *s, idc_error *err)
{
    idc_segments *g = s->segments;
    int rc = idc_segment_sync(s, err);
    if (rc < 0 || !g || g->fd < 0 || g->end == g->committed)
        return rc;
    return idc_sql_run(s, err, "UPDATE segment SET bytes = ? WHERE segment = ?", "ii", g->end,
                       g->segment);
}

void idc_segment_committed(idc_store *s)
{
    idc_segments *g = s->segments;
    if (!g || g->fd < 0)
        return;
    g->committed = g->end;
    if (g->end >= IDC_SEGMENT_MOST)
        release(g);
}

void idc_segment_rollback(idc_store *s)
{
    if (s->segments)
        release(s->segments);
}

static int map(idc_store *s, int64_t segment, struct mapped *m, idc_error *err)
{
    char path[4200];
    uint8_t head[HEAD];
    struct stat st;
    int rc = head_of(s, head, err);
    if (rc < 0)
        return rc;
    name_of(path, sizeof path, s, segment);
    *m = (struct mapped){.segment = segment, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (m->fd < 0 && errno == ENOENT)
        return idc_fail(err, IDC_E_MISSING,
                        "%s: is not there; it holds features and belongs beside the store", path);
    if (m->fd < 0)
        return fail_errno(s, segment, errno, err);
    if (fstat(m->fd, &st) != 0 || !S_ISREG(st.st_mode) || !has_head(m->fd, head))
        rc = idc_fail(err, IDC_E_MISMATCH, "%s: holds no blobs of this store", path);
    else {
        void *data = mmap(NULL, WINDOW, PROT_READ, MAP_SHARED | MAP_NORESERVE, m->fd, 0);
        if (data == MAP_FAILED)
            rc = fail_errno(s, segment, errno, err);
        else
            m->data = data;
    }
    if (rc < 0)
        close(m->fd);
    return rc;
}

static int mapped_of(idc_store *s, int64_t segment, struct mapped **m, idc_error *err)
{
    idc_segments *g = segments_of(s, err);
    if (!g)
        return IDC_E_MEMORY;
    for (size_t i = 0; i < g->n; i++)
        if (g->maps[i].segment == segment) {
            *m = &g->maps[i];
            return 0;
        }
    struct mapped *maps = realloc(g->maps, (g->n + 1) * sizeof *maps);
    if (!maps)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", s->path);
    g->maps = maps;
    *m = &maps[g->n];
    int rc = map(s, segment, *m, err);
    g->n += rc == 0;
    return rc;
}

/* Asks for all of it at once, so that a cold read is no fault a page; lets go of what was read long ago. */
static void advise(struct mapped *m, size_t start, size_t n)
{
    size_t page = 65536,
           from = start / page * page; /* the largest that Linux has on our machines */
    if (m->read + n > RESIDENT) {
        madvise((void *)(uintptr_t)m->data, m->size, MADV_DONTNEED);
        m->read = 0;
    }
    m->read += n;
    madvise((void *)(uintptr_t)(m->data + from), start + n - from, MADV_WILLNEED);
}

int idc_segment_data(idc_store *s, idc_place place, size_t n, const void **data, idc_error *err)
{
    struct stat st;
    struct mapped *m = NULL;
    if (place.segment < 1 || place.segment > IDC_SEGMENT_COUNT || place.start < HEAD ||
        place.start > (int64_t)WINDOW || n > WINDOW - (size_t)place.start)
        return idc_fail(err, IDC_E_INVALID,
                        "blob has no place (file %" PRId64 ", byte %" PRId64 ")", place.segment,
                        place.start);
    int rc = mapped_of(s, place.segment, &m, err);
    if (rc < 0)
        return rc;
    size_t start = (size_t)place.start;
    if (start + n > m->size && fstat(m->fd, &st) == 0)
        m->size = (size_t)st.st_size; /* it has grown */
    if (start + n > m->size) {
        char path[4200];
        name_of(path, sizeof path, s, place.segment);
        return idc_fail(err, IDC_E_INVALID, "%s: is cut short: %zu bytes, a blob ends at %zu", path,
                        m->size, start + n);
    }
    advise(m, start, n);
    *data = m->data + start;
    return 0;
}

void idc_segments_free(idc_store *s)
{
    idc_segments *g = s->segments;
    if (!g)
        return;
    release(g);
    for (size_t i = 0; i < g->n; i++) {
        munmap((void *)(uintptr_t)g->maps[i].data, WINDOW);
        close(g->maps[i].fd);
    }
    free(g->maps);
    free(g);
    s->segments = NULL;
}
