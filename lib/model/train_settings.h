/* train_settings.h: every number that a run of training depends on, from an INI file and the command line.
 *
 *     idc_train_settings s;
 *     idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
 *     idc_train_settings_read(&s, "finetune.ini", &err);              // unknown keys are refused with a near name
 *     idc_train_settings_set(&s, "steps.count", "2000", &err);        // what the command line says wins
 *     idc_train_settings_print(&s, stdout);                           // an INI file again
 *
 * The table in train_settings.c has a row a setting: defaults, range, the value of Yao, Wang and Jin 2022, help. A stage takes
 * its defaults from one of the two columns and has a row in `departures` for each setting that it starts otherwise.
 */
#ifndef IDC_MODEL_TRAIN_SETTINGS_H
#define IDC_MODEL_TRAIN_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "model/objective.h"

enum idc_train_stage {
    IDC_STAGE_ENCODER,
    IDC_STAGE_FINETUNE,
    IDC_STAGE_PRETRAIN,
    IDC_STAGE_REINFORCE,
    IDC_STAGES
};

/* Values of steps.schedule and optimizer.kind. */
enum idc_schedule { IDC_SCHEDULE_COSINE, IDC_SCHEDULE_INVERSE_SQRT, IDC_SCHEDULE_STEPS };
enum idc_optimizer_kind { IDC_OPTIMIZER_ADAMW, IDC_OPTIMIZER_ADAM };

/* Tasks of pre-training (pretrain.h). */
enum idc_task {
    IDC_TASK_MLM,
    IDC_TASK_MVCL,
    IDC_TASK_FDA,
    IDC_TASK_ITM_A,
    IDC_TASK_ITM_B,
    IDC_TASK_ITC,
    IDC_TASK_NABIRDS,
    IDC_TASKS
};

/* Names of the losses, as in [loss] and in the log. The first ones are the encoder's, then the pair's, then one of
 * each task of pre-training. */
enum idc_loss {
    IDC_LOSS_FOREGROUND,
    IDC_LOSS_CENTRE,
    IDC_LOSS_SHAPE,
    IDC_LOSS_SIZE,
    IDC_LOSS_COLOR,
    IDC_LOSS_MATERIAL,
    IDC_LOSS_OFFSET,
    IDC_LOSS_TYPE,
    IDC_LOSS_POINTER,
    IDC_LOSS_ATTRIBUTES,
    IDC_LOSS_WORDS,
    IDC_LOSS_CHANGE,
    IDC_LOSS_REWARD,
    IDC_LOSS_TASK, /* + enum idc_task */
    IDC_LOSS_ITC = IDC_LOSS_TASK + IDC_TASK_ITC,
    IDC_LOSSES = IDC_LOSS_TASK + IDC_TASKS
};
extern const char *const idc_loss_names[IDC_LOSSES];

/* All numbers are doubles so that one table describes them; whole ones are marked in it. */
typedef struct idc_train_settings {
    enum idc_train_stage stage;
    double steps, warmup, lr, final_lr, seed, schedule, halve_every, halvings;
    double batch, triples, none_share, plain_share, list_share, backward, single;
    double crop, mirror, gain, channel_gain, offset, noise, blur, apart, together, mirror_sides;
    double optimizer, beta1, beta2, eps, weight_decay, clip, encoder_lr, encoder_statistics, bf16;
    double weight[IDC_LOSSES], words_from, sum;
    double ratio[IDC_TASKS]; /* how often a step is of that task */
    double mask_words, mask_end, mask_cells, mvcl_temperature, fda_temperature;
    double retrieve, replace, confuse; /* how many hard negatives of each kind */
    double fda_focal, mask_text, soft_weight, soft_from, soft_block, soft_raw, content_words;
    double samples, temperature, words_share; /* [reinforce] */
    idc_objective_options contrast;           /* [contrast]: of the loss itc */
    double log_every, validate_every, validate_triples, checkpoint_seconds;
} idc_train_settings;

typedef struct idc_train_setting {
    const char *key; /* "section.name" */
    size_t offset;
    double defaults[2], low, high; /* encoder, finetune */
    int whole;
    const char *paper, *help;
} idc_train_setting;
const idc_train_setting *idc_train_settings_table(size_t *n);

void idc_train_settings_default(idc_train_settings *s, enum idc_train_stage stage);
int idc_train_settings_read(idc_train_settings *s, const char *path, idc_error *err);
int idc_train_settings_set(idc_train_settings *s, const char *key, const char *value,
                           idc_error *err);
/* Chooses an objective as idc_objective_parse does; loss.itc (in stage pretrain tasks.itc) becomes 1 where it is 0. */
int idc_train_settings_contrast(idc_train_settings *s, const char *text, idc_error *err);
void idc_train_settings_print(const idc_train_settings *s, FILE *out);

const char *idc_train_stage_name(enum idc_train_stage stage);
/* "encoder, pretrain, finetune or reinforce" */
const char *idc_train_stages(void);
/* −1 when there is no such stage. */
int idc_train_stage_from_name(const char *name);

#endif
