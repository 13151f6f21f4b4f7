/* pairing.h: feature and pair records to diff records.
 *
 *     idc_pairing *p;
 *     idc_pairing_new(&p, model, 64, &err);
 *     idc_pairing_add(p, feature, &err);                    // remembered
 *     idc_pairing_join(p, pair, &diff, &err);               // needs both features of the pair
 *     idc_record_free(&diff);
 *
 * A feature that says how many pairs will name it (`uses`) is kept until the last of them; the others are kept in a
 * window of the last ones that came. A diff is the pair record (its other fields pass through) with
 *     tokens   f32 [2(n+1),d]   E of docs/model.md
 *     grid     [rows, columns]  of the cells in it
 *     model    fingerprint of the model file
 *     size     [w,h] of the source of `before`; size_after where that of `after` is another
 *     pooled   f32 [2,F]        the pictures' mean features, for `domain`
 * and, of models with helper heads,
 *     pointer  f32 [2,rows,columns]  where the change is, in before and after; what a map lacks to 1 is "nowhere"
 *     guess    the likeliest type of change
 */
#ifndef IDC_MODEL_PAIRING_H
#define IDC_MODEL_PAIRING_H

#include "model/model_file.h"
#include "wire/record.h"

typedef struct idc_pairing idc_pairing;

/* The model has IDC_MODEL_NETWORK and outlives the pairing. window: 1 … 65536 features. */
int idc_pairing_new(idc_pairing **p, const idc_model *m, int window, idc_error *err);
void idc_pairing_free(idc_pairing **p);
/* IDC_E_MISMATCH when another encoder made the feature, or its shape is not the model's; IDC_E_RANGE beyond 4 GiB of
 * features that wait for pairs. */
int idc_pairing_add(idc_pairing *p, const idc_record *feature, idc_error *err);
/* IDC_E_MISSING when a picture that the pair names is not there (it never came, failed, or has left the window). */
int idc_pairing_join(idc_pairing *p, const idc_record *pair, idc_record **diff, idc_error *err);

#endif
