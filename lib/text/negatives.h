/* negatives.h: hard negatives: sentences that are nearly right of a pair of pictures, and false (Yao, Wang, Jin, "Image
 * Difference Captioning with Pre-training and Contrastive Learning", AAAI 2022, section 3.3 names the three ways).
 *
 *     idc_negatives_corpus corpus = {sentences, groups, count};           // a group: the sentences of one pair
 *     idc_negatives *n;
 *     idc_recipe recipe;
 *     idc_negatives_new(&n, &corpus, classes, &err);
 *     idc_recipe_parse(&recipe, "R2P2C2", &err);
 *     idc_negatives_ask ask = {.group = 7, .sentence = text, .seed = seed};
 *     idc_negative_set set = {0};
 *     idc_negatives_draw(n, &recipe, &ask, &set, &err);                   // set.text[0 … set.count)
 *     idc_negative_set_clear(&set);
 *     idc_negatives_free(&n);
 *
 * Ways (a letter and a number each, in the recipe's order):
 *     R  retrieve: the sentences of other groups nearest to the sentence by TF-IDF (tfidf.h)
 *     P  replace: the sentence with one to three words (or its predicate) exchanged for others of their class
 *     C  confuse: its words kept, its meaning wrong: subjects or the two objects change places, or the change becomes another
 * Where a way finds nothing the next does: C, P, R. No negative is in the group, none comes twice, none may be true of the group
 * (meaning.h). A group that states no change gets sentences that state one; another group's last negative, when it gets two
 * or more, is a sentence that states no change. The same seed gives the same negatives.
 */
#ifndef IDC_TEXT_NEGATIVES_H
#define IDC_TEXT_NEGATIVES_H

#include "text/word_classes.h"

enum { IDC_MOST_NEGATIVES = 64 };

typedef struct idc_recipe {
    int count;                    /* of negatives: K */
    char way[IDC_MOST_NEGATIVES]; /* R, P or C */
} idc_recipe;
/* IDC_E_INVALID, IDC_E_RANGE (more than IDC_MOST_NEGATIVES, or none). */
int idc_recipe_parse(idc_recipe *recipe, const char *text, idc_error *err);

typedef struct idc_negatives_corpus {
    const char *const *sentences;
    const uint32_t *groups; /* numbers from 0; one group for each sentence */
    size_t count;
} idc_negatives_corpus;

typedef struct idc_negatives idc_negatives;

/* The corpus may go afterwards, the classes must stay; classes may be NULL (retrieve only). Memory about 250 bytes a
 * sentence; time linear. IDC_E_INVALID: an empty sentence (named by its number). */
int idc_negatives_new(idc_negatives **n, const idc_negatives_corpus *corpus,
                      const idc_word_classes *classes, idc_error *err);
void idc_negatives_free(idc_negatives **n);
/* Does the group state no change (more than half of its sentences do)? */
bool idc_negatives_unchanged(const idc_negatives *n, uint32_t group);

typedef struct idc_negatives_ask {
    uint32_t group;
    const char *sentence; /* a true one: what the negatives shall be near to */
    uint64_t seed;
    const char *name; /* of the group, for messages; NULL: its number */
} idc_negatives_ask;

typedef struct idc_negative_set {
    int count;
    char *text[IDC_MOST_NEGATIVES]; /* lower case, single blanks; owned */
    char way
        [IDC_MOST_NEGATIVES]; /* how it came about: R, P, C, or N for the sentence of no change */
} idc_negative_set;

/* Replaces what is in out (zeroed before its first use). IDC_E_RANGE when the corpus gives fewer than the recipe wants. One thread
 * at a time. */
int idc_negatives_draw(idc_negatives *n, const idc_recipe *recipe, const idc_negatives_ask *ask,
                       idc_negative_set *out, idc_error *err);
void idc_negative_set_clear(idc_negative_set *set);

#endif
