#include "model/train_contrast.h"

#include <string.h>

#include "model/embed.h"
#include "model/objective_tape.h"
#include "model/parts.h"

bool idc_contrast_on(const idc_train_settings *s)
{
    return s->stage == IDC_STAGE_PRETRAIN ? s->ratio[IDC_TASK_ITC] > 0
                                          : s->weight[IDC_LOSS_ITC] != 0;
}

bool idc_contrast_has(const idc_train_settings *s, unsigned bits)
{
    return idc_contrast_on(s) && (idc_objective_needs(&s->contrast) & bits) != 0;
}

bool idc_contrast_twin(const idc_train_settings *s)
{
    bool softens = s->stage == IDC_STAGE_PRETRAIN && s->contrast.distill > 0 &&
                   (s->ratio[IDC_TASK_MLM] > 0 || s->ratio[IDC_TASK_FDA] > 0);
    return softens || idc_contrast_has(s, IDC_VECTOR_BIT(IDC_VECTOR_TWIN_PAIR));
}

int idc_contrast_captions(const idc_train_settings *s)
{
    return idc_contrast_has(s, IDC_TAKES_CAPTIONS) ? (int)s->contrast.captions : 1;
}

static bool is_coca(const idc_train_settings *s)
{
    return s->stage == IDC_STAGE_FINETUNE && idc_contrast_on(s) &&
           idc_objective_takes(idc_objective_of(&s->contrast), "cells");
}

bool idc_contrast_hides(const idc_train_settings *s)
{
    return is_coca(s) && s->contrast.cells > 0;
}

void idc_contrast_weigh(const idc_train_settings *s, double weight[IDC_LOSSES])
{
    if (!is_coca(s))
        return;
    weight[IDC_LOSS_WORDS] = weight[IDC_LOSS_CHANGE] = weight[IDC_LOSS_ITC] * s->contrast.words;
    weight[IDC_LOSS_TASK + IDC_TASK_MVCL] = weight[IDC_LOSS_ITC] * s->contrast.cells;
}

/* One loss in the making. */
typedef struct work {
    const idc_contrast_job *job;
    const idc_contrast_pairs *pairs;
    idc_tape *t;
    unsigned needs;
    idc_tensor *ids; /* [B·K,L] */
    idc_objective_tensors x;
} work;

static bool needs(const work *w, enum idc_vector v)
{
    return (w->needs & IDC_VECTOR_BIT(v)) != 0;
}

/* The sentences of the pairs, K each. */
static idc_tensor *sentences(const work *w)
{
    const idc_batch *b = w->pairs->batch;
    int64_t length = b->shape.max_length, captions = w->x.rest.captions;
    idc_tensor *ids =
        idc_tape_input(w->t, IDC_DTYPE_I32, 2, (int64_t[]){b->pairs * captions, length}, NULL);
    for (int64_t i = 0; ids != NULL && i < b->pairs * captions; i++) {
        int64_t pair = i / captions, k = i % captions;
        const int32_t *from = k == 0 ? b->sentence + pair * (length + 1)
                                     : b->more + (pair * (captions - 1) + k - 1) * (length + 1);
        memcpy(idc_i32(ids) + i * length, from, (size_t)length * sizeof *from);
    }
    return ids;
}

static idc_tensor *embedded_pair(const work *w, idc_tensor *raw)
{
    idc_network_pair_output out = {0};
    if (raw != NULL)
        idc_network_pair_raw(w->job->net, w->t, raw, &out);
    return out.tokens != NULL ? idc_network_embed_pair(w->job->net, w->t, out.tokens) : NULL;
}

/* Both pictures by themselves, for symile. */
static void add_sides(work *w)
{
    idc_tensor *single = idc_slice(w->t, w->pairs->pair->single, 1, 0, 1);
    int64_t n = w->pairs->batch->pairs;
    for (int k = 0; k < 2; k++)
        w->x.vector[IDC_VECTOR_BEFORE + k] =
            idc_network_embed_side(w->job->net, w->t, idc_slice(w->t, single, 0, k * n, n), k);
}

static idc_tensor *integers(idc_tape *t, const int32_t *values, int64_t n)
{
    return idc_tape_input(t, IDC_DTYPE_I32, 1, &n, values);
}

/* A pair whose cells are all hidden, for each of n pairs. */
static idc_tensor *absent(work *w, int64_t n)
{
    const idc_tensor *raw = w->pairs->raw;
    int64_t shape[] = {2, raw->shape[1], raw->shape[2]};
    idc_tensor *nothing = idc_tape_input(w->t, IDC_DTYPE_F32, 3, shape, NULL);
    if (nothing == NULL)
        return NULL;
    memset(nothing->data, 0, (size_t)idc_tensor_count(nothing) * sizeof(float));
    idc_tensor *one = embedded_pair(w, nothing);
    return one != NULL ? idc_expand(w->t, one, n) : NULL;
}

/* The contrary pairs of n pairs: their pictures in the other order, or the one before twice. */
static idc_tensor *contrary(work *w, const int32_t *which, int64_t n)
{
    int32_t *row = idc_tape_alloc(w->t, 2 * (size_t)n * sizeof *row);
    int32_t all = w->pairs->batch->pairs;
    bool swapped = w->job->o->contrary == IDC_CONTRARY_SWAPPED;
    for (int64_t i = 0; row != NULL && i < n; i++) {
        row[i] = swapped ? all + which[i] : which[i];
        row[n + i] = which[i];
    }
    if (row == NULL)
        return NULL;
    return embedded_pair(w, idc_rows(w->t, w->pairs->raw, integers(w->t, row, 2 * n)));
}

/* svco compares pairs with a change alone, since the contrary of the others says the same, and those whose contrary has a
 * sentence. */
static void add_contraries(work *w)
{
    const idc_batch *b = w->pairs->batch;
    int64_t length = b->shape.max_length, n = 0;
    int32_t *which = idc_tape_alloc(w->t, (size_t)b->pairs * sizeof *which);
    for (int i = 0; which != NULL && i < b->pairs; i++)
        if (b->changed[i] == 1 && b->contrary[i * (length + 1)] != IDC_PAD)
            which[n++] = i;
    idc_objective_tensors *x = &w->x;
    if (n == 0) {
        x->vector[IDC_VECTOR_PAIR] = NULL; /* nothing to compare */
        return;
    }
    idc_tensor *rows = integers(w->t, which, n);
    idc_tensor *ids = idc_tape_input(w->t, IDC_DTYPE_I32, 2, (int64_t[]){n, length}, NULL);
    for (int64_t i = 0; ids != NULL && i < n; i++)
        memcpy(idc_i32(ids) + i * length, b->contrary + which[i] * (length + 1),
               (size_t)length * sizeof *which);
    x->vector[IDC_VECTOR_PAIR] = idc_rows(w->t, x->vector[IDC_VECTOR_PAIR], rows);
    x->vector[IDC_VECTOR_TEXT] = idc_rows(w->t, x->vector[IDC_VECTOR_TEXT], rows);
    x->vector[IDC_VECTOR_CONTRARY] = contrary(w, which, n);
    x->vector[IDC_VECTOR_CONTRARY_TEXT] = idc_network_embed_text(w->job->net, w->t, ids);
    x->vector[IDC_VECTOR_ABSENT] = absent(w, n);
    x->rest.sentence = NULL;
}

#define POOL 3
#define POOL_STRIDE 2

/* Cells of the twin's tokens, averaged over 3 × 3 places two apart → [B·2m,D] */
static idc_tensor *local_pairs(const work *w, idc_tensor *tokens, int *parts)
{
    idc_network *twin = w->job->twin;
    int64_t n = twin->cells, batch = w->pairs->batch->pairs, rows = twin->rows,
            columns = twin->columns, d = twin->c.width;
    int window = (int)(rows < columns ? rows : columns);
    idc_tensor *side[2];
    for (int k = 0; k < 2; k++) {
        idc_tensor *cells = idc_slice(w->t, tokens, 1, k * (n + 1) + 1, n);
        cells = idc_reshape(w->t, cells, 4, (int64_t[]){batch, rows, columns, d});
        cells =
            idc_pool2d(w->t, cells, IDC_POOL_MEAN, window < POOL ? window : POOL, POOL_STRIDE, 0);
        cells = idc_reshape(w->t, cells, 3, (int64_t[]){batch, -1, d});
        if (cells == NULL)
            return NULL;
        *parts = 2 * (int)cells->shape[1];
        side[k] = idc_reshape(w->t, idc_network_embed_side(twin, w->t, cells, k), 3,
                              (int64_t[]){batch, *parts / 2, twin->c.itc});
    }
    return idc_reshape(w->t, idc_concat(w->t, side, 2, 1), 2, (int64_t[]){-1, twin->c.itc});
}

/* The twin's vectors: constants. */
static void add_twin(work *w)
{
    idc_network *twin = w->job->twin;
    idc_network_pair_output out;
    idc_objective_tensors *x = &w->x;
    if (twin == NULL) {
        idc_tape_fail(w->t, IDC_E_MISSING, "contrast: the objective needs a twin");
        return;
    }
    bool recording = idc_tape_training(w->t);
    idc_tape_record(w->t, false);
    idc_network_pair_raw(twin, w->t, w->pairs->raw, &out);
    x->vector[IDC_VECTOR_TWIN_PAIR] = idc_network_embed_pair(twin, w->t, out.tokens);
    x->vector[IDC_VECTOR_TWIN_TEXT] = idc_network_embed_text(twin, w->t, w->ids);
    if (needs(w, IDC_VECTOR_LOCAL_PAIR)) {
        int32_t *words = idc_tape_alloc(w->t, (size_t)w->ids->shape[0] * sizeof *words);
        x->vector[IDC_VECTOR_LOCAL_PAIR] = local_pairs(w, out.tokens, &x->rest.locals[0]);
        x->rest.local_words = words;
        x->rest.locals[1] = (int)w->ids->shape[1];
        if (words != NULL)
            x->vector[IDC_VECTOR_LOCAL_TEXT] = idc_network_embed_words(twin, w->t, w->ids, words);
    }
    idc_tape_record(w->t, recording);
}

static void add_likeness(work *w)
{
    int n = w->pairs->batch->pairs;
    double *alike = idc_tape_alloc(w->t, (size_t)n * (size_t)n * sizeof *alike);
    idc_error err = IDC_NO_ERROR;
    if (alike != NULL &&
        idc_sentence_likeness(alike, idc_i32(w->ids), n, (int)w->ids->shape[1], &err) < 0)
        idc_tape_fail(w->t, err.code, "%s", err.text);
    w->x.rest.alike = alike;
}

/* 0, without gradients, where no pair of the batch counts */
static idc_tensor *nothing(idc_tape *t)
{
    idc_tensor *zero = idc_tape_input(t, IDC_DTYPE_F32, 1, (int64_t[]){1}, NULL);
    if (zero != NULL)
        idc_f32(zero)[0] = 0;
    return zero;
}

/* Fills in what the objective needs beside the vectors of pairs and sentences. */
static void add_needs(work *w)
{
    if (idc_tape_status(w->t, NULL) == 0 && needs(w, IDC_VECTOR_BEFORE))
        add_sides(w);
    if (idc_tape_status(w->t, NULL) == 0 && needs(w, IDC_VECTOR_CONTRARY))
        add_contraries(w);
    if (idc_tape_status(w->t, NULL) == 0 && needs(w, IDC_VECTOR_TWIN_PAIR))
        add_twin(w);
    if (idc_tape_status(w->t, NULL) == 0 && (w->needs & IDC_NEEDS_ALIKE) != 0)
        add_likeness(w);
}

idc_contrast_said idc_contrast_loss(const idc_contrast_job *job, idc_tape *t,
                                    const idc_contrast_pairs *pairs)
{
    work w = {.job = job, .pairs = pairs, .t = t, .needs = idc_objective_needs(job->o)};
    idc_objective_input *rest = &w.x.rest;
    idc_contrast_said said = {0};
    rest->captions = (w.needs & IDC_TAKES_CAPTIONS) != 0 ? (int)job->o->captions : 1;
    rest->seed = job->seed;
    rest->step = job->step;
    w.ids = sentences(&w);
    if (w.ids == NULL)
        return said;
    int64_t n = w.ids->shape[0], length = w.ids->shape[1];
    int32_t *number = idc_tape_alloc(t, (size_t)n * sizeof *number);
    if (number == NULL)
        return said;
    idc_sentence_numbers(number, idc_i32(w.ids), (int)n, (int)length, (int)length);
    rest->sentence = number;
    w.x.log_scale = idc_network_log_scale(job->net);
    said.pair = w.x.vector[IDC_VECTOR_PAIR] =
        idc_network_embed_pair(job->net, t, pairs->pair->tokens);
    said.text = w.x.vector[IDC_VECTOR_TEXT] = idc_network_embed_text(job->net, t, w.ids);
    add_needs(&w);
    if (idc_tape_status(t, NULL) == 0)
        said.loss =
            w.x.vector[IDC_VECTOR_PAIR] != NULL ? idc_objective_apply(t, job->o, &w.x) : nothing(t);
    return said;
}

static double likeness(const float *a, const float *b, int64_t d)
{
    double sum = 0;
    for (int64_t k = 0; k < d; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

void idc_contrast_hide(const idc_contrast_job *job, idc_tape *t, const idc_contrast_pairs *pairs,
                       const idc_contrast_said *said, unsigned char *hidden)
{
    int64_t n = job->net->cells, batch = pairs->batch->pairs, d = job->net->c.itc;
    double *like = idc_tape_alloc(t, (size_t)n * sizeof *like);
    bool recording = idc_tape_training(t);
    idc_tensor *vector[2];
    idc_tape_record(t, false);
    for (int k = 0; k < 2; k++)
        vector[k] = idc_network_embed_side(
            job->net, t, idc_slice(t, pairs->pair->tokens, 1, k * (n + 1) + 1, n), k);
    idc_tape_record(t, recording);
    if (idc_tape_status(t, NULL) < 0 || like == NULL)
        return;
    for (int64_t row = 0; row < 2 * batch; row++) {
        unsigned char *cells = hidden + row * n;
        if (memchr(cells, 1, (size_t)n) == NULL)
            continue;
        int64_t i = row % batch;
        for (int64_t c = 0; c < n; c++)
            like[c] = likeness(idc_f32(vector[row / batch]) + (i * n + c) * d,
                               idc_f32(said->text) + i * d, d);
        int chosen = idc_attentive_mask(cells, like, (int)n, job->o->ratio);
        if (chosen < 0)
            idc_tape_fail(t, chosen, "coca: no memory");
        if (chosen == 0)
            cells[0] = 1;
    }
}
