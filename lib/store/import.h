/* import.h: data sets in the forms they are given out in, and folders of .npy files, into a store.
 *
 *     idc_import im = {.store = s, .refused = say, .user = tool};
 *     idc_import_run(&im, "levir-cc", "LevirCCcaptions.json", &err);
 *
 * What cannot be taken is named, with the reason, and the rest is taken; counts say how much of each. Doing it again
 * changes nothing. Pictures need not be there: items are named as the set names its files, after `images`, so that
 * idc-store missing lists what is to be encoded. idc_import_layouts has the names.
 */
#ifndef IDC_STORE_IMPORT_H
#define IDC_STORE_IMPORT_H

#include "store/store.h"

typedef struct idc_import {
    idc_store *store;
    const char *images;          /* put before the names of pictures, with a slash; NULL: nothing */
    const char *split;           /* of everything, where the set does not say; may be NULL */
    const char *encoder, *layer; /* npy: what made the features */
    bool channels_first;         /* npy: [c, h, w] */
    void (*refused)(void *user, const idc_error *why);
    void *user;
    uint64_t taken, there;         /* pairs, items with captions or a class, features: new; known */
    uint64_t captions, duplicates; /* sentences: new; those the same pair or item has */
    uint64_t refusals;
    /* for import.c and import_*.c */
    uint64_t steps;
} idc_import;

/* layout: a name of the table in import.c. IDC_E_INVALID: none such, or nothing of the file can be read. */
int idc_import_run(idc_import *im, const char *layout, const char *path, idc_error *err);
/* The names, with blanks between, for messages. */
const char *idc_import_layouts(void);

#endif
