/* socket.h: a ZeroMQ socket with the options that every endpoint has, and how many peers it has.
 *
 *     idc_socket *s;
 *     idc_socket_open(&s, "@tcp://127.0.0.1:5555", IDC_SOCKET_READ, &options, &err);
 *     idc_socket_look(s);                    // counts who came and went
 *     idc_socket_close(&s, wake_fd);         // waits until what was sent has left, or its receiver has
 *
 * Addresses as in endpoint.h. High-water mark, TCP keep-alive and heartbeats are set, so that a peer that is gone or
 * frozen is noticed within half a minute even when its machine fails.
 */
#ifndef IDC_WIRE_SOCKET_H
#define IDC_WIRE_SOCKET_H

#include <zmq.h>

#include "wire/endpoint.h"

enum { IDC_SOCKET_READ, IDC_SOCKET_WRITE };

#define IDC_SOCKET_PEERS 64

typedef struct idc_socket {
    void *context, *socket, *monitor;
    bool binds, local, writes, publishes; /* local: ipc; publishes: pub+ or sub+ */
    int connected;                        /* connections now */
    int fds[IDC_SOCKET_PEERS];            /* their descriptors, as far as there is room */
    uint64_t seen;                        /* peers that ever shook hands */
} idc_socket;

/* Is this a ZeroMQ address (after prefixes)? */
bool idc_socket_address(const char *endpoint);
int idc_socket_open(idc_socket **s, const char *endpoint, int direction,
                    const idc_endpoint_options *o, idc_error *err);
/* Reads the monitor's events without waiting. */
void idc_socket_look(idc_socket *s);
/* 0 when everything has left; IDC_E_STOPPED when a signal ended the wait. */
int idc_socket_close(idc_socket **s, int wake_fd);

#endif
