#include "model/negative_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/data_words.h"
#include "model/train_source.h"
#include "text/negatives.h"

#define ATTEMPTS 8

struct idc_negative_source {
    idc_negative_options o;
    int count; /* K */
    idc_recipe recipe;
    idc_word_classes *classes;
    idc_negatives *made; /* or … */
    idc_negative_file *file;
    uint32_t *group; /* of each set of captions */
};

/* A sentence of the data and the set of captions that it is of; then its group. */
typedef struct entry {
    char *text;
    uint32_t set;
    bool first; /* of its set */
    bool plain; /* made from what changed: sets with the same first sentence say the same */
} entry;

typedef struct collection {
    entry *at;
    size_t n, room, sets;
} collection;

static int collect(collection *c, const idc_captions *said, size_t item, bool plain, idc_error *err)
{
    for (int k = 0; k < IDC_CAPTION_KINDS; k++)
        for (size_t i = 0; i < said->count[k] && (i == 0 || !plain || said->no_plain); i++) {
            if (c->n == c->room) {
                size_t room = c->room ? 2 * c->room : 1024;
                entry *grown = realloc(c->at, room * sizeof *grown);
                if (!grown)
                    return idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
                c->at = grown;
                c->room = room;
            }
            entry *e = &c->at[c->n];
            e->text = strdup(said->sentence[k][i]);
            if (!e->text)
                return idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
            e->set = (uint32_t)idc_caption_set(item, (enum idc_caption_kind)k);
            e->first = i == 0;
            e->plain = !said->no_plain;
            c->n++;
        }
    c->sets = (item + 1) * IDC_CAPTION_KINDS;
    return 0;
}

static int collect_all(collection *c, const idc_dataset *data, bool plain, idc_error *err)
{
    size_t triples = idc_dataset_size(data);
    int rc = 0;
    for (size_t i = 0; i < triples && rc == 0; i++) {
        idc_triple t;
        idc_captions said;
        char name[1200];
        idc_dataset_place(data, i, name, sizeof name);
        idc_dataset_triple(data, i, &t);
        rc = idc_captions_parse(&said, t.text, t.text_bytes, name, err);
        if (rc == 0) {
            rc = collect(c, &said, i, plain, err);
            idc_captions_fini(&said);
        }
    }
    for (size_t i = 0; i < idc_dataset_pairs(data) && rc == 0; i++)
        rc = collect(c, &idc_dataset_pair(data, i)->captions, triples + i, plain, err);
    const idc_train_source *s = idc_dataset_source(data);
    for (size_t i = 0; s != NULL && i < s->n && rc == 0; i++)
        rc = collect(c, &s->pair[i].said.captions, i, plain, err);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->set > y->set) - (x->set < y->set);
}

static int by_group(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->set != y->set ? (x->set > y->set) - (x->set < y->set) : strcmp(x->text, y->text);
}

/* Numbers the groups in the order of their first sentences and puts them in the entries' place of sets; one entry is kept of
 * each sentence of a group. Returns how many different sentences there are. */
static size_t form_groups(collection *c, uint32_t *group)
{
    uint32_t groups = 0;
    const char *last = NULL;
    size_t different = 0, kept = 0;
    if (c->n == 0)
        return 0;
    qsort(c->at, c->n, sizeof *c->at, by_text);
    for (size_t i = 0; i < c->n; i++) {
        different += i == 0 || strcmp(c->at[i].text, c->at[i - 1].text) != 0;
        if (!c->at[i].first || !c->at[i].plain)
            continue;
        groups += last != NULL && strcmp(c->at[i].text, last) != 0;
        last = c->at[i].text;
        group[c->at[i].set] = groups;
    }
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i].first && !c->at[i].plain)
            group[c->at[i].set] = ++groups;
    for (size_t i = 0; i < c->n; i++)
        c->at[i].set = group[c->at[i].set];
    qsort(c->at, c->n, sizeof *c->at, by_group);
    for (size_t i = 0; i < c->n; i++) {
        if (kept > 0 && by_group(&c->at[i], &c->at[kept - 1]) == 0) {
            free(c->at[i].text);
            continue;
        }
        c->at[kept++] = c->at[i];
    }
    c->n = kept;
    return different;
}

static int make_corpus(idc_negative_source *n, const collection *c, idc_error *err)
{
    const char **sentences = calloc(c->n + 1, sizeof *sentences);
    uint32_t *groups = calloc(c->n + 1, sizeof *groups);
    int rc = sentences && groups ? 0 : idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
    for (size_t i = 0; i < c->n && rc == 0; i++) {
        sentences[i] = c->at[i].text;
        groups[i] = c->at[i].set;
    }
    idc_negatives_corpus corpus = {sentences, groups, c->n};
    if (rc == 0)
        rc = idc_negatives_new(&n->made, &corpus, n->classes, err);
    free(groups);
    free(sentences);
    return rc;
}

static int make(idc_negative_source *n, idc_error *err)
{
    collection c = {0};
    const idc_train_settings *s = n->o.settings;
    char text[64];
    snprintf(text, sizeof text, "R%dP%dC%d", (int)s->retrieve, (int)s->replace, (int)s->confuse);
    int rc = idc_recipe_parse(&n->recipe, text, err);
    if (rc == 0 && n->o.classes)
        rc = idc_word_classes_open(&n->classes, n->o.classes, err);
    if (rc == 0)
        rc = collect_all(&c, n->o.data, s->plain_share >= 1, err);
    if (rc == 0 && !(n->group = calloc(c.sets + 1, sizeof *n->group)))
        rc = idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
    size_t different = rc == 0 ? form_groups(&c, n->group) : 0;
    if (rc == 0 && different <= (size_t)n->count)
        rc = idc_fail(err, IDC_E_RANGE,
                      "fda: %d negatives a pair, but the data have %zu different sentences",
                      n->count, different);
    if (rc == 0)
        rc = make_corpus(n, &c, err);
    for (size_t i = 0; i < c.n; i++)
        free(c.at[i].text);
    free(c.at);
    return rc;
}

int idc_negative_source_new(idc_negative_source **out, const idc_negative_options *o,
                            idc_error *err)
{
    idc_negative_source *n = calloc(1, sizeof *n);
    *out = n;
    if (!n)
        return idc_fail(err, IDC_E_MEMORY, "negatives: no memory");
    n->o = *o;
    n->count = (int)(o->settings->retrieve + o->settings->replace + o->settings->confuse);
    int rc = n->count > IDC_MOST_NEGATIVES
                 ? idc_fail(err, IDC_E_RANGE, "fda: %d negatives a pair: at most %d", n->count,
                            IDC_MOST_NEGATIVES)
             : o->file ? idc_negative_file_open(&n->file, o, err)
                       : make(n, err);
    if (rc < 0)
        idc_negative_source_free(out);
    return rc;
}

void idc_negative_source_free(idc_negative_source **n)
{
    if (!*n)
        return;
    idc_negatives_free(&(*n)->made);
    idc_word_classes_free(&(*n)->classes);
    idc_negative_file_close(&(*n)->file);
    free((*n)->group);
    free(*n);
    *n = NULL;
}

static bool has_unknown(const int32_t *ids, int length)
{
    for (int i = 0; i < length; i++)
        if (ids[i] == IDC_UNK)
            return true;
    return false;
}

static bool is_there(const int32_t *ids, int count, const int32_t *row, size_t length)
{
    for (int i = 0; i < count; i++)
        if (memcmp(ids + (size_t)i * length, row, length * sizeof *row) == 0)
            return true;
    return false;
}

/* Sentences with words that the vocabulary lacks would give themselves away: others are drawn in their place, as far as there are. */
static int draw_made(idc_negative_source *n, const idc_negative_query *q, const char *sentence,
                     int32_t *ids, idc_error *err)
{
    size_t length = (size_t)n->o.max_length;
    idc_negative_set set = {0};
    int rc = 0, found = 0;
    for (int attempt = 0; attempt <= ATTEMPTS && found < n->count && rc == 0; attempt++) {
        idc_negatives_ask ask = {.group = n->group[q->origin],
                                 .sentence = sentence,
                                 .seed = q->seed + (uint64_t)attempt};
        rc = idc_negatives_draw(n->made, &n->recipe, &ask, &set, err);
        for (int i = 0; i < set.count && found < n->count && rc == 0; i++) {
            int32_t *row = ids + (size_t)found * length;
            idc_vocabulary_encode(n->o.vocabulary, set.text[i], row, n->o.max_length);
            if (attempt == ATTEMPTS ||
                (!has_unknown(row, n->o.max_length) && !is_there(ids, found, row, length)))
                found++;
        }
    }
    idc_negative_set_clear(&set);
    return rc;
}

int idc_negative_source_draw(idc_negative_source *n, const idc_negative_query *q, int32_t *ids,
                             idc_error *err)
{
    size_t length = (size_t)n->o.max_length;
    int32_t *truth = malloc(length * sizeof *truth);
    char *sentence = NULL;
    if (truth) {
        memcpy(truth, q->truth, length * sizeof *truth);
        if (q->mirrored)
            idc_batch_mirror_words(n->o.vocabulary, truth, n->o.max_length);
        sentence = idc_vocabulary_decode(n->o.vocabulary, truth, n->o.max_length);
    }
    int rc = !sentence ? idc_fail(err, IDC_E_MEMORY, "negatives: no memory")
             : n->file ? idc_negative_file_draw(n->file, sentence, q->seed, ids, err)
                       : draw_made(n, q, sentence, ids, err);
    if (rc == 0 && q->mirrored)
        idc_batch_mirror_words(n->o.vocabulary, ids, n->count * n->o.max_length);
    free(sentence);
    free(truth);
    return rc;
}
