/* train_loss.h: the losses of the encoder and of the pair network on a tape (docs/model.md, "Training losses").
 *
 *     idc_losses l = {.weight = settings.weight};
 *     idc_loss_encoder(tape, out.logits, batch, &l);
 *     idc_tape_backward(tape, l.total, &err);
 */
#ifndef IDC_MODEL_TRAIN_LOSS_H
#define IDC_MODEL_TRAIN_LOSS_H

#include "model/data_batch.h"
#include "model/network.h"
#include "model/train_contrast.h"
#include "model/train_settings.h"

typedef struct idc_losses {
    const double *weight;                  /* [IDC_LOSSES]; a loss of weight 0 is not computed */
    bool sum;                              /* words and change: over the batch, not its mean */
    const idc_objective_options *contrast; /* of the loss itc … */
    idc_network *twin;                     /* … which may need one */
    uint64_t seed, step;                   /* of what it draws */
    idc_tensor *part[IDC_LOSSES];          /* without their weights; NULL: not computed */
    idc_tensor *total;                     /* Σ weight · part */
    idc_tensor *raw;                       /* of idc_loss_pairs: the cells [2B,n,R] … */
    idc_contrast_said said;                /* … what loss itc compared … */
    idc_network_pair_output pair;          /* … what the heads say … */
    idc_tensor *words, *change; /* … and the logits of words [B·L,V] and of change [B,2] */
} idc_losses;

/* Adds a loss of one element; NULL (a poisoned tape) is passed over. */
void idc_loss_add(idc_tape *t, idc_losses *l, enum idc_loss which, idc_tensor *part);
/* logits [pictures,rows,columns,19] of the encoder. */
void idc_loss_encoder(idc_tape *t, idc_tensor *logits, const idc_batch *b, idc_losses *l);
/* The features of a batch whose pictures are encoded already: [pictures,rows,columns,F]. */
idc_tensor *idc_batch_feature(const idc_batch *b, idc_tape *t);
/* feature [pictures,rows,columns,F]: each picture once. */
void idc_loss_pairs(idc_network *net, idc_tape *t, idc_tensor *feature, const idc_batch *b,
                    idc_losses *l);

#endif
