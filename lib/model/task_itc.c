/* task_itc.c: pairs and sentences told from others of the batch, each by its own vector (embed.h): the objective of [contrast],
 * one of objective.h. Nothing is masked.
 */
#include "model/task.h"
#include "model/train_contrast.h"

static int draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                idc_error *err)
{
    (void)p;
    (void)err;
    in->batch = b;
    (void)step;
    return 0;
}

/* Scores of the pairs against the first sentence of each, for validation: the own one is right. */
static void score(idc_task_said *said, idc_tape *t, const idc_contrast_said *vectors, int captions)
{
    int64_t n = vectors->pair->shape[0], d = vectors->pair->shape[1];
    int32_t *own = idc_tape_alloc(t, 2 * (size_t)n * sizeof *own);
    for (int64_t i = 0; own && i < n; i++) {
        own[i] = (int32_t)i;
        own[n + i] = (int32_t)(i * captions);
    }
    if (!own)
        return;
    idc_tensor *text = idc_rows(t, vectors->text, idc_task_integers(t, own + n, n));
    text = idc_reshape(t, text, 3, (int64_t[]){1, n, d});
    idc_tensor *pair = idc_reshape(t, vectors->pair, 3, (int64_t[]){1, n, d});
    said->logits = idc_reshape(t, idc_matmul(t, pair, text, true), 2, (int64_t[]){n, n});
    said->target = idc_task_integers(t, own, n);
}

static idc_task_said loss(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                          const idc_task_input *in)
{
    idc_task_said said = {0};
    idc_network_pair_output out;
    idc_objective_options now = idc_objective_at(&p->s->contrast, in->step);
    idc_contrast_job job = {p->net, p->twin, &now, (uint64_t)p->s->seed, in->step};
    idc_network_pair_raw(p->net, t, raw, &out);
    idc_contrast_pairs pairs = {raw, &out, in->batch};
    if (!out.tokens)
        return said;
    idc_contrast_said vectors = idc_contrast_loss(&job, t, &pairs);
    said.loss = vectors.loss;
    if (said.loss)
        score(&said, t, &vectors, idc_contrast_captions(p->s));
    return said;
}

const idc_task_row idc_task_itc = {"itc", NULL, draw, loss};
