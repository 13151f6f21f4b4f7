/* rouge_l.c: ROUGE-L (Lin, "ROUGE: a package for automatic evaluation of summaries", 2004) as the COCO caption evaluation
 * has it:
 *
 *     P = max over references of lcs / |hypothesis|,  R = max over references of lcs / |reference|  (each by itself)
 *     ROUGE-L = (1 + β²) P R / (R + β² P),  β = 1.2;  0 when P or R is 0;  a corpus's is the mean over its items
 *
 * Words are split at every single blank, so an empty sentence is one empty word. The longest common subsequence is found 64
 * columns at a time (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): O(|hypothesis| · |reference| / 64).
 *
 * Statistics: the item's score.
 */
#include <stdlib.h>
#include <string.h>

#include "score/metric.h"

struct scratch {
    uint64_t *row, *match;  /* bits over the words of the shorter sentence */
    uint32_t *next, *first; /* chains of equal words: next position with the same word */
};

/* V' = (V + (V & M)) | (V & ~M) for each word of the longer sentence; the LCS is the number of zeros left in V. */
static uint32_t lcs_short(const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m)
{
    uint64_t v = ~UINT64_C(0);
    for (uint32_t j = 0; j < m; j++) {
        uint64_t match = 0;
        for (uint32_t i = 0; i < n; i++)
            match |= (uint64_t)(a[i] == b[j]) << i;
        uint64_t u = v & match;
        v = (v + u) | (v - u);
    }
    uint64_t zeros = ~v & (n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1);
    return (uint32_t)__builtin_popcountll(zeros);
}

/* first[w] must be UINT32_MAX for every word w; it is so again afterwards. */
static uint32_t lcs_long(const struct scratch *s, const uint32_t *a, uint32_t n, const uint32_t *b,
                         uint32_t m)
{
    uint32_t limbs = (n + 63) / 64, zeros = 0;
    for (uint32_t i = n; i-- > 0;) {
        s->next[i] = s->first[a[i]];
        s->first[a[i]] = i;
    }
    memset(s->row, 0xFF, limbs * sizeof *s->row);
    memset(s->match, 0, limbs * sizeof *s->match);
    for (uint32_t j = 0; j < m; j++) {
        if (s->first[b[j]] == UINT32_MAX)
            continue;
        for (uint32_t i = s->first[b[j]]; i != UINT32_MAX; i = s->next[i])
            s->match[i / 64] |= UINT64_C(1) << i % 64;
        uint64_t carry = 0;
        for (uint32_t l = s->first[b[j]] / 64; l < limbs; l++) {
            uint64_t v = s->row[l], u = v & s->match[l], sum = v + u + carry;
            carry = sum < v || (carry && sum == v);
            s->row[l] = sum | (v & ~s->match[l]);
            s->match[l] = 0;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        zeros += !(s->row[i / 64] >> i % 64 & 1);
        s->first[a[i]] = UINT32_MAX;
    }
    return zeros;
}

static uint32_t lcs(const struct scratch *s, const idc_sentence *x, const idc_sentence *y)
{
    const idc_sentence *a = x->blank_count <= y->blank_count ? x : y, *b = a == x ? y : x;
    return a->blank_count <= 64 ? lcs_short(a->blanks, a->blank_count, b->blanks, b->blank_count)
                                : lcs_long(s, a->blanks, a->blank_count, b->blanks, b->blank_count);
}

static double measure_item(const idc_measure *m, size_t index, const struct scratch *s)
{
    const idc_item *item = &m->corpus->items[m->items[index]];
    const idc_sentence *h = &m->corpus->hypotheses[m->system][m->items[index]];
    double p = 0, r = 0;
    const double beta2 = 1.2 * 1.2;
    for (uint32_t k = 0; k < item->reference_count; k++) {
        const idc_sentence *reference = &m->corpus->references[item->first_reference + k];
        double common = lcs(s, h, reference);
        double precision = common / h->blank_count, recall = common / reference->blank_count;
        p = precision > p ? precision : p;
        r = recall > r ? recall : r;
    }
    return p > 0 && r > 0 ? (1 + beta2) * p * r / (r + beta2 * p) : 0;
}

static size_t longest(const idc_measure *m)
{
    size_t most = 1;
    for (size_t i = 0; i < m->item_count; i++) {
        const idc_item *item = &m->corpus->items[m->items[i]];
        const idc_sentence *h = &m->corpus->hypotheses[m->system][m->items[i]];
        most = h->blank_count > most ? h->blank_count : most;
        for (uint32_t r = 0; r < item->reference_count; r++) {
            uint32_t n = m->corpus->references[item->first_reference + r].blank_count;
            most = n > most ? n : most;
        }
    }
    return most;
}

static int measure(const idc_measure *m, double *statistics, idc_error *err)
{
    size_t most = longest(m), words = idc_words_count(m->corpus->words) + 1;
    int rc = 0;
#pragma omp parallel num_threads(m->threads)
    {
        struct scratch s = {calloc(most / 64 + 1, sizeof(uint64_t)),
                            calloc(most / 64 + 1, sizeof(uint64_t)),
                            malloc(most * sizeof(uint32_t)), malloc(words * sizeof(uint32_t))};
        if (!s.row || !s.match || !s.next || !s.first) {
#pragma omp atomic write
            rc = IDC_E_MEMORY;
        } else {
            memset(s.first, 0xFF, words * sizeof(uint32_t));
#pragma omp for schedule(static)
            for (size_t i = 0; i < m->item_count; i++)
                statistics[i] = measure_item(m, i, &s);
        }
        free(s.row);
        free(s.match);
        free(s.next);
        free(s.first);
    }
    return rc < 0 ? idc_fail(err, rc, "ROUGE-L: no memory") : 0;
}

static void finish(const double *sums, double items, double *values)
{
    values[0] = sums[0] / items;
}

const idc_metric idc_metric_rouge_l = {.name = "rouge",
                                       .columns = {"ROUGE_L"},
                                       .column_count = 1,
                                       .statistics = 1,
                                       .source = "Lin 2004",
                                       .measure = measure,
                                       .finish = finish};
