/* train_contrast.h: the loss itc of a batch: the vectors that its objective compares, made by the network, and by its twin.
 *
 *     idc_contrast_job job = {net, twin, &settings.contrast, seed, step};
 *     idc_contrast_pairs pairs = {raw, &pair, batch};
 *     idc_tensor *loss = idc_contrast_loss(&job, tape, &pairs).loss;      // [1]
 */
#ifndef IDC_MODEL_TRAIN_CONTRAST_H
#define IDC_MODEL_TRAIN_CONTRAST_H

#include "model/data_batch.h"
#include "model/network.h"
#include "model/objective.h"
#include "model/train_settings.h"

typedef struct idc_contrast_job {
    idc_network *net, *twin; /* twin: NULL where the objective needs none */
    const idc_objective_options *o;
    uint64_t seed, step;
} idc_contrast_job;

typedef struct idc_contrast_pairs {
    idc_tensor *raw;                     /* [2B,n,R] of idc_network_raw */
    const idc_network_pair_output *pair; /* of those */
    const idc_batch *batch; /* their sentences, as many as idc_contrast_captions says */
} idc_contrast_pairs;

typedef struct idc_contrast_said {
    idc_tensor *loss;        /* one element; NULL when the tape has failed */
    idc_tensor *pair, *text; /* [B,D], [B·K,D] of length 1 */
} idc_contrast_said;

/* What is wrong poisons the tape. */
idc_contrast_said idc_contrast_loss(const idc_contrast_job *job, idc_tape *t,
                                    const idc_contrast_pairs *pairs);
/* hidden [2B,n], of which each pair has one picture with 1s: there the share `ratio` of its cells whose vectors are most like
 * the sentence's, b_i of said, become 1 and all others 0 (coca). */
void idc_contrast_hide(const idc_contrast_job *job, idc_tape *t, const idc_contrast_pairs *pairs,
                       const idc_contrast_said *said, unsigned char *hidden);

/* Is there contrast, as a loss or as a task of pre-training? */
bool idc_contrast_on(const idc_train_settings *s);
/* … that needs what the bits of idc_objective_needs say? */
bool idc_contrast_has(const idc_train_settings *s, unsigned bits);
/* Is a twin of the network needed, for it or for softer targets of mlm and fda? */
bool idc_contrast_twin(const idc_train_settings *s);
/* Sentences a pair that it needs, at least 1. */
int idc_contrast_captions(const idc_train_settings *s);
/* Does it hide cells of pictures in stage finetune (coca)? */
bool idc_contrast_hides(const idc_train_settings *s);
/* Weights of the other losses that the objective sets: coca's words, change and mvcl. */
void idc_contrast_weigh(const idc_train_settings *s, double weight[IDC_LOSSES]);

#endif
