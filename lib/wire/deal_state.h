/* deal_state.h: what the files deal*.c share; nobody else includes this. */
#ifndef IDC_WIRE_DEAL_STATE_H
#define IDC_WIRE_DEAL_STATE_H

#include <time.h>

#include "wire/deal.h"
#include "wire/endpoint_state.h"
#include "wire/inputs.h"
#include "wire/socket.h"

#define IDC_DEAL_ATTEMPTS 3

typedef struct idc_deal_worker {
    idc_reader watch; /* lets idc_reader_wait see who comes and goes */
    idc_socket *socket;
    const char *name;
    uint64_t peer; /* socket->seen of the one who was greeted; 0: nobody */
    uint64_t past; /* socket->seen of the last one who has gone */
    bool silent;   /* timed out; given nothing until it answers */
    int unanswered, losses;
    uint64_t dealt, answered;
    struct timespec last; /* when it last had nothing to do, or answered */
} idc_deal_worker;

typedef enum idc_deal_state { IDC_DEAL_WAITING, IDC_DEAL_OUT, IDC_DEAL_DONE } idc_deal_state;

typedef struct idc_deal_entry {
    idc_deal_state state;
    idc_record *record, *answer;
    char *outer; /* the `deal` field that the record came with */
    int worker, attempts;
} idc_deal_entry;

typedef struct idc_deal {
    idc_tool *tool;
    const idc_deal_options *o;
    idc_inputs *in;
    idc_reader *answers[IDC_MAX_LIST];
    idc_deal_worker workers[IDC_MAX_LIST];
    idc_deal_entry *ring; /* number n at n % capacity, for first ≤ n < next */
    uint64_t first, next, capacity;
    char run[16]; /* tells our numbers from those of another dealer */
    idc_record *hello, *answer_hello;
    idc_writer *out;
    bool said_hello, input_ended;
    uint64_t count, errors, resent, twice, given_up, ends;
} idc_deal;

/* deal_worker.c */
int idc_deal_worker_open(idc_deal *d, int k, const idc_endpoint_options *o, idc_error *err);
void idc_deal_worker_close(idc_deal *d, int k);
/* Notices who came, went or fell silent; takes back what they had. */
void idc_deal_worker_look(idc_deal *d, int k);
bool idc_deal_worker_ready(const idc_deal_worker *w);
/* Sends without waiting: 1, 0 when it does not take more now, or a negative code. */
int idc_deal_worker_send(idc_deal_worker *w, const idc_record *r, idc_error *err);
/* Gives the worker what it may have. */
int idc_deal_worker_feed(idc_deal *d, int k, idc_error *err);

/* deal_table.c */
bool idc_deal_has_room(const idc_deal *d);
/* Takes the record. */
int idc_deal_add(idc_deal *d, idc_record *r, idc_error *err);
/* The first record that waits for a worker; NULL. */
idc_deal_entry *idc_deal_waiting(idc_deal *d);
/* Everything that worker k has not answered waits again. Returns how many. */
int idc_deal_take_back(idc_deal *d, int k);
/* An answer, which it takes; sets *pass where the record is nobody's and goes on as it is. */
int idc_deal_answer(idc_deal *d, idc_record *r, idc_record **pass);
/* The next answer in order, with its record forgotten; NULL. The caller frees it. */
idc_record *idc_deal_next_answer(idc_deal *d);
void idc_deal_forget_all(idc_deal *d);

#endif
