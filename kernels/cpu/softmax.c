/* softmax.c: softmax over the last axis, and the distance bias that goes before it. */
#include <math.h>

#include "cpu/cpu.h"
#include "cpu/vector_math.h"

#define MASKED (-1e9f)

IDC_CLONES static void softmax_row(float *y, const float *x, const uint8_t *mask, int64_t n)
{
    float top = -INFINITY, sum = 0;
    if (mask) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            y[i] = mask[i] ? x[i] : MASKED;
        x = y;
    }
#pragma omp simd reduction(max : top)
    for (int64_t i = 0; i < n; i++)
        top = x[i] > top ? x[i] : top;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        float v = idc_exp(x[i] - top);
        y[i] = v;
        sum += v;
    }
    float scale = 1.0f / sum;
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] *= scale;
}

/* dx = p (g − Σ g p); nothing flows to scores that the mask replaced. */
IDC_CLONES static void softmax_row_back(float *gx, const float *g, const float *p,
                                        const uint8_t *mask, int64_t n)
{
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t i = 0; i < n; i++)
        along += g[i] * p[i];
    if (mask) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            gx[i] += mask[i] ? p[i] * (g[i] - along) : 0.0f;
    } else {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            gx[i] += p[i] * (g[i] - along);
    }
}

int idc_cpu_softmax(idc_call *call, idc_error *err)
{
    const idc_tensor *mask = call->in[1];
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    int64_t step = IDC_GRAIN / n + 1, chunks = idc_chunks(rows, step),
            mask_rows = mask ? mask->shape[0] : 1;
    const float *x = idc_f32(call->in[0]);
    const uint8_t *m = mask ? mask->data : NULL;
    float *y = idc_f32(call->out);
    (void)err;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++)
            softmax_row(y + r * n, x + r * n, m ? m + r % mask_rows * n : NULL, n);
    return 0;
}

int idc_cpu_softmax_back(idc_call *call, idc_error *err)
{
    const idc_tensor *mask = call->in[1];
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    int64_t step = IDC_GRAIN / n + 1, chunks = idc_chunks(rows, step),
            mask_rows = mask ? mask->shape[0] : 1;
    const float *p = idc_f32(call->out), *g = call->out->grad;
    const uint8_t *m = mask ? mask->data : NULL;
    bool fresh;
    float *gx = idc_call_grad_fresh(call, 0, &fresh);
    (void)err;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++) {
            if (fresh)
                memset(gx + r * n, 0, (size_t)n * sizeof(float));
            softmax_row_back(gx + r * n, g + r * n, p + r * n, m ? m + r % mask_rows * n : NULL, n);
        }
    return 0;
}

/* ---- distance bias: out = s − e^w[a] |pos_q − pos_k|² ---- */

static void squared_distances(float *d, const idc_call *call)
{
    const float *q = idc_f32(call->in[2]), *k = idc_f32(call->in[3]);
    int64_t tq = call->in[2]->shape[0], tk = call->in[3]->shape[0];
    for (int64_t i = 0; i < tq; i++)
        for (int64_t j = 0; j < tk; j++) {
            float dx = q[2 * i] - k[2 * j], dy = q[2 * i + 1] - k[2 * j + 1];
            d[i * tk + j] = dx * dx + dy * dy;
        }
}

IDC_CLONES static void subtract_scaled(float *y, const float *x, const float *d, float k, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] - k * d[i];
}

IDC_CLONES static float dot(const float *a, const float *b, int64_t n)
{
    float s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

int idc_cpu_distance_bias(idc_call *call, idc_error *err)
{
    const idc_tensor *s = call->in[0];
    int64_t heads = s->shape[1], maps = s->shape[0] * heads, n = s->shape[2] * s->shape[3];
    float *d = idc_call_save(call, (size_t)n * sizeof(float)), *y = idc_f32(call->out);
    const float *x = idc_f32(s), *w = idc_f32(call->in[1]);
    if (!d)
        return idc_cpu_no_memory(err);
    squared_distances(d, call);
#pragma omp parallel for schedule(static) if (maps * n > IDC_GRAIN)
    for (int64_t m = 0; m < maps; m++)
        subtract_scaled(y + m * n, x + m * n, d, expf(w[m % heads]), n);
    return 0;
}

int idc_cpu_distance_bias_back(idc_call *call, idc_error *err)
{
    const idc_tensor *s = call->in[0];
    int64_t heads = s->shape[1], maps = s->shape[0] * heads, n = s->shape[2] * s->shape[3];
    const float *d = call->saved, *g = call->out->grad, *w = idc_f32(call->in[1]);
    float *along = idc_cpu_floats(call, IDC_SLOT_A, maps);
    if (!along)
        return idc_cpu_no_memory(err);
    float *gw = idc_call_grad(call, 1);
    if (gw) {
#pragma omp parallel for schedule(static) if (maps * n > IDC_GRAIN)
        for (int64_t m = 0; m < maps; m++)
            along[m] = dot(g + m * n, d, n);
        for (int64_t m = 0; m < maps; m++)
            gw[m % heads] -= expf(w[m % heads]) * along[m];
    }
    bool fresh;
    float *gs = idc_call_grad_fresh(call, 0, &fresh);
    if (gs)
        idc_cpu_write_or_add(gs, g, maps * n, fresh);
    return 0;
}
