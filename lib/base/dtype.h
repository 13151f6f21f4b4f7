/* dtype.h: the element types of tensors on the wire, in files and in memory. */
#ifndef IDC_BASE_DTYPE_H
#define IDC_BASE_DTYPE_H

#include <stddef.h>
#include <stdint.h>

typedef enum idc_dtype {
    IDC_DTYPE_F32,
    IDC_DTYPE_F16,
    IDC_DTYPE_BF16,
    IDC_DTYPE_U8,
    IDC_DTYPE_I8,
    IDC_DTYPE_I32,
    IDC_DTYPE_I64,
    IDC_DTYPE_COUNT
} idc_dtype;

#define IDC_MAX_DIMS 5

/* Bytes of one element; 0 for a value that is no dtype. */
size_t idc_dtype_size(idc_dtype dtype);
/* numpy's name ("<f4", "|u1", …; NULL for bf16, which numpy lacks) and safetensors' name ("F32", "BF16", …). */
const char *idc_dtype_numpy(idc_dtype dtype);
const char *idc_dtype_safetensors(idc_dtype dtype);
/* The other way round; −1 when the name is none of ours. */
int idc_dtype_from_numpy(const char *name, size_t length);
int idc_dtype_from_safetensors(const char *name);

/* IEEE 754 binary16 and bfloat16, round to nearest even; n elements. f32 beyond f16's range becomes infinite. */
void idc_f16_to_f32(float *out, const uint16_t *in, size_t n);
void idc_f32_to_f16(uint16_t *out, const float *in, size_t n);
void idc_bf16_to_f32(float *out, const uint16_t *in, size_t n);
void idc_f32_to_bf16(uint16_t *out, const float *in, size_t n);

#endif
