/* token.h: msgpack read one header at a time, without allocation and without trust.
 *
 *     idc_token t;
 *     int n = idc_token_read(&t, p, left);        // bytes of the header; 0: more are needed
 *
 * idc_scan finds where a value ends while its bytes are still coming in: it checks depth, entry counts and sizes as soon
 * as a header is there, so that 5 bytes which claim 4 billion entries are refused at once.
 */
#ifndef IDC_WIRE_TOKEN_H
#define IDC_WIRE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define IDC_WIRE_DEPTH 16           /* containers within one another */
#define IDC_WIRE_ENTRIES (1u << 24) /* entries of one map or array */
#define IDC_WIRE_FIELDS 1024        /* fields of a record */
#define IDC_WIRE_LIMIT                                                                             \
    ((size_t)1 << 30) /* bytes of a record, where the environment's IDC_MAX_RECORD says nothing */

typedef enum idc_token_type {
    IDC_TOKEN_NIL,
    IDC_TOKEN_BOOL,
    IDC_TOKEN_INT,
    IDC_TOKEN_UINT, /* beyond INT64_MAX only */
    IDC_TOKEN_FLOAT,
    IDC_TOKEN_STRING,
    IDC_TOKEN_BINARY,
    IDC_TOKEN_EXTENSION,
    IDC_TOKEN_ARRAY,
    IDC_TOKEN_MAP
} idc_token_type;

typedef struct idc_token {
    idc_token_type type;
    bool single;     /* FLOAT: 32 bits */
    int64_t integer; /* BOOL, INT; EXTENSION: its type */
    uint64_t large;  /* UINT */
    double real;     /* FLOAT */
    uint32_t
        size; /* bytes that follow the header (STRING, BINARY, EXTENSION), or entries (ARRAY, MAP) */
} idc_token;

/* Header bytes used; 0 when n bytes do not hold the header; IDC_E_INVALID for the byte that msgpack does not use. */
int idc_token_read(idc_token *t, const uint8_t *p, size_t n);
/* Steps over one header and, of strings, binaries and extensions, the payload, all inside *p … end. Of containers only the
 * header. 0 or IDC_E_INVALID. */
int idc_token_take(idc_token *t, const uint8_t **p, const uint8_t *end, const uint8_t **payload);
bool idc_token_is_text(const idc_token *t, const uint8_t *payload,
                       const char *text); /* STRING or BINARY equal to text */

typedef struct idc_scan {
    uint64_t left[IDC_WIRE_DEPTH]; /* values still to come in each open container */
    int depth;
    uint64_t pending; /* sum of left */
    size_t skip;      /* payload bytes still to pass */
    size_t seen, limit;
} idc_scan;

/* limit: bytes that the value may have (for a message that is here in whole: its size). */
void idc_scan_begin(idc_scan *s, size_t limit);
/* Reads on: *used bytes of p were passed (headers are never split). 1: the value is complete; 0: more bytes are needed;
 * IDC_E_INVALID or IDC_E_RANGE with the reason in err. */
int idc_scan_feed(idc_scan *s, const uint8_t *p, size_t n, size_t *used, idc_error *err);
/* Bytes that must at least follow those passed (≥ 1 while the value is not complete). */
size_t idc_scan_need(const idc_scan *s);
/* The bytes of the one value at p, or a negative code. */
int64_t idc_scan_value(const uint8_t *p, size_t n, idc_error *err);

#endif
