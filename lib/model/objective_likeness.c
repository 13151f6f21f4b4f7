/* How alike sentences are, for cwcl (objective_cwcl.c): cosines of their TF-IDF vectors (Salton, Buckley 1988). */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/objective.h"
#include "text/vocabulary.h"

typedef struct sentences {
    const int32_t *ids;
    int n, row, words; /* words: one more than the largest id */
    double *weight;    /* [n,words] */
} sentences;

static int largest_id(const int32_t *ids, size_t n)
{
    int32_t most = IDC_SPECIALS;
    for (size_t i = 0; i < n; i++)
        most = ids[i] > most ? ids[i] : most;
    return (int)most;
}

static void weigh(sentences *s)
{
    for (int i = 0; i < s->n; i++)
        for (int k = 0; k < s->row; k++) {
            int32_t id = s->ids[(size_t)i * (size_t)s->row + (size_t)k];
            if (id >= IDC_SPECIALS)
                s->weight[(size_t)i * (size_t)s->words + (size_t)id]++;
        }
    for (int w = 0; w < s->words; w++) {
        int df = 0;
        for (int i = 0; i < s->n; i++)
            df += s->weight[(size_t)i * (size_t)s->words + (size_t)w] > 0;
        for (int i = 0; i < s->n; i++)
            s->weight[(size_t)i * (size_t)s->words + (size_t)w] *=
                log((1.0 + s->n) / (1.0 + df)) + 1;
    }
}

static double dot(const sentences *s, int i, int j)
{
    const double *a = s->weight + (size_t)i * (size_t)s->words;
    const double *b = s->weight + (size_t)j * (size_t)s->words;
    double sum = 0;
    for (int w = 0; w < s->words; w++)
        sum += a[w] * b[w];
    return sum;
}

int idc_sentence_likeness(double *alike, const int32_t *ids, int n, int row, idc_error *err)
{
    sentences s = {
        .ids = ids, .n = n, .row = row, .words = largest_id(ids, (size_t)n * (size_t)row) + 1};
    s.weight = calloc((size_t)n * (size_t)s.words, sizeof *s.weight);
    if (s.weight == NULL)
        return idc_fail(err, IDC_E_MEMORY, "likeness of %d sentences: no memory", n);
    weigh(&s);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double length = sqrt(dot(&s, i, i) * dot(&s, j, j));
            bool same = memcmp(ids + (size_t)i * (size_t)row, ids + (size_t)j * (size_t)row,
                               (size_t)row * sizeof *ids) == 0;
            double x = same ? 1 : length > 0 ? fmin(dot(&s, i, j) / length, 1) : 0;
            alike[i * n + j] = alike[j * n + i] = x;
        }
    free(s.weight);
    return 0;
}
