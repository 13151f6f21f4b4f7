#include "model/data_words.h"

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

/* Words in and words to say of every pair, once all sentences are there (rows of max_length + 1). `masked`: 15 % of the
 * words and of the ends are to be said again, 80 % of them hidden, 10 % another word (Devlin et al. 2019, as in Yao et al. 2022). */
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
            if (m->text == IDC_TEXT_NEXT || s[i] == IDC_PAD || s[i] == IDC_BOS ||
                idc_random_unit(&r) >= 0.15)
                continue;
            double how = idc_random_unit(&r);
            out[i] = s[i];
            if (how < 0.8)
                in[i] = IDC_MASK;
            else if (how < 0.9)
                in[i] =
                    (int32_t)(IDC_SPECIALS +
                              idc_random_below(&r, (uint32_t)idc_vocabulary_size(m->vocabulary) -
                                                       IDC_SPECIALS));
        }
    }
}

void idc_batch_sentence(const idc_batch_maker *m, idc_batch *b, const idc_captions *c,
                        const idc_ordered_pair *p, double plain, idc_random *r)
{
    int row = m->shape.max_length + 1;
    size_t n = c->count[p->caption], which = 0;
    if (n > 1 && idc_random_unit(r) >= plain)
        which = c->no_plain ? idc_random_below(r, (uint32_t)n)
                            : 1 + idc_random_below(r, (uint32_t)n - 1);
    const char *text = c->sentence[p->caption][which];
    int32_t *ids = b->sentence + b->pairs * row;
    idc_vocabulary_encode(m->vocabulary, text, ids, m->shape.max_length);
    ids[m->shape.max_length] = IDC_PAD;
}
