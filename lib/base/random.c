#include "base/random.h"

#include <math.h>

static void philox(idc_random *r)
{
    uint32_t c0 = r->counter[0], c1 = r->counter[1], c2 = r->counter[2], c3 = r->counter[3];
    uint32_t k0 = r->key[0], k1 = r->key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0, n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    r->out[0] = c0;
    r->out[1] = c1;
    r->out[2] = c2;
    r->out[3] = c3;
    r->left = 4;
    r->counter[0]++;
}

idc_random idc_random_at(uint64_t seed, uint64_t stream, uint32_t index)
{
    idc_random r = {.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
                    .counter = {0, index, (uint32_t)stream, (uint32_t)(stream >> 32)}};
    return r;
}

uint32_t idc_random_u32(idc_random *r)
{
    if (r->left == 0)
        philox(r);
    return r->out[--r->left];
}

double idc_random_unit(idc_random *r)
{
    uint64_t hi = idc_random_u32(r) >> 5, lo = idc_random_u32(r) >> 6;
    return (double)(hi * 67108864u + lo) / 9007199254740992.0;
}

double idc_random_range(idc_random *r, double low, double high)
{
    return low + (high - low) * idc_random_unit(r);
}

double idc_random_normal(idc_random *r)
{
    double u = 1.0 - idc_random_unit(r), v = idc_random_unit(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

uint32_t idc_random_below(idc_random *r, uint32_t n)
{
    uint32_t limit = -n % n; /* (2^32 − n) mod n: values below it would be too frequent */
    uint32_t x;
    do
        x = idc_random_u32(r);
    while (x < limit);
    return x % n;
}

void idc_random_shuffle(idc_random *r, uint32_t *values, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        uint32_t j = idc_random_below(r, (uint32_t)i);
        uint32_t t = values[i - 1];
        values[i - 1] = values[j];
        values[j] = t;
    }
}
