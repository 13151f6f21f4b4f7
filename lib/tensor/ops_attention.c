#include "tensor/call.h"

idc_tensor *idc_attention_scores(idc_tape *t, idc_tensor *q, idc_tensor *k, int heads, float factor)
{
    idc_call c;
    idc_tensor *in[] = {q, k};
    if (!idc_call_start(&c, t, IDC_OP_attention_scores, 2, in))
        return NULL;
    if (q->ndim != 3 || k->ndim != 3 || q->shape[0] != k->shape[0] || q->shape[2] != k->shape[2])
        return idc_call_refuse(&c, "q [B,Tq,D] and k [B,Tk,D] do not fit");
    if (heads < 1 || q->shape[2] % heads)
        return idc_call_refuse(&c, "the width is no multiple of the heads");
    c.attr.attention.heads = heads;
    c.attr.attention.factor = factor;
    int64_t shape[] = {q->shape[0], heads, q->shape[1], k->shape[1]};
    return idc_call_finish(&c, 4, shape, 2.0 * (double)idc_tensor_count(q) * (double)k->shape[1]);
}

idc_tensor *idc_distance_bias(idc_tape *t, idc_tensor *s, idc_tensor *log_weight,
                              const idc_tensor *pos_q, const idc_tensor *pos_k)
{
    idc_call c;
    idc_tensor *in[] = {s, log_weight, (idc_tensor *)pos_q, (idc_tensor *)pos_k};
    if (!idc_call_start(&c, t, IDC_OP_distance_bias, 4, in))
        return NULL;
    if (s->ndim != 4 || log_weight->ndim != 1 || log_weight->shape[0] != s->shape[1])
        return idc_call_refuse(&c, "s must be [B,A,Tq,Tk] and log_weight [A]");
    for (int i = 2; i < 4; i++)
        if (in[i]->ndim != 2 || in[i]->shape[0] != s->shape[i] || in[i]->shape[1] != 2)
            return idc_call_refuse(&c, "the positions must be [Tq,2] and [Tk,2]");
    return idc_call_finish(&c, 4, s->shape, 6.0 * (double)idc_tensor_count(s));
}

idc_tensor *idc_softmax(idc_tape *t, idc_tensor *x, const idc_tensor *mask)
{
    idc_call c;
    idc_tensor *in[] = {x, (idc_tensor *)mask};
    if (!idc_call_start(&c, t, IDC_OP_softmax, 2, in))
        return NULL;
    if (x->ndim < 1)
        return idc_call_refuse(&c, "x has no axis");
    if (mask && (x->ndim < 2 || mask->ndim != 2 || mask->shape[0] != idc_tensor_dim(x, -2) ||
                 mask->shape[1] != idc_tensor_dim(x, -1)))
        return idc_call_refuse(&c, "the mask must be [Tq,Tk] for x [...,Tq,Tk]");
    return idc_call_finish(&c, x->ndim, x->shape, 12.0 * (double)idc_tensor_count(x));
}

idc_tensor *idc_attention_mix(idc_tape *t, idc_tensor *p, idc_tensor *v)
{
    idc_call c;
    idc_tensor *in[] = {p, v};
    if (!idc_call_start(&c, t, IDC_OP_attention_mix, 2, in))
        return NULL;
    if (p->ndim != 4 || v->ndim != 3 || p->shape[0] != v->shape[0] || p->shape[3] != v->shape[1] ||
        v->shape[2] % p->shape[1])
        return idc_call_refuse(&c, "p [B,A,Tq,Tk] and v [B,Tk,D] do not fit");
    c.attr.attention.heads = (int)p->shape[1];
    c.attr.attention.factor = 1.0f;
    int64_t shape[] = {p->shape[0], p->shape[2], v->shape[2]};
    return idc_call_finish(&c, 3, shape, 2.0 * (double)idc_tensor_count(v) * (double)p->shape[2]);
}

idc_tensor *idc_attention_share(idc_tape *t, idc_tensor *p, idc_tensor *v)
{
    idc_call c;
    idc_tensor *in[] = {p, v};
    if (!idc_call_start(&c, t, IDC_OP_attention_share, 2, in))
        return NULL;
    if (p->ndim != 4 || v->ndim != 3 || p->shape[3] != v->shape[1] ||
        (p->shape[0] != v->shape[0] && v->shape[0] != 1))
        return idc_call_refuse(&c, "p [B,A,Tq,Tk] and v [B or 1,Tk,R] do not fit");
    c.attr.attention.heads = (int)p->shape[1];
    c.attr.attention.factor = 1.0f;
    int64_t shape[] = {p->shape[0], p->shape[2], p->shape[1] * v->shape[2]};
    return idc_call_finish(&c, 3, shape, 2.0 * (double)idc_tensor_count(p) * (double)v->shape[2]);
}

idc_tensor *idc_attention_peak(idc_tape *t, idc_tensor *p)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_attention_peak, 1, &p))
        return NULL;
    if (p->ndim != 4)
        return idc_call_refuse(&c, "p must be [B,A,Tq,Tk]");
    int64_t shape[] = {p->shape[0], p->shape[2], p->shape[1]};
    return idc_call_finish(&c, 3, shape, (double)idc_tensor_count(p));
}
