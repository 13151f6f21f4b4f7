/* task_mlm.c: masked words, said again from the pictures and the other words on both sides.
 *
 *     loss = mean over the masked positions of all sentences of CE(output(h), word)
 *
 * h: the position's row of the cross-modal encoder without any mask of attention. Only those rows go through the output layer.
 */
#include "model/mask_words.h"
#include "model/task.h"

static int draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                idc_error *err)
{
    size_t n = (size_t)in->pairs * (size_t)in->length;
    in->masked = idc_task_memory(p, n, sizeof *in->masked);
    in->target = idc_task_memory(p, n, sizeof *in->target);
    if (!in->masked || !in->target)
        return idc_fail(err, IDC_E_MEMORY, "mlm: no memory");
    idc_word_masking m = {p->s->mask_words, p->s->mask_end,
                          (int)idc_vocabulary_size(p->vocabulary)};
    for (int i = 0; i < b->pairs; i++) {
        idc_random r = idc_task_random(p, step, i);
        size_t at = (size_t)i * (size_t)in->length;
        idc_mask_words(
            &m, &r,
            &(idc_masked_words){in->ids + at, in->masked + at, in->target + at, in->length});
    }
    return 0;
}

static idc_task_said loss(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                          const idc_task_input *in)
{
    int64_t rows = (int64_t)in->pairs * in->length, n = 0;
    int32_t *index = idc_tape_alloc(t, 2 * (size_t)rows * sizeof *index), *word = index + rows;
    for (int64_t i = 0; index && i < rows; i++) {
        if (in->target[i] < 0)
            continue;
        index[n] = (int32_t)i;
        word[n++] = in->target[i];
    }
    if (!index || n == 0) {
        idc_tape_fail(t, IDC_E_INVALID, "mlm: no word is masked");
        return (idc_task_said){0};
    }
    idc_tensor *ids = idc_task_ids(t, in->masked, in->pairs, in->length);
    idc_tensor *h = idc_network_fuse(p->net, t, idc_task_tokens(p, t, raw), ids, IDC_ROWS_TEXT);
    h = idc_reshape(t, h, 2, (int64_t[]){rows, p->net->c.width});
    h = idc_rows(t, h, idc_task_integers(t, index, n));
    idc_task_said said = {.logits = idc_network_words(p->net, t, h),
                          .target = idc_task_integers(t, word, n)};
    said.loss = idc_cross_entropy(t, said.logits, said.target, NULL, IDC_MEAN);
    return said;
}

const idc_task_row idc_task_mlm = {"mlm", NULL, draw, loss};
