#include "model/train_log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const char *const part_names[IDC_PARTS] = {"load", "encoder", "forward", "backward",
                                                  "optimizer"};

int idc_train_log_open(idc_train_log *log, const char *path, idc_error *err)
{
    memset(log, 0, sizeof *log);
    log->path = path;
    if (path != NULL && (log->file = fopen(path, "a")) == NULL)
        return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    return 0;
}

void idc_train_log_step(idc_train_log *log, const idc_train_record *r)
{
    log->sum.lr = r->lr;
    log->sum.norm += r->norm;
    log->sum.total += r->total;
    log->sum.items += r->items;
    log->sum.earned.reward += r->earned.reward;
    log->sum.earned.baseline += r->earned.baseline;
    for (int i = 0; i < IDC_PARTS; i++)
        log->sum.seconds[i] += r->seconds[i];
    for (int i = 0; i < IDC_LOSSES; i++) {
        log->counted[i] += !isnan(r->loss[i]);
        log->sum.loss[i] += isnan(r->loss[i]) ? 0 : r->loss[i];
    }
    log->steps++;
}

static int write_line(idc_train_log *log, json_t *line, idc_error *err)
{
    int rc = 0;
    if (log->file != NULL &&
        (json_dumpf(line, log->file, JSON_COMPACT | JSON_REAL_PRECISION(6)) < 0 ||
         fputc('\n', log->file) == EOF || fflush(log->file) != 0))
        rc = idc_fail(err, IDC_E_IO, "%s: %s", log->path, strerror(errno));
    json_decref(line);
    return rc;
}

int idc_train_log_write(idc_train_log *log, uint64_t step, idc_error *err)
{
    if (log->steps == 0)
        return 0;
    double n = log->steps, seconds = 0;
    json_t *line = json_object(), *parts = json_object();
    json_object_set_new(line, "step", json_integer((json_int_t)step));
    json_object_set_new(line, "lr", json_real(log->sum.lr));
    json_object_set_new(line, "loss", json_real(log->sum.total / n));
    for (int i = 0; i < IDC_LOSSES; i++)
        if (log->counted[i] > 0)
            json_object_set_new(line, idc_loss_names[i],
                                json_real(log->sum.loss[i] / log->counted[i]));
    if (log->counted[IDC_LOSS_REWARD] > 0)
        json_object_set_new(line, "earned",
                            json_pack("{s:f, s:f}", "samples", log->sum.earned.reward / n, "greedy",
                                      log->sum.earned.baseline / n));
    json_object_set_new(line, "gradient_norm", json_real(log->sum.norm / n));
    for (int i = 0; i < IDC_PARTS; i++) {
        seconds += log->sum.seconds[i];
        json_object_set_new(parts, part_names[i], json_real(log->sum.seconds[i] / n));
    }
    json_object_set_new(line, "items_per_second",
                        json_real(seconds > 0 ? log->sum.items / seconds : 0));
    json_object_set_new(line, "seconds", parts);
    snprintf(log->last, sizeof log->last, "step %llu: loss %.4f, %.3f s a step",
             (unsigned long long)step, log->sum.total / n, seconds / n);
    memset(&log->sum, 0, sizeof log->sum);
    memset(log->counted, 0, sizeof log->counted);
    log->steps = 0;
    return write_line(log, line, err);
}

int idc_train_log_value(idc_train_log *log, uint64_t step, const char *name, json_t *value,
                        idc_error *err)
{
    json_t *line = json_object();
    json_object_set_new(line, "step", json_integer((json_int_t)step));
    json_object_set_new(line, name, value);
    return write_line(log, line, err);
}

int idc_train_log_close(idc_train_log *log, idc_error *err)
{
    int rc = 0;
    if (log->file != NULL && fclose(log->file) != 0)
        rc = idc_fail(err, IDC_E_IO, "%s: %s", log->path, strerror(errno));
    log->file = NULL;
    return rc;
}
