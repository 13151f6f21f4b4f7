/* train_contrast.h: the loss itc of a batch: the vectors that its objective compares, made by the network, and by its twin.
 *
 *     idc_contrast_job job = {net, twin, &settings.contrast, seed, step};
 *     idc_contrast_pairs pairs = {{before, after}, &pair, batch};
 *     idc_tensor *loss = idc_contrast_loss(&job, tape, &pairs);           // [1]
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
    idc_tensor *side[2];                 /* [B,h,w,F]: features of the pictures before, after */
    const idc_network_pair_output *pair; /* of those */
    const idc_batch *batch; /* their sentences, as many as idc_contrast_captions says */
} idc_contrast_pairs;

/* What is wrong poisons the tape. */
idc_tensor *idc_contrast_loss(const idc_contrast_job *job, idc_tape *t,
                              const idc_contrast_pairs *pairs);

/* Does loss itc, if it has a weight, need what the bits of idc_objective_needs say? */
bool idc_contrast_has(const idc_train_settings *s, unsigned bits);
/* Sentences a pair that it needs, at least 1. */
int idc_contrast_captions(const idc_train_settings *s);

#endif
