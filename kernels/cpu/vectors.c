#include "cpu/cpu.h"

IDC_CLONES static void add_span(float *y, const float *x, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

void idc_cpu_add_to(float *y, const float *x, int64_t n)
{
    int64_t chunks = idc_chunks(n, IDC_GRAIN);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        add_span(y + c * IDC_GRAIN, x + c * IDC_GRAIN, idc_min64(IDC_GRAIN, n - c * IDC_GRAIN));
}

void idc_cpu_write_or_add(float *y, const float *x, int64_t n, bool write)
{
    if (write)
        memcpy(y, x, (size_t)n * sizeof(float));
    else
        idc_cpu_add_to(y, x, n);
}

/* Rows are summed by chunks of about IDC_GRAIN elements into partial sums, and those in order. */
int idc_cpu_sum_rows(const idc_call *call, float *out, const float *x, int64_t rows,
                     int64_t columns)
{
    int64_t step = IDC_GRAIN / columns > 0 ? IDC_GRAIN / columns : 1,
            chunks = idc_chunks(rows, step);
    float *partial = idc_cpu_floats(call, IDC_SLOT_D, chunks * columns);
    if (!partial)
        return IDC_E_MEMORY;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        float *p = partial + c * columns;
        memset(p, 0, (size_t)columns * sizeof(float));
        for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++)
            add_span(p, x + r * columns, columns);
    }
    for (int64_t c = 0; c < chunks; c++)
        add_span(out, partial + c * columns, columns);
    return 0;
}

IDC_CLONES static void relu_span(float *y, int64_t n, float top)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float v = y[i] > 0.0f ? y[i] : 0.0f;
        y[i] = v < top ? v : top;
    }
}

static float top_of(enum idc_activation activation)
{
    return activation == IDC_ACT_RELU6 ? 6.0f : __builtin_inff();
}

void idc_cpu_activation(float *y, int64_t n, enum idc_activation activation)
{
    int64_t chunks = idc_chunks(n, IDC_GRAIN);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        relu_span(y + c * IDC_GRAIN, idc_min64(IDC_GRAIN, n - c * IDC_GRAIN), top_of(activation));
}

IDC_CLONES static void relu_back_span(float *into, const float *g, const float *y, int64_t n,
                                      float top)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        into[i] = y[i] > 0.0f && y[i] < top ? g[i] : 0.0f;
}

void idc_cpu_activation_back(float *into, const idc_call *call, enum idc_activation activation)
{
    int64_t n = idc_tensor_count(call->out), chunks = idc_chunks(n, IDC_GRAIN);
    const float *g = call->out->grad, *y = idc_f32(call->out);
    float top = top_of(activation);
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++) {
        int64_t at = c * IDC_GRAIN;
        relu_back_span(into + at, g + at, y + at, idc_min64(IDC_GRAIN, n - at), top);
    }
}
