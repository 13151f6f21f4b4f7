#include "model/data_words.h"

#include <string.h>

idc_random idc_batch_random(const idc_batch_maker *m, uint64_t step, enum idc_draw what,
                            size_t item)
{
    return idc_random_at(m->seed, step * IDC_DRAWS + (uint64_t)what, (uint32_t)item);
}

/* Left and right change places in a mirrored picture. */
void idc_batch_mirror_words(const idc_vocabulary *v, int32_t *ids, int n)
{
    int left = idc_vocabulary_id(v, "left", 4), right = idc_vocabulary_id(v, "right", 5);
    for (int i = 0; i < n; i++)
        ids[i] = ids[i] == left ? right : ids[i] == right ? left : ids[i];
}

/* Words in and words to say of every pair, once all sentences are there (rows of max_length + 1). */
void idc_batch_targets(const idc_batch_maker *m, uint64_t step, idc_batch *b)
{
    int longest = 2, row = m->shape.max_length + 1;
    for (int p = 0; p < b->pairs; p++)
        for (int i = 0; i < m->shape.max_length; i++)
            if (b->sentence[p * row + i] != IDC_PAD && i + 1 > longest)
                longest = i + 1;
    int length = m->text == IDC_TEXT_NEXT ? longest - 1 : longest;
    b->length =
        (length + 3) / 4 * 4 < m->shape.max_length ? (length + 3) / 4 * 4 : m->shape.max_length;
    for (int p = 0; p < b->pairs; p++) {
        const int32_t *s = b->sentence + p * row;
        int32_t *in = b->ids + p * b->length, *out = b->target + p * b->length;
        idc_random r = idc_batch_random(m, step, IDC_DRAW_SENTENCE, (size_t)(p + 0x100000));
        for (int i = 0; i < b->length; i++) {
            int32_t next = s[i + 1];
            in[i] = s[i] == IDC_EOS && m->text == IDC_TEXT_NEXT ? IDC_PAD : s[i];
            out[i] = m->text == IDC_TEXT_NEXT && next != IDC_PAD ? next : -1;
        }
        if (m->text == IDC_TEXT_MASKED)
            idc_mask_words(&m->masking, &r, &(idc_masked_words){s, in, out, b->length});
    }
}

static void encode(const idc_batch_maker *m, const char *text, int32_t *ids)
{
    idc_vocabulary_encode(m->vocabulary, text, ids, m->shape.max_length);
    ids[m->shape.max_length] = IDC_PAD;
}

#define MOST_SENTENCES 64

/* Further sentences of pair b->pairs, in an order drawn anew, again from the first where there are too few. */
static void add_more(const idc_batch_maker *m, idc_batch *b, const idc_captions *c,
                     const idc_ordered_pair *p, idc_random *r)
{
    uint32_t order[MOST_SENTENCES];
    size_t n = c->count[p->caption] < MOST_SENTENCES ? c->count[p->caption] : MOST_SENTENCES;
    int row = m->shape.max_length + 1, further = m->shape.captions - 1;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    idc_random_shuffle(r, order, n);
    for (int k = 0; k < further; k++)
        encode(m, c->sentence[p->caption][order[(size_t)k % n]],
               b->more + (b->pairs * further + k) * row);
}

/* The pair backwards is described by the sentence of the reverse; a picture twice by that of no change. PAD alone where
 * there is no such sentence. */
static void add_contrary(const idc_batch_maker *m, idc_batch *b, const idc_captions *c,
                         const idc_ordered_pair *p)
{
    enum idc_caption_kind kind = m->shape.still               ? IDC_UNCHANGED
                                 : p->caption == IDC_FORWARD  ? IDC_BACKWARD
                                 : p->caption == IDC_BACKWARD ? IDC_FORWARD
                                                              : IDC_UNCHANGED;
    int32_t *ids = b->contrary + b->pairs * (m->shape.max_length + 1);
    if (c->count[kind] > 0)
        encode(m, c->sentence[kind][0], ids);
    else
        memset(ids, 0, (size_t)(m->shape.max_length + 1) * sizeof *ids);
}

void idc_batch_sentence(const idc_batch_maker *m, idc_batch *b, const idc_captions *c,
                        const idc_ordered_pair *p, double plain, idc_random *r)
{
    int row = m->shape.max_length + 1;
    size_t n = c->count[p->caption], which = 0;
    if (n > 1 && idc_random_unit(r) >= plain)
        which = c->no_plain ? idc_random_below(r, (uint32_t)n)
                            : 1 + idc_random_below(r, (uint32_t)n - 1);
    const char *text = n > 0 ? c->sentence[p->caption][which] : "";
    int32_t *ids = b->sentence + b->pairs * row;
    encode(m, text, ids);
    if (m->shape.captions > 1)
        add_more(m, b, c, p, r);
    if (m->shape.contrary)
        add_contrary(m, b, c, p);
}
