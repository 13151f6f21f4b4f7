#include "image/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/decode.h"

struct idc_folder {
    char **names;
    size_t count, capacity, at;
};

static bool ends_like_a_picture(const char *name)
{
    static const char *const ends[] = {".jpg", ".jpeg", ".jpe", ".jfif", ".png"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return true;
    return false;
}

static bool begins_like_a_picture(const char *path)
{
    uint8_t head[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : 0;
    if (fd >= 0)
        close(fd);
    return n > 0 && idc_is_picture(head, (size_t)n);
}

/* Keeps the name when it is a picture's; gives it back to the heap otherwise. */
static int consider(idc_folder *f, char *path, const char *name)
{
    struct stat st;
    if (!path)
        return IDC_E_MEMORY;
    bool take = *name != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
                (ends_like_a_picture(name) || begins_like_a_picture(path));
    if (take && f->count == f->capacity) {
        size_t more = f->capacity * 2 + 64;
        char **grown = realloc(f->names, more * sizeof *grown);
        if (!grown) {
            free(path);
            return IDC_E_MEMORY;
        }
        f->names = grown;
        f->capacity = more;
    }
    if (take)
        f->names[f->count++] = path;
    else
        free(path);
    return 0;
}

static char *join(const char *folder, const char *name)
{
    size_t n = strlen(folder), size = n + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/", name);
    return path;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int idc_folder_open(idc_folder **out, const char *path, idc_error *err)
{
    *out = NULL;
    DIR *d = opendir(path);
    if (!d)
        return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    idc_folder *f = calloc(1, sizeof *f);
    int rc = f ? 0 : IDC_E_MEMORY;
    for (struct dirent *e; rc == 0 && (e = readdir(d));)
        rc = consider(f, join(path, e->d_name), e->d_name);
    closedir(d);
    *out = f;
    if (rc < 0) {
        idc_folder_close(out);
        return idc_fail(err, rc, "%s: no memory for its names", path);
    }
    if (f->count == 0) {
        idc_folder_close(out);
        return idc_fail(err, IDC_E_MISSING, "%s: a folder without pictures", path);
    }
    qsort(f->names, f->count, sizeof *f->names, by_bytes);
    return 0;
}

const char *idc_folder_next(idc_folder *f)
{
    return f->at < f->count ? f->names[f->at++] : NULL;
}

void idc_folder_close(idc_folder **f)
{
    if (!*f)
        return;
    for (size_t i = 0; i < (*f)->count; i++)
        free((*f)->names[i]);
    free((*f)->names);
    free(*f);
    *f = NULL;
}
