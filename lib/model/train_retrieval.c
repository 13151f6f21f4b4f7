#include "model/train_retrieval.h"

#include <stdlib.h>
#include <string.h>

#include "model/embed.h"

static int grow(idc_retrieval *r, size_t more, idc_error *err)
{
    size_t n = r->n + more, d = (size_t)r->width * sizeof(float);
    float *pair = realloc(r->pair, n * d);
    r->pair = pair != NULL ? pair : r->pair;
    float *text = realloc(r->text, n * d);
    r->text = text != NULL ? text : r->text;
    int32_t *sentence = realloc(r->sentence, n * (size_t)r->row * sizeof *sentence);
    r->sentence = sentence != NULL ? sentence : r->sentence;
    if (pair == NULL || text == NULL || sentence == NULL)
        return idc_fail(err, IDC_E_MEMORY, "validation: no memory");
    /* cppcheck-suppress memleak ; r holds all three */
    return 0;
}

static idc_tensor *sentences(idc_tape *t, const idc_batch *b)
{
    int64_t length = b->shape.max_length;
    idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){b->pairs, length}, NULL);
    for (int64_t i = 0; ids != NULL && i < b->pairs; i++)
        memcpy(idc_i32(ids) + i * length, b->sentence + i * (length + 1),
               (size_t)length * sizeof(int32_t));
    return ids;
}

int idc_retrieval_add(idc_retrieval *r, idc_network *net, idc_tape *tape, idc_tensor *tokens,
                      const idc_batch *b, idc_error *err)
{
    r->width = idc_network_get_config(net)->itc;
    r->row = b->shape.max_length + 1;
    if (r->width == 0 || b->pairs == 0)
        return 0;
    const idc_tensor *pair = idc_network_embed_pair(net, tape, tokens);
    const idc_tensor *text = idc_network_embed_text(net, tape, sentences(tape, b));
    int rc = idc_tape_status(tape, err);
    if (rc == 0)
        rc = grow(r, (size_t)b->pairs, err);
    for (int i = 0; i < b->pairs && rc == 0; i++) {
        if (b->changed[i] != 1)
            continue;
        size_t d = (size_t)r->width, row = (size_t)r->row;
        memcpy(r->pair + r->n * d, idc_f32(pair) + (size_t)i * d, d * sizeof(float));
        memcpy(r->text + r->n * d, idc_f32(text) + (size_t)i * d, d * sizeof(float));
        memcpy(r->sentence + r->n * row, b->sentence + (size_t)i * row, row * sizeof(int32_t));
        r->n++;
    }
    return rc;
}

/* The nearest of n rows; the first where some are equally near. */
static size_t nearest(const float *query, const float *rows, size_t n, size_t d)
{
    size_t best = 0;
    double most = -2;
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t k = 0; k < d; k++)
            sum += (double)query[k] * (double)rows[j * d + k];
        if (sum > most) {
            most = sum;
            best = j;
        }
    }
    return best;
}

static bool same(const idc_retrieval *r, size_t i, size_t j)
{
    size_t row = (size_t)r->row;
    return memcmp(r->sentence + i * row, r->sentence + j * row, row * sizeof(int32_t)) == 0;
}

idc_retrieval_shares idc_retrieval_score(const idc_retrieval *r)
{
    idc_retrieval_shares s = {0};
    size_t n = r->n, d = (size_t)r->width;
    for (size_t i = 0; i < n; i++) {
        s.pair_to_text += same(r, i, nearest(r->pair + i * d, r->text, n, d));
        s.text_to_pair += same(r, i, nearest(r->text + i * d, r->pair, n, d));
        for (size_t j = 0; j < n; j++)
            s.chance += same(r, i, j) / (double)n;
    }
    double scale = n > 0 ? 1 / (double)n : 0;
    return (idc_retrieval_shares){s.pair_to_text * scale, s.text_to_pair * scale, s.chance * scale};
}

void idc_retrieval_fini(idc_retrieval *r)
{
    free(r->pair);
    free(r->text);
    free(r->sentence);
    memset(r, 0, sizeof *r);
}
