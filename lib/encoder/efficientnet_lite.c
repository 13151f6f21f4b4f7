/* efficientnet_lite.c: EfficientNet-Lite 0 to 4 (Tan and Le 2019, in the Lite form: no squeeze-and-excitation, ReLU6), named
 * as the weights that circulate for PyTorch name it: _conv_stem, _blocks.N._expand_conv, …, _conv_head.
 *
 * Stages 1 to 7 are the rows of the table below, stage 8 is the last 1 × 1 convolution. Stem, head, and the number of blocks
 * in the first and last row are those of Lite0 in every size. */
#include <stdio.h>

#include "encoder/family.h"

#define EPS 1e-3f
#define STEM 32
#define HEAD 1280
#define ROWS 7

static const struct row {
    int kernel, stride, expand, width, blocks; /* the stride is that of its first block */
} rows[ROWS] = {{3, 1, 1, 16, 1},  {3, 2, 6, 24, 2},  {5, 2, 6, 40, 2}, {3, 2, 6, 80, 3},
                {5, 1, 6, 112, 3}, {5, 2, 6, 192, 4}, {3, 1, 6, 320, 1}};

/* The width times widen/10 to the nearest multiple of 8, but not less than nine tenths of it. */
static int scaled_width(const idc_encoder_family *f, int width)
{
    int tenfold = width * f->widen, rounded = (tenfold + 40) / 80 * 8;
    rounded = rounded < 8 ? 8 : rounded;
    return 100 * rounded < 9 * tenfold ? rounded + 8 : rounded;
}

static int scaled_blocks(const idc_encoder_family *f, int row)
{
    bool fixed = row == 0 || row == ROWS - 1;
    return fixed ? rows[row].blocks : (rows[row].blocks * f->deepen + 9) / 10;
}

/* The rows that stage `stage` takes. */
static int rows_of(int stage)
{
    return stage < ROWS ? stage : ROWS;
}

void idc_efficientnet_lite_shape(const idc_encoder_family *f, const idc_encoder_spec *spec,
                                 int *stride, int *feature)
{
    *stride = 2;
    for (int row = 0; row < rows_of(spec->stage); row++)
        *stride *= rows[row].stride;
    *feature = spec->stage > ROWS ? HEAD : scaled_width(f, rows[spec->stage - 1].width);
}

static int add(idc_encoder *enc, idc_conv_shape *s, idc_error *err)
{
    s->dilation = 1;
    s->same = true;
    s->eps = EPS;
    s->init = IDC_INIT_HE_FAN_OUT;
    return idc_encoder_add_conv(enc, s, err);
}

static int build_block(idc_encoder *enc, int row, int block, int number, idc_error *err)
{
    const struct row *r = &rows[row];
    int in = enc->feature, wide = in * r->expand, out = scaled_width(enc->family, r->width), rc = 0;
    idc_conv_shape s = {.in = in, .out = wide, .kernel = 1, .stride = 1};
    if (r->expand > 1) {
        snprintf(s.conv, sizeof s.conv, "_blocks.%d._expand_conv", number);
        snprintf(s.norm, sizeof s.norm, "_blocks.%d._bn0", number);
        rc = add(enc, &s, err);
    }
    s = (idc_conv_shape){.in = wide, .out = wide, .kernel = r->kernel, .depthwise = true};
    s.stride = block == 0 ? r->stride : 1;
    snprintf(s.conv, sizeof s.conv, "_blocks.%d._depthwise_conv", number);
    snprintf(s.norm, sizeof s.norm, "_blocks.%d._bn1", number);
    rc = rc < 0 ? rc : add(enc, &s, err);
    s = (idc_conv_shape){.in = wide, .out = out, .kernel = 1, .stride = 1};
    snprintf(s.conv, sizeof s.conv, "_blocks.%d._project_conv", number);
    snprintf(s.norm, sizeof s.norm, "_blocks.%d._bn2", number);
    enc->feature = out;
    return rc < 0 ? rc : add(enc, &s, err);
}

int idc_efficientnet_lite_build(idc_encoder *enc, idc_error *err)
{
    idc_conv_shape stem = {"_conv_stem", "_bn0", 3, STEM, 3, 2, .dilation = 1};
    int rc = add(enc, &stem, err), number = 0;
    enc->feature = STEM;
    enc->stride = 2;
    for (int row = 0; row < rows_of(enc->spec.stage); row++) {
        enc->stride *= rows[row].stride;
        for (int block = 0; rc == 0 && block < scaled_blocks(enc->family, row); block++)
            rc = build_block(enc, row, block, number++, err);
    }
    if (rc < 0 || enc->spec.stage <= ROWS)
        return rc;
    idc_conv_shape head = {"_conv_head", "_bn1", enc->feature, HEAD, 1, 1, .dilation = 1};
    enc->feature = HEAD;
    return add(enc, &head, err);
}

/* One block from layer *layer on, which moves behind it. */
static idc_tensor *block_forward(idc_encoder *enc, int *layer, bool expands,
                                 const idc_encoder_pass *pass, idc_tensor *x)
{
    const idc_conv_end relu6 = {NULL, IDC_ACT_RELU6};
    int first = *layer, n = expands ? 3 : 2;
    const idc_conv_norm *depthwise = &enc->convs[first + n - 2],
                        *project = &enc->convs[first + n - 1];
    idc_conv_end last = {NULL, IDC_ACT_NONE};
    if (x && depthwise->spec.stride == 1 && x->shape[3] == project->weight->shape[0])
        last.residual = x;
    for (int k = 0; k < n - 1; k++)
        x = idc_encoder_conv(enc, first + k, pass, x, &relu6);
    *layer = first + n;
    return idc_encoder_conv(enc, first + n - 1, pass, x, &last);
}

void idc_efficientnet_lite_forward(idc_encoder *enc, const idc_encoder_pass *pass, idc_tensor *x,
                                   idc_encoder_output *out)
{
    const idc_conv_end relu6 = {NULL, IDC_ACT_RELU6};
    int layer = 1, turn = 0;
    idc_encoder_pass own = idc_encoder_turn(enc, pass, turn++, false);
    x = idc_encoder_conv(enc, 0, &own, x, &relu6);
    for (int row = 0; row < rows_of(enc->spec.stage); row++)
        for (int block = 0; block < scaled_blocks(enc->family, row); block++) {
            int next = layer + (rows[row].expand > 1 ? 3 : 2);
            own = idc_encoder_turn(enc, pass, turn++, next == enc->n_convs);
            x = block_forward(enc, &layer, rows[row].expand > 1, &own, x);
        }
    if (enc->spec.stage > ROWS)
        x = idc_encoder_conv(enc, layer, pass, x, &relu6);
    idc_encoder_turns_end(enc, pass);
    *out = (idc_encoder_output){.logits = NULL, .feature = x};
}

/* The files of a deeper member have a block more than this one has in all. */
void idc_efficientnet_lite_not_mine(const idc_encoder *enc, char *name, size_t size)
{
    int blocks = 0;
    for (int row = 0; row < ROWS; row++)
        blocks += scaled_blocks(enc->family, row);
    snprintf(name, size, "_blocks.%d._depthwise_conv.weight", blocks);
}
