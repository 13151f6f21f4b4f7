/* reinforce.c: see reinforce.h. */
#include "model/reinforce.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "model/parts.h"

struct idc_speaker {
    idc_network *net;
    int threads;
    idc_decoder **decoder; /* [threads] */
};

int idc_speaker_new(idc_speaker **out, idc_network *net, idc_error *err)
{
    *out = NULL;
    idc_speaker *s = calloc(1, sizeof *s);
    int threads = omp_get_max_threads(), rc = 0;
    if (s)
        s->decoder = calloc((size_t)threads, sizeof *s->decoder);
    if (!s || !s->decoder) {
        free(s);
        return idc_fail(err, IDC_E_MEMORY, "sentences: no memory");
    }
    s->net = net;
    for (; rc == 0 && s->threads < threads; s->threads++)
        rc = idc_decoder_new(&s->decoder[s->threads], net, err);
    if (rc < 0)
        idc_speaker_free(&s);
    *out = s;
    return rc;
}

void idc_speaker_free(idc_speaker **s)
{
    if (!*s)
        return;
    for (int i = 0; i < (*s)->threads; i++)
        idc_decoder_free(&(*s)->decoder[i]);
    free((*s)->decoder);
    free(*s);
    *s = NULL;
}

static int say_one(idc_decoder *d, const float *tokens, const idc_decode_options *o, int32_t *ids,
                   idc_error *err)
{
    idc_decoding out;
    int rc = idc_decoder_run(d, tokens, o, &out, err);
    if (rc == 0)
        memcpy(ids, out.best[0].ids, (size_t)out.best[0].length * sizeof *ids);
    return rc;
}

/* The greedy sentence of a pair, then its samples; <PAD> is 0, which the memory holds. */
static int say_pair(idc_decoder *d, const float *tokens, const idc_said *said, int pair,
                    idc_error *err)
{
    idc_decode_options greedy = IDC_DECODE_DEFAULTS;
    int row = said->row;
    int rc = say_one(d, tokens, &greedy, said->greedy + pair * row, err);
    for (int k = 0; rc == 0 && k < said->samples; k++) {
        idc_decode_options sample = {.search = IDC_SEARCH_SAMPLE,
                                     .beam = 1,
                                     .temperature = said->temperature,
                                     .seed = said->seed,
                                     .stream = said->step,
                                     .index = (uint32_t)(pair * said->samples + k)};
        rc = say_one(d, NULL, &sample, said->ids + (pair * said->samples + k) * row, err);
    }
    return rc;
}

static int32_t *zeros(idc_tape *t, int64_t n)
{
    int32_t *p = idc_tape_alloc(t, (size_t)n * sizeof *p);
    if (p)
        memset(p, 0, (size_t)n * sizeof *p);
    return p;
}

int idc_speaker_say(idc_speaker *s, idc_tape *t, const idc_tensor *tokens, idc_said *said,
                    idc_error *err)
{
    int64_t each = tokens->shape[1] * tokens->shape[2], all = (int64_t)said->pairs * said->samples;
    said->row = s->net->c.max_length;
    said->ids = zeros(t, all * said->row);
    said->greedy = zeros(t, (int64_t)said->pairs * said->row);
    said->advantage = idc_tape_alloc(t, (size_t)all * sizeof *said->advantage);
    int rc = idc_tape_status(t, err);
    if (rc < 0)
        return rc;
    memset(said->advantage, 0, (size_t)all * sizeof *said->advantage);
#pragma omp parallel for schedule(dynamic) num_threads(s->threads)
    for (int i = 0; i < said->pairs; i++) {
        idc_error own = IDC_NO_ERROR;
        int bad =
            say_pair(s->decoder[omp_get_thread_num()], idc_f32(tokens) + i * each, said, i, &own);
        if (bad < 0)
#pragma omp critical
        {
            rc = idc_fail(err, bad, "%s", own.text);
        }
    }
    return rc;
}

int idc_said_length(const int32_t *ids, int row)
{
    int n = 1;
    while (n < row && ids[n] != IDC_PAD && ids[n - 1] != IDC_EOS)
        n++;
    return n;
}

/* ---- the loss ---- */

/* 0, and −10⁹ for words that never come. */
static idc_tensor *bans(const idc_network *net, idc_tape *t)
{
    static const int never[] = {IDC_PAD, IDC_BOS, IDC_CLS, IDC_MASK};
    idc_tensor *x = idc_tape_input(t, IDC_DTYPE_F32, 1, (int64_t[]){net->c.words}, NULL);
    if (!x)
        return NULL;
    memset(x->data, 0, (size_t)net->c.words * sizeof(float));
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        idc_f32(x)[never[i]] = -1e9f;
    return x;
}

struct rows {
    int64_t length; /* of the longest sentence, without its last word */
    idc_tensor *ids, *target, *weight, *pair;
};

static bool fill(struct rows *r, idc_tape *t, const idc_said *said)
{
    int64_t all = (int64_t)said->pairs * said->samples;
    r->length = 1;
    for (int64_t i = 0; i < all; i++) {
        int n = idc_said_length(said->ids + i * said->row, said->row) - 1;
        r->length = n > r->length ? n : r->length;
    }
    int64_t n = all * r->length;
    r->ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){all, r->length}, NULL);
    r->target = idc_tape_input(t, IDC_DTYPE_I32, 1, &n, NULL);
    r->weight = idc_tape_input(t, IDC_DTYPE_F32, 1, &n, NULL);
    r->pair = idc_tape_input(t, IDC_DTYPE_I32, 1, &all, NULL);
    if (!r->ids || !r->target || !r->weight || !r->pair)
        return false;
    for (int64_t i = 0; i < all; i++) {
        const int32_t *ids = said->ids + i * said->row;
        int words = idc_said_length(ids, said->row) - 1;
        idc_i32(r->pair)[i] = (int32_t)(i / said->samples);
        for (int64_t k = 0; k < r->length; k++) {
            int64_t at = i * r->length + k;
            idc_i32(r->ids)[at] = k < words ? ids[k] : IDC_PAD;
            idc_i32(r->target)[at] = k < words ? ids[k + 1] : -1;
            idc_f32(r->weight)[at] = said->advantage[i] / (float)all;
        }
    }
    return true;
}

idc_tensor *idc_reinforce_loss(idc_network *net, idc_tape *t, idc_tensor *tokens,
                               const idc_said *said)
{
    struct rows r;
    if (!tokens || !fill(&r, t, said))
        return NULL;
    idc_tensor *e = idc_rows(t, tokens, r.pair);
    idc_tensor *text = idc_network_predict(net, t, e, r.ids);
    if (!text)
        return NULL;
    text = idc_reshape(t, text, 2, (int64_t[]){-1, net->c.width});
    idc_tensor *logits = idc_add(t, idc_network_words(net, t, text), bans(net, t));
    logits = idc_scale(t, logits, (float)(1.0 / said->temperature));
    return idc_cross_entropy(t, logits, r.target, r.weight, IDC_SUM);
}
