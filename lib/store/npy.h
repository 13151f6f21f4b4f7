/* npy.h: numpy's file of one array (its format 1.0: a Python literal in a padded header, then the data), and names as files. */
#ifndef IDC_STORE_NPY_H
#define IDC_STORE_NPY_H

#include "base/buffer.h"
#include "wire/record.h"

/* Appends header and data. IDC_E_MEMORY, IDC_E_UNSUPPORTED (bf16). */
int idc_npy_write(idc_buffer *out, const idc_array *a);
/* data lie in bytes. IDC_E_INVALID, IDC_E_UNSUPPORTED (dtypes that are not ours, Fortran order), IDC_E_MISMATCH. */
int idc_npy_read(idc_array *a, const void *bytes, size_t n, idc_error *err);

/* "a/b" as "a%2Fb": also %, control bytes and a dot at the front. IDC_E_RANGE: longer than a file name may be. */
int idc_npy_escape(char *out, size_t size, const char *name);
/* The other way round, in place. */
void idc_npy_unescape(char *name);

#endif
