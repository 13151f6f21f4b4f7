/* judge.h: what a table says beside the scores: intervals, tests of each system against the first, the spread over seeds.
 *
 *     idc_judging how = {.bootstrap = 1000, .samples = 1000, .seed = 1, .threads = 2, .compare = "bootstrap"};
 *     idc_judge(&judgement, &how, scores, systems, &err);
 */
#ifndef IDC_SCORE_JUDGE_H
#define IDC_SCORE_JUDGE_H

#include "score/resample.h"

typedef struct idc_judging {
    int64_t bootstrap, samples; /* resamples for intervals (0: none) and for tests */
    uint64_t seed;
    int threads;
    const char *compare; /* "bootstrap", "randomize"; NULL: no tests */
    bool seeds;          /* the systems are runs of one */
} idc_judging;

typedef struct idc_judgement {
    bool has_intervals, has_p, has_seeds;
    idc_interval intervals[IDC_MAX_SYSTEMS * IDC_MAX_SCORES]; /* by system, then column */
    double p[IDC_MAX_SYSTEMS *
             IDC_MAX_SCORES];               /* likewise, of all systems but the first; after Holm */
    idc_seed_summary seeds[IDC_MAX_SCORES]; /* by column */
} idc_judgement;

int idc_judge(idc_judgement *j, const idc_judging *how, const idc_scores *scores, int systems,
              idc_error *err);

#endif
