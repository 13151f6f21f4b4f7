/* lexicon.h: word lists that are built once, kept in a file, and looked up where the file is mapped.
 *
 *     idc_lexicon_builder *b = idc_lexicon_builder_new(2);
 *     uint32_t id = idc_lexicon_add(b, 0, "cube", 4);              // table 0; ids count from 0
 *     idc_lexicon_append(b, 0, id, 17);                            // 17 goes on the list of "cube"
 *     idc_lexicon_write(b, "index.idc", 42, &err);                 // 42: what it was made from
 *
 *     idc_lexicon *x;
 *     idc_lexicon_open(&x, "index.idc", 42, 2, &err);              // IDC_E_MISMATCH: made from something else
 *     id = idc_lexicon_find(x, 0, "cube", 4);
 *     const uint32_t *list = idc_lexicon_list(x, 0, id, &count);   // in the order of appending
 *
 * A table maps keys (any bytes) to numbers, and each number to a list of numbers. Opening takes no time that depends on
 * the size; every offset is checked against the file when it is used, so a damaged file gives wrong lists, not a crash.
 */
#ifndef IDC_TEXT_LEXICON_H
#define IDC_TEXT_LEXICON_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define IDC_LEXICON_NONE UINT32_MAX
enum { IDC_LEXICON_TABLES = 8 };

typedef struct idc_lexicon_builder idc_lexicon_builder;
typedef struct idc_lexicon idc_lexicon;

idc_lexicon_builder *idc_lexicon_builder_new(int tables); /* NULL: no memory */
void idc_lexicon_builder_free(idc_lexicon_builder **b);
/* The id of a key, new or known; IDC_LEXICON_NONE: no memory. */
uint32_t idc_lexicon_add(idc_lexicon_builder *b, int table, const void *key, size_t length);
int idc_lexicon_append(idc_lexicon_builder *b, int table, uint32_t id, uint32_t value);
/* Ids of a table so far. */
uint32_t idc_lexicon_builder_count(const idc_lexicon_builder *b, int table);
/* Written so that a reader never sees half a file. */
int idc_lexicon_write(const idc_lexicon_builder *b, const char *path, uint64_t made_from,
                      idc_error *err);

int idc_lexicon_open(idc_lexicon **x, const char *path, uint64_t made_from, int tables,
                     idc_error *err);
void idc_lexicon_close(idc_lexicon **x);
uint32_t idc_lexicon_find(const idc_lexicon *x, int table, const void *key, size_t length);
const uint32_t *idc_lexicon_list(const idc_lexicon *x, int table, uint32_t id, uint32_t *count);
const void *idc_lexicon_key(const idc_lexicon *x, int table, uint32_t id, uint32_t *length);
uint32_t idc_lexicon_count(const idc_lexicon *x, int table);

#endif
