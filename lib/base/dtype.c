#include "base/dtype.h"

#include <string.h>

#include "base/simd.h"

static const struct {
    size_t size;
    const char *numpy, *safetensors;
} table[IDC_DTYPE_COUNT] = {
    [IDC_DTYPE_F32] = {4, "<f4", "F32"},  [IDC_DTYPE_F16] = {2, "<f2", "F16"},
    [IDC_DTYPE_BF16] = {2, NULL, "BF16"}, [IDC_DTYPE_U8] = {1, "|u1", "U8"},
    [IDC_DTYPE_I8] = {1, "|i1", "I8"},    [IDC_DTYPE_I32] = {4, "<i4", "I32"},
    [IDC_DTYPE_I64] = {8, "<i8", "I64"},
};

size_t idc_dtype_size(idc_dtype dtype)
{
    return (unsigned)dtype < IDC_DTYPE_COUNT ? table[dtype].size : 0;
}

const char *idc_dtype_numpy(idc_dtype dtype)
{
    return (unsigned)dtype < IDC_DTYPE_COUNT ? table[dtype].numpy : NULL;
}

const char *idc_dtype_safetensors(idc_dtype dtype)
{
    return (unsigned)dtype < IDC_DTYPE_COUNT ? table[dtype].safetensors : NULL;
}

int idc_dtype_from_numpy(const char *name, size_t length)
{
    for (int i = 0; i < IDC_DTYPE_COUNT; i++)
        if (table[i].numpy && strlen(table[i].numpy) == length &&
            memcmp(table[i].numpy, name, length) == 0)
            return i;
    return -1;
}

int idc_dtype_from_safetensors(const char *name)
{
    for (int i = 0; i < IDC_DTYPE_COUNT; i++)
        if (strcmp(table[i].safetensors, name) == 0)
            return i;
    return -1;
}

IDC_INLINE float from_bits(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

IDC_INLINE uint32_t to_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

IDC_CLONES void idc_f16_to_f32(float *out, const uint16_t *in, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        uint32_t h = in[i], sign = (h & 0x8000u) << 16, body = h & 0x7fffu;
        /* the multiplication also makes subnormals right: 2^112 moves the exponent's bias */
        uint32_t finite = to_bits(from_bits(body << 13) * 0x1p112f);
        uint32_t other = 0x7f800000u | (body & 0x3ffu) << 13; /* infinite or not a number */
        out[i] = from_bits(sign | (body >= 0x7c00u ? other : finite));
    }
}

void idc_f32_to_f16(uint16_t *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t u = to_bits(in[i]), sign = u >> 16 & 0x8000u, body = u & 0x7fffffffu, h;
        if (body > 0x7f800000u)
            h = 0x7e00u;
        else if (body >= 0x477ff000u) /* rounds to 65536 or more */
            h = 0x7c00u;
        else if (body < 0x38800000u) /* subnormal: adding 0.5 puts the rounded bits at the bottom */
            h = to_bits(from_bits(body) + 0.5f) - 0x3f000000u;
        else
            h = (body - 0x38000000u + 0xfffu + (body >> 13 & 1u)) >> 13;
        out[i] = (uint16_t)(sign | h);
    }
}

void idc_bf16_to_f32(float *out, const uint16_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = from_bits((uint32_t)in[i] << 16);
}

void idc_f32_to_bf16(uint16_t *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t u = to_bits(in[i]);
        if ((u & 0x7fffffffu) > 0x7f800000u)
            out[i] = (uint16_t)(u >> 16 | 0x40u);
        else
            out[i] = (uint16_t)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
    }
}
