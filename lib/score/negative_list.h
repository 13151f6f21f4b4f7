/* negative_list.h: the hard negatives of every pair of a caption list, as lines of JSON.
 *
 *     idc_negative_list_options o = {.recipe = recipe, .seed = 1, .classes = classes};
 *     idc_negative_list_write(stdout, list, &o, &err);
 *     {"id":"a","sentences":["the red ball moved", …],"neg_samples":["the blue ball moved", …]}
 *
 * One list for all sentences of a pair; the sentence that they are near to is drawn anew for each pair. Pairs that came with img1
 * and img2 keep those in place of the id.
 */
#ifndef IDC_SCORE_NEGATIVE_LIST_H
#define IDC_SCORE_NEGATIVE_LIST_H

#include <stdio.h>

#include "score/caption_list.h"
#include "text/negatives.h"

typedef struct idc_negative_list_options {
    idc_recipe recipe;
    uint64_t seed;
    const idc_word_classes *classes; /* or NULL */
    bool (*stopped)(void *user);     /* asked before each pair; NULL: never */
    void *user;
} idc_negative_list_options;

/* IDC_E_RANGE when the list is too small for the recipe; IDC_E_CLOSED when nobody reads `to` any more; IDC_E_STOPPED. */
int idc_negative_list_write(FILE *to, const idc_caption_list *list,
                            const idc_negative_list_options *options, idc_error *err);

#endif
