/* train_pretrain.h: stage "pretrain" of a run: batches of each task's size, a step's loss, the validation. Private to lib/model.
 *
 *     idc_train_pretrain_plan(&maker, settings);                       // a maker of training batches
 *     idc_train_pretrain_loss(&model, tape, feature, batch, step, &losses, &err);
 *     idc_train_pretrain_validate(&scores, &model, &maker, triples, tape, &err);
 */
#ifndef IDC_MODEL_TRAIN_PRETRAIN_H
#define IDC_MODEL_TRAIN_PRETRAIN_H

#include "model/train_loss.h"
#include "model/train_model.h"

typedef struct json_t json_t; /* jansson.h */

/* Lets the maker draw as many pairs as the task of each step takes; the settings outlive it. */
void idc_train_pretrain_plan(idc_batch_maker *maker, const idc_train_settings *s);
/* feature [pictures,rows,columns,F]: each picture once. Fills total and the part of the step's task. */
int idc_train_pretrain_loss(idc_train_model *m, idc_tape *t, idc_tensor *feature,
                            const idc_batch *b, uint64_t step, idc_losses *l, idc_error *err);
/* For each task with a ratio above 0 its mean loss and the share of right answers, over the pairs that idc_batch_validate
 * gives for so many triples; what is drawn is the same at every validation. tape: IDC_TAPE_INFER. *scores: a new reference. */
int idc_train_pretrain_validate(json_t **scores, idc_train_model *m, idc_batch_maker *maker,
                                size_t triples, idc_tape *tape, idc_error *err);

#endif
