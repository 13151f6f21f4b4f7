/* meteor_match.h: all pairs of words and phrases of two sentences that METEOR may align. For meteor_align.c. */
#ifndef IDC_SCORE_METEOR_MATCH_H
#define IDC_SCORE_METEOR_MATCH_H

#include "score/meteor_align.h"

typedef struct idc_meteor_match {
    int module;                    /* 0 equal, 1 stem, 2 synonym, 3 paraphrase */
    int start, length;             /* in the reference */
    int other_start, other_length; /* in the hypothesis */
} idc_meteor_match;

typedef struct idc_meteor_matches {
    const idc_meteor_vocabulary *v;
    int stages;
    idc_meteor_match *found,
        *matches; /* in order of finding; sorted by start, else in that order */
    size_t count, room;
    uint32_t *first;             /* of word j: matches[first[j] … first[j + 1] − 1] */
    uint32_t *cover_h, *cover_r; /* matches over a word of the hypothesis, of the reference */
    size_t words_room;
    int hypothesis_count, reference_count; /* words that are matched */
    bool failed;
} idc_meteor_matches;

/* v and stages are set, the rest is zero before the first call. 0 or IDC_E_MEMORY. */
int idc_meteor_find_matches(idc_meteor_matches *m, const idc_meteor_sentence *hypothesis,
                            const idc_meteor_sentence *reference);
void idc_meteor_matches_free(idc_meteor_matches *m);

#endif
