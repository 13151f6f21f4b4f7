/* align.h: how well sentences fit a pair of pictures, by a network that was trained to tell.
 *
 *     idc_aligner *a;
 *     idc_aligner_new(&a, model, &err);
 *     idc_aligner_tokens(a, diff, tokens, &err);                              // [M,d]
 *     idc_aligner_score(a, tokens, sentences, n, &(idc_alignment){fda, itc}, &err);
 *     idc_aligner_free(&a);
 *
 * Two scores, each a cosine, −1 … 1:
 *     fda    of (CLS1 + CLS2)/2 and CLS3 of the cross-modal encoder over [E; CLS3; sentence], where all rows see all
 *            (fine-grained difference alignment; Yao, Wang, Jin 2022). Pair and sentence are read together: a run for each. Of models
 *            with network.fda.
 *     itc    of the embeddings of pair and sentence (embed.h), made apart. Of models with network.itc > 0.
 */
#ifndef IDC_MODEL_ALIGN_H
#define IDC_MODEL_ALIGN_H

#include "model/model_file.h"
#include "wire/record.h"

typedef struct idc_aligner idc_aligner;

typedef struct idc_alignment {
    float *fda, *itc; /* [n] each; NULL: not wanted. What the model has not is left alone */
} idc_alignment;

/* The model has IDC_MODEL_NETWORK and outlives the aligner. IDC_E_MISSING when it has neither score. */
int idc_aligner_new(idc_aligner **a, const idc_model *m, idc_error *err);
void idc_aligner_free(idc_aligner **a);
bool idc_aligner_has_fda(const idc_aligner *a);
bool idc_aligner_has_itc(const idc_aligner *a);
/* Numbers of a pair's tokens M·d, and of an embedding D (0 without the head). */
size_t idc_aligner_token_count(const idc_aligner *a);
size_t idc_aligner_width(const idc_aligner *a);

/* The tokens of a record of kind diff, or of a caption that kept them, checked as idc_diff_tokens does. */
int idc_aligner_tokens(idc_aligner *a, const idc_record *r, float *tokens, idc_error *err);
int idc_aligner_score(idc_aligner *a, const float *tokens, const char *const *sentences, size_t n,
                      const idc_alignment *out, idc_error *err);
/* Embeddings, for retrieval: out [D], [n,D]. */
int idc_aligner_embed_pair(idc_aligner *a, const float *tokens, float *out, idc_error *err);
int idc_aligner_embed_texts(idc_aligner *a, const char *const *sentences, size_t n, float *out,
                            idc_error *err);

#endif
