/* embed.h: a pair of pictures and a sentence as unit vectors of the same space, so that either finds the other by their dot
 * product: the head of image-text contrast (ITC; Radford et al. 2021, Li et al. 2021). Networks with config.itc = D > 0 have it.
 *
 *     idc_tensor *a = idc_network_embed_pair(net, tape, pair.tokens);    // [B,D]
 *     idc_tensor *b = idc_network_embed_text(net, tape, ids);            // [B,D]
 *     idc_tensor *s = idc_network_log_scale(net);                        // log(1/τ), learned
 *
 * a = norm(W_p [E_CLS1; E_CLS2] + c_p) with `model.itc.pair` [D,2d]: the two are joined, not added, so that before and after do
 * not change places unnoticed. b = norm(W_t h_CLS3 + c_t) with `model.itc.text` [D,d], where h is the cross-modal encoder over
 * [CLS3; text] alone, every row seeing every other.
 */
#ifndef IDC_MODEL_EMBED_H
#define IDC_MODEL_EMBED_H

#include "model/network.h"

#define IDC_EMBED_WIDTH 128 /* of a head that a model without one gets */

/* tokens [B,M,d]: E, as in difference records → [B,D] of length 1 */
idc_tensor *idc_network_embed_pair(idc_network *net, idc_tape *t, idc_tensor *tokens);
/* ids i32 [B,L]: BOS, words, EOS, then PAD, which nothing sees: texts of one length run together → [B,D] of length 1 */
idc_tensor *idc_network_embed_text(idc_network *net, idc_tape *t, const idc_tensor *ids);
/* rows [B,k,d] of one picture of each pair (0: before, 1: after), through that picture's half of `model.itc.pair` → [B·k,D] of
 * length 1: the pictures by themselves. */
idc_tensor *idc_network_embed_side(idc_network *net, idc_tape *t, idc_tensor *rows, int side);
/* The rows of the words instead of CLS3's, through `model.itc.text` → [B·L,D] of length 1, meaningless behind the end of a
 * text; words i32 [B]: how many there are of each. */
idc_tensor *idc_network_embed_words(idc_network *net, idc_tape *t, const idc_tensor *ids,
                                    int32_t *words);
/* [1]: log(1/τ) of the temperature, moved into log 2 … log 100 (τ 0.5 … 0.01) first. Fresh ones start at τ = 0.07. NULL
 * without the head. */
idc_tensor *idc_network_log_scale(idc_network *net);

#endif
