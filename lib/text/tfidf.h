/* tfidf.h: the sentences of a corpus nearest to one, by the cosine of their TF-IDF vectors (Salton & Buckley, "Term-weighting
 * approaches in automatic text retrieval", 1988): the weight of a word is its count × log(N / df), N the number of
 * sentences, df of those with the word.
 *
 *     idc_tfidf *x = idc_tfidf_new();
 *     for (…) idc_tfidf_add(x, words, count, 1);            // sentence 0, 1, …
 *     idc_tfidf_finish(x, &err);
 *     size_t k = idc_tfidf_nearest(x, words, count, 10, seed, hits);
 *
 * Exact, over an inverted index: a query costs as many steps as its words have sentences. Not thread-safe.
 */
#ifndef IDC_TEXT_TFIDF_H
#define IDC_TEXT_TFIDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct idc_tfidf idc_tfidf;

typedef struct idc_tfidf_hit {
    uint32_t sentence;
    float cosine;
} idc_tfidf_hit;

idc_tfidf *idc_tfidf_new(void); /* NULL: no memory */
void idc_tfidf_free(idc_tfidf **x);
/* The next sentence, as word numbers in any order (at most 65,535); `times`: how often it is in the corpus. 0 or IDC_E_MEMORY. */
int idc_tfidf_add(idc_tfidf *x, const uint32_t *words, size_t count, uint32_t times);
/* After the last sentence, before the first query. */
int idc_tfidf_finish(idc_tfidf *x, idc_error *err);
/* log(N / df); 0 for a word that no sentence has. */
double idc_tfidf_idf(const idc_tfidf *x, uint32_t word);
/* The k nearest sentences with a cosine above 0, nearest first; equally near ones in an order drawn from the seed. hits: room
 * for k. Returns how many. Words beyond those of the corpus count as absent from it. */
size_t idc_tfidf_nearest(idc_tfidf *x, const uint32_t *words, size_t count, size_t k, uint64_t seed,
                         idc_tfidf_hit *hits);

#endif
