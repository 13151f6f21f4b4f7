/* Any bytes as a safetensors file: refused with a sentence, or every tensor lies inside the bytes. */
#include <stdlib.h>
#include <string.h>

#include "tensor/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file;
    if (idc_safetensors_open_memory(&file, data, size, "input", &err) < 0) {
        if (!err.code || !err.text[0] || file)
            abort();
        return 0;
    }
    for (size_t i = 0; i < idc_safetensors_size(file); i++) {
        const idc_safetensor *t = idc_safetensors_at(file, i);
        const uint8_t *at = t->data;
        if (at < data || t->bytes > (size_t)(data + size - at) ||
            idc_safetensors_find(file, t->name) != t)
            abort();
    }
    char hex[33];
    idc_safetensors_fingerprint(file, hex);
    idc_safetensors_metadata(file, "config");
    idc_safetensors_close(&file);
    return strlen(hex) == 32 ? 0 : 1;
}
