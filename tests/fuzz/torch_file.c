/* Any bytes as a file of torch.save: refused with a sentence, or every tensor's bytes can be read. */
#include <stdlib.h>
#include <string.h>

#include "tensor/torch_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file;
    if (idc_torch_open_memory(&file, data, size, "input", &err) < 0) {
        if (!err.code || strncmp(err.text, "input: ", 7) != 0 || file)
            abort();
        return 0;
    }
    size_t bytes = 0;
    for (size_t i = 0; i < idc_safetensors_size(file); i++) {
        const idc_safetensor *t = idc_safetensors_at(file, i);
        size_t wanted = idc_dtype_size(t->dtype);
        for (int d = 0; d < t->ndim; d++)
            wanted *= (size_t)t->shape[d];
        if (wanted != t->bytes || t->bytes > size || idc_safetensors_find(file, t->name) != t)
            abort();
        for (size_t k = 0; k < t->bytes; k++)
            bytes += ((const uint8_t *)t->data)[k];
    }
    idc_safetensors_close(&file);
    return bytes == SIZE_MAX;
}
