#include "model/train.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "model/data_loader.h"
#include "model/train_finish.h"
#include "model/train_log.h"
#include "model/train_loss.h"
#include "model/train_validate.h"

#define VALIDATION_TRIPLES 8 /* at once */
#define DOMAIN_TRIPLES 400

/* Everything of a run. */
typedef struct run {
    const idc_train_options *o;
    const idc_train_hooks *hooks;
    const idc_train_settings *s;
    idc_dataset *data, *validation;
    idc_order *order;
    idc_train_model model;
    idc_adamw *optimizer;
    idc_tape *tape, *infer;
    idc_loader *loader;
    idc_train_progress progress;
    idc_train_log log;
    char checkpoint[4096], *before;
    json_t *scores;
    double saved_at; /* clock of the last checkpoint */
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void note(const run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(const run *r, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (r->hooks != NULL && r->hooks->note != NULL)
        r->hooks->note(r->hooks->user, text);
}

double idc_train_rate(const idc_train_settings *s, uint64_t step)
{
    double t = (double)step, rise = t + 1 < s->warmup ? (t + 1) / s->warmup : 1;
    double cosine = 0.5 * (1 + cos(3.14159265358979323846 * fmin(t / s->steps, 1)));
    return s->lr * rise * (s->final_lr + (1 - s->final_lr) * cosine);
}

/* ---- opening ---- */

static idc_batch_maker maker_for(const run *r, const idc_dataset *data, idc_order *order)
{
    const idc_train_settings *s = r->s;
    const idc_model_config *c = &r->model.config;
    bool pairs = s->stage != IDC_STAGE_ENCODER;
    return (idc_batch_maker){
        .data = data,
        .order = order,
        .vocabulary = c->vocabulary,
        .shape = {.width = c->input.size[0],
                  .height = c->input.size[1],
                  .rows = c->network.grid[0],
                  .columns = c->network.grid[1],
                  .pool = c->network.pool,
                  .pictures = pairs ? (int)s->triples * IDC_VIEWS : (int)s->batch,
                  .pairs = pairs ? (int)s->batch : 0,
                  .max_length = c->network.max_length},
        .augment = {.crop = s->crop,
                    .mirror = s->mirror,
                    .gain = s->gain,
                    .channel_gain = s->channel_gain,
                    .offset = s->offset,
                    .noise = s->noise,
                    .blur = s->blur,
                    .apart = s->apart},
        .seed = (uint64_t)s->seed,
        .triples = (int)s->triples,
        .none_share = s->none_share,
        .plain_share = s->plain_share,
        .text = c->network.caption == IDC_CAPTION_NEXT ? IDC_TEXT_NEXT : IDC_TEXT_MASKED,
    };
}

static int keep_record(run *r, idc_error *err)
{
    idc_safetensors *file;
    int rc = r->o->init != NULL ? idc_safetensors_open(&file, r->o->init, err) : 1;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    const char *training = idc_safetensors_metadata(file, "training");
    if (training != NULL && (r->before = strdup(training)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", r->o->init);
    idc_safetensors_close(&file);
    return rc;
}

static int open_model(run *r, idc_error *err)
{
    idc_train_start start = {.stage = r->s->stage,
                             .config = r->o->config,
                             .init = r->o->init,
                             .vocabulary = r->o->vocabulary,
                             .data = r->data,
                             .plain = r->s->plain_share >= 1,
                             .seed = (uint64_t)r->s->seed};
    int rc = keep_record(r, err);
    if (rc == 0)
        rc = idc_train_model_new(&r->model, &start, err);
    if (rc < 0)
        return rc;
    if (r->s->stage == IDC_STAGE_ENCODER && strcmp(r->model.config.encoder.kind, "cnn") != 0)
        return idc_fail(err, IDC_E_UNSUPPORTED,
                        "stage encoder: only the small encoder has dense outputs, not '%s'",
                        r->model.config.encoder.kind);
    if (r->s->stage != IDC_STAGE_ENCODER && r->s->encoder_lr == 0)
        rc = idc_params_set_trainable(r->model.params, "encoder.", false);
    if (rc < 0)
        return idc_fail(err, rc, "encoder: cannot be frozen");
    idc_adamw_options a = {.beta1 = (float)r->s->beta1,
                           .beta2 = (float)r->s->beta2,
                           .eps = (float)r->s->eps,
                           .weight_decay = (float)r->s->weight_decay,
                           .decoupled = true};
    rc = idc_adamw_new(&r->optimizer, r->model.params, &a, err);
    if (rc == 0 && r->s->stage != IDC_STAGE_ENCODER && r->s->encoder_lr > 0)
        idc_adamw_group(r->optimizer, "encoder.", (float)r->s->encoder_lr, true);
    return rc;
}

static int keep_settings(run *r, idc_error *err)
{
    size_t size;
    FILE *memory = open_memstream(&r->progress.settings, &size);
    if (memory == NULL)
        return idc_fail(err, IDC_E_MEMORY, "settings: no memory");
    idc_train_settings_print(r->s, memory);
    return fclose(memory) == 0 ? 0 : idc_fail(err, IDC_E_MEMORY, "settings: no memory");
}

static int resume(run *r, idc_error *err)
{
    idc_train_progress p;
    int rc = idc_train_state_load(r->checkpoint, &r->model, r->optimizer, &p, err);
    if (rc == 0) {
        if (strcmp(p.settings, r->progress.settings) != 0)
            note(r, "%s: was made with other settings; going on with those of now", r->checkpoint);
        if (p.triples != r->progress.triples)
            note(r, "%s: there were %zu triples then, there are %zu now", r->checkpoint, p.triples,
                 r->progress.triples);
        r->progress.step = p.step;
        r->progress.seconds = p.seconds;
        note(r, "%s: going on at step %llu", r->checkpoint, (unsigned long long)p.step);
    }
    free(p.settings);
    return rc;
}

static int open_run(run *r, idc_error *err)
{
    const idc_train_options *o = r->o;
    if (snprintf(r->checkpoint, sizeof r->checkpoint, "%s.checkpoint", o->save) >=
        (int)sizeof r->checkpoint)
        return idc_fail(err, IDC_E_RANGE, "%s: the name is too long", o->save);
    int rc = idc_dataset_open(&r->data, o->data, o->n_data, err);
    if (rc == 0 && o->n_validate > 0)
        rc = idc_dataset_open(&r->validation, o->validate, o->n_validate, err);
    if (rc == 0)
        rc = open_model(r, err);
    if (rc == 0)
        rc = keep_settings(r, err);
    if (rc < 0)
        return rc;
    r->progress.triples = idc_dataset_size(r->data);
    size_t drawn = r->progress.triples * (r->s->stage == IDC_STAGE_ENCODER ? IDC_VIEWS : 1);
    rc = idc_order_new(&r->order, (uint64_t)r->s->seed, drawn, err);
    if (rc == 0 && o->resume)
        rc = resume(r, err);
    if (rc == 0 && (r->tape = idc_tape_new(IDC_TAPE_TRAIN, err)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "tape: no memory");
    if (rc == 0 && (r->infer = idc_tape_new(IDC_TAPE_INFER, err)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "tape: no memory");
    if (rc == 0)
        rc = idc_train_log_open(&r->log, o->log, err);
    if (rc == 0) {
        idc_batch_maker maker = maker_for(r, r->data, r->order);
        rc = idc_loader_start(&r->loader, &maker, r->progress.step, (uint64_t)r->s->steps, err);
    }
    return rc;
}

static void close_run(run *r)
{
    idc_loader_stop(&r->loader);
    idc_tape_free(&r->tape);
    idc_tape_free(&r->infer);
    idc_adamw_free(&r->optimizer);
    idc_train_model_fini(&r->model);
    idc_order_free(&r->order);
    idc_dataset_close(&r->data);
    idc_dataset_close(&r->validation);
    json_decref(r->scores);
    free(r->progress.settings);
    free(r->before);
}

/* ---- one step ---- */

static idc_tensor *features(run *r, const idc_batch *b, idc_error *err)
{
    bool frozen = r->s->encoder_lr == 0;
    idc_tape *tape = frozen ? r->infer : r->tape;
    if (frozen)
        idc_tape_reset(tape);
    idc_tensor *x = idc_encoder_input(r->model.encoder, tape, b->picture, b->pictures);
    idc_tensor *f =
        idc_encoder_forward(r->model.encoder, tape, x, !frozen && r->s->encoder_statistics != 0)
            .feature;
    if (idc_tape_status(tape, err) < 0)
        return NULL;
    return frozen ? idc_tape_input(r->tape, IDC_DTYPE_F32, f->ndim, f->shape, f->data) : f;
}

static int forward(run *r, const idc_batch *b, idc_losses *l, idc_train_record *record,
                   idc_error *err)
{
    double start = now();
    idc_tape_reset(r->tape);
    if (r->s->stage == IDC_STAGE_ENCODER) {
        idc_tensor *x = idc_encoder_input(r->model.encoder, r->tape, b->picture, b->pictures);
        idc_tensor *logits =
            idc_encoder_forward(r->model.encoder, r->tape, x, r->s->encoder_statistics != 0).logits;
        record->seconds[IDC_PART_ENCODER] = now() - start;
        start = now();
        idc_loss_encoder(r->tape, logits, b, l);
    } else {
        idc_tensor *f = features(r, b, err);
        record->seconds[IDC_PART_ENCODER] = now() - start;
        start = now();
        if (f == NULL)
            return err != NULL && err->code != 0 ? err->code : idc_tape_status(r->tape, err);
        idc_network_begin_step(r->model.network, (uint64_t)r->s->seed, r->progress.step);
        idc_loss_pairs(r->model.network, r->tape, f, b, l);
    }
    record->seconds[IDC_PART_FORWARD] = now() - start;
    return idc_tape_status(r->tape, err);
}

static int not_finite(const run *r, const char *what, bool gradients, idc_error *err)
{
    const char *name = idc_train_first_bad(r->model.params, gradients);
    return idc_fail(
        err, IDC_E_NUMERIC, "step %llu: the %s is not finite%s%s%s; the last good state is %s",
        (unsigned long long)r->progress.step + 1, what, name != NULL ? " (first in " : "",
        name != NULL ? name : "", name != NULL ? ")" : "", r->checkpoint);
}

static int one_step(run *r, const idc_batch *b, idc_train_record *record, idc_error *err)
{
    double weight[IDC_LOSSES];
    idc_losses l = {.weight = weight};
    memcpy(weight, r->s->weight, sizeof weight);
    if ((double)r->progress.step < r->s->words_from * r->s->steps)
        weight[IDC_LOSS_WORDS] = weight[IDC_LOSS_CHANGE] = 0;
    int rc = forward(r, b, &l, record, err);
    if (rc < 0)
        return rc;
    if (l.total == NULL)
        return idc_fail(err, IDC_E_INVALID, "all losses have weight 0");
    record->total = (double)idc_f32(l.total)[0];
    for (int i = 0; i < IDC_LOSSES; i++)
        record->loss[i] = l.part[i] != NULL ? (double)idc_f32(l.part[i])[0] : (double)NAN;
    if (!isfinite(record->total))
        return not_finite(r, "loss", false, err);
    double start = now();
    idc_params_zero_grad(r->model.params);
    rc = idc_tape_backward(r->tape, l.total, err);
    record->seconds[IDC_PART_BACKWARD] = now() - start;
    if (rc < 0)
        return rc;
    start = now();
    record->lr = idc_train_rate(r->s, r->progress.step);
    record->norm = idc_adamw_step(r->optimizer, record->lr, r->s->clip);
    record->seconds[IDC_PART_OPTIMIZER] = now() - start;
    record->items = r->s->stage == IDC_STAGE_ENCODER ? b->pictures : b->pairs;
    return isfinite(record->norm) ? 0 : not_finite(r, "gradient", true, err);
}

/* ---- the loop ---- */

static int save_checkpoint(run *r, idc_error *err)
{
    r->saved_at = now();
    return idc_train_state_save(r->checkpoint, &r->model, r->optimizer, &r->progress, err);
}

static int write_model(run *r, const idc_train_domain *domain, idc_error *err)
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

static int validate(run *r, idc_error *err)
{
    idc_train_scores scores;
    idc_batch_maker maker = maker_for(r, r->validation, NULL);
    maker.shape.pictures = VALIDATION_TRIPLES * IDC_VIEWS;
    maker.shape.pairs = r->model.network != NULL ? VALIDATION_TRIPLES * IDC_VALIDATION_PAIRS : 0;
    int rc = idc_train_validate(&scores, &r->model, &maker, (size_t)r->s->validate_triples,
                                r->infer, err);
    if (rc == 0) {
        json_decref(r->scores);
        r->scores = idc_train_scores_json(&scores);
        r->model.config.temperature = idc_train_temperature(&scores);
        char *text = json_dumps(r->scores, JSON_REAL_PRECISION(4));
        note(r, "step %llu: validation %s", (unsigned long long)r->progress.step,
             text != NULL ? text : "");
        free(text);
        rc = idc_train_log_value(&r->log, r->progress.step, "validation", json_incref(r->scores),
                                 err);
    }
    idc_train_scores_fini(&scores);
    return rc;
}

static bool every(double period, uint64_t step)
{
    return period > 0 && step % (uint64_t)period == 0;
}

/* What is due after a step. */
static int after_step(run *r, idc_error *err)
{
    uint64_t step = r->progress.step;
    bool last = step >= (uint64_t)r->s->steps;
    bool stopped =
        r->hooks != NULL && r->hooks->stopped != NULL && r->hooks->stopped(r->hooks->user);
    int rc = 0;
    if (every(r->s->log_every, step) || last || stopped) {
        rc = idc_train_log_write(&r->log, step, err);
        note(r, "%s", r->log.last);
    }
    if (rc == 0 && (now() - r->saved_at >= r->s->checkpoint_seconds || last || stopped))
        rc = save_checkpoint(r, err);
    if (rc == 0 && stopped)
        return idc_fail(err, IDC_E_STOPPED, "stopped after step %llu; --resume goes on",
                        (unsigned long long)step);
    if (rc == 0 && !last && r->validation != NULL && every(r->s->validate_every, step)) {
        rc = validate(r, err);
        if (rc == 0)
            rc = write_model(r, NULL, err);
    }
    if (r->hooks != NULL && r->hooks->progress != NULL)
        r->hooks->progress(r->hooks->user, step, (uint64_t)r->s->steps);
    return rc;
}

static int loop(run *r, idc_error *err)
{
    int rc = 0;
    r->saved_at = now();
    while (rc == 0 && r->progress.step < (uint64_t)r->s->steps) {
        idc_train_record record = {0};
        const idc_batch *b;
        double start = now();
        rc = idc_loader_next(r->loader, &b, err);
        record.seconds[IDC_PART_LOAD] = now() - start;
        if (rc <= 0)
            break;
        rc = one_step(r, b, &record, err);
        if (rc < 0)
            break;
        r->progress.step++;
        r->progress.seconds += now() - start;
        idc_train_log_step(&r->log, &record);
        rc = after_step(r, err);
    }
    return rc;
}

static int finish(run *r, idc_error *err)
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
    run r = {.o = o, .hooks = hooks, .s = &o->settings};
    int rc = open_run(&r, err);
    if (rc == 0)
        rc = loop(&r, err);
    if (rc == 0)
        rc = finish(&r, err);
    int closed = idc_train_log_close(&r.log, rc == 0 ? err : NULL);
    close_run(&r);
    return rc < 0 ? rc : closed;
}
