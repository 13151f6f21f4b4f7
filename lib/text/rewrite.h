/* rewrite.h: a sentence with other words of the same classes, or with its parts exchanged. For negatives.c.
 *
 *     idc_parsed out;
 *     if (idc_rewrite_replace(classes, &spoken, &random, &out)) …      // "the small blue ball …" from "the small red ball …"
 *
 * What comes out differs from what went in, but may happen to be true as well: the caller judges.
 */
#ifndef IDC_TEXT_REWRITE_H
#define IDC_TEXT_REWRITE_H

#include "base/random.h"
#include "text/word_classes.h"

/* One to three tokens (or the predicate) take another value of their class, in any of its phrases. False: there is nothing to exchange. */
bool idc_rewrite_replace(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                         idc_parsed *out);
/* Subjects change places, or the two objects named do, or the change becomes another. */
bool idc_rewrite_confuse(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                         idc_parsed *out);

#endif
