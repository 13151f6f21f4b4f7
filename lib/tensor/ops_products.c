#include "tensor/call.h"

#include <string.h>

idc_tensor *idc_linear(idc_tape *t, idc_tensor *x, idc_tensor *w, idc_tensor *b)
{
    idc_call c;
    idc_tensor *in[] = {x, w, b};
    if (!idc_call_start(&c, t, IDC_OP_linear, 3, in))
        return NULL;
    if (x->ndim < 1 || w->ndim != 2 || x->shape[x->ndim - 1] != w->shape[1])
        return idc_call_refuse(&c, "x [...,in] and w [out,in] do not fit");
    if (b && (b->ndim != 1 || b->shape[0] != w->shape[0]))
        return idc_call_refuse(&c, "the bias is not [out]");
    int64_t shape[IDC_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[x->ndim - 1] = w->shape[0];
    return idc_call_finish(&c, x->ndim, shape,
                           2.0 * (double)idc_tensor_count(x) * (double)w->shape[0]);
}

int64_t idc_conv_pad(const idc_conv_spec *s, int64_t in, int64_t out, int64_t kernel)
{
    int64_t total = (out - 1) * s->stride + (kernel - 1) * s->dilation + 1 - in;
    return !s->same ? s->pad : total > 0 ? total / 2 : 0;
}

static int64_t conv_length(int64_t in, int64_t kernel, const idc_conv_spec *s)
{
    if (s->same)
        return (in + s->stride - 1) / s->stride;
    int64_t span = in + 2 * (int64_t)s->pad - (int64_t)s->dilation * (kernel - 1) - 1;
    return span < 0 ? 0 : span / s->stride + 1;
}

static const char *conv_problem(const idc_call *c, const idc_conv_spec *s)
{
    const idc_tensor *x = c->in[0], *w = c->in[1], *b = c->in[2];
    if (x->ndim != 4 || w->ndim != 4)
        return "x must be [N,H,W,C] and w [O,C/groups,kh,kw]";
    if (s->stride < 1 || s->dilation < 1 || s->groups < 1 || s->pad < 0 || s->pad > 1 << 20 ||
        s->dilation > 1 << 20)
        return "stride, dilation and groups must be at least 1, pad at least 0";
    if (x->shape[3] % s->groups || w->shape[0] % s->groups ||
        x->shape[3] / s->groups != w->shape[1])
        return "the channels of x and w do not fit";
    if (b && (b->ndim != 1 || b->shape[0] != w->shape[0]))
        return "the bias is not [O]";
    if (conv_length(x->shape[1], w->shape[2], s) < 1 ||
        conv_length(x->shape[2], w->shape[3], s) < 1)
        return "the picture is smaller than the kernel";
    return NULL;
}

idc_tensor *idc_conv2d(idc_tape *t, idc_tensor *x, idc_tensor *w, idc_tensor *b,
                       idc_tensor *residual, const idc_conv_spec *spec)
{
    idc_call c;
    idc_tensor *in[] = {x, w, b, residual};
    if (!idc_call_start(&c, t, IDC_OP_conv2d, 4, in))
        return NULL;
    const char *problem = conv_problem(&c, spec);
    if (problem)
        return idc_call_refuse(&c, problem);
    int64_t shape[] = {x->shape[0], conv_length(x->shape[1], w->shape[2], spec),
                       conv_length(x->shape[2], w->shape[3], spec), w->shape[0]};
    if (residual && !idc_shape_is(residual, 4, shape))
        return idc_call_refuse(&c, "the residual has another shape than the result");
    c.attr.conv = *spec;
    double cells = (double)(shape[0] * shape[1] * shape[2]);
    return idc_call_finish(&c, 4, shape, 2.0 * cells * (double)idc_tensor_count(w));
}

idc_tensor *idc_matmul(idc_tape *t, idc_tensor *a, idc_tensor *b, bool transpose_b)
{
    idc_call c;
    idc_tensor *in[] = {a, b};
    if (!idc_call_start(&c, t, IDC_OP_matmul, 2, in))
        return NULL;
    if (a->ndim != 3 || b->ndim != 3 || a->shape[2] != b->shape[transpose_b ? 2 : 1])
        return idc_call_refuse(&c, transpose_b ? "a [B,M,K] and b [B,N,K] do not fit"
                                               : "a [B,M,K] and b [B,K,N] do not fit");
    if (a->shape[0] != b->shape[0] && a->shape[0] != 1 && b->shape[0] != 1)
        return idc_call_refuse(&c, "the batches do not fit");
    int64_t items = a->shape[0] > b->shape[0] ? a->shape[0] : b->shape[0];
    int64_t shape[] = {items, a->shape[1], b->shape[transpose_b ? 1 : 2]};
    c.attr.matmul.transpose_b = transpose_b;
    return idc_call_finish(&c, 3, shape,
                           2.0 * (double)(items * shape[1] * shape[2]) * (double)a->shape[2]);
}
