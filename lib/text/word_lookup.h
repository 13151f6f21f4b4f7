/* word_lookup.h: how the phrases of word classes are found. Private to word_classes.c and word_classes_file.c. */
#ifndef IDC_TEXT_WORD_LOOKUP_H
#define IDC_TEXT_WORD_LOOKUP_H

#include "text/word_classes.h"
#include "text/words.h"

enum { IDC_MOST_PHRASES = 4096, IDC_PHRASE_WORDS = 8, IDC_MOST_NOUNS = 32 };

typedef struct idc_word_phrase {
    int16_t kind, value;
    int count;
    uint32_t word[IDC_PHRASE_WORDS];
} idc_word_phrase;

struct idc_word_lookup {
    struct json_t *json; /* owns the strings of the classes */
    idc_words *words;
    idc_word_phrase *phrases; /* by their first words, the longer ones first */
    size_t count;
    uint32_t *first; /* of each word: the first phrase that begins with it; count: none */
    uint32_t nouns[IDC_MOST_NOUNS];
    int noun_count;
};

/* The sentence in lower case, its words and signs one blank apart, no full stop at its end; what does not fit is left out.
 * Returns its length. */
size_t idc_plain_words(const char *sentence, char *to, size_t room);

#endif
