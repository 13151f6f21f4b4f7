/* cider.c: CIDEr and CIDEr-D (Vedantam, Zitnick, Parikh, "CIDEr: consensus-based image description evaluation", CVPR 2015); the
 * vectors and what they have in common are those of text/cider.h.
 *
 *     CIDEr-D = 10 · mean over n and references of clipped · exp(−d² / (2 · 6²))
 *     CIDEr_plain = 10 · mean over n and references of plain
 *
 * The division is left out where a norm is 0. The COCO evaluation's "CIDEr" is CIDEr-D, so both columns hold the same number;
 * CIDEr_plain is the paper's first definition. With one item N = 1 and every weight is log 1 = 0: the score is 0 (give
 * --df FILE for scores of single items). A corpus's score is the mean over its items.
 *
 * Statistics: CIDEr-D, CIDEr_plain of the item.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "score/metric.h"
#include "text/cider.h"

enum { STATISTICS = 2 };

struct scratch {
    idc_cider_vector hypothesis, reference;
};

static size_t longest(const idc_measure *m)
{
    size_t most = 1;
    for (size_t i = 0; i < m->item_count; i++) {
        const idc_item *item = &m->corpus->items[m->items[i]];
        const idc_sentence *h = &m->corpus->hypotheses[m->system][m->items[i]];
        most = h->word_count > most ? h->word_count : most;
        for (uint32_t r = 0; r < item->reference_count; r++) {
            uint32_t n = m->corpus->references[item->first_reference + r].word_count;
            most = n > most ? n : most;
        }
    }
    return most;
}

/* Adds what n-grams of this order give. */
static void measure_item(const idc_measure *m, size_t index, int n, const idc_frequency *df,
                         const idc_cider_logs *logs, struct scratch *s, double *out)
{
    const idc_item *item = &m->corpus->items[m->items[index]];
    const idc_sentence *h = &m->corpus->hypotheses[m->system][m->items[index]];
    double scale = 10.0 / IDC_MAX_GRAM / item->reference_count;
    s->hypothesis.count = idc_grams(h->words, h->word_count, n, s->hypothesis.grams);
    idc_gram_filter filter = idc_gram_filter_of(s->hypothesis.grams, s->hypothesis.count);
    idc_cider_weigh(&s->hypothesis, df, logs);
    for (uint32_t k = 0; k < item->reference_count; k++) {
        const idc_sentence *reference = &m->corpus->references[item->first_reference + k];
        double clipped, plain;
        s->reference.count =
            idc_grams_unsorted(reference->words, reference->word_count, n, s->reference.grams);
        idc_cider_weigh(&s->reference, df, logs);
        idc_cider_compare(&s->hypothesis, &filter, &s->reference, &clipped, &plain);
        out[0] += scale * clipped * idc_cider_length_factor(h->word_count, reference->word_count);
        out[1] += scale * plain;
    }
}

static int count_documents(idc_frequency *df, const idc_measure *m, int n, uint64_t *keys)
{
    for (size_t i = 0; i < m->item_count; i++) {
        const idc_item *item = &m->corpus->items[m->items[i]];
        idc_frequency_document(df);
        for (uint32_t r = 0; r < item->reference_count; r++) {
            const idc_sentence *s = &m->corpus->references[item->first_reference + r];
            if (idc_frequency_add(df, keys, idc_gram_keys(s->words, s->word_count, n, keys)) < 0)
                return IDC_E_MEMORY;
        }
    }
    return 0;
}

static int measure_order(const idc_measure *m, int n, const idc_frequency *df, size_t most,
                         double *statistics)
{
    idc_cider_logs logs;
    int rc = 0;
    idc_cider_logs_init(&logs, df->documents);
#pragma omp parallel num_threads(m->threads)
    {
        struct scratch s = {
            .hypothesis = {malloc(most * sizeof(idc_gram)), malloc(most * sizeof(double)), 0, 0},
            .reference = {malloc(most * sizeof(idc_gram)), malloc(most * sizeof(double)), 0, 0}};
        if (!s.hypothesis.grams || !s.hypothesis.weights || !s.reference.grams ||
            !s.reference.weights) {
#pragma omp atomic write
            rc = IDC_E_MEMORY;
        } else {
#pragma omp for schedule(static)
            for (size_t i = 0; i < m->item_count; i++)
                measure_item(m, i, n, df, &logs, &s, statistics + i * STATISTICS);
        }
        free(s.hypothesis.grams);
        free(s.hypothesis.weights);
        free(s.reference.grams);
        free(s.reference.weights);
    }
    return rc;
}

/* One order after the other, so that one table of document frequencies is in memory at a time. */
static int measure(const idc_measure *m, double *statistics, idc_error *err)
{
    size_t most = longest(m);
    uint64_t *keys = malloc(most * sizeof *keys);
    idc_frequency df = {0};
    int rc = keys ? 0 : IDC_E_MEMORY;
    memset(statistics, 0, m->item_count * STATISTICS * sizeof *statistics);
    for (int n = 1; rc == 0 && n <= IDC_MAX_GRAM; n++) {
        if (!m->df) {
            idc_frequency_clear(&df);
            rc = count_documents(&df, m, n, keys);
        }
        if (rc == 0)
            rc = measure_order(m, n, m->df ? m->df : &df, most, statistics);
    }
    idc_frequency_free(&df);
    free(keys);
    return rc < 0 ? idc_fail(err, rc, "CIDEr: no memory") : 0;
}

static void finish(const double *sums, double items, double *values)
{
    values[0] = values[1] = sums[0] / items;
    values[2] = sums[1] / items;
}

const idc_metric idc_metric_cider = {.name = "cider",
                                     .columns = {"CIDEr", "CIDEr_D", "CIDEr_plain"},
                                     .column_count = 3,
                                     .statistics = STATISTICS,
                                     .of_the_set = true,
                                     .source = "Vedantam et al. 2015",
                                     .measure = measure,
                                     .finish = finish};
