/* retrieval.c: see retrieval.h. */
#include "score/retrieval.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

size_t idc_retrieve(idc_retrieval_hit *hits, const float *query, const float *rows, size_t n,
                    size_t width, size_t k)
{
    size_t kept = 0;
    for (size_t row = 0; row < n && k > 0; row++) {
        float score = dot(query, rows + row * width, width);
        if (kept == k && !(score > hits[k - 1].score))
            continue;
        size_t at = kept < k ? kept++ : k - 1;
        for (; at > 0 && score > hits[at - 1].score; at--)
            hits[at] = hits[at - 1];
        hits[at] = (idc_retrieval_hit){row, score};
    }
    return kept;
}

static json_t *string_of(const char *s)
{
    json_t *o = json_string(s); /* NULL when it is not UTF-8 */
    return o ? o : json_string("?");
}

static int write_line(FILE *to, const char *const names[2], const char *query,
                      const char *const *found, const idc_retrieval_hit *hits, size_t n)
{
    json_t *list = json_array(), *o = json_object();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:o, s:f}", names[1], string_of(found[hits[i].row]),
                                              "score", round((double)hits[i].score * 1e6) / 1e6));
    char plural[16];
    snprintf(plural, sizeof plural, "%ss", names[1]);
    json_object_set_new(o, names[0], string_of(query));
    json_object_set_new(o, plural, list);
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    int rc = !line ? IDC_E_MEMORY : fprintf(to, "%s\n", line) < 0 ? IDC_E_CLOSED : 0;
    free(line);
    return rc;
}

int idc_retrieval_write(FILE *to, const idc_retrieval *r, size_t k, idc_error *err)
{
    static const char *const forth[] = {"pair", "text"}, *const back[] = {"text", "pair"};
    idc_retrieval_hit *hits = malloc((k + 1) * sizeof *hits);
    int rc = hits ? 0 : IDC_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < r->pairs; i++) {
        size_t n = idc_retrieve(hits, r->pair_vectors + i * r->width, r->text_vectors, r->texts,
                                r->width, k);
        rc = write_line(to, forth, r->pair[i], r->text, hits, n);
    }
    for (size_t i = 0; rc == 0 && i < r->texts; i++) {
        size_t n = idc_retrieve(hits, r->text_vectors + i * r->width, r->pair_vectors, r->pairs,
                                r->width, k);
        rc = write_line(to, back, r->text[i], r->pair, hits, n);
    }
    free(hits);
    return rc < 0 ? idc_fail(err, rc,
                             rc == IDC_E_CLOSED ? "retrieval: the output was closed"
                                                : "retrieval: no memory")
                  : 0;
}
