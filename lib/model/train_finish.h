/* train_finish.h: what turns trained parameters into a model file: statistics of the training pictures, the record of the run.
 *
 *     idc_train_write(&(idc_train_product){.path = "model.safetensors", .model = &m, …}, &err);
 */
#ifndef IDC_MODEL_TRAIN_FINISH_H
#define IDC_MODEL_TRAIN_FINISH_H

#include "model/train_model.h"
#include "model/train_state.h"

typedef struct json_t json_t; /* jansson.h */

typedef struct idc_train_domain {
    float *mean, *inverse_deviation; /* [F] of pooled features (mean over the cells), owned */
    double
        threshold; /* 99.5th percentile of the mean over F of ((pooled − mean) · inverse_deviation)² */
} idc_train_domain;

/* Over the pictures of at most `triples` triples spread over the data, as they are. tape: IDC_TAPE_INFER. */
int idc_train_domain_measure(idc_train_domain *d, idc_train_model *m, const idc_dataset *data,
                             size_t triples, idc_tape *tape, idc_error *err);
void idc_train_domain_fini(idc_train_domain *d);

typedef struct idc_train_product {
    const char *path;
    const idc_train_model *model;
    const idc_train_domain *domain; /* or NULL */
    const idc_train_settings *settings;
    const idc_train_progress *progress;
    const char *command; /* as typed; or NULL */
    const char *before;  /* the training record of the file it started from; or NULL */
    json_t *scores;      /* the last validation; or NULL */
    bool half;
} idc_train_product;
int idc_train_write(const idc_train_product *p, idc_error *err);

#endif
