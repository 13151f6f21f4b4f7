/* train_settings.h: every number that a run of training depends on, from an INI file and the command line.
 *
 *     idc_train_settings s;
 *     idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
 *     idc_train_settings_read(&s, "finetune.ini", &err);              // unknown keys are refused with a near name
 *     idc_train_settings_set(&s, "steps.count", "2000", &err);        // what the command line says wins
 *     idc_train_settings_print(&s, stdout);                           // an INI file again
 *
 * The table in train_settings.c has a row a setting: default of each stage, range, the value of Yao, Wang and Jin 2022, help.
 */
#ifndef IDC_MODEL_TRAIN_SETTINGS_H
#define IDC_MODEL_TRAIN_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "model/objective.h"

enum idc_train_stage { IDC_STAGE_ENCODER, IDC_STAGE_FINETUNE, IDC_STAGES };

/* Names of the losses, as in [loss] and in the log. The first ones are the encoder's, the others the pair's. */
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
    IDC_LOSS_ITC,
    IDC_LOSSES
};
extern const char *const idc_loss_names[IDC_LOSSES];

/* All numbers are doubles so that one table describes them; whole ones are marked in it. */
typedef struct idc_train_settings {
    enum idc_train_stage stage;
    double steps, warmup, lr, final_lr, seed;
    double batch, triples, none_share, plain_share, list_share;
    double crop, mirror, gain, channel_gain, offset, noise, blur, apart;
    double beta1, beta2, eps, weight_decay, clip, encoder_lr, encoder_statistics, bf16;
    double weight[IDC_LOSSES], words_from;
    idc_objective_options contrast; /* [contrast]: of the loss itc */
    double log_every, validate_every, validate_triples, checkpoint_seconds;
} idc_train_settings;

typedef struct idc_train_setting {
    const char *key; /* "section.name" */
    size_t offset;
    double defaults[IDC_STAGES], low, high;
    int whole;
    const char *paper, *help;
} idc_train_setting;
const idc_train_setting *idc_train_settings_table(size_t *n);

void idc_train_settings_default(idc_train_settings *s, enum idc_train_stage stage);
int idc_train_settings_read(idc_train_settings *s, const char *path, idc_error *err);
int idc_train_settings_set(idc_train_settings *s, const char *key, const char *value,
                           idc_error *err);
void idc_train_settings_print(const idc_train_settings *s, FILE *out);

const char *idc_train_stage_name(enum idc_train_stage stage);
/* −1 when there is no such stage. */
int idc_train_stage_from_name(const char *name);

#endif
