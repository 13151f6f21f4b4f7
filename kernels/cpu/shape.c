/* shape.c: operators that only move numbers: concat, slice, expand, rows, embedding. */
#include "cpu/cpu.h"

/* A tensor seen as [outer, axis, inner]. */
static void around(const idc_tensor *x, int axis, int64_t *outer, int64_t *inner)
{
    *outer = *inner = 1;
    for (int i = 0; i < x->ndim; i++)
        if (i != axis)
            *(i < axis ? outer : inner) *= x->shape[i];
}

/* rows of `width` floats: to[r · to_step] = (or +=) from[r · from_step] */
struct copy {
    int64_t rows, width, to_step, from_step;
};

static void copy_rows(float *to, const float *from, const struct copy *c, bool add)
{
    int64_t step = IDC_GRAIN / c->width + 1, chunks = idc_chunks(c->rows, step);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t k = 0; k < chunks; k++)
        for (int64_t r = k * step; r < idc_min64(c->rows, (k + 1) * step); r++) {
            float *t = to + r * c->to_step;
            const float *f = from + r * c->from_step;
            if (add)
                for (int64_t i = 0; i < c->width; i++)
                    t[i] += f[i];
            else
                memcpy(t, f, (size_t)c->width * sizeof(float));
        }
}

int idc_cpu_concat(idc_call *call, idc_error *err)
{
    int axis = call->attr.axis.axis;
    int64_t outer, inner, at = 0;
    around(call->out, axis, &outer, &inner);
    int64_t whole = call->out->shape[axis] * inner;
    (void)err;
    for (int i = 0; i < call->n_in; i++) {
        int64_t width = call->in[i]->shape[axis] * inner;
        copy_rows(idc_f32(call->out) + at, idc_f32(call->in[i]),
                  &(struct copy){outer, width, whole, width}, false);
        at += width;
    }
    return 0;
}

int idc_cpu_concat_back(idc_call *call, idc_error *err)
{
    int axis = call->attr.axis.axis;
    int64_t outer, inner, at = 0;
    around(call->out, axis, &outer, &inner);
    int64_t whole = call->out->shape[axis] * inner;
    (void)err;
    for (int i = 0; i < call->n_in; i++) {
        int64_t width = call->in[i]->shape[axis] * inner;
        bool fresh;
        float *g = idc_call_grad_fresh(call, i, &fresh);
        if (g)
            copy_rows(g, call->out->grad + at, &(struct copy){outer, width, width, whole}, !fresh);
        at += width;
    }
    return 0;
}

int idc_cpu_slice(idc_call *call, idc_error *err)
{
    int axis = call->attr.axis.axis;
    int64_t outer, inner;
    around(call->out, axis, &outer, &inner);
    int64_t width = call->out->shape[axis] * inner, whole = call->in[0]->shape[axis] * inner;
    (void)err;
    copy_rows(idc_f32(call->out), idc_f32(call->in[0]) + call->attr.axis.start * inner,
              &(struct copy){outer, width, width, whole}, false);
    return 0;
}

int idc_cpu_slice_back(idc_call *call, idc_error *err)
{
    int axis = call->attr.axis.axis;
    int64_t outer, inner;
    around(call->out, axis, &outer, &inner);
    int64_t width = call->out->shape[axis] * inner, whole = call->in[0]->shape[axis] * inner;
    (void)err;
    copy_rows(idc_call_grad(call, 0) + call->attr.axis.start * inner, call->out->grad,
              &(struct copy){outer, width, whole, width}, true);
    return 0;
}

int idc_cpu_expand(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_count(call->in[0]);
    (void)err;
    copy_rows(idc_f32(call->out), idc_f32(call->in[0]),
              &(struct copy){call->out->shape[0], n, n, 0}, false);
    return 0;
}

int idc_cpu_expand_back(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_count(call->in[0]);
    float *g = idc_call_grad(call, 0);
    if (idc_cpu_sum_rows(call, g, call->out->grad, call->out->shape[0], n) < 0)
        return idc_cpu_no_memory(err);
    return 0;
}

/* ---- rows by index: rows and embedding ---- */

int idc_cpu_rows(idc_call *call, idc_error *err)
{
    const int32_t *index = idc_i32(call->in[1]);
    int64_t n = idc_tensor_count(call->in[1]), width = idc_tensor_count(call->out) / n;
    const float *x = idc_f32(call->in[0]);
    float *y = idc_f32(call->out);
    (void)err;
#pragma omp parallel for schedule(static) if (n * width > IDC_GRAIN)
    for (int64_t i = 0; i < n; i++)
        memcpy(y + i * width, x + index[i] * width, (size_t)width * sizeof(float));
    return 0;
}

/* An index may occur often: threads share out the columns, and each goes through all indices in
 * order. */
int idc_cpu_rows_back(idc_call *call, idc_error *err)
{
    const int32_t *index = idc_i32(call->in[1]);
    int64_t n = idc_tensor_count(call->in[1]), width = idc_tensor_count(call->out) / n;
    int64_t span = 1024, parts = idc_chunks(width, span);
    const float *g = call->out->grad;
    float *gx = idc_call_grad(call, 0);
    (void)err;
#pragma omp parallel for schedule(static) if (parts > 1 && n * width > IDC_GRAIN)
    for (int64_t part = 0; part < parts; part++) {
        int64_t end = idc_min64(width, (part + 1) * span);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = part * span; j < end; j++)
                gx[index[i] * width + j] += g[i * width + j];
    }
    return 0;
}

int idc_cpu_embedding(idc_call *call, idc_error *err)
{
    return idc_cpu_rows(call, err);
}

int idc_cpu_embedding_back(idc_call *call, idc_error *err)
{
    return idc_cpu_rows_back(call, err);
}

/* A view: call.c shares the memory and never gets here. */
int idc_cpu_reshape(idc_call *call, idc_error *err)
{
    (void)call, (void)err;
    return 0;
}

int idc_cpu_reshape_back(idc_call *call, idc_error *err)
{
    (void)call, (void)err;
    return 0;
}
