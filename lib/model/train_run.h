/* train_run.h: a run of training while it goes on: opening (train_open.c), one step (train_step.c), the loop (train.c).
 * Private to lib/model.
 */
#ifndef IDC_MODEL_TRAIN_RUN_H
#define IDC_MODEL_TRAIN_RUN_H

#include "model/data_loader.h"
#include "model/negative_source.h"
#include "model/train.h"
#include "model/train_log.h"
#include "model/train_model.h"
#include "model/train_reinforce.h"
#include "model/train_state.h"

typedef struct json_t json_t; /* jansson.h */

typedef struct idc_train_job {
    const idc_train_options *o;
    const idc_train_hooks *hooks;
    const idc_train_settings *s;
    idc_dataset *data, *validation;
    idc_order *order, *list_order; /* NULL: no lists */
    idc_order *class_order;        /* NULL: no classes */
    idc_train_model model;
    idc_adamw *optimizer;
    idc_tape *tape, *infer;
    idc_batch_loader *loader;
    idc_reinforcer *reinforcer;        /* of stage reinforce */
    idc_negative_source *negatives[2]; /* of data and validation, in stage pretrain with task fda */
    idc_train_progress progress;
    idc_train_log log;
    char checkpoint[4096]; /* its path */
    char *before;          /* training record of the file it started from, or NULL */
    json_t *scores;        /* the last validation, or NULL */
    double saved_at;       /* clock of the last checkpoint */
} idc_train_job;

/* Fills a job whose o, hooks and s are set. idc_train_close frees what there is, after a failure as well. */
int idc_train_open(idc_train_job *r, idc_error *err);
void idc_train_close(idc_train_job *r);
idc_batch_maker idc_train_maker(const idc_train_job *r, const idc_dataset *data, idc_order *order);

/* Forward, backward and one update with the batch; progress.step is still that of before. IDC_E_NUMERIC when something
 * is not finite: the parameters are then as before the step. */
int idc_train_step(idc_train_job *r, const idc_batch *b, idc_train_record *record, idc_error *err);
/* IDC_E_NUMERIC "step N: WHAT is not finite (first in WHERE); the last good state is …"; where may be NULL. */
int idc_train_not_finite(const idc_train_job *r, const char *what, const char *where,
                         idc_error *err);

/* Seconds of a clock that never goes back. */
double idc_train_now(void);
/* One line for people. */
void idc_train_note(const idc_train_job *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
