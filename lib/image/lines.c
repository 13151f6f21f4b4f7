#include "image/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536

struct idc_lines {
    int fd;
    bool ended, skipping; /* skipping: the rest of a line that was too long */
    char *name;
    char *data; /* bytes begin … end are not handed out yet; [IDC_MAX_LINE + BLOCK] */
    size_t begin, end;
    uint64_t number;
};

int idc_lines_open(idc_lines **out, const char *path, idc_error *err)
{
    struct stat st;
    bool standard = strcmp(path, "-") == 0;
    *out = NULL;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? idc_fail(err, IDC_E_MISSING, "%s: no such file", path)
                               : idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    idc_lines *l = calloc(1, sizeof *l);
    if (!l || !(l->name = strdup(standard ? "stdin" : path)) ||
        !(l->data = malloc(IDC_MAX_LINE + BLOCK + 1))) {
        if (l)
            free(l->name);
        free(l);
        if (!standard)
            close(fd);
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    }
    l->fd = fd;
    *out = l;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        idc_lines_close(out);
        return idc_fail(err, IDC_E_INVALID, "%s: is a directory", path);
    }
    return 0;
}

/* One read at the end of the data. 1, or 0 at the end of the file. */
static int fill(idc_lines *l, idc_error *err)
{
    if (l->begin > 0) {
        memmove(l->data, l->data + l->begin, l->end - l->begin);
        l->end -= l->begin;
        l->begin = 0;
    }
    ssize_t n = read(l->fd, l->data + l->end, IDC_MAX_LINE + BLOCK - l->end);
    if (n < 0 && errno == EINTR)
        return idc_fail(err, IDC_E_STOPPED, "%s: stopped by a signal", l->name);
    if (n < 0)
        return idc_fail(err, IDC_E_IO, "%s: %s", l->name, strerror(errno));
    l->end += (size_t)n;
    l->ended = n == 0;
    return n > 0;
}

/* The next n bytes are a line. */
static int hand_out(idc_lines *l, size_t n, const char **line, idc_error *err)
{
    char *s = l->data + l->begin;
    l->begin += n < l->end - l->begin ? n + 1 : n;
    l->number++;
    if (l->skipping || n > IDC_MAX_LINE) {
        l->skipping = false;
        return idc_fail(err, IDC_E_RANGE, "%s:%llu: the line is longer than %zu bytes", l->name,
                        (unsigned long long)l->number, IDC_MAX_LINE);
    }
    if (memchr(s, 0, n))
        return idc_fail(err, IDC_E_INVALID, "%s:%llu: the line holds a zero byte", l->name,
                        (unsigned long long)l->number);
    if (n > 0 && s[n - 1] == '\r')
        n--;
    s[n] = 0;
    *line = s;
    return 1;
}

int idc_lines_next(idc_lines *l, const char **line, idc_error *err)
{
    size_t looked = 0;
    for (;;) {
        size_t have = l->end - l->begin;
        const char *end =
            have > looked ? memchr(l->data + l->begin + looked, '\n', have - looked) : NULL;
        if (end)
            return hand_out(l, (size_t)(end - (l->data + l->begin)), line, err);
        if (l->ended)
            return have > 0 || l->skipping ? hand_out(l, have, line, err) : 0;
        looked = have;
        if (have > IDC_MAX_LINE) {
            l->skipping = true;
            l->begin = l->end;
            looked = 0;
        }
        int rc = fill(l, err);
        if (rc < 0)
            return rc;
    }
}

bool idc_lines_ready(const idc_lines *l)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    return l->ended || (l->end > l->begin && memchr(l->data + l->begin, '\n', l->end - l->begin)) ||
           poll(&p, 1, 0) > 0;
}

uint64_t idc_lines_number(const idc_lines *l)
{
    return l->number;
}

const char *idc_lines_name(const idc_lines *l)
{
    return l->name;
}

void idc_lines_close(idc_lines **l)
{
    if (!*l)
        return;
    if ((*l)->fd != STDIN_FILENO)
        close((*l)->fd);
    free((*l)->name);
    free((*l)->data);
    free(*l);
    *l = NULL;
}
