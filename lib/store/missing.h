/* missing.h: which files are still to be encoded.
 *
 *     idc_missing m = {.store = s, .variant = v, .line = print, .user = &job};
 *     idc_missing_files(&m, source, &err);      // of these files
 *     idc_missing_items(&m, &err);              // of the items in the store
 *
 * A file is known by its name while its size and time are those of the day it was hashed, else by its content: a known
 * picture under a new name gets that name, and is not encoded again.
 */
#ifndef IDC_STORE_MISSING_H
#define IDC_STORE_MISSING_H

#include "image/source.h"
#include "store/store.h"

typedef struct idc_missing {
    idc_store *store; /* opened to write */
    int64_t variant;  /* 0: no feature is there */
    int (*line)(void *user, const char *name, idc_error *err);
    void *user;
    uint64_t asked, found; /* counted: files or items looked at, and lines */
} idc_missing;

int idc_missing_files(idc_missing *m, idc_source *source, idc_error *err);
int idc_missing_items(idc_missing *m, idc_error *err);

#endif
