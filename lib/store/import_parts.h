/* import_parts.h: what the readers of the layouts (import_*.c) share; nobody else includes this.
 *
 * A reader takes a path, reads what it needs, and calls idc_import_pair and idc_import_item, which commit now and then. A
 * negative code from these ends the import; entries that are bad go to idc_import_refuse and the reader goes on.
 */
#ifndef IDC_STORE_IMPORT_PARTS_H
#define IDC_STORE_IMPORT_PARTS_H

#include <stddef.h>

#include "base/buffer.h"
#include "store/import.h"

struct json_t; /* jansson's, in .c files only */

#define IDC_IMPORT_FILE ((size_t)1 << 30) /* bytes that a file of captions may have */
#define IDC_IMPORT_NAME 1024

typedef struct idc_import_entry {
    const char *name;              /* of the pair, or of the item */
    const char *before, *after;    /* a pair's pictures */
    const char *type, *split;      /* may be NULL */
    const struct json_t *captions; /* a list of strings, or of objects with `raw`; may be NULL */
    const char *const *lines;      /* or so, n of them */
    size_t n;
    const double *box;  /* of an item: x, y, w, h; may be NULL */
    const void *fields; /* of a pair: what else is said of it, as msgpack; may be NULL */
    size_t fields_bytes;
} idc_import_entry;

int idc_import_pair(idc_import *im, const idc_import_entry *e, idc_error *err);
int idc_import_item(idc_import *im, const idc_import_entry *e, idc_error *err);
/* The class of a picture that a pair names. */
int idc_import_class(idc_import *im, const char *name, const char *class, idc_error *err);
/* path: what is refused, a file and a place in it. Always 0. */
int idc_import_refuse(idc_import *im, const char *place, const char *why);
/* Counts a step, and commits after many. */
int idc_import_step(idc_import *im, idc_error *err);

/* path, or path/name where path is a folder. IDC_E_MISSING, IDC_E_INVALID (no JSON, with line and reason). */
int idc_import_json(struct json_t **root, const char *path, const char *name, idc_error *err);
/* The next line of a buffer that ends with a zero; ends it, without \r. NULL after the last. */
char *idc_import_line(char **at);
int idc_import_file(idc_buffer *b, const char *path, const char *name, idc_error *err);
bool idc_import_is_folder(const char *path);

typedef int (*idc_import_reader)(idc_import *im, const char *path, idc_error *err);
int idc_import_coco(idc_import *im, const char *path, idc_error *err);
int idc_import_clevr_change(idc_import *im, const char *path, idc_error *err);
int idc_import_spot_the_diff(idc_import *im, const char *path, idc_error *err);
int idc_import_editing_request(idc_import *im, const char *path, idc_error *err);
int idc_import_levir_cc(idc_import *im, const char *path, idc_error *err);
int idc_import_birds_to_words(idc_import *im, const char *path, idc_error *err);
int idc_import_cub(idc_import *im, const char *path, idc_error *err);
int idc_import_second_cc(idc_import *im, const char *path, idc_error *err);
int idc_import_lines(idc_import *im, const char *path, idc_error *err);
int idc_import_nabirds(idc_import *im, const char *path, idc_error *err);
int idc_import_pairs(idc_import *im, const char *path, idc_error *err);
int idc_import_npy(idc_import *im, const char *path, idc_error *err);

#endif
