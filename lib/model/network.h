/* network.h: from two feature grids to difference tokens and words (docs/model.md). One definition for training,
 * inference and every device.
 *
 *     idc_network *net;
 *     idc_network_new(&net, &config->network, params, seed, &err);       // makes or finds its parameters under "model."
 *     idc_network_pair_output p;
 *     idc_network_pair(net, tape, before, after, &p);                    // [B,h,w,F] each
 *     idc_tensor *hidden = idc_network_cross(net, tape, p.tokens, ids, IDC_TEXT_CAUSAL, false);
 *     idc_tensor *logits = idc_network_words(net, tape, hidden_rows);
 *
 * Functions run on the tape and poison it on errors. Letters as in docs/model.md; M = 2(n + 1).
 */
#ifndef IDC_MODEL_NETWORK_H
#define IDC_MODEL_NETWORK_H

#include "model/config.h"

typedef struct idc_network idc_network;

typedef struct idc_network_pair_output {
    idc_tensor *tokens;        /* [B,M,d]: E, CLS rows with their summaries */
    idc_tensor *single;        /* [2B,n+1,d]: each picture by itself: those before, those after */
    idc_tensor *type;          /* [B,types] logits; NULL without helper heads, as all below */
    idc_tensor *pointer[2];    /* [B,n+1] probabilities over the cells; the last is "nothing" */
    idc_tensor *attributes[2]; /* [B,15] logits of the object pointed at in before / after */
} idc_network_pair_output;

enum idc_text_mask { IDC_TEXT_CAUSAL, IDC_TEXT_FULL };

int idc_network_new(idc_network **net, const idc_network_config *config, idc_params *params,
                    uint64_t seed, idc_error *err);
void idc_network_free(idc_network **net);
const idc_network_config *idc_network_get_config(const idc_network *net);

/* Dropout (if the configuration has it) is a function of (seed, step); call before each training step. */
void idc_network_begin_step(idc_network *net, uint64_t seed, uint64_t step);

void idc_network_pair(idc_network *net, idc_tape *t, idc_tensor *before, idc_tensor *after,
                      idc_network_pair_output *out);
/* Its two halves: raw [2B,n,R], the cells of the pictures before, then those of after; and what the encoders make of them. With
 * after NULL those before alone, [B,n,R]. */
idc_tensor *idc_network_raw(idc_network *net, idc_tape *t, idc_tensor *before, idc_tensor *after);
/* E of single pictures, raw [B,n,R]: the single encoder sees [CLS1; cells], CLS2 joins them in the pair encoder → [B,n+2,d]. No
 * matching and no heads: there is nothing to compare with (Yao, Wang and Jin 2022, data expansion). */
idc_tensor *idc_network_alone(idc_network *net, idc_tape *t, idc_tensor *raw);
void idc_network_pair_raw(idc_network *net, idc_tape *t, idc_tensor *raw,
                          idc_network_pair_output *out);
/* tokens [B,M,d]; ids i32 [B,L] or NULL (no text) → [B,M+L,d]. cls3: a CLS3 token between E and the text (pre-training). */
idc_tensor *idc_network_cross(idc_network *net, idc_tape *t, idc_tensor *tokens,
                              const idc_tensor *ids, enum idc_text_mask mask, bool cls3);
/* What idc_network_cross, idc_network_words and idc_network_change read from, with less work: the last block computes the
 * rows of the text [B,L,d] (NULL without ids) and the logits of change [B,2] alone. */
typedef struct idc_network_answer {
    idc_tensor *text, *change;
} idc_network_answer;
idc_network_answer idc_network_ask(idc_network *net, idc_tape *t, idc_tensor *tokens,
                                   const idc_tensor *ids, enum idc_text_mask mask);
/* Keeps the attention of one block of the cross-modal encoder in the runs of idc_network_cross and idc_network_ask that
 * follow on a PROBE or TRAIN tape: probabilities [B,heads,queries,keys] after softmax and before dropout, as a leaf, so
 * that a backward pass leaves the derivative of its score in their gradient and goes no further back. The text's queries are the
 * last rows, its keys the last columns; before cell c is key 1 + c, after cell c is key n + 2 + c. NULL: no more. The
 * network points at `watch` until then. */
typedef struct idc_attention_watch {
    int block;                 /* from 0; negative counts from the end: −1 is the last one */
    idc_tensor *probabilities; /* of the latest run; lives until the tape's reset */
} idc_attention_watch;
void idc_network_watch(idc_network *net, idc_attention_watch *watch);
/* Row t is what the word after ids[0 … t] is predicted from, whatever the form of captions: [B,L,d]. With `unmask` each row is
 * that of a <MASK> of its own behind those words. L < max_length. */
idc_tensor *idc_network_predict(idc_network *net, idc_tape *t, idc_tensor *tokens,
                                const idc_tensor *ids);
/* Rows of idc_network_cross(…, IDC_TEXT_FULL, true) with less work: CLS1, CLS2 and CLS3 [B,3,d], the cells of both pictures
 * [B,2n,d], or the text [B,L,d]. */
enum idc_fused_rows { IDC_ROWS_CLS, IDC_ROWS_CELLS, IDC_ROWS_TEXT };
idc_tensor *idc_network_fuse(idc_network *net, idc_tape *t, idc_tensor *tokens,
                             const idc_tensor *ids, enum idc_fused_rows rows);
/* hidden [R,d] → [R,V] logits */
idc_tensor *idc_network_words(idc_network *net, idc_tape *t, idc_tensor *hidden);
/* hidden [B,≥M,d] of the cross-modal encoder → [B,2] logits: unchanged, changed */
idc_tensor *idc_network_change(idc_network *net, idc_tape *t, idc_tensor *hidden);

#endif
