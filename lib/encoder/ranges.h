/* ranges.h: the ranges of an encoder's values, measured on given pictures: what int8 needs to choose its scales.
 *
 *     idc_ranges *r;
 *     idc_ranges_new(&r, enc, &err);
 *     idc_ranges_add(r, picture, &err);                        // u8 [h,w,3]; some dozens
 *     idc_ranges_write(r, "ranges.safetensors", fingerprint, &err);
 *     idc_ranges_free(&r);
 *
 *     idc_ranges_table t;
 *     idc_ranges_read(&t, "ranges.safetensors", fingerprint, &err);
 *     free(t.values);
 *
 * Each value has a histogram of magnitudes, whose bins double in width when a larger number comes. Its range ends where
 * the expected squared error is least: a number below the end c errs by rounding, (c / levels)² / 12, one beyond by
 * what is cut off, (x − c)². File: safetensors, tensor "ranges" f32 [values,2], metadata "encoder" and "pictures".
 */
#ifndef IDC_ENCODER_RANGES_H
#define IDC_ENCODER_RANGES_H

#include "encoder/encoder.h"

typedef struct idc_ranges idc_ranges;

int idc_ranges_new(idc_ranges **r, idc_encoder *enc, idc_error *err);
void idc_ranges_free(idc_ranges **r);
/* IDC_E_UNSUPPORTED where the encoder cannot be compiled (the small CNN); IDC_E_NUMERIC for a value that is not finite: the
 * picture then counts for nothing. */
int idc_ranges_add(idc_ranges *r, const unsigned char *picture, idc_error *err);
int64_t idc_ranges_pictures(const idc_ranges *r);
typedef struct idc_ranges_table {
    int n;
    float *values; /* low and high of each value; the caller frees it */
} idc_ranges_table;
/* IDC_E_MISSING without a picture. */
int idc_ranges_choose(const idc_ranges *r, idc_ranges_table *t, idc_error *err);
/* fingerprint: of the encoder in f32. */
int idc_ranges_write(const idc_ranges *r, const char *path, const char *fingerprint,
                     idc_error *err);

/* IDC_E_INVALID: not such a file; IDC_E_MISMATCH: another encoder's. */
int idc_ranges_read(idc_ranges_table *t, const char *path, const char *fingerprint, idc_error *err);

#endif
