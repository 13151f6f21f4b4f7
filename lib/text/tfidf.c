/* tfidf.c: see tfidf.h. */
#include "text/tfidf.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

typedef struct entry {
    uint32_t word;
    uint16_t count;
} entry;

typedef struct posting {
    uint32_t sentence;
    float weight; /* of the unit vector */
} posting;

struct idc_tfidf {
    idc_buffer entries, starts, times; /* entry; size_t: where a sentence's end; uint32_t */
    size_t sentences, words;
    uint64_t total;    /* N */
    double *idf;       /* [words] */
    size_t *first;     /* [words + 1] */
    posting *postings; /* those of word w: first[w] … first[w + 1] */
    float *score;      /* [sentences] */
};

idc_tfidf *idc_tfidf_new(void)
{
    return calloc(1, sizeof(idc_tfidf));
}

void idc_tfidf_free(idc_tfidf **out)
{
    idc_tfidf *x = *out;
    *out = NULL;
    if (!x)
        return;
    idc_buffer_free(&x->entries);
    idc_buffer_free(&x->starts);
    idc_buffer_free(&x->times);
    free(x->idf);
    free(x->first);
    free(x->postings);
    free(x->score);
    free(x);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The words of a sentence, each once, with their counts, in the order of their numbers. Returns how many; −1: no memory. */
static ptrdiff_t count_words(const uint32_t *words, size_t count, entry **out)
{
    *out = NULL;
    if (count > UINT16_MAX)
        count = UINT16_MAX;
    uint32_t *sorted = malloc((count + 1) * sizeof *sorted);
    entry *e = *out = calloc(count + 1, sizeof *e);
    if (!sorted || !e) {
        free(sorted);
        return -1;
    }
    memcpy(sorted, words, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_number);
    ptrdiff_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (n == 0 || e[n - 1].word != sorted[i])
            e[n++].word = sorted[i];
        e[n - 1].count++;
    }
    free(sorted);
    return n;
}

int idc_tfidf_add(idc_tfidf *x, const uint32_t *words, size_t count, uint32_t times)
{
    entry *e;
    ptrdiff_t n = count_words(words, count, &e);
    int rc = n < 0 ? IDC_E_MEMORY : 0;
    if (rc == 0)
        rc = idc_buffer_append(&x->entries, e, (size_t)n * sizeof *e);
    size_t end = x->entries.size / sizeof *e;
    if (rc == 0 && (idc_buffer_append(&x->starts, &end, sizeof end) < 0 ||
                    idc_buffer_append(&x->times, &times, sizeof times) < 0))
        rc = IDC_E_MEMORY;
    if (rc == 0) {
        x->sentences++;
        x->total += times;
        for (ptrdiff_t i = 0; i < n; i++)
            if (e[i].word >= x->words)
                x->words = (size_t)e[i].word + 1;
    }
    free(e);
    return rc;
}

static void measure_words(idc_tfidf *x)
{
    const entry *e = (const entry *)(const void *)x->entries.data;
    const size_t *ends = (const size_t *)(const void *)x->starts.data;
    const uint32_t *times = (const uint32_t *)(const void *)x->times.data;
    for (size_t s = 0, i = 0; s < x->sentences; s++)
        for (; i < ends[s]; i++) {
            x->idf[e[i].word] += times[s];
            x->first[e[i].word + 1]++;
        }
    for (size_t w = 0; w < x->words; w++) {
        x->idf[w] = x->idf[w] > 0 ? log((double)x->total / x->idf[w]) : 0.0;
        x->first[w + 1] += x->first[w];
    }
}

int idc_tfidf_finish(idc_tfidf *x, idc_error *err)
{
    const entry *e = (const entry *)(const void *)x->entries.data;
    const size_t *ends = (const size_t *)(const void *)x->starts.data;
    size_t n = x->entries.size / sizeof *e;
    size_t *at = calloc(x->words + 1, sizeof *at);
    x->idf = calloc(x->words + 1, sizeof *x->idf);
    x->first = calloc(x->words + 2, sizeof *x->first);
    x->postings = malloc((n + 1) * sizeof *x->postings);
    x->score = malloc((x->sentences + 1) * sizeof *x->score);
    if (!at || !x->idf || !x->first || !x->postings || !x->score) {
        free(at);
        return idc_fail(err, IDC_E_MEMORY, "TF-IDF of %zu sentences: no memory", x->sentences);
    }
    measure_words(x);
    memcpy(at, x->first, x->words * sizeof *at);
    for (size_t s = 0, i = 0; s < x->sentences; s++) {
        double sum = 0;
        for (size_t k = i; k < ends[s]; k++)
            sum += pow(e[k].count * x->idf[e[k].word], 2);
        for (; i < ends[s]; i++)
            x->postings[at[e[i].word]++] = (posting){
                (uint32_t)s, sum > 0 ? (float)(e[i].count * x->idf[e[i].word] / sqrt(sum)) : 0.0f};
    }
    free(at);
    return 0;
}

double idc_tfidf_idf(const idc_tfidf *x, uint32_t word)
{
    return word < x->words ? x->idf[word] : 0.0;
}

/* ---- queries ---- */

typedef struct ranked {
    float cosine;
    uint32_t tie, sentence;
} ranked;

/* SplitMix64's finaliser (Steele, Lea, Flood 2014). */
static uint32_t tie_of(uint64_t seed, uint32_t sentence)
{
    uint64_t z = seed + 0x9e3779b97f4a7c15u * (sentence + 1u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}

static bool nearer(const ranked *a, const ranked *b)
{
    if (a->cosine != b->cosine)
        return a->cosine > b->cosine;
    return a->tie != b->tie ? a->tie < b->tie : a->sentence < b->sentence;
}

/* A heap whose top is the least near. */
static void sift_down(ranked *heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1;
        for (size_t c = left; c <= left + 1 && c < n; c++)
            if (nearer(&heap[least], &heap[c]))
                least = c;
        if (least == i)
            return;
        ranked t = heap[i];
        heap[i] = heap[least];
        heap[least] = t;
        i = least;
    }
}

static void sift_up(ranked *heap, size_t i)
{
    while (i > 0 && nearer(&heap[(i - 1) / 2], &heap[i])) {
        ranked t = heap[i];
        heap[i] = heap[(i - 1) / 2];
        heap[(i - 1) / 2] = t;
        i = (i - 1) / 2;
    }
}

static size_t keep_best(const idc_tfidf *x, size_t k, uint64_t seed, ranked *heap)
{
    size_t n = 0;
    for (size_t s = 0; s < x->sentences; s++) {
        float cosine = x->score[s];
        if (!(cosine > 0) || (n == k && cosine < heap[0].cosine))
            continue;
        ranked r = {cosine, tie_of(seed, (uint32_t)s), (uint32_t)s};
        if (n < k) {
            heap[n] = r;
            sift_up(heap, n++);
        } else if (nearer(&r, &heap[0])) {
            heap[0] = r;
            sift_down(heap, n, 0);
        }
    }
    return n;
}

size_t idc_tfidf_nearest(idc_tfidf *x, const uint32_t *words, size_t count, size_t k, uint64_t seed,
                         idc_tfidf_hit *hits)
{
    entry *e;
    if (k > x->sentences)
        k = x->sentences;
    ptrdiff_t n = count_words(words, count, &e);
    ranked *heap = malloc((k + 1) * sizeof *heap);
    if (n < 0 || !heap || k == 0) {
        free(e);
        free(heap);
        return 0;
    }
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += pow(e[i].count * idc_tfidf_idf(x, e[i].word), 2);
    memset(x->score, 0, x->sentences * sizeof *x->score);
    for (ptrdiff_t i = 0; i < n; i++) {
        double idf = idc_tfidf_idf(x, e[i].word);
        if (!(idf > 0))
            continue;
        float weight = (float)(e[i].count * idf / sqrt(sum));
        for (size_t p = x->first[e[i].word]; p < x->first[e[i].word + 1]; p++)
            x->score[x->postings[p].sentence] += weight * x->postings[p].weight;
    }
    size_t found = keep_best(x, k, seed, heap);
    for (size_t left = found; left > 0; left--) { /* the least near goes last */
        hits[left - 1] = (idc_tfidf_hit){heap[0].sentence, heap[0].cosine};
        heap[0] = heap[left - 1];
        sift_down(heap, left - 1, 0);
    }
    free(e);
    free(heap);
    return found;
}
