/* resnet_v2.c: ResNet v2 (He, Zhang, Ren, Sun 2016, "Identity mappings in deep residual networks"), bottlenecks with the
 * stride in the 3 × 3 convolution, named as in timm.
 *
 * Each normalisation, with its ReLU, comes before its convolution. The second and third of a block follow a convolution and
 * fold into it; the first reads the sum that the shortcut also takes, so it stands alone. The projection of a shortcut reads
 * what that first one gives. Stages 1 to 3 end with the sum, stage 4 with the last normalisation and its ReLU. */
#include <stdio.h>

#include "encoder/family.h"

enum { NORM1, CONV1, CONV2, CONV3, DOWNSAMPLE };

static int build_block(idc_encoder *enc, int stage, int block, idc_error *err)
{
    int in = enc->feature, width = 64 << (stage - 1), stride = block == 0 && stage > 1 ? 2 : 1;
    const idc_conv_shape shapes[] = {
        [NORM1] = {.out = in},
        [CONV1] = {.in = in, .out = width, .kernel = 1, .stride = 1},
        [CONV2] = {.in = width, .out = width, .kernel = 3, .stride = stride},
        [CONV3] = {.in = width, .out = 4 * width, .kernel = 1, .stride = 1},
        [DOWNSAMPLE] = {.in = in, .out = 4 * width, .kernel = 1, .stride = stride}};
    static const char *const names[][2] = {[NORM1] = {"", "norm1"},
                                           [CONV1] = {"conv1", "norm2"},
                                           [CONV2] = {"conv2", "norm3"},
                                           [CONV3] = {"conv3", ""},
                                           [DOWNSAMPLE] = {"downsample.conv", ""}};
    for (int k = NORM1; k <= (block == 0 ? DOWNSAMPLE : CONV3); k++) {
        idc_conv_shape s = shapes[k];
        s.dilation = 1;
        s.init = IDC_INIT_HE_FAN_OUT;
        if (names[k][0][0])
            snprintf(s.conv, sizeof s.conv, "stages.%d.blocks.%d.%s", stage - 1, block,
                     names[k][0]);
        if (names[k][1][0])
            snprintf(s.norm, sizeof s.norm, "stages.%d.blocks.%d.%s", stage - 1, block,
                     names[k][1]);
        int rc = idc_encoder_add_conv(enc, &s, err);
        if (rc < 0)
            return rc;
    }
    enc->feature = 4 * width;
    return 0;
}

int idc_resnet_v2_build(idc_encoder *enc, idc_error *err)
{
    idc_conv_shape stem = {"stem.conv", "", 3, 64, 7, 2, 1, .init = IDC_INIT_HE_FAN_OUT};
    int rc = idc_encoder_add_conv(enc, &stem, err);
    enc->feature = 64;
    enc->stride = 2 << enc->spec.stage;
    for (int stage = 1; stage <= enc->spec.stage; stage++)
        for (int block = 0; rc == 0 && block < enc->family->blocks[stage - 1]; block++)
            rc = build_block(enc, stage, block, err);
    if (rc < 0 || enc->spec.stage < enc->family->stages)
        return rc;
    idc_conv_shape last = {.norm = "norm", .out = enc->feature};
    return idc_encoder_add_conv(enc, &last, err);
}

/* One block whose first layer is `first`. */
static idc_tensor *block_forward(idc_encoder *enc, int first, bool down,
                                 const idc_encoder_pass *pass, idc_tensor *x)
{
    const idc_conv_end plain = {NULL, IDC_ACT_NONE}, relu = {NULL, IDC_ACT_RELU};
    idc_conv_end last = {x, IDC_ACT_NONE};
    x = idc_encoder_conv(enc, first + NORM1, pass, x, &relu);
    if (down)
        last.residual = idc_encoder_conv(enc, first + DOWNSAMPLE, pass, x, &plain);
    x = idc_encoder_conv(enc, first + CONV1, pass, x, &relu);
    x = idc_encoder_conv(enc, first + CONV2, pass, x, &relu);
    return idc_encoder_conv(enc, first + CONV3, pass, x, &last);
}

void idc_resnet_v2_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                           idc_encoder_output *out)
{
    int layer = 1, turn = 0;
    idc_encoder_pass own = idc_encoder_turn(enc, pass, turn++, false);
    x = idc_encoder_conv(enc, 0, &own, x, &(idc_conv_end){NULL, IDC_ACT_NONE});
    x = idc_pool2d(own.tape, x, IDC_POOL_MAX, 3, 2, 1);
    for (int stage = 1; stage <= enc->spec.stage; stage++)
        for (int block = 0; block < enc->family->blocks[stage - 1]; block++) {
            int next = layer + (block == 0 ? DOWNSAMPLE : CONV3) + 1;
            own = idc_encoder_turn(enc, pass, turn++, next == enc->n_convs);
            x = block_forward(enc, layer, block == 0, &own, x);
            layer = next;
        }
    if (layer < enc->n_convs)
        x = idc_encoder_conv(enc, layer, pass, x, &(idc_conv_end){NULL, IDC_ACT_RELU});
    idc_encoder_turns_end(enc, pass);
    *out = (idc_encoder_output){.logits = NULL, .feature = x};
}

void idc_resnet_v2_not_mine(const idc_encoder *enc, char *name, size_t size)
{
    int stage = enc->spec.stage;
    snprintf(name, size, "stages.%d.blocks.%d.conv1.weight", stage - 1,
             enc->family->blocks[stage - 1]);
}
