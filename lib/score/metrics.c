#include "score/metric.h"

#include <string.h>

const idc_metric *const idc_metrics[] = {&idc_metric_bleu, &idc_metric_meteor, &idc_metric_rouge_l,
                                         &idc_metric_cider, NULL};

int idc_metrics_named(const char *list, const idc_metric **chosen, int room, const char **unknown)
{
    int count = 0;
    for (int k = 0; !list && idc_metrics[k]; k++)
        chosen[count++] = idc_metrics[k];
    for (const char *p = list; p && *p;) {
        size_t n = strcspn(p, ",");
        int k = 0;
        while (idc_metrics[k] &&
               (strlen(idc_metrics[k]->name) != n || memcmp(idc_metrics[k]->name, p, n) != 0))
            k++;
        *unknown = p;
        if (!idc_metrics[k] || count == room)
            return -1;
        chosen[count++] = idc_metrics[k];
        p += n + (p[n] == ',');
    }
    return count;
}

void idc_metric_sum(const idc_metric *metric, const double *statistics, size_t items, double *sums)
{
    int n = metric->statistics;
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (size_t i = 0; i < items; i++)
        for (int k = 0; k < n; k++)
            sums[k] += statistics[i * (size_t)n + (size_t)k];
}
