#include "tensor/call.h"

#include <string.h>

idc_tensor *idc_reshape(idc_tape *t, idc_tensor *x, int ndim, const int64_t *shape)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_reshape, 1, &x))
        return NULL;
    if (ndim < 0 || ndim > IDC_MAX_DIMS)
        return idc_call_refuse(&c, "too many axes");
    int64_t full[IDC_MAX_DIMS] = {0}, known = 1, count = idc_tensor_count(x);
    int open = -1;
    for (int i = 0; i < ndim; i++) {
        full[i] = shape[i];
        if (shape[i] == -1 && open < 0) {
            open = i;
            continue;
        }
        if (shape[i] < 1 || __builtin_mul_overflow(known, shape[i], &known))
            return idc_call_refuse(&c, "an axis of the new shape is not positive");
    }
    if (open >= 0 ? count % known != 0 : count != known)
        return idc_call_refuse(&c, "the new shape has another number of elements");
    if (open >= 0)
        full[open] = count / known;
    return idc_call_finish(&c, ndim, full, 0);
}

/* More inputs than a call holds are joined in steps. */
idc_tensor *idc_concat(idc_tape *t, idc_tensor *const *xs, int n, int axis)
{
    idc_call c;
    if (n > IDC_OP_MAX_INPUTS) {
        idc_tensor *group[IDC_OP_MAX_INPUTS];
        memcpy(group, xs, sizeof group);
        group[0] = idc_concat(t, xs, IDC_OP_MAX_INPUTS, axis);
        for (int done = IDC_OP_MAX_INPUTS; done < n;) {
            int take = n - done < IDC_OP_MAX_INPUTS - 1 ? n - done : IDC_OP_MAX_INPUTS - 1;
            memcpy(group + 1, xs + done, (size_t)take * sizeof *xs);
            group[0] = idc_concat(t, group, take + 1, axis);
            done += take;
        }
        return group[0];
    }
    if (!idc_call_start(&c, t, IDC_OP_concat, n < 1 ? 1 : n, xs))
        return NULL;
    int at = axis < 0 ? axis + xs[0]->ndim : axis;
    if (at < 0 || at >= xs[0]->ndim)
        return idc_call_refuse(&c, "no such axis");
    int64_t shape[IDC_MAX_DIMS];
    memcpy(shape, xs[0]->shape, sizeof shape);
    for (int i = 1; i < n; i++) {
        if (!xs[i])
            return idc_tape_fail(t, IDC_E_MISSING, "concat: input %d is missing", i);
        if (xs[i]->ndim != xs[0]->ndim)
            return idc_call_refuse(&c, "the inputs have different numbers of axes");
        for (int d = 0; d < xs[0]->ndim; d++)
            if (d != at && xs[i]->shape[d] != shape[d])
                return idc_call_refuse(&c, "the inputs differ off the axis");
        shape[at] += xs[i]->shape[at];
    }
    c.attr.axis.axis = at;
    return idc_call_finish(&c, xs[0]->ndim, shape, 0);
}

idc_tensor *idc_slice(idc_tape *t, idc_tensor *x, int axis, int64_t start, int64_t length)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_slice, 1, &x))
        return NULL;
    int at = axis < 0 ? axis + x->ndim : axis;
    if (at < 0 || at >= x->ndim)
        return idc_call_refuse(&c, "no such axis");
    if (start < 0 || length < 1 || start > x->shape[at] || length > x->shape[at] - start)
        return idc_call_refuse(&c, "the slice lies outside");
    int64_t shape[IDC_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[at] = length;
    c.attr.axis.axis = at;
    c.attr.axis.start = start;
    return idc_call_finish(&c, x->ndim, shape, 0);
}

idc_tensor *idc_expand(idc_tape *t, idc_tensor *x, int64_t n)
{
    idc_call c;
    if (!idc_call_start(&c, t, IDC_OP_expand, 1, &x))
        return NULL;
    if (x->ndim < 1 || x->shape[0] != 1 || n < 1)
        return idc_call_refuse(&c, "x must be [1,...]");
    int64_t shape[IDC_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[0] = n;
    return idc_call_finish(&c, x->ndim, shape, 0);
}

/* An index outside would read foreign memory: looked at here, since it is data, not shape. */
static bool indices_fit(const idc_tensor *index, int64_t rows)
{
    const int32_t *v = index->data;
    int64_t n = idc_tensor_count(index);
    for (int64_t i = 0; i < n; i++)
        if (v[i] < 0 || v[i] >= rows)
            return false;
    return true;
}

idc_tensor *idc_rows(idc_tape *t, idc_tensor *x, const idc_tensor *index)
{
    idc_call c;
    idc_tensor *in[] = {x, (idc_tensor *)index};
    if (!idc_call_start(&c, t, IDC_OP_rows, 2, in))
        return NULL;
    if (x->ndim < 1 || index->ndim != 1)
        return idc_call_refuse(&c, "x must be [R,...] and index [n]");
    if (!indices_fit(index, x->shape[0]))
        return idc_call_refuse(&c, "an index lies outside x");
    int64_t shape[IDC_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[0] = index->shape[0];
    return idc_call_finish(&c, x->ndim, shape, 0);
}

idc_tensor *idc_embedding(idc_tape *t, idc_tensor *table, const idc_tensor *ids)
{
    idc_call c;
    idc_tensor *in[] = {table, (idc_tensor *)ids};
    if (!idc_call_start(&c, t, IDC_OP_embedding, 2, in))
        return NULL;
    if (table->ndim != 2 || ids->ndim >= IDC_MAX_DIMS)
        return idc_call_refuse(&c, "table must be [V,D]");
    if (!indices_fit(ids, table->shape[0]))
        return idc_call_refuse(&c, "an id lies outside the table");
    int64_t shape[IDC_MAX_DIMS];
    memcpy(shape, ids->shape, sizeof shape);
    shape[ids->ndim] = table->shape[1];
    return idc_call_finish(&c, ids->ndim + 1, shape, 0);
}
