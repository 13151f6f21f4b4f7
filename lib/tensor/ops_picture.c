#include "tensor/call.h"

idc_tensor *idc_pool2d(idc_tape *t, idc_tensor *x, enum idc_pool kind, int kernel, int stride,
                       int pad)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_pool2d, 1, &x))
        return NULL;
    if (x->ndim != 4)
        return idc_call_refuse(&c, "x must be [N,H,W,C]");
    if (kernel < 1 || stride < 1 || pad < 0 || pad >= kernel)
        return idc_call_refuse(&c, "kernel and stride must be at least 1, pad in [0, kernel)");
    int64_t h = x->shape[1] + 2 * pad - kernel, w = x->shape[2] + 2 * pad - kernel;
    if (h < 0 || w < 0 || idc_tensor_count(x) > INT32_MAX)
        return idc_call_refuse(&c, "the picture is smaller than the kernel, or too large");
    c.attr.pool.kind = kind;
    c.attr.pool.kernel = kernel;
    c.attr.pool.stride = stride;
    c.attr.pool.pad = pad;
    int64_t shape[] = {x->shape[0], h / stride + 1, w / stride + 1, x->shape[3]};
    return idc_call_finish(&c, 4, shape, (double)idc_tensor_count(x));
}

idc_tensor *idc_mean_cells(idc_tape *t, idc_tensor *x)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_mean_cells, 1, &x))
        return NULL;
    if (x->ndim != 4)
        return idc_call_refuse(&c, "x must be [N,H,W,C]");
    int64_t shape[] = {x->shape[0], x->shape[3]};
    return idc_call_finish(&c, 2, shape, (double)idc_tensor_count(x));
}
