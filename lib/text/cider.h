/* cider.h: sentences as vectors of n-grams, and how near two of them are: the core of CIDEr and CIDEr-D (Vedantam, Zitnick,
 * Parikh, "CIDEr: consensus-based image description evaluation", CVPR 2015).
 *
 * For n = 1 … 4 a sentence is a vector over its n-grams g: count(g) · (log N − log max(1, df(g))), N documents, df(g) of them with
 * g. With h, r those of hypothesis and reference, |h|, |r| their norms, d the difference of the numbers of bigrams:
 *
 *     clipped = Σ_g min(h_g, r_g) r_g / (|h| |r|)        plain = Σ_g h_g r_g / (|h| |r|)        (0 where a norm is 0)
 *     CIDEr-D = 10 · mean over n and references of clipped · exp(−d² / (2 · 6²))
 *
 * Vectors that are worked out anew, as lib/score does a million times:
 *     idc_cider_logs_init(&logs, df.documents);
 *     v.count = idc_grams(words, n_words, n, v.grams);  idc_cider_weigh(&v, &df, &logs);
 *     idc_cider_compare(&hypothesis, &filter, &reference, &clipped, &plain);
 *
 * A few sentences against the references of their picture, the documents being all pictures:
 *     idc_cider *c = idc_cider_new();
 *     for (…) { idc_cider_document(c); for (…) idc_cider_add(c, reference); }
 *     idc_cider_d(c, hypothesis, references, n, &score);
 */
#ifndef IDC_TEXT_CIDER_H
#define IDC_TEXT_CIDER_H

#include "base/error.h"
#include "text/ngrams.h"

/* Logarithms of small document frequencies are looked up. */
enum { IDC_CIDER_LOGS = 256 };
typedef struct idc_cider_logs {
    double of[IDC_CIDER_LOGS], documents;
} idc_cider_logs;
void idc_cider_logs_init(idc_cider_logs *l, uint32_t documents);

typedef struct idc_cider_vector {
    idc_gram *grams; /* the caller's, with room for as many n-grams as the sentence has words */
    double *weights;
    size_t count;
    double norm;
} idc_cider_vector;
/* Weights and norm of the n-grams that are in v. */
void idc_cider_weigh(idc_cider_vector *v, const idc_frequency *df, const idc_cider_logs *logs);
/* h's n-grams are sorted, and `filter` is theirs. */
void idc_cider_compare(const idc_cider_vector *h, const idc_gram_filter *filter,
                       const idc_cider_vector *r, double *clipped, double *plain);
/* exp(−d² / (2 · 6²)) for sentences of so many words. */
double idc_cider_length_factor(size_t hypothesis, size_t reference);

typedef struct idc_cider idc_cider;
typedef struct idc_cider_text {
    const uint32_t *words; /* numbers */
    size_t count;
} idc_cider_text;

idc_cider *idc_cider_new(void); /* NULL without memory */
void idc_cider_free(idc_cider **c);
/* Begins the next document; its references follow. 0 or IDC_E_MEMORY. */
void idc_cider_document(idc_cider *c);
int idc_cider_add(idc_cider *c, idc_cider_text reference);
/* CIDEr-D of one sentence, 0 … 10 and a little more; *score is not touched on IDC_E_MEMORY. May run in several threads. */
int idc_cider_d(const idc_cider *c, idc_cider_text hypothesis, const idc_cider_text *references,
                size_t n, double *score);

#endif
