/* calibration.h: do probabilities say how often it is so?
 *
 *     idc_reliability r;
 *     idc_reliability_measure(&r, probability, truth, n);
 *     r.error                                  // 0.02: they are off by 2 of 100 in the mean
 *
 * Expected calibration error (Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
 * AAAI 2015) of the probability of a change over 15 bins of equal width: Σ_b n_b / n · |mean probability − share that changed|.
 */
#ifndef IDC_MODEL_CALIBRATION_H
#define IDC_MODEL_CALIBRATION_H

#include <stddef.h>

#define IDC_RELIABILITY_BINS 15

typedef struct idc_reliability_bin {
    size_t count;
    double probability, share; /* means; 0 in an empty bin */
} idc_reliability_bin;

typedef struct idc_reliability {
    double error; /* 0 … 1; 0 when n is 0 */
    idc_reliability_bin
        bin[IDC_RELIABILITY_BINS]; /* bin b: b/15 ≤ probability < (b + 1)/15, and 1 in the last */
} idc_reliability;

/* probability: 0 … 1; truth: 0 or 1 */
void idc_reliability_measure(idc_reliability *r, const double *probability, const int *truth,
                             size_t n);
/* The temperature that makes sigmoid(margin / temperature) fit the truth best (Guo et al. 2017): the smallest mean negative
 * log likelihood over 0.1 … 10, by golden section on its logarithm. 1 when there is nothing to fit. */
double idc_fit_temperature(const double *margin, const int *truth, size_t n);

#endif
