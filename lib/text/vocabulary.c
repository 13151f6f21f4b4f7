/* vocabulary.c: an array of words with an open-addressing index over it, and the splitting of
 * sentences. */
#include "text/vocabulary.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAX_WORD 255 /* bytes; a longer word of a sentence is cut there, so it is unknown */
#define MAX_WORDS 1000000

struct idc_vocabulary {
    char **words;
    size_t n, capacity;
    int32_t *slots; /* id + 1, or 0 for a free slot */
    size_t n_slots; /* a power of two ≥ 2 capacity */
};

static const char *const specials[IDC_SPECIALS] = {"<PAD>", "<BOS>", "<EOS>",
                                                   "<UNK>", "<CLS>", "<MASK>"};

/* The slot of the word, or the free slot where it belongs. */
static size_t slot_of(const idc_vocabulary *v, const char *word, size_t length)
{
    size_t i = (size_t)XXH3_64bits(word, length) & (v->n_slots - 1);
    while (v->slots[i] != 0) {
        const char *w = v->words[v->slots[i] - 1];
        if (strlen(w) == length && memcmp(w, word, length) == 0)
            break;
        i = (i + 1) & (v->n_slots - 1);
    }
    return i;
}

static idc_vocabulary *allocate(size_t capacity)
{
    idc_vocabulary *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->capacity = capacity;
    v->n_slots = 16;
    while (v->n_slots < 2 * capacity)
        v->n_slots *= 2;
    v->words = calloc(capacity, sizeof *v->words);
    v->slots = calloc(v->n_slots, sizeof *v->slots);
    if (!v->words || !v->slots)
        idc_vocabulary_free(&v);
    return v;
}

static int check_word(const char *word, size_t id, idc_error *err)
{
    if (id < IDC_SPECIALS && strcmp(word, specials[id]) != 0)
        return idc_fail(err, IDC_E_INVALID, "vocabulary: word %zu is '%s', not %s", id, word,
                        specials[id]);
    if (word[0] == '\0')
        return idc_fail(err, IDC_E_INVALID, "vocabulary: word %zu is empty", id);
    if (strlen(word) > MAX_WORD)
        return idc_fail(err, IDC_E_RANGE, "vocabulary: word %zu is longer than %d bytes", id,
                        MAX_WORD);
    if (strpbrk(word, " \t\r\n\v\f"))
        return idc_fail(err, IDC_E_INVALID, "vocabulary: word %zu, '%s', has a space in it", id,
                        word);
    return 0;
}

static int append(idc_vocabulary *v, const char *word, idc_error *err)
{
    size_t length = strlen(word), slot = slot_of(v, word, length);
    if (v->slots[slot] != 0)
        return idc_fail(err, IDC_E_INVALID, "vocabulary: '%s' is word %d and word %zu", word,
                        v->slots[slot] - 1, v->n);
    char *copy = malloc(length + 1);
    if (!copy)
        return idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory");
    memcpy(copy, word, length + 1);
    v->words[v->n++] = copy;
    v->slots[slot] = (int32_t)v->n;
    return 0;
}

int idc_vocabulary_new(idc_vocabulary **out, const char *const *words, size_t n, idc_error *err)
{
    *out = NULL;
    if (n < IDC_SPECIALS || n > MAX_WORDS)
        return idc_fail(err, IDC_E_RANGE, "vocabulary: %zu words, expected %d to %d", n,
                        (int)IDC_SPECIALS, MAX_WORDS);
    idc_vocabulary *v = allocate(n);
    if (!v)
        return idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory for %zu words", n);
    for (size_t i = 0; i < n; i++) {
        int rc = check_word(words[i], i, err);
        if (rc == 0)
            rc = append(v, words[i], err);
        if (rc < 0) {
            idc_vocabulary_free(&v);
            return rc;
        }
    }
    *out = v;
    return 0;
}

void idc_vocabulary_free(idc_vocabulary **out)
{
    idc_vocabulary *v = *out;
    if (!v)
        return;
    for (size_t i = 0; v->words && i < v->n; i++)
        free(v->words[i]);
    free(v->words);
    free(v->slots);
    free(v);
    *out = NULL;
}

size_t idc_vocabulary_size(const idc_vocabulary *v)
{
    return v->n;
}

const char *idc_vocabulary_word(const idc_vocabulary *v, int id)
{
    return id >= 0 && (size_t)id < v->n ? v->words[id] : specials[IDC_UNK];
}

int idc_vocabulary_id(const idc_vocabulary *v, const char *word, size_t length)
{
    int32_t id = v->slots[slot_of(v, word, length)];
    return id != 0 ? id - 1 : IDC_UNK;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_separator(char c)
{
    return c == ',' || c == ';';
}

/* The next word of *s, lower-cased and without . and ?, into word[MAX_WORD + 1]. Returns its
 * length, 0 at the end. */
static size_t next_word(const char **s, char *word)
{
    size_t n = 0;
    const char *p = *s;
    for (; *p; p++) {
        if (is_separator(*p)) {
            if (n == 0)
                word[n++] = *p++;
            break;
        }
        if (is_space(*p)) {
            if (n > 0)
                break;
        } else if (*p != '.' && *p != '?' && n < MAX_WORD) {
            word[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        }
    }
    word[n] = '\0';
    *s = p;
    return n;
}

int idc_vocabulary_encode(const idc_vocabulary *v, const char *sentence, int32_t *ids,
                          int max_length)
{
    char word[MAX_WORD + 1];
    int n = 0;
    ids[n++] = IDC_BOS;
    for (size_t length; n < max_length - 2 && (length = next_word(&sentence, word)) > 0;)
        ids[n++] = idc_vocabulary_id(v, word, length);
    ids[n++] = IDC_EOS;
    for (int i = n; i < max_length; i++)
        ids[i] = IDC_PAD;
    return n;
}

bool idc_vocabulary_next_unknown(const idc_vocabulary *v, const char **sentence, char *word,
                                 size_t size)
{
    char next[MAX_WORD + 1];
    for (size_t length; (length = next_word(sentence, next)) > 0;) {
        if (v->slots[slot_of(v, next, length)] != 0)
            continue;
        size_t n = length < size - 1 ? length : size - 1;
        memcpy(word, next, n);
        word[n] = '\0';
        return true;
    }
    return false;
}

char *idc_vocabulary_decode(const idc_vocabulary *v, const int32_t *ids, int n)
{
    size_t bytes = 1;
    int end = 0;
    for (; end < n && ids[end] != IDC_EOS; end++)
        bytes += strlen(idc_vocabulary_word(v, ids[end])) + 1;
    char *text = malloc(bytes), *p = text;
    if (!text)
        return NULL;
    for (int i = 0; i < end; i++) {
        if (ids[i] == IDC_BOS || ids[i] == IDC_PAD)
            continue;
        const char *word = idc_vocabulary_word(v, ids[i]);
        size_t length = strlen(word);
        if (p > text)
            *p++ = ' ';
        memcpy(p, word, length);
        p += length;
    }
    *p = '\0';
    return text;
}

/* ---- building one from sentences ---- */

typedef struct counted {
    const char *word;
    int count;
} counted;

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const counted *)a)->word, ((const counted *)b)->word);
}

static idc_vocabulary *grown(idc_vocabulary *v)
{
    idc_vocabulary *bigger = allocate(2 * v->capacity);
    if (!bigger)
        return NULL;
    for (size_t i = 0; i < v->n; i++) {
        bigger->words[i] = v->words[i];
        bigger->slots[slot_of(bigger, v->words[i], strlen(v->words[i]))] = (int32_t)i + 1;
        bigger->n = i + 1;
    }
    v->n = 0; /* the words have moved */
    idc_vocabulary_free(&v);
    return bigger;
}

/* Adds one to the count of the word, which *set may be replaced to hold. */
static int count_word(idc_vocabulary **set, counted **counts, const char *word, idc_error *err)
{
    idc_vocabulary *v = *set;
    int32_t id = v->slots[slot_of(v, word, strlen(word))];
    if (id == 0) {
        if (v->n == v->capacity) {
            idc_vocabulary *bigger = v->n < MAX_WORDS ? grown(v) : NULL;
            if (!bigger)
                return idc_fail(err, IDC_E_MEMORY, "vocabulary: too many words");
            *set = v = bigger;
            counted *more = realloc(*counts, v->capacity * sizeof *more);
            if (!more)
                return idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory");
            *counts = more;
        }
        int rc = append(v, word, err);
        if (rc < 0)
            return rc;
        id = (int32_t)v->n;
        (*counts)[id - 1] = (counted){v->words[id - 1], 0};
    }
    (*counts)[id - 1].count++;
    return 0;
}

static int from_counts(idc_vocabulary **out, counted *counts, size_t n, int threshold,
                       idc_error *err)
{
    const char **words = malloc((n + IDC_SPECIALS) * sizeof *words);
    if (!words)
        return idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory");
    qsort(counts, n, sizeof *counts, by_bytes);
    size_t kept = IDC_SPECIALS;
    memcpy(words, specials, sizeof specials);
    for (size_t i = 0; i < n; i++)
        if (counts[i].count >= threshold)
            words[kept++] = counts[i].word;
    int rc = idc_vocabulary_new(out, words, kept, err);
    free(words);
    return rc;
}

int idc_vocabulary_build(idc_vocabulary **out, const char *const *sentences, size_t n,
                         int threshold, idc_error *err)
{
    *out = NULL;
    idc_vocabulary *set = allocate(256);
    counted *counts = malloc(256 * sizeof *counts);
    int rc = set && counts ? 0 : idc_fail(err, IDC_E_MEMORY, "vocabulary: no memory");
    for (size_t i = 0; rc == 0 && i < n; i++) {
        char word[MAX_WORD + 1];
        const char *s = sentences[i];
        while (rc == 0 && next_word(&s, word) > 0)
            rc = count_word(&set, &counts, word, err);
    }
    if (rc == 0)
        rc = from_counts(out, counts, set->n, threshold, err);
    free(counts);
    if (set)
        idc_vocabulary_free(&set);
    return rc;
}
