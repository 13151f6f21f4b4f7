/* scores.h: a system's scores by several metrics, of the corpus, of its items and of any resample.
 *
 *     idc_scores s;
 *     idc_scores_measure(&s, metrics, 4, &measure, &err);
 *     s.overall[k], s.names[k]                                  // k < s.column_count
 *     idc_scores_item(&s, i, values);
 *     idc_scores_free(&s);
 */
#ifndef IDC_SCORE_SCORES_H
#define IDC_SCORE_SCORES_H

#include "score/metric.h"

enum { IDC_MAX_METRICS = 8, IDC_MAX_SCORES = 16 };

typedef struct idc_scores {
    const idc_metric *metrics[IDC_MAX_METRICS];
    const char
        *names[IDC_MAX_SCORES]; /* of the columns: "Bleu_1" …; METEOR by the stages that ran */
    double overall[IDC_MAX_SCORES];
    int metric_count, column_count;
    size_t item_count;
    double *statistics[IDC_MAX_METRICS]; /* item_count × metrics[m]->statistics */
} idc_scores;

int idc_scores_measure(idc_scores *s, const idc_metric *const *metrics, int metric_count,
                       const idc_measure *m, idc_error *err);
void idc_scores_free(idc_scores *s);
/* values: column_count. */
void idc_scores_item(const idc_scores *s, size_t item, double *values);
/* The scores of a resample that takes item i counts[i] times, n in all. */
void idc_scores_resample(const idc_scores *s, const uint32_t *counts, double n, double *values);
/* Column of a name, or −1. */
int idc_scores_column(const idc_scores *s, const char *name);
/* S*m of change captioning: the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D (Liu et al., "Remote sensing image change captioning
 * with dual-branch transformers", TGRS 2022). NaN when one of the four is missing or METEOR lacks stages. */
double idc_scores_mean_of_four(const idc_scores *s, const double *values);

#endif
