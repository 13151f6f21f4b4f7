/* retriever.h: gathers the embeddings of a stream of pairs, then finds sentences for pairs and pairs for sentences.
 *
 *     idc_retriever *r;
 *     idc_retriever_new(&r, aligner, &err);
 *     for (…) idc_retriever_add(r, diff, &err);
 *     idc_retriever_write(r, captions, 10, stdout, &err);        // lines as retrieval.h says
 *     idc_retriever_free(&r);
 *
 * A sentence that several pairs share is one sentence.
 */
#ifndef IDC_SCORE_RETRIEVER_H
#define IDC_SCORE_RETRIEVER_H

#include <stdio.h>

#include "model/align.h"
#include "score/caption_list.h"

typedef struct idc_retriever idc_retriever;

/* The aligner stays until the retriever goes. IDC_E_MISSING when its model has no embeddings. */
int idc_retriever_new(idc_retriever **r, idc_aligner *a, idc_error *err);
void idc_retriever_free(idc_retriever **r);
int idc_retriever_add(idc_retriever *r, const idc_record *diff, idc_error *err);
int idc_retriever_write(idc_retriever *r, const idc_caption_list *list, size_t k, FILE *to,
                        idc_error *err);

#endif
