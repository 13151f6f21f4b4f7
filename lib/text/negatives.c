/* negatives.c: see negatives.h. */
#include "text/negatives.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/meaning.h"
#include "text/rewrite.h"
#include "text/tfidf.h"
#include "text/words.h"

enum { REWRITES = 48, BASES = 8, FIRST_HITS = 64 };

struct idc_negatives {
    const idc_word_classes *classes;
    idc_words *sentences, *words; /* distinct sentences: their numbers are those below */
    idc_meaning *meaning;         /* [distinct] */
    idc_tfidf *index;
    size_t count, groups;
    uint32_t *own, *first; /* sentences of group g: own[first[g]] … own[first[g + 1]] */
    bool *unchanged;       /* [groups] */
    uint32_t *none, nones; /* sentences that state no change */
};

/* ---- recipes ---- */

int idc_recipe_parse(idc_recipe *recipe, const char *text, idc_error *err)
{
    recipe->count = 0;
    for (const char *p = text; *p;) {
        char way = (char)toupper((unsigned char)*p), *end;
        if (!strchr("RPC", way) || !isdigit((unsigned char)p[1]))
            return idc_fail(err, IDC_E_INVALID,
                            "recipe '%.40s': expected R, P or C and a number each, as in R2P2C2",
                            text);
        unsigned long n = strtoul(p + 1, &end, 10);
        if (n > (unsigned long)(IDC_MOST_NEGATIVES - recipe->count))
            return idc_fail(err, IDC_E_RANGE, "recipe '%.40s': more than %d negatives", text,
                            IDC_MOST_NEGATIVES);
        while (n-- > 0)
            recipe->way[recipe->count++] = way;
        p = end;
    }
    if (recipe->count == 0)
        return idc_fail(err, IDC_E_RANGE, "recipe '%.40s': no negatives", text);
    return 0;
}

/* ---- the corpus ---- */

/* The words of a plain sentence as numbers: new ones are added when `add`. */
static size_t word_numbers(idc_words *w, const char *text, bool add, uint32_t *out)
{
    size_t n = 0;
    for (const char *p = text; *p && n < IDC_MOST_TEXT / 2;) {
        size_t length = strcspn(p, " ");
        if (length > 0)
            out[n++] = add ? idc_words_add(w, p, length) : idc_words_find(w, p, length);
        p += length + (p[length] == ' ');
    }
    return n;
}

static uint32_t add_sentence(idc_negatives *n, const idc_negatives_corpus *corpus, size_t i,
                             idc_error *err)
{
    idc_parsed s;
    idc_word_classes_read(n->classes, corpus->sentences[i], &s);
    if (s.count == 0) {
        idc_fail(err, IDC_E_INVALID, "sentence %zu: no words", i + 1);
        return IDC_NO_WORD;
    }
    uint32_t id = idc_words_add(n->sentences, s.text, strlen(s.text));
    if (id == IDC_NO_WORD)
        idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
    else if (idc_words_count(n->sentences) > n->count) {
        n->meaning[id] = idc_meaning_of(n->classes, &s);
        n->count++;
    }
    return id;
}

/* Which sentences are in which group, by counting. */
static void sort_groups(idc_negatives *n, const idc_negatives_corpus *corpus, const uint32_t *id)
{
    for (size_t i = 0; i < corpus->count; i++)
        n->first[corpus->groups[i] + 2]++;
    for (size_t g = 0; g < n->groups; g++)
        n->first[g + 2] += n->first[g + 1];
    for (size_t i = 0; i < corpus->count; i++)
        n->own[n->first[corpus->groups[i] + 1]++] = id[i];
    for (size_t g = 0; g < n->groups; g++) {
        uint32_t nones = 0, all = n->first[g + 1] - n->first[g];
        for (uint32_t i = n->first[g]; i < n->first[g + 1]; i++)
            nones += idc_meaning_is_none(n->classes, &n->meaning[n->own[i]]);
        n->unchanged[g] = 2 * nones > all;
    }
    for (uint32_t i = 0; i < n->count; i++)
        if (idc_meaning_is_none(n->classes, &n->meaning[i]))
            n->none[n->nones++] = i;
}

static int build_index(idc_negatives *n, const uint32_t *times)
{
    uint32_t *words = malloc(IDC_MOST_TEXT / 2 * sizeof *words);
    int rc = words ? 0 : IDC_E_MEMORY;
    for (uint32_t i = 0; rc == 0 && i < n->count; i++) {
        size_t length;
        const char *text = idc_words_text(n->sentences, i, &length);
        size_t k = word_numbers(n->words, text, true, words);
        for (size_t w = 0; rc == 0 && w < k; w++)
            rc = words[w] == IDC_NO_WORD ? IDC_E_MEMORY : 0;
        if (rc == 0)
            rc = idc_tfidf_add(n->index, words, k, times[i]);
    }
    free(words);
    return rc;
}

static int allocate(idc_negatives *n, const idc_negatives_corpus *corpus)
{
    uint32_t groups = 0;
    for (size_t i = 0; i < corpus->count; i++)
        if (corpus->groups[i] >= groups)
            groups = corpus->groups[i] + 1;
    n->groups = groups;
    n->sentences = idc_words_new();
    n->words = idc_words_new();
    n->index = idc_tfidf_new();
    n->meaning = malloc((corpus->count + 1) * sizeof *n->meaning);
    n->own = malloc((corpus->count + 1) * sizeof *n->own);
    n->none = malloc((corpus->count + 1) * sizeof *n->none);
    n->first = calloc((size_t)groups + 2, sizeof *n->first);
    n->unchanged = calloc((size_t)groups + 1, sizeof *n->unchanged);
    return n->sentences && n->words && n->index && n->meaning && n->own && n->none && n->first &&
                   n->unchanged
               ? 0
               : IDC_E_MEMORY;
}

int idc_negatives_new(idc_negatives **out, const idc_negatives_corpus *corpus,
                      const idc_word_classes *classes, idc_error *err)
{
    idc_negatives *n = *out = calloc(1, sizeof *n);
    uint32_t *id = malloc((corpus->count + 1) * sizeof *id),
             *times = calloc(corpus->count + 1, sizeof *times);
    int rc = n && id && times && corpus->count < UINT32_MAX ? allocate(n, corpus) : IDC_E_MEMORY;
    if (n)
        n->classes = classes;
    if (rc < 0)
        idc_fail(err, rc, "negatives: no memory");
    for (size_t i = 0; rc == 0 && i < corpus->count; i++) {
        id[i] = add_sentence(n, corpus, i, err);
        rc = id[i] == IDC_NO_WORD ? (err && err->code ? err->code : IDC_E_INVALID) : 0;
        if (rc == 0)
            times[id[i]]++;
    }
    if (rc == 0) {
        sort_groups(n, corpus, id);
        if ((rc = build_index(n, times)) < 0)
            idc_fail(err, rc, "negatives: no memory");
        else
            rc = idc_tfidf_finish(n->index, err);
    }
    free(id);
    free(times);
    if (rc < 0)
        idc_negatives_free(out);
    return rc;
}

void idc_negatives_free(idc_negatives **out)
{
    idc_negatives *n = *out;
    *out = NULL;
    if (!n)
        return;
    idc_words_free(&n->sentences);
    idc_words_free(&n->words);
    idc_tfidf_free(&n->index);
    free(n->meaning);
    free(n->own);
    free(n->none);
    free(n->first);
    free(n->unchanged);
    free(n);
}

bool idc_negatives_unchanged(const idc_negatives *n, uint32_t group)
{
    return group < n->groups && n->unchanged[group];
}

/* ---- drawing ---- */

typedef struct drawing {
    idc_negatives *n;
    const idc_negatives_ask *ask;
    idc_random random;
    idc_parsed truth;
    const uint32_t *own;
    size_t own_count;
    bool unchanged;
    idc_tfidf_hit *hits; /* nearest sentences, as many as were asked for */
    size_t found, asked, next;
    idc_negative_set *out;
    idc_error *err;
} drawing;

/* False of the group, new, and of the kind that the group wants. */
static bool is_good(const drawing *d, const char *text, const idc_meaning *m)
{
    const idc_negatives *n = d->n;
    if (d->unchanged && idc_meaning_is_none(n->classes, m))
        return false;
    for (int i = 0; i < d->out->count; i++)
        if (strcmp(d->out->text[i], text) == 0)
            return false;
    for (size_t i = 0; i < d->own_count; i++) {
        size_t length;
        if (strcmp(idc_words_text(n->sentences, d->own[i], &length), text) == 0)
            return false;
    }
    return strcmp(d->truth.text, text) != 0 &&
           !idc_meaning_fits(n->classes, m, n->meaning, d->own, d->own_count);
}

static int take(drawing *d, const char *text, char way)
{
    char *copy = strdup(text);
    if (!copy)
        return idc_fail(d->err, IDC_E_MEMORY, "negatives: no memory");
    d->out->way[d->out->count] = way;
    d->out->text[d->out->count++] = copy;
    return 1;
}

/* The sentence that is next nearest, or NULL. */
static const char *next_hit(drawing *d, uint32_t *id)
{
    if (d->next == d->found && (d->asked == 0 || d->found == d->asked) && d->asked < d->n->count) {
        uint32_t words[IDC_MOST_TEXT / 2];
        size_t k = word_numbers(d->n->words, d->truth.text, false, words),
               wanted = d->asked ? 8 * d->asked : FIRST_HITS;
        wanted = wanted < d->n->count ? wanted : d->n->count;
        idc_tfidf_hit *grown = realloc(d->hits, wanted * sizeof *grown);
        if (!grown)
            return NULL;
        d->hits = grown;
        d->asked = wanted;
        d->found = idc_tfidf_nearest(d->n->index, words, k, wanted, d->ask->seed, d->hits);
    }
    if (d->next >= d->found)
        return NULL;
    size_t length;
    *id = d->hits[d->next++].sentence;
    return idc_words_text(d->n->sentences, *id, &length);
}

/* 1: one was taken, 0: there is none. */
static int retrieve(drawing *d)
{
    uint32_t id;
    const char *text;
    while ((text = next_hit(d, &id)) != NULL)
        if (is_good(d, text, &d->n->meaning[id]))
            return take(d, text, 'R');
    /* what shares no word with the sentence is as far as any */
    size_t count = d->n->count, length;
    uint32_t start = count > 0 ? idc_random_below(&d->random, (uint32_t)count) : 0;
    for (size_t i = 0; i < count; i++) {
        id = (uint32_t)((start + i) % count);
        text = idc_words_text(d->n->sentences, id, &length);
        if (is_good(d, text, &d->n->meaning[id]))
            return take(d, text, 'R');
    }
    return 0;
}

/* Any sentence of the corpus that states a change. */
static bool any_change(drawing *d, idc_parsed *s)
{
    size_t length;
    for (int i = 0; i < BASES; i++) {
        uint32_t id = idc_random_below(&d->random, (uint32_t)d->n->count);
        if (idc_meaning_is_none(d->n->classes, &d->n->meaning[id]))
            continue;
        idc_word_classes_read(d->n->classes, idc_words_text(d->n->sentences, id, &length), s);
        return true;
    }
    return false;
}

static int rewrite(drawing *d, char way)
{
    const idc_word_classes *c = d->n->classes;
    idc_parsed base, changed;
    for (int i = 0; c && i < REWRITES; i++) {
        if (d->unchanged && !any_change(d, &base))
            return 0;
        const idc_parsed *from = d->unchanged ? &base : &d->truth;
        if (!(way == 'P' ? idc_rewrite_replace : idc_rewrite_confuse)(c, from, &d->random,
                                                                      &changed))
            continue;
        idc_meaning m = idc_meaning_of(c, &changed);
        bool idle = m.filler >= 0 && m.slot[m.filler_kind] == m.filler; /* red that turned red */
        if (!idle && !idc_meaning_is_none(c, &m) && is_good(d, changed.text, &m))
            return take(d, changed.text, way);
    }
    return 0;
}

/* A sentence that states no change: of the corpus, else of the classes. */
static int state_none(drawing *d)
{
    const idc_negatives *n = d->n;
    if (n->nones > 0) {
        size_t length;
        uint32_t id = n->none[idc_random_below(&d->random, n->nones)];
        return take(d, idc_words_text(n->sentences, id, &length), 'N');
    }
    for (size_t i = 0; n->classes && i < n->classes->templates; i++)
        if (n->classes->template[i].change == n->classes->none)
            return take(d, n->classes->template[i].text, 'N');
    return 0;
}

static int draw_all(drawing *d, const idc_recipe *recipe)
{
    bool has_none = d->unchanged || recipe->count < 2;
    for (int i = 0; i < recipe->count; i++) {
        int rc = 0;
        if (i + 1 == recipe->count && !has_none)
            rc = state_none(d);
        if (rc == 0 && recipe->way[i] == 'C')
            rc = rewrite(d, 'C');
        if (rc == 0 && recipe->way[i] != 'R')
            rc = rewrite(d, 'P');
        if (rc == 0)
            rc = retrieve(d);
        if (rc < 0)
            return rc;
        if (rc == 0)
            break;
        idc_parsed s;
        idc_word_classes_read(d->n->classes, d->out->text[i], &s);
        idc_meaning m = idc_meaning_of(d->n->classes, &s);
        has_none = has_none || idc_meaning_is_none(d->n->classes, &m);
    }
    return 0;
}

int idc_negatives_draw(idc_negatives *n, const idc_recipe *recipe, const idc_negatives_ask *ask,
                       idc_negative_set *out, idc_error *err)
{
    uint32_t g = ask->group;
    char number[24];
    drawing *d = calloc(1, sizeof *d);
    idc_negative_set_clear(out);
    if (!d)
        return idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
    d->n = n;
    d->ask = ask;
    d->out = out;
    d->err = err;
    d->random = idc_random_at(ask->seed, g, 0);
    if (g < n->groups) {
        d->own = n->own + n->first[g];
        d->own_count = n->first[g + 1] - n->first[g];
    }
    d->unchanged = idc_negatives_unchanged(n, g);
    idc_word_classes_read(n->classes, ask->sentence, &d->truth);
    int rc = draw_all(d, recipe);
    snprintf(number, sizeof number, "%u", (unsigned)g);
    if (rc == 0 && out->count < recipe->count)
        rc = idc_fail(err, IDC_E_RANGE,
                      "negatives of '%.100s': %d wanted, the corpus of %zu sentences gives %d",
                      ask->name ? ask->name : number, recipe->count, n->count, out->count);
    free(d->hits);
    free(d);
    return rc;
}

void idc_negative_set_clear(idc_negative_set *set)
{
    for (int i = 0; i < set->count; i++)
        free(set->text[i]);
    set->count = 0;
}
