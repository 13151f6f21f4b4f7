/* tensor.h: a dense array with a gradient beside it, and sets of named parameters.
 *
 * Capital letters in shapes: N pictures, H W rows and columns, C channels, B items of a batch, T tokens, D width,
 * A attention heads, V vocabulary. Pictures are NHWC, sequences [B,T,D], weights as PyTorch stores them (linear [out,in],
 * convolution [out,in/groups,kh,kw]).
 */
#ifndef IDC_TENSOR_TENSOR_H
#define IDC_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"
#include "base/error.h"

typedef struct idc_tensor {
    idc_dtype dtype;
    int ndim;
    int64_t shape[IDC_MAX_DIMS];
    void *data;       /* dense, C order, 64-byte aligned */
    float *grad;      /* f32, same shape; NULL where no gradient is wanted */
    uint32_t version; /* raised whenever data changes: packed copies of weights are made anew */
    bool constant;    /* a parameter: worth packing once */
    char name[96];    /* of a parameter; "" otherwise */
    /* Kept by the tape: */
    bool grad_empty; /* grad holds nothing yet: the first writer overwrites it (idc_call_grad) */
    struct idc_tensor *view_of; /* the tensor whose data and grad this one shares, or NULL */
} idc_tensor;

static inline float *idc_f32(const idc_tensor *x)
{
    return (float *)x->data;
}

static inline int32_t *idc_i32(const idc_tensor *x)
{
    return (int32_t *)x->data;
}

int64_t idc_tensor_count(const idc_tensor *x);
/* The length of axis `axis`; negative counts from the end. */
int64_t idc_tensor_dim(const idc_tensor *x, int axis);

/* A set of named f32 parameters, in the order in which they were added. The set owns them. */
typedef struct idc_params idc_params;

idc_params *idc_params_new(void);
void idc_params_free(idc_params **p);
/* Adds a tensor of zeros and returns it (NULL: no memory, or the name is taken). `trainable` gives it a gradient.
 * Not-trainable ones are buffers: the running statistics of batch normalisation. */
idc_tensor *idc_params_add(idc_params *p, const char *name, int ndim, const int64_t *shape,
                           bool trainable);
idc_tensor *idc_params_find(const idc_params *p, const char *name);
size_t idc_params_size(const idc_params *p); /* how many tensors */
idc_tensor *idc_params_at(const idc_params *p, size_t i);
int64_t idc_params_count(const idc_params *p); /* numbers in all trainable tensors */
/* Turns the gradients of the tensors whose name starts with prefix on or off (freezing; buffers as well, so name them
 * apart). Not while a tape holds calls that use them. */
int idc_params_set_trainable(idc_params *p, const char *prefix, bool trainable);
void idc_params_zero_grad(idc_params *p);

#endif
