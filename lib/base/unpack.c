#include "base/unpack.h"

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

enum { CHUNK = 1 << 16, MOST = 1 << 20 };

struct idc_unpack {
    char name[256]; /* for messages */
    gzFile gz;      /* gzip and plain files */
    FILE *xz;
    lzma_stream lzma;
    uint8_t packed[CHUNK];
    int packed_end; /* the xz file has been read */
    zip_t *zip;
    zip_file_t *member;
    char *data; /* unpacked and not handed out: at … size */
    size_t at, size;
    int ended;
};

static int open_zip(idc_unpack *u, const char *path, const char *member, idc_error *err)
{
    int code = 0;
    u->zip = zip_open(path, ZIP_RDONLY, &code);
    if (!u->zip)
        return code == ZIP_ER_NOENT ? idc_fail(err, IDC_E_MISSING, "%s: no such file", path)
                                    : idc_fail(err, IDC_E_INVALID, "%s: not a zip archive", path);
    u->member = zip_fopen(u->zip, member, 0);
    return u->member ? 0 : idc_fail(err, IDC_E_MISSING, "%s: no member %s", path, member);
}

static int open_plain(idc_unpack *u, const char *path, idc_error *err)
{
    unsigned char head[6] = {0};
    FILE *f = fopen(path, "rb");
    if (!f)
        return idc_fail(err, errno == ENOENT ? IDC_E_MISSING : IDC_E_IO, "%s: %s", path,
                        strerror(errno));
    size_t n = fread(head, 1, sizeof head, f);
    if (n == sizeof head && memcmp(head,
                                   "\xFD"
                                   "7zXZ",
                                   6) == 0) {
        rewind(f);
        u->xz = f;
        u->lzma = (lzma_stream)LZMA_STREAM_INIT;
        if (lzma_stream_decoder(&u->lzma, (uint64_t)256 << 20, LZMA_CONCATENATED) != LZMA_OK)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
        return 0;
    }
    fclose(f);
    u->gz = gzopen(path, "rb");
    if (!u->gz)
        return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    gzbuffer(u->gz, CHUNK);
    return 0;
}

int idc_unpack_open(idc_unpack **unpack, const char *path, const char *member, idc_error *err)
{
    idc_unpack *u = *unpack = calloc(1, sizeof *u);
    if (u)
        u->data = malloc(MOST + CHUNK + 1);
    int rc = !u || !u->data ? idc_fail(err, IDC_E_MEMORY, "%s: no memory", path)
             : member       ? open_zip(u, path, member, err)
                            : open_plain(u, path, err);
    if (rc < 0)
        idc_unpack_close(unpack);
    else
        snprintf(u->name, sizeof u->name, "%s%s%s", path, member ? ": " : "", member ? member : "");
    return rc;
}

void idc_unpack_close(idc_unpack **unpack)
{
    idc_unpack *u = *unpack;
    *unpack = NULL;
    if (!u)
        return;
    if (u->gz)
        gzclose(u->gz);
    if (u->xz) {
        lzma_end(&u->lzma);
        fclose(u->xz);
    }
    if (u->member)
        zip_fclose(u->member);
    if (u->zip)
        zip_discard(u->zip);
    free(u->data);
    free(u);
}

/* Up to CHUNK bytes to `to`; 0 at the end, −1 for damaged data. */
static ssize_t read_xz(idc_unpack *u, char *to)
{
    u->lzma.next_out = (uint8_t *)to;
    u->lzma.avail_out = CHUNK;
    while (u->lzma.avail_out == CHUNK) {
        if (u->lzma.avail_in == 0 && !u->packed_end) {
            u->lzma.next_in = u->packed;
            u->lzma.avail_in = fread(u->packed, 1, CHUNK, u->xz);
            u->packed_end = u->lzma.avail_in < CHUNK;
        }
        lzma_ret r = lzma_code(&u->lzma, u->packed_end ? LZMA_FINISH : LZMA_RUN);
        if (r == LZMA_STREAM_END)
            break;
        if (r != LZMA_OK)
            return -1;
    }
    return (ssize_t)(CHUNK - u->lzma.avail_out);
}

static int read_more(idc_unpack *u, idc_error *err)
{
    memmove(u->data, u->data + u->at, u->size - u->at);
    u->size -= u->at;
    u->at = 0;
    if (u->size > MOST)
        return idc_fail(err, IDC_E_RANGE, "%s: a line of more than 1 MiB", u->name);
    char *to = u->data + u->size;
    ssize_t n = u->gz   ? gzread(u->gz, to, CHUNK)
                : u->xz ? read_xz(u, to)
                        : (ssize_t)zip_fread(u->member, to, CHUNK);
    if (n < 0)
        return idc_fail(err, IDC_E_INVALID, "%s: damaged data", u->name);
    u->ended = n == 0;
    u->size += (size_t)n;
    return 0;
}

ssize_t idc_unpack_line(idc_unpack *u, char **line, idc_error *err)
{
    size_t looked = 0;
    for (;;) {
        char *start = u->data + u->at,
             *feed = memchr(start + looked, '\n', u->size - u->at - looked);
        if (!feed && u->ended && u->size > u->at)
            feed = u->data + u->size;
        if (feed) {
            size_t n = (size_t)(feed - start);
            *feed = 0;
            u->at = (size_t)(feed - u->data) + 1;
            if (u->at > u->size)
                u->at = u->size;
            if (n > 0 && start[n - 1] == '\r')
                start[--n] = 0;
            *line = start;
            return (ssize_t)n + 1;
        }
        if (u->ended)
            return 0;
        looked = u->size - u->at;
        int rc = read_more(u, err);
        if (rc < 0)
            return rc;
    }
}
