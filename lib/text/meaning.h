/* meaning.h: what a sentence says of a change, as far as a file of word classes tells (word_classes.h), and whether two
 * sentences may speak of the same change.
 *
 *     idc_meaning m = idc_meaning_of(classes, &spoken);      // drop, object {color: red, shape: sphere}
 *     if (idc_meaning_fits(classes, &m, references, n)) …    // m may be true of the pair that the references speak of
 *
 * Synonyms have one meaning; what a sentence does not say of the object is left open. A sentence that no template fits has
 * no change; two such sentences mean the same when they are the same but for synonyms.
 */
#ifndef IDC_TEXT_MEANING_H
#define IDC_TEXT_MEANING_H

#include "text/word_classes.h"

enum { IDC_MOST_RELATIONS = 3 };

typedef struct idc_meaning {
    uint64_t canonical;            /* hash of the sentence with one word for each value */
    int8_t change;                 /* index in the classes' `change`; −1: cannot be read */
    int8_t filler_kind, filler;    /* class and value of {CLASS}; −1: none */
    int8_t slot[IDC_MOST_CLASSES]; /* the object's value of each class; −1: not said */
    int8_t relations;
    struct {
        int8_t kind, value, slot[IDC_MOST_CLASSES];
    } relation[IDC_MOST_RELATIONS];
} idc_meaning;

/* Where the parts of a sentence are: tokens [object, object + object_count) are the {object}. */
typedef struct idc_meaning_place {
    int template, object, object_count, filler; /* −1 where there is none */
} idc_meaning_place;

idc_meaning idc_meaning_of(const idc_word_classes *c, const idc_parsed *s);
/* The same, with the places; template −1: cannot be read. Of several templates that fit, the one that says the most itself. */
idc_meaning_place idc_meaning_places(const idc_word_classes *c, const idc_parsed *s);
/* Does it state that nothing has changed? */
bool idc_meaning_is_none(const idc_word_classes *c, const idc_meaning *m);
/* May the sentence be true of the pair of n references (indices into `all`)? Yes, when it equals one of them but for
 * synonyms, or states the same change with the same new value, nothing of the object that all of them contradict, and no
 * relation whose opposite to the same object one of them states. */
bool idc_meaning_fits(const idc_word_classes *c, const idc_meaning *m, const idc_meaning *all,
                      const uint32_t *references, size_t n);

#endif
