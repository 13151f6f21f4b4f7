#include "score/metric.h"

#include <string.h>

const idc_metric *const idc_metrics[] = {&idc_metric_bleu, &idc_metric_meteor, &idc_metric_rouge_l,
                                         &idc_metric_cider, NULL};

void idc_metric_sum(const idc_metric *metric, const double *statistics, size_t items, double *sums)
{
    int n = metric->statistics;
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (size_t i = 0; i < items; i++)
        for (int k = 0; k < n; k++)
            sums[k] += statistics[i * (size_t)n + (size_t)k];
}
