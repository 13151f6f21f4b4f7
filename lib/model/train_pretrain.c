#include "model/train_pretrain.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No training step: what validation draws is apart from all of them. */
#define VALIDATION_STEP ((uint64_t)1 << 40)

static void plan(idc_batch_maker *m, uint64_t step)
{
    const idc_train_settings *s = m->plan_settings;
    enum idc_task task = idc_pretrain_task_at(s, step);
    int pairs = idc_pretrain_pairs(s, task);
    m->classed = task == IDC_TASK_NABIRDS;
    double share = (double)pairs / m->shape.pairs;
    m->triples = (int)ceil(m->triples * share);
    m->listed = m->triples > 0 ? (int)floor(m->listed * share) : m->listed > 0 ? pairs : 0;
    m->shape.pairs = pairs;
    m->shape.pictures = m->triples * IDC_VIEWS + (m->listed + 1) / 2 * 2;
}

void idc_train_pretrain_plan(idc_batch_maker *maker, const idc_train_settings *s)
{
    maker->plan = plan;
    maker->plan_settings = s;
}

/* With batch.single both pictures of a pair are the same one, and one is enough. */
static idc_tensor *raw_cells(idc_train_model *m, idc_tape *t, idc_tensor *feature,
                             const idc_batch *b)
{
    int64_t n = b->pairs;
    bool single = idc_pretrain_settings(m->pretrain)->single != 0;
    idc_tensor *side[2] = {NULL, NULL};
    for (int k = 0; k < (single ? 1 : 2); k++)
        side[k] = idc_rows(t, feature, idc_tape_input(t, IDC_DTYPE_I32, 1, &n, b->view[k]));
    return idc_network_raw(m->network, t, side[0], side[1]);
}

int idc_train_pretrain_loss(idc_train_model *m, idc_tape *t, idc_tensor *feature,
                            const idc_batch *b, uint64_t step, idc_losses *l, idc_error *err)
{
    enum idc_task task = idc_pretrain_task_at(idc_pretrain_settings(m->pretrain), step);
    idc_task_input in;
    int rc = idc_pretrain_draw(m->pretrain, task, b, step, &in, err);
    if (rc < 0)
        return rc;
    idc_tensor *raw = raw_cells(m, t, feature, b);
    l->total = l->part[IDC_LOSS_TASK + task] =
        idc_pretrain_loss(m->pretrain, task, t, raw, &in).loss;
    return idc_tape_status(t, err);
}

/* ---- validation ---- */

typedef struct tally {
    double loss, right, answers;
} tally;

static void count(tally *sum, const idc_task_said *said)
{
    int64_t rows = idc_tensor_dim(said->logits, 0), n = idc_tensor_dim(said->logits, 1);
    double answers = 0;
    for (int64_t r = 0; r < rows; r++) {
        const float *z = idc_f32(said->logits) + r * n;
        int32_t target = idc_i32(said->target)[r], best = 0;
        if (target < 0)
            continue;
        for (int32_t i = 1; i < n; i++)
            best = z[i] > z[best] ? i : best;
        answers++;
        sum->right += best == target;
    }
    sum->answers += answers;
    sum->loss += answers * (double)idc_f32(said->loss)[0];
}

/* The features of the batch's pictures, copied from the tape: [pictures,rows,columns,F] */
static int encode(idc_train_model *m, idc_tape *tape, const idc_batch *b, idc_tensor *shape,
                  idc_error *err)
{
    idc_tape_reset(tape);
    idc_tensor *f = b->feature != NULL
                        ? idc_batch_feature(b, tape)
                        : idc_encoder_forward(
                              m->encoder, tape,
                              idc_encoder_input(m->encoder, tape, b->picture, b->pictures), false)
                              .feature;
    int rc = idc_tape_status(tape, err);
    if (rc < 0)
        return rc;
    size_t bytes = (size_t)idc_tensor_count(f) * sizeof(float);
    void *data = realloc(shape->data, bytes);
    if (data == NULL)
        return idc_fail(err, IDC_E_MEMORY, "validation: no memory");
    *shape = *f;
    shape->data = data;
    memcpy(data, f->data, bytes);
    return 0;
}

static int judge(idc_train_model *m, idc_tape *tape, const idc_batch *b, const idc_tensor *feature,
                 uint64_t step, tally sums[IDC_TASKS], idc_error *err)
{
    const idc_train_settings *s = idc_pretrain_settings(m->pretrain);
    int rc = 0;
    for (int i = 0; i < IDC_TASKS && rc == 0; i++) {
        idc_task_input in;
        idc_batch some = *b;
        int most = idc_pretrain_pairs(s, (enum idc_task)i);
        if (s->ratio[i] <= 0)
            continue;
        some.pairs = b->pairs < most ? b->pairs : most;
        rc = idc_pretrain_draw(m->pretrain, (enum idc_task)i, &some, step, &in, err);
        if (rc < 0)
            break;
        idc_tape_reset(tape);
        idc_tensor *f =
            idc_tape_input(tape, feature->dtype, feature->ndim, feature->shape, feature->data);
        idc_tensor *raw = raw_cells(m, tape, f, &some);
        idc_task_said said = idc_pretrain_loss(m->pretrain, (enum idc_task)i, tape, raw, &in);
        rc = idc_tape_status(tape, err);
        if (rc == 0)
            count(&sums[i], &said);
    }
    return rc;
}

static double rounded(double sum, double n)
{
    return n > 0 ? round(1e4 * sum / n) / 1e4 : 0;
}

int idc_train_pretrain_validate(json_t **scores, idc_train_model *m, idc_batch_maker *maker,
                                size_t triples, idc_tape *tape, idc_error *err)
{
    tally sums[IDC_TASKS] = {{0}};
    idc_tensor feature = {0};
    idc_batch b;
    int rc = idc_batch_init(&b, &maker->shape, err), pairs = 0;
    for (size_t at = 0; at < triples && rc >= 0;) {
        rc = idc_batch_validate(maker, at, &b, err);
        if (rc <= 0)
            break;
        uint64_t step = VALIDATION_STEP + at;
        at += (size_t)rc;
        pairs += b.pairs;
        rc = encode(m, tape, &b, &feature, err);
        if (rc == 0)
            rc = judge(m, tape, &b, &feature, step, sums, err);
    }
    free(feature.data);
    idc_batch_fini(&b);
    *scores = NULL;
    if (rc < 0)
        return rc;
    *scores = json_object();
    json_object_set_new(*scores, "pairs", json_integer(pairs));
    for (int i = 0; i < IDC_TASKS; i++)
        if (sums[i].answers > 0)
            json_object_set_new(*scores, idc_task_name((enum idc_task)i),
                                json_pack("{s:f, s:f}", "loss",
                                          rounded(sums[i].loss, sums[i].answers), "right",
                                          rounded(sums[i].right, sums[i].answers)));
    return 0;
}
