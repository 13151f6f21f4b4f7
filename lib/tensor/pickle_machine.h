/* pickle_machine.h: the stack machine of pickle.h. Private to lib/tensor/pickle*.c. */
#ifndef IDC_TENSOR_PICKLE_MACHINE_H
#define IDC_TENSOR_PICKLE_MACHINE_H

#include <stdbool.h>

#include "base/arena.h"
#include "tensor/pickle.h"

#define IDC_PICKLE_MAX_VALUES (1u << 20)
#define IDC_PICKLE_MAX_MEMO (1u << 20)

struct idc_pickle {
    idc_arena *arena;
    const uint8_t *at, *end;
    idc_pickle_value **stack; /* NULL: a mark */
    size_t depth, room;
    idc_pickle_value **memo;
    size_t memo_size;
    size_t values;
    idc_pickle_value *storages;
    idc_error *err;
};

/* One opcode, whose byte has been read. */
int idc_pickle_step(idc_pickle *p, uint8_t code);

/* Both fill p->err and return its code. */
int idc_pickle_bad(idc_pickle *p, const char *what);
int idc_pickle_no_memory(idc_pickle *p);
/* A new value; NULL, with err, when there are too many. */
idc_pickle_value *idc_pickle_make(idc_pickle *p, enum idc_pickle_kind kind);
int idc_pickle_push(idc_pickle *p, idc_pickle_value *v);
int idc_pickle_push_number(idc_pickle *p, enum idc_pickle_kind kind, int64_t number);
/* The next `length` bytes. */
int idc_pickle_push_text(idc_pickle *p, enum idc_pickle_kind kind, uint64_t length);
/* The topmost value; NULL, with err, for a mark or nothing. */
idc_pickle_value *idc_pickle_top(idc_pickle *p);
idc_pickle_value *idc_pickle_pop(idc_pickle *p);
/* Moves the topmost n values, which are there, into a new chunk of v. */
int idc_pickle_take(idc_pickle *p, idc_pickle_value *v, size_t n);
/* How many values lie above the last mark; −1, with err: there is none. */
int64_t idc_pickle_above_mark(idc_pickle *p);

#endif
