/* train.h: a run of training from data to a model file.
 *
 *     idc_train_options o = {.settings = s, .data = {"shards"}, .n_data = 1, …, .save = "model.safetensors"};
 *     idc_train_run(&o, &hooks, &err);
 *
 * Data are pictures (shards, lists) or, where the encoder is frozen, a source of features (train_source.h).
 * Stage "encoder": pictures with dense labels. Stage "pretrain": the tasks of pretrain.h.
 * Stage "finetune": pairs, the encoder frozen or trained along. While it runs,
 * SAVE.checkpoint holds the last good state; with one thread a run that was stopped and resumed ends bit for bit like one
 * that was not. A loss or gradient that is not finite ends the run with the step and the tensor named (IDC_E_NUMERIC), a
 * stop with IDC_E_STOPPED and a checkpoint.
 */
#ifndef IDC_MODEL_TRAIN_H
#define IDC_MODEL_TRAIN_H

#include "model/train_settings.h"

typedef struct idc_train_options {
    idc_train_settings settings;
    const char *const *data, *const *validate; /* shards, folders of them, lists of pairs */
    size_t n_data, n_validate;                 /* n_validate 0: no validation, no temperature */
    struct idc_train_source *source, *validate_source; /* instead of data, validate; the caller's */
    const char *config, *vocabulary;                   /* as idc_train_start has them */
    const char *init, *encoder, *save, *log;           /* log: JSON Lines file or NULL */
    const char *negatives, *classes; /* pretrain: as idc_negative_options has them */
    const char *command;             /* for the training record, or NULL */
    int resume, half;                /* go on from SAVE.checkpoint; write f16 */
} idc_train_options;

/* How the caller takes part; any may be NULL. */
typedef struct idc_train_hooks {
    void *user;
    int (*stopped)(void *user);
    void (*note)(void *user, const char *text); /* one line for people */
    void (*progress)(void *user, uint64_t done, uint64_t total);
} idc_train_hooks;

int idc_train_run(const idc_train_options *o, const idc_train_hooks *hooks, idc_error *err);

/* step counts from 0. cosine: linear warm-up, then a cosine from lr to final_lr · lr (Loshchilov and Hutter 2017).
 * inverse_sqrt: lr · step / warmup, then lr · sqrt(warmup / step) (Vaswani et al. 2017). steps: linear warm-up, then lr halved
 * every so many steps. */
double idc_train_rate(const idc_train_settings *s, uint64_t step);

#endif
