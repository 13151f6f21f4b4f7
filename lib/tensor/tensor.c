#include "tensor/tensor.h"

int64_t idc_tensor_count(const idc_tensor *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->ndim; i++)
        n *= x->shape[i];
    return n;
}

int64_t idc_tensor_dim(const idc_tensor *x, int axis)
{
    return x->shape[axis < 0 ? axis + x->ndim : axis];
}
