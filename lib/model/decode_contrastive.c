/* decode_contrastive.c: contrastive search (Su, Lan, Wang, Yogatama, Kong, Collier, "A contrastive framework for neural text
 * generation", NeurIPS 2022, equation 5):
 *
 *     argmax over the top_k likeliest v of (1 − α) p(v) − α max_j cos(h_v, h_j)
 *
 * h_v is the result of v's row if v were the next word, h_j those of the words so far, BOS included. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode_state.h"

/* The sentence's rows, scaled to length 1. */
struct rows {
    int n, width;
    float *unit; /* [max_length,d] */
};

static void keep(struct rows *r, const idc_tensor *row)
{
    const float *x = idc_f32(row);
    float *y = r->unit + (size_t)r->n++ * (size_t)r->width;
    double sum = 0.0;
    for (int i = 0; i < r->width; i++)
        sum += (double)x[i] * (double)x[i];
    for (int i = 0; i < r->width; i++)
        y[i] = (float)((double)x[i] / sqrt(sum > 0.0 ? sum : 1.0));
}

/* The largest cosine of the last row to the ones before. */
static double likeness(const struct rows *r)
{
    const float *last = r->unit + (size_t)(r->n - 1) * (size_t)r->width;
    double largest = -1.0;
    for (int j = 0; j < r->n - 1; j++) {
        const float *other = r->unit + (size_t)j * (size_t)r->width;
        double dot = 0.0;
        for (int i = 0; i < r->width; i++)
            dot += (double)last[i] * (double)other[i];
        largest = dot > largest ? dot : largest;
    }
    return largest;
}

/* The top_k likeliest words, best first; ties go to the lower number. */
static void choose(idc_decoder *d, int top_k)
{
    d->n_candidates[0] = 0;
    for (int w = 0; w < d->net->c.words; w++) {
        double p = (double)d->logprobs[w];
        if (d->logprobs[w] == -INFINITY ||
            (d->n_candidates[0] == top_k && p <= d->candidates[top_k - 1].logprob))
            continue;
        int i = d->n_candidates[0] < top_k ? d->n_candidates[0]++ : top_k - 1;
        for (; i > 0 && d->candidates[i - 1].logprob < p; i--)
            d->candidates[i] = d->candidates[i - 1];
        d->candidates[i] = (idc_candidate){p, 0, w};
    }
}

/* Tries each candidate as the next word and goes on with the best; d->logprobs are then those of the word after it. */
static int step(idc_decoder *d, struct rows *rows, const idc_decode_options *o, idc_error *err)
{
    idc_hypothesis *h = &d->live[0];
    int best = 0, length = h->cache.length, n = h->n;
    double best_value = 0.0;
    for (int i = 0; i < d->n_candidates[0] + 1; i++) {
        int take = i < d->n_candidates[0] ? i : best;
        if (i == d->n_candidates[0] && best == i - 1)
            break; /* it was read last */
        h->cache.length = length;
        h->n = n;
        h->words[h->n++] = d->candidates[take].word;
        rows->n = n;
        int rc = idc_decode_read(d, h, o, h->n < d->net->c.max_length, err);
        if (rc < 0)
            return rc;
        keep(rows, d->row);
        double value =
            (1.0 - o->alpha) * exp(d->candidates[take].logprob) - o->alpha * likeness(rows);
        if (i == 0 || value > best_value) {
            best = take;
            best_value = value;
        }
    }
    h->logprob += d->candidates[best].logprob;
    return 0;
}

int idc_decode_contrastive(idc_decoder *d, const idc_decode_options *o, idc_error *err)
{
    idc_hypothesis *h = &d->live[0];
    struct rows rows = {.width = d->net->c.width};
    rows.unit = malloc((size_t)d->net->c.max_length * (size_t)d->net->c.width * sizeof *rows.unit);
    if (!rows.unit)
        return idc_fail(err, IDC_E_MEMORY, "decoder: no memory");
    int rc = idc_decode_read(d, h, o, true, err);
    if (rc == 0)
        keep(&rows, d->row);
    while (rc == 0 && h->n < d->net->c.max_length && (o->exact || h->words[h->n - 1] != IDC_EOS)) {
        choose(d, o->top_k);
        rc = step(d, &rows, o, err);
    }
    h->score = idc_decode_penalised(h->logprob, h->n - 1, o->length_penalty);
    free(rows.unit);
    return rc;
}
