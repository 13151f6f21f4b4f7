/* train_reinforce.h: the loss of stage reinforce for a batch: sentences drawn with reinforce.h earn the rewards of reward.h.
 * Private to lib/model.
 *
 *     idc_reinforcer *f;
 *     idc_reinforcer_new(&f, data, &model, settings, &err);
 *     idc_loss_pairs(net, tape, feature, batch, &losses);
 *     idc_reinforcer_step(f, tape, batch, &losses, &err);       // adds the loss "reward"
 */
#ifndef IDC_MODEL_TRAIN_REINFORCE_H
#define IDC_MODEL_TRAIN_REINFORCE_H

#include "model/train_log.h"
#include "model/train_loss.h"
#include "model/train_model.h"

typedef struct idc_reinforcer idc_reinforcer;

/* Model and settings outlive it. */
int idc_reinforcer_new(idc_reinforcer **f, const idc_dataset *data, const idc_train_model *model,
                       const idc_train_settings *settings, idc_error *err);
void idc_reinforcer_free(idc_reinforcer **f);

/* l->pair.tokens is of the batch; l gains the part IDC_LOSS_REWARD. What is drawn is a function of l->seed and l->step. */
int idc_reinforcer_step(idc_reinforcer *f, idc_tape *t, const idc_batch *b, idc_losses *l,
                        idc_error *err);
/* Of the latest batch. */
idc_earned idc_reinforcer_earned(const idc_reinforcer *f);

#endif
