/* mask_words.h: words hidden to be said again: masked language modelling (Devlin et al. 2019) with the details of Yao, Wang and Jin
 * 2022 (their code).
 *
 *     idc_word_masking m = {.share = 0.15, .end_share = 0.15, .vocabulary = V};
 *     idc_mask_words(&m, &random, &(idc_masked_words){ids, in, target, length});
 */
#ifndef IDC_MODEL_MASK_WORDS_H
#define IDC_MODEL_MASK_WORDS_H

#include "base/random.h"
#include "text/vocabulary.h"

typedef struct idc_word_masking {
    double share, end_share; /* of words, of the sentence's end */
    int vocabulary;          /* how many words there are */
} idc_word_masking;

typedef struct idc_masked_words {
    const int32_t *ids;   /* [length]: BOS, words, EOS, PAD … */
    int32_t *in, *target; /* [length] each: what is read; what is to be said, −1 where nothing is */
    int length;
} idc_masked_words;

/* Each word is chosen with probability `share`; of those 80 % become MASK, 10 % any word of the vocabulary (specials
 * included), 10 % stay. When none was chosen the first becomes MASK. EOS becomes MASK with probability end_share. */
void idc_mask_words(const idc_word_masking *m, idc_random *r, const idc_masked_words *w);

#endif
