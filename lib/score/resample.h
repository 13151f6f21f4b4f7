/* resample.h: how sure a score is, and whether two systems differ.
 *
 *     idc_resampling r = {.samples = 1000, .seed = 1, .threads = 2};
 *     idc_bootstrap(&r, scores, systems, intervals, &err);                      // intervals[system · columns + column]
 *     idc_compare(&r, IDC_COMPARE_BOOTSTRAP, &scores[0], &scores[1], p, &err);  // p[column]
 *     idc_holm(p, n);
 *
 * Each sample draws from a generator of its own (seed, sample), so the numbers do not depend on the number of threads. CIDEr's
 * document frequencies stay those of the whole set; all other scores are worked out anew from each sample's summed statistics.
 */
#ifndef IDC_SCORE_RESAMPLE_H
#define IDC_SCORE_RESAMPLE_H

#include "score/scores.h"

typedef struct idc_resampling {
    int64_t samples; /* ≥ 1 */
    uint64_t seed;
    int threads;
} idc_resampling;

typedef struct idc_interval {
    double low, high;
} idc_interval;

enum { IDC_COMPARE_BOOTSTRAP, IDC_COMPARE_RANDOMIZE };

/* Percentile intervals at 95 % (Efron, Tibshirani, "An introduction to the bootstrap", 1993, chapter 13): items drawn with
 * replacement, the same for every system. The systems have the same items and columns. */
int idc_bootstrap(const idc_resampling *r, const idc_scores *scores, int systems,
                  idc_interval *intervals, idc_error *err);
/* Two-sided p values of "a and b are equally good", by column.
 * Bootstrap: paired (Koehn, "Statistical significance tests for machine translation evaluation", EMNLP 2004), with the
 * differences shifted to mean 0 (Efron, Tibshirani 1993, chapter 16). Randomize: approximate randomisation, outputs of an item
 * exchanged with probability 1/2 (Noreen 1989; Riezler, Maxwell 2005). p = (samples at least as far out + 1) / (samples + 1). */
int idc_compare(const idc_resampling *r, int how, const idc_scores *a, const idc_scores *b,
                double *p, idc_error *err);
/* Adjusts n p values for being looked at together (Holm, "A simple sequentially rejective multiple test procedure", 1979). */
void idc_holm(double *p, int n);

typedef struct idc_seed_summary {
    double mean, sd, low,
        high; /* sd over n − 1; Student's interval at 95 % for the mean; NaN of one value */
} idc_seed_summary;
/* Of n runs that differ by their seed. */
idc_seed_summary idc_summarise_seeds(const double *values, int n);

#endif
