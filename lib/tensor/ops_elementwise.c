#include "tensor/call.h"

static idc_tensor *unary(idc_tape *t, enum idc_op_id op, idc_tensor *x, float factor)
{
    idc_call c;
    if (!idc_call_start(&c, t, op, 1, &x))
        return NULL;
    c.attr.scale.factor = factor;
    return idc_call_finish(&c, x->ndim, x->shape, (double)idc_tensor_count(x));
}

static idc_tensor *binary(idc_tape *t, enum idc_op_id op, idc_tensor *a, idc_tensor *b)
{
    idc_call c;
    idc_tensor *in[] = {a, b};
    if (!idc_call_start(&c, t, op, 2, in))
        return NULL;
    if (b->ndim > a->ndim)
        return idc_call_refuse(&c, "b has more axes than a");
    for (int i = 0; i < b->ndim; i++) {
        int64_t length = b->shape[b->ndim - 1 - i];
        if (length != 1 && length != a->shape[a->ndim - 1 - i])
            return idc_call_refuse(&c, "b cannot be broadcast to a");
    }
    return idc_call_finish(&c, a->ndim, a->shape, (double)idc_tensor_count(a));
}

idc_tensor *idc_add(idc_tape *t, idc_tensor *a, idc_tensor *b)
{
    return binary(t, IDC_OP_add, a, b);
}

idc_tensor *idc_sub(idc_tape *t, idc_tensor *a, idc_tensor *b)
{
    return binary(t, IDC_OP_sub, a, b);
}

idc_tensor *idc_mul(idc_tape *t, idc_tensor *a, idc_tensor *b)
{
    return binary(t, IDC_OP_mul, a, b);
}

idc_tensor *idc_scale(idc_tape *t, idc_tensor *x, float factor)
{
    return unary(t, IDC_OP_scale, x, factor);
}

idc_tensor *idc_abs(idc_tape *t, idc_tensor *x)
{
    return unary(t, IDC_OP_abs, x, 0);
}

idc_tensor *idc_relu(idc_tape *t, idc_tensor *x)
{
    return unary(t, IDC_OP_relu, x, 0);
}

idc_tensor *idc_sigmoid(idc_tape *t, idc_tensor *x)
{
    return unary(t, IDC_OP_sigmoid, x, 0);
}

idc_tensor *idc_gelu(idc_tape *t, idc_tensor *x)
{
    return unary(t, IDC_OP_gelu, x, 0);
}

idc_tensor *idc_dropout(idc_tape *t, idc_tensor *x, float p, uint64_t seed, uint64_t stream)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_dropout, 1, &x))
        return NULL;
    if (!(p >= 0 && p < 1))
        return idc_call_refuse(&c, "the probability must be in [0, 1)");
    if (p == 0 || !idc_tape_training(t))
        return x;
    if (idc_tensor_count(x) / 4 > UINT32_MAX)
        return idc_call_refuse(&c, "too many elements");
    c.attr.dropout.p = p;
    c.attr.dropout.seed = seed;
    c.attr.dropout.stream = stream;
    return idc_call_finish(&c, x->ndim, x->shape, (double)idc_tensor_count(x));
}
