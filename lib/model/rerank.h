/* rerank.h: sentences of a pair with their scores, and n-best lists ordered by them.
 *
 *     idc_scores_add(aligner, diff, sentences, n, &err);          // the record gains `scores`
 *     idc_rerank(aligner, caption, NULL, &better, &err);          // a caption that kept its tokens: by its own nbest
 *     idc_rerank(aligner, diff, &sentences, &caption, &err);      // a diff with sentences from elsewhere
 *
 * `scores` is [{"text", "alignment", "itc"}, …] in the order of the sentences, with what of the two (align.h) the model has. An nbest
 * gains the same fields in its entries and is ordered by alignment, else by itc, the best first; equal ones keep their order.
 */
#ifndef IDC_MODEL_RERANK_H
#define IDC_MODEL_RERANK_H

#include "model/align.h"

int idc_scores_add(idc_aligner *a, idc_record *diff, const char *const *sentences, size_t n,
                   idc_error *err);
typedef struct idc_sentence_list {
    const char *const *text;
    size_t count;
} idc_sentence_list;

/* A new caption without tensors, with text (and logprob where the list has it) of the best of the record's nbest, or of `given`. A
 * record without a list (unchanged pairs have none) only loses its tensors. *caption is NULL on errors. */
int idc_rerank(idc_aligner *a, const idc_record *r, const idc_sentence_list *given,
               idc_record **caption, idc_error *err);

#endif
