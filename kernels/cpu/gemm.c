/* gemm.c: products of matrices by oneDNN's sgemm. */
#include <dnnl.h>

#include "cpu/cpu.h"

int idc_cpu_gemm(const idc_gemm *g, const float *a, const float *b, float *c)
{
    dnnl_status_t s = dnnl_sgemm(g->transpose_a ? 'T' : 'N', g->transpose_b ? 'T' : 'N', g->m, g->n,
                                 g->k, g->alpha, a, g->lda, b, g->ldb, g->beta, c, g->ldc);
    return s == dnnl_success ? 0 : IDC_E_UNSUPPORTED;
}

int idc_cpu_gemm_failed(idc_error *err)
{
    return idc_fail(err, IDC_E_UNSUPPORTED, "oneDNN's matrix product failed");
}

int idc_cpu_matmul(idc_call *call, idc_error *err)
{
    const idc_tensor *a = call->in[0], *b = call->in[1], *y = call->out;
    int64_t m = y->shape[1], n = y->shape[2], k = a->shape[2];
    int64_t step_a = a->shape[0] > 1 ? m * k : 0, step_b = b->shape[0] > 1 ? k * n : 0;
    idc_gemm g = {.transpose_b = call->attr.matmul.transpose_b,
                  .m = m,
                  .n = n,
                  .k = k,
                  .lda = k,
                  .ldc = n,
                  .ldb = call->attr.matmul.transpose_b ? k : n,
                  .alpha = 1.0f};
    for (int64_t i = 0; i < y->shape[0]; i++)
        if (idc_cpu_gemm(&g, idc_f32(a) + i * step_a, idc_f32(b) + i * step_b,
                         idc_f32(y) + i * m * n) < 0)
            return idc_cpu_gemm_failed(err);
    return 0;
}

/* dA = dY B' and dB = A' dY (or dY' A when B came transposed); items that share an operand add up
 * in order. */
int idc_cpu_matmul_back(idc_call *call, idc_error *err)
{
    const idc_tensor *a = call->in[0], *b = call->in[1], *y = call->out;
    int64_t m = y->shape[1], n = y->shape[2], k = a->shape[2];
    int64_t step_a = a->shape[0] > 1 ? m * k : 0, step_b = b->shape[0] > 1 ? k * n : 0;
    bool tb = call->attr.matmul.transpose_b;
    float *ga = idc_call_grad(call, 0), *gb = idc_call_grad(call, 1);
    idc_gemm for_a = {.transpose_b = !tb,
                      .m = m,
                      .n = k,
                      .k = n,
                      .lda = n,
                      .ldb = tb ? k : n,
                      .ldc = k,
                      .alpha = 1.0f,
                      .beta = 1.0f};
    idc_gemm for_b = {.transpose_a = true,
                      .m = k,
                      .n = n,
                      .k = m,
                      .lda = k,
                      .ldb = n,
                      .ldc = n,
                      .alpha = 1.0f,
                      .beta = 1.0f};
    idc_gemm for_bt = {.transpose_a = true,
                       .m = n,
                       .n = k,
                       .k = m,
                       .lda = n,
                       .ldb = k,
                       .ldc = k,
                       .alpha = 1.0f,
                       .beta = 1.0f};
    for (int64_t i = 0; i < y->shape[0]; i++) {
        const float *gy = y->grad + i * m * n, *ai = idc_f32(a) + i * step_a,
                    *bi = idc_f32(b) + i * step_b;
        int rc = 0;
        if (ga)
            rc |= idc_cpu_gemm(&for_a, gy, bi, ga + i * step_a);
        if (gb)
            rc |= tb ? idc_cpu_gemm(&for_bt, gy, ai, gb + i * step_b)
                     : idc_cpu_gemm(&for_b, ai, gy, gb + i * step_b);
        if (rc < 0)
            return idc_cpu_gemm_failed(err);
    }
    return 0;
}
