/* family.h: what the encoder families share; internal to lib/encoder.
 *
 * A family is a row of the table in encoder.c: it builds its layers with idc_encoder_add_conv and
 * runs them. Adding one is one file and one row.
 */
#ifndef IDC_ENCODER_FAMILY_H
#define IDC_ENCODER_FAMILY_H

#include "encoder/conv_norm.h"
#include "encoder/encoder.h"
#include "tensor/safetensors.h"

#define IDC_ENCODER_PREFIX "encoder."
#define IDC_ENCODER_MAX_CONVS 224 /* ResNet-152 v2 has 206 */

typedef struct idc_encoder_family {
    const char *kind;
    int stages;       /* the deepest stage; 0: there is no choice */
    int side;         /* of the square pictures that published weights were trained on; 0: none */
    const char *head; /* the linear layer over its pooled features: "fc"; NULL: none */
    bool half_bytes; /* prepared as (byte − 127) / 128 instead of ImageNet's mean and deviation */
    const int *blocks; /* resnet: of each stage */
    bool bottleneck;   /* resnet: 1×1, 3×3, 1×1 instead of 3×3, 3×3 */
    int widen, deepen; /* efficientnet-lite: tenths by which width and depth are scaled */
    /* Of the spec's stage: input pixels a cell, numbers a cell. */
    void (*shape)(const struct idc_encoder_family *f, const idc_encoder_spec *spec, int *stride,
                  int *feature);
    /* Adds the layers and sets stride (input pixels a cell) and feature. */
    int (*build)(idc_encoder *enc, idc_error *err);
    void (*forward)(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                    idc_encoder_output *out);
    /* A tensor that files of a deeper member of the family have and those of this one lack; "" for
     * none. */
    void (*not_mine)(const idc_encoder *enc, char *name, size_t size);
} idc_encoder_family;

struct idc_encoder {
    idc_encoder_spec spec;
    const idc_encoder_family *family;
    idc_params *params; /* the caller's */
    idc_params *folded;
    uint64_t seed;
    int stride, feature;
    idc_conv_norm convs[IDC_ENCODER_MAX_CONVS];
    int n_convs;
    idc_tensor *head_weight, *head_bias; /* cnn */
    idc_tape *scratch[2];                /* activations of every other block: idc_encoder_turn */
    float table[3][256];                 /* byte → input */
};

enum idc_encoder_init {
    IDC_INIT_UNIFORM,    /* ±1/√fan_in: PyTorch's default for convolutions */
    IDC_INIT_HE_FAN_OUT, /* normal, deviation √(2/fan_out): He et al. 2015, as torchvision's ResNet
                            has it */
    IDC_INIT_ONE,
    IDC_INIT_ZERO
};

typedef struct idc_conv_shape {
    /* names without the prefix: "layer1.0.conv1", "layer1.0.bn1"; "": it has no such part */
    char conv[48], norm[48];
    int in, out, kernel, stride, dilation; /* a normalisation alone needs only out */
    enum idc_encoder_init init;
    bool depthwise; /* a filter a channel: in = out */
    bool same;      /* padded as TensorFlow's SAME, else by dilation (kernel − 1) / 2 */
    float eps;      /* of the normalisation; 0: IDC_CONV_NORM_EPS */
} idc_conv_shape;

/* The layer enc->convs[n_convs++]. */
int idc_encoder_add_conv(idc_encoder *enc, const idc_conv_shape *shape, idc_error *err);
typedef struct idc_encoder_param {
    char name[80]; /* without the prefix */
    int ndim;
    int64_t shape[4];
    enum idc_encoder_init init;
    double fan;
    bool trainable;
} idc_encoder_param;

/* Finds one parameter in enc->params and checks its shape, or makes it. */
int idc_encoder_add_param(idc_encoder *enc, idc_tensor **out, const idc_encoder_param *param,
                          idc_error *err);
/* One layer of the encoder. */
idc_tensor *idc_encoder_conv(idc_encoder *enc, int layer, const idc_encoder_pass *pass,
                             idc_tensor *x, const idc_conv_end *end);

/* The pass of block `turn` (0, 1, …). In inference every block but the last runs on one of two tapes in turn, each reset
 * before its next block: the activations of two blocks stay in the caches instead of those of the whole network passing
 * through memory. A block may read the result of the one before it, and none older. */
idc_encoder_pass idc_encoder_turn(idc_encoder *enc, const idc_encoder_pass *pass, int turn,
                                  bool last);
/* After the last: errors of the two tapes become the caller's. */
void idc_encoder_turns_end(idc_encoder *enc, const idc_encoder_pass *pass);

void idc_cnn_shape(const idc_encoder_family *f, const idc_encoder_spec *spec, int *stride,
                   int *feature);
int idc_cnn_build(idc_encoder *enc, idc_error *err);
void idc_cnn_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                     idc_encoder_output *out);
void idc_resnet_shape(const idc_encoder_family *f, const idc_encoder_spec *spec, int *stride,
                      int *feature);
int idc_resnet_build(idc_encoder *enc, idc_error *err);
void idc_resnet_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                        idc_encoder_output *out);
void idc_resnet_not_mine(const idc_encoder *enc, char *name, size_t size);
int idc_resnet_v2_build(idc_encoder *enc, idc_error *err);
void idc_resnet_v2_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                           idc_encoder_output *out);
void idc_resnet_v2_not_mine(const idc_encoder *enc, char *name, size_t size);
void idc_efficientnet_lite_shape(const idc_encoder_family *f, const idc_encoder_spec *spec,
                                 int *stride, int *feature);
int idc_efficientnet_lite_build(idc_encoder *enc, idc_error *err);
void idc_efficientnet_lite_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                                   idc_encoder_output *out);
void idc_efficientnet_lite_not_mine(const idc_encoder *enc, char *name, size_t size);
const idc_encoder_family *idc_encoder_find_family(const char *kind);

/* The prefix under which the file has the first convolution; NULL when there is none. */
const char *idc_encoder_prefix(const idc_encoder *enc, const idc_safetensors *file);
/* All values as f32. IDC_E_UNSUPPORTED for other than f32, f16, bf16; IDC_E_NUMERIC. */
int idc_encoder_convert(float *to, const idc_safetensor *from, const char *file, idc_error *err);

#endif
