#include "encoder/conv_norm.h"

#include <math.h>

/* Versions only grow, so their sum changes whenever one of them does. */
static uint64_t versions(const idc_conv_norm *c)
{
    return 1u + (c->weight ? (uint64_t)c->weight->version : 0) + c->gain->version +
           c->bias->version + c->mean->version + c->variance->version;
}

/* A normalisation alone is a 1 × 1 filter of each channel by itself. */
static void fold(idc_conv_norm *c)
{
    int64_t out = c->gain->shape[0], rest = c->weight ? idc_tensor_count(c->weight) / out : 1;
    for (int64_t o = 0; o < out; o++) {
        float factor = idc_f32(c->gain)[o] / sqrtf(idc_f32(c->variance)[o] + c->eps);
        const float *w = c->weight ? idc_f32(c->weight) + o * rest : &(float){1};
        float *folded = idc_f32(c->folded_weight) + o * rest;
        for (int64_t i = 0; i < rest; i++)
            folded[i] = w[i] * factor;
        idc_f32(c->folded_bias)[o] = idc_f32(c->bias)[o] - idc_f32(c->mean)[o] * factor;
    }
    c->folded_weight->version++;
    c->folded_bias->version++;
    c->folded_from = versions(c);
}

static int make_folded(idc_conv_norm *c, idc_params *store)
{
    const idc_tensor *w = c->weight ? c->weight : c->gain;
    const int64_t *shape = c->weight ? w->shape : (int64_t[]){w->shape[0], 1, 1, 1};
    if (!c->folded_weight)
        c->folded_weight = idc_params_add(store, w->name, 4, shape, false);
    if (!c->folded_bias)
        c->folded_bias = idc_params_add(store, c->bias->name, 1, c->bias->shape, false);
    if (!c->folded_weight || !c->folded_bias)
        return IDC_E_MEMORY;
    if (c->folded_from != versions(c))
        fold(c);
    return 0;
}

static idc_tensor *forward_folded(idc_conv_norm *c, const idc_encoder_pass *pass, idc_tensor *x,
                                  const idc_conv_end *end)
{
    idc_conv_spec spec = c->spec;
    if (!c->weight)
        spec = (idc_conv_spec){.stride = 1, .dilation = 1, .groups = (int)c->gain->shape[0]};
    spec.activation = end->activation;
    return idc_conv2d(pass->tape, x, c->folded_weight, c->folded_bias, end->residual, &spec);
}

static idc_tensor *norm(idc_conv_norm *c, const idc_encoder_pass *pass, idc_tensor *x,
                        enum idc_activation activation)
{
    idc_batch_norm_spec spec = {.eps = c->eps,
                                .momentum = 0.1f,
                                .batch_statistics = pass->training,
                                .activation = activation};
    idc_tensor *y = idc_batch_norm(pass->tape, x, c->gain, c->bias, c->mean, c->variance, &spec);
    if (pass->training) {
        c->mean->version++;
        c->variance->version++;
    }
    return y;
}

static idc_tensor *forward_normed(idc_conv_norm *c, const idc_encoder_pass *pass, idc_tensor *x,
                                  const idc_conv_end *end)
{
    idc_tensor *y = idc_conv2d(pass->tape, x, c->weight, NULL, NULL, &c->spec);
    y = norm(c, pass, y, end->residual ? IDC_ACT_NONE : end->activation);
    if (!end->residual)
        return y;
    y = idc_add(pass->tape, y, end->residual);
    return end->activation == IDC_ACT_NONE ? y : idc_relu(pass->tape, y);
}

idc_tensor *idc_conv_norm_forward(idc_conv_norm *c, idc_params *store, const idc_encoder_pass *pass,
                                  idc_tensor *x, const idc_conv_end *end)
{
    if (!c->weight && !pass->folded)
        return norm(c, pass, x, end->activation);
    if (!c->gain) {
        idc_conv_spec spec = c->spec;
        spec.activation = end->activation;
        return idc_conv2d(pass->tape, x, c->weight, NULL, end->residual, &spec);
    }
    if (!pass->folded)
        return forward_normed(c, pass, x, end);
    if (make_folded(c, store) < 0)
        return idc_tape_fail(pass->tape, IDC_E_MEMORY, "%s: no memory for the folded weights",
                             c->gain->name);
    return forward_folded(c, pass, x, end);
}
