/* listing.h: the lists that lie beside pictures: scenes.jsonl, pairs.jsonl, refs.json.
 *
 *     idc_scene_line line;
 *     idc_scene_parse(&line, text, length, &err);          // one line of a scenes.jsonl
 *     idc_scene_print(f, &triple, "png");
 *     idc_pairs_print(f, &triple, "png");                  // two lines: semantic and nonsemantic
 *     idc_refs_print(f, &triple, first);                   // members of one JSON object
 */
#ifndef IDC_SYNTH_LISTING_H
#define IDC_SYNTH_LISTING_H

#include <stdio.h>

#include "synth/triple.h"

typedef struct idc_scene_line {
    idc_view view[IDC_VIEWS];
    char file[IDC_VIEWS][256]; /* relative to the list's folder, extension and all */
} idc_scene_line;

/* Checks everything: types, names, counts, finite numbers. IDC_E_INVALID names the field. */
int idc_scene_parse(idc_scene_line *line, const char *text, size_t length, idc_error *err);
void idc_scene_print(FILE *f, const idc_triple *t, const char *extension);
void idc_pairs_print(FILE *f, const idc_triple *t, const char *extension);
void idc_refs_print(FILE *f, const idc_triple *t, int first);

#endif
