#include "model/pretrain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/objective_parts.h"
#include "model/objective_tape.h"
#include "model/task.h"

/* In the order of enum idc_task. */
static const idc_task_row *const tasks[IDC_TASKS] = {
    &idc_task_mlm,   &idc_task_mvcl, &idc_task_fda,    &idc_task_itm_a,
    &idc_task_itm_b, &idc_task_itc,  &idc_task_nabirds};

/* Apart from the random numbers of batches and of dropout. */
#define SALT 0x7072657472616e31u
enum { STREAM_TASK, STREAM_DRAW, STREAMS };

int idc_pretrain_new(idc_pretrain **out, const idc_pretrain_options *o, idc_params *params,
                     idc_error *err)
{
    *out = NULL;
    double sum = 0;
    for (int i = 0; i < IDC_TASKS; i++)
        sum += o->settings->ratio[i];
    if (!(sum > 0) && o->also == 0)
        return idc_fail(
            err, IDC_E_INVALID,
            "tasks.mlm, mvcl, fda, itm_a, itm_b, itc and nabirds are all 0: nothing to learn");
    if (o->settings->ratio[IDC_TASK_FDA] > 0 && idc_pretrain_negatives(o->settings) == 0)
        return idc_fail(err, IDC_E_INVALID,
                        "tasks.fda needs negatives: fda.retrieve, replace and confuse are all 0");
    idc_pretrain *p = calloc(1, sizeof *p);
    if (!p || !(p->arena = idc_arena_new(0))) {
        free(p);
        return idc_fail(err, IDC_E_MEMORY, "pretrain: no memory");
    }
    p->s = o->settings;
    p->vocabulary = o->vocabulary;
    p->net = o->network;
    p->classes = o->classes;
    if (p->s->soft_weight > 0 && !(p->probe = idc_tape_new(IDC_TAPE_PROBE, err))) {
        idc_pretrain_free(&p);
        return IDC_E_MEMORY;
    }
    idc_builder b = {.params = params, .seed = (uint64_t)o->settings->seed + 3, .err = err};
    for (int i = 0; i < IDC_TASKS; i++)
        if ((p->s->ratio[i] > 0 || (o->also & 1u << i) != 0) && tasks[i]->make)
            tasks[i]->make(p, &b);
    if (b.rc < 0)
        idc_pretrain_free(&p);
    *out = p;
    return b.rc;
}

void idc_pretrain_free(idc_pretrain **p)
{
    if (!*p)
        return;
    idc_tape_free(&(*p)->probe);
    idc_arena_free(&(*p)->arena);
    free(*p);
    *p = NULL;
}

const idc_train_settings *idc_pretrain_settings(const idc_pretrain *p)
{
    return p->s;
}

void idc_pretrain_use(idc_pretrain *p, idc_negative_source *negatives)
{
    p->negatives = negatives;
}

void idc_pretrain_follow(idc_pretrain *p, idc_network *twin)
{
    p->twin = twin;
}

enum idc_task idc_pretrain_task_at(const idc_train_settings *s, uint64_t step)
{
    double sum = 0;
    int last = 0;
    for (int i = 0; i < IDC_TASKS; i++) {
        sum += s->ratio[i];
        last = s->ratio[i] > 0 ? i : last;
    }
    idc_random r = idc_random_at((uint64_t)s->seed ^ SALT, step * STREAMS + STREAM_TASK, 0);
    double u = idc_random_unit(&r) * sum;
    for (int i = 0; i < last; i++) {
        if (u < s->ratio[i])
            return (enum idc_task)i;
        u -= s->ratio[i];
    }
    return (enum idc_task)last;
}

const char *idc_task_name(enum idc_task task)
{
    return tasks[task]->name;
}

int idc_pretrain_negatives(const idc_train_settings *s)
{
    return (int)(s->retrieve + s->replace + s->confuse);
}

int idc_pretrain_pairs(const idc_train_settings *s, enum idc_task task)
{
    int runs = task == IDC_TASK_FDA ? 1 + idc_pretrain_negatives(s) : 1;
    return (int)fmax(floor(s->batch / runs), 1);
}

int idc_pretrain_draw(idc_pretrain *p, enum idc_task task, const idc_batch *b, uint64_t step,
                      idc_task_input *in, idc_error *err)
{
    int length = p->net->c.max_length;
    idc_arena_reset(p->arena);
    *in = (idc_task_input){.pairs = b->pairs, .length = length, .step = step};
    int32_t *ids = idc_task_memory(p, (size_t)b->pairs * (size_t)length, sizeof *ids);
    if (!ids)
        return idc_fail(err, IDC_E_MEMORY, "pretrain: no memory");
    for (int i = 0; i < b->pairs; i++) /* a batch has room for one more word in each row */
        memcpy(ids + (size_t)i * (size_t)length, b->sentence + i * (b->shape.max_length + 1),
               (size_t)length * sizeof *ids);
    in->ids = ids;
    return tasks[task]->draw(p, b, step, in, err);
}

/* The loss again with targets that are mixed with what the twin says (Li et al. 2021). */
static idc_tensor *distilled(const idc_pretrain *p, const idc_task_row *task, idc_tape *t,
                             idc_tensor *raw, const idc_task_input *in, const idc_task_said *said)
{
    idc_pretrain teacher = *p;
    idc_task_input plain = *in;
    bool recording = idc_tape_training(t);
    teacher.net = p->twin;
    plain.word = NULL;
    idc_tape_record(t, false);
    idc_soft_targets soft = {.target = said->target,
                             .teacher = task->loss(&teacher, t, raw, &plain).logits,
                             .distill = idc_objective_at(&p->s->contrast, in->step).distill};
    idc_tape_record(t, recording);
    if (soft.distill <= 0)
        return said->loss;
    idc_tensor *loss = idc_soft_cross_entropy(t, said->logits, &soft);
    return said->more ? idc_add(t, loss, said->more) : loss;
}

idc_task_said idc_pretrain_loss(const idc_pretrain *p, enum idc_task task, idc_tape *t,
                                idc_tensor *raw, const idc_task_input *in)
{
    if (!raw)
        return (idc_task_said){0};
    idc_task_said said = tasks[task]->loss(p, t, raw, in);
    if (p->twin && said.loss && (task == IDC_TASK_MLM || task == IDC_TASK_FDA))
        said.loss = distilled(p, tasks[task], t, raw, in, &said);
    return said;
}

/* ---- what tasks share ---- */

void *idc_task_memory(idc_pretrain *p, size_t count, size_t size)
{
    return idc_arena_calloc(p->arena, count, size);
}

idc_random idc_task_random(const idc_pretrain *p, uint64_t step, int pair)
{
    return idc_random_at((uint64_t)p->s->seed ^ SALT, step * STREAMS + STREAM_DRAW, (uint32_t)pair);
}

int idc_task_mask_text(idc_pretrain *p, idc_random *r, int32_t *ids, int rows, idc_error *err)
{
    size_t length = (size_t)p->net->c.max_length;
    int32_t *scratch = p->s->mask_text != 0 ? idc_task_memory(p, 2 * length, sizeof *ids) : ids;
    idc_word_masking m = {p->s->mask_words, p->s->mask_end, p->net->c.words};
    if (!scratch)
        return idc_fail(err, IDC_E_MEMORY, "pretrain: no memory");
    for (int i = 0; i < rows && p->s->mask_text != 0; i++) {
        int32_t *row = ids + (size_t)i * length;
        idc_mask_words(&m, r, &(idc_masked_words){row, scratch, scratch + length, (int)length});
        memcpy(row, scratch, length * sizeof *row);
    }
    return 0;
}

idc_tensor *idc_task_first(idc_tape *t, idc_tensor *z, double focal)
{
    if (!z)
        return NULL;
    int64_t rows = z->shape[0], n = z->shape[1];
    int32_t *zeros = idc_tape_alloc(t, (size_t)rows * sizeof *zeros);
    if (!zeros)
        return NULL;
    memset(zeros, 0, (size_t)rows * sizeof *zeros);
    if (focal <= 0)
        return idc_cross_entropy(t, z, idc_task_integers(t, zeros, rows), NULL, IDC_MEAN);
    float *gradient = idc_tape_alloc(t, (size_t)(rows * n) * sizeof *gradient);
    double *row = idc_tape_alloc(t, 3 * (size_t)n * sizeof *row), loss = 0;
    unsigned char *open = idc_tape_alloc(t, (size_t)n);
    if (!gradient || !row || !open)
        return NULL;
    memset(open, 1, (size_t)n);
    for (int64_t i = 0; i < rows; i++) {
        double *y = row + n, *dz = row + 2 * n;
        for (int64_t k = 0; k < n; k++) {
            row[k] = (double)idc_f32(z)[i * n + k];
            y[k] = k == 0;
            dz[k] = 0;
        }
        loss += idc_softmax_row_loss(&(idc_softmax_row){.z = row,
                                                        .y = y,
                                                        .open = open,
                                                        .dz = dz,
                                                        .n = (int)n,
                                                        .weight = 1.0 / (double)rows,
                                                        .focal = focal});
        for (int64_t k = 0; k < n; k++)
            gradient[i * n + k] = (float)dz[k];
    }
    return idc_given(t, (float)loss, &z, &gradient, 1);
}

int idc_task_sides(const idc_pretrain *p)
{
    return p->s->single != 0 ? 1 : 2;
}

idc_tensor *idc_task_tokens(const idc_pretrain *p, idc_tape *t, idc_tensor *raw)
{
    if (p->s->single != 0)
        return idc_network_alone(p->net, t, raw);
    idc_network_pair_output out;
    idc_network_pair_raw(p->net, t, raw, &out);
    return out.tokens;
}

idc_tensor *idc_task_ids(idc_tape *t, const int32_t *ids, int64_t rows, int64_t length)
{
    return idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){rows, length}, ids);
}

idc_tensor *idc_task_integers(idc_tape *t, const int32_t *values, int64_t n)
{
    return idc_tape_input(t, IDC_DTYPE_I32, 1, &n, values);
}
