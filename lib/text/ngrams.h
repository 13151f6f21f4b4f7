/* ngrams.h: the n-grams of a sentence, and in how many documents each occurs.
 *
 *     size_t k = idc_grams(words, count, 2, grams);            // the distinct bigrams, by key, with their counts
 *     idc_frequency_document(&df), idc_frequency_add(&df, keys, idc_gram_keys(words, count, 2, keys));
 *     uint32_t n = idc_frequency_of(&df, grams[0].key);
 *
 * An n-gram is a 64-bit key mixed from its word numbers; two of ten million differing n-grams share a key with a
 * probability of 3 in a million.
 */
#ifndef IDC_TEXT_NGRAMS_H
#define IDC_TEXT_NGRAMS_H

#include <stddef.h>
#include <stdint.h>

enum { IDC_MAX_GRAM = 4 };

typedef struct idc_gram {
    uint64_t key;
    uint32_t count;
} idc_gram;

/* The key of n words that follow one another. */
uint64_t idc_gram_key(const uint32_t *words, int n);
/* grams: room for `count`. Returns how many distinct n-grams there are, sorted by key; 0 when count < n. O(count log count). */
size_t idc_grams(const uint32_t *words, size_t count, int n, idc_gram *grams);

/* Document frequencies: zero-initialised, then used; 16 bytes a slot, at most three quarters full. */
typedef struct idc_frequency_slot {
    uint64_t key;
    uint32_t documents, last; /* documents with it; the last of them, so that each counts once */
} idc_frequency_slot;
typedef struct idc_frequency {
    idc_frequency_slot *slots;
    size_t capacity, used;
    uint32_t documents; /* so far */
} idc_frequency;

/* The same in any order, which is quicker where no n-gram comes twice. */
size_t idc_grams_unsorted(const uint32_t *words, size_t count, int n, idc_gram *grams);
/* What of 256 bits the keys set: a key without its bit is not among them. */
typedef struct idc_gram_filter {
    uint64_t bits[4];
} idc_gram_filter;
idc_gram_filter idc_gram_filter_of(const idc_gram *grams, size_t count);
/* Place of a key among sorted n-grams, or −1. */
ptrdiff_t idc_gram_find(const idc_gram_filter *f, const idc_gram *grams, size_t count,
                        uint64_t key);
/* The keys alone, in order of appearance, with repetitions. Returns how many: count − n + 1, or 0. */
size_t idc_gram_keys(const uint32_t *words, size_t count, int n, uint64_t *keys);

/* Begins the next document. */
void idc_frequency_document(idc_frequency *f);
/* These n-grams occur in the document that was begun last, maybe several times. 0 or IDC_E_MEMORY. */
int idc_frequency_add(idc_frequency *f, const uint64_t *keys, size_t count);
/* Sets a frequency that a file says. */
int idc_frequency_set(idc_frequency *f, uint64_t key, uint32_t documents);
uint32_t idc_frequency_of(const idc_frequency *f, uint64_t key);
/* Asks the memory for a slot that will be needed soon. */
void idc_frequency_prefetch(const idc_frequency *f, uint64_t key);
/* Forgets all, keeps the memory. */
void idc_frequency_clear(idc_frequency *f);
void idc_frequency_free(idc_frequency *f);

#endif
