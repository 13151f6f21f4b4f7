/* reward.c: see reward.h. */
#include "model/reward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/train_source.h"
#include "text/cider.h"

#define LONGEST 256 /* numbers of a reference; longer ones are cut */

struct idc_reward {
    idc_cider *cider;
    uint32_t *words; /* all references, one after the other */
    size_t n_words, room_words;
    size_t *end; /* of each reference in words */
    size_t n_references, room_references;
    size_t *first; /* [sets + 1]: references of a set */
    size_t sets;
    int left, right;
};

static int add_reference(idc_reward *r, const idc_vocabulary *v, const char *text)
{
    int32_t ids[LONGEST];
    size_t n = (size_t)idc_vocabulary_encode(v, text, ids, LONGEST) - 1; /* without BOS */
    if (r->n_words + n > r->room_words) {
        size_t room = 2 * r->room_words + LONGEST;
        uint32_t *grown = realloc(r->words, room * sizeof *grown);
        if (grown == NULL)
            return IDC_E_MEMORY;
        r->words = grown;
        r->room_words = room;
    }
    if (r->n_references == r->room_references) {
        size_t room = 2 * r->room_references + 1024;
        size_t *grown = realloc(r->end, room * sizeof *grown);
        if (grown == NULL)
            return IDC_E_MEMORY;
        r->end = grown;
        r->room_references = room;
    }
    for (size_t i = 0; i < n; i++)
        r->words[r->n_words + i] = (uint32_t)ids[i + 1];
    idc_cider_text t = {r->words + r->n_words, n};
    r->n_words += n;
    r->end[r->n_references++] = r->n_words;
    return idc_cider_add(r->cider, t);
}

static int add_captions(idc_reward *r, const idc_vocabulary *v, const idc_captions *c)
{
    int rc = 0;
    for (int kind = 0; kind < IDC_CAPTION_KINDS; kind++) {
        if (c->count[kind] > 0)
            idc_cider_document(r->cider);
        for (size_t i = 0; rc == 0 && i < c->count[kind]; i++)
            rc = add_reference(r, v, c->sentence[kind][i]);
        r->first[++r->sets] = r->n_references;
    }
    return rc;
}

static int add_triple(idc_reward *r, const idc_vocabulary *v, const idc_dataset *data, size_t i,
                      idc_error *err)
{
    idc_triple t;
    idc_captions c;
    char name[64];
    snprintf(name, sizeof name, "triple %zu of the data", i);
    idc_dataset_triple(data, i, &t);
    int rc = idc_captions_parse(&c, t.text, t.text_bytes, name, err);
    if (rc < 0)
        return rc;
    rc = add_captions(r, v, &c);
    idc_captions_fini(&c);
    return rc < 0 ? idc_fail(err, rc, "%s: no memory", name) : 0;
}

int idc_reward_new(idc_reward **out, const idc_dataset *data, const idc_vocabulary *v,
                   idc_error *err)
{
    const idc_train_source *source = idc_dataset_source(data);
    size_t triples = idc_dataset_size(data);
    size_t pairs = source != NULL ? source->n : idc_dataset_pairs(data);
    idc_reward *r = *out = calloc(1, sizeof *r);
    if (r == NULL)
        return idc_fail(err, IDC_E_MEMORY, "rewards: no memory");
    r->cider = idc_cider_new();
    r->first = calloc((triples + pairs) * IDC_CAPTION_KINDS + 1, sizeof *r->first);
    r->left = idc_vocabulary_id(v, "left", 4);
    r->right = idc_vocabulary_id(v, "right", 5);
    int rc = r->cider && r->first ? 0 : idc_fail(err, IDC_E_MEMORY, "rewards: no memory");
    for (size_t i = 0; rc == 0 && i < triples; i++)
        rc = add_triple(r, v, data, i, err);
    for (size_t i = 0; rc == 0 && i < pairs; i++)
        if (add_captions(r, v,
                         source != NULL ? &source->pair[i].said.captions
                                        : &idc_dataset_pair(data, i)->captions) < 0)
            rc = idc_fail(err, IDC_E_MEMORY, "rewards: no memory");
    if (rc < 0)
        idc_reward_free(out);
    return rc;
}

void idc_reward_free(idc_reward **r)
{
    if (*r == NULL)
        return;
    idc_cider_free(&(*r)->cider);
    free((*r)->words);
    free((*r)->end);
    free((*r)->first);
    free(*r);
    *r = NULL;
}

static idc_cider_text reference(const idc_reward *r, size_t i)
{
    size_t begin = i > 0 ? r->end[i - 1] : 0;
    return (idc_cider_text){r->words + begin, r->end[i] - begin};
}

int idc_reward_of(const idc_reward *r, const idc_earning *e, double *reward, idc_error *err)
{
    if (e->set < 0 || (size_t)e->set >= r->sets)
        return idc_fail(err, IDC_E_RANGE, "rewards: no set %d of captions", (int)e->set);
    size_t first = r->first[e->set], n = r->first[e->set + 1] - first;
    size_t count = e->n > 1 ? (size_t)e->n - 1 : 0;
    idc_cider_text *references = malloc((n + 1) * sizeof *references);
    uint32_t *words = malloc((count + 1) * sizeof *words);
    int rc = references && words ? 0 : IDC_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < n; i++)
        references[i] = reference(r, first + i);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        int32_t id = e->ids[i + 1];
        if (e->mirrored) /* back to the words of the data */
            id = id == r->left ? r->right : id == r->right ? r->left : id;
        words[i] = (uint32_t)id;
    }
    if (rc == 0)
        rc = idc_cider_d(r->cider, (idc_cider_text){words, count}, references, n, reward);
    free(references);
    free(words);
    return rc < 0 ? idc_fail(err, rc, "rewards: no memory") : 0;
}
