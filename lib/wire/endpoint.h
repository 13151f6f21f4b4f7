/* endpoint.h: where records come from and go to: a pipe, or a ZeroMQ socket.
 *
 *     idc_reader *in;
 *     idc_reader_open(&in, "-", &options, &err);
 *     while ((rc = idc_reader_next(in, &r, &err)) >= 0)        // IDC_READ_RECORD, _NOTHING or _EOF
 *         if (rc == IDC_READ_NOTHING) rc = idc_reader_wait(&in, 1, -1, wake_fd, &err);
 *
 * An endpoint is "-" (stdin, stdout), tcp://HOST:PORT or ipc://PATH (connects), the same after @ (binds); sockets push and
 * pull, or publish and subscribe after pub+ or sub+. Over a pipe records follow one another; over a socket a record is a message.
 */
#ifndef IDC_WIRE_ENDPOINT_H
#define IDC_WIRE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tool.h"
#include "wire/record.h"

typedef struct idc_reader idc_reader;
typedef struct idc_writer idc_writer;

typedef struct idc_endpoint_options {
    int hwm;          /* records that a socket may hold; 0: 64 */
    bool drop_oldest; /* a full socket drops its oldest record instead of waiting */
    bool flush;       /* nothing is kept back to be written together with what follows */
    int wake_fd;      /* ends a wait when it becomes readable; −1: none */
} idc_endpoint_options;

idc_endpoint_options idc_endpoint_options_of(const idc_tool *tool);

/* Ends with a usage error (status 2) when -i or -o name no endpoint. */
void idc_endpoint_check(idc_tool *tool);

enum { IDC_READ_NOTHING = 0, IDC_READ_RECORD = 1, IDC_READ_EOF = 2 };

int idc_reader_open(idc_reader **r, const char *endpoint, const idc_endpoint_options *o,
                    idc_error *err);
/* Does not wait. The caller frees the record. Errors name the endpoint. */
int idc_reader_next(idc_reader *r, idc_record **record, idc_error *err);
/* "stdin", or the address. */
const char *idc_reader_name(const idc_reader *r);
bool idc_reader_is_pipe(const idc_reader *r);
bool idc_reader_subscribes(const idc_reader *r);
/* Over a socket several programs may push to one reader. After so many hellos and ends: is nobody left who is connected
 * and has not ended, or may still come? False for a pipe, which ends with its bytes. */
bool idc_reader_all_ended(idc_reader *r, uint64_t hellos, uint64_t ends);
/* Waits until one of n readers has something, milliseconds have passed (−1: for ever) or wake_fd is readable. Readers
 * that are NULL are left out. 0, or IDC_E_IO. */
int idc_reader_wait(idc_reader **readers, int n, int milliseconds, int wake_fd, idc_error *err);
void idc_reader_close(idc_reader **r);

int idc_writer_open(idc_writer **w, const char *endpoint, const idc_endpoint_options *o,
                    idc_error *err);
/* Waits while the other side is slow. IDC_E_CLOSED when it has gone, IDC_E_STOPPED when wake_fd says so first. */
int idc_writer_send(idc_writer *w, const idc_record *record, idc_error *err);
/* From now on a socket waits for a reader at most 2 s (IDC_E_CLOSED): for the last words after a failure. */
void idc_writer_hurry(idc_writer *w);
/* Small records may be kept back until this, the next large one, or the close. */
int idc_writer_flush(idc_writer *w, idc_error *err);
/* Writes what was kept back; err may hold an earlier error, which is kept. */
int idc_writer_close(idc_writer **w, idc_error *err);

/* Bytes of a record that are refused: $IDC_MAX_RECORD or 1 GiB. */
size_t idc_endpoint_record_limit(void);

#endif
