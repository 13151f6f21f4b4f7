/* encoder.h: pictures to grids of features.
 *
 *     idc_encoder *enc;
 *     idc_encoder_new(&enc, &spec, params, seed, &err);            // makes or finds its parameters under "encoder."
 *     idc_tensor *x = idc_encoder_input(enc, tape, pictures, N);   // u8 [h,w,3] each → f32 [N,H,W,3]
 *     idc_encoder_output out = idc_encoder_forward(enc, tape, x, false);
 *
 * One definition serves training and inference. Families: the small CNN ("cnn", docs/model.md), ResNet v1.5 (He et al. 2016
 * with the stride in the 3 × 3 convolution; names as torchvision has them), ResNet v2 (pre-activation; names of timm) and
 * EfficientNet-Lite (Tan and Le 2019).
 */
#ifndef IDC_ENCODER_ENCODER_H
#define IDC_ENCODER_ENCODER_H

#include "tensor/ops.h"

typedef struct idc_encoder idc_encoder;

typedef struct idc_encoder_spec {
    char kind[24];           /* cnn or one of idc_encoder_kinds */
    int widths[4];           /* cnn */
    int stage;               /* resnet: 1 … 4, efficientnet-lite: 1 … 8; cnn: 0 */
    int width, height;       /* of the input picture */
    float mean[3], scale[3]; /* input = (byte / 255 − mean) · scale */
} idc_encoder_spec;

typedef struct idc_encoder_output {
    idc_tensor *logits;  /* [N,h,w,19], cnn only, else NULL */
    idc_tensor *feature; /* [N,h,w,F] */
} idc_encoder_output;

/* The kinds that have stages, with commas between them: "resnet18, …, efficientnet-lite4". */
void idc_encoder_kinds(char *text, size_t size);

/* Without making one: input pixels a cell of the output and numbers a cell. IDC_E_UNSUPPORTED, IDC_E_RANGE for a specification
 * that idc_encoder_new would refuse. */
int idc_encoder_shape(const idc_encoder_spec *spec, int *stride, int *feature, idc_error *err);

/* Adds the parameters that params lacks under "encoder." (zeros, or `seed` ≠ 0: fresh random ones
 * as PyTorch initialises), and checks the shapes of those it has. */
int idc_encoder_new(idc_encoder **enc, const idc_encoder_spec *spec, idc_params *params,
                    uint64_t seed, idc_error *err);
void idc_encoder_free(idc_encoder **enc);
const idc_encoder_spec *idc_encoder_get_spec(const idc_encoder *enc);
/* Rows and columns of the output, numbers a cell. */
void idc_encoder_grid(const idc_encoder *enc, int *rows, int *columns, int *feature);

/* N pictures of exactly the spec's size (u8, h×w×3) as the input tensor. */
idc_tensor *idc_encoder_input(const idc_encoder *enc, idc_tape *t,
                              const unsigned char *const *pictures, int n);
/* x [N,H,W,3]. training: batch statistics in batch normalisation; else running ones, folded into
 * the convolutions on an INFER tape (packed once). */
idc_encoder_output idc_encoder_forward(idc_encoder *enc, idc_tape *t, idc_tensor *x, bool training);

#endif
