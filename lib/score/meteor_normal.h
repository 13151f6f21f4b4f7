/* meteor_normal.h: the words of a sentence as METEOR 1.5's normaliser for English splits it (its option -norm): signs by
 * themselves, hyphenated words and contractions apart, dots off unless they belong to an abbreviation, lower case.
 *
 *     idc_meteor_normal n = {0};
 *     idc_meteor_words(&n, index, text, length, take, user);           // take(user, word, length) for each
 *     idc_meteor_normal_free(&n);
 */
#ifndef IDC_SCORE_METEOR_NORMAL_H
#define IDC_SCORE_METEOR_NORMAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "text/lexicon.h"

typedef struct idc_meteor_normal {
    uint32_t *from, *to; /* code points */
    size_t count, room;  /* of from; to has the same room */
    idc_buffer line;
} idc_meteor_normal;

typedef int (*idc_meteor_word_sink)(void *user, const char *word, size_t length);

/* index NULL: without abbreviations. 0, what the sink returned when that is negative, or IDC_E_MEMORY. */
int idc_meteor_words(idc_meteor_normal *n, const idc_lexicon *index, const char *text,
                     size_t length, idc_meteor_word_sink take, void *user);
void idc_meteor_normal_free(idc_meteor_normal *n);

#endif
