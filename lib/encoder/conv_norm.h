/* conv_norm.h: a convolution without bias followed by batch normalisation, in its two forms; or one of the two alone.
 *
 * In training: convolution, then batch normalisation (batch statistics or running ones) with the
 * activation in it. In inference: one convolution with bias, W' = W · g/√(v + eps), b' = bias −
 * mean · g/√(v + eps) for each output channel, bias, residual and activation fused; folded anew
 * only when one of the five tensors has a new version. A normalisation alone (before the convolution, as pre-activation
 * networks have it) becomes a 1 × 1 convolution of each channel by itself.
 */
#ifndef IDC_ENCODER_CONV_NORM_H
#define IDC_ENCODER_CONV_NORM_H

#include "tensor/ops.h"

#define IDC_CONV_NORM_EPS 1e-5f

/* How a pass runs: what a forward function of an encoder hands to its layers. */
typedef struct idc_encoder_pass {
    idc_tape *tape;
    bool training; /* batch statistics */
    bool folded;   /* inference without gradient: the folded form */
} idc_encoder_pass;

typedef struct idc_conv_norm {
    idc_tensor *weight;                        /* NULL: a normalisation alone */
    idc_tensor *gain, *bias, *mean, *variance; /* NULL: a convolution alone */
    float eps;
    idc_tensor *folded_weight, *folded_bias; /* NULL until first used */
    uint64_t folded_from;                    /* the five versions when it was folded */
    idc_conv_spec spec;                      /* without activation */
} idc_conv_norm;

/* What comes after the normalisation: activation(norm(conv(x)) + residual). */
typedef struct idc_conv_end {
    idc_tensor *residual; /* or NULL */
    enum idc_activation activation;
} idc_conv_end;

/* `store` takes the folded tensors. */
idc_tensor *idc_conv_norm_forward(idc_conv_norm *layer, idc_params *store,
                                  const idc_encoder_pass *pass, idc_tensor *x,
                                  const idc_conv_end *end);

#endif
