/* constraints.h: words that a sentence must or may not have.
 *
 *     idc_constraints c;
 *     idc_constraints_init(&c, vocabulary, (idc_word_list){required, 1}, (idc_word_list){forbidden, 2}, &err);
 *     idc_decode_options o = {.beam = 4, .constraints = &c};
 *     …
 *     idc_constraints_fini(&c);
 */
#ifndef IDC_MODEL_CONSTRAINTS_H
#define IDC_MODEL_CONSTRAINTS_H

#include "text/vocabulary.h"

#define IDC_MAX_REQUIRED 8

typedef struct idc_word_list {
    const char *const *words;
    int count;
} idc_word_list;

typedef struct idc_constraints {
    int n_required, n_forbidden;
    int32_t required[IDC_MAX_REQUIRED]; /* each once */
    int32_t *forbidden;
} idc_constraints;

/* IDC_E_MISSING: a word that the vocabulary lacks (specials are no words); IDC_E_INVALID: required and forbidden;
 * IDC_E_RANGE: more than IDC_MAX_REQUIRED words are required. */
int idc_constraints_init(idc_constraints *c, const idc_vocabulary *v, idc_word_list required,
                         idc_word_list forbidden, idc_error *err);
void idc_constraints_fini(idc_constraints *c);

#endif
