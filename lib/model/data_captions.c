#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/data_list.h"
#include "model/train_source.h"

static const char *const kind_names[IDC_CAPTION_KINDS] = {"forward", "backward", "none"};

static int take_sentences(idc_captions *c, int kind, const json_t *list, const char *name,
                          idc_error *err)
{
    size_t n = json_array_size(list);
    if (n == 0)
        return idc_fail(err, IDC_E_INVALID, "%s: no sentences '%s'", name, kind_names[kind]);
    c->sentence[kind] = calloc(n, sizeof *c->sentence[kind]);
    if (c->sentence[kind] == NULL)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
    for (size_t i = 0; i < n; i++) {
        const char *s = json_string_value(json_array_get(list, i));
        if (s == NULL || s[0] == '\0')
            return idc_fail(err, IDC_E_INVALID, "%s: sentence %zu of '%s' is not text", name, i,
                            kind_names[kind]);
        char *copy = strdup(s);
        if (copy == NULL)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
        c->sentence[kind][c->count[kind]++] = copy;
    }
    return 0;
}

int idc_captions_parse(idc_captions *c, const char *text, size_t bytes, const char *name,
                       idc_error *err)
{
    memset(c, 0, sizeof *c);
    json_error_t bad;
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &bad);
    if (root == NULL)
        return idc_fail(err, IDC_E_INVALID, "%s: captions: %s", name, bad.text);
    const json_t *captions = json_object_get(root, "captions");
    int rc = 0;
    for (int k = 0; k < IDC_CAPTION_KINDS && rc == 0; k++)
        rc = take_sentences(c, k, json_object_get(captions, kind_names[k]), name, err);
    json_decref(root);
    if (rc < 0)
        idc_captions_fini(c);
    return rc;
}

static bool is_side(const char *word, size_t n)
{
    static const char *const sides[] = {"left",  "right",  "up",    "down",  "top",  "bottom",
                                        "front", "behind", "north", "south", "east", "west"};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (strlen(sides[i]) == n && strncasecmp(word, sides[i], n) == 0)
            return true;
    return false;
}

bool idc_captions_name_a_side(const idc_captions *c)
{
    static const char ends[] = " .,;:!?\"'()-";
    for (int k = 0; k < IDC_CAPTION_KINDS; k++)
        for (size_t i = 0; i < c->count[k]; i++)
            for (const char *p = c->sentence[k][i]; *p;) {
                size_t n = strcspn(p, ends);
                if (n > 0 && is_side(p, n))
                    return true;
                p += n + (p[n] != '\0');
            }
    return false;
}

void idc_captions_fini(idc_captions *c)
{
    for (int k = 0; k < IDC_CAPTION_KINDS; k++) {
        for (size_t i = 0; i < c->count[k]; i++)
            free(c->sentence[k][i]);
        free(c->sentence[k]);
    }
    memset(c, 0, sizeof *c);
}

typedef int (*sentence_function)(void *user, const char *text, const char *place, idc_error *err);

static int each_of(const idc_captions *c, bool plain, const char *place, sentence_function f,
                   void *user, idc_error *err)
{
    int rc = 0;
    for (int k = 0; k < IDC_CAPTION_KINDS; k++)
        for (size_t i = 0; i < c->count[k] && rc == 0; i++)
            if (i == 0 || !plain || c->no_plain)
                rc = f(user, c->sentence[k][i], place, err);
    return rc;
}

/* Every sentence of the data (only the plain ones where `plain`) with the place where it stands. */
static int each_sentence(const idc_dataset *data, bool plain, sentence_function f, void *user,
                         idc_error *err)
{
    const idc_train_source *s = idc_dataset_source(data);
    char place[1200];
    int rc = 0;
    for (size_t i = 0; i < idc_dataset_size(data) && rc == 0; i++) {
        idc_triple t;
        idc_captions c;
        idc_dataset_place(data, i, place, sizeof place);
        idc_dataset_triple(data, i, &t);
        rc = idc_captions_parse(&c, t.text, t.text_bytes, place, err);
        if (rc == 0) {
            rc = each_of(&c, plain, place, f, user, err);
            idc_captions_fini(&c);
        }
    }
    for (size_t i = 0; i < idc_dataset_pairs(data) && rc == 0; i++) {
        const idc_listed_pair *p = idc_dataset_pair(data, i);
        snprintf(place, sizeof place, "%s: line %llu", p->list, (unsigned long long)p->line);
        rc = each_of(&p->captions, plain, place, f, user, err);
    }
    for (size_t i = 0; s != NULL && i < s->n && rc == 0; i++) {
        snprintf(place, sizeof place, "%s: pair '%s'", s->name, s->pair[i].said.id);
        rc = each_of(&s->pair[i].said.captions, plain, place, f, user, err);
    }
    return rc;
}

/* A growing list of sentences; it owns them. */
typedef struct sentences {
    char **at;
    size_t n, room;
} sentences;

static int keep(void *user, const char *text, const char *place, idc_error *err)
{
    sentences *s = user;
    if (s->n == s->room) {
        size_t room = s->room ? 2 * s->room : 1024;
        char **grown = realloc(s->at, room * sizeof *grown);
        if (grown == NULL)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", place);
        s->at = grown;
        s->room = room;
    }
    if ((s->at[s->n] = strdup(text)) == NULL)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", place);
    s->n++;
    return 0;
}

int idc_dataset_vocabulary(const idc_dataset *data, bool plain, idc_vocabulary **v, idc_error *err)
{
    sentences s = {0};
    int rc = each_sentence(data, plain, keep, &s, err);
    if (rc == 0)
        rc = idc_vocabulary_build(v, (const char *const *)s.at, s.n, 1, err);
    for (size_t i = 0; i < s.n; i++)
        free(s.at[i]);
    free(s.at);
    return rc;
}

typedef struct known_words {
    const idc_vocabulary *v;
    const char *name;
} known_words;

static int check_words(void *user, const char *text, const char *place, idc_error *err)
{
    const known_words *known = user;
    idc_vocabulary *own;
    int rc = idc_vocabulary_build(&own, &text, 1, 1, err);
    if (rc < 0)
        return rc;
    for (size_t i = IDC_SPECIALS; i < idc_vocabulary_size(own) && rc == 0; i++) {
        const char *word = idc_vocabulary_word(own, (int)i);
        if (idc_vocabulary_id(known->v, word, strlen(word)) == IDC_UNK)
            rc = idc_fail(err, IDC_E_MISMATCH, "%s: the vocabulary of %s lacks the word '%s'",
                          place, known->name, word);
    }
    idc_vocabulary_free(&own);
    return rc;
}

int idc_dataset_check_words(const idc_dataset *data, bool plain, const idc_vocabulary *v,
                            const char *name, idc_error *err)
{
    return each_sentence(data, plain, check_words, &(known_words){v, name}, err);
}
