/* conv.c: two-dimensional convolution by oneDNN. Pictures stay NHWC; weights are kept as
 * [O,C/groups,kh,kw] and reordered into the layout that oneDNN asks for. */
#include <omp.h>

#include "cpu/library.h"

enum pass { FORWARD, BACK_DATA, BACK_WEIGHTS };
enum word { /* of the key */
            PASS,
            N,
            H,
            W,
            C,
            OH,
            OW,
            O,
            KH,
            KW,
            STRIDE,
            PAD_H,
            PAD_W,
            DILATION,
            GROUPS,
            ACTIVATION,
            BIAS,
            RESIDUAL,
            TYPE,
            THREADS
};

/* True when some window of one axis lies wholly in the padding. oneDNN 2.6's JIT code for such
 * windows forgets to set up its activation (it crashes), so there the activation is applied apart.
 */
static bool has_empty_window(int64_t in, int64_t out, int64_t kernel, const idc_conv_spec *s)
{
    int64_t pad = idc_conv_pad(s, in, out, kernel);
    for (int64_t i = 0; i < out; i++) {
        bool inside = false;
        for (int64_t j = 0; j < kernel && !inside; j++) {
            int64_t at = i * s->stride - pad + j * s->dilation;
            inside = at >= 0 && at < in;
        }
        if (!inside)
            return true;
    }
    return false;
}

static bool fused(const idc_call *call)
{
    const idc_conv_spec *s = &call->attr.conv;
    const int64_t *x = call->in[0]->shape, *w = call->in[1]->shape, *y = call->out->shape;
    return !has_empty_window(x[1], y[1], w[2], s) && !has_empty_window(x[2], y[2], w[3], s);
}

static bool uses_bf16(const idc_call *call)
{
    return call->attr.conv.groups == 1 && idc_cpu_bf16(call);
}

static idc_key conv_key(const idc_call *call, enum pass pass)
{
    const idc_conv_spec *s = &call->attr.conv;
    const int64_t *x = call->in[0]->shape, *w = call->in[1]->shape, *y = call->out->shape;
    bool forward = pass == FORWARD;
    idc_key key = {{[PASS] = IDC_OP_conv2d * 4 + (int)pass,
                    [N] = x[0],
                    [H] = x[1],
                    [W] = x[2],
                    [C] = x[3],
                    [OH] = y[1],
                    [OW] = y[2],
                    [O] = y[3],
                    [KH] = w[2],
                    [KW] = w[3],
                    [STRIDE] = s->stride,
                    [PAD_H] = idc_conv_pad(s, x[1], y[1], w[2]),
                    [PAD_W] = idc_conv_pad(s, x[2], y[2], w[3]),
                    [DILATION] = s->dilation,
                    [GROUPS] = s->groups,
                    [ACTIVATION] = forward && fused(call) ? (int)s->activation : 0,
                    [BIAS] = pass == BACK_DATA ? 0 : call->in[2] != NULL,
                    [RESIDUAL] = forward && call->in[3],
                    [TYPE] = uses_bf16(call) ? dnnl_bf16 : dnnl_f32,
                    [THREADS] = omp_get_max_threads()}};
    return key;
}

struct layouts {
    dnnl_memory_desc_t x, w_plain, w_any, y, bias;
};

/* What is multiplied has the key's type; what is summed up is f32. */
static int conv_layouts(struct layouts *l, const int64_t *k, enum pass pass, idc_error *err)
{
    const dnnl_data_type_t type = (dnnl_data_type_t)k[TYPE];
    const dnnl_data_type_t x_type = pass == BACK_DATA ? dnnl_f32 : type,
                           y_type = pass == FORWARD ? dnnl_f32 : type;
    const dnnl_data_type_t w_type = pass == BACK_WEIGHTS ? dnnl_f32 : type;
    dnnl_dims_t x = {k[N], k[C], k[H], k[W]}, y = {k[N], k[O], k[OH], k[OW]}, b = {k[O]};
    dnnl_dims_t w = {k[O], k[C], k[KH], k[KW]};
    dnnl_dims_t wg = {k[GROUPS], k[O] / k[GROUPS], k[C] / k[GROUPS], k[KH], k[KW]};
    bool grouped = k[GROUPS] > 1;
    dnnl_status_t s = dnnl_memory_desc_init_by_tag(&l->x, 4, x, x_type, dnnl_nhwc);
    if (s == dnnl_success)
        s = dnnl_memory_desc_init_by_tag(&l->y, 4, y, y_type, dnnl_nhwc);
    if (s == dnnl_success)
        s = dnnl_memory_desc_init_by_tag(&l->bias, 1, b, dnnl_f32, dnnl_x);
    if (s == dnnl_success)
        s = dnnl_memory_desc_init_by_tag(&l->w_plain, grouped ? 5 : 4, grouped ? wg : w, dnnl_f32,
                                         grouped ? dnnl_goihw : dnnl_oihw);
    if (s == dnnl_success)
        s = dnnl_memory_desc_init_by_tag(&l->w_any, grouped ? 5 : 4, grouped ? wg : w, w_type,
                                         dnnl_format_tag_any);
    return s == dnnl_success ? 0 : idc_library_fail(err, "a convolution's layout", s);
}

static dnnl_status_t conv_attributes(dnnl_primitive_attr_t *attr, const int64_t *k)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dnnl_primitive_attr_create(attr);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (s == dnnl_success)
        s = dnnl_post_ops_create(&ops);
    if (s == dnnl_success && k[RESIDUAL])
        s = dnnl_post_ops_append_sum(ops, 1.0f);
    if (s == dnnl_success && k[ACTIVATION] == IDC_ACT_RELU)
        s = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0, 0);
    if (s == dnnl_success && k[ACTIVATION] == IDC_ACT_RELU6)
        s = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_clip, 0, 6.0f);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_post_ops(*attr, ops);
    if (ops)
        dnnl_post_ops_destroy(ops);
    return s;
}

/* The descriptor of one pass; the hint is the forward one, which oneDNN wants for the backward
 * ones. */
static dnnl_status_t conv_descriptor(dnnl_primitive_desc_t *pd, struct idc_library *lib,
                                     const int64_t *k, const struct layouts *l,
                                     const_dnnl_primitive_desc_t hint)
{
    dnnl_convolution_desc_t d;
    dnnl_dims_t stride = {k[STRIDE], k[STRIDE]}, dilate = {k[DILATION] - 1, k[DILATION] - 1};
    dnnl_dims_t pad = {k[PAD_H], k[PAD_W]};
    int64_t span_h = (k[OH] - 1) * k[STRIDE] + (k[KH] - 1) * k[DILATION] + 1;
    int64_t span_w = (k[OW] - 1) * k[STRIDE] + (k[KW] - 1) * k[DILATION] + 1;
    dnnl_dims_t pad_end = {span_h - k[H] - k[PAD_H], span_w - k[W] - k[PAD_W]};
    const dnnl_memory_desc_t *bias = k[BIAS] ? &l->bias : NULL;
    enum pass pass = hint ? (enum pass)(k[PASS] % 4) : FORWARD;
    dnnl_status_t s;
    if (pass == FORWARD)
        s = dnnl_dilated_convolution_forward_desc_init(
            &d, k[PASS] % 4 == FORWARD ? dnnl_forward_inference : dnnl_forward_training,
            dnnl_convolution_direct, &l->x, &l->w_any, bias, &l->y, stride, dilate, pad, pad_end);
    else if (pass == BACK_DATA)
        s = dnnl_dilated_convolution_backward_data_desc_init(
            &d, dnnl_convolution_direct, &l->x, &l->w_any, &l->y, stride, dilate, pad, pad_end);
    else
        s = dnnl_dilated_convolution_backward_weights_desc_init(&d, dnnl_convolution_direct, &l->x,
                                                                &l->w_any, bias, &l->y, stride,
                                                                dilate, pad, pad_end);
    dnnl_primitive_attr_t attr = NULL;
    if (s == dnnl_success)
        s = conv_attributes(&attr, k);
    if (s == dnnl_success)
        s = dnnl_primitive_desc_create(pd, &d, attr, lib->engine, hint);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return s;
}

static int conv_arguments(struct idc_library *lib, idc_primitive *p, const_dnnl_primitive_desc_t pd,
                          const struct layouts *l, idc_error *err)
{
    static const int arguments[3][4] = {
        [FORWARD] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
        [BACK_DATA] = {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_BIAS},
        [BACK_WEIGHTS] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST,
                          DNNL_ARG_DIFF_BIAS}};
    const int64_t *k = p->key.word;
    enum pass pass = (enum pass)(k[PASS] % 4);
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(
        pd, pass == BACK_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    const dnnl_memory_desc_t *mds[] = {&l->x, packed, &l->y, &l->bias};
    for (int i = 0; i < (k[BIAS] ? 4 : 3); i++)
        if (idc_primitive_arg(lib, p, arguments[pass][i], mds[i], err) < 0)
            return IDC_E_UNSUPPORTED;
    return pass == BACK_WEIGHTS ? idc_primitive_weights_back(lib, p, packed, &l->w_plain, err)
                                : idc_primitive_weights(lib, p, &l->w_plain, packed, err);
}

static int conv_build(struct idc_library *lib, idc_primitive *p, idc_error *err)
{
    const int64_t *k = p->key.word;
    enum pass pass = (enum pass)(k[PASS] % 4);
    struct layouts hint, l;
    dnnl_primitive_desc_t forward = NULL, pd = NULL;
    int rc = conv_layouts(&hint, k, FORWARD, err);
    if (rc == 0)
        rc = conv_layouts(&l, k, pass, err);
    if (rc < 0)
        return rc;
    dnnl_status_t s = conv_descriptor(&forward, lib, k, &hint, NULL);
    if (s == dnnl_success && pass != FORWARD)
        s = conv_descriptor(&pd, lib, k, &l, forward);
    if (s != dnnl_success)
        rc = idc_library_fail(err, "a convolution", s);
    if (rc == 0)
        rc = idc_primitive_make(lib, p, pd ? pd : forward, err);
    if (rc == 0)
        rc = conv_arguments(lib, p, pd ? pd : forward, &l, err);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (forward)
        dnnl_primitive_desc_destroy(forward);
    return rc;
}

/* x in the key's type, as a copy in the slot where that is bf16; NULL: no memory. */
static void *operand(const idc_call *call, float *x, int64_t n, enum idc_cpu_slot slot)
{
    return uses_bf16(call) ? (void *)idc_cpu_bf16_copy(call, slot, x, n) : x;
}

int idc_cpu_conv2d(idc_call *call, idc_error *err)
{
    idc_key key = conv_key(call, FORWARD);
    idc_primitive *p = idc_primitive_get(call, &key, conv_build, err);
    void *w = p ? idc_primitive_pack(call, p, call->in[1], err) : NULL;
    if (!w)
        return IDC_E_UNSUPPORTED;
    if (call->in[3])
        memcpy(call->out->data, call->in[3]->data,
               (size_t)idc_tensor_count(call->out) * sizeof(float));
    void *x = operand(call, idc_f32(call->in[0]), idc_tensor_count(call->in[0]), IDC_SLOT_SOURCE);
    void *data[] = {x, w, call->out->data, call->in[2] ? call->in[2]->data : NULL};
    if (!x)
        return idc_cpu_no_memory(err);
    int rc = idc_primitive_run(call, p, data, err);
    if (rc == 0 && key.word[ACTIVATION] != (int64_t)call->attr.conv.activation)
        idc_cpu_activation(idc_f32(call->out), idc_tensor_count(call->out),
                           call->attr.conv.activation);
    return rc;
}

static int back_data(idc_call *call, void *g, idc_error *err)
{
    bool fresh;
    float *gx = idc_call_grad_fresh(call, 0, &fresh), *to = gx;
    int64_t n = idc_tensor_count(call->in[0]);
    if (!gx)
        return 0;
    if (!fresh)
        to = idc_cpu_floats(call, IDC_SLOT_B, n);
    idc_key key = conv_key(call, BACK_DATA);
    idc_primitive *p = to ? idc_primitive_get(call, &key, conv_build, err) : NULL;
    void *w = p ? idc_primitive_pack(call, p, call->in[1], err) : NULL;
    if (!w)
        return to ? IDC_E_UNSUPPORTED : idc_cpu_no_memory(err);
    void *data[] = {to, w, g, NULL};
    int rc = idc_primitive_run(call, p, data, err);
    if (rc == 0 && !fresh)
        idc_cpu_add_to(gx, to, n);
    return rc;
}

/* g: the gradient; g_typed: the same in the key's type. */
static int back_weights(idc_call *call, const float *g, void *g_typed, idc_error *err)
{
    float *gw = idc_call_grad(call, 1), *gb = idc_call_grad(call, 2);
    int64_t n = idc_tensor_count(call->in[1]), channels = call->in[1]->shape[0];
    if (!gw)
        return gb ? idc_cpu_sum_rows(call, gb, g, idc_tensor_count(call->out) / channels, channels)
                  : 0;
    idc_key key = conv_key(call, BACK_WEIGHTS);
    idc_primitive *p = idc_primitive_get(call, &key, conv_build, err);
    if (!p)
        return IDC_E_UNSUPPORTED;
    float *packed = idc_cpu_scratch(call, IDC_SLOT_B, p->packed_bytes);
    float *plain = idc_cpu_floats(call, IDC_SLOT_C, n + channels);
    void *x = operand(call, idc_f32(call->in[0]), idc_tensor_count(call->in[0]), IDC_SLOT_SOURCE);
    if (!packed || !plain || !x)
        return idc_cpu_no_memory(err);
    void *data[] = {x, packed, g_typed, plain + n};
    int rc = idc_primitive_run(call, p, data, err);
    if (rc == 0 && gb)
        idc_cpu_add_to(gb, plain + n, channels);
    if (rc == 0 && p->reorder)
        rc = idc_primitive_reorder(call, p, packed, plain, err);
    if (rc == 0)
        idc_cpu_add_to(gw, p->reorder ? plain : packed, n);
    return rc;
}

int idc_cpu_conv2d_back(idc_call *call, idc_error *err)
{
    enum idc_activation activation = call->attr.conv.activation;
    float *g = call->out->grad;
    int64_t n = idc_tensor_count(call->out);
    bool fresh;
    if (activation != IDC_ACT_NONE) {
        g = idc_cpu_floats(call, IDC_SLOT_A, n);
        if (!g)
            return idc_cpu_no_memory(err);
        idc_cpu_activation_back(g, call, activation);
    }
    float *gr = call->in[3] ? idc_call_grad_fresh(call, 3, &fresh) : NULL;
    if (gr)
        idc_cpu_write_or_add(gr, g, n, fresh);
    void *g_typed = operand(call, g, n, IDC_SLOT_GRADIENT);
    int rc = g_typed ? back_weights(call, g, g_typed, err) : idc_cpu_no_memory(err);
    return rc < 0 ? rc : back_data(call, g_typed, err);
}
