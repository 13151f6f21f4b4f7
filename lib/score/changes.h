/* changes.h: what matters in change captioning beside the words: scores by type of change, whether a change was seen, and
 * whether what is said of it is right.
 *
 *     idc_changes x;
 *     idc_changes_measure(&x, &input, &err);
 *     x.groups[0].name, x.groups[0].values …
 *
 * Types come with the items ("color", "move", … and "none", also "nonsemantic", "nochange" or "no_change", for no change).
 * Groups: each type, "changed" (all but none) and "total". CIDEr's document frequencies are counted anew in each group, as
 * the published tables by type have it, so a group's CIDEr is no part of the total's.
 */
#ifndef IDC_SCORE_CHANGES_H
#define IDC_SCORE_CHANGES_H

#include "score/grammar.h"
#include "score/scores.h"

enum { IDC_MAX_GROUPS = 34 };

typedef struct idc_change_group {
    const char *name;
    size_t items;
    double values[IDC_MAX_SCORES];
} idc_change_group;

/* right: the sentence states what the references state; asked: items whose references all state it. */
typedef struct idc_slot_score {
    const char *name;
    size_t right, asked;
} idc_slot_score;

typedef struct idc_changes {
    idc_change_group groups[IDC_MAX_GROUPS];
    int group_count;
    bool with_sentences; /* a grammar was given: what follows is filled */
    /* pairs by what is so and what is said: [changed][says a change] */
    size_t confusion[2][2],
        unread; /* unread: sentences that the grammar does not know, counted as saying a change */
    double precision, recall,
        hallucination; /* of "a change"; hallucination: changes stated of unchanged pairs, share */
    idc_slot_score slots[IDC_GRAMMAR_SLOTS + 2];
    int slot_count;
} idc_changes;

typedef struct idc_changes_input {
    const idc_measure *measure;
    const idc_scores *scores;   /* of the measure's items */
    const char *const *types;   /* by item of the corpus; NULL: unknown. NULL: no types at all */
    const idc_grammar *grammar; /* NULL: none */
} idc_changes_input;

int idc_changes_measure(idc_changes *x, const idc_changes_input *input, idc_error *err);
/* True for the names of "no change". */
bool idc_type_is_none(const char *type);

#endif
