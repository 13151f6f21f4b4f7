/* safetensors.h: tensor files, read by mmap with every header field checked, and written whole or not at all.
 *
 * File: u64 length of the header, the header (JSON), the data. Offsets count from the end of the header; ours pad the
 * header with spaces so that the data start on a 64-byte boundary. Refused by name: a header longer than the file or
 * 100 MB, unknown dtypes, more than IDC_MAX_DIMS axes, shape × dtype unlike the span, spans that overlap, leave holes or lie
 * outside the file, a name that occurs twice.
 */
#ifndef IDC_TENSOR_SAFETENSORS_H
#define IDC_TENSOR_SAFETENSORS_H

#include "base/dtype.h"
#include "base/error.h"

typedef struct idc_safetensors idc_safetensors;

typedef struct idc_safetensor {
    const char *name;
    idc_dtype dtype;
    int ndim;
    int64_t shape[IDC_MAX_DIMS];
    const void *data; /* inside the mapping; aligned only if the file's writer cared */
    size_t bytes;
} idc_safetensor;

int idc_safetensors_open(idc_safetensors **file, const char *path, idc_error *err);
/* The same over memory that the caller keeps (tests, fuzzing); `name` is for messages. */
int idc_safetensors_open_memory(idc_safetensors **file, const void *data, size_t size,
                                const char *name, idc_error *err);
void idc_safetensors_close(idc_safetensors **file);
size_t idc_safetensors_size(const idc_safetensors *file);
/* In the order of the data. */
const idc_safetensor *idc_safetensors_at(const idc_safetensors *file, size_t i);
const idc_safetensor *idc_safetensors_find(const idc_safetensors *file, const char *name);
/* A value of __metadata__ (all are strings); NULL where it is missing. */
const char *idc_safetensors_metadata(const idc_safetensors *file, const char *key);
/* XXH3-128 over metadata (keys sorted) and tensors (names sorted; dtype, shape, data), as 32 hex digits + NUL. */
void idc_safetensors_fingerprint(const idc_safetensors *file, char hex[33]);

typedef struct idc_safetensors_metadata_entry {
    const char *key, *value;
} idc_safetensors_metadata_entry;
/* Writes to a temporary name, fsyncs and renames. Tensors in the order given. */
int idc_safetensors_write(const char *path, const idc_safetensor *tensors, size_t n,
                          const idc_safetensors_metadata_entry *metadata, size_t n_metadata,
                          idc_error *err);

#endif
