/* elementwise.c: operators of one input, element by element. */
#include "base/random.h"
#include "cpu/cpu.h"
#include "cpu/vector_math.h"

typedef void (*forward_span)(float *y, const float *x, int64_t n, float k);
/* gx += derivative · g; v is x or y, as the operator likes. */
typedef void (*backward_span)(float *gx, const float *g, const float *v, int64_t n, float k);

static int unary(idc_call *call, forward_span span)
{
    int64_t n = idc_tensor_count(call->out), chunks = idc_chunks(n, IDC_GRAIN);
    const float *x = idc_f32(call->in[0]);
    float *y = idc_f32(call->out), k = call->attr.scale.factor;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        int64_t at = c * IDC_GRAIN;
        span(y + at, x + at, idc_min64(IDC_GRAIN, n - at), k);
    }
    return 0;
}

static int unary_back(idc_call *call, backward_span span, const float *v)
{
    bool fresh;
    float *gx = idc_call_grad_fresh(call, 0, &fresh);
    const float *g = call->out->grad;
    float k = call->attr.scale.factor;
    int64_t n = idc_tensor_count(call->out), chunks = idc_chunks(n, IDC_GRAIN);
    if (!gx)
        return 0;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        int64_t at = c * IDC_GRAIN, m = idc_min64(IDC_GRAIN, n - at);
        if (fresh)
            memset(gx + at, 0, (size_t)m * sizeof(float));
        span(gx + at, g + at, v + at, m, k);
    }
    return 0;
}

#define FORWARD(name, expression)                                                                  \
    IDC_CLONES static void name##_span(float *y, const float *x, int64_t n, float k)               \
    {                                                                                              \
        (void)k;                                                                                   \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++) y[i] = (expression);                   \
    }                                                                                              \
    int idc_cpu_##name(idc_call *call, idc_error *err)                                             \
    {                                                                                              \
        (void)err;                                                                                 \
        return unary(call, name##_span);                                                           \
    }

#define BACKWARD(name, of, expression)                                                             \
    IDC_CLONES static void name##_back_span(float *gx, const float *g, const float *v, int64_t n,  \
                                            float k)                                               \
    {                                                                                              \
        (void)k, (void)v;                                                                          \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++) gx[i] += g[i] * (expression);          \
    }                                                                                              \
    int idc_cpu_##name##_back(idc_call *call, idc_error *err)                                      \
    {                                                                                              \
        (void)err;                                                                                 \
        return unary_back(call, name##_back_span, idc_f32(of));                                    \
    }

FORWARD(scale, k *x[i])
BACKWARD(scale, call->in[0], k)

FORWARD(abs, x[i] < 0.0f ? -x[i] : x[i])
BACKWARD(abs, call->in[0], v[i] > 0.0f ? 1.0f : (v[i] < 0.0f ? -1.0f : 0.0f))

FORWARD(relu, x[i] > 0.0f ? x[i] : 0.0f)
BACKWARD(relu, call->out, v[i] > 0.0f ? 1.0f : 0.0f)

FORWARD(sigmoid, 1.0f / (1.0f + idc_exp(-x[i])))
BACKWARD(sigmoid, call->out, v[i] * (1.0f - v[i]))

#define SQRT_HALF 0.70710678f
#define INVERSE_SQRT_TWO_PI 0.39894228f
FORWARD(gelu, 0.5f * x[i] * (1.0f + idc_erf(x[i] * SQRT_HALF)))
BACKWARD(gelu, call->in[0],
         0.5f * (1.0f + idc_erf(v[i] * SQRT_HALF)) +
             v[i] * INVERSE_SQRT_TWO_PI * idc_exp(-0.5f * v[i] * v[i]))

/* ---- dropout: whether each element is kept is saved as a byte ---- */

static void dropout_mask(uint8_t *keep, int64_t start, int64_t n, const idc_call *call)
{
    uint32_t limit = (uint32_t)((double)call->attr.dropout.p * 4294967296.0);
    for (int64_t i = 0; i < n; i += 4) {
        idc_random r = idc_random_at(call->attr.dropout.seed, call->attr.dropout.stream,
                                     (uint32_t)((start + i) / 4));
        for (int64_t j = i; j < idc_min64(i + 4, n); j++)
            keep[j] = idc_random_u32(&r) >= limit;
    }
}

IDC_CLONES static void dropout_span(float *y, const float *x, const uint8_t *keep, int64_t n,
                                    float k)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = keep[i] ? k * x[i] : 0.0f;
}

IDC_CLONES static void dropout_back_span(float *gx, const float *g, const uint8_t *keep, int64_t n,
                                         float k)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        gx[i] += keep[i] ? k * g[i] : 0.0f;
}

int idc_cpu_dropout(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_count(call->out), chunks = idc_chunks(n, IDC_GRAIN);
    float k = 1.0f / (1.0f - call->attr.dropout.p);
    uint8_t *keep = idc_call_save(call, (size_t)n);
    const float *x = idc_f32(call->in[0]);
    float *y = idc_f32(call->out);
    if (!keep)
        return idc_cpu_no_memory(err);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        int64_t at = c * IDC_GRAIN, m = idc_min64(IDC_GRAIN, n - at);
        dropout_mask(keep + at, at, m, call);
        dropout_span(y + at, x + at, keep + at, m, k);
    }
    return 0;
}

int idc_cpu_dropout_back(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_count(call->out), chunks = idc_chunks(n, IDC_GRAIN);
    float k = 1.0f / (1.0f - call->attr.dropout.p), *gx = idc_call_grad(call, 0);
    const uint8_t *keep = call->saved;
    (void)err;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        int64_t at = c * IDC_GRAIN;
        dropout_back_span(gx + at, call->out->grad + at, keep + at, idc_min64(IDC_GRAIN, n - at),
                          k);
    }
    return 0;
}
