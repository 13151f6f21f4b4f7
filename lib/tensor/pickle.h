/* pickle.h: Python's pickles as PyTorch writes them, read as inert values: nothing is called, imported or executed.
 *
 *     idc_pickle *p = idc_pickle_new(&err);
 *     idc_pickle_read(p, bytes, n, &used, &value, &err);   // one pickle, to its STOP
 *     idc_pickle_free(&p);
 *
 * A stack machine knows the opcodes and the globals of the tables in pickle.c; any other is refused by its number or name.
 * It never recurses, and it makes at most a million values. Texts point into the bytes, which must outlive p.
 */
#ifndef IDC_TENSOR_PICKLE_H
#define IDC_TENSOR_PICKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"
#include "base/error.h"

typedef struct idc_pickle idc_pickle;

enum idc_pickle_kind {
    IDC_PICKLE_NONE,
    IDC_PICKLE_BOOL, /* number */
    IDC_PICKLE_INT,  /* number; a longer one than 64 bits: its bytes as text */
    IDC_PICKLE_FLOAT,
    IDC_PICKLE_STRING,  /* text, length */
    IDC_PICKLE_GLOBAL,  /* number: a row of the table of globals */
    IDC_PICKLE_TUPLE,   /* first: one chunk at most */
    IDC_PICKLE_LIST,    /* items of all chunks */
    IDC_PICKLE_DICT,    /* key, value, key, value, … of all chunks */
    IDC_PICKLE_STORAGE, /* dtype, number: elements, text: key */
    IDC_PICKLE_TENSOR   /* first: the arguments: storage, offset, sizes, strides, … */
};

typedef struct idc_pickle_value idc_pickle_value;

typedef struct idc_pickle_chunk {
    struct idc_pickle_chunk *next;
    size_t n;
    idc_pickle_value *item[];
} idc_pickle_chunk;

struct idc_pickle_value {
    enum idc_pickle_kind kind;
    idc_dtype dtype;
    int64_t number;
    const char *text; /* not terminated */
    size_t length;
    idc_pickle_chunk *first, *last;
    idc_pickle_value *next_storage; /* of the pickle: idc_pickle_storages */
};

idc_pickle *idc_pickle_new(idc_error *err);
void idc_pickle_free(idc_pickle **p);
/* The values live as long as p. IDC_E_INVALID (also: an opcode or global that is not read), IDC_E_CUT,
 * IDC_E_RANGE (too many values), IDC_E_MEMORY; the texts do not name the file. */
int idc_pickle_read(idc_pickle *p, const uint8_t *bytes, size_t n, size_t *used,
                    const idc_pickle_value **value, idc_error *err);
/* All storages met so far, the latest first. */
const idc_pickle_value *idc_pickle_storages(const idc_pickle *p);

#endif
