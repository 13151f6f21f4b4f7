/* deal_worker.c: the connection to one worker. */
#include <errno.h>
#include <stdio.h>

#include "wire/deal_state.h"
#include "wire/record_bytes.h"

static int nothing(idc_reader *r, idc_record **record, idc_error *err)
{
    (void)r;
    (void)record;
    (void)err;
    return IDC_READ_NOTHING;
}

static int monitor_item(idc_reader *r, zmq_pollitem_t *items)
{
    items[0] = (zmq_pollitem_t){.socket = r->socket->monitor, .events = ZMQ_POLLIN};
    return 1;
}

static const struct idc_reader_ops watch_ops = {nothing, monitor_item, NULL};

int idc_deal_worker_open(idc_deal *d, int k, const idc_endpoint_options *o, idc_error *err)
{
    idc_deal_worker *w = &d->workers[k];
    idc_endpoint_options own = *o;
    own.hwm = (int)d->o->window + 8; /* a window and what frames it: sending never waits */
    own.drop_oldest = false;
    w->name = d->o->workers.items[k];
    int rc = idc_socket_open(&w->socket, w->name, IDC_SOCKET_WRITE, &own, err);
    w->watch = (idc_reader){.ops = &watch_ops, .socket = w->socket, .wait_ms = -1};
    return rc;
}

void idc_deal_worker_close(idc_deal *d, int k)
{
    idc_socket_close(&d->workers[k].socket, idc_tool_signal_fd(d->tool));
}

bool idc_deal_worker_ready(const idc_deal_worker *w)
{
    return w->socket && w->socket->connected > 0 && w->socket->seen > w->past;
}

static void lost(idc_deal *d, int k, const char *why)
{
    idc_deal_worker *w = &d->workers[k];
    int taken = idc_deal_take_back(d, k);
    w->losses++;
    d->resent += (uint64_t)taken;
    idc_tool_error(d->tool, "worker %s %s after %llu answers; %d of its records go to others",
                   w->name, why, (unsigned long long)w->answered, taken);
}

void idc_deal_worker_look(idc_deal *d, int k)
{
    idc_deal_worker *w = &d->workers[k];
    idc_socket_look(w->socket);
    if (w->peer != 0 && (w->socket->connected == 0 || w->socket->seen != w->peer)) {
        if (!d->input_ended || d->first < d->next)
            lost(d, k, "has gone");
        w->past = w->peer;
        w->peer = 0;
        w->silent = false;
    }
    if (w->socket->connected == 0)
        w->past = w->socket->seen;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (d->o->timeout > 0 && w->unanswered > 0 && now.tv_sec - w->last.tv_sec > d->o->timeout) {
        lost(d, k, "is silent");
        w->silent = true;
    }
}

int idc_deal_worker_send(idc_deal_worker *w, const idc_record *r, idc_error *err)
{
    zmq_msg_t message;
    size_t n = idc_record_bytes(r);
    if (zmq_msg_init_size(&message, n) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory for a record of %zu bytes", n);
    idc_buffer b = {zmq_msg_data(&message), 0, n};
    idc_record_encode(r, &b);
    int rc = zmq_msg_send(&message, w->socket->socket, ZMQ_DONTWAIT) >= 0 ? 1 : 0;
    if (rc == 0 && errno != EAGAIN && errno != EINTR)
        rc = idc_fail(err, IDC_E_IO, "%s: %s", w->name, zmq_strerror(errno));
    zmq_msg_close(&message);
    return rc;
}

int idc_deal_worker_feed(idc_deal *d, int k, idc_error *err)
{
    idc_deal_worker *w = &d->workers[k];
    if (!idc_deal_worker_ready(w) || w->silent || !d->hello)
        return 0;
    if (w->peer == 0) {
        int rc = idc_deal_worker_send(w, d->hello, err);
        if (rc <= 0)
            return rc;
        w->peer = w->socket->seen;
    }
    while (w->unanswered < d->o->window) {
        idc_deal_entry *e = idc_deal_waiting(d);
        int rc = e ? idc_deal_worker_send(w, e->record, err) : 0;
        if (rc <= 0)
            return rc;
        if (w->unanswered == 0)
            clock_gettime(CLOCK_MONOTONIC, &w->last);
        e->state = IDC_DEAL_OUT;
        e->worker = k;
        e->attempts++;
        w->unanswered++;
        w->dealt++;
    }
    return 0;
}
