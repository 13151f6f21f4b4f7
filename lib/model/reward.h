/* reward.h: what a sentence earns: its CIDEr-D (text/cider.h) against all sentences that the data have for the pair, with the
 * document frequencies of these (Rennie et al. 2017).
 *
 *     idc_reward *r;
 *     idc_reward_new(&r, data, vocabulary, &err);
 *     idc_reward_of(r, batch->origin[i], batch->mirrored[i], ids, n, &reward);
 *
 * <EOS> is a word here, of sentences and references, so that a sentence which ends well earns more than one which is cut off. A
 * document is a set of captions of data.h.
 */
#ifndef IDC_MODEL_REWARD_H
#define IDC_MODEL_REWARD_H

#include "model/data.h"

typedef struct idc_reward idc_reward;

/* Keeps nothing of data; the vocabulary outlives it. */
int idc_reward_new(idc_reward **r, const idc_dataset *data, const idc_vocabulary *v,
                   idc_error *err);
void idc_reward_free(idc_reward **r);
/* ids [n]: BOS, words, <EOS> if it ended. set: idc_caption_set. mirrored: the pictures are, so left and right have changed
 * places in ids. 0 … 10, IDC_E_MEMORY, or IDC_E_RANGE for a set that the data lack. */
typedef struct idc_earning {
    int32_t set;
    bool mirrored;
    const int32_t *ids;
    int n;
} idc_earning;
int idc_reward_of(const idc_reward *r, const idc_earning *e, double *reward, idc_error *err);

#endif
