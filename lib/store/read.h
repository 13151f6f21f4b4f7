/* read.h: records out of a store.
 *
 *     rc = idc_read_feature(store, variant, "a.jpg", &record, &err);   // 1, 0 (it has none), or a code
 *     rc = idc_read_all(store, variant, pump, &err);
 *
 * A feature's checksum is compared each time: a damaged one is an error that names it, never a record.
 */
#ifndef IDC_STORE_READ_H
#define IDC_STORE_READ_H

#include "store/store.h"
#include "wire/pump.h"

/* The feature of that variant of the item. The caller frees *r. */
int idc_read_feature(idc_store *s, int64_t variant, const char *name, idc_record **r,
                     idc_error *err);
/* The item's feature, or, where a pair has the name, the features of its items and the pair. */
int idc_read_named(idc_store *s, int64_t variant, const char *name, idc_pump *out, idc_error *err);
/* All pairs, each after the features that it names, which carry `uses`; then the features that no pair names. What is
 * missing or damaged becomes an error record. */
int idc_read_all(idc_store *s, int64_t variant, idc_pump *out, idc_error *err);

/* A feature's row as an array: 0, or a code for a blob whose length or checksum is wrong, or that is not there (IDC_E_INVALID,
 * IDC_E_MISSING). The data lie in
 * the statement's row, or in a file that is mapped until the store is closed. Columns from `first` on: height, width,
 * channels, dtype, checksum, fields, data, segment, start. */
struct sqlite3_stmt;
typedef struct idc_read_row {
    idc_store *store;
    struct sqlite3_stmt *q;
    int first;
    const char *name; /* of the item, for errors */
} idc_read_row;
int idc_read_columns(const idc_read_row *row, idc_array *grid, idc_error *err);

#endif
