/* metric.h: what every metric is: statistics of an item that can be added up, and scores from their sum.
 *
 *     idc_measure m = {.corpus = c, .system = 0, .items = c->scored, .item_count = c->scored_count, .threads = 1};
 *     idc_metric_bleu.measure(&m, stats, &err);                 // item_count × statistics
 *     idc_metric_bleu.finish(stats, 1, values);                 // of the first item
 *     idc_metric_bleu.finish(sums, m.item_count, values);       // of all, from the sums over the items
 *
 * So one rule gives the score of an item, of a corpus, and of each of a thousand resamples. Adding a metric is one file
 * and one row in idc_metrics.
 */
#ifndef IDC_SCORE_METRIC_H
#define IDC_SCORE_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "score/corpus.h"
#include "text/ngrams.h"

enum { IDC_MAX_STATISTICS = 24, IDC_MAX_COLUMNS = 4 };

struct idc_meteor;

typedef struct idc_measure {
    const idc_corpus *corpus;
    int system;
    const uint32_t *items;
    size_t item_count;
    int threads;
    const idc_frequency
        *df; /* document frequencies from a file; NULL: of the references of `items` */
    const struct idc_meteor *meteor;
} idc_measure;

typedef struct idc_metric {
    const char *name; /* for --metrics */
    const char *columns[IDC_MAX_COLUMNS];
    int column_count;
    int statistics;     /* numbers an item leaves, ≤ IDC_MAX_STATISTICS */
    bool of_the_set;    /* an item's statistics depend on which other items there are */
    const char *source; /* who defined it */
    int (*measure)(const idc_measure *m, double *statistics, idc_error *err);
    /* sums: over `items` items. */
    void (*finish)(const double *sums, double items, double *values);
} idc_metric;

extern const idc_metric idc_metric_bleu, idc_metric_rouge_l, idc_metric_cider, idc_metric_meteor;

/* All of them, in the order of tables; ends with NULL. */
extern const idc_metric *const idc_metrics[];

/* "bleu,rouge" → these metrics, in the list's order; how many, or −1 with *unknown at a name that is none (or one too many). NULL: all. */
int idc_metrics_named(const char *list, const idc_metric **chosen, int room, const char **unknown);

/* Sums of the statistics over items, in a fixed order. */
void idc_metric_sum(const idc_metric *metric, const double *statistics, size_t items, double *sums);

/* Reads or writes document frequencies: a first line "# documents N", then "n-gram TAB documents" a line. Reading adds the
 * words to the corpus; writing counts the references of all its items. */
int idc_cider_read_df(idc_frequency *df, const char *path, idc_words *words, idc_error *err);
int idc_cider_write_df(const char *path, const idc_corpus *corpus, idc_error *err);

#endif
