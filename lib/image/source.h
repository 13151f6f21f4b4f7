/* source.h: which pictures and pairs to decode, one after the other: operands, folders and lists behind one call.
 *
 *     idc_source *source;
 *     if (idc_source_files(&source, names, n, &err) == 0) …          // a folder stands for its pictures, sorted
 *     while ((rc = idc_source_next(source, &item, &err)) != 0)
 *         if (rc > 0) … else …                                       // this entry is bad, the next may be good
 */
#ifndef IDC_IMAGE_SOURCE_H
#define IDC_IMAGE_SOURCE_H

#include <stdbool.h>

#include "base/error.h"
#include "wire/record.h"

typedef struct idc_source idc_source;

/* A picture (pair NULL, path[1] NULL) or two of them. Freed by idc_source_item_fini. */
typedef struct idc_source_item {
    idc_record *pair;      /* kind pair, with id, before, after and the other fields of its line */
    char *id[2], *path[2]; /* of the pictures; the path is the id, seen from the list's folder */
} idc_source_item;

/* names and their strings must outlive the source. */
int idc_source_files(idc_source **out, char *const *names, int n, idc_error *err);
/* n: even; names two by two are pairs. */
int idc_source_pairs(idc_source **out, char *const *names, int n, idc_error *err);
/* One path a line ("-": from stdin); paths are seen from the working directory. */
int idc_source_file_list(idc_source **out, const char *path, idc_error *err);
/* pair_list.h; paths are seen from the list's folder. */
int idc_source_pair_list(idc_source **out, const char *path, idc_error *err);

/* 1 an item, 0 the end, or a code for an entry that is bad: item->id[0] then names it, and one goes on; but after
 * IDC_E_STOPPED, IDC_E_MEMORY and IDC_E_IO the source has ended. item is always to be freed. */
int idc_source_next(idc_source *s, idc_source_item *item, idc_error *err);
/* Whether idc_source_next has an answer without waiting for the writer of a pipe. */
bool idc_source_ready(const idc_source *s);
void idc_source_item_fini(idc_source_item *item);
void idc_source_close(idc_source **s);

#endif
