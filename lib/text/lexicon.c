#include "text/lexicon.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/file.h"
#include "text/words.h"

/* The file: header, then for each table keys (bytes, padded to 4), key_starts (count + 1), slots (mask + 1: id + 1, or 0),
 * list_starts (count + 1), values. Numbers are u32 of this machine's byte order; `order` tells another one's file. */
struct table_header {
    uint64_t keys, key_starts, slots, list_starts,
        values; /* offsets of the parts, from the file's start */
    uint32_t key_bytes, count, mask, value_count;
};

struct header {
    char magic[8];
    uint32_t order, tables;
    uint64_t made_from, size;
    struct table_header table[IDC_LEXICON_TABLES];
};

static const char magic[8] = "idclex1";
enum { ORDER = 0x01020304 };

struct building {
    idc_words *keys;
    uint32_t *pairs; /* id, value, … in order of appending */
    size_t count, room;
};

struct idc_lexicon_builder {
    struct building table[IDC_LEXICON_TABLES];
    int tables;
};

struct idc_lexicon {
    idc_file_map map;
    const struct header *header;
};

idc_lexicon_builder *idc_lexicon_builder_new(int tables)
{
    idc_lexicon_builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->tables = tables;
    for (int t = 0; t < tables; t++)
        if (!(b->table[t].keys = idc_words_new())) {
            idc_lexicon_builder_free(&b);
            return NULL;
        }
    return b;
}

void idc_lexicon_builder_free(idc_lexicon_builder **b)
{
    if (*b)
        for (int t = 0; t < (*b)->tables; t++) {
            idc_words_free(&(*b)->table[t].keys);
            free((*b)->table[t].pairs);
        }
    free(*b);
    *b = NULL;
}

uint32_t idc_lexicon_add(idc_lexicon_builder *b, int table, const void *key, size_t length)
{
    return idc_words_add(b->table[table].keys, key, length);
}

int idc_lexicon_append(idc_lexicon_builder *b, int table, uint32_t id, uint32_t value)
{
    struct building *t = &b->table[table];
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 1024;
        uint32_t *grown = realloc(t->pairs, room * 2 * sizeof *grown);
        if (!grown)
            return IDC_E_MEMORY;
        t->pairs = grown;
        t->room = room;
    }
    t->pairs[2 * t->count] = id;
    t->pairs[2 * t->count++ + 1] = value;
    return 0;
}

uint32_t idc_lexicon_builder_count(const idc_lexicon_builder *b, int table)
{
    return (uint32_t)idc_words_count(b->table[table].keys);
}

/* Slots at most half full. */
static uint32_t mask_for(uint32_t count)
{
    uint32_t mask = 15;
    while (mask / 2 < count)
        mask = mask * 2 + 1;
    return mask;
}

static uint32_t hash_of(const void *key, size_t length)
{
    return (uint32_t)XXH3_64bits(key, length);
}

struct layout {
    struct header header;
    uint64_t at;
};

static uint64_t part(struct layout *l, uint64_t bytes)
{
    uint64_t start = l->at;
    l->at += (bytes + 7) & ~(uint64_t)7;
    return start;
}

static struct layout plan(const idc_lexicon_builder *b, uint64_t made_from)
{
    struct layout l = {.at = (sizeof(struct header) + 7) & ~(size_t)7};
    memcpy(l.header.magic, magic, sizeof magic);
    l.header.order = ORDER;
    l.header.tables = (uint32_t)b->tables;
    l.header.made_from = made_from;
    for (int t = 0; t < b->tables; t++) {
        struct table_header *h = &l.header.table[t];
        size_t bytes = 0, length;
        h->count = idc_lexicon_builder_count(b, t);
        for (uint32_t i = 0; i < h->count; i++) {
            idc_words_text(b->table[t].keys, i, &length);
            bytes += length;
        }
        h->key_bytes = (uint32_t)bytes;
        h->mask = mask_for(h->count);
        h->value_count = (uint32_t)b->table[t].count;
        h->keys = part(&l, bytes);
        h->key_starts = part(&l, 4 * ((uint64_t)h->count + 1));
        h->slots = part(&l, 4 * ((uint64_t)h->mask + 1));
        h->list_starts = part(&l, 4 * ((uint64_t)h->count + 1));
        h->values = part(&l, 4 * (uint64_t)h->value_count);
    }
    l.header.size = l.at;
    return l;
}

static void fill(const struct building *t, const struct table_header *h, uint8_t *file)
{
    uint8_t *keys = file + h->keys;
    uint32_t *key_starts = (uint32_t *)(void *)(file + h->key_starts),
             *slots = (uint32_t *)(void *)(file + h->slots);
    uint32_t *lists = (uint32_t *)(void *)(file + h->list_starts),
             *values = (uint32_t *)(void *)(file + h->values);
    uint32_t at = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        size_t length;
        const char *key = idc_words_text(t->keys, i, &length);
        memcpy(keys + at, key, length);
        key_starts[i] = at;
        at += (uint32_t)length;
        uint32_t s = hash_of(key, length) & h->mask;
        while (slots[s])
            s = (s + 1) & h->mask;
        slots[s] = i + 1;
    }
    key_starts[h->count] = at;
    for (size_t k = 0; k < t->count; k++)
        lists[t->pairs[2 * k] + 1]++;
    for (uint32_t i = 0; i < h->count; i++)
        lists[i + 1] += lists[i];
    for (size_t k = 0; k < t->count; k++) /* moves each start to its end … */
        values[lists[t->pairs[2 * k]]++] = t->pairs[2 * k + 1];
    for (uint32_t i = h->count; i > 0; i--) /* … and back */
        lists[i] = lists[i - 1];
    lists[0] = 0;
}

int idc_lexicon_write(const idc_lexicon_builder *b, const char *path, uint64_t made_from,
                      idc_error *err)
{
    struct layout l = plan(b, made_from);
    uint8_t *file = calloc(1, l.at);
    if (!file)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory for an index of %llu bytes", path,
                        (unsigned long long)l.at);
    memcpy(file, &l.header, sizeof l.header);
    for (int t = 0; t < b->tables; t++)
        fill(&b->table[t], &l.header.table[t], file);
    int rc = idc_file_write_atomic(path, file, l.at, err);
    free(file);
    return rc;
}

static int within(uint64_t start, uint64_t bytes, uint64_t size)
{
    return start % 4 == 0 && start <= size && bytes <= size - start;
}

int idc_lexicon_open(idc_lexicon **lexicon, const char *path, uint64_t made_from, int tables,
                     idc_error *err)
{
    idc_lexicon *x = *lexicon = calloc(1, sizeof *x);
    if (!x)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    int rc = idc_file_map_open(&x->map, path, err);
    if (rc < 0) {
        free(x);
        *lexicon = NULL;
        return rc;
    }
    const struct header *h = x->header = (const void *)x->map.data;
    int good = h && x->map.size >= sizeof *h && memcmp(h->magic, magic, sizeof magic) == 0 &&
               h->order == ORDER && h->made_from == made_from && h->size == x->map.size &&
               h->tables == (uint32_t)tables;
    for (int t = 0; good && t < tables; t++) {
        const struct table_header *p = &h->table[t];
        good = (p->mask & (p->mask + 1)) == 0 && p->count < p->mask &&
               within(p->keys, p->key_bytes, h->size) &&
               within(p->key_starts, 4 * ((uint64_t)p->count + 1), h->size) &&
               within(p->slots, 4 * ((uint64_t)p->mask + 1), h->size) &&
               within(p->list_starts, 4 * ((uint64_t)p->count + 1), h->size) &&
               within(p->values, 4 * (uint64_t)p->value_count, h->size);
    }
    if (!good) {
        idc_lexicon_close(lexicon);
        return idc_fail(err, IDC_E_MISMATCH, "%s: not an index of these data", path);
    }
    return 0;
}

void idc_lexicon_close(idc_lexicon **x)
{
    if (*x)
        idc_file_map_close(&(*x)->map);
    free(*x);
    *x = NULL;
}

static const uint32_t *numbers(const idc_lexicon *x, uint64_t offset)
{
    return (const uint32_t *)(const void *)(x->map.data + offset);
}

const void *idc_lexicon_key(const idc_lexicon *x, int table, uint32_t id, uint32_t *length)
{
    const struct table_header *t = &x->header->table[table];
    const uint32_t *starts = numbers(x, t->key_starts);
    *length = 0;
    if (id >= t->count || starts[id] > starts[id + 1] || starts[id + 1] > t->key_bytes)
        return x->map.data;
    *length = starts[id + 1] - starts[id];
    return x->map.data + t->keys + starts[id];
}

uint32_t idc_lexicon_find(const idc_lexicon *x, int table, const void *key, size_t length)
{
    const struct table_header *t = &x->header->table[table];
    const uint32_t *slots = numbers(x, t->slots);
    uint32_t s = hash_of(key, length) & t->mask, n;
    for (uint32_t tries = 0; slots[s] && tries <= t->mask; tries++, s = (s + 1) & t->mask) {
        const void *other = idc_lexicon_key(x, table, slots[s] - 1, &n);
        if (n == length && memcmp(other, key, length) == 0)
            return slots[s] - 1;
    }
    return IDC_LEXICON_NONE;
}

const uint32_t *idc_lexicon_list(const idc_lexicon *x, int table, uint32_t id, uint32_t *count)
{
    const struct table_header *t = &x->header->table[table];
    const uint32_t *starts = numbers(x, t->list_starts), *values = numbers(x, t->values);
    *count = 0;
    if (id >= t->count || starts[id] > starts[id + 1] || starts[id + 1] > t->value_count)
        return values;
    *count = starts[id + 1] - starts[id];
    return values + starts[id];
}

uint32_t idc_lexicon_count(const idc_lexicon *x, int table)
{
    return x->header->table[table].count;
}
