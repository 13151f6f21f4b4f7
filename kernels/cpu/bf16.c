/* bf16.c: products of bf16 copies with sums in f32, by oneDNN's matmul. */
#include <omp.h>

#include "cpu/library.h"

/* Without instructions for bf16 oneDNN would imitate it, at a loss. */
bool idc_cpu_bf16(const idc_call *call)
{
    if (idc_call_precision(call) != IDC_DTYPE_BF16)
        return false;
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    return isa == dnnl_cpu_isa_avx512_core_bf16 || isa == dnnl_cpu_isa_avx512_core_amx;
}

IDC_CLONES static void bf16_span(uint16_t *y, const float *x, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        uint32_t u;
        memcpy(&u, &x[i], sizeof u);
        uint32_t rounded = u + 0x7fffu + (u >> 16 & 1u);
        u = (u & 0x7fffffffu) > 0x7f800000u ? u | 0x400000u : rounded; /* not-a-number stays one */
        y[i] = (uint16_t)(u >> 16);
    }
}

uint16_t *idc_cpu_bf16_copy(const idc_call *call, enum idc_cpu_slot slot, const float *x, int64_t n)
{
    int64_t chunks = idc_chunks(n, IDC_GRAIN);
    uint16_t *y = idc_cpu_scratch(call, slot, (size_t)n * sizeof *y);
    if (!y)
        return NULL;
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (int64_t c = 0; c < chunks; c++)
        bf16_span(y + c * IDC_GRAIN, x + c * IDC_GRAIN, idc_min64(IDC_GRAIN, n - c * IDC_GRAIN));
    return y;
}

enum word { PASS, M, N, K, LDA, LDB, LDC, TRANSPOSE_A, TRANSPOSE_B, ADD, THREADS }; /* of the key */

static dnnl_status_t describe(dnnl_primitive_desc_t *pd, struct idc_library *lib, const int64_t *k,
                              const dnnl_memory_desc_t md[3])
{
    dnnl_matmul_desc_t d;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dnnl_matmul_desc_init(&d, &md[0], &md[1], NULL, &md[2]);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_create(&attr);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (s == dnnl_success)
        s = dnnl_post_ops_create(&ops);
    if (s == dnnl_success && k[ADD])
        s = dnnl_post_ops_append_sum(ops, 1.0f);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_post_ops(attr, ops);
    if (s == dnnl_success)
        s = dnnl_primitive_desc_create(pd, &d, attr, lib->engine, NULL);
    if (ops)
        dnnl_post_ops_destroy(ops);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return s;
}

static int build(struct idc_library *lib, idc_primitive *p, idc_error *err)
{
    static const int arguments[3] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    const int64_t *k = p->key.word;
    dnnl_dims_t dims[3] = {{k[M], k[K]}, {k[K], k[N]}, {k[M], k[N]}};
    dnnl_dims_t steps[3] = {{k[TRANSPOSE_A] ? 1 : k[LDA], k[TRANSPOSE_A] ? k[LDA] : 1},
                            {k[TRANSPOSE_B] ? 1 : k[LDB], k[TRANSPOSE_B] ? k[LDB] : 1},
                            {k[LDC], 1}};
    dnnl_memory_desc_t md[3];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t s = dnnl_success;
    for (int i = 0; s == dnnl_success && i < 3; i++)
        s = dnnl_memory_desc_init_by_strides(&md[i], 2, dims[i], i < 2 ? dnnl_bf16 : dnnl_f32,
                                             steps[i]);
    if (s == dnnl_success)
        s = describe(&pd, lib, k, md);
    if (s != dnnl_success)
        return idc_library_fail(err, "a product", s);
    int rc = idc_primitive_make(lib, p, pd, err);
    for (int i = 0; rc == 0 && i < 3; i++)
        rc = idc_primitive_arg(lib, p, arguments[i], &md[i], err);
    dnnl_primitive_desc_destroy(pd);
    return rc;
}

int idc_cpu_gemm_bf16(const idc_call *call, const idc_gemm *g, uint16_t *const operands[2],
                      float *c, idc_error *err)
{
    idc_key key = {{[PASS] = IDC_OP_linear * 4,
                    [M] = g->m,
                    [N] = g->n,
                    [K] = g->k,
                    [LDA] = g->lda,
                    [LDB] = g->ldb,
                    [LDC] = g->ldc,
                    [TRANSPOSE_A] = g->transpose_a,
                    [TRANSPOSE_B] = g->transpose_b,
                    [ADD] = g->beta > 0,
                    [THREADS] = omp_get_max_threads()}};
    if (!operands[0] || !operands[1])
        return idc_cpu_no_memory(err);
    idc_primitive *p = idc_primitive_get(call, &key, build, err);
    void *data[] = {operands[0], operands[1], c};
    return p ? idc_primitive_run(call, p, data, err) : IDC_E_UNSUPPORTED;
}
