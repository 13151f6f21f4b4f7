/* precision.h: which arithmetic an encoder runs in, by name, and what its features are called then.
 *
 *     idc_precision p;
 *     idc_precision_open(&p, enc, &(idc_precision_choice){"auto", NULL}, fingerprint, &err);
 *     … p.compiled … p.name … p.fingerprint …
 *     idc_precision_close(&p);
 *
 * f32 is exact but for the order of sums. bf16 and int8 give slightly other features, so that these have a fingerprint of
 * their own, XXH3-128 over the encoder's, the name and, for int8, the ranges: a store keeps them apart.
 */
#ifndef IDC_ENCODER_PRECISION_H
#define IDC_ENCODER_PRECISION_H

#include "encoder/compile.h"

typedef struct idc_precision_choice {
    const char *name; /* "f32", "bf16", "int8", "auto" */
    const char *
        calibrate; /* int8: a folder of pictures to measure ranges on, or idc_ranges_write's file; or NULL */
} idc_precision_choice;

typedef struct idc_precision {
    const char *name;       /* what is used: never "auto" */
    idc_compiled *compiled; /* NULL: the encoder runs on a tape, in f32 */
    char fingerprint[33];
} idc_precision;

bool idc_precision_known(const char *name);
/* auto: int8 where ranges are given, else bf16, else f32: the first that this processor and the encoder's family have.
 * fingerprint: the encoder's. IDC_E_UNSUPPORTED where a precision asked for by name cannot be had, IDC_E_MISSING for int8
 * without ranges. */
int idc_precision_open(idc_precision *p, idc_encoder *enc, const idc_precision_choice *choice,
                       const char *fingerprint, idc_error *err);
void idc_precision_close(idc_precision *p);

/* Measures the ranges of enc's values on all pictures of a folder, prepared as idc-decode does, into a file. */
int idc_precision_calibrate(idc_encoder *enc, const char *folder, const char *fingerprint,
                            const char *file, idc_error *err);

#endif
