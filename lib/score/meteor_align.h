/* meteor_align.h: which words of a hypothesis go with which of a reference: METEOR's matches and its search among them.
 *
 *     idc_meteor_aligner *a = idc_meteor_aligner_new(vocabulary, IDC_METEOR_ALL);      // one a thread
 *     idc_meteor_align(a, &hypothesis, &reference, statistics);                        // the 23 numbers
 *
 * Denkowski, Lavie, "Meteor universal: language specific translation evaluation for any target language", WMT 2014. Matches
 * are all pairs of words that are equal, have one stem, share a set of synonyms, and phrases that are paraphrases. A match
 * that no other touches is taken; among the rest a beam of 40 goes over the reference from left to right. Better is: more
 * words covered (an inexact match counts for the whole part of half its words), then fewer chunks, then a smaller sum of
 * the distances of starts. Among equals the order in which they were made decides, so that the result is METEOR 1.5's.
 */
#ifndef IDC_SCORE_METEOR_ALIGN_H
#define IDC_SCORE_METEOR_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of a word. Equality of words and stems is that of METEOR 1.5, by 32-bit hashes (Java's of strings). */
typedef struct idc_meteor_word {
    int32_t key, stem;
    uint32_t phrase_word;  /* its id in the paraphrase table */
    uint32_t first_synset; /* in vocabulary->synsets, sorted */
    uint32_t synset_count;
    uint64_t synset_bits; /* one of 64 bits for each set: no common bit, no common set */
    bool function;
} idc_meteor_word;

typedef struct idc_meteor_span {
    uint32_t start, length, phrase; /* phrase: in vocabulary->phrases */
} idc_meteor_span;

typedef struct idc_meteor_sentence {
    const uint32_t *words;        /* in vocabulary->words */
    const idc_meteor_span *spans; /* phrases with paraphrases, by start, then length */
    uint32_t count, span_count, function_count;
} idc_meteor_sentence;

typedef struct idc_meteor_phrase {
    uint32_t first_partner, partner_count; /* in vocabulary->partners */
    uint32_t first_word, length;           /* in vocabulary->phrase_words */
} idc_meteor_phrase;

/* What the sentences of a corpus need, made before the threads start. */
typedef struct idc_meteor_vocabulary {
    idc_meteor_word *words;
    uint32_t *synsets;
    idc_meteor_phrase *phrases;
    uint32_t *partners;     /* phrases, in the table's order */
    uint32_t *phrase_words; /* ids as in idc_meteor_word.phrase_word */
} idc_meteor_vocabulary;

enum { IDC_METEOR_STATISTICS = 23, IDC_METEOR_MODULES = 4 };

typedef struct idc_meteor_aligner idc_meteor_aligner;

idc_meteor_aligner *idc_meteor_aligner_new(const idc_meteor_vocabulary *v,
                                           int stages); /* NULL: no memory */
void idc_meteor_aligner_free(idc_meteor_aligner **a);
/* Lengths of both (2), their function words (2), then for exact, stem, synonym, paraphrase the matched content words of both,
 * function words of both (4 × 4), chunks, matched words of both. Of two sentences of more than 4 million pairs of words only the
 * first 2000 words are matched. 0 or IDC_E_MEMORY. */
int idc_meteor_align(idc_meteor_aligner *a, const idc_meteor_sentence *hypothesis,
                     const idc_meteor_sentence *reference,
                     double statistics[IDC_METEOR_STATISTICS]);

#endif
