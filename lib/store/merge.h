/* merge.h: one store into another, without duplicates.
 *
 *     idc_merge m = {.into = s, .from = shard, .refused = say, .user = tool};
 *     idc_merge_run(&m, &err);
 *
 * Pictures are the same by content, or by name where no file was seen; features by picture, encoder, layer and dtype;
 * pairs by name; sentences by pair and text. What is there already stays as it is. Commits as it goes: after a crash the
 * same merge goes on, and ends with the rows that it would have had.
 */
#ifndef IDC_STORE_MERGE_H
#define IDC_STORE_MERGE_H

#include "store/store.h"

typedef struct idc_merge {
    idc_store *into, *from; /* opened to write, to read */
    /* What was not taken, and why: a name that stands for another picture or pair, a damaged feature. */
    void (*refused)(void *user, const idc_error *why);
    int (*stop)(void *user); /* not 0: IDC_E_STOPPED at the next commit; may be NULL */
    void *user;
    uint64_t features, pairs, captions; /* committed, new */
} idc_merge;

int idc_merge_run(idc_merge *m, idc_error *err);

#endif
