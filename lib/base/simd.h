/* simd.h: vector code without -march flags.
 *
 *     IDC_CLONES void idc_axpy(float *y, const float *x, float a, size_t n)
 *     {
 *     #pragma omp simd
 *         for (size_t i = 0; i < n; i++)
 *             y[i] += a * x[i];
 *     }
 *
 * IDC_CLONES makes the compiler build the function three times on x86-64 (baseline, AVX2 with FMA, AVX-512) and choose
 * once, when the program is loaded, by what the processor has. Elsewhere it is empty. Only the function itself and what
 * is inlined into it are cloned: helpers are `static inline`. -std=c11 keeps gcc from contracting a·b + c, so the clones
 * give equal bits where no reduction is reordered.
 */
#ifndef IDC_BASE_SIMD_H
#define IDC_BASE_SIMD_H

/* Clang before 18 gives the chooser of a static function a global name, so that two files' `dot` collide. */
#if defined(__x86_64__) && defined(__linux__) && (!defined(__clang__) || __clang_major__ >= 18)
#define IDC_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define IDC_CLONES
#endif

/* For helpers inside hot loops: a call that is left in keeps the loop from becoming vector code. */
#define IDC_INLINE static inline __attribute__((always_inline))

#ifdef __clang__
/* Clang warns of every `omp simd` loop that one of the clones cannot vectorise. */
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

#endif
