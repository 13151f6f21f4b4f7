#include "text/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buffer.h"

struct idc_words {
    idc_buffer text;         /* the words, each with a zero byte behind it */
    size_t *starts;          /* of word i in text; one more than there are words */
    uint32_t count, room;    /* words, and places in starts */
    uint32_t *slots, *marks; /* number + 1 (0: free), and 32 bits of the hash */
    uint32_t mask;
};

idc_words *idc_words_new(void)
{
    idc_words *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->mask = 1023;
    w->room = 512;
    w->slots = calloc((size_t)w->mask + 1, sizeof *w->slots);
    w->marks = malloc(((size_t)w->mask + 1) * sizeof *w->marks);
    w->starts = calloc((size_t)w->room + 1, sizeof *w->starts);
    if (!w->slots || !w->marks || !w->starts)
        idc_words_free(&w);
    return w;
}

void idc_words_free(idc_words **words)
{
    idc_words *w = *words;
    *words = NULL;
    if (!w)
        return;
    idc_buffer_free(&w->text);
    free(w->starts);
    free(w->slots);
    free(w->marks);
    free(w);
}

static uint32_t hash_of(const char *word, size_t length)
{
    uint64_t h = XXH3_64bits(word, length);
    return (uint32_t)(h ^ h >> 32);
}

/* The slot of a word, or the free one where it belongs. */
static uint32_t slot_of(const idc_words *w, const char *word, size_t length, uint32_t hash)
{
    uint32_t s = hash & w->mask;
    for (; w->slots[s]; s = (s + 1) & w->mask) {
        size_t start = w->starts[w->slots[s] - 1], end = w->starts[w->slots[s]];
        if (w->marks[s] == hash && end - start - 1 == length &&
            memcmp(w->text.data + start, word, length) == 0)
            break;
    }
    return s;
}

static bool grow(idc_words *w)
{
    uint32_t mask = w->mask * 2 + 1, room = w->room * 2;
    if (mask == UINT32_MAX)
        return false;
    uint32_t *slots = calloc((size_t)mask + 1, sizeof *slots);
    uint32_t *marks = malloc(((size_t)mask + 1) * sizeof *marks);
    size_t *starts = realloc(w->starts, ((size_t)room + 1) * sizeof *starts);
    if (starts)
        w->starts = starts;
    if (!slots || !marks || !starts) {
        free(slots);
        free(marks);
        return false;
    }
    for (uint32_t old = 0; old <= w->mask; old++)
        if (w->slots[old]) {
            uint32_t s = w->marks[old] & mask;
            while (slots[s])
                s = (s + 1) & mask;
            slots[s] = w->slots[old];
            marks[s] = w->marks[old];
        }
    free(w->slots);
    free(w->marks);
    w->slots = slots;
    w->marks = marks;
    w->mask = mask;
    w->room = room;
    return true;
}

uint32_t idc_words_add(idc_words *w, const char *word, size_t length)
{
    uint32_t hash = hash_of(word, length), s = slot_of(w, word, length, hash);
    if (w->slots[s])
        return w->slots[s] - 1;
    if (w->count == w->room) {
        if (!grow(w))
            return IDC_NO_WORD;
        s = slot_of(w, word, length, hash);
    }
    if (idc_buffer_reserve(&w->text, length + 1) < 0)
        return IDC_NO_WORD;
    idc_buffer_append(&w->text, word, length);
    idc_buffer_append(&w->text, "", 1);
    w->starts[++w->count] = w->text.size;
    w->slots[s] = w->count;
    w->marks[s] = hash;
    return w->count - 1;
}

uint32_t idc_words_find(const idc_words *w, const char *word, size_t length)
{
    uint32_t s = slot_of(w, word, length, hash_of(word, length));
    return w->slots[s] ? w->slots[s] - 1 : IDC_NO_WORD;
}

size_t idc_words_count(const idc_words *w)
{
    return w->count;
}

const char *idc_words_text(const idc_words *w, uint32_t id, size_t *length)
{
    if (length)
        *length = w->starts[id + 1] - w->starts[id] - 1;
    return (const char *)w->text.data + w->starts[id];
}

/* Bytes of the white space that text begins with: ASCII's, U+001C to U+001F, U+0085, and Unicode's spaces. */
static size_t blank_at(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return p[0] == ' ' || (p[0] >= 9 && p[0] <= 13) || (p[0] >= 0x1C && p[0] <= 0x1F);
    if (p[0] == 0xC2 && left >= 2)
        return p[1] == 0x85 || p[1] == 0xA0 ? 2 : 0;
    if (left < 3)
        return 0;
    bool blank =
        (p[0] == 0xE1 && p[1] == 0x9A && p[2] == 0x80) ||
        (p[0] == 0xE2 && p[1] == 0x80 &&
         ((p[2] >= 0x80 && p[2] <= 0x8A) || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF)) ||
        (p[0] == 0xE2 && p[1] == 0x81 && p[2] == 0x9F) ||
        (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80);
    return blank ? 3 : 0;
}

size_t idc_next_word(const char *text, size_t length, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = *at, n;
    while (i < length && (n = blank_at(p + i, length - i)) > 0)
        i += n;
    *at = i;
    while (i < length && !(p[i] <= ' ' || p[i] >= 0xC2 ? blank_at(p + i, length - i) : 0))
        i++;
    return i - *at;
}
