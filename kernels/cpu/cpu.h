/* cpu.h: what the CPU's kernels share. Private to kernels/cpu.
 *
 * A kernel file holds a family of operators: `idc_cpu_NAME` (forward) and `idc_cpu_NAME_back` for
 * each, listed in ops.c. Threads are OpenMP's, inside an operator. Work is cut into chunks whose
 * number depends on the shape alone, and sums are taken chunk by chunk in order, so that results do
 * not depend on the number of threads.
 *
 * An OpenMP region's body is a function of its own, which target_clones does not reach: loops over
 * elements are therefore IDC_CLONES functions called from inside the region.
 */
#ifndef IDC_CPU_CPU_H
#define IDC_CPU_CPU_H

#include <string.h>

#include "base/simd.h"
#include "tensor/device.h"

/* Elements below which a second thread costs more than it brings. */
#define IDC_GRAIN 16384

#define X(name)                                                                                    \
    int idc_cpu_##name(idc_call *call, idc_error *err);                                            \
    int idc_cpu_##name##_back(idc_call *call, idc_error *err);
IDC_OP_LIST(X)
#undef X

/* ---- state of a tape (state.c) ---- */
int idc_cpu_open(void **state, idc_error *err);
void idc_cpu_close(void **state);
/* Scratch that lives until the end of the kernel; slots are separate buffers that grow and stay.
 * NULL: no memory. */
enum idc_cpu_slot {
    IDC_SLOT_LIBRARY,
    IDC_SLOT_A,
    IDC_SLOT_B,
    IDC_SLOT_C,
    IDC_SLOT_D,
    IDC_SLOT_SOURCE,
    IDC_SLOT_GRADIENT,
    IDC_SLOT_WEIGHTS,
    IDC_SLOT_COUNT
};
void *idc_cpu_scratch(const idc_call *call, enum idc_cpu_slot slot, size_t bytes);
static inline float *idc_cpu_floats(const idc_call *call, enum idc_cpu_slot slot, int64_t n)
{
    return idc_cpu_scratch(call, slot, (size_t)n * sizeof(float));
}
int idc_cpu_no_memory(idc_error *err);

/* ---- matrix products (gemm.c) ---- */
/* C[M,N] = alpha · op(A) op(B) + beta · C, rows of C ldc apart and so on. */
typedef struct idc_gemm {
    bool transpose_a, transpose_b;
    int64_t m, n, k, lda, ldb, ldc;
    float alpha, beta;
} idc_gemm;
int idc_cpu_gemm(const idc_gemm *g, const float *a, const float *b, float *c);
int idc_cpu_gemm_failed(idc_error *err); /* fills err, returns its code */

/* ---- bf16 (bf16.c) ---- */
/* The tape asks for bf16 and the processor has instructions for it. */
bool idc_cpu_bf16(const idc_call *call);
/* x rounded to the nearest bf16, ties to even, in the slot; NULL: no memory. */
uint16_t *idc_cpu_bf16_copy(const idc_call *call, enum idc_cpu_slot slot, const float *x,
                            int64_t n);
/* As idc_cpu_gemm, of bf16 matrices, sums in f32; alpha must be 1, beta 0 or 1. */
int idc_cpu_gemm_bf16(const idc_call *call, const idc_gemm *g, uint16_t *const operands[2],
                      float *c, idc_error *err);

/* ---- vectors (vectors.c) ---- */
void idc_cpu_add_to(float *y, const float *x, int64_t n); /* y += x, with threads */
void idc_cpu_write_or_add(float *y, const float *x, int64_t n, bool write);
/* out[c] += Σ over rows of x[row][c], rows in a fixed order; uses slot D. */
int idc_cpu_sum_rows(const idc_call *call, float *out, const float *x, int64_t rows,
                     int64_t columns);
void idc_cpu_activation(float *y, int64_t n, enum idc_activation activation); /* in place */
/* The gradient before a fused activation: out's gradient where the activation let it through. */
void idc_cpu_activation_back(float *into, const idc_call *call, enum idc_activation activation);

static inline int64_t idc_min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Chunks of `size` that cover n. */
static inline int64_t idc_chunks(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

#endif
