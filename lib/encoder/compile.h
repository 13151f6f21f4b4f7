/* compile.h: an encoder compiled for a precision: what idc-encode runs.
 *
 *     idc_compiled *c;
 *     idc_compile(&c, enc, &(idc_compile_options){IDC_DTYPE_BF16, 8, NULL}, &err);
 *     idc_compiled_run(c, pictures, N, features, &err);     // u8 [h,w,3] each → f32 [N,h,w,F]
 *
 * The weights are those of the moment of idc_compile; later changes are not seen. Threads as OpenMP had them then.
 */
#ifndef IDC_ENCODER_COMPILE_H
#define IDC_ENCODER_COMPILE_H

#include "encoder/encoder.h"

typedef struct idc_compiled idc_compiled;

typedef struct idc_compile_options {
    idc_dtype precision; /* F32, BF16 or I8 */
    int batch; /* the most pictures that a thread takes at once: 1 … 64; 0: a good number */
    const float *ranges; /* I8: low and high of each value, from idc_ranges_read */
    int n_ranges;        /* values */
} idc_compile_options;

/* IDC_E_UNSUPPORTED: the family has operators that no plan knows (the small CNN), or the processor lacks the instructions. */
int idc_compile(idc_compiled **c, idc_encoder *enc, const idc_compile_options *options,
                idc_error *err);
void idc_compiled_free(idc_compiled **c);
int idc_compiled_run(idc_compiled *c, const unsigned char *const *pictures, int64_t n,
                     float *features, idc_error *err);

#endif
