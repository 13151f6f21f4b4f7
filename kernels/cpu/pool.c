/* pool.c: pooling of pictures [N,H,W,C]. */
#include <math.h>

#include "cpu/cpu.h"

/* The cells of x under one result cell, cut at the border. */
struct window {
    int64_t top, bottom, left, right; /* bottom and right excluded */
};

static struct window window_of(const idc_call *call, int64_t row, int64_t column)
{
    int64_t stride = call->attr.pool.stride, pad = call->attr.pool.pad, k = call->attr.pool.kernel;
    int64_t top = row * stride - pad, left = column * stride - pad;
    const int64_t *x = call->in[0]->shape;
    return (struct window){top < 0 ? 0 : top, idc_min64(top + k, x[1]), left < 0 ? 0 : left,
                           idc_min64(left + k, x[2])};
}

/* The largest value and its first place, for all channels of one result cell; `where` may be NULL.
 */
static void max_cell(const idc_call *call, int64_t picture, struct window w, float *y,
                     int32_t *where)
{
    const int64_t *s = call->in[0]->shape, n = s[3];
    for (int64_t c = 0; c < n; c++)
        y[c] = -INFINITY;
    for (int64_t i = w.top; i < w.bottom; i++)
        for (int64_t j = w.left; j < w.right; j++) {
            int64_t at = ((picture * s[1] + i) * s[2] + j) * n;
            const float *x = idc_f32(call->in[0]) + at;
            for (int64_t c = 0; c < n; c++)
                if (x[c] > y[c] || (i == w.top && j == w.left)) {
                    y[c] = x[c];
                    if (where)
                        where[c] = (int32_t)(at + c);
                }
        }
}

static float mean_scale(struct window w)
{
    return 1.0f / (float)((w.bottom - w.top) * (w.right - w.left));
}

static void mean_cell(const idc_call *call, int64_t picture, struct window w, float *y)
{
    const int64_t *s = call->in[0]->shape, n = s[3];
    memset(y, 0, (size_t)n * sizeof(float));
    for (int64_t i = w.top; i < w.bottom; i++)
        for (int64_t j = w.left; j < w.right; j++) {
            const float *x = idc_f32(call->in[0]) + ((picture * s[1] + i) * s[2] + j) * n;
            for (int64_t c = 0; c < n; c++)
                y[c] += x[c];
        }
    for (int64_t c = 0; c < n; c++)
        y[c] *= mean_scale(w);
}

int idc_cpu_pool2d(idc_call *call, idc_error *err)
{
    const int64_t *s = call->out->shape, n = s[3];
    bool max = call->attr.pool.kind == IDC_POOL_MAX;
    float *y = idc_f32(call->out);
    int32_t *where = NULL;
    if (max && call->training) {
        where = idc_call_save(call, (size_t)idc_tensor_count(call->out) * sizeof *where);
        if (!where)
            return idc_cpu_no_memory(err);
    }
#pragma omp parallel for schedule(static) if (idc_tensor_count(call->out) > IDC_GRAIN)
    for (int64_t r = 0; r < s[0] * s[1]; r++)
        for (int64_t j = 0; j < s[2]; j++) {
            struct window w = window_of(call, r % s[1], j);
            int64_t at = (r * s[2] + j) * n;
            if (max)
                max_cell(call, r / s[1], w, y + at, where ? where + at : NULL);
            else
                mean_cell(call, r / s[1], w, y + at);
        }
    return 0;
}

static void mean_picture_back(const idc_call *call, int64_t picture, float *gx)
{
    const int64_t *s = call->out->shape, *xs = call->in[0]->shape, n = s[3];
    for (int64_t i = 0; i < s[1]; i++)
        for (int64_t j = 0; j < s[2]; j++) {
            struct window w = window_of(call, i, j);
            const float *g = call->out->grad + ((picture * s[1] + i) * s[2] + j) * n;
            float scale = mean_scale(w);
            for (int64_t y = w.top; y < w.bottom; y++)
                for (int64_t x = w.left; x < w.right; x++) {
                    float *to = gx + ((picture * xs[1] + y) * xs[2] + x) * n;
                    for (int64_t c = 0; c < n; c++)
                        to[c] += g[c] * scale;
                }
        }
}

/* Threads share out pictures: windows of different pictures never meet. */
int idc_cpu_pool2d_back(idc_call *call, idc_error *err)
{
    const int64_t *s = call->out->shape;
    int64_t a_picture = s[1] * s[2] * s[3];
    const float *g = call->out->grad;
    const int32_t *where = call->saved;
    float *gx = idc_call_grad(call, 0);
    (void)err;
#pragma omp parallel for schedule(static) if (s[0] * a_picture > IDC_GRAIN)
    for (int64_t p = 0; p < s[0]; p++) {
        if (call->attr.pool.kind == IDC_POOL_MEAN)
            mean_picture_back(call, p, gx);
        else
            for (int64_t i = p * a_picture; i < (p + 1) * a_picture; i++)
                gx[where[i]] += g[i];
    }
    return 0;
}

int idc_cpu_mean_cells(idc_call *call, idc_error *err)
{
    const int64_t *s = call->in[0]->shape, cells = s[1] * s[2], n = s[3];
    (void)err;
#pragma omp parallel for schedule(static) if (s[0] * cells * n > IDC_GRAIN)
    for (int64_t p = 0; p < s[0]; p++) {
        float *y = idc_f32(call->out) + p * n;
        const float *x = idc_f32(call->in[0]) + p * cells * n;
        memset(y, 0, (size_t)n * sizeof(float));
        for (int64_t i = 0; i < cells; i++)
            for (int64_t c = 0; c < n; c++)
                y[c] += x[i * n + c];
        for (int64_t c = 0; c < n; c++)
            y[c] /= (float)cells;
    }
    return 0;
}

int idc_cpu_mean_cells_back(idc_call *call, idc_error *err)
{
    const int64_t *s = call->in[0]->shape, cells = s[1] * s[2], n = s[3];
    float *gx = idc_call_grad(call, 0), scale = 1.0f / (float)cells;
    (void)err;
#pragma omp parallel for schedule(static) if (s[0] * cells * n > IDC_GRAIN)
    for (int64_t p = 0; p < s[0]; p++) {
        const float *g = call->out->grad + p * n;
        for (int64_t i = p * cells; i < (p + 1) * cells; i++)
            for (int64_t c = 0; c < n; c++)
                gx[i * n + c] += g[c] * scale;
    }
    return 0;
}
