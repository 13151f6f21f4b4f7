/* elementwise.c: operators of one input, element by element. */
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

#define LANES 16
#define BLOCK (LANES * 8) /* elements that a block of lanes decides, 16 bits each */

/* Block number `block` of the mask: Philox4x32-10 (Salmon et al. 2011) in LANES lanes, key = seed, counter = (lane's
 * number, 'drop', stream). An element is kept where its 16 bits are at least `limit`. */
IDC_CLONES static void dropout_block(uint8_t *keep, uint32_t block, uint64_t seed, uint64_t stream,
                                     uint32_t limit)
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (uint32_t i = 0; i < LANES; i++) {
        c0[i] = block * LANES + i;
        c1[i] = 0x64726f70u;
        c2[i] = (uint32_t)stream;
        c3[i] = (uint32_t)(stream >> 32);
    }
    for (int round = 0; round < 10; round++) {
#pragma omp simd
        for (int i = 0; i < LANES; i++) {
            uint64_t a = (uint64_t)0xD2511F53u * c0[i], b = (uint64_t)0xCD9E8D57u * c2[i];
            c0[i] = (uint32_t)(b >> 32) ^ c1[i] ^ k0;
            c2[i] = (uint32_t)(a >> 32) ^ c3[i] ^ k1;
            c1[i] = (uint32_t)b;
            c3[i] = (uint32_t)a;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    const uint32_t *words[4] = {c0, c1, c2, c3};
    for (int w = 0; w < 4; w++) {
#pragma omp simd
        for (int i = 0; i < LANES; i++) {
            keep[w * 2 * LANES + i] = (words[w][i] & 0xffffu) >= limit;
            keep[(w * 2 + 1) * LANES + i] = words[w][i] >> 16 >= limit;
        }
    }
}

/* n elements from `start`, a multiple of BLOCK. */
static void dropout_mask(uint8_t *keep, int64_t start, int64_t n, const idc_call *call)
{
    uint32_t limit = (uint32_t)(call->attr.dropout.p * 65536.0f + 0.5f);
    uint8_t last[BLOCK];
    for (int64_t i = 0; i < n; i += BLOCK) {
        uint8_t *to = n - i < BLOCK ? last : keep + i;
        dropout_block(to, (uint32_t)((start + i) / BLOCK), call->attr.dropout.seed,
                      call->attr.dropout.stream, limit);
        if (to == last)
            memcpy(keep + i, last, (size_t)(n - i));
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
