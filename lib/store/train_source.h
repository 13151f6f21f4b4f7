/* train_source.h: the pairs of a store with their features, to train on (model/train_source.h says how).
 *
 *     idc_train_source *s;
 *     idc_store_train_open(&s, "features.db", "train", &err);
 *     …
 *     idc_train_source_close(&s);
 *
 * Pairs of the split and, where the store names no split at all, all of them; in the order in which they were stored.
 * Sentences, types and labels are read at once, features when they are asked for: from where they are mapped into the
 * caller's memory, f16 as f32. Every read compares the checksum. A source has a connection of its own.
 */
#ifndef IDC_STORE_TRAIN_SOURCE_H
#define IDC_STORE_TRAIN_SOURCE_H

#include "model/train_source.h"

/* What a source has: pairs, or single pictures with sentences of their own, each as a pair with itself. */
enum idc_train_items { IDC_TRAIN_PAIRS, IDC_TRAIN_SINGLE };

/* IDC_E_MISSING: no pair of that split has a sentence (the splits there are are named). IDC_E_INVALID: an empty sentence,
 * by its pair. Else as idc_store_open. */
int idc_store_train_open(idc_train_source **s, const char *path, const char *split,
                         enum idc_train_items items, idc_error *err);

#endif
