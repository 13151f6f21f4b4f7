/* cider.c: see cider.h. */
#include "text/cider.h"

#include <math.h>
#include <stdlib.h>

enum { SIGMA = 6 };

void idc_cider_logs_init(idc_cider_logs *l, uint32_t documents)
{
    l->of[0] = l->of[1] = 0;
    for (int k = 2; k < IDC_CIDER_LOGS; k++)
        l->of[k] = log(k);
    l->documents = log(documents);
}

void idc_cider_weigh(idc_cider_vector *v, const idc_frequency *df, const idc_cider_logs *logs)
{
    double square = 0;
    for (size_t i = 0; i < v->count; i++)
        idc_frequency_prefetch(df, v->grams[i].key);
    for (size_t i = 0; i < v->count; i++) {
        uint32_t documents = idc_frequency_of(df, v->grams[i].key);
        double known = documents < IDC_CIDER_LOGS ? logs->of[documents] : log(documents);
        double w = v->grams[i].count * (logs->documents - known);
        v->weights[i] = w;
        square += w * w;
    }
    v->norm = sqrt(square);
}

void idc_cider_compare(const idc_cider_vector *h, const idc_gram_filter *filter,
                       const idc_cider_vector *r, double *clipped, double *plain)
{
    *clipped = *plain = 0;
    for (size_t j = 0; j < r->count; j++) {
        ptrdiff_t i = idc_gram_find(filter, h->grams, h->count, r->grams[j].key);
        if (i >= 0) {
            double x = h->weights[i], y = r->weights[j];
            *clipped += (x < y ? x : y) * y;
            *plain += x * y;
        }
    }
    if (h->norm != 0 && r->norm != 0) {
        *clipped /= h->norm * r->norm;
        *plain /= h->norm * r->norm;
    }
}

double idc_cider_length_factor(size_t hypothesis, size_t reference)
{
    double h = hypothesis > 0 ? (double)hypothesis - 1 : 0,
           r = reference > 0 ? (double)reference - 1 : 0;
    double d = h - r;
    return exp(-(d * d) / (2.0 * SIGMA * SIGMA));
}

/* ---- a few sentences ---- */

struct idc_cider {
    idc_frequency df[IDC_MAX_GRAM];
    idc_cider_logs logs;
    uint64_t *keys;
    size_t room;
};

idc_cider *idc_cider_new(void)
{
    idc_cider *c = calloc(1, sizeof *c);
    if (c)
        idc_cider_logs_init(&c->logs, 1);
    return c;
}

void idc_cider_free(idc_cider **c)
{
    if (!*c)
        return;
    for (int n = 0; n < IDC_MAX_GRAM; n++)
        idc_frequency_free(&(*c)->df[n]);
    free((*c)->keys);
    free(*c);
    *c = NULL;
}

void idc_cider_document(idc_cider *c)
{
    for (int n = 0; n < IDC_MAX_GRAM; n++)
        idc_frequency_document(&c->df[n]);
    c->logs.documents = log(c->df[0].documents);
}

int idc_cider_add(idc_cider *c, idc_cider_text reference)
{
    if (reference.count > c->room) {
        uint64_t *grown = realloc(c->keys, reference.count * sizeof *grown);
        if (!grown)
            return IDC_E_MEMORY;
        c->keys = grown;
        c->room = reference.count;
    }
    for (int n = 1; n <= IDC_MAX_GRAM; n++) {
        size_t k = idc_gram_keys(reference.words, reference.count, n, c->keys);
        if (idc_frequency_add(&c->df[n - 1], c->keys, k) < 0)
            return IDC_E_MEMORY;
    }
    return 0;
}

static void weigh_text(const idc_cider *c, idc_cider_vector *v, const idc_cider_text *t, int n)
{
    v->count = idc_grams(t->words, t->count, n, v->grams);
    idc_cider_weigh(v, &c->df[n - 1], &c->logs);
}

int idc_cider_d(const idc_cider *c, idc_cider_text hypothesis, const idc_cider_text *references,
                size_t n, double *score)
{
    size_t most = hypothesis.count + 1;
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        most = references[k].count > most ? references[k].count : most;
    idc_gram *grams = malloc(2 * most * sizeof *grams);
    double *weights = malloc(2 * most * sizeof *weights);
    int rc = grams && weights ? 0 : IDC_E_MEMORY;
    for (int order = 1; rc == 0 && order <= IDC_MAX_GRAM; order++) {
        idc_cider_vector h = {.grams = grams, .weights = weights};
        idc_cider_vector r = {.grams = grams + most, .weights = weights + most};
        weigh_text(c, &h, &hypothesis, order);
        idc_gram_filter filter = idc_gram_filter_of(h.grams, h.count);
        for (size_t k = 0; k < n; k++) {
            double clipped, plain;
            weigh_text(c, &r, &references[k], order);
            idc_cider_compare(&h, &filter, &r, &clipped, &plain);
            sum += clipped * idc_cider_length_factor(hypothesis.count, references[k].count);
        }
    }
    free(grams);
    free(weights);
    if (rc == 0)
        *score = n > 0 ? 10.0 * sum / IDC_MAX_GRAM / (double)n : 0.0;
    return rc;
}
