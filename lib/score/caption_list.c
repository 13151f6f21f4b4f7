/* caption_list.c: see caption_list.h. */
#include "score/caption_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "text/words.h"

struct idc_caption_memory {
    idc_arena *arena;
    idc_words *ids; /* number: place of the pair */
};

/* A sentence with its pair, as they come: the sentences of a pair need not follow one another. */
typedef struct row {
    uint32_t pair;
    const char *text;
} row;

typedef struct reading {
    idc_caption_list *list;
    idc_buffer rows, pairs, records; /* row, idc_caption_pair, size_t: the pair's first record */
} reading;

static bool has_words(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n\v\f.,;:!?", text[i]))
            return true;
    return false;
}

static const char *copied(idc_caption_list *list, const char *text, size_t length)
{
    char *copy = text ? idc_arena_alloc(list->memory->arena, length + 1) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

static int add_pair(reading *r, const idc_entry *e, idc_error *err)
{
    idc_caption_list *list = r->list;
    idc_caption_pair p = {.id = copied(list, e->id, strlen(e->id))};
    if (e->first && e->second) {
        p.first = copied(list, e->first, strlen(e->first));
        p.second = copied(list, e->second, strlen(e->second));
    }
    if (!p.id || (e->first && (!p.first || !p.second)) ||
        idc_buffer_append(&r->pairs, &p, sizeof p) < 0 ||
        idc_buffer_append(&r->records, &e->record, sizeof e->record) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return 0;
}

static int take(void *user, const idc_entry *e, idc_error *err)
{
    reading *r = user;
    idc_words *ids = r->list->memory->ids;
    size_t known = idc_words_count(ids);
    if (e->none)
        return idc_fail(err, IDC_E_INVALID, "'%.100s': no sentence", e->id);
    if (!e->text || e->part == IDC_ENTRY_CARRIED)
        return 0;
    uint32_t pair = idc_words_add(ids, e->id, strlen(e->id));
    if (pair == IDC_NO_WORD)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    int rc = pair == known ? add_pair(r, e, err) : 0;
    if (rc < 0)
        return rc;
    size_t before;
    memcpy(&before, r->records.data + pair * sizeof before, sizeof before);
    if (before != e->record && !e->first)
        return idc_fail(err, IDC_E_INVALID, "'%.100s' comes twice (records %zu and %zu)", e->id,
                        before, e->record);
    if (!has_words(e->text, e->length))
        return idc_fail(err, IDC_E_INVALID, "'%.100s': a sentence without words (record %zu)",
                        e->id, e->record);
    row next = {pair, copied(r->list, e->text, e->length)};
    return next.text && idc_buffer_append(&r->rows, &next, sizeof next) == 0
               ? 0
               : idc_fail(err, IDC_E_MEMORY, "no memory");
}

/* The sentences by pair, in the order in which they came. */
static int sort_rows(reading *r, idc_error *err)
{
    idc_caption_list *list = r->list;
    const row *rows = (const row *)(const void *)r->rows.data;
    size_t n = list->sentences = r->rows.size / sizeof *rows;
    list->count = r->pairs.size / sizeof *list->pair;
    if (n == 0)
        return idc_fail(err, IDC_E_MISSING, "no sentences");
    list->pair = (idc_caption_pair *)(void *)r->pairs.data;
    r->pairs = (idc_buffer){0}; /* the list's now */
    list->sentence = malloc(n * sizeof *list->sentence);
    list->owner = malloc(n * sizeof *list->owner);
    if (!list->sentence || !list->owner)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    for (size_t i = 0; i < n; i++)
        list->pair[rows[i].pair].count++;
    for (size_t i = 1; i < list->count; i++)
        list->pair[i].start = list->pair[i - 1].start + list->pair[i - 1].count;
    for (size_t i = 0; i < list->count; i++)
        list->pair[i].count = 0;
    for (size_t i = 0; i < n; i++) {
        idc_caption_pair *p = &list->pair[rows[i].pair];
        list->owner[p->start + p->count] = rows[i].pair;
        list->sentence[p->start + p->count++] = rows[i].text;
    }
    return 0;
}

int idc_caption_list_read(idc_caption_list **out, const char *path, idc_caption_source source,
                          idc_error *err)
{
    idc_caption_list *list = *out = calloc(1, sizeof *list);
    reading r = {.list = list};
    int rc = list && (list->memory = calloc(1, sizeof *list->memory)) &&
                     (list->memory->arena = idc_arena_new(0)) &&
                     (list->memory->ids = idc_words_new())
                 ? 0
                 : idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    if (rc == 0)
        rc = source ? source(path, take, &r, err)
                    : idc_entries_read(path, IDC_ENTRIES_AUTO, take, &r, err);
    if (rc == 0 && (rc = sort_rows(&r, err)) < 0)
        idc_fail_in(err, rc, strcmp(path, "-") == 0 ? "stdin" : path);
    idc_buffer_free(&r.rows);
    idc_buffer_free(&r.pairs);
    idc_buffer_free(&r.records);
    if (rc < 0)
        idc_caption_list_free(out);
    return rc;
}

void idc_caption_list_free(idc_caption_list **out)
{
    idc_caption_list *list = *out;
    *out = NULL;
    if (!list)
        return;
    if (list->memory) {
        idc_arena_free(&list->memory->arena);
        idc_words_free(&list->memory->ids);
    }
    free(list->memory);
    free(list->pair);
    free(list->sentence);
    free(list->owner);
    free(list);
}

ptrdiff_t idc_caption_list_find(const idc_caption_list *list, const char *id)
{
    uint32_t k = idc_words_find(list->memory->ids, id, strlen(id));
    return k == IDC_NO_WORD ? -1 : (ptrdiff_t)k;
}

size_t idc_caption_list_unknown(const idc_caption_list *list, const idc_vocabulary *v, char *word,
                                size_t size, const char **id)
{
    size_t unknown = 0;
    for (size_t i = 0; i < list->sentences; i++) {
        const char *s = list->sentence[i];
        char next[64];
        for (; idc_vocabulary_next_unknown(v, &s, next, sizeof next); unknown++)
            if (unknown == 0) {
                size_t n = strlen(next) < size - 1 ? strlen(next) : size - 1;
                memcpy(word, next, n);
                word[n] = 0;
                *id = list->pair[list->owner[i]].id;
            }
    }
    return unknown;
}
