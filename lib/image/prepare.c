#include "image/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE ((off_t)1 << 30)

void idc_prepare_name(char name[IDC_PREPARE_NAME], const idc_prepare *how)
{
    if (how->width == 0)
        snprintf(name, IDC_PREPARE_NAME, "srgb;exif;native");
    else
        snprintf(name, IDC_PREPARE_NAME, "srgb;exif;dct2;%s;%dx%d", idc_filter_name(how->filter),
                 how->width, how->height);
}

int idc_prepare_bytes(idc_image *out, const uint8_t *bytes, size_t n, const idc_prepare *how,
                      idc_decode_info *info, idc_error *err)
{
    idc_decode_options options = {how->max_pixels, how->lenient, how->width, how->height};
    int rc = idc_decode(out, bytes, n, &options, info, err);
    if (rc < 0 || how->width == 0 || (out->width == how->width && out->height == how->height))
        return rc;
    idc_image whole = *out;
    rc = idc_resize(out, &whole, how->width, how->height, how->filter, err);
    idc_image_free(&whole);
    return rc;
}

static int system_error(const char *path, idc_error *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return idc_fail(err, IDC_E_MISSING, "%s: no such file", path);
    return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
}

/* *bytes: malloc'ed, n of them. */
static int read_open(int fd, const char *path, uint8_t **bytes, size_t *n, idc_error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return system_error(path, err);
    if (S_ISDIR(st.st_mode))
        return idc_fail(err, IDC_E_INVALID, "%s: is a directory", path);
    if (!S_ISREG(st.st_mode))
        return idc_fail(err, IDC_E_INVALID, "%s: is no regular file", path);
    if (st.st_size > MAX_FILE)
        return idc_fail(err, IDC_E_RANGE, "%s: %lld bytes are too many for a picture", path,
                        (long long)st.st_size);
    size_t size = (size_t)st.st_size, got = 0;
    *bytes = malloc(size ? size : 1);
    if (!*bytes)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory for %zu bytes", path, size);
    while (got < size) {
        ssize_t k = read(fd, *bytes + got, size - got);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return system_error(path, err);
        if (k == 0)
            break; /* it has become shorter meanwhile */
        got += (size_t)k;
    }
    *n = got;
    return 0;
}

int idc_prepare_file(idc_image *out, const char *path, const idc_prepare *how,
                     idc_decode_info *info, idc_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    *out = (idc_image){0, 0, NULL};
    *info = (idc_decode_info){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC |
                            O_NONBLOCK); /* a pipe without a writer must not hold us up */
    if (fd < 0)
        return system_error(path, err);
    int rc = read_open(fd, path, &bytes, &n, err);
    close(fd);
    if (rc == 0) {
        rc = idc_prepare_bytes(out, bytes, n, how, info, err);
        if (rc < 0)
            idc_fail_in(err, rc, path);
    }
    free(bytes);
    return rc;
}
