/* soft_mask.c: cells attenuated by where a word of the sentence looks (Park and Han, "Multi-Modal Representation Learning with
 * Text-Driven Soft Masks", CVPR 2023, carried over from their cross-attention to the cross-modal encoder here).
 *
 * One word w of each pair's true sentence is drawn. With A the attention of a block and G = ds/dA, where s = cos(v, CLS3)/τ of
 * the pair and its true sentence (task_fda.c),
 *
 *     cam[p] = mean over heads of A[h,w,p] · max(G[h,w,p], 0)     p: the cells of both pictures
 *     m[p] = 1 − (cam[p] − min cam)/(max cam − min cam)           1 where all are alike
 *
 * and the cells' rows of E are multiplied by m; CLS1 and CLS2 stay. With soft.raw the raw cells are, and E is made anew. The map is made anew in each step, without dropout, and
 * nothing flows back through it.
 */
#include <string.h>

#include "model/task.h"
#include "model/word_map.h"

/* Words whose place in the pictures says nothing. */
static const char *const stop_words[] = {"the",  "a",     "an", "is",  "of", "that", "has",
                                         "been", "there", "to", "and", ",",  "."};

static bool is_wanted(const idc_pretrain *p, int32_t id)
{
    if (id < IDC_SPECIALS)
        return false;
    if (p->s->content_words == 0)
        return true;
    const char *word = idc_vocabulary_word(p->vocabulary, id);
    for (size_t i = 0; i < sizeof stop_words / sizeof *stop_words; i++)
        if (strcmp(word, stop_words[i]) == 0)
            return false;
    return true;
}

int idc_soft_draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                  idc_error *err)
{
    size_t run = (1 + (size_t)in->negatives) * (size_t)in->length;
    if (p->s->soft_weight <= 0 || (double)step < p->s->soft_from * p->s->steps)
        return 0;
    in->word = idc_task_memory(p, (size_t)in->pairs, sizeof *in->word);
    if (!in->word)
        return idc_fail(err, IDC_E_MEMORY, "soft mask: no memory");
    for (int i = 0; i < in->pairs; i++) {
        const int32_t *ids = in->candidates + (size_t)i * run;
        idc_random r = idc_task_random(p, step, in->pairs + i);
        uint32_t seen = 0;
        in->word[i] = -1;
        for (int k = 0; k < in->length && b->changed[i] != 0; k++)
            if (is_wanted(p, ids[k]) && idc_random_below(&r, ++seen) == 0)
                in->word[i] = k;
    }
    return 0;
}

/* The sum over pairs of their scores, one element: each reaches its own pair's attention alone. */
static idc_tensor *score(const idc_pretrain *p, const idc_tensor *tokens, const idc_task_input *in)
{
    idc_tape *t = p->probe;
    int64_t pairs = in->pairs, length = in->length, M = tokens->shape[1], n = p->net->cells;
    idc_tensor *e = idc_tape_input(t, IDC_DTYPE_F32, 3, tokens->shape, tokens->data);
    idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){pairs, length}, NULL);
    idc_tensor *ones = idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){1, pairs, 1}, NULL);
    if (!e || !ids || !ones)
        return NULL;
    for (int64_t i = 0; i < pairs; i++) {
        memcpy(idc_i32(ids) + i * length, in->candidates + i * (1 + in->negatives) * length,
               (size_t)length * sizeof(int32_t));
        idc_f32(ones)[i] = 1.0f / (float)p->s->fda_temperature;
    }
    idc_tensor *h = idc_network_cross(p->net, t, e, ids, IDC_TEXT_FULL, true);
    if (!h)
        return NULL;
    idc_tensor *cls[3] = {idc_slice(t, h, 1, 0, 1), idc_slice(t, h, 1, n + 1, 1),
                          idc_slice(t, h, 1, M, 1)};
    idc_tensor *z = idc_task_cosines(t, idc_concat(t, cls, 3, 1));
    return idc_matmul(t, idc_reshape(t, z, 3, (int64_t[]){1, 1, pairs}), ones, false);
}

/* The factors of all rows: of raw cells [2B,n,1], the pictures before first, or of E [B,M,1], 1 at the CLS rows. */
static int fill_factors(const idc_pretrain *p, const idc_attention_watch *watch,
                        const idc_task_input *in, idc_tensor *factors)
{
    const bool raw = p->s->soft_raw != 0;
    const int64_t n = p->net->cells, count = idc_tensor_count(factors);
    float *mask = idc_tape_alloc(p->probe, 2 * (size_t)n * sizeof *mask);
    if (!mask)
        return IDC_E_MEMORY;
    for (int64_t k = 0; k < count; k++)
        idc_f32(factors)[k] = 1.0f;
    for (int64_t i = 0; i < in->pairs; i++) {
        if (in->word[i] < 0)
            continue;
        idc_word_map_heat(p->net, watch, (idc_word_row){i, in->word[i], in->length}, mask);
        idc_word_map_mask(mask, 2 * n);
        for (int64_t side = 0; side < 2; side++) {
            int64_t first = raw ? (side * in->pairs + i) * n : (2 * i + side) * (n + 1) + 1;
            memcpy(idc_f32(factors) + first, mask + side * n, (size_t)n * sizeof *mask);
        }
    }
    return 0;
}

idc_tensor *idc_soft_tokens(const idc_pretrain *p, idc_tape *t, idc_tensor *raw, idc_tensor *tokens,
                            const idc_task_input *in)
{
    idc_attention_watch watch = {.block = (int)p->s->soft_block};
    idc_error err = IDC_NO_ERROR;
    if (!tokens)
        return NULL;
    idc_tensor *attenuated = p->s->soft_raw != 0 ? raw : tokens;
    const int64_t *shape = attenuated->shape;
    idc_tensor *factors =
        idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){shape[0], shape[1], 1}, NULL);
    if (!factors)
        return NULL;
    idc_tape_reset(p->probe);
    idc_network_watch(p->net, &watch);
    idc_tensor *s = score(p, tokens, in);
    int rc = idc_tape_backward(p->probe, s, &err);
    idc_network_watch(p->net, NULL);
    if (rc == 0)
        rc = fill_factors(p, &watch, in, factors);
    if (rc < 0)
        return idc_tape_fail(t, rc, "soft mask: %s", err.code ? err.text : "no memory");
    attenuated = idc_mul(t, attenuated, factors);
    return p->s->soft_raw != 0 ? idc_task_tokens(p, t, attenuated) : attenuated;
}
