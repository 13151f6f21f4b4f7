/* decode.c: greedy and beam search over the rows of the cross-modal encoder. */
#include "model/decode.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "model/parts.h"

/* A sentence that is being written, with the keys and values of its rows. */
typedef struct hypothesis {
    int32_t *words; /* [max_length] */
    int n;          /* words so far, BOS included */
    double logprob, score;
    idc_cache cache;
} hypothesis;

/* One way to go on. */
typedef struct candidate {
    double logprob;
    int parent;
    int32_t word;
} candidate;

struct idc_decoder {
    idc_network *net;
    idc_tape *tape;
    int pictures;            /* M */
    int beam;                /* what the buffers are made for */
    hypothesis *live, *next; /* [beam] each */
    hypothesis *done;        /* [3 beam], without caches; sorted, best first */
    int n_live, n_done;
    float *logprobs;       /* [words] */
    candidate *candidates; /* [2 beam] */
    int n_candidates;
};

int idc_decoder_new(idc_decoder **out, idc_network *net, idc_error *err)
{
    *out = NULL;
    idc_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return idc_fail(err, IDC_E_MEMORY, "decoder: no memory");
    d->net = net;
    d->pictures = 2 * (net->cells + 1);
    d->tape = idc_tape_new(IDC_TAPE_INFER, err);
    d->logprobs = malloc((size_t)net->c.words * sizeof(float));
    if (!d->tape || !d->logprobs) {
        idc_decoder_free(&d);
        return idc_fail(err, IDC_E_MEMORY, "decoder: no memory");
    }
    *out = d;
    return 0;
}

static void free_hypotheses(hypothesis **list, int n)
{
    for (int i = 0; *list && i < n; i++) {
        free((*list)[i].words);
        free((*list)[i].cache.keys[0]);
    }
    free(*list);
    *list = NULL;
}

static void free_buffers(idc_decoder *d)
{
    free_hypotheses(&d->live, d->beam);
    free_hypotheses(&d->next, d->beam);
    free_hypotheses(&d->done, 3 * d->beam);
    free(d->candidates);
    d->candidates = NULL;
    d->beam = 0;
}

void idc_decoder_free(idc_decoder **d)
{
    if (!*d)
        return;
    free_buffers(*d);
    if ((*d)->tape)
        idc_tape_free(&(*d)->tape);
    free((*d)->logprobs);
    free(*d);
    *d = NULL;
}

/* One block of memory holds all keys and values of a hypothesis; rows start on 64-byte boundaries. */
static int make_cache(const idc_decoder *d, idc_cache *cache)
{
    const idc_network_config *c = &d->net->c;
    cache->capacity = d->pictures + c->max_length + 1;
    size_t one = ((size_t)cache->capacity * (size_t)c->width + 15) / 16 * 16;
    void *memory = NULL;
    if (posix_memalign(&memory, 64, 2 * (size_t)c->cross_blocks * one * sizeof(float)) != 0)
        return IDC_E_MEMORY;
    for (int i = 0; i < c->cross_blocks; i++) {
        cache->keys[i] = (float *)memory + (size_t)(2 * i) * one;
        cache->values[i] = (float *)memory + (size_t)(2 * i + 1) * one;
    }
    return 0;
}

static int make_hypotheses(const idc_decoder *d, hypothesis **list, int n, bool caches)
{
    *list = calloc((size_t)n, sizeof **list);
    for (int i = 0; *list && i < n; i++) {
        (*list)[i].words = malloc((size_t)d->net->c.max_length * sizeof(int32_t));
        if (!(*list)[i].words || (caches && make_cache(d, &(*list)[i].cache) < 0))
            return IDC_E_MEMORY;
    }
    return *list ? 0 : IDC_E_MEMORY;
}

static int make_buffers(idc_decoder *d, int beam, idc_error *err)
{
    if (beam < 1 || beam > IDC_MAX_BEAM)
        return idc_fail(err, IDC_E_RANGE, "beam: %d is not from 1 to %d", beam, IDC_MAX_BEAM);
    if (beam == d->beam)
        return 0;
    free_buffers(d);
    d->beam = beam;
    d->candidates = malloc(2 * (size_t)beam * sizeof *d->candidates);
    if (!d->candidates || make_hypotheses(d, &d->live, beam, true) < 0 ||
        make_hypotheses(d, &d->next, beam, true) < 0 ||
        make_hypotheses(d, &d->done, 3 * beam, false) < 0) {
        free_buffers(d);
        return idc_fail(err, IDC_E_MEMORY, "decoder: no memory for %d sentences", beam);
    }
    return 0;
}

/* Starts with BOS alone over the pictures of the pair. */
static int begin(idc_decoder *d, const float *tokens, idc_error *err)
{
    hypothesis *h = &d->live[0];
    int64_t shape[] = {1, d->pictures, d->net->c.width};
    idc_tape_reset(d->tape);
    h->cache.length = 0;
    idc_network_read_pair(d->net, d->tape, idc_tape_input(d->tape, IDC_DTYPE_F32, 3, shape, tokens),
                          &h->cache);
    h->words[0] = IDC_BOS;
    h->n = 1;
    h->logprob = h->score = 0.0;
    d->n_live = 1;
    d->n_done = 0;
    return idc_tape_status(d->tape, err);
}

/* Logits to log probabilities in place; banned words get −∞ after it. */
static int log_softmax(float *z, int n, idc_error *err)
{
    float top = z[0];
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        top = z[i] > top ? z[i] : top;
    for (int i = 0; i < n; i++)
        sum += exp((double)(z[i] - top));
    if (!isfinite(sum) || !isfinite(top))
        return idc_fail(err, IDC_E_NUMERIC, "decoder: a logit is not a number");
    float log_sum = top + (float)log(sum);
    for (int i = 0; i < n; i++)
        z[i] -= log_sum;
    return 0;
}

/* d->logprobs of the word after h's. */
static int predict(idc_decoder *d, hypothesis *h, bool exact, idc_error *err)
{
    static const int never[] = {IDC_PAD, IDC_BOS, IDC_CLS, IDC_MASK};
    const idc_network_config *c = &d->net->c;
    bool unmask = c->caption == IDC_CAPTION_UNMASK;
    int32_t rows[2] = {h->words[h->n - 1], IDC_MASK};
    int n = unmask ? 2 : 1;
    idc_tape_reset(d->tape);
    idc_tensor *x = idc_network_read_words(d->net, d->tape, rows, n, &h->cache);
    idc_tensor *last = x ? idc_slice(d->tape, x, 1, n - 1, 1) : NULL;
    idc_tensor *logits = idc_network_words(d->net, d->tape, last);
    int rc = idc_tape_status(d->tape, err);
    if (rc < 0)
        return rc;
    h->cache.length -= n - 1; /* the row of <MASK> was only asked */
    memcpy(d->logprobs, logits->data, (size_t)c->words * sizeof(float));
    rc = log_softmax(d->logprobs, c->words, err);
    for (size_t i = 0; !exact && i < sizeof never / sizeof *never; i++)
        d->logprobs[never[i]] = -INFINITY;
    return rc;
}

static double penalised(double logprob, int words, double alpha)
{
    return logprob / pow((5.0 + words) / 6.0, alpha);
}

static int greedy(idc_decoder *d, const idc_decode_options *o, idc_error *err)
{
    hypothesis *h = &d->live[0];
    while (h->n < d->net->c.max_length) {
        int rc = predict(d, h, o->exact, err), best = 0;
        if (rc < 0)
            return rc;
        for (int i = 1; i < d->net->c.words; i++)
            if (d->logprobs[i] > d->logprobs[best])
                best = i;
        h->words[h->n++] = best;
        h->logprob += (double)d->logprobs[best];
        if (best == IDC_EOS && !o->exact)
            break;
    }
    h->score = penalised(h->logprob, h->n - 1, o->length_penalty);
    return 0;
}

/* Keeps the 2 beam likeliest ways to go on, best first; earlier ones win ties. */
static void consider(idc_decoder *d, int parent)
{
    int room = 2 * d->beam;
    for (int w = 0; w < d->net->c.words; w++) {
        double total = d->live[parent].logprob + (double)d->logprobs[w];
        if (d->logprobs[w] == -INFINITY ||
            (d->n_candidates == room && total <= d->candidates[room - 1].logprob))
            continue;
        int i = d->n_candidates < room ? d->n_candidates++ : room - 1;
        for (; i > 0 && d->candidates[i - 1].logprob < total; i--)
            d->candidates[i] = d->candidates[i - 1];
        d->candidates[i] = (candidate){total, parent, w};
    }
}

static void copy_words(hypothesis *to, const hypothesis *from)
{
    memcpy(to->words, from->words, (size_t)from->n * sizeof *to->words);
    to->n = from->n;
    to->logprob = from->logprob;
}

/* The rows of a cache from `first` on. */
static void copy_cache(const idc_decoder *d, idc_cache *to, const idc_cache *from, int first)
{
    size_t width = (size_t)d->net->c.width, start = (size_t)first * width;
    size_t bytes = (size_t)(from->length - first) * width * sizeof(float);
    for (int i = 0; i < d->net->c.cross_blocks; i++) {
        memcpy(to->keys[i] + start, from->keys[i] + start, bytes);
        memcpy(to->values[i] + start, from->values[i] + start, bytes);
    }
    to->length = from->length;
}

static void finish(idc_decoder *d, const hypothesis *from, double alpha)
{
    hypothesis *h = &d->done[d->n_done++];
    copy_words(h, from);
    h->score = penalised(h->logprob, h->n - 1, alpha);
}

/* Best first, stable. */
static void sort_done(idc_decoder *d)
{
    for (int i = 1; i < d->n_done; i++)
        for (int j = i; j > 0 && d->done[j].score > d->done[j - 1].score; j--) {
            hypothesis swap = d->done[j];
            d->done[j] = d->done[j - 1];
            d->done[j - 1] = swap;
        }
    d->n_done = d->n_done < d->beam ? d->n_done : d->beam;
}

/* Turns the candidates into finished and live sentences. */
static void advance(idc_decoder *d, double alpha)
{
    int n = 0;
    for (int i = 0; i < d->n_candidates; i++) {
        const candidate *c = &d->candidates[i];
        const hypothesis *parent = &d->live[c->parent];
        hypothesis *h = &d->next[n < d->beam ? n : 0];
        if (c->word != IDC_EOS && n == d->beam)
            continue;
        if (c->word == IDC_EOS)
            h = &d->done[d->n_done];
        copy_words(h, parent);
        h->words[h->n++] = c->word;
        h->logprob = c->logprob;
        if (c->word == IDC_EOS) {
            h->score = penalised(h->logprob, h->n - 1, alpha);
            d->n_done++;
        } else {
            copy_cache(d, &h->cache, &parent->cache, d->pictures);
            n++;
        }
    }
    hypothesis *swap = d->live;
    d->live = d->next;
    d->next = swap;
    d->n_live = n;
    sort_done(d);
}

/* A live sentence can at best keep its log probability and be as long as may be. */
static bool settled(const idc_decoder *d, double alpha)
{
    return d->n_done == d->beam &&
           d->done[d->beam - 1].score >=
               penalised(d->live[0].logprob, d->net->c.max_length - 1, alpha);
}

static int beam_search(idc_decoder *d, const idc_decode_options *o, idc_error *err)
{
    for (int i = 1; i < d->beam; i++)
        copy_cache(d, &d->live[i].cache, &d->live[0].cache, 0);
    for (int i = 0; i < d->beam; i++)
        copy_cache(d, &d->next[i].cache, &d->live[0].cache, 0);
    while (d->n_live > 0 && d->live[0].n < d->net->c.max_length) {
        d->n_candidates = 0;
        for (int i = 0; i < d->n_live; i++) {
            int rc = predict(d, &d->live[i], o->exact, err);
            if (rc < 0)
                return rc;
            consider(d, i);
        }
        advance(d, o->length_penalty);
        if (d->n_live > 0 && settled(d, o->length_penalty))
            d->n_live = 0;
    }
    for (int i = 0; i < d->n_live; i++)
        finish(d, &d->live[i], o->length_penalty);
    sort_done(d);
    return 0;
}

static int search(idc_decoder *d, const float *tokens, const idc_decode_options *o, idc_error *err)
{
    int rc = begin(d, tokens, err);
    if (rc < 0)
        return rc;
    return o->beam == 1 ? greedy(d, o, err) : beam_search(d, o, err);
}

int idc_decoder_run(idc_decoder *d, const float *tokens, const idc_decode_options *o,
                    idc_decoding *out, idc_error *err)
{
    out->count = 0;
    int rc = make_buffers(d, o->beam, err);
    if (rc == 0 && !(o->length_penalty >= 0.0 && o->length_penalty <= 10.0))
        rc =
            idc_fail(err, IDC_E_RANGE, "length penalty: %g is not from 0 to 10", o->length_penalty);
    if (rc < 0)
        return rc;
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* a row or two at a time: threads would wait longer than they work */
    rc = search(d, tokens, o, err);
    omp_set_num_threads(threads);
    if (rc < 0)
        return rc;
    const hypothesis *list = o->beam == 1 ? d->live : d->done;
    out->count = o->beam == 1 ? 1 : d->n_done;
    for (int i = 0; i < out->count; i++)
        out->best[i] = (idc_sentence){list[i].words, list[i].n, list[i].logprob, list[i].score};
    return 0;
}
