/* train_log.h: the JSON Lines of a run: means over the steps since the last line.
 *
 *     idc_train_log log;
 *     idc_train_log_open(&log, "run.jsonl", &err);         // NULL: no file
 *     idc_train_log_step(&log, &record);
 *     idc_train_log_write(&log, step, &err);
 *     idc_train_log_close(&log, &err);
 */
#ifndef IDC_MODEL_TRAIN_LOG_H
#define IDC_MODEL_TRAIN_LOG_H

#include <stdio.h>

#include "model/train_settings.h"

typedef struct json_t json_t; /* jansson.h */

enum idc_train_part {
    IDC_PART_LOAD,
    IDC_PART_ENCODER,
    IDC_PART_FORWARD,
    IDC_PART_BACKWARD,
    IDC_PART_OPTIMIZER,
    IDC_PARTS
};

/* Means over a batch of stage reinforce: rewards of the sentences drawn, and of the greedy ones. */
typedef struct idc_earned {
    double reward, baseline;
} idc_earned;

typedef struct idc_train_record {
    double lr, norm, total, loss[IDC_LOSSES]; /* a loss that was not computed is NAN */
    double seconds[IDC_PARTS];
    idc_earned earned; /* 0 in other stages */
    int items;         /* pictures or pairs */
} idc_train_record;

typedef struct idc_train_log {
    FILE *file;
    const char *path;
    idc_train_record sum;
    int steps, counted[IDC_LOSSES];
    char last[256]; /* the last line in short, for people */
} idc_train_log;

/* Goes on at the end of the file. */
int idc_train_log_open(idc_train_log *log, const char *path, idc_error *err);
void idc_train_log_step(idc_train_log *log, const idc_train_record *r);
/* One line for the steps since the last one; nothing when there were none. */
int idc_train_log_write(idc_train_log *log, uint64_t step, idc_error *err);
/* A line {"step":…, "<name>":value}; takes the reference. */
int idc_train_log_value(idc_train_log *log, uint64_t step, const char *name, json_t *value,
                        idc_error *err);
int idc_train_log_close(idc_train_log *log, idc_error *err);

#endif
