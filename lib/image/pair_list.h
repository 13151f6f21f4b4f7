/* pair_list.h: one line of a list of picture pairs.
 *
 *     {"id": "p1", "before": "img/a.jpg", "after": "img/b.jpg", "type": "color", "captions": ["…"]}
 *     p1<TAB>img/a.jpg<TAB>img/b.jpg
 *     img/a.jpg<TAB>img/b.jpg
 *
 * JSON Lines and TSV, told apart line by line; blank lines, lines that begin with # and a TSV heading (id, before, after) are
 * passed over. Without an id it is "before:after". All other fields of a JSON line go into the pair record as they are.
 */
#ifndef IDC_IMAGE_PAIR_LIST_H
#define IDC_IMAGE_PAIR_LIST_H

#include "base/error.h"
#include "wire/record.h"

/* 1: *pair is a record of kind pair with id, before, after and whatever else the line says; the caller frees it. 0: the line
 * holds no pair. IDC_E_INVALID with what is wrong with it (the line is not named: the caller does), IDC_E_MEMORY. */
int idc_pair_parse(idc_record **pair, const char *line, idc_error *err);

/* A pair record of two pictures, for those who have no list. id NULL: "before:after". NULL without memory. */
idc_record *idc_pair_record(const char *id, const char *before, const char *after);

#endif
