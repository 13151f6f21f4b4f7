/* ndarray.h: tensors inside a record, in the form that Python's msgpack-numpy gives them: a map with binary keys `nd`
 * (true), `type` (numpy's dtype string), `kind` (empty), `shape`, `data`.
 *
 *     if (idc_ndarray_at(p, n) && idc_ndarray_read(&a, p, n, &err) == 0) …
 */
#ifndef IDC_WIRE_NDARRAY_H
#define IDC_WIRE_NDARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "wire/record.h"

#define IDC_NDARRAY_DIMS 32 /* what numpy allows; ours are ≤ IDC_MAX_DIMS */

typedef struct idc_ndarray {
    char type[16]; /* "<f4"; "" for structured types */
    int ndim;
    int64_t shape[IDC_NDARRAY_DIMS];
    const uint8_t *data;
    size_t bytes;
} idc_ndarray;

/* Does a map that looks like an array begin here? */
bool idc_ndarray_at(const uint8_t *p, size_t n);
/* p: a whole value that idc_scan has passed. Any dtype; shape × element size must be the data's length where the element
 * size is known (kinds b, i, u, f, c). IDC_E_INVALID, IDC_E_MISMATCH. */
int idc_ndarray_read(idc_ndarray *a, const uint8_t *p, size_t n, idc_error *err);
/* As one of our own arrays: IDC_E_UNSUPPORTED for other dtypes, byte orders and more dimensions. */
int idc_ndarray_to_array(idc_array *out, const idc_ndarray *a, idc_error *err);
/* Appends the whole map. 0, IDC_E_MEMORY, IDC_E_UNSUPPORTED (bf16), IDC_E_RANGE (2³² bytes and more). */
int idc_ndarray_write(idc_buffer *out, const idc_array *a);
/* Checks every array inside the value; for data that idc_scan has passed. */
int idc_ndarray_check_all(const uint8_t *p, size_t n, idc_error *err);

#endif
