/* types.h: which item shows which type of change.
 *
 *     const char **types;
 *     idc_types_read(&names, &types, "type_mapping.json", corpus, &err);        // types[item]: NULL where none is known
 *
 * The file is JSON {"color": ["000001.png", …], "move": […], …}, JSON Lines with "id" and "type", or lines of id, tab, type. An id
 * that the corpus does not have is passed over.
 */
#ifndef IDC_SCORE_TYPES_H
#define IDC_SCORE_TYPES_H

#include "score/corpus.h"

/* names: keeps the strings; *types: by item, malloc'ed. IDC_E_MISSING: no item of the corpus has a type. */
int idc_types_read(idc_words **names, const char ***types, const char *path, const idc_corpus *c,
                   idc_error *err);

#endif
