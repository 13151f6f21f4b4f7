/* negative_source.h: where the false sentences of task fda come from: made from the sentences of the data (text/negatives.h), or
 * read ready-made from a file.
 *
 *     idc_negative_source *n;
 *     idc_negative_source_new(&n, &(idc_negative_options){.data = data, .vocabulary = v, .settings = s, …}, &err);
 *     idc_negative_source_draw(n, &query, ids, &err);          // [K,length]
 *     idc_negative_source_free(&n);
 *
 * Pairs whose plain sentences are the same say the same: none of their sentences is a negative of another.
 *
 * A file has one JSON object a line; other fields are passed over:
 *     {"sentences": ["the red cube moved", …], "neg_samples": ["the blue cube moved", …]}
 * "description" may stand for "sentences", a list of words for a sentence. A pair finds its line by its sentence; of several
 * lines with that sentence one is drawn.
 */
#ifndef IDC_MODEL_NEGATIVE_SOURCE_H
#define IDC_MODEL_NEGATIVE_SOURCE_H

#include "model/data.h"
#include "model/train_settings.h"

typedef struct idc_negative_source idc_negative_source;

typedef struct idc_negative_options {
    const idc_dataset *data; /* and vocabulary, settings: outlive the source */
    const idc_vocabulary *vocabulary;
    const idc_train_settings *settings;
    int max_length;      /* of a sentence in numbers */
    const char *classes; /* file of word classes; NULL: every negative is retrieved */
    const char *file;    /* of ready-made ones; NULL: made from the data */
} idc_negative_options;

/* IDC_E_RANGE when the data have no more sentences than a pair needs, or a line of the file too few negatives;
 * IDC_E_MISMATCH when the file has a word that the vocabulary lacks, or a negative that is one of its line's sentences. */
int idc_negative_source_new(idc_negative_source **n, const idc_negative_options *o, idc_error *err);
void idc_negative_source_free(idc_negative_source **n);

typedef struct idc_negative_query {
    int32_t origin;       /* the set of captions that the sentence is of */
    bool mirrored;        /* left and right have changed places in it */
    const int32_t *truth; /* [max_length]: BOS, words, EOS, PAD … */
    uint64_t seed;
} idc_negative_query;

/* K = fda.retrieve + replace + confuse sentences, ids [K,max_length], in an order that tells nothing. */
int idc_negative_source_draw(idc_negative_source *n, const idc_negative_query *q, int32_t *ids,
                             idc_error *err);

/* ---- negative_file.c ---- */

typedef struct idc_negative_file idc_negative_file;
int idc_negative_file_open(idc_negative_file **f, const idc_negative_options *o, idc_error *err);
void idc_negative_file_close(idc_negative_file **f);
/* IDC_E_MISSING when no line has the sentence. */
int idc_negative_file_draw(const idc_negative_file *f, const char *sentence, uint64_t seed,
                           int32_t *ids, idc_error *err);

#endif
