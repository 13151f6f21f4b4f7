/* meteor_prepare.h: the sentences of a corpus as METEOR's aligner wants them: words normalised and numbered, with their stems,
 * synonyms and paraphrases looked up once. For meteor.c. */
#ifndef IDC_SCORE_METEOR_PREPARE_H
#define IDC_SCORE_METEOR_PREPARE_H

#include "score/meteor.h"
#include "score/meteor_align.h"
#include "score/metric.h"

typedef struct idc_meteor_prepared {
    idc_meteor_vocabulary vocabulary;
    idc_meteor_sentence *hypotheses; /* by item of the measure */
    idc_meteor_sentence *references; /* the references of these items, one after the other */
    size_t *first_reference;         /* of item i in references */
    uint32_t *words;                 /* memory of the sentences */
    idc_meteor_span *spans;
} idc_meteor_prepared;

/* Paraphrases are kept only between phrases that both occur in these sentences. */
int idc_meteor_prepare(idc_meteor_prepared *p, const idc_measure *m, idc_error *err);
void idc_meteor_prepared_free(idc_meteor_prepared *p);

#endif
