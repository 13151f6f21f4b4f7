/* bleu.c: BLEU-1 to BLEU-4 (Papineni, Roukos, Ward, Zhu, "BLEU: a method for automatic evaluation of machine translation",
 * ACL 2002), with the constants of the COCO caption evaluation (Chen et al., "Microsoft COCO captions: data collection and
 * evaluation server", 2015):
 *
 *     p_n = (correct_n + 1e-15) / (guess_n + 1e-9)
 *     BLEU-N = (p_1 … p_N)^(1/N) · exp(1 − 1/r) if r < 1,    r = (hypothesis length + 1e-15) / (reference length + 1e-9)
 *
 * guess_n: n-grams of the hypothesis. correct_n: those that a reference has, an n-gram counting at most as often as in the
 * reference that has it most often. Reference length: the one closest to the hypothesis's, of two the shorter. For a corpus
 * all four are summed over the items first. The constants give an item without common 4-grams a tiny value, not 0.
 *
 * Statistics: hypothesis length, reference length, then guess and correct for n = 1 … 4.
 */
#include <math.h>
#include <stdlib.h>

#include "score/metric.h"

enum { STATISTICS = 10 };

struct scratch {
    idc_gram *hypothesis;
    uint64_t *reference; /* keys */
    uint32_t *here;      /* for each n-gram of the hypothesis, its count in the reference in hand */
    uint32_t *
        most; /* for each n-gram of the hypothesis, its count in the reference that has it most often */
};

static size_t longest(const idc_measure *m)
{
    size_t most = 1;
    for (size_t i = 0; i < m->item_count; i++) {
        const idc_item *item = &m->corpus->items[m->items[i]];
        const idc_sentence *h = &m->corpus->hypotheses[m->system][m->items[i]];
        if (h->word_count > most)
            most = h->word_count;
        for (uint32_t r = 0; r < item->reference_count; r++)
            if (m->corpus->references[item->first_reference + r].word_count > most)
                most = m->corpus->references[item->first_reference + r].word_count;
    }
    return most;
}

/* Raises the counts to those of one reference. */
static void take_maximum(const struct scratch *s, const idc_gram_filter *filter,
                         size_t hypothesis_count, size_t reference_count)
{
    for (size_t i = 0; i < hypothesis_count; i++)
        s->here[i] = 0;
    for (size_t r = 0; r < reference_count; r++) {
        ptrdiff_t at = idc_gram_find(filter, s->hypothesis, hypothesis_count, s->reference[r]);
        if (at >= 0)
            s->here[at]++;
    }
    for (size_t i = 0; i < hypothesis_count; i++)
        s->most[i] = s->here[i] > s->most[i] ? s->here[i] : s->most[i];
}

static void measure_item(const idc_measure *m, size_t index, const struct scratch *s, double *out)
{
    const idc_item *item = &m->corpus->items[m->items[index]];
    const idc_sentence *h = &m->corpus->hypotheses[m->system][m->items[index]];
    const idc_sentence *references = &m->corpus->references[item->first_reference];
    double length = h->word_count, closest = references[0].word_count;
    for (uint32_t r = 1; r < item->reference_count; r++) {
        double l = references[r].word_count, better = fabs(closest - length) - fabs(l - length);
        if (better > 0 || (better == 0 && l < closest))
            closest = l;
    }
    out[0] = length;
    out[1] = closest;
    for (int n = 1; n <= IDC_MAX_GRAM; n++) {
        size_t k = idc_grams(h->words, h->word_count, n, s->hypothesis);
        idc_gram_filter filter = idc_gram_filter_of(s->hypothesis, k);
        double correct = 0;
        for (size_t i = 0; i < k; i++)
            s->most[i] = 0;
        for (uint32_t r = 0; k > 0 && r < item->reference_count; r++)
            take_maximum(
                s, &filter, k,
                idc_gram_keys(references[r].words, references[r].word_count, n, s->reference));
        for (size_t i = 0; i < k; i++)
            correct += s->hypothesis[i].count < s->most[i] ? s->hypothesis[i].count : s->most[i];
        out[2 * n] = length >= n ? length - n + 1 : 0;
        out[2 * n + 1] = correct;
    }
}

static int measure(const idc_measure *m, double *statistics, idc_error *err)
{
    size_t most = longest(m);
    int rc = 0;
#pragma omp parallel num_threads(m->threads)
    {
        struct scratch s = {malloc(most * sizeof(idc_gram)), malloc(most * sizeof(uint64_t)),
                            malloc(most * sizeof(uint32_t)), malloc(most * sizeof(uint32_t))};
        if (!s.hypothesis || !s.reference || !s.here || !s.most) {
#pragma omp atomic write
            rc = IDC_E_MEMORY;
        } else {
#pragma omp for schedule(static)
            for (size_t i = 0; i < m->item_count; i++)
                measure_item(m, i, &s, statistics + i * STATISTICS);
        }
        free(s.hypothesis);
        free(s.reference);
        free(s.here);
        free(s.most);
    }
    return rc < 0 ? idc_fail(err, rc, "BLEU: no memory") : 0;
}

static void finish(const double *sums, double items, double *values)
{
    (void)items;
    double ratio = (sums[0] + 1e-15) / (sums[1] + 1e-9), product = 1;
    double brevity = ratio < 1 ? exp(1 - 1 / ratio) : 1;
    for (int n = 1; n <= IDC_MAX_GRAM; n++) {
        product *= (sums[2 * n + 1] + 1e-15) / (sums[2 * n] + 1e-9);
        values[n - 1] = pow(product, 1.0 / n) * brevity;
    }
}

const idc_metric idc_metric_bleu = {.name = "bleu",
                                    .columns = {"Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4"},
                                    .column_count = 4,
                                    .statistics = STATISTICS,
                                    .source = "Papineni et al. 2002",
                                    .measure = measure,
                                    .finish = finish};
