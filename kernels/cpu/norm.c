/* norm.c: normalisation of rows: layer_norm and l2_normalize. Each row's mean and inverse deviation
 * are saved. */
#include <math.h>

#include "cpu/cpu.h"

struct row_norm {
    int64_t n;
    float eps;
    enum idc_norm_form form;
    const float *gain, *bias;
};

/* saved: mean, r = 1 / (s + eps) or 1 / sqrt(var + eps), s */
IDC_CLONES static void layer_row(float *y, const float *x, const struct row_norm *w, float *saved)
{
    int64_t n = w->n;
    float sum = 0, squares = 0;
    const float *gain = w->gain, *bias = w->bias;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    float mean = sum / (float)n;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    bool sample = w->form == IDC_NORM_SAMPLE;
    float s = sqrtf(squares / (float)(sample ? n - 1 : n));
    float r = sample ? 1.0f / (s + w->eps) : 1.0f / sqrtf(squares / (float)n + w->eps);
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = (x[i] - mean) * r * gain[i] + bias[i];
    saved[0] = mean;
    saved[1] = r;
    saved[2] = s;
}

/* With d = x − mean, h = g · gain: dx = r (h − mean(h)) − d k, where
 * sample form:   k = r² Σ(h d) / ((n − 1) s)   (0 for s = 0)
 * variance form: k = r³ Σ(h d) / n
 * and dgain += g d r, dbias += g. */
IDC_CLONES static void layer_row_back(float *gx, const float *g, const float *x,
                                      const struct row_norm *w, const float *saved)
{
    int64_t n = w->n;
    float mean = saved[0], r = saved[1], s = saved[2], sum = 0, along = 0;
    const float *gain = w->gain;
#pragma omp simd reduction(+ : sum, along)
    for (int64_t i = 0; i < n; i++) {
        float h = g[i] * gain[i];
        sum += h;
        along += h * (x[i] - mean);
    }
    float k = r * r * r * along / (float)n;
    if (w->form == IDC_NORM_SAMPLE)
        k = s > 0.0f ? r * r * along / ((float)(n - 1) * s) : 0.0f;
    float middle = sum / (float)n;
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        gx[i] += r * (g[i] * gain[i] - middle) - (x[i] - mean) * k;
}

IDC_CLONES static void layer_row_gain(float *ggain, float *gbias, const float *g, const float *x,
                                      const struct row_norm *w, const float *saved)
{
    float mean = saved[0], r = saved[1];
    int64_t n = w->n;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        ggain[i] += g[i] * (x[i] - mean) * r;
        gbias[i] += g[i];
    }
}

static struct row_norm norm_of(const idc_call *call)
{
    return (struct row_norm){.n = idc_tensor_dim(call->in[0], -1),
                             .eps = call->attr.layer_norm.eps,
                             .form = call->attr.layer_norm.form,
                             .gain = idc_f32(call->in[1]),
                             .bias = idc_f32(call->in[2])};
}

static int64_t rows_a_chunk(int64_t n)
{
    return IDC_GRAIN / n + 1;
}

int idc_cpu_layer_norm(idc_call *call, idc_error *err)
{
    struct row_norm w = norm_of(call);
    int64_t rows = idc_tensor_count(call->in[0]) / w.n, step = rows_a_chunk(w.n),
            chunks = idc_chunks(rows, step);
    const float *x = idc_f32(call->in[0]);
    float *y = idc_f32(call->out), *saved = idc_call_save(call, (size_t)rows * 3 * sizeof(float));
    if (!saved)
        return idc_cpu_no_memory(err);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++)
            layer_row(y + r * w.n, x + r * w.n, &w, saved + 3 * r);
    return 0;
}

static int layer_norm_gains(idc_call *call, const struct row_norm *w, int64_t rows, idc_error *err)
{
    const float *x = idc_f32(call->in[0]), *g = call->out->grad, *saved = call->saved;
    float *ggain = idc_call_grad(call, 1), *gbias = idc_call_grad(call, 2);
    int64_t n = w->n, step = rows_a_chunk(n), chunks = idc_chunks(rows, step);
    if (!ggain && !gbias)
        return 0;
    float *partial = idc_cpu_floats(call, IDC_SLOT_A, chunks * 2 * n);
    if (!partial)
        return idc_cpu_no_memory(err);
    memset(partial, 0, (size_t)(chunks * 2 * n) * sizeof(float));
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++)
            layer_row_gain(partial + c * 2 * n, partial + (c * 2 + 1) * n, g + r * n, x + r * n, w,
                           saved + 3 * r);
    for (int64_t c = 0; c < chunks; c++) {
        if (ggain)
            idc_cpu_add_to(ggain, partial + c * 2 * n, n);
        if (gbias)
            idc_cpu_add_to(gbias, partial + (c * 2 + 1) * n, n);
    }
    return 0;
}

int idc_cpu_layer_norm_back(idc_call *call, idc_error *err)
{
    struct row_norm w = norm_of(call);
    int64_t n = w.n, rows = idc_tensor_count(call->in[0]) / n, step = rows_a_chunk(n),
            chunks = idc_chunks(rows, step);
    const float *x = idc_f32(call->in[0]), *g = call->out->grad, *saved = call->saved;
    int rc = layer_norm_gains(call, &w, rows, err);
    bool fresh;
    float *gx = idc_call_grad_fresh(call, 0, &fresh);
    if (rc < 0 || !gx)
        return rc;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++) {
            if (fresh)
                memset(gx + r * n, 0, (size_t)n * sizeof(float));
            layer_row_back(gx + r * n, g + r * n, x + r * n, &w, saved + 3 * r);
        }
    return 0;
}

IDC_CLONES static float row_dot(const float *a, const float *b, int64_t n)
{
    float s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

int idc_cpu_l2_normalize(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *x = idc_f32(call->in[0]);
    float *y = idc_f32(call->out), *length = idc_call_save(call, (size_t)rows * sizeof(float));
    if (!length)
        return idc_cpu_no_memory(err);
#pragma omp parallel for schedule(static) if (rows * n > IDC_GRAIN)
    for (int64_t r = 0; r < rows; r++) {
        length[r] = sqrtf(row_dot(x + r * n, x + r * n, n));
        float scale = 1.0f / fmaxf(length[r], call->attr.layer_norm.eps);
        for (int64_t i = 0; i < n; i++)
            y[r * n + i] = x[r * n + i] * scale;
    }
    return 0;
}

/* dx = (g − y (g·y)) / ‖x‖, or g / eps where ‖x‖ ≤ eps. */
int idc_cpu_l2_normalize_back(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *y = idc_f32(call->out), *g = call->out->grad, *length = call->saved;
    float *gx = idc_call_grad(call, 0), eps = call->attr.layer_norm.eps;
    (void)err;
#pragma omp parallel for schedule(static) if (rows * n > IDC_GRAIN)
    for (int64_t r = 0; r < rows; r++) {
        bool inside = length[r] > eps;
        float along = inside ? row_dot(g + r * n, y + r * n, n) : 0.0f;
        float scale = 1.0f / (inside ? length[r] : eps);
        for (int64_t i = r * n; i < (r + 1) * n; i++)
            gx[i] += (g[i] - y[i] * along) * scale;
    }
    return 0;
}
