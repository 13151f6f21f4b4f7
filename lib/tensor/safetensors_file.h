/* safetensors_file.h: an open safetensors file. Private to lib/tensor/safetensors*.c. */
#ifndef IDC_TENSOR_SAFETENSORS_FILE_H
#define IDC_TENSOR_SAFETENSORS_FILE_H

#include "base/arena.h"
#include "base/file.h"
#include "tensor/safetensors.h"

typedef struct json_t json_t; /* jansson.h */

struct idc_safetensors {
    char *path;
    idc_file_map map; /* empty for memory that the caller keeps */
    const uint8_t *data;
    size_t data_size, size;
    idc_safetensor *tensors;        /* in the order of the data */
    const idc_safetensor **by_name; /* sorted */
    json_t *root, *metadata;        /* names and values live here; metadata may be NULL */
    idc_arena *arena;               /* of torch_file.c: names and reordered values, else NULL */
};

#endif
