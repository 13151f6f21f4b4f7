/* export.h: what a store holds, in the files that others read.
 *
 *     idc_export e = {.store = s, .variant = v, .refused = say, .user = tool};
 *     idc_export_run(&e, "npy", "folder", &err);
 *
 * Formats: npy (a folder, one file a feature, named for the item with / as %2F), safetensors (a folder of shards, tensors
 * named for the items), webdataset (a tar of NUMBER.npy and NUMBER.json), pairs and items (JSON Lines of what is known of
 * them; pairs is a list for idc-decode --pairs). A file is there when it is whole.
 */
#ifndef IDC_STORE_EXPORT_H
#define IDC_STORE_EXPORT_H

#include "store/store.h"

#define IDC_EXPORT_SHARD ((size_t)256 << 20) /* bytes of a safetensors shard, held in memory */

typedef struct idc_export {
    idc_store *store;
    int64_t variant;
    void (*refused)(void *user, const idc_error *why); /* a damaged feature, a name too long */
    void *user;
    uint64_t written;
} idc_export;

/* IDC_E_INVALID: no such format; the error lists them. "-" is stdout for pairs and items. */
int idc_export_run(idc_export *e, const char *format, const char *path, idc_error *err);

#endif
