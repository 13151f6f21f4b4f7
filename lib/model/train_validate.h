/* train_validate.h: how good is the model on triples that it was not trained on?
 *
 *     idc_train_scores s;
 *     idc_train_validate(&s, &model, &maker, 100, tape, &err);
 *
 * Whole frames, no augmentation, running statistics. Encoder: attributes at the centre cells of the visible objects, and objects
 * found. Pairs: before → semantic, before → nonsemantic, semantic → before, nonsemantic → semantic of each triple,
 * listed pairs forwards and backwards.
 */
#ifndef IDC_MODEL_TRAIN_VALIDATE_H
#define IDC_MODEL_TRAIN_VALIDATE_H

#include "model/data_batch.h"
#include "model/train_model.h"
#include "model/train_retrieval.h"

typedef struct json_t json_t; /* jansson.h */

typedef struct idc_train_scores {
    double objects,
        attribute[IDC_ATTRIBUTES]; /* visible objects; right attributes at their centres */
    double found, peaks,
        good_peaks; /* objects with a peak of the centre map (> 0.25) in or beside their centre
                                                  cell; peaks in all, and those at an object */
    double pairs[IDC_CHANGE_TYPES];
    double right[IDC_CHANGE_TYPES][IDC_CHANGE_TYPES]; /* [truth][said by the type head] */
    double
        full[IDC_CHANGE_TYPES]; /* type, four attributes, and the new value right, from the heads */
    double exact[IDC_CHANGE_TYPES]; /* greedy words equal the plain sentence (next-word models) */
    double untyped, untyped_exact;  /* pairs whose type is not known */
    double changed;                 /* changed or not right, from the cross-modal encoder */
    double *margin;                 /* [margins]: logit of change minus logit of none … */
    int *is_changed;                /* … and the truth, for calibration; owned */
    size_t margins;
    idc_retrieval retrieval; /* of networks with the head for it */
} idc_train_scores;

/* tape: IDC_TAPE_INFER. The maker's data are the validation's; its shape has pairs > 0 for the network, 0 for the encoder alone. */
int idc_train_validate(idc_train_scores *s, idc_train_model *m, idc_batch_maker *maker,
                       size_t triples, idc_tape *tape, idc_error *err);
void idc_train_scores_fini(idc_train_scores *s);
/* For the log: shares, by type. */
json_t *idc_train_scores_json(const idc_train_scores *s);

/* What fits the margins best (calibration.h); 1 when there are none. */
double idc_train_temperature(const idc_train_scores *s);
/* Expected calibration error of the change probability with the configuration's calibration. */
double idc_train_calibration_error(const idc_train_scores *s, const idc_model_config *c);

#endif
