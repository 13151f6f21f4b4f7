#include "model/train.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "model/train_finish.h"
#include "model/train_pretrain.h"
#include "model/train_run.h"
#include "model/train_validate.h"

#define VALIDATION_TRIPLES 8 /* at once */
#define DOMAIN_TRIPLES 400

double idc_train_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void idc_train_note(const idc_train_job *r, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (r->hooks != NULL && r->hooks->note != NULL)
        r->hooks->note(r->hooks->user, text);
}

/* The smallest rate of schedule inverse_sqrt, whose step 0 would have none (Yao, Wang, Jin 2022, their code). */
#define LEAST_RATE 1e-8

double idc_train_rate(const idc_train_settings *s, uint64_t step)
{
    double t = (double)step, rise = t + 1 < s->warmup ? (t + 1) / s->warmup : 1;
    if (s->schedule == IDC_SCHEDULE_INVERSE_SQRT) {
        double top = fmax(s->warmup, 1), rate = s->lr * (t <= top ? t / top : sqrt(top / t));
        return rate > 0 ? rate : LEAST_RATE;
    }
    if (s->schedule == IDC_SCHEDULE_STEPS)
        return s->lr * rise * exp2(-fmin(floor(t / s->halve_every), s->halvings));
    double cosine = 0.5 * (1 + cos(3.14159265358979323846 * fmin(t / s->steps, 1)));
    return s->lr * rise * (s->final_lr + (1 - s->final_lr) * cosine);
}

static int save_checkpoint(idc_train_job *r, idc_error *err)
{
    const char *bad = idc_train_first_bad(r->model.params, false);
    if (bad != NULL) /* the file holds the last good state: keep it */
        return idc_train_not_finite(r, "model", bad, err);
    r->saved_at = idc_train_now();
    return idc_train_state_save(r->checkpoint, &r->model, r->optimizer, &r->progress, err);
}

static int write_model(idc_train_job *r, const idc_train_domain *domain, idc_error *err)
{
    idc_train_product p = {.path = r->o->save,
                           .model = &r->model,
                           .domain = domain,
                           .settings = r->s,
                           .progress = &r->progress,
                           .command = r->o->command,
                           .before = r->before,
                           .scores = r->scores,
                           .half = r->o->half != 0};
    return idc_train_write(&p, err);
}

/* Keeps, says and logs what a validation found; takes the reference. */
static int tell_scores(idc_train_job *r, json_t *scores, idc_error *err)
{
    json_decref(r->scores);
    r->scores = scores;
    char *text = json_dumps(r->scores, JSON_REAL_PRECISION(4));
    idc_train_note(r, "step %llu: validation %s", (unsigned long long)r->progress.step,
                   text != NULL ? text : "");
    free(text);
    return idc_train_log_value(&r->log, r->progress.step, "validation", json_incref(r->scores),
                               err);
}

static int validate_tasks(idc_train_job *r, idc_batch_maker *maker, idc_error *err)
{
    json_t *scores;
    idc_pretrain_use(r->model.pretrain, r->negatives[1]);
    int rc = idc_train_pretrain_validate(&scores, &r->model, maker, (size_t)r->s->validate_triples,
                                         r->infer, err);
    return rc < 0 ? rc : tell_scores(r, scores, err);
}

static int validate(idc_train_job *r, idc_error *err)
{
    idc_train_scores scores;
    idc_batch_maker maker = idc_train_maker(r, r->validation, NULL);
    maker.shape.pairs = r->model.network != NULL ? VALIDATION_TRIPLES * IDC_VALIDATION_PAIRS : 0;
    maker.shape.pictures =
        maker.shape.channels > 0 ? 2 * maker.shape.pairs : VALIDATION_TRIPLES * IDC_VIEWS;
    if (r->s->stage == IDC_STAGE_PRETRAIN)
        return validate_tasks(r, &maker, err);
    int rc = idc_train_validate(&scores, &r->model, &maker, (size_t)r->s->validate_triples,
                                r->infer, err);
    if (rc == 0) {
        r->model.config.temperature = idc_train_temperature(&scores);
        json_t *found = idc_train_scores_json(&scores);
        if (scores.margins > 0) {
            json_t *pair = json_object_get(found, "pair");
            json_object_set_new(pair, "temperature", json_real(r->model.config.temperature));
            json_object_set_new(pair, "ece",
                                json_real(idc_train_calibration_error(&scores, &r->model.config)));
        }
        rc = tell_scores(r, found, err);
    }
    idc_train_scores_fini(&scores);
    return rc;
}

static bool every(double period, uint64_t step)
{
    return period > 0 && step % (uint64_t)period == 0;
}

/* What is due after a step. */
static int after_step(idc_train_job *r, idc_error *err)
{
    uint64_t step = r->progress.step;
    bool last = step >= (uint64_t)r->s->steps;
    bool stopped =
        r->hooks != NULL && r->hooks->stopped != NULL && r->hooks->stopped(r->hooks->user);
    int rc = 0;
    if (every(r->s->log_every, step) || last || stopped) {
        rc = idc_train_log_write(&r->log, step, err);
        idc_train_note(r, "%s", r->log.last);
    }
    if (rc == 0 && (idc_train_now() - r->saved_at >= r->s->checkpoint_seconds || last || stopped))
        rc = save_checkpoint(r, err);
    if (rc == 0 && stopped) {
        idc_train_note(r, "stopped after step %llu; --resume goes on", (unsigned long long)step);
        return idc_fail(err, IDC_E_STOPPED, "stopped after step %llu", (unsigned long long)step);
    }
    if (rc == 0 && !last && r->validation != NULL && every(r->s->validate_every, step)) {
        rc = validate(r, err);
        if (rc == 0)
            rc = write_model(r, NULL, err);
    }
    if (r->hooks != NULL && r->hooks->progress != NULL)
        r->hooks->progress(r->hooks->user, step, (uint64_t)r->s->steps);
    return rc;
}

static int loop(idc_train_job *r, idc_error *err)
{
    /* at once: a place that cannot be written should not cost the first minutes */
    int rc = r->o->resume ? 0 : save_checkpoint(r, err);
    r->saved_at = idc_train_now();
    while (rc == 0 && r->progress.step < (uint64_t)r->s->steps) {
        idc_train_record record = {0};
        const idc_batch *b;
        double start = idc_train_now();
        rc = idc_batch_loader_next(r->loader, &b, err);
        record.seconds[IDC_PART_LOAD] = idc_train_now() - start;
        if (rc <= 0)
            break;
        rc = idc_train_step(r, b, &record, err);
        if (rc < 0)
            break;
        r->progress.step++;
        r->progress.seconds += idc_train_now() - start;
        idc_train_log_step(&r->log, &record);
        rc = after_step(r, err);
    }
    return rc;
}

static int finish(idc_train_job *r, idc_error *err)
{
    idc_train_domain domain;
    int rc = r->validation != NULL ? validate(r, err) : 0;
    if (rc == 0)
        rc = idc_train_domain_measure(&domain, &r->model, r->data, DOMAIN_TRIPLES, r->infer, err);
    if (rc < 0)
        return rc;
    r->model.config.domain_threshold = domain.threshold;
    rc = write_model(r, &domain, err);
    idc_train_domain_fini(&domain);
    return rc;
}

int idc_train_run(const idc_train_options *o, const idc_train_hooks *hooks, idc_error *err)
{
    idc_train_job r = {.o = o, .hooks = hooks, .s = &o->settings};
    int rc = idc_train_open(&r, err);
    if (rc == 0)
        rc = loop(&r, err);
    if (rc == 0)
        rc = finish(&r, err);
    int closed = idc_train_log_close(&r.log, rc == 0 ? err : NULL);
    idc_train_close(&r);
    return rc < 0 ? rc : closed;
}
