/* loss.c: losses of one element. Each row's (or element's) term is made by threads, and the terms
 * are summed in order in double precision. saved: the scale 1 / Σw (MEAN) or 1 (SUM); 0 when no row
 * counts. */
#include <math.h>

#include "cpu/cpu.h"

/* The weight of row r; 1 without weights. */
static float weight_of(const idc_call *call, int64_t r)
{
    return call->in[2] ? idc_f32(call->in[2])[r] : 1.0f;
}

static int finish(idc_call *call, const float *terms, int64_t n, double total_weight,
                  idc_error *err)
{
    double sum = 0, scale = 1.0;
    float *saved = idc_call_save(call, sizeof(float));
    if (!saved)
        return idc_cpu_no_memory(err);
    for (int64_t i = 0; i < n; i++)
        sum += (double)terms[i];
    if (call->attr.reduction == IDC_MEAN)
        scale = total_weight > 0 ? 1.0 / total_weight : 0.0;
    *saved = (float)scale;
    idc_f32(call->out)[0] = (float)(sum * scale);
    return 0;
}

/* The gradient of the sum of terms. */
static float scale_of(const idc_call *call)
{
    return *(const float *)call->saved * call->out->grad[0];
}

/* ---- cross entropy: log Σ e^x − x[target] ---- */

static float log_sum_exp(const float *x, int64_t n)
{
    float top = x[0];
    double sum = 0;
    for (int64_t i = 1; i < n; i++)
        top = x[i] > top ? x[i] : top;
    for (int64_t i = 0; i < n; i++)
        sum += (double)expf(x[i] - top);
    return top + (float)log(sum);
}

int idc_cpu_cross_entropy(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *x = idc_f32(call->in[0]);
    const int32_t *target = idc_i32(call->in[1]);
    float *terms = idc_cpu_floats(call, IDC_SLOT_A, rows);
    double total = 0;
    if (!terms)
        return idc_cpu_no_memory(err);
#pragma omp parallel for schedule(static) if (rows * n > IDC_GRAIN)
    for (int64_t r = 0; r < rows; r++)
        terms[r] = target[r] < 0
                       ? 0.0f
                       : weight_of(call, r) * (log_sum_exp(x + r * n, n) - x[r * n + target[r]]);
    for (int64_t r = 0; r < rows; r++)
        total += target[r] < 0 ? 0.0 : (double)weight_of(call, r);
    return finish(call, terms, rows, total, err);
}

/* dx = w (softmax(x) − onehot(target)) */
int idc_cpu_cross_entropy_back(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *x = idc_f32(call->in[0]);
    const int32_t *target = idc_i32(call->in[1]);
    float *gx = idc_call_grad(call, 0), scale = scale_of(call);
    (void)err;
    if (!gx)
        return 0;
#pragma omp parallel for schedule(static) if (rows * n > IDC_GRAIN)
    for (int64_t r = 0; r < rows; r++) {
        if (target[r] < 0)
            continue;
        float k = scale * weight_of(call, r), z = log_sum_exp(x + r * n, n);
        for (int64_t i = r * n; i < (r + 1) * n; i++)
            gx[i] += k * expf(x[i] - z);
        gx[r * n + target[r]] -= k;
    }
    return 0;
}

/* ---- losses by element: the term and its derivative ---- */

/* −y log σ(x) − (1 − y) log(1 − σ(x)) = max(x, 0) − x y + log(1 + e^−|x|) */
static float bce(float x, float y)
{
    return fmaxf(x, 0.0f) - x * y + log1pf(expf(-fabsf(x)));
}

static float bce_slope(float x, float y)
{
    return 1.0f / (1.0f + expf(-x)) - y;
}

static float smooth(float x, float y)
{
    float d = fabsf(x - y);
    return d < 1.0f ? 0.5f * d * d : d - 0.5f;
}

static float smooth_slope(float x, float y)
{
    float d = x - y;
    return fabsf(d) < 1.0f ? d : copysignf(1.0f, d);
}

typedef float (*term)(float x, float y);

static int by_element(idc_call *call, term f, idc_error *err)
{
    int64_t n = idc_tensor_count(call->in[0]);
    const float *x = idc_f32(call->in[0]), *y = idc_f32(call->in[1]);
    float *terms = idc_cpu_floats(call, IDC_SLOT_A, n);
    double total = 0;
    if (!terms)
        return idc_cpu_no_memory(err);
#pragma omp parallel for schedule(static) if (n > IDC_GRAIN)
    for (int64_t i = 0; i < n; i++)
        terms[i] = weight_of(call, i) * f(x[i], y[i]);
    for (int64_t i = 0; i < n; i++)
        total += (double)weight_of(call, i);
    return finish(call, terms, n, total, err);
}

static int by_element_back(idc_call *call, term slope)
{
    int64_t n = idc_tensor_count(call->in[0]);
    const float *x = idc_f32(call->in[0]), *y = idc_f32(call->in[1]);
    float *gx = idc_call_grad(call, 0), scale = scale_of(call);
    if (!gx)
        return 0;
#pragma omp parallel for schedule(static) if (n > IDC_GRAIN)
    for (int64_t i = 0; i < n; i++)
        gx[i] += scale * weight_of(call, i) * slope(x[i], y[i]);
    return 0;
}

int idc_cpu_bce_logits(idc_call *call, idc_error *err)
{
    return by_element(call, bce, err);
}

int idc_cpu_bce_logits_back(idc_call *call, idc_error *err)
{
    (void)err;
    return by_element_back(call, bce_slope);
}

int idc_cpu_smooth_l1(idc_call *call, idc_error *err)
{
    return by_element(call, smooth, err);
}

int idc_cpu_smooth_l1_back(idc_call *call, idc_error *err)
{
    (void)err;
    return by_element_back(call, smooth_slope);
}

/* ---- mass on the right classes: −log(Σ p·target + 1e-9) ---- */

static float mass_of(const float *p, const float *y, int64_t n)
{
    float mass = 1e-9f;
    for (int64_t i = 0; i < n; i++)
        mass += p[i] * y[i];
    return mass;
}

int idc_cpu_mass_loss(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *p = idc_f32(call->in[0]), *y = idc_f32(call->in[1]);
    float *terms = idc_cpu_floats(call, IDC_SLOT_A, rows);
    double total = 0;
    if (!terms)
        return idc_cpu_no_memory(err);
    for (int64_t r = 0; r < rows; r++) {
        terms[r] = -weight_of(call, r) * logf(mass_of(p + r * n, y + r * n, n));
        total += (double)weight_of(call, r);
    }
    return finish(call, terms, rows, total, err);
}

int idc_cpu_mass_loss_back(idc_call *call, idc_error *err)
{
    int64_t n = idc_tensor_dim(call->in[0], -1), rows = idc_tensor_count(call->in[0]) / n;
    const float *p = idc_f32(call->in[0]), *y = idc_f32(call->in[1]);
    float *gp = idc_call_grad(call, 0), scale = scale_of(call);
    (void)err;
    if (!gp)
        return 0;
    for (int64_t r = 0; r < rows; r++) {
        float k = -scale * weight_of(call, r) / mass_of(p + r * n, y + r * n, n);
        for (int64_t i = r * n; i < (r + 1) * n; i++)
            gp[i] += k * y[i];
    }
    return 0;
}

/* ---- a value with its gradients, computed elsewhere ---- */

int idc_cpu_given(idc_call *call, idc_error *err)
{
    (void)err;
    idc_f32(call->out)[0] = call->attr.given.value;
    return 0;
}

int idc_cpu_given_back(idc_call *call, idc_error *err)
{
    (void)err;
    float factor = call->out->grad[0];
    for (int k = 0; k < call->n_in; k++) {
        const float *from = call->attr.given.gradient[k];
        float *to = from ? idc_call_grad(call, k) : NULL;
        int64_t n = to ? idc_tensor_count(call->in[k]) : 0;
        for (int64_t i = 0; i < n; i++)
            to[i] += factor * from[i];
    }
    return 0;
}
