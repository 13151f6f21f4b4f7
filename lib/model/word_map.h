/* word_map.h: where in the two pictures a word looks, by gradient-weighted attention (Li et al., "Align before Fuse",
 * NeurIPS 2021, after Selvaraju et al., "Grad-CAM", ICCV 2017), carried over to the cross-modal encoder's self-attention.
 *
 * For a score s of a run, the probabilities A of one block and their derivative G = ds/dA:
 *
 *     cam[w,p] = mean over heads of A[h,w,p] · max(G[h,w,p], 0)         w: a row of the text, p: a cell of either picture
 *     heat[p]  = (cam[w,p] − min cam[w]) / (max cam[w] − min cam[w])    over the cells of both pictures together
 *     mask[p]  = 1 − heat[p]                                            (Park and Han, CVPR 2023)
 *
 * A row without any positive derivative has heat 0 and mask 1 everywhere. Nothing flows back through a map.
 *
 * The score must depend on the watched rows. A word's own log probability reaches its row in every block. A score read at
 * the CLS tokens (alignment of pair and sentence) reaches the text's rows in all blocks but the last: watch block −2 then,
 * as ALBEF takes a middle block; in the last one every map would be empty.
 *
 *     idc_attention_watch watch = {.block = -2};
 *     idc_tape *probe = idc_tape_new(IDC_TAPE_PROBE, &err);         // its own tape: no parameter gets a gradient
 *     idc_network_watch(net, &watch);
 *     idc_tensor *hidden = idc_network_cross(net, probe, E, ids, IDC_TEXT_FULL, true);   // E: an input of the tape
 *     …                                                              // a score of one element, summed over items
 *     idc_tape_backward(probe, score, &err);
 *     idc_network_watch(net, NULL);
 *     for (i = 0; i < B; i++)
 *         idc_word_map_heat(net, &watch, (idc_word_row){i, row, L}, mask + i * 2 * n);
 *     idc_word_map_mask(mask, B * 2 * n);
 */
#ifndef IDC_MODEL_WORD_MAP_H
#define IDC_MODEL_WORD_MAP_H

#include "model/network.h"

typedef struct idc_word_row {
    int64_t item;   /* of the batch */
    int64_t row;    /* of the text, 0 … length − 1 */
    int64_t length; /* rows of the text: L of the ids */
} idc_word_row;

/* Cells of one picture, n. */
int idc_word_map_cells(const idc_network *net);
/* The heat of one word after the backward pass: heat [2n], the cells of before, then those of after, in [0,1]. */
void idc_word_map_heat(const idc_network *net, const idc_attention_watch *watch, idc_word_row word,
                       float *heat);
/* Heat to mask in place. */
void idc_word_map_mask(float *values, int64_t count);
/* The two steps that the heat is made of. A and G: one row of n cells for each head, `step` numbers apart; cam [n] is
 * added to with 1/heads. */
void idc_word_map_weigh(float *cam, const float *a, const float *g, int64_t n, int heads,
                        int64_t step);
void idc_word_map_scale(float *cam, int64_t n);

/* The heat of each word of a sentence, with the log probability of the word at the row that predicts it as its score:
 * tokens [M,d] of one pair, ids [n] with BOS first; heat [n − 1, 2n cells] for ids[1] …. The tape is a PROBE tape and is
 * reset. */
typedef struct idc_spoken {
    const int32_t *ids;
    int n, block; /* of the cross-modal encoder, as in idc_attention_watch */
} idc_spoken;
int idc_word_maps(idc_network *net, idc_tape *probe, const float *tokens, const idc_spoken *said,
                  float *heat, idc_error *err);

#endif
