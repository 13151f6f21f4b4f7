/* torch_opening.h: what is known while a file of torch.save is opened. Private to lib/tensor/torch_*.c. */
#ifndef IDC_TENSOR_TORCH_OPENING_H
#define IDC_TENSOR_TORCH_OPENING_H

#include <stdbool.h>

#include "tensor/pickle.h"
#include "tensor/safetensors_file.h"

struct idc_torch_storage {
    const idc_pickle_value *about;
    const uint8_t *data; /* NULL: not found yet */
};

struct idc_torch_opening {
    struct idc_safetensors *file;
    const uint8_t *bytes;
    size_t size;
    idc_pickle *pickle;
    struct idc_torch_storage *storages; /* sorted by key, each key once */
    size_t n_storages;
    size_t visited, copied; /* entries of dictionaries; bytes */
    idc_error *err;
};

/* Reads pickles and places all storages; *root: the value of the pickle with the tensors. */
int idc_torch_open_legacy(struct idc_torch_opening *o, const idc_pickle_value **root);
int idc_torch_open_archive(struct idc_torch_opening *o, const idc_pickle_value **root);
/* The storage of this key; NULL: there is none. */
struct idc_torch_storage *idc_torch_find_storage(const struct idc_torch_opening *o,
                                                 const idc_pickle_value *key);

#endif
