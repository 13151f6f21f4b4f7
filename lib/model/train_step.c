#include <math.h>
#include <string.h>
#include <unistd.h>

#include "model/train_pretrain.h"
#include "model/train_run.h"

static idc_tensor *features(idc_train_job *r, const idc_batch *b, idc_error *err)
{
    if (b->feature != NULL)
        return idc_batch_feature(b, r->tape);
    bool frozen = r->s->encoder_lr == 0;
    idc_tape *tape = frozen ? r->infer : r->tape;
    if (frozen)
        idc_tape_reset(tape);
    if (r->s->bf16 != 0)
        idc_tape_precision(tape, IDC_DTYPE_BF16);
    idc_tensor *x = idc_encoder_input(r->model.encoder, tape, b->picture, b->pictures);
    idc_tensor *f =
        idc_encoder_forward(r->model.encoder, tape, x, !frozen && r->s->encoder_statistics != 0)
            .feature;
    idc_tape_precision(r->infer, IDC_DTYPE_F32); /* validation sees what users will */
    if (idc_tape_status(tape, err) < 0)
        return NULL;
    return frozen ? idc_tape_input(r->tape, IDC_DTYPE_F32, f->ndim, f->shape, f->data) : f;
}

static int pretrain(idc_train_job *r, idc_tensor *feature, const idc_batch *b, idc_losses *l,
                    idc_error *err)
{
    idc_pretrain_use(r->model.pretrain, r->negatives[0]);
    return idc_train_pretrain_loss(&r->model, r->tape, feature, b, r->progress.step, l, err);
}

/* Cells hidden where they are most like the sentence, for objective coca. */
static int hide_cells(idc_train_job *r, const idc_batch *b, idc_losses *l, idc_error *err)
{
    idc_task_input in;
    idc_contrast_job job = {.net = r->model.network, .o = l->contrast};
    idc_contrast_pairs pairs = {l->raw, &l->pair, b};
    int rc = idc_tape_status(r->tape, err);
    if (rc == 0)
        rc = idc_pretrain_draw(r->model.pretrain, IDC_TASK_MVCL, b, r->progress.step, &in, err);
    if (rc < 0)
        return rc;
    idc_contrast_hide(&job, r->tape, &pairs, &l->said, in.hidden);
    idc_loss_add(r->tape, l, (enum idc_loss)(IDC_LOSS_TASK + IDC_TASK_MVCL),
                 idc_pretrain_loss(r->model.pretrain, IDC_TASK_MVCL, r->tape, l->raw, &in).loss);
    return idc_tape_status(r->tape, err);
}

/* Fine-tuning keeps task fda beside its other losses: the first pairs of the batch, each with its hard negatives. */
static int align(idc_train_job *r, const idc_batch *b, idc_losses *l, idc_error *err)
{
    idc_task_input in;
    idc_batch some = *b;
    int most = idc_pretrain_pairs(r->s, IDC_TASK_FDA), rc = idc_tape_status(r->tape, err);
    some.pairs = b->pairs < most ? b->pairs : most;
    idc_pretrain_use(r->model.pretrain, r->negatives[0]);
    if (rc == 0)
        rc = idc_pretrain_draw(r->model.pretrain, IDC_TASK_FDA, &some, r->progress.step, &in, err);
    if (rc < 0)
        return rc;
    idc_tensor *raw =
        idc_concat(r->tape,
                   (idc_tensor *const[]){idc_slice(r->tape, l->raw, 0, 0, some.pairs),
                                         idc_slice(r->tape, l->raw, 0, b->pairs, some.pairs)},
                   2, 0);
    idc_loss_add(r->tape, l, (enum idc_loss)(IDC_LOSS_TASK + IDC_TASK_FDA),
                 idc_pretrain_loss(r->model.pretrain, IDC_TASK_FDA, r->tape, raw, &in).loss);
    return idc_tape_status(r->tape, err);
}

/* *feature: what the encoder says of the pictures, NULL in its own stage. */
static int forward(idc_train_job *r, const idc_batch *b, idc_losses *l, idc_tensor **feature,
                   idc_train_record *record, idc_error *err)
{
    double start = idc_train_now();
    idc_tape_reset(r->tape);
    if (r->s->stage == IDC_STAGE_ENCODER) {
        idc_tensor *x = idc_encoder_input(r->model.encoder, r->tape, b->picture, b->pictures);
        idc_tensor *logits =
            idc_encoder_forward(r->model.encoder, r->tape, x, r->s->encoder_statistics != 0).logits;
        record->seconds[IDC_PART_ENCODER] = idc_train_now() - start;
        start = idc_train_now();
        idc_loss_encoder(r->tape, logits, b, l);
    } else {
        idc_tensor *f = *feature = features(r, b, err);
        record->seconds[IDC_PART_ENCODER] = idc_train_now() - start;
        start = idc_train_now();
        if (f == NULL)
            return err != NULL && err->code != 0 ? err->code : idc_tape_status(r->tape, err);
        if (r->model.twin != NULL)
            idc_twin_follow(r->model.twin, r->model.params, r->s->contrast.momentum);
        idc_network_begin_step(r->model.network, (uint64_t)r->s->seed, r->progress.step);
        int rc = 0;
        if (r->s->stage == IDC_STAGE_PRETRAIN)
            rc = pretrain(r, f, b, l, err);
        else
            idc_loss_pairs(r->model.network, r->tape, f, b, l);
        if (rc == 0 && idc_contrast_hides(r->s))
            rc = hide_cells(r, b, l, err);
        if (rc == 0 && r->s->stage == IDC_STAGE_FINETUNE && r->s->ratio[IDC_TASK_FDA] > 0)
            rc = align(r, b, l, err);
        if (rc == 0 && r->reinforcer != NULL && l->weight[IDC_LOSS_REWARD] != 0) {
            rc = idc_reinforcer_step(r->reinforcer, r->tape, b, l, err);
            record->earned = idc_reinforcer_earned(r->reinforcer);
        }
        if (rc < 0)
            return rc;
    }
    record->seconds[IDC_PART_FORWARD] = idc_train_now() - start;
    return idc_tape_status(r->tape, err);
}

static bool all_finite(const idc_tensor *x)
{
    for (int64_t i = 0; i < idc_tensor_count(x); i++)
        if (!isfinite(idc_f32(x)[i]))
            return false;
    return true;
}

int idc_train_not_finite(const idc_train_job *r, const char *what, const char *where,
                         idc_error *err)
{
    bool kept = access(r->checkpoint, F_OK) == 0;
    return idc_fail(
        err, IDC_E_NUMERIC, "step %llu: the %s is not finite%s%s%s; %s%s",
        (unsigned long long)r->progress.step + 1, what, where != NULL ? " (first in " : "",
        where != NULL ? where : "", where != NULL ? ")" : "",
        kept ? "the last good state is " : "nothing was saved", kept ? r->checkpoint : "");
}

/* Where a loss that is not finite comes from: a parameter, the features of the frozen encoder, or an operator. */
static int bad_loss(const idc_train_job *r, const idc_tensor *feature, idc_error *err)
{
    char text[160];
    const char *where = idc_train_first_bad(r->model.params, false);
    if (where == NULL && feature != NULL && !all_finite(feature))
        where = "the features of the encoder";
    if (where == NULL && idc_tape_first_bad(r->tape, text, sizeof text))
        where = text;
    return idc_train_not_finite(r, "loss", where, err);
}

int idc_train_step(idc_train_job *r, const idc_batch *b, idc_train_record *record, idc_error *err)
{
    double weight[IDC_LOSSES];
    idc_objective_options contrast = idc_objective_at(&r->s->contrast, r->progress.step);
    idc_losses l = {.weight = weight,
                    .contrast = &contrast,
                    .sum = r->s->sum != 0,
                    .twin = r->model.twin != NULL ? idc_twin_network(r->model.twin) : NULL,
                    .seed = (uint64_t)r->s->seed,
                    .step = r->progress.step};
    memcpy(weight, r->s->weight, sizeof weight);
    idc_contrast_weigh(r->s, weight);
    if (r->s->stage == IDC_STAGE_FINETUNE)
        weight[IDC_LOSS_TASK + IDC_TASK_FDA] = r->s->ratio[IDC_TASK_FDA];
    if ((double)r->progress.step < r->s->words_from * r->s->steps)
        weight[IDC_LOSS_WORDS] = weight[IDC_LOSS_CHANGE] = 0;
    if (r->s->stage == IDC_STAGE_REINFORCE) {
        weight[IDC_LOSS_WORDS] *= r->s->words_share;
        weight[IDC_LOSS_REWARD] *= 1 - r->s->words_share;
    }
    idc_tensor *feature = NULL;
    int rc = forward(r, b, &l, &feature, record, err);
    if (rc < 0)
        return rc;
    if (l.total == NULL)
        return idc_fail(err, IDC_E_INVALID, "all losses have weight 0");
    record->total = (double)idc_f32(l.total)[0];
    for (int i = 0; i < IDC_LOSSES; i++)
        record->loss[i] = l.part[i] != NULL ? (double)idc_f32(l.part[i])[0] : (double)NAN;
    if (!isfinite(record->total))
        return bad_loss(r, feature, err);
    double start = idc_train_now();
    idc_params_zero_grad(r->model.params);
    rc = idc_tape_backward(r->tape, l.total, err);
    record->seconds[IDC_PART_BACKWARD] = idc_train_now() - start;
    if (rc < 0)
        return rc;
    start = idc_train_now();
    record->lr = idc_train_rate(r->s, r->progress.step);
    record->norm = idc_adamw_step(r->optimizer, record->lr, r->s->clip);
    record->seconds[IDC_PART_OPTIMIZER] = idc_train_now() - start;
    record->items = r->s->stage == IDC_STAGE_ENCODER ? b->pictures : b->pairs;
    if (!isfinite(record->norm))
        return idc_train_not_finite(r, "gradient", idc_train_first_bad(r->model.params, true), err);
    return 0;
}
