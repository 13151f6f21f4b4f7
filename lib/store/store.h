/* store.h: a file of features, pairs and captions (SQLite) that survives crashes and lets many read while one writes. Large
 * features lie in files beside it (segment.h).
 *
 *     idc_store *s;
 *     if (idc_store_open(&s, "features.db", IDC_STORE_CREATE, &err) == 0) …
 *     idc_store_close(&s);
 *
 * What was committed stays, whatever happens to the process (a loss of power may take the last transactions, never the
 * store). Two writers take turns, each waiting up to a minute. A file that is not a store, one of a newer version, and one
 * with views or triggers is refused by name; one of an earlier version is brought up to date when it is opened to write.
 * One thread at a time; threads open a store each. docs/store.md has the tables.
 */
#ifndef IDC_STORE_STORE_H
#define IDC_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct idc_store idc_store;

typedef enum idc_store_mode {
    IDC_STORE_READ,
    IDC_STORE_WRITE,
    IDC_STORE_CREATE /* write; made where there is none */
} idc_store_mode;

/* IDC_E_MISSING (no such file), IDC_E_INVALID (not a store, damaged), IDC_E_MISMATCH (a newer version, or an older one
 * opened to read), IDC_E_IO, IDC_E_MEMORY. */
int idc_store_open(idc_store **s, const char *path, idc_store_mode mode, idc_error *err);
void idc_store_close(idc_store **s);
const char *idc_store_path(const idc_store *s);

/* From now on, also for those that open it later, large blobs stay in the store's own file, not in files beside it: easier to
 * carry about, and slower to write (docs/store.md). What lies beside it stays there. Outside of a transaction. */
int idc_store_keep_one_file(idc_store *s, idc_error *err);

/* All that lies between is there afterwards, or nothing of it. A commit that fails has rolled back. */
int idc_store_begin(idc_store *s, idc_error *err);
int idc_store_commit(idc_store *s, idc_error *err);
void idc_store_rollback(idc_store *s);

/* Which features are meant: beginnings of the fingerprint, names of layer and dtype (f32, f16, i8); NULL: any. */
typedef struct idc_store_choice {
    const char *encoder, *layer, *dtype;
} idc_store_choice;
/* The one variant that fits. *variant = 0 where none does; IDC_E_MISMATCH where several do, with their names. */
int idc_store_variant(idc_store *s, const idc_store_choice *choice, int64_t *variant,
                      idc_error *err);
/* The same for those that want to read features: IDC_E_MISMATCH also where something was chosen and the store holds features,
 * but none of that kind; the error names one that it holds. */
int idc_store_variant_held(idc_store *s, const idc_store_choice *choice, int64_t *variant,
                           idc_error *err);

#endif
