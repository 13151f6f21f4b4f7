/* record_state.h: what the files record*.c share; nobody else includes this. */
#ifndef IDC_WIRE_RECORD_STATE_H
#define IDC_WIRE_RECORD_STATE_H

#include "wire/record_bytes.h"
#include "wire/token.h"

typedef struct idc_field {
    const uint8_t *bytes; /* key and value */
    size_t size;
    uint32_t key_length, key_at, value_at; /* offsets into bytes */
    const char *text; /* a string value with a zero at its end; NULL for others */
    uint8_t *own;     /* what to free: bytes and text, where they are not the block's */
} idc_field;

struct idc_record {
    idc_field *fields;
    int count, capacity;
    idc_block *block;
    char *texts; /* the zero-terminated copies of the strings that lie in block */
};

/* NULL where the record lacks it. */
idc_field *idc_record_find(const idc_record *r, const char *key);
/* Says what is wrong with a field, after the record's kind and id. */
int idc_record_complain(const idc_record *r, int code, const char *key, const char *what,
                        idc_error *err);

#endif
