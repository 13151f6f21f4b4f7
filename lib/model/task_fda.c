/* task_fda.c: the true sentence, told from K hard negatives: fine-grained difference alignment.
 *
 * The pair is run through the cross-modal encoder with each of the 1 + K sentences; the image encoders run once. With the rows
 * of the three CLS tokens
 *
 *     v = (CLS1 + CLS2)/2,  sim_k = cos(v, CLS3)
 *     loss = mean over pairs of −(1 − p)^focal log p,  p = softmax([sim_0 … sim_K]/τ)[0]
 *
 * with focal 0 in the paper. With soft.weight the same is asked once more of cells that a word's map attenuates (soft_mask.c),
 * and added with that weight. v is read after fusion and so depends on the sentence as well.
 */
#include <string.h>

#include "model/negative_source.h"
#include "model/task.h"

#define LEAST_NORM 1e-12f

static int draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                idc_error *err)
{
    size_t length = (size_t)in->length;
    in->negatives = idc_pretrain_negatives(p->s);
    size_t runs = 1 + (size_t)in->negatives;
    in->candidates = idc_task_memory(p, (size_t)in->pairs * runs * length, sizeof *in->candidates);
    if (!in->candidates)
        return idc_fail(err, IDC_E_MEMORY, "fda: no memory");
    if (!p->negatives)
        return idc_fail(err, IDC_E_INVALID, "fda: there is no source of negatives");
    for (int i = 0; i < b->pairs; i++) {
        int32_t *row = in->candidates + (size_t)i * runs * length;
        idc_random r = idc_task_random(p, step, i);
        memcpy(row, in->ids + (size_t)i * length, length * sizeof *row);
        uint64_t seed = idc_random_u32(&r);
        idc_negative_query q = {.origin = b->origin[i],
                                .mirrored = b->mirrored[i],
                                .truth = row,
                                .seed = seed << 32 | idc_random_u32(&r)};
        int rc = idc_negative_source_draw(p->negatives, &q, row + length, err);
        rc = rc < 0 ? rc : idc_task_mask_text(p, &r, row, (int)runs, err);
        if (rc < 0)
            return rc;
    }
    return idc_soft_draw(p, b, step, in, err);
}

idc_tensor *idc_task_cosines(idc_tape *t, idc_tensor *cls)
{
    idc_tensor *v = idc_add(t, idc_slice(t, cls, 1, 0, 1), idc_slice(t, cls, 1, 1, 1));
    v = idc_l2_normalize(t, idc_scale(t, v, 0.5f), LEAST_NORM);
    idc_tensor *s = idc_l2_normalize(t, idc_slice(t, cls, 1, 2, 1), LEAST_NORM);
    return idc_reshape(t, idc_matmul(t, v, s, true), 2, (int64_t[]){-1, 1});
}

/* tokens [B,M,d] with each of the 1 + K sentences → [B,1 + K] */
static idc_tensor *similarities(const idc_pretrain *p, idc_tape *t, idc_tensor *tokens,
                                const idc_task_input *in)
{
    int64_t runs = 1 + in->negatives, rows = in->pairs * runs;
    int32_t *owner = idc_tape_alloc(t, (size_t)rows * sizeof *owner);
    if (!owner)
        return NULL;
    for (int64_t i = 0; i < rows; i++)
        owner[i] = (int32_t)(i / runs);
    tokens = idc_rows(t, tokens, idc_task_integers(t, owner, rows));
    idc_tensor *ids = idc_task_ids(t, in->candidates, rows, in->length);
    idc_tensor *cls = idc_network_fuse(p->net, t, tokens, ids, IDC_ROWS_CLS);
    if (!cls)
        return NULL;
    idc_tensor *z = idc_reshape(t, idc_task_cosines(t, cls), 2, (int64_t[]){in->pairs, runs});
    return idc_scale(t, z, 1.0f / (float)p->s->fda_temperature);
}

static idc_task_said loss(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                          const idc_task_input *in)
{
    idc_tensor *tokens = idc_task_tokens(p, t, raw);
    idc_task_said said = {.logits = similarities(p, t, tokens, in)};
    said.target = idc_tape_input(t, IDC_DTYPE_I32, 1, (int64_t[]){in->pairs}, NULL);
    if (!said.logits || !said.target)
        return said;
    memset(said.target->data, 0, (size_t)in->pairs * sizeof(int32_t));
    said.loss = idc_task_first(t, said.logits, p->s->fda_focal);
    if (!in->word)
        return said;
    idc_tensor *z = similarities(p, t, idc_soft_tokens(p, t, raw, tokens, in), in);
    said.more = idc_scale(t, idc_task_first(t, z, p->s->fda_focal), (float)p->s->soft_weight);
    said.loss = idc_add(t, said.loss, said.more);
    return said;
}

const idc_task_row idc_task_fda = {"fda", NULL, draw, loss};
