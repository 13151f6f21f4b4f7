/* segment.h: blobs of some size in append-only files beside the store, STORE-001.blob and on; for lib/store only.
 *
 *     idc_segment_append(s, data, n, &place, &err);    // a writer; the row keeps the place
 *     idc_segment_sync(s, &err);                       // may be long: before the transaction, if you can
 *     idc_store_begin(s, &err); … idc_store_commit(s, &err);    // what was appended is the store's from here on
 *     idc_segment_data(s, place, n, &data, &err);      // a reader; mapped
 *
 * SQLite writes what it is given to its log and again to its file; here each byte is written once, and read where it lies.
 * A file begins with 64 bytes that name the store (table `store`). A writer takes one that no other is writing to (flock),
 * and goes on behind the bytes that table `segment` says are committed: what a killed writer left there is overwritten.
 * What was appended is on the disk before the rows that refer to it are committed.
 */
#ifndef IDC_STORE_SEGMENT_H
#define IDC_STORE_SEGMENT_H

#include <stddef.h>

#include "store/store.h"

#define IDC_SEGMENT_LEAST ((size_t)32 << 10) /* bytes; smaller blobs stay in their row */
#define IDC_SEGMENT_MOST ((int64_t)4 << 30)  /* bytes after which a writer begins another file */
#define IDC_SEGMENT_COUNT 9999

typedef struct idc_place {
    int64_t segment, start; /* segment 0: in the row */
} idc_place;

typedef struct idc_segments idc_segments; /* of a store, made when first used */

/* Takes a segment when it has none: then, outside of a transaction, it makes a short one. IDC_E_IO: also a full disk. */
int idc_segment_append(idc_store *s, const void *data, size_t n, idc_place *place, idc_error *err);
int idc_segment_sync(idc_store *s, idc_error *err);
/* For idc_store_commit, before and after it; the first syncs. */
int idc_segment_precommit(idc_store *s, idc_error *err);
void idc_segment_committed(idc_store *s);
/* For idc_store_rollback: gives up what was appended. */
void idc_segment_rollback(idc_store *s);

/* n bytes at place, valid while the store is open. IDC_E_MISSING (no such file), IDC_E_MISMATCH (another store's),
 * IDC_E_INVALID (cut short, no place), IDC_E_IO. */
int idc_segment_data(idc_store *s, idc_place place, size_t n, const void **data, idc_error *err);

void idc_segments_free(idc_store *s);

#endif
