/* decode.h: difference tokens to sentences, a word at a time with cached keys and values.
 *
 *     idc_decoder *d;
 *     idc_decoder_new(&d, net, &err);
 *     idc_decode_options options = IDC_DECODE_DEFAULTS;
 *     idc_decoding out;
 *     if (idc_decoder_run(d, tokens, &options, &out, &err) == 0)      // out.best[0].ids: BOS, words, EOS
 *         char *text = idc_vocabulary_decode(v, out.best[0].ids, out.best[0].length);
 *
 * The pictures' keys and values are computed once a pair. Then a step costs one row of the network (`next`: the row of the
 * last word) or two (`unmask`: that row, and the row of a <MASK> that is thrown away again); the sentences are those of
 * computing the whole sequence anew. A sentence has at most max_length − 1 words with its <EOS>: longer ones end there
 * without <EOS>. Equal probabilities go to the word with the lower number.
 *
 * Required words: grid beam search (Hokamp and Liu 2017) keeps `beam` sentences for each number of required words that have
 * come; a sentence ends only with all of them, and where just as many places are left as words are required they come.
 */
#ifndef IDC_MODEL_DECODE_H
#define IDC_MODEL_DECODE_H

#include "model/constraints.h"
#include "model/network.h"

typedef struct idc_decoder idc_decoder;

enum idc_search {
    IDC_SEARCH_BEAM,        /* greedy where beam is 1; with required words grid beam search */
    IDC_SEARCH_CONTRASTIVE, /* Su et al. 2022: likely words that do not repeat what was said */
    IDC_SEARCH_SAMPLE       /* a word drawn by its probability */
};

typedef struct idc_decode_options {
    enum idc_search search;
    int beam; /* 1: greedy; at most IDC_MAX_BEAM */
    double
        length_penalty; /* α: a sentence of n words scores logprob / ((5 + n) / 6)^α (Wu et al. 2016); ≥ 0 */
    bool
        exact; /* as in Yao, Wang, Jin 2022: any word may come, greedy runs on after <EOS>; else <PAD>, <BOS>, <CLS>,
                   <MASK> never come */
    int top_k; /* contrastive search: candidates a step, 1 … IDC_MAX_TOP_K */
    double alpha;          /* and the weight of likeness, 0 … 1 */
    double temperature;    /* sampling: probabilities to the power of 1/temperature */
    uint64_t seed, stream; /* and where its random numbers come from */
    uint32_t index;
    const idc_constraints *constraints; /* NULL: none */
} idc_decode_options;

#define IDC_MAX_BEAM 64
#define IDC_MAX_TOP_K 64
#define IDC_MAX_KEPT 256 /* beam · (required words + 1) */
#define IDC_DECODE_DEFAULTS                                                                        \
    {                                                                                              \
        .beam = 1, .length_penalty = 0.0                                                           \
    }

typedef struct idc_sentence {
    const int32_t *ids; /* BOS, words, and EOS if it ended */
    int length;         /* with BOS and EOS */
    double logprob, score;
} idc_sentence;

typedef struct idc_decoding {
    int count; /* ≤ beam */
    idc_sentence best[IDC_MAX_BEAM];
} idc_decoding;

/* "beam", "contrastive" or "sample"; IDC_E_MISSING for others. */
int idc_search_find(const char *name, enum idc_search *search);
/* What idc_decoder_run would refuse (IDC_E_RANGE, IDC_E_INVALID), said before the first pair. */
int idc_decode_check(const idc_decode_options *options, const idc_network_config *c,
                     idc_error *err);

int idc_decoder_new(idc_decoder **d, idc_network *net, idc_error *err);
void idc_decoder_free(idc_decoder **d);
/* tokens [M,d] of one pair; NULL: those of the run before, which had the same beam and required words. What out points at lives until the next run. IDC_E_NUMERIC when a logit is not a number. */
int idc_decoder_run(idc_decoder *d, const float *tokens, const idc_decode_options *options,
                    idc_decoding *out, idc_error *err);

#endif
