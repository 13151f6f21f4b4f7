#include <string.h>

#include "tensor/call.h"

struct loss {
    enum idc_op_id op;
    enum idc_reduction reduction;
    bool target_each; /* a target (a weight) for each element, else for each row of the last axis */
    bool weight_each;
};

static idc_tensor *loss(idc_tape *t, const struct loss *l, idc_tensor *x, const idc_tensor *target,
                        const idc_tensor *weight)
{
    idc_call c;
    idc_tensor *in[] = {x, (idc_tensor *)target, (idc_tensor *)weight};
    if (!idc_call_start(&c, t, l->op, 3, in))
        return NULL;
    if (x->ndim < 1)
        return idc_call_refuse(&c, "the input has no axis");
    int64_t count = idc_tensor_count(x), rows = count / idc_tensor_dim(x, -1);
    if (idc_tensor_count(target) != (l->target_each ? count : rows))
        return idc_call_refuse(&c, "input and target do not fit");
    if (weight && idc_tensor_count(weight) != (l->weight_each ? count : rows))
        return idc_call_refuse(&c, "the weights do not fit the input");
    if (l->op == IDC_OP_cross_entropy)
        for (int64_t i = 0; i < rows; i++)
            if (((const int32_t *)target->data)[i] >= idc_tensor_dim(x, -1))
                return idc_call_refuse(&c, "a target is no class of the logits");
    c.attr.reduction = l->reduction;
    int64_t one[] = {1};
    return idc_call_finish(&c, 1, one, 8.0 * (double)count);
}

idc_tensor *idc_cross_entropy(idc_tape *t, idc_tensor *logits, const idc_tensor *target,
                              const idc_tensor *weight, enum idc_reduction reduction)
{
    struct loss l = {IDC_OP_cross_entropy, reduction, false, false};
    return loss(t, &l, logits, target, weight);
}

idc_tensor *idc_bce_logits(idc_tape *t, idc_tensor *x, const idc_tensor *target,
                           const idc_tensor *weight, enum idc_reduction reduction)
{
    struct loss l = {IDC_OP_bce_logits, reduction, true, true};
    return loss(t, &l, x, target, weight);
}

idc_tensor *idc_smooth_l1(idc_tape *t, idc_tensor *x, const idc_tensor *target,
                          const idc_tensor *weight, enum idc_reduction reduction)
{
    struct loss l = {IDC_OP_smooth_l1, reduction, true, true};
    return loss(t, &l, x, target, weight);
}

idc_tensor *idc_mass_loss(idc_tape *t, idc_tensor *p, const idc_tensor *target,
                          const idc_tensor *weight, enum idc_reduction reduction)
{
    struct loss l = {IDC_OP_mass_loss, reduction, true, false};
    return loss(t, &l, p, target, weight);
}

idc_tensor *idc_given(idc_tape *t, float value, idc_tensor *const *x, float *const *gradient, int n)
{
    idc_call c;
    if (n < 1 || n > IDC_OP_MAX_INPUTS)
        return idc_tape_fail(t, IDC_E_RANGE, "given: %d inputs, 1 to %d are possible", n,
                             IDC_OP_MAX_INPUTS);
    if (!idc_call_start(&c, t, IDC_OP_given, n, x))
        return NULL;
    for (int i = 0; i < n; i++)
        if (!x[i])
            return idc_tape_fail(t, IDC_E_MISSING, "given: input %d is missing", i);
    c.attr.given.value = value;
    c.attr.given.gradient = idc_tape_alloc(t, (size_t)n * sizeof *gradient);
    if (!c.attr.given.gradient)
        return NULL;
    memcpy(c.attr.given.gradient, gradient, (size_t)n * sizeof *gradient);
    int64_t one[] = {1};
    return idc_call_finish(&c, 1, one, 0);
}
