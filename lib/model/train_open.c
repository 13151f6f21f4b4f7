#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/fingerprint.h"
#include "model/model_file.h"
#include "model/train_contrast.h"
#include "model/train_pretrain.h"
#include "model/train_run.h"
#include "model/train_source.h"

idc_batch_maker idc_train_maker(const idc_train_job *r, const idc_dataset *data, idc_order *order)
{
    const idc_train_settings *s = r->s;
    const idc_model_config *c = &r->model.config;
    const idc_train_source *source = idc_dataset_source(data);
    bool pairs = s->stage != IDC_STAGE_ENCODER;
    bool training = data == r->data; /* a validation draws nothing */
    bool rendered = idc_dataset_size(data) > 0;
    int triples = rendered ? (int)s->triples : 0;
    double share = rendered ? s->list_share : 1; /* lists alone make the whole batch */
    int listed =
        source == NULL && r->list_order != NULL && training ? (int)lround(share * s->batch) : 0;
    return (idc_batch_maker){
        .data = data,
        .order = order,
        .list_order = r->list_order,
        .class_order = r->class_order,
        .listed = listed,
        .vocabulary = c->vocabulary,
        .shape = {.width = c->input.size[0],
                  .height = c->input.size[1],
                  .rows = c->network.grid[0],
                  .columns = c->network.grid[1],
                  .pool = c->network.pool,
                  .channels = source != NULL ? source->channels : 0,
                  .pictures = source != NULL ? 2 * (int)s->batch
                              : pairs        ? triples * IDC_VIEWS + (listed + 1) / 2 * 2
                                             : (int)s->batch,
                  .pairs = pairs ? (int)s->batch : 0,
                  .max_length = c->network.max_length,
                  .captions = idc_contrast_captions(s),
                  .contrary = idc_contrast_has(s, IDC_VECTOR_BIT(IDC_VECTOR_CONTRARY_TEXT)),
                  .still = s->contrast.contrary == IDC_CONTRARY_STILL},
        .augment = {.crop = s->crop,
                    .mirror = s->mirror,
                    .gain = s->gain,
                    .channel_gain = s->channel_gain,
                    .offset = s->offset,
                    .noise = s->noise,
                    .blur = s->blur,
                    .apart = s->apart,
                    .together = s->together != 0,
                    .keep_sides = s->mirror_sides == 0},
        .seed = (uint64_t)s->seed,
        .triples = triples,
        .none_share = s->none_share,
        .plain_share = s->plain_share,
        .masking = {s->mask_words, s->mask_end, c->network.words},
        .text = c->network.caption == IDC_CAPTION_NEXT ? IDC_TEXT_NEXT : IDC_TEXT_MASKED,
    };
}

static int keep_record(idc_train_job *r, idc_error *err)
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

static int open_model(idc_train_job *r, idc_error *err)
{
    idc_train_start start = {.stage = r->s->stage,
                             .config = r->o->config,
                             .init = r->o->init,
                             .encoder = r->o->encoder,
                             .vocabulary = r->o->vocabulary,
                             .data = r->data,
                             .plain = r->s->plain_share >= 1 && idc_contrast_captions(r->s) == 1,
                             .twin = idc_contrast_twin(r->s),
                             .embeds = idc_contrast_on(r->s),
                             .settings = r->s,
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
                           .decoupled = r->s->optimizer == IDC_OPTIMIZER_ADAMW};
    rc = idc_adamw_new(&r->optimizer, r->model.params, &a, err);
    if (rc == 0 && r->s->stage != IDC_STAGE_ENCODER && r->s->encoder_lr > 0)
        idc_adamw_group(r->optimizer, "encoder.", (float)r->s->encoder_lr, true);
    return rc;
}

/* Of the data to learn from and of those to judge by; a file serves both. */
static int open_negatives(idc_train_job *r, idc_error *err)
{
    const idc_dataset *data[2] = {r->data, r->validation};
    int rc = 0;
    for (int i = 0; i < 2 && data[i] != NULL && rc == 0; i++)
        rc = idc_negative_source_new(
            &r->negatives[i],
            &(idc_negative_options){.data = data[i],
                                    .vocabulary = r->model.config.vocabulary,
                                    .settings = r->s,
                                    .max_length = r->model.config.network.max_length,
                                    .classes = r->o->classes,
                                    .file = r->o->negatives},
            err);
    return rc;
}

static int keep_settings(idc_train_job *r, idc_error *err)
{
    size_t size;
    FILE *memory = open_memstream(&r->progress.settings, &size);
    if (memory == NULL)
        return idc_fail(err, IDC_E_MEMORY, "settings: no memory");
    idc_train_settings_print(r->s, memory);
    return fclose(memory) == 0 ? 0 : idc_fail(err, IDC_E_MEMORY, "settings: no memory");
}

static int resume(idc_train_job *r, idc_error *err)
{
    idc_train_progress p;
    int rc = idc_train_state_load(r->checkpoint, &r->model, r->optimizer, &p, err);
    if (rc == 0) {
        if (strcmp(p.settings, r->progress.settings) != 0)
            idc_train_note(r, "%s: was made with other settings; going on with those of now",
                           r->checkpoint);
        if (p.triples != r->progress.triples)
            idc_train_note(r, "%s: there were %zu triples then, there are %zu now", r->checkpoint,
                           p.triples, r->progress.triples);
        r->progress.step = p.step;
        r->progress.seconds = p.seconds;
        idc_train_note(r, "%s: going on at step %llu", r->checkpoint, (unsigned long long)p.step);
    }
    free(p.settings);
    return rc;
}

/* Pictures from files, or a source of features. */
static int open_data(idc_dataset **data, const char *const *paths, size_t n,
                     idc_train_source *source, idc_error *err)
{
    return source != NULL ? idc_dataset_encoded(data, source, err)
                          : idc_dataset_open(data, paths, n, err);
}

/* Single pictures come from a store, and have no order, no partner and no map of two pictures. */
static int check_single(const idc_train_job *r, idc_error *err)
{
    static const enum idc_task paired[] = {IDC_TASK_ITM_A, IDC_TASK_ITM_B, IDC_TASK_ITC,
                                           IDC_TASK_NABIRDS};
    if (r->s->single == 0)
        return 0;
    if (r->s->stage != IDC_STAGE_PRETRAIN || r->o->source == NULL)
        return idc_fail(err, IDC_E_UNSUPPORTED,
                        "batch.single: only stage pretrain reads single pictures, from a store");
    for (size_t i = 0; i < sizeof paired / sizeof *paired; i++)
        if (r->s->ratio[paired[i]] > 0)
            return idc_fail(err, IDC_E_UNSUPPORTED, "batch.single: tasks.%s needs pairs",
                            idc_task_name(paired[i]));
    return r->s->soft_weight > 0
               ? idc_fail(err, IDC_E_UNSUPPORTED, "batch.single: soft.weight needs pairs")
               : 0;
}

static int check_data(const idc_train_job *r, idc_error *err)
{
    const idc_train_source *source = r->o->source;
    bool encoder = r->s->stage == IDC_STAGE_ENCODER;
    if (source != NULL && (encoder || r->s->encoder_lr != 0))
        return idc_fail(err, IDC_E_UNSUPPORTED,
                        "%s: has features, no pictures: its encoder cannot be trained%s",
                        source->name, encoder ? "" : " (optimizer.encoder_lr is not 0)");
    if (source == NULL && r->s->stage == IDC_STAGE_PRETRAIN && r->s->ratio[IDC_TASK_NABIRDS] > 0)
        return idc_fail(err, IDC_E_UNSUPPORTED,
                        "tasks.nabirds: only a store says the classes of pictures");
    if (idc_dataset_pairs(r->data) > 0 && encoder)
        return idc_fail(err, IDC_E_UNSUPPORTED,
                        "stage encoder learns from shards alone: lists do "
                        "not say what every cell shows");
    return check_single(r, err);
}

/* Every task that is drawn finds pairs of its own kind. */
static int check_tasks(const idc_train_job *r, const idc_train_source *s, idc_error *err)
{
    bool pretrain = r->s->stage == IDC_STAGE_PRETRAIN, spoken = !pretrain;
    for (int i = 0; i < IDC_TASKS && pretrain; i++)
        spoken = spoken || (i != IDC_TASK_NABIRDS && r->s->ratio[i] > 0);
    if (pretrain && r->s->ratio[IDC_TASK_NABIRDS] > 0 && s == r->o->source && s->class_items == 0)
        return idc_fail(err, IDC_E_MISSING,
                        "%s: tasks.nabirds: no pair of pictures whose classes are known", s->name);
    if (spoken && s->items == 0)
        return idc_fail(err, IDC_E_MISSING, "%s: no pair has a sentence", s->name);
    return 0;
}

/* The features of the model's encoder, and of the sizes that the network wants. */
static int choose_features(const idc_train_job *r, idc_train_source *s, idc_error *err)
{
    const idc_network_config *n = &r->model.config.network;
    char hex[33];
    idc_encoder_spec spec;
    if (s == NULL)
        return 0;
    idc_model_encoder_spec(&spec, &r->model.config);
    int rc = idc_encoder_fingerprint(&spec, r->model.params, hex, err);
    rc = rc < 0 ? rc : s->choose(s, hex, err);
    if (rc == 0 && (s->rows != n->grid[0] || s->columns != n->grid[1] || s->channels != n->feature))
        rc =
            idc_fail(err, IDC_E_MISMATCH, "%s: features of %dx%dx%d, the network takes %dx%dx%d",
                     s->name, s->rows, s->columns, s->channels, n->grid[0], n->grid[1], n->feature);
    rc = rc < 0 ? rc : idc_train_source_items(s, r->s->backward != 0, err);
    if (rc == 0 && s->silent > 0)
        idc_train_note(r, "%s: %zu pairs without a sentence are passed over", s->name, s->silent);
    return rc < 0 ? rc : check_tasks(r, s, err);
}

/* How many of what is drawn there is. */
static int open_orders(idc_train_job *r, idc_error *err)
{
    uint64_t seed = (uint64_t)r->s->seed;
    const idc_train_source *s = r->o->source;
    size_t pairs = s != NULL ? s->items : idc_dataset_pairs(r->data);
    size_t drawn = idc_dataset_size(r->data) * (r->s->stage == IDC_STAGE_ENCODER ? IDC_VIEWS : 1);
    int rc = drawn > 0 ? idc_order_new(&r->order, seed, drawn, err) : 0;
    if (rc == 0 && pairs > 0)
        rc = idc_order_new(&r->list_order, seed, pairs, err);
    if (rc == 0 && s != NULL && s->class_items > 0)
        rc = idc_order_new(&r->class_order, seed + 1, s->class_items, err);
    r->progress.triples = s != NULL ? s->n : idc_dataset_size(r->data);
    return rc;
}

int idc_train_open(idc_train_job *r, idc_error *err)
{
    const idc_train_options *o = r->o;
    if (snprintf(r->checkpoint, sizeof r->checkpoint, "%s.checkpoint", o->save) >=
        (int)sizeof r->checkpoint)
        return idc_fail(err, IDC_E_RANGE, "%s: the name is too long", o->save);
    int rc = open_data(&r->data, o->data, o->n_data, o->source, err);
    if (rc == 0 && (o->n_validate > 0 || o->validate_source != NULL))
        rc = open_data(&r->validation, o->validate, o->n_validate, o->validate_source, err);
    rc = rc < 0 ? rc : check_data(r, err);
    rc = rc < 0 ? rc : open_model(r, err);
    rc = rc < 0 ? rc : choose_features(r, o->source, err);
    rc = rc < 0 ? rc : choose_features(r, o->validate_source, err);
    const int *size = r->model.config.input.size;
    if (rc == 0)
        rc = idc_dataset_fit(r->data, size[0], size[1], err);
    if (rc == 0 && r->validation != NULL)
        rc = idc_dataset_fit(r->validation, size[0], size[1], err);
    if (rc == 0)
        rc = keep_settings(r, err);
    if (rc == 0 && r->s->ratio[IDC_TASK_FDA] > 0 &&
        (r->s->stage == IDC_STAGE_PRETRAIN || r->s->stage == IDC_STAGE_FINETUNE))
        rc = open_negatives(r, err);
    if (rc < 0)
        return rc;
    rc = open_orders(r, err);
    if (rc == 0 && o->resume)
        rc = resume(r, err);
    if (rc == 0 && (r->tape = idc_tape_new(IDC_TAPE_TRAIN, err)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "tape: no memory");
    if (rc == 0 && (r->infer = idc_tape_new(IDC_TAPE_INFER, err)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "tape: no memory");
    if (rc == 0 && r->s->bf16 != 0)
        idc_tape_precision(r->tape, IDC_DTYPE_BF16);
    if (rc == 0 && r->s->stage == IDC_STAGE_REINFORCE)
        rc = idc_reinforcer_new(&r->reinforcer, r->data, &r->model, r->s, err);
    if (rc == 0)
        rc = idc_train_log_open(&r->log, o->log, err);
    if (rc == 0) {
        idc_batch_maker maker = idc_train_maker(r, r->data, r->order);
        if (r->s->stage == IDC_STAGE_PRETRAIN)
            idc_train_pretrain_plan(&maker, r->s);
        rc = idc_batch_loader_start(&r->loader, &maker, r->progress.step, (uint64_t)r->s->steps,
                                    err);
    }
    return rc;
}

void idc_train_close(idc_train_job *r)
{
    idc_batch_loader_stop(&r->loader);
    idc_reinforcer_free(&r->reinforcer);
    for (int i = 0; i < 2; i++)
        idc_negative_source_free(&r->negatives[i]);
    idc_tape_free(&r->tape);
    idc_tape_free(&r->infer);
    idc_adamw_free(&r->optimizer);
    idc_train_model_fini(&r->model);
    idc_order_free(&r->order);
    idc_order_free(&r->list_order);
    idc_order_free(&r->class_order);
    idc_dataset_close(&r->data);
    idc_dataset_close(&r->validation);
    json_decref(r->scores);
    free(r->progress.settings);
    free(r->before);
}
