#include "tensor/call.h"

static bool is_vector(const idc_tensor *v, int64_t length)
{
    return v->ndim == 1 && v->shape[0] == length;
}

idc_tensor *idc_layer_norm(idc_tape *t, idc_tensor *x, idc_tensor *gain, idc_tensor *bias,
                           float eps, enum idc_norm_form form)
{
    idc_call c;
    idc_tensor *in[] = {x, gain, bias};
    if (!idc_call_start(&c, t, IDC_OP_layer_norm, 3, in))
        return NULL;
    if (x->ndim < 1 || !is_vector(gain, idc_tensor_dim(x, -1)) ||
        !is_vector(bias, idc_tensor_dim(x, -1)))
        return idc_call_refuse(&c, "gain and bias must be [C] for x [...,C]");
    if (form == IDC_NORM_SAMPLE && idc_tensor_dim(x, -1) < 2)
        return idc_call_refuse(&c, "the sample deviation needs two channels");
    c.attr.layer_norm.eps = eps;
    c.attr.layer_norm.form = form;
    return idc_call_finish(&c, x->ndim, x->shape, 8.0 * (double)idc_tensor_count(x));
}

idc_tensor *idc_batch_norm(idc_tape *t, idc_tensor *x, idc_tensor *gain, idc_tensor *bias,
                           idc_tensor *mean, idc_tensor *variance, const idc_batch_norm_spec *spec)
{
    idc_call c;
    idc_tensor *in[] = {x, gain, bias, mean, variance};
    if (!idc_call_start(&c, t, IDC_OP_batch_norm, 5, in))
        return NULL;
    for (int i = 1; i < 5; i++)
        if (x->ndim < 2 || !is_vector(in[i], idc_tensor_dim(x, -1)))
            return idc_call_refuse(&c, "gain, bias, mean and variance must be [C] for x [...,C]");
    if (spec->batch_statistics && idc_tensor_count(x) / idc_tensor_dim(x, -1) < 2)
        return idc_call_refuse(&c, "batch statistics need two values a channel");
    c.attr.batch_norm = *spec;
    return idc_call_finish(&c, x->ndim, x->shape, 8.0 * (double)idc_tensor_count(x));
}

idc_tensor *idc_l2_normalize(idc_tape *t, idc_tensor *x, float eps)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_l2_normalize, 1, &x))
        return NULL;
    if (x->ndim < 1)
        return idc_call_refuse(&c, "x has no axis");
    c.attr.layer_norm.eps = eps;
    return idc_call_finish(&c, x->ndim, x->shape, 3.0 * (double)idc_tensor_count(x));
}
