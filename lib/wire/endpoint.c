#include "wire/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire/endpoint_state.h"
#include "wire/socket.h"
#include "wire/token.h"

#define MAX_WAIT 256
#define LATE_MS 500 /* a second sender may come so long after the first has ended */

idc_endpoint_options idc_endpoint_options_of(const idc_tool *tool)
{
    const idc_tool_streams *s = idc_tool_stream_options(tool);
    return (idc_endpoint_options){.hwm = (int)s->hwm,
                                  .drop_oldest = s->drop_oldest,
                                  .flush = s->flush,
                                  .wake_fd = idc_tool_signal_fd(tool)};
}

void idc_endpoint_check(idc_tool *tool)
{
    const idc_tool_streams *s = idc_tool_stream_options(tool);
    for (int i = -1; i < s->inputs.count; i++) {
        const char *endpoint = i < 0 ? s->output : s->inputs.items[i];
        if (endpoint && strcmp(endpoint, "-") != 0 && !idc_socket_address(endpoint))
            idc_tool_usage(tool,
                           "'%s' is no endpoint: that is -, tcp://HOST:PORT or ipc://PATH, with @ "
                           "before it to bind, "
                           "and pub+ or sub+ before all to publish or subscribe",
                           endpoint);
    }
}

size_t idc_endpoint_record_limit(void)
{
    const char *s = getenv("IDC_MAX_RECORD");
    char *end;
    unsigned long long v = s ? strtoull(s, &end, 10) : 0;
    return s && *s && !*end && v >= 64 && v <= SIZE_MAX / 2 ? (size_t)v : IDC_WIRE_LIMIT;
}

int idc_reader_open(idc_reader **r, const char *endpoint, const idc_endpoint_options *o,
                    idc_error *err)
{
    *r = NULL;
    if (!endpoint || strcmp(endpoint, "-") == 0)
        return idc_pipe_reader_open(r, STDIN_FILENO, err);
    return idc_zmq_reader_open(r, endpoint, o, err);
}

int idc_reader_next(idc_reader *r, idc_record **record, idc_error *err)
{
    *record = NULL;
    return r->ops->next(r, record, err);
}

const char *idc_reader_name(const idc_reader *r)
{
    return r->name;
}

int idc_reader_wait(idc_reader **readers, int n, int milliseconds, int wake_fd, idc_error *err)
{
    zmq_pollitem_t items[MAX_WAIT];
    int first[MAX_WAIT], count = 0;
    for (int i = 0; i < n; i++) {
        first[i] = count;
        if (readers[i] && readers[i]->wait_ms >= 0 &&
            (milliseconds < 0 || readers[i]->wait_ms < milliseconds))
            milliseconds = readers[i]->wait_ms;
        if (readers[i] && count + 2 < MAX_WAIT)
            count += readers[i]->ops->items(readers[i], items + count);
    }
    if (wake_fd >= 0)
        items[count] = (zmq_pollitem_t){.fd = wake_fd, .events = ZMQ_POLLIN};
    int rc = zmq_poll(items, count + (wake_fd >= 0), milliseconds);
    if (rc < 0 && errno != EINTR)
        return idc_fail(err, IDC_E_IO, "poll: %s", zmq_strerror(errno));
    for (int i = 0; i < n; i++)
        for (int k = first[i]; readers[i] && k < (i + 1 < n ? first[i + 1] : count); k++)
            if (rc > 0 && items[k].revents)
                readers[i]->ready = true;
    return 0;
}

bool idc_reader_is_pipe(const idc_reader *r)
{
    return r->socket == NULL;
}

bool idc_reader_subscribes(const idc_reader *r)
{
    return r->subscribes;
}

bool idc_reader_all_ended(idc_reader *r, uint64_t hellos, uint64_t ends)
{
    const idc_socket *s = r->socket;
    struct timespec now;
    if (!s || hellos == 0 || ends < hellos || (s->connected > 0 && ends < s->seen)) {
        r->ended = false;
        return false;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!r->ended)
        r->ended_since = now;
    r->ended = true;
    if (!s->binds) /* there was one to listen to */
        return true;
    r->wait_ms = LATE_MS / 2;
    long ms = (long)(now.tv_sec - r->ended_since.tv_sec) * 1000 +
              (now.tv_nsec - r->ended_since.tv_nsec) / 1000000;
    return ms >= LATE_MS;
}

void idc_reader_close(idc_reader **r)
{
    if (*r)
        (*r)->ops->close(*r);
    *r = NULL;
}

int idc_writer_open(idc_writer **w, const char *endpoint, const idc_endpoint_options *o,
                    idc_error *err)
{
    *w = NULL;
    if (!endpoint || strcmp(endpoint, "-") == 0)
        return idc_pipe_writer_open(w, STDOUT_FILENO, o, err);
    return idc_zmq_writer_open(w, endpoint, o, err);
}

int idc_writer_send(idc_writer *w, const idc_record *record, idc_error *err)
{
    return w->ops->send(w, record, err);
}

void idc_writer_hurry(idc_writer *w)
{
    w->hurry = true;
}

int idc_writer_flush(idc_writer *w, idc_error *err)
{
    return w->ops->flush(w, err);
}

int idc_writer_close(idc_writer **w, idc_error *err)
{
    idc_writer *old = *w;
    *w = NULL;
    return old ? old->ops->close(old, err) : 0;
}
