/* contrast.h: has anything changed, and does the model know such pictures at all?
 *
 *     idc_contrast *c;
 *     idc_contrast_new(&c, model, &err);
 *     idc_contrast_add(c, diff, 0.5, &err);     // the record gains `change`, `changed` and `domain`
 *     if (idc_contrast_strange(c)) …            // a pair so far was unlike the training pictures
 *
 * change = e^(z1/T) / (e^((z0 + b)/T) + e^(z1/T)) with the logits z of the network's change head and the file's calibration:
 * temperature T (Guo et al. 2017), none_bias b.
 *
 * domain: s = mean over the F numbers of ((pooled − domain.mean) · domain.inverse_deviation)², the larger of the two
 * pictures'. With the file's threshold t (the 99.5th percentile of s over the training pictures) domain = 2^(−s/t): 1 at the
 * mean, 0.5 at the threshold, 0 far away. Files without threshold or statistics give no domain.
 */
#ifndef IDC_MODEL_CONTRAST_H
#define IDC_MODEL_CONTRAST_H

#include "model/model_file.h"
#include "wire/record.h"

typedef struct idc_contrast idc_contrast;

/* The model has IDC_MODEL_NETWORK and outlives the contrast. */
int idc_contrast_new(idc_contrast **c, const idc_model *m, idc_error *err);
void idc_contrast_free(idc_contrast **c);
/* Adds `change` (0 … 1), `changed` (change ≥ min_change) and, where the model and the record allow, `domain` (0 … 1).
 * IDC_E_MISMATCH for a diff of another model or with tokens of another shape. */
int idc_contrast_add(idc_contrast *c, idc_record *diff, double min_change, idc_error *err);
/* The model's sentence for a pair that is called unchanged (`changed` is false); NULL for others, and where the model has none. */
const char *idc_contrast_unchanged(const idc_model *m, const idc_record *diff);
/* True once a record's domain was below 0.5. */
bool idc_contrast_strange(const idc_contrast *c);

/* s of above for one picture's pooled feature [F]; 0 where the model has no statistics. */
double idc_domain_distance(const idc_model *m, const float *pooled);
double idc_change_probability(const idc_model_config *c, const float logits[2]);
/* The tokens of a diff as f32 [M,d], aligned, in memory of the tape: checks kind of model, shape and that they are finite. */
idc_tensor *idc_diff_tokens(const idc_model *m, idc_tape *t, const idc_record *diff);

#endif
