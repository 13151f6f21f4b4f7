#include "text/ngrams.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

uint64_t idc_gram_key(const uint32_t *words, int n)
{
    uint64_t h = (uint64_t)n;
    for (int i = 0; i < n; i++) {
        h = (h + words[i] + 1) * 0x9E3779B97F4A7C15u; /* 2^64 divided by the golden ratio */
        h ^= h >> 29;
    }
    h *= 0xBF58476D1CE4E5B9u; /* SplitMix64's finish (Steele, Lea, Flood 2014) */
    h ^= h >> 32;
    return h ? h : 1; /* 0 marks a free slot */
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const idc_gram *)a)->key, y = ((const idc_gram *)b)->key;
    return (x > y) - (x < y);
}

/* Insertion sort is quickest for the usual sentence of ten words. */
static void sort_grams(idc_gram *g, size_t n)
{
    if (n > 48) {
        qsort(g, n, sizeof *g, by_key);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        idc_gram x = g[i];
        size_t j = i;
        for (; j > 0 && g[j - 1].key > x.key; j--)
            g[j] = g[j - 1];
        g[j] = x;
    }
}

/* Sets a key's bit; false: it was set. */
static bool filter_add(idc_gram_filter *f, uint64_t key)
{
    uint64_t *word = &f->bits[key >> 6 & 3], bit = UINT64_C(1) << (key & 63);
    bool fresh = !(*word & bit);
    *word |= bit;
    return fresh;
}

idc_gram_filter idc_gram_filter_of(const idc_gram *grams, size_t count)
{
    idc_gram_filter f = {{0}};
    for (size_t i = 0; i < count; i++)
        filter_add(&f, grams[i].key);
    return f;
}

ptrdiff_t idc_gram_find(const idc_gram_filter *f, const idc_gram *grams, size_t count, uint64_t key)
{
    if (!(f->bits[key >> 6 & 3] >> (key & 63) & 1))
        return -1;
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (grams[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && grams[low].key == key ? (ptrdiff_t)low : -1;
}

size_t idc_grams_unsorted(const uint32_t *words, size_t count, int n, idc_gram *grams)
{
    idc_gram_filter f = {{0}};
    if (count < (size_t)n)
        return 0;
    size_t total = count - (size_t)n + 1;
    bool distinct = true;
    for (size_t i = 0; distinct && i < total; i++) {
        grams[i] = (idc_gram){idc_gram_key(words + i, n), 1};
        distinct = filter_add(&f, grams[i].key);
    }
    return distinct ? total : idc_grams(words, count, n, grams);
}

size_t idc_grams(const uint32_t *words, size_t count, int n, idc_gram *grams)
{
    if (count < (size_t)n)
        return 0;
    size_t total = count - (size_t)n + 1, distinct = 0;
    for (size_t i = 0; i < total; i++)
        grams[i] = (idc_gram){idc_gram_key(words + i, n), 1};
    sort_grams(grams, total);
    for (size_t i = 1; i < total; i++)
        if (grams[i].key == grams[distinct].key)
            grams[distinct].count++;
        else
            grams[++distinct] = grams[i];
    return distinct + 1;
}

size_t idc_gram_keys(const uint32_t *words, size_t count, int n, uint64_t *keys)
{
    if (count < (size_t)n)
        return 0;
    size_t total = count - (size_t)n + 1;
    for (size_t i = 0; i < total; i++)
        keys[i] = idc_gram_key(words + i, n);
    return total;
}

static size_t slot_of(const idc_frequency *f, uint64_t key)
{
    size_t mask = f->capacity - 1, s = key & mask;
    while (f->slots[s].key && f->slots[s].key != key)
        s = (s + 1) & mask;
    return s;
}

static int make_room(idc_frequency *f, size_t more)
{
    if (f->capacity && (f->used + more) * 4 <= f->capacity * 3)
        return 0;
    idc_frequency old = *f;
    size_t capacity = old.capacity ? old.capacity * 2 : 1024;
    while ((old.used + more) * 4 > capacity * 3)
        capacity *= 2;
    f->slots = calloc(capacity, sizeof *f->slots);
    if (!f->slots) {
        *f = old;
        return IDC_E_MEMORY;
    }
    f->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].key)
            f->slots[slot_of(f, old.slots[i].key)] = old.slots[i];
    free(old.slots);
    return 0;
}

void idc_frequency_document(idc_frequency *f)
{
    f->documents++;
}

int idc_frequency_add(idc_frequency *f, const uint64_t *keys, size_t count)
{
    if (make_room(f, count) < 0)
        return IDC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        idc_frequency_prefetch(f, keys[i]);
    for (size_t i = 0; i < count; i++) {
        idc_frequency_slot *s = &f->slots[slot_of(f, keys[i])];
        if (!s->key) {
            s->key = keys[i];
            f->used++;
        }
        if (s->last != f->documents) {
            s->last = f->documents;
            s->documents++;
        }
    }
    return 0;
}

int idc_frequency_set(idc_frequency *f, uint64_t key, uint32_t documents)
{
    if (make_room(f, 1) < 0)
        return IDC_E_MEMORY;
    idc_frequency_slot *s = &f->slots[slot_of(f, key)];
    f->used += s->key == 0;
    s->key = key;
    s->documents = documents;
    return 0;
}

uint32_t idc_frequency_of(const idc_frequency *f, uint64_t key)
{
    return f->capacity ? f->slots[slot_of(f, key)].documents : 0;
}

void idc_frequency_prefetch(const idc_frequency *f, uint64_t key)
{
    if (f->capacity)
        __builtin_prefetch(&f->slots[key & (f->capacity - 1)]);
}

void idc_frequency_clear(idc_frequency *f)
{
    if (f->capacity)
        memset(f->slots, 0, f->capacity * sizeof *f->slots);
    f->used = 0;
    f->documents = 0;
}

void idc_frequency_free(idc_frequency *f)
{
    free(f->slots);
    *f = (idc_frequency){0};
}
