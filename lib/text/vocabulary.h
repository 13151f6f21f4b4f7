/* vocabulary.h: words and their numbers. Specials come first: <PAD> 0, <BOS> 1, <EOS> 2, <UNK> 3, <CLS> 4, <MASK> 5. */
#ifndef IDC_TEXT_VOCABULARY_H
#define IDC_TEXT_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { IDC_PAD, IDC_BOS, IDC_EOS, IDC_UNK, IDC_CLS, IDC_MASK, IDC_SPECIALS };

typedef struct idc_vocabulary idc_vocabulary;

/* n words, specials included, in the order of their ids. Refuses a word twice, an empty word, a space in a word, other specials. */
int idc_vocabulary_new(idc_vocabulary **v, const char *const *words, size_t n, idc_error *err);
/* From sentences: the specials, then every word that occurs at least `threshold` times, sorted bytewise. */
int idc_vocabulary_build(idc_vocabulary **v, const char *const *sentences, size_t n, int threshold,
                         idc_error *err);
void idc_vocabulary_free(idc_vocabulary **v);
size_t idc_vocabulary_size(const idc_vocabulary *v);
const char *idc_vocabulary_word(const idc_vocabulary *v, int id);
int idc_vocabulary_id(const idc_vocabulary *v, const char *word,
                      size_t length); /* <UNK> for others */

/* BOS + words + EOS, padded with PAD to max_length; more than max_length − 3 words are cut. Splits at white space,
 * lower-cases ASCII, drops . and ?, makes , and ; words of their own (as CLEVR-Change's own tools do).
 * Returns the number of tokens with BOS and EOS. */
int idc_vocabulary_encode(const idc_vocabulary *v, const char *sentence, int32_t *ids,
                          int max_length);
/* The next word of *sentence that the vocabulary lacks, as encode splits it, into word (cut to size − 1 bytes); *sentence moves
 * behind it. False: there is none. */
bool idc_vocabulary_next_unknown(const idc_vocabulary *v, const char **sentence, char *word,
                                 size_t size);
/* Words up to the first EOS, joined by single spaces, BOS and PAD left out (malloc'ed). */
char *idc_vocabulary_decode(const idc_vocabulary *v, const int32_t *ids, int n);

#endif
