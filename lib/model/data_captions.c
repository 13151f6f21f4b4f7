#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/data_list.h"

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

void idc_captions_fini(idc_captions *c)
{
    for (int k = 0; k < IDC_CAPTION_KINDS; k++) {
        for (size_t i = 0; i < c->count[k]; i++)
            free(c->sentence[k][i]);
        free(c->sentence[k]);
    }
    memset(c, 0, sizeof *c);
}

/* A growing list of sentences; it owns them. */
typedef struct sentences {
    char **at;
    size_t n, room;
} sentences;

static int keep(sentences *s, const idc_captions *c, bool plain, idc_error *err)
{
    for (int k = 0; k < IDC_CAPTION_KINDS; k++) {
        for (size_t i = 0; i < c->count[k]; i++) {
            if (plain && i > 0)
                break;
            if (s->n == s->room) {
                size_t room = s->room ? 2 * s->room : 1024;
                char **grown = realloc(s->at, room * sizeof *grown);
                if (grown == NULL)
                    return idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory");
                s->at = grown;
                s->room = room;
            }
            if ((s->at[s->n] = strdup(c->sentence[k][i])) == NULL)
                return idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory");
            s->n++;
        }
    }
    return 0;
}

int idc_dataset_vocabulary(const idc_dataset *data, bool plain, idc_vocabulary **v, idc_error *err)
{
    sentences s = {0};
    int rc = 0;
    for (size_t i = 0; i < idc_dataset_size(data) && rc == 0; i++) {
        idc_triple t;
        idc_captions c;
        char name[64];
        snprintf(name, sizeof name, "triple %zu of the data", i);
        idc_dataset_triple(data, i, &t);
        rc = idc_captions_parse(&c, t.text, t.text_bytes, name, err);
        if (rc == 0) {
            rc = keep(&s, &c, plain, err);
            idc_captions_fini(&c);
        }
    }
    for (size_t i = 0; i < idc_dataset_pairs(data) && rc == 0; i++)
        rc = keep(&s, &idc_dataset_pair(data, i)->captions, plain, err);
    if (rc == 0)
        rc = idc_vocabulary_build(v, (const char *const *)s.at, s.n, 1, err);
    for (size_t i = 0; i < s.n; i++)
        free(s.at[i]);
    free(s.at);
    return rc;
}
