/* reinforce.h: self-critical sequence training (Rennie, Marcheret, Mroueh, Ross, Goel, "Self-critical sequence training for image
 * captioning", CVPR 2017): sentences are drawn, those that earn more than the greedy one of their pair become likelier.
 *
 *     loss = − mean over pairs and samples of (r − r_greedy) Σ_t log p(w_t | w_<t)
 *
 * p is what the words were drawn from: the softmax of logits / temperature over the words that may come. r counts as a constant.
 *
 *     idc_speaker *s;
 *     idc_speaker_new(&s, net, &err);
 *     idc_said said = {.pairs = B, .samples = 4, …};
 *     idc_speaker_say(s, tape, tokens, &said, &err);                  // draws; the sentences lie in the tape
 *     … fill said.advantage from said.ids and said.greedy …
 *     idc_tensor *loss = idc_reinforce_loss(net, tape, tokens, &said);
 */
#ifndef IDC_MODEL_REINFORCE_H
#define IDC_MODEL_REINFORCE_H

#include "model/network.h"

typedef struct idc_said {
    int pairs, samples; /* B, S */
    double temperature;
    uint64_t seed, step; /* what is drawn is a function of them alone */
    int row;             /* numbers of a sentence: max_length */
    int32_t *ids;        /* [B,S,row]: BOS, words, <EOS> if it ended, <PAD> */
    int32_t *greedy;     /* [B,row] */
    float *advantage;    /* [B,S] */
} idc_said;

typedef struct idc_speaker idc_speaker;

int idc_speaker_new(idc_speaker **s, idc_network *net, idc_error *err);
void idc_speaker_free(idc_speaker **s);
/* tokens [B,M,d] → said->ids and greedy, in the tape's memory as advantage (zeros) is. Threads share the pairs. */
int idc_speaker_say(idc_speaker *s, idc_tape *t, const idc_tensor *tokens, idc_said *said,
                    idc_error *err);
/* One element. tokens [B,M,d] get a gradient where they have one. */
idc_tensor *idc_reinforce_loss(idc_network *net, idc_tape *t, idc_tensor *tokens,
                               const idc_said *said);
/* Numbers of a sentence of `row` numbers up to <EOS> or <PAD>, with BOS and <EOS>. */
int idc_said_length(const int32_t *ids, int row);

#endif
