#include "score/meteor_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "score/meteor.h"

enum { LONG_PAIRS = 4000000, LONG_WORDS = 2000 };

static void add(idc_meteor_matches *a, int module, int j, int length, int i, int other_length)
{
    if (a->count == a->room) {
        size_t room = a->room ? a->room * 2 : 256;
        idc_meteor_match *found = realloc(a->found, room * sizeof *found);
        if (found)
            a->found = found;
        idc_meteor_match *matches = realloc(a->matches, room * sizeof *matches);
        if (matches)
            a->matches = matches;
        if (!found || !matches) {
            a->failed = true;
            return;
        }
        a->room = room;
    }
    a->found[a->count++] = (idc_meteor_match){module, j, length, i, other_length};
    for (int k = 0; k < other_length; k++)
        a->cover_h[i + k]++;
    for (int k = 0; k < length; k++)
        a->cover_r[j + k]++;
}

static bool share_synset(const idc_meteor_vocabulary *v, const idc_meteor_word *x,
                         const idc_meteor_word *y)
{
    if (!(x->synset_bits & y->synset_bits))
        return false;
    const uint32_t *a = v->synsets + x->first_synset, *b = v->synsets + y->first_synset;
    for (uint32_t i = 0, j = 0; i < x->synset_count && j < y->synset_count;) {
        if (a[i] == b[j])
            return true;
        if (a[i] < b[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Matches of single words: module 0 equal, 1 of one stem, 2 with a common synset; the last two of different words only. */
static void find_words(idc_meteor_matches *a, const idc_meteor_sentence *h,
                       const idc_meteor_sentence *r, int module)
{
    for (int j = 0; j < a->reference_count; j++) {
        const idc_meteor_word *y = &a->v->words[r->words[j]];
        for (int i = 0; i < a->hypothesis_count; i++) {
            const idc_meteor_word *x = &a->v->words[h->words[i]];
            bool equal = x->key == y->key;
            bool match = module == 0   ? equal
                         : module == 1 ? !equal && x->stem == y->stem
                                       : !equal && share_synset(a->v, x, y);
            if (match)
                add(a, module, j, 1, i, 1);
        }
    }
}

/* Phrases of `from` whose paraphrases stand in `to`. */
static void find_phrases(idc_meteor_matches *a, const idc_meteor_sentence *from,
                         const idc_meteor_sentence *to, int from_count, int to_count,
                         bool from_reference)
{
    for (uint32_t s = 0; s < from->span_count; s++) {
        const idc_meteor_span *span = &from->spans[s];
        if (span->start + span->length > (uint32_t)from_count)
            continue;
        const idc_meteor_phrase *phrase = &a->v->phrases[span->phrase];
        for (uint32_t p = 0; p < phrase->partner_count; p++) {
            const idc_meteor_phrase *partner =
                &a->v->phrases[a->v->partners[phrase->first_partner + p]];
            const uint32_t *words = a->v->phrase_words + partner->first_word;
            int n = (int)partner->length;
            for (int i = 0; i + n <= to_count; i++) {
                int k = 0;
                while (k < n && a->v->words[to->words[i + k]].phrase_word == words[k])
                    k++;
                if (k < n)
                    continue;
                if (from_reference)
                    add(a, 3, (int)span->start, (int)span->length, i, n);
                else
                    add(a, 3, i, n, (int)span->start, (int)span->length);
            }
        }
    }
}

static bool same(const idc_meteor_matches *a, const idc_meteor_sentence *h,
                 const idc_meteor_sentence *r)
{
    if (h->count != r->count)
        return false;
    for (uint32_t i = 0; i < h->count; i++)
        if (a->v->words[h->words[i]].key != a->v->words[r->words[i]].key)
            return false;
    return true;
}

/* Memory for sentences of these lengths; of two long ones only the beginnings are matched. */
static bool prepare(idc_meteor_matches *a, const idc_meteor_sentence *h,
                    const idc_meteor_sentence *r)
{
    uint32_t nh = h->count, nr = r->count;
    if ((uint64_t)nh * nr > LONG_PAIRS) {
        nh = nh > LONG_WORDS ? LONG_WORDS : nh;
        nr = nr > LONG_WORDS ? LONG_WORDS : nr;
    }
    a->hypothesis_count = (int)nh;
    a->reference_count = (int)nr;
    a->count = 0;
    a->failed = false;
    size_t most = (nh > nr ? nh : nr) + (size_t)2;
    if (most > a->words_room) {
        free(a->first);
        free(a->cover_h);
        free(a->cover_r);
        a->words_room = most * 2;
        a->first = malloc(a->words_room * sizeof *a->first);
        a->cover_h = malloc(a->words_room * sizeof *a->cover_h);
        a->cover_r = malloc(a->words_room * sizeof *a->cover_r);
        if (!a->first || !a->cover_h || !a->cover_r) {
            a->words_room = 0;
            return false;
        }
    }
    memset(a->cover_h, 0, nh * sizeof *a->cover_h);
    memset(a->cover_r, 0, nr * sizeof *a->cover_r);
    return true;
}

int idc_meteor_find_matches(idc_meteor_matches *a, const idc_meteor_sentence *h,
                            const idc_meteor_sentence *r)
{
    if (!prepare(a, h, r))
        return IDC_E_MEMORY;
    find_words(a, h, r, 0);
    if (!same(a, h, r)) { /* equal sentences need no more than equal words */
        if (a->stages & IDC_METEOR_STEM)
            find_words(a, h, r, 1);
        if (a->stages & IDC_METEOR_SYNONYM)
            find_words(a, h, r, 2);
        if (a->stages & IDC_METEOR_PARAPHRASE) {
            find_phrases(a, r, h, a->reference_count, a->hypothesis_count, true);
            find_phrases(a, h, r, a->hypothesis_count, a->reference_count, false);
        }
    }
    if (a->failed)
        return IDC_E_MEMORY;
    int n = a->reference_count;
    memset(a->first, 0, ((size_t)n + 1) * sizeof *a->first);
    for (size_t k = 0; k < a->count; k++)
        a->first[a->found[k].start + 1]++;
    for (int j = 0; j < n; j++)
        a->first[j + 1] += a->first[j];
    for (size_t k = 0; k < a->count; k++)
        a->matches[a->first[a->found[k].start]++] = a->found[k];
    for (int j = n; j > 0; j--)
        a->first[j] = a->first[j - 1];
    a->first[0] = 0;
    return 0;
}

void idc_meteor_matches_free(idc_meteor_matches *a)
{
    free(a->found);
    free(a->matches);
    free(a->first);
    free(a->cover_h);
    free(a->cover_r);
}
