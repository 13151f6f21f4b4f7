/* batch_norm.c: batch normalisation over all axes but the last (Ioffe and Szegedy 2015), with the
 * activation behind it. */
#include <math.h>

#include "cpu/cpu.h"

#define ROWS 64 /* a chunk: small enough to stay in the first cache for its second pass */

/* Mean and sum of squared deviations of the rows of one chunk, a column each. */
IDC_CLONES static void chunk_moments(float *mean, float *squares, const float *x, int64_t rows,
                                     int64_t n)
{
    memset(mean, 0, (size_t)n * sizeof(float));
    memset(squares, 0, (size_t)n * sizeof(float));
    for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            mean[i] += x[r * n + i];
    }
    float scale = 1.0f / (float)rows;
    for (int64_t i = 0; i < n; i++)
        mean[i] *= scale;
    for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            squares[i] += (x[r * n + i] - mean[i]) * (x[r * n + i] - mean[i]);
    }
}

/* Chunks are joined in order in double precision (Chan, Golub and LeVeque 1979): mean[n],
 * variance[n] (divided by rows). */
static int moments(const idc_call *call, double *mean, double *variance, int64_t rows, int64_t n)
{
    int64_t chunks = idc_chunks(rows, ROWS);
    float *part = idc_cpu_floats(call, IDC_SLOT_A, chunks * 2 * n);
    const float *x = idc_f32(call->in[0]);
    if (!part)
        return IDC_E_MEMORY;
#pragma omp parallel for schedule(static) if (rows * n > IDC_GRAIN)
    for (int64_t c = 0; c < chunks; c++)
        chunk_moments(part + 2 * c * n, part + (2 * c + 1) * n, x + c * ROWS * n,
                      idc_min64(ROWS, rows - c * ROWS), n);
    for (int64_t i = 0; i < n; i++)
        mean[i] = variance[i] = 0;
    for (int64_t c = 0; c < chunks; c++) {
        double before = (double)(c * ROWS), here = (double)idc_min64(ROWS, rows - c * ROWS);
        for (int64_t i = 0; i < n; i++) {
            double delta = part[2 * c * n + i] - mean[i];
            mean[i] += delta * here / (before + here);
            variance[i] +=
                part[(2 * c + 1) * n + i] + delta * delta * before * here / (before + here);
        }
    }
    for (int64_t i = 0; i < n; i++)
        variance[i] /= (double)rows;
    return 0;
}

/* saved: mean[n], r[n] = 1 / sqrt(var + eps) */
static int statistics(idc_call *call, float *saved, int64_t rows, int64_t n)
{
    const idc_batch_norm_spec *spec = &call->attr.batch_norm;
    float *running = idc_f32(call->in[3]), *spread = idc_f32(call->in[4]);
    if (!spec->batch_statistics) {
        for (int64_t i = 0; i < n; i++) {
            saved[i] = running[i];
            saved[n + i] = 1.0f / sqrtf(spread[i] + spec->eps);
        }
        return 0;
    }
    double *mean = idc_cpu_scratch(call, IDC_SLOT_B, (size_t)n * 2 * sizeof(double)),
           *variance = mean + n;
    if (!mean || moments(call, mean, variance, rows, n) < 0)
        return IDC_E_MEMORY;
    double keep = 1.0 - (double)spec->momentum, unbiased = (double)rows / (double)(rows - 1);
    for (int64_t i = 0; i < n; i++) {
        saved[i] = (float)mean[i];
        saved[n + i] = (float)(1.0 / sqrt(variance[i] + (double)spec->eps));
        running[i] = (float)(keep * running[i] + (double)spec->momentum * mean[i]);
        spread[i] = (float)(keep * spread[i] + (double)spec->momentum * variance[i] * unbiased);
    }
    call->in[3]->version++;
    call->in[4]->version++;
    return 0;
}

IDC_CLONES static void scale_rows(float *y, const float *x, const float *scale, int64_t rows,
                                  int64_t n, float low, float high)
{
    const float *shift = scale + n;
    for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            float v = x[r * n + i] * scale[i] + shift[i];
            v = v > low ? v : low;
            y[r * n + i] = v < high ? v : high;
        }
    }
}

int idc_cpu_batch_norm(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *x = idc_f32(call->in[0]), *gain = idc_f32(call->in[1]),
                *bias = idc_f32(call->in[2]);
    float *y = idc_f32(call->out), *saved = idc_call_save(call, (size_t)n * 2 * sizeof(float));
    float *scale = saved && statistics(call, saved, rows, n) == 0
                       ? idc_cpu_floats(call, IDC_SLOT_C, 2 * n)
                       : NULL;
    if (!scale)
        return idc_cpu_no_memory(err);
    for (int64_t i = 0; i < n; i++) {
        scale[i] = gain[i] * saved[n + i];
        scale[n + i] = bias[i] - saved[i] * scale[i];
    }
    enum idc_activation activation = call->attr.batch_norm.activation;
    float low = activation == IDC_ACT_NONE ? -INFINITY : 0.0f,
          high = activation == IDC_ACT_RELU6 ? 6.0f : INFINITY;
    int64_t step = IDC_GRAIN / n + 1, chunks = idc_chunks(rows, step);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        scale_rows(y + c * step * n, x + c * step * n, scale, idc_min64(step, rows - c * step), n,
                   low, high);
    return 0;
}

struct back {
    const float *g, *y, *x, *mean, *r;
    int64_t n;
    float low, high; /* the gradient passes where low < y < high */
};

/* sums: Σ g and Σ g (x − mean) r of a chunk's rows */
IDC_CLONES static void chunk_sums(float *sums, const struct back *b, int64_t from, int64_t to)
{
    int64_t n = b->n;
    float *by = sums + n, low = b->low, high = b->high;
    const float *mean = b->mean, *rr = b->r;
    for (int64_t row = from; row < to; row++) {
        const float *g = b->g + row * n, *y = b->y + row * n, *x = b->x + row * n;
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            float v = y[i] > low && y[i] < high ? g[i] : 0.0f;
            sums[i] += v;
            by[i] += v * ((x[i] - mean[i]) * rr[i]);
        }
    }
}

/* dx = gain r (g − a − x̂ b), a and b the means of g and g x̂ (0 with running statistics); terms:
 * gain r, a, b */
IDC_CLONES static void chunk_back(float *gx, const struct back *b, const float *terms, int64_t from,
                                  int64_t to)
{
    int64_t n = b->n;
    float low = b->low, high = b->high;
    const float *mean = b->mean, *rr = b->r, *scale = terms, *first = terms + n,
                *second = terms + 2 * n;
    for (int64_t row = from; row < to; row++) {
        const float *g = b->g + row * n, *y = b->y + row * n, *x = b->x + row * n;
        float *to_x = gx + row * n;
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            float v = y[i] > low && y[i] < high ? g[i] : 0.0f;
            to_x[i] += scale[i] * (v - first[i] - (x[i] - mean[i]) * rr[i] * second[i]);
        }
    }
}

/* Sums over all rows into total [2n], chunk by chunk. */
static int back_sums(const idc_call *call, double *total, const struct back *b, int64_t rows)
{
    int64_t n = b->n, step = IDC_GRAIN / n + 1, chunks = idc_chunks(rows, step);
    float *part = idc_cpu_floats(call, IDC_SLOT_A, chunks * 2 * n);
    if (!part)
        return IDC_E_MEMORY;
    memset(part, 0, (size_t)(chunks * 2 * n) * sizeof(float));
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        chunk_sums(part + c * 2 * n, b, c * step, idc_min64(rows, (c + 1) * step));
    for (int64_t i = 0; i < 2 * n; i++) {
        total[i] = 0;
        for (int64_t c = 0; c < chunks; c++)
            total[i] += part[c * 2 * n + i];
    }
    return 0;
}

static void add_doubles(float *y, const double *x, int64_t n)
{
    for (int64_t i = 0; y && i < n; i++)
        y[i] += (float)x[i];
}

int idc_cpu_batch_norm_back(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const idc_batch_norm_spec *spec = &call->attr.batch_norm;
    const float *saved = call->saved;
    struct back b = {.g = call->out->grad,
                     .y = idc_f32(call->out),
                     .x = idc_f32(call->in[0]),
                     .mean = saved,
                     .r = saved + n,
                     .n = n,
                     .low = spec->activation == IDC_ACT_NONE ? -INFINITY : 0.0f,
                     .high = spec->activation == IDC_ACT_RELU6 ? 6.0f : INFINITY};
    double *total = idc_cpu_scratch(call, IDC_SLOT_B, (size_t)n * 2 * sizeof(double));
    float *terms = idc_cpu_floats(call, IDC_SLOT_C, 3 * n);
    if (!total || !terms || back_sums(call, total, &b, rows) < 0)
        return idc_cpu_no_memory(err);
    add_doubles(idc_call_grad(call, 2), total, n);
    add_doubles(idc_call_grad(call, 1), total + n, n);
    bool fresh;
    float *gx = idc_call_grad_fresh(call, 0, &fresh);
    double share = spec->batch_statistics ? 1.0 / (double)rows : 0.0;
    for (int64_t i = 0; i < n; i++) {
        terms[i] = idc_f32(call->in[1])[i] * saved[n + i];
        terms[n + i] = (float)(total[i] * share);
        terms[2 * n + i] = (float)(total[n + i] * share);
    }
    int64_t step = IDC_GRAIN / n + 1, chunks = idc_chunks(rows, step);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        int64_t from = c * step, to = idc_min64(rows, from + step);
        if (fresh)
            memset(gx + from * n, 0, (size_t)((to - from) * n) * sizeof(float));
        if (gx)
            chunk_back(gx, &b, terms, from, to);
    }
    return 0;
}
