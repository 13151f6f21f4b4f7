/* words.h: words as small numbers, and sentences split into them.
 *
 *     idc_words *w = idc_words_new();
 *     uint32_t id = idc_words_add(w, "cube", 4);        // the same number each time
 *     idc_word_spans(text, length, …)                   // where the words of a sentence are
 *
 * Words are any bytes. Numbers count from 0 in order of appearance. Not thread-safe while words are added.
 */
#ifndef IDC_TEXT_WORDS_H
#define IDC_TEXT_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define IDC_NO_WORD UINT32_MAX

typedef struct idc_words idc_words;

idc_words *idc_words_new(void); /* NULL: no memory */
void idc_words_free(idc_words **w);
/* The number of a word, new or known; IDC_NO_WORD: no memory, or 2^32 − 1 words. */
uint32_t idc_words_add(idc_words *w, const char *word, size_t length);
/* The number of a known word, else IDC_NO_WORD. */
uint32_t idc_words_find(const idc_words *w, const char *word, size_t length);
size_t idc_words_count(const idc_words *w);
/* Ends with a zero byte; valid until the next word is added. */
const char *idc_words_text(const idc_words *w, uint32_t id, size_t *length);

/* The next word of text from *at on, split as Python's str.split() does: at runs of white space, that of Unicode
 * included. Returns its length and moves *at to its first byte; 0: none is left. */
size_t idc_next_word(const char *text, size_t length, size_t *at);

#endif
