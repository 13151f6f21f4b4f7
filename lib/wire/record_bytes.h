/* record_bytes.h: records as bytes; for streams, stores and tests.
 *
 * A record keeps each field as the msgpack it came as: getters look inside, setters replace one field, everything else
 * is written again byte for byte and without a copy.
 *
 *     idc_record *r;
 *     if (idc_record_decode(&r, bytes, n, &err) < 0) …          // copies
 *     idc_buffer b = {0};
 *     idc_record_encode(r, &b);
 */
#ifndef IDC_WIRE_RECORD_BYTES_H
#define IDC_WIRE_RECORD_BYTES_H

#include <stdatomic.h>
#include <sys/uio.h>

#include "base/buffer.h"
#include "wire/record.h"

/* Memory that records and the stream that read them share; freed with the last reference. `release`, where set, gives
 * back memory that is somebody else's. */
typedef struct idc_block {
    atomic_size_t references;
    size_t capacity;
    uint8_t *data;
    void (*release)(struct idc_block *block);
    void *owner;
} idc_block;

idc_block *idc_block_new(size_t capacity); /* one reference; NULL without memory */
idc_block *idc_block_keep(idc_block *b);
void idc_block_drop(idc_block **b);

/* One whole map of n bytes. IDC_E_INVALID, IDC_E_RANGE, IDC_E_MISMATCH (shape × dtype), IDC_E_MEMORY; the error names
 * the record as far as it is known. */
int idc_record_decode(idc_record **r, const void *bytes, size_t n, idc_error *err);
/* The same without a copy: bytes lie in `block`, which the record keeps. */
int idc_record_decode_in(idc_record **r, idc_block *block, const uint8_t *bytes, size_t n,
                         idc_error *err);

size_t idc_record_bytes(const idc_record *r); /* as written */
int idc_record_encode(const idc_record *r, idc_buffer *out);
/* The record as pieces to write one after the other, neighbours joined. `head` (16 bytes) holds the first. Returns how
 * many there are; −1 when max is too small. */
#define IDC_RECORD_HEAD 16
int idc_record_pieces(const idc_record *r, uint8_t *head, struct iovec *pieces, int max);

/* Puts the msgpack of one whole value under key; IDC_E_INVALID when it is not one. */
int idc_record_set_raw(idc_record *r, const char *key, const void *value, size_t n);
/* The msgpack of a field; false where the record lacks it. */
bool idc_record_raw(const idc_record *r, const char *key, const uint8_t **value, size_t *n);

/* For field i = 0 …: its name (not zero-terminated) and the msgpack of its value; false past the last. */
bool idc_record_field(const idc_record *r, int i, const char **name, size_t *length,
                      const uint8_t **value, size_t *bytes);

#endif
