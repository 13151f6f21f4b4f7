/* endpoint_pipe.c: records over a file descriptor, one after the other.
 *
 * A record that was read lies in the block it was read into, and one that is written goes out in pieces straight from
 * where its fields lie: a tensor that passes through a program is copied by read and write only.
 */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "wire/endpoint_state.h"
#include "wire/record_bytes.h"
#include "wire/token.h"

#define PIPE_SIZE (1 << 20) /* what Linux allows without privilege */
#define CHUNK ((size_t)64 << 10)
#define GROWTH ((size_t)1 << 20) /* a length is believed this far beyond what has arrived */
#define SMALL ((size_t)16 << 10) /* records up to this are written together */
#define MAX_PIECES 64
#define KEEP_NS 50000000L /* small records are kept back for so long at most, if others follow */

typedef struct pipe_reader {
    idc_reader base;
    int fd;
    idc_block *block;
    size_t start, scanned,
        used; /* the record being read; what the scan has passed; what was read */
    idc_scan scan;
    size_t limit;
    uint64_t records;
    bool eof;
} pipe_reader;

/* A larger pipe means fewer switches between its two ends. */
static void enlarge_pipe(int fd)
{
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size > 0 && size < PIPE_SIZE)
        fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

/* Room for n more bytes behind `used`; the record that has begun moves to the front of its block or to a new one. */
static int make_room(pipe_reader *p, size_t n)
{
    bool alone = p->block && atomic_load(&p->block->references) == 1;
    size_t kept = p->used - p->start;
    if (p->block && p->block->capacity - p->used >= n && !(alone && kept == 0))
        return 0;
    if (!alone) {
        idc_block *fresh = idc_block_new(kept + n > 4 * CHUNK ? kept + n + CHUNK : 4 * CHUNK);
        if (!fresh)
            return IDC_E_MEMORY;
        if (kept > 0)
            memcpy(fresh->data, p->block->data + p->start, kept);
        idc_block_drop(&p->block);
        p->block = fresh;
    } else if (p->start > 0) {
        memmove(p->block->data, p->block->data + p->start, kept);
    }
    p->scanned -= p->start;
    p->used = kept;
    p->start = 0;
    if (p->block->capacity - kept < n) {
        uint8_t *data = realloc(p->block->data, kept + n + CHUNK);
        if (!data)
            return IDC_E_MEMORY;
        p->block->data = data;
        p->block->capacity = kept + n + CHUNK;
    }
    return 0;
}

/* Reads once; the descriptor is readable. Large records are read to their end and not beyond it, so that the next one
 * does not have to be moved. */
static int fill(pipe_reader *p, idc_error *err)
{
    size_t need = idc_scan_need(&p->scan), have = p->used - p->scanned, passed = p->used - p->start;
    size_t want = need > have + CHUNK ? need - have : CHUNK;
    if (want > GROWTH && want > passed)
        want = passed > GROWTH ? passed : GROWTH;
    if (make_room(p, want) < 0)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory for a record of more than %zu bytes",
                        p->base.name, passed);
    ssize_t n = read(p->fd, p->block->data + p->used, want);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n < 0)
        return idc_fail(err, IDC_E_IO, "%s: %s", p->base.name, strerror(errno));
    p->eof = n == 0;
    p->used += (size_t)n;
    return 0;
}

static int scan_next(pipe_reader *p, idc_record **record, idc_error *err)
{
    size_t used;
    if (p->used == p->scanned)
        return IDC_READ_NOTHING;
    int rc = idc_scan_feed(&p->scan, p->block->data + p->scanned, p->used - p->scanned, &used, err);
    if (rc >= 0)
        p->scanned += used;
    if (rc == 1) {
        rc = idc_record_decode_in(record, p->block, p->block->data + p->start,
                                  p->scanned - p->start, err);
        rc = rc < 0 ? rc : IDC_READ_RECORD;
        p->start = p->scanned;
        p->records += rc > 0;
        idc_scan_begin(&p->scan, p->limit);
    }
    if (rc < 0 && err) {
        char where[260];
        snprintf(where, sizeof where, "%s: record %llu", p->base.name,
                 (unsigned long long)p->records + 1);
        idc_fail_in(err, rc, where);
    }
    return rc;
}

static int pipe_next(idc_reader *base, idc_record **record, idc_error *err)
{
    pipe_reader *p = (pipe_reader *)base;
    int rc = scan_next(p, record, err);
    if (rc != IDC_READ_NOTHING || p->eof || !base->ready)
        return rc == IDC_READ_NOTHING && p->eof ? IDC_READ_EOF : rc;
    base->ready = false;
    if ((rc = fill(p, err)) < 0)
        return rc;
    rc = scan_next(p, record, err);
    if (rc == IDC_READ_NOTHING && p->eof && p->used > p->start)
        return idc_fail(err, IDC_E_CUT,
                        "%s: cut in the middle of a record, %zu bytes into it, after %llu records",
                        base->name, p->used - p->start, (unsigned long long)p->records);
    return rc == IDC_READ_NOTHING && p->eof ? IDC_READ_EOF : rc;
}

static int pipe_items(idc_reader *base, zmq_pollitem_t *items)
{
    pipe_reader *p = (pipe_reader *)base;
    items[0] = (zmq_pollitem_t){.fd = p->fd, .events = ZMQ_POLLIN};
    return 1;
}

static void pipe_close(idc_reader *base)
{
    pipe_reader *p = (pipe_reader *)base;
    idc_block_drop(&p->block);
    free(p);
}

static const struct idc_reader_ops pipe_reader_ops = {pipe_next, pipe_items, pipe_close};

int idc_pipe_reader_open(idc_reader **r, int fd, idc_error *err)
{
    pipe_reader *p = calloc(1, sizeof *p);
    if (!p)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    p->base.ops = &pipe_reader_ops;
    snprintf(p->base.name, sizeof p->base.name, fd == STDIN_FILENO ? "stdin" : "descriptor %d", fd);
    p->base.wait_ms = -1;
    p->fd = fd;
    p->limit = idc_endpoint_record_limit();
    idc_scan_begin(&p->scan, p->limit);
    enlarge_pipe(fd);
    *r = &p->base;
    return 0;
}

typedef struct pipe_writer {
    idc_writer base;
    int fd;
    bool flush;
    uint8_t *kept; /* SMALL records; 4 · CHUNK bytes */
    size_t kept_size;
    struct timespec kept_since;
} pipe_writer;

static int write_failed(pipe_writer *p, idc_error *err)
{
    if (errno == EPIPE)
        return idc_fail(err, IDC_E_CLOSED, "%s: closed by its reader", p->base.name);
    return idc_fail(err, IDC_E_IO, "%s: %s", p->base.name, strerror(errno));
}

/* Writes all pieces, however often the system stops half-way; changes them. */
static int write_all(pipe_writer *p, struct iovec *v, int n, idc_error *err)
{
    while (n > 0) {
        ssize_t done = writev(p->fd, v, n);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd f = {.fd = p->fd, .events = POLLOUT};
            poll(&f, 1, -1);
            continue;
        }
        if (done < 0 && errno == EINTR) /* the record in hand is finished; a second signal kills */
            continue;
        if (done < 0)
            return write_failed(p, err);
        for (; n > 0 && (size_t)done >= v->iov_len; v++, n--)
            done -= (ssize_t)v->iov_len;
        if (n > 0) {
            v->iov_base = (char *)v->iov_base + done;
            v->iov_len -= (size_t)done;
        }
    }
    return 0;
}

static int pipe_flush(idc_writer *base, idc_error *err)
{
    pipe_writer *p = (pipe_writer *)base;
    struct iovec v = {p->kept, p->kept_size};
    p->kept_size = 0;
    return v.iov_len ? write_all(p, &v, 1, err) : 0;
}

static bool kept_too_long(pipe_writer *p)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (p->kept_size == 0)
        p->kept_since = now;
    long ns = now.tv_nsec - p->kept_since.tv_nsec;
    return now.tv_sec - p->kept_since.tv_sec > 1 ||
           (now.tv_sec - p->kept_since.tv_sec) * 1000000000L + ns > KEEP_NS;
}

static int keep_back(pipe_writer *p, const idc_record *record, size_t size, idc_error *err)
{
    if (p->kept_size + size > 4 * CHUNK) {
        int rc = pipe_flush(&p->base, err);
        if (rc < 0)
            return rc;
    }
    bool late = kept_too_long(p);
    idc_buffer b = {p->kept, p->kept_size, 4 * CHUNK};
    idc_record_encode(record, &b);
    p->kept_size = b.size;
    return p->flush || late ? pipe_flush(&p->base, err) : 0;
}

static int pipe_send(idc_writer *base, const idc_record *record, idc_error *err)
{
    pipe_writer *p = (pipe_writer *)base;
    size_t size = idc_record_bytes(record);
    if (size <= SMALL)
        return keep_back(p, record, size, err);
    uint8_t head[IDC_RECORD_HEAD];
    struct iovec v[MAX_PIECES + 1];
    int n = idc_record_pieces(record, head, v + 1, MAX_PIECES);
    if (n < 0) { /* many fields in many places */
        idc_buffer all = {0};
        int rc = pipe_flush(base, err);
        if (rc == 0 && (rc = idc_record_encode(record, &all)) < 0)
            idc_fail(err, rc, "no memory for a record of %zu bytes", size);
        struct iovec one = {all.data, all.size};
        rc = rc < 0 ? rc : write_all(p, &one, 1, err);
        idc_buffer_free(&all);
        return rc;
    }
    v[0] = (struct iovec){p->kept, p->kept_size};
    p->kept_size = 0;
    return write_all(p, v, n + 1, err);
}

static int pipe_writer_close(idc_writer *base, idc_error *err)
{
    pipe_writer *p = (pipe_writer *)base;
    int rc = pipe_flush(base, err);
    free(p->kept);
    free(p);
    return rc;
}

static const struct idc_writer_ops pipe_writer_ops = {pipe_send, pipe_flush, pipe_writer_close};

int idc_pipe_writer_open(idc_writer **w, int fd, const idc_endpoint_options *o, idc_error *err)
{
    pipe_writer *p = calloc(1, sizeof *p);
    if (!p || !(p->kept = malloc(4 * CHUNK))) {
        free(p);
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    p->base.ops = &pipe_writer_ops;
    snprintf(p->base.name, sizeof p->base.name, fd == STDOUT_FILENO ? "stdout" : "descriptor %d",
             fd);
    p->fd = fd;
    p->flush = o->flush;
    enlarge_pipe(fd);
    *w = &p->base;
    return 0;
}
