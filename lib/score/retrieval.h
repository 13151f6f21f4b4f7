/* retrieval.h: which of many unit vectors are nearest to one, exactly; and both ways between pairs and sentences.
 *
 *     size_t k = idc_retrieve(hits, query, rows, n, width, 10);
 *     idc_retrieval_write(stdout, &retrieval, 10, &err);
 *
 * Every dot product is worked out: n · width multiplications a query.
 */
#ifndef IDC_SCORE_RETRIEVAL_H
#define IDC_SCORE_RETRIEVAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef struct idc_retrieval_hit {
    size_t row;
    float score;
} idc_retrieval_hit;

/* The k rows of rows [n,width] with the largest dot product with query [width], best first, the earlier of equal ones first.
 * hits: room for k. Returns how many: k or n. */
size_t idc_retrieve(idc_retrieval_hit *hits, const float *query, const float *rows, size_t n,
                    size_t width, size_t k);

typedef struct idc_retrieval {
    const char *const *pair, *const *text; /* ids, sentences */
    const float *pair_vectors, *text_vectors;
    size_t pairs, texts, width;
} idc_retrieval;

/* A line of JSON for each pair, then one for each sentence:
 *     {"pair": "a", "texts": [{"text": "…", "score": 0.9}, …]}
 *     {"text": "…", "pairs": [{"pair": "a", "score": 0.9}, …]} */
int idc_retrieval_write(FILE *to, const idc_retrieval *r, size_t k, idc_error *err);

#endif
