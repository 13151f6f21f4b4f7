/* word_map.c: see word_map.h. */
#include "model/word_map.h"

#include <assert.h>
#include <string.h>

#include "model/parts.h"

int idc_word_map_cells(const idc_network *net)
{
    return net->cells;
}

void idc_word_map_weigh(float *cam, const float *a, const float *g, int64_t n, int heads,
                        int64_t step)
{
    for (int h = 0; h < heads; h++)
        for (int64_t p = 0; p < n; p++) {
            float slope = g[h * step + p];
            cam[p] += slope > 0.0f ? a[h * step + p] * slope / (float)heads : 0.0f;
        }
}

void idc_word_map_scale(float *cam, int64_t n)
{
    float low = cam[0], high = cam[0];
    for (int64_t p = 1; p < n; p++) {
        low = cam[p] < low ? cam[p] : low;
        high = cam[p] > high ? cam[p] : high;
    }
    float range = high - low;
    for (int64_t p = 0; p < n; p++)
        cam[p] = range > 0.0f ? (cam[p] - low) / range : 0.0f;
}

void idc_word_map_mask(float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = 1.0f - values[i];
}

void idc_word_map_heat(const idc_network *net, const idc_attention_watch *watch, idc_word_row word,
                       float *heat)
{
    const idc_tensor *a = watch->probabilities;
    assert(a && a->grad && word.item < a->shape[0] && word.row < word.length);
    int heads = (int)a->shape[1];
    int64_t keys = a->shape[3], step = a->shape[2] * keys, n = net->cells;
    int64_t query = a->shape[2] - word.length + word.row;
    int64_t at = word.item * heads * step + query * keys;
    memset(heat, 0, 2 * (size_t)n * sizeof *heat);
    for (int k = 0; k < 2; k++) {
        int64_t first = at + 1 + k * (n + 1);
        idc_word_map_weigh(heat + k * n, idc_f32(a) + first, a->grad + first, n, heads, step);
    }
    idc_word_map_scale(heat, 2 * n);
}

/* ---- the words of a sentence ---- */

/* Where each word is asked for: rows of a batch of sequences. */
struct questions {
    int items, length; /* B, L of the ids */
    int shift;         /* word i (from 0, BOS not counted) is asked for at row i + shift */
    bool together;     /* one item asks for all words, each at its row; else item i for word i */
    int32_t *ids;      /* [B,L] */
    int32_t *target;   /* [B,L], −1 where nothing is asked */
};

/* A word's score must reach its own row's attention only. In the last block a row's answer comes from that row's
 * attention alone, so one pass asks for all words, if words predict the next one; otherwise each has its own copy. */
static int ask(struct questions *q, const idc_network *net, idc_tape *t, const idc_spoken *said)
{
    bool unmask = net->c.caption == IDC_CAPTION_UNMASK;
    int words = said->n - 1;
    q->shift = unmask ? 1 : 0;
    q->together = !unmask && (said->block == -1 || said->block == net->c.cross_blocks - 1);
    q->items = q->together ? 1 : words;
    q->length = words + q->shift;
    size_t length = (size_t)q->length, count = (size_t)q->items * length;
    q->ids = idc_tape_alloc(t, 2 * count * sizeof *q->ids);
    if (!q->ids)
        return IDC_E_MEMORY;
    q->target = q->ids + count;
    memset(q->target, -1, count * sizeof *q->target);
    for (int i = 0; i < q->items; i++)
        memcpy(q->ids + (size_t)i * length, said->ids, length * sizeof *q->ids);
    for (int i = 0; i < words; i++) {
        int row = i + q->shift;
        int32_t *item = q->ids + (q->together ? 0 : (size_t)i * length);
        q->target[item - q->ids + row] = said->ids[i + 1];
        for (int k = row; unmask && k < q->length; k++) /* later ones are hidden anyway */
            item[k] = IDC_MASK;
    }
    return 0;
}

/* The sum of the words' log probabilities. */
static idc_tensor *score(idc_network *net, idc_tape *t, const float *tokens,
                         const struct questions *q)
{
    int64_t m = 2 * (net->cells + 1), d = net->c.width;
    idc_tensor *e = idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){1, m, d}, tokens);
    idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){q->items, q->length}, q->ids);
    if (!e || !ids)
        return NULL;
    if (q->items > 1)
        e = idc_expand(t, e, q->items);
    idc_tensor *text = idc_network_ask(net, t, e, ids, IDC_TEXT_CAUSAL).text;
    if (!text)
        return NULL;
    idc_tensor *logits = idc_network_words(net, t, idc_reshape(t, text, 2, (int64_t[]){-1, d}));
    idc_tensor *target =
        idc_tape_input(t, IDC_DTYPE_I32, 1, (int64_t[]){(int64_t)q->items * q->length}, q->target);
    return idc_scale(t, idc_cross_entropy(t, logits, target, NULL, IDC_SUM), -1.0f);
}

int idc_word_maps(idc_network *net, idc_tape *probe, const float *tokens, const idc_spoken *said,
                  float *heat, idc_error *err)
{
    struct questions q;
    idc_attention_watch watch = {.block = said->block};
    if (said->n < 2 || said->n > net->c.max_length)
        return idc_fail(err, IDC_E_RANGE, "word maps: %d words with BOS, not 2 to %d", said->n,
                        net->c.max_length);
    idc_tape_reset(probe);
    idc_network_watch(net, &watch);
    idc_tensor *s = ask(&q, net, probe, said) == 0 ? score(net, probe, tokens, &q) : NULL;
    idc_network_watch(net, NULL);
    int rc = idc_tape_status(probe, err);
    if (rc == 0)
        rc = idc_tape_backward(probe, s, err);
    for (int i = 0; rc == 0 && i < said->n - 1; i++) {
        idc_word_row word = {q.together ? 0 : i, i + q.shift, q.length};
        idc_word_map_heat(net, &watch, word, heat + (int64_t)i * 2 * net->cells);
    }
    return rc;
}
