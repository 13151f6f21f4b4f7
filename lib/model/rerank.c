/* rerank.c: see rerank.h. */
#include "model/rerank.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/caption.h"

enum { MOST_SENTENCES = 4096 };

typedef struct scored {
    float *tokens, *fda, *itc;
    const char **text;
} scored;

static void scored_fini(scored *s)
{
    free(s->tokens);
    free(s->fda);
    free(s->itc);
    free(s->text);
}

/* The scores of the texts that are in s->text. */
static int score(idc_aligner *a, const idc_record *r, scored *s, size_t n, idc_error *err)
{
    s->tokens = malloc(idc_aligner_token_count(a) * sizeof *s->tokens);
    s->fda = malloc((n + 1) * sizeof *s->fda);
    s->itc = malloc((n + 1) * sizeof *s->itc);
    if (!s->tokens || !s->fda || !s->itc)
        return idc_fail(err, IDC_E_MEMORY, "scores: no memory");
    int rc = idc_aligner_tokens(a, r, s->tokens, err);
    const idc_alignment out = {s->fda, s->itc};
    return rc < 0 ? rc : idc_aligner_score(a, s->tokens, s->text, n, &out, err);
}

/* Six decimals: what is left after rounding differs between processors. */
static json_t *rounded(float x)
{
    return json_real(round((double)x * 1e6) / 1e6);
}

static void add_scores(const idc_aligner *a, const json_t *list, const scored *s)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *o = json_array_get(list, i);
        if (idc_aligner_has_fda(a))
            json_object_set_new(o, "alignment", rounded(s->fda[i]));
        if (idc_aligner_has_itc(a))
            json_object_set_new(o, "itc", rounded(s->itc[i]));
    }
}

static int set_list(idc_record *r, const char *key, json_t *list, idc_error *err)
{
    char *json = json_dumps(list, JSON_COMPACT);
    int rc = json ? idc_record_set_json(r, key, json, err)
                  : idc_fail(err, IDC_E_MEMORY, "scores: no memory");
    free(json);
    return rc;
}

/* A list of {"text"} without repetitions. */
static json_t *list_of(const char *const *sentences, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        size_t before = 0;
        while (before < i && strcmp(sentences[before], sentences[i]) != 0)
            before++;
        json_t *text = before == i ? json_string(sentences[i]) : NULL; /* NULL: not UTF-8 */
        if (text)
            json_array_append_new(list, json_pack("{s:o}", "text", text));
    }
    return list;
}

static int take_texts(scored *s, const json_t *list, const char *id, idc_error *err)
{
    size_t n = json_array_size(list);
    if (n > MOST_SENTENCES)
        return idc_fail(err, IDC_E_RANGE, "'%.100s': more than %d sentences", id, MOST_SENTENCES);
    s->text = calloc(n + 1, sizeof *s->text);
    if (!s->text)
        return idc_fail(err, IDC_E_MEMORY, "scores: no memory");
    for (size_t i = 0; i < n; i++) {
        s->text[i] = json_string_value(json_object_get(json_array_get(list, i), "text"));
        if (!s->text[i])
            return idc_fail(err, IDC_E_INVALID, "'%.100s': entry %zu of nbest has no text", id, i);
    }
    return 0;
}

int idc_scores_add(idc_aligner *a, idc_record *diff, const char *const *sentences, size_t n,
                   idc_error *err)
{
    json_t *list = list_of(sentences, n);
    scored s = {0};
    int rc = take_texts(&s, list, idc_record_id(diff), err);
    if (rc == 0)
        rc = score(a, diff, &s, json_array_size(list), err);
    if (rc == 0) {
        add_scores(a, list, &s);
        rc = set_list(diff, "scores", list, err);
    }
    scored_fini(&s);
    json_decref(list);
    return rc;
}

/* ---- ordering ---- */

/* What the list is ordered by, in place of the alignment. */
static void add_logprobs(const json_t *list, double weight, float *score)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *logprob = json_object_get(json_array_get(list, i), "logprob");
        score[i] += (float)(weight * json_number_value(logprob));
    }
}

/* Best first, stable: an insertion sort of at most some hundred entries. */
static json_t *ordered(const json_t *list, const float *by)
{
    size_t n = json_array_size(list), *order = malloc((n + 1) * sizeof *order);
    json_t *out = order ? json_array() : NULL;
    for (size_t i = 0; out && i < n; i++) {
        size_t at = i;
        for (; at > 0 && by[order[at - 1]] < by[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (size_t i = 0; out && i < n; i++)
        json_array_append(out, json_array_get(list, order[i]));
    free(order);
    return out;
}

static int take_best(idc_record *r, const json_t *list, idc_error *err)
{
    const json_t *best = json_array_get(list, 0), *logprob = json_object_get(best, "logprob");
    int rc = idc_record_set_string(r, "text", json_string_value(json_object_get(best, "text")));
    if (rc == 0 && json_is_number(logprob))
        rc = idc_record_set_double(r, "logprob", json_number_value(logprob));
    else
        idc_record_remove(r, "logprob");
    return rc < 0 ? idc_fail(err, rc, "scores: no memory") : 0;
}

/* The scores of r's tokens with the list's sentences go into its entries, which are put into their order. */
static int order_list(idc_aligner *a, const idc_record *r, double weight, json_t **list,
                      idc_error *err)
{
    scored s = {0};
    int rc = take_texts(&s, *list, idc_record_id(r), err);
    if (rc == 0)
        rc = score(a, r, &s, json_array_size(*list), err);
    if (rc == 0) {
        float *by = idc_aligner_has_fda(a) ? s.fda : s.itc;
        json_t *unordered = *list;
        add_scores(a, unordered, &s);
        add_logprobs(unordered, weight, by);
        *list = ordered(unordered, by);
        json_decref(unordered);
        rc = *list ? 0 : idc_fail(err, IDC_E_MEMORY, "scores: no memory");
    }
    scored_fini(&s);
    return rc;
}

static int own_list(const idc_record *r, json_t **list, idc_error *err)
{
    if (!idc_record_has(r, "nbest"))
        return 0;
    char *json = idc_record_json(r, "nbest");
    *list = json ? json_loads(json, 0, NULL) : NULL;
    free(json);
    return json_is_array(*list)
               ? 0
               : idc_fail(err, IDC_E_INVALID, "'%.100s': nbest is no list", idc_record_id(r));
}

int idc_rerank(idc_aligner *a, const idc_record *r, const idc_rerank_by *by, idc_record **caption,
               idc_error *err)
{
    json_t *list = NULL;
    *caption = NULL;
    int rc = 0;
    if (by->given)
        list = list_of(by->given->text, by->given->count);
    else
        rc = own_list(r, &list, err);
    if (rc == 0)
        rc = idc_caption_begin(caption, r, false, err);
    if (rc == 0 && json_array_size(list) > 0) {
        rc = order_list(a, r, by->logprob_weight, &list, err);
        rc = rc < 0 ? rc : set_list(*caption, "nbest", list, err);
        rc = rc < 0 ? rc : take_best(*caption, list, err);
    }
    json_decref(list);
    if (rc < 0)
        idc_record_free(caption);
    return rc;
}
