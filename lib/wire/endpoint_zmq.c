/* endpoint_zmq.c: records over ZeroMQ sockets, one a message. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/endpoint_state.h"
#include "wire/record_bytes.h"
#include "wire/socket.h"

#define AWAY_SECONDS 30 /* a reader that vanished may come back for so long */
#define GONE_SECONDS 5  /* a sender that vanished without end may come back for so long */

typedef struct zmq_reader {
    idc_reader base;
    idc_socket *socket;
    uint64_t records;
    struct timespec gone_since;
    bool gone;
} zmq_reader;

static void release_message(idc_block *block)
{
    zmq_msg_close(block->owner);
    free(block->owner);
}

/* The record lies in the message, which its block keeps. */
static int decode(zmq_reader *z, zmq_msg_t *message, idc_record **record, idc_error *err)
{
    idc_block *block = calloc(1, sizeof *block);
    if (!block) {
        zmq_msg_close(message);
        free(message);
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    *block = (idc_block){.references = 1,
                         .capacity = zmq_msg_size(message),
                         .data = zmq_msg_data(message),
                         .release = release_message,
                         .owner = message};
    int rc = idc_record_decode_in(record, block, block->data, block->capacity, err);
    idc_block_drop(&block);
    z->records++;
    if (rc < 0) {
        char where[260];
        snprintf(where, sizeof where, "%s: record %llu", z->base.name,
                 (unsigned long long)z->records);
        idc_fail_in(err, rc, where);
    }
    return rc < 0 ? rc : IDC_READ_RECORD;
}

static bool gone_for_good(zmq_reader *z)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (z->socket->seen == 0 || z->socket->connected > 0) {
        z->gone = false;
        z->base.wait_ms = -1;
        return false;
    }
    if (!z->gone)
        z->gone_since = now;
    z->gone = true;
    z->base.wait_ms = 250;
    return now.tv_sec - z->gone_since.tv_sec > GONE_SECONDS;
}

static int zmq_next(idc_reader *base, idc_record **record, idc_error *err)
{
    zmq_reader *z = (zmq_reader *)base;
    zmq_msg_t *message = malloc(sizeof *message);
    if (!message || zmq_msg_init(message) < 0) {
        free(message);
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    idc_socket_look(
        z->socket); /* before the queue is looked at: what a peer sent before it went is in the queue then */
    if (zmq_msg_recv(message, z->socket->socket, ZMQ_DONTWAIT) >= 0)
        return decode(z, message, record, err);
    int why = errno;
    zmq_msg_close(message);
    free(message);
    if (why != EAGAIN && why != EINTR)
        return idc_fail(err, IDC_E_IO, "%s: %s", base->name, zmq_strerror(why));
    return gone_for_good(z) ? IDC_READ_EOF : IDC_READ_NOTHING;
}

static int zmq_items(idc_reader *base, zmq_pollitem_t *items)
{
    zmq_reader *z = (zmq_reader *)base;
    items[0] = (zmq_pollitem_t){.socket = z->socket->socket, .events = ZMQ_POLLIN};
    items[1] = (zmq_pollitem_t){.socket = z->socket->monitor, .events = ZMQ_POLLIN};
    return 2;
}

static void zmq_reader_close(idc_reader *base)
{
    zmq_reader *z = (zmq_reader *)base;
    idc_socket_close(&z->socket, -1);
    free(z);
}

static const struct idc_reader_ops zmq_reader_ops = {zmq_next, zmq_items, zmq_reader_close};

int idc_zmq_reader_open(idc_reader **r, const char *endpoint, const idc_endpoint_options *o,
                        idc_error *err)
{
    zmq_reader *z = calloc(1, sizeof *z);
    if (!z)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    z->base.ops = &zmq_reader_ops;
    z->base.wait_ms = -1;
    snprintf(z->base.name, sizeof z->base.name, "%s", endpoint);
    int rc = idc_socket_open(&z->socket, endpoint, IDC_SOCKET_READ, o, err);
    if (rc < 0) {
        free(z);
        return rc;
    }
    z->base.subscribes = z->socket->publishes;
    z->base.socket = z->socket;
    *r = &z->base;
    return 0;
}

typedef struct zmq_writer {
    idc_writer base;
    idc_socket *socket;
    int wake_fd;
    zmq_msg_t *ring; /* drop_oldest: what waits, oldest first at `first` */
    int ring_size, first, waiting;
    uint64_t dropped;
    bool away;
    struct timespec away_since;
    idc_record *hello; /* published again for each new subscriber */
} zmq_writer;

static int to_message(zmq_msg_t *message, const idc_record *record, idc_error *err)
{
    size_t n = idc_record_bytes(record);
    if (zmq_msg_init_size(message, n) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory for a record of %zu bytes", n);
    idc_buffer b = {zmq_msg_data(message), 0, n};
    return idc_record_encode(record, &b);
}

/* Has the reader been away for too long? Before the first one has come, it is not late. */
static bool abandoned(zmq_writer *z)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    idc_socket_look(z->socket);
    bool away = z->socket->seen > 0 && z->socket->connected == 0;
    if (away && !z->away)
        z->away_since = now;
    z->away = away;
    return away && now.tv_sec - z->away_since.tv_sec > AWAY_SECONDS;
}

/* Waits for room, or for a signal. */
static int wait_ready(zmq_writer *z, short events, idc_error *err)
{
    zmq_pollitem_t items[2] = {{.socket = z->socket->socket, .events = events},
                               {.fd = z->wake_fd, .events = ZMQ_POLLIN}};
    if (zmq_poll(items, z->wake_fd >= 0 ? 2 : 1, z->base.hurry ? 2000 : 1000) < 0 && errno != EINTR)
        return idc_fail(err, IDC_E_IO, "%s: %s", z->base.name, zmq_strerror(errno));
    if (z->wake_fd >= 0 && items[1].revents && !items[0].revents)
        return idc_fail(err, IDC_E_STOPPED, "stopped by a signal");
    if (!items[0].revents && z->base.hurry)
        return idc_fail(err, IDC_E_CLOSED, "%s: nobody reads", z->base.name);
    if (!items[0].revents && abandoned(z))
        return idc_fail(err, IDC_E_IO, "%s: its reader has gone, and none came for %d s",
                        z->base.name, AWAY_SECONDS);
    return items[0].revents != 0;
}

static int send_message(zmq_writer *z, zmq_msg_t *message, bool wait, idc_error *err)
{
    for (;;) {
        if (zmq_msg_send(message, z->socket->socket, ZMQ_DONTWAIT) >= 0)
            return 1;
        if (errno != EAGAIN && errno != EINTR)
            return idc_fail(err, IDC_E_IO, "%s: %s", z->base.name, zmq_strerror(errno));
        if (!wait)
            return 0;
        int rc = wait_ready(z, ZMQ_POLLOUT, err);
        if (rc < 0)
            return rc;
    }
}

/* Sends what waits in the ring; all of it when wait is set. */
static int drain_ring(zmq_writer *z, bool wait, idc_error *err)
{
    while (z->waiting > 0) {
        int rc = send_message(z, &z->ring[z->first], wait, err);
        if (rc <= 0)
            return rc;
        zmq_msg_close(&z->ring[z->first]);
        z->first = (z->first + 1) % z->ring_size;
        z->waiting--;
    }
    return 0;
}

static int put_in_ring(zmq_writer *z, zmq_msg_t *message, idc_error *err)
{
    int rc = drain_ring(z, false, err);
    if (rc < 0)
        return rc;
    if (z->waiting == z->ring_size) {
        zmq_msg_close(&z->ring[z->first]);
        z->first = (z->first + 1) % z->ring_size;
        z->waiting--;
        z->dropped++;
    }
    zmq_msg_t *slot = &z->ring[(z->first + z->waiting++) % z->ring_size];
    zmq_msg_init(slot);
    zmq_msg_move(slot, message);
    return drain_ring(z, false, err);
}

static int send_waiting(zmq_writer *z, const idc_record *record, idc_error *err)
{
    zmq_msg_t message;
    int rc = to_message(&message, record, err);
    if (rc < 0)
        return rc;
    rc = drain_ring(z, true, err);
    if (rc == 0)
        rc = send_message(z, &message, true, err);
    zmq_msg_close(&message);
    return rc < 0 ? rc : 0;
}

/* A publisher waits for its first subscriber, and greets each one that comes later. */
static int greet(zmq_writer *z, const idc_record *record, idc_error *err)
{
    uint8_t subscription[8];
    bool news = false;
    if (idc_record_is(record, "hello")) {
        idc_record_free(&z->hello);
        z->hello = idc_record_copy(record);
        int rc = 0;
        while (rc == 0)
            rc = wait_ready(z, ZMQ_POLLIN, err);
        if (rc < 0)
            return rc;
    }
    while (zmq_recv(z->socket->socket, subscription, sizeof subscription, ZMQ_DONTWAIT) >= 0)
        news = news || subscription[0] == 1;
    return news && z->hello && !idc_record_is(record, "hello") ? send_waiting(z, z->hello, err) : 0;
}

static int zmq_writer_send(idc_writer *base, const idc_record *record, idc_error *err)
{
    zmq_writer *z = (zmq_writer *)base;
    int rc = z->socket->publishes ? greet(z, record, err) : 0;
    if (rc < 0)
        return rc;
    if (!z->ring || idc_record_is(record, "hello") || idc_record_is(record, "end"))
        return send_waiting(z, record, err);
    zmq_msg_t message;
    rc = to_message(&message, record, err);
    if (rc == 0)
        rc = put_in_ring(z, &message, err);
    zmq_msg_close(&message);
    return rc;
}

static int zmq_writer_flush(idc_writer *base, idc_error *err)
{
    zmq_writer *z = (zmq_writer *)base;
    return z->ring ? drain_ring(z, false, err) : 0;
}

static int zmq_writer_close(idc_writer *base, idc_error *err)
{
    zmq_writer *z = (zmq_writer *)base;
    int rc = drain_ring(z, true, err);
    for (; z->waiting > 0; z->waiting--, z->first = (z->first + 1) % z->ring_size)
        zmq_msg_close(&z->ring[z->first]);
    if (rc == 0 && z->dropped > 0)
        rc = idc_fail(err, IDC_E_RANGE, "%s: %llu records were dropped, its readers were too slow",
                      base->name, (unsigned long long)z->dropped);
    idc_socket_close(&z->socket, z->wake_fd);
    idc_record_free(&z->hello);
    free(z->ring);
    free(z);
    return rc;
}

static const struct idc_writer_ops zmq_writer_ops = {zmq_writer_send, zmq_writer_flush,
                                                     zmq_writer_close};

int idc_zmq_writer_open(idc_writer **w, const char *endpoint, const idc_endpoint_options *o,
                        idc_error *err)
{
    zmq_writer *z = calloc(1, sizeof *z);
    if (!z)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    z->base.ops = &zmq_writer_ops;
    z->wake_fd = o->wake_fd;
    snprintf(z->base.name, sizeof z->base.name, "%s", endpoint);
    int rc = 0;
    if (o->drop_oldest) {
        z->ring_size = o->hwm > 0 ? o->hwm : 64;
        z->ring = calloc((size_t)z->ring_size, sizeof *z->ring);
        rc = z->ring ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    if (rc == 0)
        rc = idc_socket_open(&z->socket, endpoint, IDC_SOCKET_WRITE, o, err);
    if (rc < 0) {
        free(z->ring);
        free(z);
        return rc;
    }
    *w = &z->base;
    return 0;
}
