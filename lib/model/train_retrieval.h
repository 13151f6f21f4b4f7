/* train_retrieval.h: does a pair find its sentence, and a sentence its pair, by their vectors (embed.h)? For validations.
 *
 *     idc_retrieval r = {0};
 *     idc_retrieval_add(&r, net, tape, tokens, batch, &err);      // of every batch
 *     idc_retrieval_shares s = idc_retrieval_score(&r);           // right at rank 1
 *     idc_retrieval_fini(&r);
 *
 * Pairs with a change are compared, all with all; a pair that has the same sentence is as right as the own one. `chance` is
 * what drawing one of them would give.
 */
#ifndef IDC_MODEL_TRAIN_RETRIEVAL_H
#define IDC_MODEL_TRAIN_RETRIEVAL_H

#include "model/data_batch.h"
#include "model/network.h"

typedef struct idc_retrieval {
    size_t n;           /* pairs so far */
    int width, row;     /* numbers of a vector, of a sentence */
    float *pair, *text; /* [n,width] */
    int32_t *sentence;  /* [n,row] */
} idc_retrieval;

typedef struct idc_retrieval_shares {
    double pair_to_text, text_to_pair, chance; /* 0 … 1; 0 without pairs */
} idc_retrieval_shares;

/* tokens [B,M,d] of the batch's pairs. Nothing is added for a network without the head. tape: IDC_TAPE_INFER. */
int idc_retrieval_add(idc_retrieval *r, idc_network *net, idc_tape *tape, idc_tensor *tokens,
                      const idc_batch *b, idc_error *err);
idc_retrieval_shares idc_retrieval_score(const idc_retrieval *r);
void idc_retrieval_fini(idc_retrieval *r);

#endif
