#include "wire/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#define CALM_ROUNDS 8
#define ROUND_MS 10

typedef struct address {
    bool publish, subscribe, bind;
    const char *where; /* "tcp://…" */
} address;

static address parse(const char *endpoint)
{
    address a = {.where = endpoint};
    a.publish = strncmp(a.where, "pub+", 4) == 0;
    a.subscribe = strncmp(a.where, "sub+", 4) == 0;
    if (a.publish || a.subscribe)
        a.where += 4;
    a.bind = *a.where == '@';
    a.where += a.bind;
    return a;
}

bool idc_socket_address(const char *endpoint)
{
    const char *where = parse(endpoint).where;
    return (strncmp(where, "tcp://", 6) == 0 || strncmp(where, "ipc://", 6) == 0) && where[6];
}

static int set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value);
}

static int set_options(idc_socket *s, int direction, const idc_endpoint_options *o)
{
    int hwm = o->hwm > 0 ? o->hwm : 64;
    int64_t limit = (int64_t)idc_endpoint_record_limit();
    int rc =
        set(s->socket, ZMQ_LINGER, -1) | set(s->socket, ZMQ_TCP_KEEPALIVE, 1) |
        set(s->socket, ZMQ_TCP_KEEPALIVE_IDLE, 15) | set(s->socket, ZMQ_TCP_KEEPALIVE_INTVL, 5) |
        set(s->socket, ZMQ_TCP_KEEPALIVE_CNT, 3) | set(s->socket, ZMQ_HEARTBEAT_IVL, 5000) |
        set(s->socket, ZMQ_HEARTBEAT_TIMEOUT, 30000) | set(s->socket, ZMQ_RECONNECT_IVL_MAX, 2000);
    if (direction == IDC_SOCKET_READ)
        rc |= set(s->socket, ZMQ_RCVHWM, hwm) |
              zmq_setsockopt(s->socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    else
        /* IMMEDIATE: nothing is queued for a peer that is not there, so that nothing is lost with it unseen */
        rc |=
            set(s->socket, ZMQ_SNDHWM, o->drop_oldest ? 1 : hwm) | set(s->socket, ZMQ_IMMEDIATE, 1);
    if (s->publishes && direction == IDC_SOCKET_READ)
        rc |= zmq_setsockopt(s->socket, ZMQ_SUBSCRIBE, "", 0);
    if (s->publishes && direction == IDC_SOCKET_WRITE)
        rc |= set(s->socket, ZMQ_XPUB_NODROP, 1) | set(s->socket, ZMQ_XPUB_VERBOSE, 1);
    return rc;
}

static int watch(idc_socket *s)
{
    char where[64];
    snprintf(where, sizeof where, "inproc://monitor-%p", (void *)s);
    if (zmq_socket_monitor(s->socket, where,
                           ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                               ZMQ_EVENT_HANDSHAKE_SUCCEEDED) < 0)
        return -1;
    s->monitor = zmq_socket(s->context, ZMQ_PAIR);
    return s->monitor && set(s->monitor, ZMQ_LINGER, 0) == 0 ? zmq_connect(s->monitor, where) : -1;
}

static int start(idc_socket *s, const address *a, int direction, const idc_endpoint_options *o)
{
    int type = direction == IDC_SOCKET_READ ? (a->subscribe ? ZMQ_SUB : ZMQ_PULL)
                                            : (a->publish ? ZMQ_XPUB : ZMQ_PUSH);
    if (!(s->context = zmq_ctx_new()) || !(s->socket = zmq_socket(s->context, type)))
        return -1;
    if (set_options(s, direction, o) != 0 || watch(s) < 0)
        return -1;
    return a->bind ? zmq_bind(s->socket, a->where) : zmq_connect(s->socket, a->where);
}

int idc_socket_open(idc_socket **out, const char *endpoint, int direction,
                    const idc_endpoint_options *o, idc_error *err)
{
    *out = NULL;
    address a = parse(endpoint);
    if (!idc_socket_address(endpoint))
        return idc_fail(err, IDC_E_INVALID,
                        "%.200s: no endpoint: it is -, tcp://HOST:PORT or ipc://PATH, with @ "
                        "before it to bind, "
                        "and pub+ or sub+ before all to publish or subscribe",
                        endpoint);
    if (direction == IDC_SOCKET_READ ? a.publish : a.subscribe)
        return idc_fail(err, IDC_E_INVALID, "%.200s: pub+ is for outputs, sub+ for inputs",
                        endpoint);
    idc_socket *s = calloc(1, sizeof *s);
    if (!s)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    s->binds = a.bind;
    s->local = strncmp(a.where, "ipc://", 6) == 0;
    s->writes = direction == IDC_SOCKET_WRITE;
    s->publishes = a.publish || a.subscribe;
    if (start(s, &a, direction, o) < 0) {
        int rc = idc_fail(err, IDC_E_IO, "%.200s: %s", endpoint, zmq_strerror(errno));
        idc_socket_close(&s, -1);
        return rc;
    }
    *out = s;
    return 0;
}

static void came(idc_socket *s, int fd)
{
    if (s->connected < IDC_SOCKET_PEERS)
        s->fds[s->connected] = fd;
    s->connected++;
}

static void went(idc_socket *s, int fd)
{
    for (int i = 0; i < s->connected && i < IDC_SOCKET_PEERS; i++)
        if (s->fds[i] == fd)
            s->fds[i] = s->connected <= IDC_SOCKET_PEERS ? s->fds[s->connected - 1] : -1;
    s->connected -= s->connected > 0;
}

/* An event is a frame of 16 bits of event and 32 of value, and a frame with the address. */
void idc_socket_look(idc_socket *s)
{
    uint8_t frame[6], where[256];
    while (zmq_recv(s->monitor, frame, sizeof frame, ZMQ_DONTWAIT) >= 0) {
        uint16_t event;
        int32_t value;
        memcpy(&event, frame, sizeof event);
        memcpy(&value, frame + sizeof event, sizeof value);
        int more = 0;
        size_t size = sizeof more;
        if (zmq_getsockopt(s->monitor, ZMQ_RCVMORE, &more, &size) == 0 && more)
            zmq_recv(s->monitor, where, sizeof where, ZMQ_DONTWAIT);
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            s->seen++;
        else if (event == ZMQ_EVENT_DISCONNECTED)
            went(s, value);
        else
            came(s, value);
    }
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&p, 1, 0) > 0;
}

static bool all_read(const idc_socket *s)
{
    for (int i = 0; i < s->connected && i < IDC_SOCKET_PEERS; i++) {
        int left = 0;
        if (s->fds[i] >= 0 && ioctl(s->fds[i], SIOCOUTQ, &left) == 0 && left > 0)
            return false;
    }
    return true;
}

/* A local socket that is closed while its reader is busy loses what the reader's ZeroMQ has not taken from the system
 * yet (libzmq drops a connection that hangs up while its input is stopped by the high-water mark). So wait until the
 * system's queue was empty for a while. */
static void wait_until_read(idc_socket *s, int wake_fd)
{
    for (int calm = 0; calm < CALM_ROUNDS && !readable(wake_fd); calm++) {
        idc_socket_look(s);
        if (s->connected == 0)
            return;
        if (!all_read(s))
            calm = -1;
        poll(NULL, 0, ROUND_MS);
    }
}

int idc_socket_close(idc_socket **out, int wake_fd)
{
    idc_socket *s = *out;
    int rc = 0;
    if (!s)
        return 0;
    if (s->monitor && s->local && s->writes)
        wait_until_read(s, wake_fd);
    if (s->monitor)
        zmq_close(s->monitor);
    if (s->socket)
        zmq_close(s->socket);
    if (s->context)
        while (rc == 0 && zmq_ctx_term(s->context) < 0 && errno == EINTR)
            if (readable(wake_fd))
                rc = IDC_E_STOPPED; /* the context is left to the exit that follows */
    free(s);
    *out = NULL;
    return rc;
}
