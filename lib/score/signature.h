/* signature.h: what a score is, in one line, so that only like is compared with like (after Post, "A call for clarity in
 * reporting BLEU scores", WMT 2018):
 *
 *     metrics:bleu-1..4(closest)+meteor-1.5(exact,stem,synonym,paraphrase)+rouge-l(beta1.2)+cider-d(n4,sigma6,x10)|items:1000|
 *     refs:4-7|tok:ptb|df:refs|version:idc-0.1.0
 */
#ifndef IDC_SCORE_SIGNATURE_H
#define IDC_SCORE_SIGNATURE_H

#include "base/buffer.h"
#include "score/meteor.h"
#include "score/metric.h"

/* df_file: NULL when the document frequencies are the references'. 0 or IDC_E_MEMORY; b ends with a zero byte. */
int idc_signature(idc_buffer *b, const idc_corpus *c, const idc_metric *const *metrics,
                  int metric_count, const idc_meteor *meteor, const char *df_file);

#endif
