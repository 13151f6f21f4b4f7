/* decode_state.h: what the searches of a decoder share (decode.c, decode_greedy.c, decode_beam.c, decode_contrastive.c);
 * private to lib/model. */
#ifndef IDC_MODEL_DECODE_STATE_H
#define IDC_MODEL_DECODE_STATE_H

#include "model/decode.h"
#include "model/parts.h"

/* A sentence that is being written, with the keys and values of its rows. */
typedef struct idc_hypothesis {
    int32_t *words; /* [max_length] */
    int n;          /* words so far, BOS included */
    unsigned met;   /* bit i: required word i has come */
    double logprob, score;
    idc_cache cache; /* of all rows but that of the last word */
} idc_hypothesis;

/* One way to go on. */
typedef struct idc_candidate {
    double logprob;
    int parent;
    int32_t word;
} idc_candidate;

struct idc_decoder {
    idc_network *net;
    idc_tape *tape;
    int pictures;                /* M */
    int beam, room;              /* what the buffers are made for: sentences found, kept */
    idc_hypothesis *live, *next; /* [room] each */
    idc_hypothesis *done;        /* [3 beam], without caches; sorted, best first */
    int n_live, n_done;
    bool read;       /* the caches hold a pair */
    float *logprobs; /* [words] of the word after the one read last */
    idc_tensor *row; /* [1,1,d]: the result of the row read last, until the next one */
    idc_candidate candidates[2 * IDC_MAX_KEPT]; /* 2 beam for each bank, best first */
    int n_candidates[IDC_MAX_REQUIRED + 1];     /* of a bank */
};

/* Reads h's last word: its row joins the cache, d->row is its result. ask: also sets d->logprobs, those of words that may not
 * come being −∞. */
int idc_decode_read(idc_decoder *d, idc_hypothesis *h, const idc_decode_options *o, bool ask,
                    idc_error *err);
/* Adds a word whose log probability d->logprobs has. */
void idc_decode_append(const idc_decoder *d, idc_hypothesis *h, int32_t word);
double idc_decode_penalised(double logprob, int words, double alpha);
/* The rows of a cache from `first` on. */
void idc_decode_copy_cache(const idc_decoder *d, idc_cache *to, const idc_cache *from, int first);

/* The searches start from live[0], which holds BOS and the pictures' keys and values. Greedy, sampling and contrastive search
 * leave their sentence there, beam search its sentences in done. */
int idc_decode_greedy(idc_decoder *d, const idc_decode_options *o, idc_error *err);
int idc_decode_sample(idc_decoder *d, const idc_decode_options *o, idc_error *err);
int idc_decode_contrastive(idc_decoder *d, const idc_decode_options *o, idc_error *err);
int idc_decode_beam(idc_decoder *d, const idc_decode_options *o, idc_error *err);

#endif
