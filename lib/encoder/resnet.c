/* resnet.c: ResNet v1.5 (He, Zhang, Ren, Sun 2016, with the stride in the 3 × 3 convolution of a
 * bottleneck), to the end of any stage, named as in torchvision. */
#include <stdio.h>

#include "encoder/family.h"

static int convs_of(const idc_encoder_family *f)
{
    return f->bottleneck ? 3 : 2;
}

/* The convolution `k` of a block; width: of the stage's narrow layers. */
static void shape_of(const idc_encoder_family *f, int k, int width, idc_conv_shape *s)
{
    int strided = f->bottleneck ? 1 : 0, last = convs_of(f) - 1;
    s->kernel = f->bottleneck && k != 1 ? 1 : 3;
    s->out = k == last && f->bottleneck ? 4 * width : width;
    s->stride = k == strided ? s->stride : 1;
}

/* A projection on the shortcut: where width or size changes. */
static bool has_downsample(const idc_encoder_family *f, int stage, int block)
{
    return block == 0 && (stage > 1 || f->bottleneck);
}

static int build_block(idc_encoder *enc, int stage, int block, idc_error *err)
{
    const idc_encoder_family *f = enc->family;
    int width = 64 << (stage - 1), in = enc->feature, out = f->bottleneck ? 4 * width : width;
    int stride = block == 0 && stage > 1 ? 2 : 1, rc = 0;
    idc_conv_shape s = {.in = in, .dilation = 1, .init = IDC_INIT_HE_FAN_OUT};
    for (int k = 0; rc == 0 && k < convs_of(f); k++) {
        s.stride = stride;
        shape_of(f, k, width, &s);
        snprintf(s.conv, sizeof s.conv, "layer%d.%d.conv%d", stage, block, k + 1);
        snprintf(s.norm, sizeof s.norm, "layer%d.%d.bn%d", stage, block, k + 1);
        rc = idc_encoder_add_conv(enc, &s, err);
        s.in = s.out;
    }
    if (rc == 0 && has_downsample(f, stage, block)) {
        s = (idc_conv_shape){
            .in = in, .out = out, .kernel = 1, .stride = stride, .dilation = 1, .init = s.init};
        snprintf(s.conv, sizeof s.conv, "layer%d.%d.downsample.0", stage, block);
        snprintf(s.norm, sizeof s.norm, "layer%d.%d.downsample.1", stage, block);
        rc = idc_encoder_add_conv(enc, &s, err);
    }
    enc->feature = out;
    return rc;
}

void idc_resnet_shape(const idc_encoder_family *f, const idc_encoder_spec *spec, int *stride,
                      int *feature)
{
    *stride = 2 << spec->stage;
    *feature = (f->bottleneck ? 128 : 32) << spec->stage;
}

int idc_resnet_build(idc_encoder *enc, idc_error *err)
{
    idc_conv_shape stem = {"conv1", "bn1", 3, 64, 7, 2, 1, .init = IDC_INIT_HE_FAN_OUT};
    int rc = idc_encoder_add_conv(enc, &stem, err);
    enc->feature = 64;
    enc->stride = 2 << enc->spec.stage;
    for (int stage = 1; stage <= enc->spec.stage; stage++)
        for (int block = 0; rc == 0 && block < enc->family->blocks[stage - 1]; block++)
            rc = build_block(enc, stage, block, err);
    return rc;
}

/* One block from layer *layer on, which moves behind it. */
static idc_tensor *block_forward(idc_encoder *enc, int *layer, bool down,
                                 const idc_encoder_pass *pass, idc_tensor *x)
{
    int first = *layer, n = convs_of(enc->family);
    const idc_conv_end plain = {NULL, IDC_ACT_NONE}, relu = {NULL, IDC_ACT_RELU};
    idc_conv_end last = {x, IDC_ACT_RELU};
    if (down)
        last.residual = idc_encoder_conv(enc, first + n, pass, x, &plain);
    for (int k = 0; k < n - 1; k++)
        x = idc_encoder_conv(enc, first + k, pass, x, &relu);
    *layer = first + n + down;
    return idc_encoder_conv(enc, first + n - 1, pass, x, &last);
}

static idc_tensor *stem_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x)
{
    x = idc_encoder_conv(enc, 0, pass, x, &(idc_conv_end){NULL, IDC_ACT_RELU});
    return idc_pool2d(pass->tape, x, IDC_POOL_MAX, 3, 2, 1);
}

void idc_resnet_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                        idc_encoder_output *out)
{
    int layer = 1, turn = 0;
    idc_encoder_pass own = idc_encoder_turn(enc, pass, turn++, false);
    x = stem_forward(enc, &own, x);
    for (int stage = 1; stage <= enc->spec.stage; stage++)
        for (int block = 0; block < enc->family->blocks[stage - 1]; block++) {
            bool last = stage == enc->spec.stage && block == enc->family->blocks[stage - 1] - 1;
            own = idc_encoder_turn(enc, pass, turn++, last);
            x = block_forward(enc, &layer, has_downsample(enc->family, stage, block), &own, x);
        }
    idc_encoder_turns_end(enc, pass);
    *out = (idc_encoder_output){.logits = NULL, .feature = x};
}

void idc_resnet_not_mine(const idc_encoder *enc, char *name, size_t size)
{
    int stage = enc->spec.stage;
    snprintf(name, size, "layer%d.%d.conv1.weight", stage, enc->family->blocks[stage - 1]);
}
