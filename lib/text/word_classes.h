/* word_classes.h: the words of a domain that may stand for one another, and what its sentences say of a change.
 *
 *     idc_word_classes *c;
 *     idc_word_classes_open(&c, "clevr-change", &err);
 *     idc_parsed s;
 *     idc_word_classes_read(c, "The tiny red ball was moved.", &s);      // "the tiny red ball was moved", 6 tokens
 *     s.token[1].kind, .value                                            // size, small
 *     idc_word_classes_free(&c);
 *
 * The file is JSON:
 *     "classes": {"color": {"gray": ["gray", "grey"], …}, …}     a class, its values, the phrases that mean each
 *     "relations": ["direction"]                                 classes whose phrases lead on to another object
 *     "opposites": {"left": "right", …}                          values of relations that cannot both be true
 *     "nouns": ["thing", "object"]                               nouns that say nothing of the object
 *     "subjects": [["animal1", "animal2"], …]                    words that may change places
 *     "changes": {"none": ["nothing has changed", …], "move": ["the {object} has moved", …], …}
 *     "unchanged": ["no difference", …]                          a sentence with one of these states no change, too
 *     "exchanges": [["add", "drop"], …]                          changes that are each other's contrary
 * All but "classes" may be missing. A template of "changes" holds at most one {object} and at most one {CLASS}; "none" is
 * the name of no change. Fields of the structs below are for reading.
 */
#ifndef IDC_TEXT_WORD_CLASSES_H
#define IDC_TEXT_WORD_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    IDC_MOST_CLASSES = 16,
    IDC_MOST_VALUES = 100, /* of a class */
    IDC_MOST_CHANGES = 16, /* names in "changes" */
    IDC_MOST_TOKENS = 160, /* of a sentence */
    IDC_MOST_TEXT = 2048,  /* bytes of a sentence */
    IDC_MOST_PATTERN = 24  /* tokens of a template */
};

/* A word, or a phrase of a class. */
typedef struct idc_token {
    const char *text; /* in the sentence's text; not ended by a zero byte */
    uint16_t length;
    int16_t kind, value; /* class and value; −1: in no class */
    uint32_t
        word; /* of a word in no class: its number among the words of the file, or IDC_NO_WORD */
} idc_token;

typedef struct idc_parsed {
    char text
        [IDC_MOST_TEXT]; /* lower case, punctuation apart, single blanks, no full stop at its end */
    int count;
    idc_token token[IDC_MOST_TOKENS];
} idc_parsed;

typedef struct idc_word_value {
    const char *name;
    int opposite; /* value of the same class, or −1 */
    int count;
    const char **phrase;
} idc_word_value;

typedef struct idc_word_class {
    const char *name;
    bool relation;
    int count;
    idc_word_value *value;
} idc_word_class;

/* What stands in a template: a token of a sentence, or {object}, or {CLASS}. */
enum { IDC_PATTERN_OBJECT = -2, IDC_PATTERN_CLASS = -3 };
typedef struct idc_change_template {
    const char *text;
    int change;         /* index of its name */
    int object, filler; /* places of {object} and {CLASS} in the pattern, or −1 */
    int count;
    struct {
        int16_t kind, value; /* kind −1: an ordinary word; IDC_PATTERN_CLASS: value is the class */
        uint32_t word;
    } pattern[IDC_MOST_PATTERN];
} idc_change_template;

typedef struct idc_word_classes {
    int count, changes, subjects, unchanged;
    idc_word_class class[IDC_MOST_CLASSES];
    const char *change[IDC_MOST_CHANGES];
    int contrary[IDC_MOST_CHANGES]; /* index of a change, or −1 */
    int none;                       /* index of "none", or −1 */
    size_t templates;
    idc_change_template *template;
    const char *(*subject)[2];
    const char **unchanged_phrase;
    struct idc_word_lookup *lookup;
} idc_word_classes;

/* A path, or the name of a domain ("clevr-change", "birds") whose file lies with the programs. */
int idc_word_classes_open(idc_word_classes **c, const char *path, idc_error *err);
int idc_word_classes_parse(idc_word_classes **c, const char *bytes, size_t size, idc_error *err);
void idc_word_classes_free(idc_word_classes **c);

/* Splits a sentence; of two phrases that begin alike the longer one is taken. What lies past IDC_MOST_TEXT bytes or
 * IDC_MOST_TOKENS tokens is left out. `c` may be NULL: then no token is in a class. */
void idc_word_classes_read(const idc_word_classes *c, const char *sentence, idc_parsed *out);
/* Is the token one of "nouns"? */
bool idc_word_is_noun(const idc_word_classes *c, const idc_token *t);

#endif
