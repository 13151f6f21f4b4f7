/* cnn.c: the small CNN of docs/model.md: eight convolutions to stride 8, a fusing 1 × 1, object
 * logits for each cell. */
#include <stdio.h>

#include "encoder/family.h"

#define LOGITS 19

enum { CONV1, CONV2, CONV3, CONV4, CONV5, CONV6, CONV7, CONV8, FUSE };

void idc_cnn_shape(const idc_encoder_family *f, const idc_encoder_spec *spec, int *stride,
                   int *feature)
{
    (void)f;
    *stride = 8;
    *feature = spec->widths[3] + LOGITS;
}

int idc_cnn_build(idc_encoder *enc, idc_error *err)
{
    int a = enc->spec.widths[0], b = enc->spec.widths[1], c = enc->spec.widths[2],
        e = enc->spec.widths[3];
    const struct {
        int in, out, kernel, stride, dilation;
    } rows[] = {{3, a, 5, 2, 1}, {a, b, 3, 2, 1}, {b, b, 3, 1, 1},
                {b, c, 3, 2, 1}, {c, c, 3, 1, 1}, {c, e, 3, 1, 1},
                {e, e, 3, 1, 2}, {e, e, 3, 1, 4}, {c + e + e, e, 1, 1, 1}};
    enc->stride = 8;
    enc->feature = e + LOGITS;
    for (int i = CONV1; i <= FUSE; i++) {
        idc_conv_shape s = {.in = rows[i].in,
                            .out = rows[i].out,
                            .kernel = rows[i].kernel,
                            .stride = rows[i].stride,
                            .dilation = rows[i].dilation,
                            .init = IDC_INIT_UNIFORM};
        snprintf(s.conv, sizeof s.conv, i == FUSE ? "fuse" : "conv%d", i + 1);
        snprintf(s.norm, sizeof s.norm, i == FUSE ? "bn_fuse" : "bn%d", i + 1);
        int rc = idc_encoder_add_conv(enc, &s, err);
        if (rc < 0)
            return rc;
    }
    idc_encoder_param weight = {"head.weight", 4, {LOGITS, e, 1, 1}, IDC_INIT_UNIFORM, e, true};
    idc_encoder_param bias = {"head.bias", 1, {LOGITS}, IDC_INIT_UNIFORM, e, true};
    int rc = idc_encoder_add_param(enc, &enc->head_weight, &weight, err);
    return rc < 0 ? rc : idc_encoder_add_param(enc, &enc->head_bias, &bias, err);
}

/* [features; σ(foreground); σ(centre); softmax of shape, size, colour, material; offset] */
static idc_tensor *feature_of(idc_tape *t, idc_tensor *features, idc_tensor *logits)
{
    static const struct {
        int start, length;
    } groups[] = {{2, 3}, {5, 2}, {7, 8}, {15, 2}};
    idc_tensor *parts[7] = {features, idc_sigmoid(t, idc_slice(t, logits, 3, 0, 2))};
    for (int i = 0; i < 4; i++)
        parts[2 + i] =
            idc_softmax(t, idc_slice(t, logits, 3, groups[i].start, groups[i].length), NULL);
    parts[6] = idc_slice(t, logits, 3, 17, 2);
    return idc_concat(t, parts, 7, 3);
}

void idc_cnn_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                     idc_encoder_output *out)
{
    const idc_conv_end relu = {NULL, IDC_ACT_RELU};
    idc_tensor *y[FUSE];
    for (int i = CONV1; i <= CONV8; i++) {
        y[i] = idc_encoder_conv(enc, i, pass, x, &relu);
        x = y[i];
    }
    y[CONV8] = idc_add(pass->tape, y[CONV7], y[CONV8]);
    idc_tensor *joined =
        idc_concat(pass->tape, (idc_tensor *[]){y[CONV5], y[CONV6], y[CONV8]}, 3, 3);
    idc_tensor *features = idc_encoder_conv(enc, FUSE, pass, joined, &relu);
    idc_conv_spec one = {.stride = 1, .dilation = 1, .groups = 1};
    out->logits = idc_conv2d(pass->tape, features, enc->head_weight, enc->head_bias, NULL, &one);
    out->feature = feature_of(pass->tape, features, out->logits);
}
