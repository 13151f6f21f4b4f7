/* sentences.h: the sentences of a store, as entries for idc-score.
 *
 *     if (idc_store_recognised(path))
 *         idc_store_sentences(path, take, corpus, &err);          // take(corpus, &entry, &err) for each
 */
#ifndef IDC_STORE_SENTENCES_H
#define IDC_STORE_SENTENCES_H

#include <stdbool.h>

#include "score/entries.h"

/* True for a file that begins as SQLite's do. */
bool idc_store_recognised(const char *path);
/* Every sentence with the name of its pair or picture and its type, in the order in which they were stored. */
int idc_store_sentences(const char *path, idc_entry_sink sink, void *user, idc_error *err);

#endif
