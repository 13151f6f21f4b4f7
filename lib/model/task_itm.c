/* task_itm.c: two yes-or-no questions about [CLS1; CLS2; CLS3] of the cross-modal encoder, each with a head [2,3d].
 *
 * itm_a (model.matcher): do pictures and sentence belong together? With probability ½ the picture before, that after or the
 * sentence (one third each) is taken from another pair of the batch, which shares no picture with this one and is changed
 * where this one is not (as far as that is known). Without such a pair they stay together.
 * itm_b (model.aligner): are the pictures in order? With probability ½ they change places; pairs without a change do not
 * count, since both orders are right for them.
 *
 *     loss = mean over pairs of CE(head([CLS1; CLS2; CLS3]), answer)
 */
#include <string.h>

#include "model/task.h"

static void make_match(idc_pretrain *p, idc_builder *b)
{
    p->match = idc_build_dense(b, "model.matcher", "", 3 * p->net->c.width, 2);
}

static void make_order(idc_pretrain *p, idc_builder *b)
{
    p->order = idc_build_dense(b, "model.aligner", "", 3 * p->net->c.width, 2);
}

/* Every pair with its own pictures and sentence. */
static int start(idc_pretrain *p, uint64_t step, idc_task_input *in, idc_error *err)
{
    size_t n = (size_t)in->pairs;
    int32_t *memory = idc_task_memory(p, 4 * n, sizeof *memory);
    if (!memory)
        return idc_fail(err, IDC_E_MEMORY, "itm: no memory");
    in->row[0] = memory;
    in->row[1] = memory + n;
    in->text = memory + 2 * n;
    in->label = memory + 3 * n;
    for (int i = 0; i < in->pairs; i++) {
        in->row[0][i] = in->text[i] = i;
        in->row[1][i] = in->pairs + i;
        in->label[i] = 1;
    }
    idc_random r = idc_task_random(p, step, in->pairs);
    return idc_task_mask_text(p, &r, in->ids, in->pairs, err);
}

/* One of the pairs that may stand in for i; −1: there is none. */
static int another(const idc_batch *b, int i, idc_random *r)
{
    int seen = 0, found = -1;
    for (int j = 0; j < b->pairs; j++) {
        bool unknown = b->changed[i] < 0 || b->changed[j] < 0;
        bool apart = unknown || b->changed[j] != b->changed[i];
        for (int k = 0; k < 4; k++)
            apart = apart && b->view[k / 2][j] != b->view[k % 2][i];
        if (apart && idc_random_below(r, (uint32_t)++seen) == 0)
            found = j;
    }
    return found;
}

static int draw_match(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                      idc_error *err)
{
    int rc = start(p, step, in, err);
    for (int i = 0; i < b->pairs && rc == 0; i++) {
        idc_random r = idc_task_random(p, step, i);
        int part = (int)idc_random_below(&r, 3);
        int other = idc_random_unit(&r) < 0.5 ? another(b, i, &r) : -1;
        if (other < 0)
            continue;
        in->label[i] = 0;
        if (part == 2)
            in->text[i] = other;
        else
            in->row[part][i] = part * in->pairs + other;
    }
    return rc;
}

static int draw_order(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                      idc_error *err)
{
    int rc = start(p, step, in, err);
    for (int i = 0; i < b->pairs && rc == 0; i++) {
        idc_random r = idc_task_random(p, step, i);
        bool swap = idc_random_unit(&r) < 0.5;
        in->row[0][i] = swap ? in->pairs + i : i;
        in->row[1][i] = swap ? i : in->pairs + i;
        in->label[i] = !b->changed[i] ? -1 : !swap;
    }
    return rc;
}

static idc_task_said ask(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                         const idc_task_input *in, const idc_dense *head)
{
    int64_t pairs = in->pairs, length = in->length, d = p->net->c.width;
    idc_tensor *sides[2];
    for (int k = 0; k < 2; k++)
        sides[k] = idc_rows(t, raw, idc_task_integers(t, in->row[k], pairs));
    idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){pairs, length}, NULL);
    for (int64_t i = 0; ids && i < pairs; i++)
        memcpy(idc_i32(ids) + i * length, in->ids + in->text[i] * length,
               (size_t)length * sizeof(int32_t));
    idc_tensor *tokens = idc_task_tokens(p, t, idc_concat(t, sides, 2, 0));
    idc_tensor *cls = idc_network_fuse(p->net, t, tokens, ids, IDC_ROWS_CLS);
    cls = idc_reshape(t, cls, 2, (int64_t[]){pairs, 3 * d});
    idc_task_said said = {.logits = idc_dense_forward(t, cls, head),
                          .target = idc_task_integers(t, in->label, pairs)};
    said.loss = idc_cross_entropy(t, said.logits, said.target, NULL, IDC_MEAN);
    return said;
}

static idc_task_said loss_match(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                                const idc_task_input *in)
{
    return ask(p, t, raw, in, &p->match);
}

static idc_task_said loss_order(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                                const idc_task_input *in)
{
    return ask(p, t, raw, in, &p->order);
}

const idc_task_row idc_task_itm_a = {"itm_a", make_match, draw_match, loss_match};
const idc_task_row idc_task_itm_b = {"itm_b", make_order, draw_order, loss_order};
