/* endpoint_state.h: a row of functions for each kind of endpoint; nobody outside endpoint*.c includes this. */
#ifndef IDC_WIRE_ENDPOINT_STATE_H
#define IDC_WIRE_ENDPOINT_STATE_H

#include <time.h>
#include <zmq.h>

#include "wire/endpoint.h"

struct idc_reader {
    const struct idc_reader_ops *ops;
    char name[200];
    bool ready;                /* the last wait saw something to read */
    bool subscribes;           /* sub+: it may come in the middle of a stream */
    struct idc_socket *socket; /* NULL for a pipe */
    bool ended;                /* all its senders have, since: */
    struct timespec ended_since;
    int wait_ms; /* look again after so long at most; −1: only when there is something */
};

struct idc_writer {
    const struct idc_writer_ops *ops;
    char name[200];
    bool hurry; /* see idc_writer_hurry */
};

struct idc_reader_ops {
    int (*next)(idc_reader *r, idc_record **record, idc_error *err);
    /* What to poll: one or two items; how many. */
    int (*items)(idc_reader *r, zmq_pollitem_t *items);
    void (*close)(idc_reader *r);
};

struct idc_writer_ops {
    int (*send)(idc_writer *w, const idc_record *record, idc_error *err);
    int (*flush)(idc_writer *w, idc_error *err);
    int (*close)(idc_writer *w, idc_error *err); /* frees w */
};

/* endpoint_pipe.c */
int idc_pipe_reader_open(idc_reader **r, int fd, idc_error *err);
int idc_pipe_writer_open(idc_writer **w, int fd, const idc_endpoint_options *o, idc_error *err);

/* endpoint_zmq.c */
int idc_zmq_reader_open(idc_reader **r, const char *endpoint, const idc_endpoint_options *o,
                        idc_error *err);
int idc_zmq_writer_open(idc_writer **w, const char *endpoint, const idc_endpoint_options *o,
                        idc_error *err);

#endif
