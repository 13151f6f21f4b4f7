/* classify.h: the last linear layer of a network that was trained to tell classes apart, over pooled features.
 *
 *     idc_classifier *c;
 *     idc_classifier_new(&c, enc, file, "lite0.safetensors", &err);   // fc.weight, _fc.weight or head.fc.weight of the file
 *     idc_classifier_labels(c, "labels.txt", &err);                    // instead of those in the file's metadata
 *     idc_classifier_mark(c, record, pooled, &err);                    // its field `classes`
 *
 * classes: the five most likely, [{"class": 285, "label": "Egyptian cat", "probability": 0.39, "logit": 9.47}, …];
 * probability is the softmax over all classes, label is left out where none is known.
 */
#ifndef IDC_ENCODER_CLASSIFY_H
#define IDC_ENCODER_CLASSIFY_H

#include "encoder/encoder.h"
#include "tensor/safetensors.h"
#include "wire/record.h"

#define IDC_TOP_CLASSES 5

typedef struct idc_classifier idc_classifier;

/* IDC_E_UNSUPPORTED where enc has no classifier or not its deepest stage, IDC_E_MISSING or IDC_E_MISMATCH where the file has
 * none that fits. Labels are those of the file's metadata "labels" (a JSON array), if it has them. */
int idc_classifier_new(idc_classifier **c, const idc_encoder *enc, const idc_safetensors *file,
                       const char *name, idc_error *err);
void idc_classifier_free(idc_classifier **c);
/* One label a line; IDC_E_MISMATCH where there are not as many as classes. */
int idc_classifier_labels(idc_classifier *c, const char *path, idc_error *err);
int idc_classifier_classes(const idc_classifier *c);
/* All logits of one vector of the encoder's width. */
void idc_classifier_logits(const idc_classifier *c, const float *pooled, float *logits);
int idc_classifier_mark(idc_classifier *c, idc_record *r, const float *pooled, idc_error *err);

/* All tensors of `file` but counters of batches, and the text of a file of labels (or NULL), as a safetensors file that says
 * which network it is: metadata arch, labels. */
int idc_weights_save(const char *path, const idc_safetensors *file, const char *arch,
                     const char *labels, idc_error *err);

#endif
