/* calibration.c: see calibration.h. */
#include "model/calibration.h"

#include <math.h>
#include <string.h>

void idc_reliability_measure(idc_reliability *r, const double *probability, const int *truth,
                             size_t n)
{
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < n; i++) {
        int b = (int)(probability[i] * IDC_RELIABILITY_BINS);
        b = b < 0 ? 0 : b >= IDC_RELIABILITY_BINS ? IDC_RELIABILITY_BINS - 1 : b;
        r->bin[b].count++;
        r->bin[b].probability += probability[i];
        r->bin[b].share += truth[i] != 0;
    }
    for (int b = 0; b < IDC_RELIABILITY_BINS; b++) {
        idc_reliability_bin *k = &r->bin[b];
        if (k->count == 0)
            continue;
        r->error += fabs(k->probability - k->share) / (double)n;
        k->probability /= (double)k->count;
        k->share /= (double)k->count;
    }
}

static double mean_loss(const double *margin, const int *truth, size_t n, double log_temperature)
{
    double sum = 0, scale = exp(-log_temperature);
    for (size_t i = 0; i < n; i++) {
        double x = (truth[i] ? -1 : 1) * margin[i] * scale;
        sum += x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
    }
    return sum / (double)n;
}

double idc_fit_temperature(const double *margin, const int *truth, size_t n)
{
    const double golden = 0.6180339887498949;
    double low = log(0.1), high = log(10);
    if (n == 0)
        return 1;
    while (high - low > 1e-4) {
        double a = high - golden * (high - low), b = low + golden * (high - low);
        if (mean_loss(margin, truth, n, a) < mean_loss(margin, truth, n, b))
            high = b;
        else
            low = a;
    }
    return exp((low + high) / 2);
}
