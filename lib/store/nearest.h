/* nearest.h: the pictures most like one, by the cosine of pooled vectors; exact, every vector is looked at.
 *
 *     idc_nearest n = {.store = s, .variant = v, .most = 10};
 *     idc_nearest_named(&n, "a.jpg", stdout, &err);     // of an item, or of a file whose content the store knows
 *     idc_nearest_record(&n, record, stdout, &err);     // of a feature record
 *
 * Each prints at most `most` lines {"id": …, "near": …, "cosine": …}, best first. Cost: one pass over the vectors, at the
 * speed of memory once they are there; memory O(most).
 */
#ifndef IDC_STORE_NEAREST_H
#define IDC_STORE_NEAREST_H

#include <stdio.h>

#include "store/store.h"
#include "wire/record.h"

typedef struct idc_nearest {
    idc_store *store;
    int64_t variant;
    int most; /* 1 … IDC_NEAREST_MOST */
} idc_nearest;

#define IDC_NEAREST_MOST 10000

/* The picture itself is left out. IDC_E_MISSING: neither an item's name nor a file of a known content. */
int idc_nearest_named(const idc_nearest *n, const char *name, FILE *out, idc_error *err);
/* IDC_E_MISMATCH: of another encoder, or of another length. */
int idc_nearest_record(const idc_nearest *n, const idc_record *r, FILE *out, idc_error *err);

#endif
