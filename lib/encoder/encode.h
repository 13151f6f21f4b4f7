/* encode.h: image records to feature records, one at a time or several at once.
 *
 *     idc_encode *e;
 *     idc_encode_new(&e, &(idc_encode_options){enc, fingerprint, IDC_DTYPE_F32, 1, 0}, &err);
 *     idc_encode_add(e, record, pump, &err);      // for each record, any kind
 *     idc_encode_flush(e, pump, &err);            // what is gathered
 *
 * An image record becomes a feature record: `feature` [h,w,c] and `pooled` f32 [c], its mean over the cells, `encoder` (the
 * fingerprint), `layer` and, where it is not f32, `precision` take the place of `image`; every other field stays. Other records pass through. The order
 * of records is kept, also among those that are gathered.
 */
#ifndef IDC_ENCODER_ENCODE_H
#define IDC_ENCODER_ENCODE_H

#include "encoder/classify.h"
#include "encoder/compile.h"
#include "wire/pump.h"

typedef struct idc_encode idc_encode;

#define IDC_ENCODE_MAX_BATCH 256

typedef struct idc_encode_options {
    idc_encoder *encoder;    /* the caller's */
    idc_compiled *compiled;  /* the same in a precision, the caller's; NULL: in f32 as it is */
    const char *precision;   /* its name, for the field `precision`; NULL or "f32": none */
    const char *fingerprint; /* copied */
    idc_classifier *
        classifier; /* NULL, or: `classes` (classify.h) takes the place of `image`, and no features */
    idc_dtype dtype; /* of `feature`: f32 or f16 */
    int batch;       /* pictures computed at once: 1 … IDC_ENCODE_MAX_BATCH */
    int max_wait;    /* milliseconds that a record may lie gathered */
} idc_encode_options;

int idc_encode_new(idc_encode **e, const idc_encode_options *options, idc_error *err);
void idc_encode_free(idc_encode **e);

/* out NULL: nothing is sent, r is what it has become (with batch 1).
 * Takes a record: sends it on at once when batch is 1, else keeps a copy until the batch is full. Fails, for this item,
 * where the picture is not u8 [h,w,3] of the encoder's size, naming the remedy. */
int idc_encode_add(idc_encode *e, idc_record *r, idc_pump *out, idc_error *err);
/* Milliseconds until the oldest gathered record must go; −1: none is gathered. */
int idc_encode_wait(const idc_encode *e);
/* Computes and sends what is gathered. A value that is not finite, or beyond f16 where that is wanted, makes an error
 * record. */
int idc_encode_flush(idc_encode *e, idc_pump *out, idc_error *err);

#endif
