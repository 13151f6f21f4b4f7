/* adamw.h: Adam with decoupled weight decay (Loshchilov and Hutter 2019), or with L2 in the gradient (Kingma and Ba 2015).
 *
 *     idc_adamw *opt;
 *     idc_adamw_options options = IDC_ADAMW_DEFAULTS;
 *     int rc = idc_adamw_new(&opt, params, &options, &err);
 *     double norm = idc_adamw_step(opt, lr, clip);
 *
 * Moments are f32 beside each trainable parameter. State can be written to and read from a checkpoint bit for bit.
 */
#ifndef IDC_TENSOR_ADAMW_H
#define IDC_TENSOR_ADAMW_H

#include "tensor/safetensors.h"
#include "tensor/tensor.h"

typedef struct idc_adamw idc_adamw;

typedef struct idc_adamw_options {
    float beta1, beta2, eps, weight_decay;
    bool decoupled; /* false: weight decay is added to the gradient */
} idc_adamw_options;
#define IDC_ADAMW_DEFAULTS                                                                         \
    {                                                                                              \
        .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f, .weight_decay = 0.01f, .decoupled = true     \
    }

int idc_adamw_new(idc_adamw **opt, idc_params *params, const idc_adamw_options *options,
                  idc_error *err);
void idc_adamw_free(idc_adamw **opt);
/* Scale of the learning rate for parameters whose name starts with prefix (1 by default); decay: false turns weight decay
 * off for them. One-dimensional parameters (biases, gains) never decay when decoupled. The last group that fits counts.
 * IDC_E_RANGE: more than 32 groups, or a prefix of 96 bytes or more. */
int idc_adamw_group(idc_adamw *opt, const char *prefix, float lr_scale, bool decay);
/* One update of all trainable parameters. clip > 0 scales the gradients so that their L2 norm is at most clip. Returns
 * the norm before clipping; when it is not finite nothing is changed. Parameters' versions are raised. */
double idc_adamw_step(idc_adamw *opt, double lr, double clip);

/* Moments as tensors "optimizer.m.NAME", "optimizer.v.NAME" and the step count "optimizer.steps" (I64), for
 * idc_safetensors_write: they point into the optimiser. Returns how many there are; out is filled when max is enough. */
size_t idc_adamw_state(const idc_adamw *opt, idc_safetensor *out, size_t max);
int idc_adamw_restore(idc_adamw *opt, const idc_safetensors *file, idc_error *err);

#endif
