/* torch_file.h: the weights in a file of torch.save, without Python and without running its pickle.
 *
 *     idc_safetensors *file;
 *     idc_torch_open(&file, "efficientnet-lite0.pth", &err);        // safetensors.h reads it from here on
 *     idc_tensors_open(&file, path, &err);                          // this or a safetensors file, by its first bytes
 *
 * Both forms are read: the older (five pickles, then the storages one after the other) and the ZIP archive (members stored,
 * not compressed; their CRCs are checked). Tensors of dictionaries in the dictionary are called OUTER.INNER, three deep;
 * what is neither tensor nor dictionary is left out. A tensor that is stored in another order (a transposed view) is put in
 * order. Refused by name: what pickle.h refuses, storages that are not in the file, tensors that reach past their storage,
 * more than IDC_MAX_DIMS axes, a name that occurs twice, big-endian files.
 */
#ifndef IDC_TENSOR_TORCH_FILE_H
#define IDC_TENSOR_TORCH_FILE_H

#include "tensor/safetensors.h"

int idc_torch_open(idc_safetensors **file, const char *path, idc_error *err);
/* The same over memory that the caller keeps; `name` is for messages. */
int idc_torch_open_memory(idc_safetensors **file, const void *data, size_t size, const char *name,
                          idc_error *err);
int idc_tensors_open(idc_safetensors **file, const char *path, idc_error *err);

#endif
