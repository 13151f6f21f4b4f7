/* random.h: counter-based random numbers (Philox4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). The same (seed, stream, index) gives the same numbers on every machine, in any order, with any number of
 * threads: nothing is shared and nothing has to be saved.
 *
 *     idc_random r = idc_random_at(seed, step, item);
 *     double u = idc_random_unit(&r);          // [0, 1)
 *     uint32_t k = idc_random_below(&r, 10);   // 0 … 9, unbiased
 */
#ifndef IDC_BASE_RANDOM_H
#define IDC_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct idc_random {
    uint32_t key[2], counter[4], out[4];
    int left; /* words of `out` not used yet */
} idc_random;

/* A generator of its own for each (seed, stream, index). */
idc_random idc_random_at(uint64_t seed, uint64_t stream, uint32_t index);
uint32_t idc_random_u32(idc_random *r);
double idc_random_unit(idc_random *r);                           /* [0, 1), 53 bits */
double idc_random_range(idc_random *r, double low, double high); /* [low, high) */
double idc_random_normal(idc_random *r); /* mean 0, deviation 1 (Box and Muller 1958) */
uint32_t idc_random_below(idc_random *r, uint32_t n); /* 0 … n−1; n ≥ 1 */
/* Fisher-Yates over n values. */
void idc_random_shuffle(idc_random *r, uint32_t *values, size_t n);

#endif
