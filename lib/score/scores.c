#include "score/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "score/meteor.h"

int idc_scores_measure(idc_scores *s, const idc_metric *const *metrics, int metric_count,
                       const idc_measure *m, idc_error *err)
{
    *s = (idc_scores){.metric_count = metric_count, .item_count = m->item_count};
    int rc = 0;
    for (int k = 0; rc == 0 && k < metric_count; k++) {
        const idc_metric *metric = s->metrics[k] = metrics[k];
        double sums[IDC_MAX_STATISTICS];
        size_t bytes;
        if (idc_mul_size(&bytes, m->item_count + 1, (size_t)metric->statistics * sizeof(double)) <
                0 ||
            !(s->statistics[k] = malloc(bytes)))
            rc = idc_fail(err, IDC_E_MEMORY, "no memory for the statistics of %zu items",
                          m->item_count);
        else
            rc = metric->measure(m, s->statistics[k], err);
        if (rc < 0)
            break;
        idc_metric_sum(metric, s->statistics[k], m->item_count, sums);
        metric->finish(sums, (double)m->item_count, s->overall + s->column_count);
        for (int c = 0; c < metric->column_count; c++)
            s->names[s->column_count++] =
                metric == &idc_metric_meteor ? idc_meteor_name(m->meteor) : metric->columns[c];
    }
    if (rc < 0)
        idc_scores_free(s);
    return rc;
}

void idc_scores_free(idc_scores *s)
{
    for (int k = 0; k < IDC_MAX_METRICS; k++) {
        free(s->statistics[k]);
        s->statistics[k] = NULL;
    }
}

void idc_scores_item(const idc_scores *s, size_t item, double *values)
{
    for (int k = 0; k < s->metric_count; k++) {
        const idc_metric *metric = s->metrics[k];
        metric->finish(s->statistics[k] + item * (size_t)metric->statistics, 1, values);
        values += metric->column_count;
    }
}

void idc_scores_resample(const idc_scores *s, const uint32_t *counts, double n, double *values)
{
    for (int k = 0; k < s->metric_count; k++) {
        const idc_metric *metric = s->metrics[k];
        double sums[IDC_MAX_STATISTICS] = {0};
        size_t width = (size_t)metric->statistics;
        const double *row = s->statistics[k];
        for (size_t i = 0; i < s->item_count; i++, row += width)
            if (counts[i])
                for (size_t c = 0; c < width; c++)
                    sums[c] += counts[i] * row[c];
        metric->finish(sums, n, values);
        values += metric->column_count;
    }
}

int idc_scores_column(const idc_scores *s, const char *name)
{
    for (int c = 0; c < s->column_count; c++)
        if (strcmp(s->names[c], name) == 0)
            return c;
    return -1;
}

double idc_scores_mean_of_four(const idc_scores *s, const double *values)
{
    static const char *const names[] = {"Bleu_4", "METEOR", "ROUGE_L", "CIDEr_D"};
    double sum = 0;
    for (int k = 0; k < 4; k++) {
        int c = idc_scores_column(s, names[k]);
        sum += c < 0 ? NAN : values[c];
    }
    return sum / 4;
}
