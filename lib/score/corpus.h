/* corpus.h: what is scored: items, their references, and the hypotheses of one or more systems.
 *
 *     idc_corpus *c = idc_corpus_new();
 *     idc_corpus_add_reference(c, id, text, &err);              // in any order
 *     idc_corpus_add_hypothesis(c, 0, id, text, &err);          // of system 0
 *     idc_corpus_close(c, IDC_TOKENIZE_PTB, &err);              // tokenised, split, ready
 *     for (size_t i = 0; i < c->scored_count; i++) … c->scored[i] …
 *
 * Items keep the order in which their references (then hypotheses) came. An id twice in one system: the last sentence
 * counts, and `repeated` says how often that was. Scored are items with at least one reference and a sentence of every
 * system; the others are counted in `unreferenced` and `missing`, never silently scored as 0. An empty sentence is a
 * sentence: it counts in every mean.
 */
#ifndef IDC_SCORE_CORPUS_H
#define IDC_SCORE_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/words.h"

enum { IDC_MAX_SYSTEMS = 64 };

typedef enum idc_tokenize { IDC_TOKENIZE_NONE, IDC_TOKENIZE_PTB } idc_tokenize;

/* words: split at runs of white space. blanks: split at every single blank, so that two blanks hold an empty word and an
 * empty sentence is one empty word (only ROUGE-L asks for them); nearly always the same list. */
typedef struct idc_sentence {
    const char *text; /* tokenised; ends with a zero byte */
    const uint32_t *words, *blanks;
    uint32_t length, word_count, blank_count;
} idc_sentence;

typedef struct idc_item {
    const char *id;
    uint32_t first_reference, reference_count; /* in corpus->references */
} idc_item;

typedef struct idc_corpus {
    idc_item *items;
    size_t item_count;
    idc_sentence *references;
    size_t reference_count;
    idc_sentence *hypotheses[IDC_MAX_SYSTEMS]; /* by item; text NULL: none */
    int system_count;
    uint32_t *scored; /* items */
    size_t scored_count;
    size_t repeated, unreferenced,
        missing; /* see above; missing: items without a sentence of some system */
    const char *an_unreferenced, *a_missing, *a_repeated; /* one id of each, for a message */
    idc_words *words;
    idc_tokenize tokenize;
    struct idc_corpus_raw *raw; /* private: sentences as they came */
} idc_corpus;

idc_corpus *idc_corpus_new(void); /* NULL: no memory */
void idc_corpus_free(idc_corpus **c);
/* Texts are any bytes; line feeds in them become blanks. */
int idc_corpus_add_reference(idc_corpus *c, const char *id, const char *text, size_t length,
                             idc_error *err);
int idc_corpus_add_hypothesis(idc_corpus *c, int system, const char *id, const char *text,
                              size_t length, idc_error *err);
/* True when some sentence holds a capital letter, or a punctuation mark at a word's end or by itself, which a tokenised text
 * does not: the sentences are as people wrote them. Before idc_corpus_close. */
bool idc_corpus_looks_raw(const idc_corpus *c);
/* No more sentences after this. Fails when no item can be scored. */
int idc_corpus_close(idc_corpus *c, idc_tokenize tokenize, idc_error *err);

#endif
