/* rerank.h: sentences of a pair with their scores, and n-best lists ordered by them.
 *
 *     idc_scores_add(aligner, diff, sentences, n, &err);          // the record gains `scores`
 *     idc_rerank(aligner, caption, &(idc_rerank_by){0}, &better, &err);          // a caption that kept its tokens: by its own nbest
 *     idc_rerank(aligner, diff, &(idc_rerank_by){&sentences, 0}, &caption, &err);   // a diff with sentences from elsewhere
 *
 * `scores` is [{"text", "alignment", "itc"}, …] in the order of the sentences, with what of the two (align.h) the model has. An nbest
 * gains the same fields in its entries and is ordered by alignment, else by itc, plus the weighted logprob where entries have one, the
 * best first; equal ones keep their order.
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

typedef struct idc_rerank_by {
    const idc_sentence_list *given; /* the list; NULL: the record's nbest */
    double logprob_weight;          /* 0: the alignment alone */
} idc_rerank_by;

/* A new caption without tensors, with text (and logprob where the list has it) of the best of the list. A
 * record without a list (unchanged pairs have none) only loses its tensors. *caption is NULL on errors. */
int idc_rerank(idc_aligner *a, const idc_record *r, const idc_rerank_by *by, idc_record **caption,
               idc_error *err);

#endif
