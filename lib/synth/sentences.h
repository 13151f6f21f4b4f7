/* sentences.h: English for a change between two views.
 *
 *     idc_sentences s;
 *     idc_sentences_change(&s, IDC_COLOR, &before, &after, index, &r);   // s.text[0] is the canonical one
 *     idc_sentences_none(&s, &r);
 *
 * Lower case, no punctuation. The object is named by its attributes, in the order size, color, material, shape, and by
 * where it stands or what it shares with another object; each phrase is checked to fit exactly one object of the view in
 * which it is said (the first view; the second for an object that was added). Relations hold along the ground axes of
 * that view's camera by more than 0.2.
 */
#ifndef IDC_SYNTH_SENTENCES_H
#define IDC_SYNTH_SENTENCES_H

#include "synth/scene.h"

#define IDC_MAX_SENTENCES 10
#define IDC_MIN_VARIED 6
#define IDC_MAX_VARIED 9
#define IDC_SENTENCE_SIZE 400

typedef struct idc_sentences {
    int count;
    int plain_fits; /* does the canonical sentence, all four attributes, fit one object alone? */
    char text[IDC_MAX_SENTENCES][IDC_SENTENCE_SIZE];
} idc_sentences;

/* text[0]: the canonical sentence, all four attributes in the plainest words; then 6 to 9 different varied ones.
 * −1 when fewer than 6 were found: draw another scene. */
int idc_sentences_change(idc_sentences *s, int type, const idc_view view[2], const int index[2],
                         idc_random *r);
/* "there is no change", then 5 to 8 others that say the same. */
void idc_sentences_none(idc_sentences *s, idc_random *r);

/* Does t hold: does a stand left of, right of, behind or in front of b, seen from the camera? */
enum { IDC_LEFT, IDC_RIGHT, IDC_BEHIND, IDC_FRONT, IDC_RELATIONS };
int idc_related(const idc_solid *a, const idc_solid *b, int relation, const double camera[3]);

#endif
