/* retriever.c: see retriever.h. */
#include "score/retriever.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "score/retrieval.h"
#include "text/words.h"

struct idc_retriever {
    idc_aligner *aligner;
    idc_arena *names;
    idc_buffer ids, vectors; /* char *, float [width] of each pair */
    float *tokens;
    size_t pairs;
};

int idc_retriever_new(idc_retriever **out, idc_aligner *a, idc_error *err)
{
    *out = NULL;
    if (!idc_aligner_has_itc(a))
        return idc_fail(err, IDC_E_MISSING,
                        "the model has no embeddings for retrieval: train it with loss.itc");
    idc_retriever *r = *out = calloc(1, sizeof *r);
    if (r) {
        r->aligner = a;
        r->names = idc_arena_new(0);
        r->tokens = malloc(idc_aligner_token_count(a) * sizeof *r->tokens);
    }
    if (r && r->names && r->tokens)
        return 0;
    idc_retriever_free(out);
    return idc_fail(err, IDC_E_MEMORY, "retrieval: no memory");
}

void idc_retriever_free(idc_retriever **out)
{
    idc_retriever *r = *out;
    *out = NULL;
    if (!r)
        return;
    if (r->names)
        idc_arena_free(&r->names);
    idc_buffer_free(&r->ids);
    idc_buffer_free(&r->vectors);
    free(r->tokens);
    free(r);
}

int idc_retriever_add(idc_retriever *r, const idc_record *diff, idc_error *err)
{
    size_t bytes = idc_aligner_width(r->aligner) * sizeof(float);
    int rc = idc_aligner_tokens(r->aligner, diff, r->tokens, err);
    const char *id = rc == 0 ? idc_arena_strdup(r->names, idc_record_id(diff)) : NULL;
    if (rc == 0 && (!id || idc_buffer_reserve(&r->vectors, bytes) < 0))
        rc = idc_fail(err, IDC_E_MEMORY, "retrieval: no memory");
    if (rc == 0)
        rc = idc_aligner_embed_pair(r->aligner, r->tokens,
                                    (float *)(void *)(r->vectors.data + r->vectors.size), err);
    if (rc < 0)
        return rc;
    if (idc_buffer_append(&r->ids, &id, sizeof id) < 0)
        return idc_fail(err, IDC_E_MEMORY, "retrieval: no memory");
    r->vectors.size += bytes;
    r->pairs++;
    return 0;
}

/* The distinct sentences, in the order in which they come first. Returns how many; −1 without memory. */
static ptrdiff_t distinct(const idc_caption_list *list, const char **text)
{
    idc_words *seen = idc_words_new();
    size_t n = 0;
    for (size_t i = 0; seen && i < list->sentences; i++) {
        const char *s = list->sentence[i];
        uint32_t id = idc_words_add(seen, s, strlen(s));
        if (id == IDC_NO_WORD) {
            idc_words_free(&seen);
            return -1;
        }
        if (id == n)
            text[n++] = s;
    }
    if (!seen)
        return -1;
    idc_words_free(&seen);
    return (ptrdiff_t)n;
}

int idc_retriever_write(idc_retriever *r, const idc_caption_list *list, size_t k, FILE *to,
                        idc_error *err)
{
    size_t width = idc_aligner_width(r->aligner), bytes;
    const char **text = calloc(list->sentences + 1, sizeof *text);
    ptrdiff_t n = text ? distinct(list, text) : -1;
    float *vectors = NULL;
    int rc = 0;
    if (n >= 0 && idc_mul_size(&bytes, (size_t)n + 1, width * sizeof *vectors) == 0)
        vectors = malloc(bytes);
    if (!vectors)
        rc = idc_fail(err, IDC_E_MEMORY, "retrieval: no memory");
    if (rc == 0)
        rc = idc_aligner_embed_texts(r->aligner, text, (size_t)n, vectors, err);
    const idc_retrieval all = {.pair = (const char *const *)(const void *)r->ids.data,
                               .text = text,
                               .pair_vectors = (const float *)(const void *)r->vectors.data,
                               .text_vectors = vectors,
                               .pairs = r->pairs,
                               .texts = n > 0 ? (size_t)n : 0,
                               .width = width};
    if (rc == 0)
        rc = idc_retrieval_write(to, &all, k, err);
    free(vectors);
    free(text);
    return rc;
}
