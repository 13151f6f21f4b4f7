/* decode.c: a decoder's memory, and the rows of the cross-modal encoder that its searches read. */
#include "model/decode.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode_state.h"

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

static void free_hypotheses(idc_hypothesis **list, int n)
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
    free_hypotheses(&d->live, d->room);
    free_hypotheses(&d->next, d->room);
    free_hypotheses(&d->done, 3 * d->beam);
    d->beam = d->room = 0;
    d->read = false;
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

static int make_hypotheses(const idc_decoder *d, idc_hypothesis **list, int n, bool caches)
{
    *list = calloc((size_t)n, sizeof **list);
    for (int i = 0; *list && i < n; i++) {
        (*list)[i].words = malloc((size_t)d->net->c.max_length * sizeof(int32_t));
        if (!(*list)[i].words || (caches && make_cache(d, &(*list)[i].cache) < 0))
            return IDC_E_MEMORY;
    }
    return *list ? 0 : IDC_E_MEMORY;
}

static int make_buffers(idc_decoder *d, int beam, int room, idc_error *err)
{
    if (beam == d->beam && room == d->room)
        return 0;
    free_buffers(d);
    d->beam = beam;
    d->room = room;
    if (make_hypotheses(d, &d->live, room, true) < 0 ||
        make_hypotheses(d, &d->next, room, true) < 0 ||
        make_hypotheses(d, &d->done, 3 * beam, false) < 0) {
        free_buffers(d);
        return idc_fail(err, IDC_E_MEMORY, "decoder: no memory for %d sentences", room);
    }
    return 0;
}

/* Starts with BOS alone over the pictures of the pair. */
static int begin(idc_decoder *d, const float *tokens, idc_error *err)
{
    idc_hypothesis *h = &d->live[0];
    int64_t shape[] = {1, d->pictures, d->net->c.width};
    idc_tape_reset(d->tape);
    h->cache.length = tokens ? 0 : d->pictures;
    if (tokens)
        idc_network_read_pair(d->net, d->tape,
                              idc_tape_input(d->tape, IDC_DTYPE_F32, 3, shape, tokens), &h->cache);
    d->read = idc_tape_status(d->tape, NULL) == 0;
    h->words[0] = IDC_BOS;
    h->n = 1;
    h->met = 0;
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

/* −∞ for words that may not come. */
static void ban(idc_decoder *d, const idc_decode_options *o)
{
    static const int never[] = {IDC_PAD, IDC_BOS, IDC_CLS, IDC_MASK};
    const idc_constraints *c = o->constraints;
    for (size_t i = 0; !o->exact && i < sizeof never / sizeof *never; i++)
        d->logprobs[never[i]] = -INFINITY;
    for (int i = 0; c && i < c->n_forbidden; i++)
        d->logprobs[c->forbidden[i]] = -INFINITY;
}

int idc_decode_read(idc_decoder *d, idc_hypothesis *h, const idc_decode_options *o, bool ask,
                    idc_error *err)
{
    const idc_network_config *c = &d->net->c;
    int32_t rows[2] = {h->words[h->n - 1], IDC_MASK};
    int n = ask && c->caption == IDC_CAPTION_UNMASK ? 2 : 1;
    idc_tape_reset(d->tape);
    idc_tensor *x = idc_network_read_words(d->net, d->tape, rows, n, &h->cache), *logits = NULL;
    d->row = n > 1 ? idc_slice(d->tape, x, 1, 0, 1) : x;
    if (ask)
        logits = idc_network_words(d->net, d->tape, n > 1 ? idc_slice(d->tape, x, 1, 1, 1) : x);
    int rc = idc_tape_status(d->tape, err);
    if (rc < 0)
        return rc;
    h->cache.length -= n - 1; /* the row of <MASK> was only asked */
    if (!ask)
        return 0;
    memcpy(d->logprobs, logits->data, (size_t)c->words * sizeof(float));
    rc = log_softmax(d->logprobs, c->words, err);
    ban(d, o);
    return rc;
}

void idc_decode_append(const idc_decoder *d, idc_hypothesis *h, int32_t word)
{
    h->words[h->n++] = word;
    h->logprob += (double)d->logprobs[word];
}

double idc_decode_penalised(double logprob, int words, double alpha)
{
    return logprob / pow((5.0 + words) / 6.0, alpha);
}

void idc_decode_copy_cache(const idc_decoder *d, idc_cache *to, const idc_cache *from, int first)
{
    size_t width = (size_t)d->net->c.width, start = (size_t)first * width;
    size_t bytes = (size_t)(from->length - first) * width * sizeof(float);
    for (int i = 0; i < d->net->c.cross_blocks; i++) {
        memcpy(to->keys[i] + start, from->keys[i] + start, bytes);
        memcpy(to->values[i] + start, from->values[i] + start, bytes);
    }
    to->length = from->length;
}

/* ---- the searches ---- */

static const struct search {
    int (*run)(idc_decoder *d, const idc_decode_options *o, idc_error *err);
    bool many; /* finds `beam` sentences, and can make required words come */
    const char *name;
} searches[] = {
    [IDC_SEARCH_BEAM] = {idc_decode_beam, true, "beam"},
    [IDC_SEARCH_CONTRASTIVE] = {idc_decode_contrastive, false, "contrastive"},
    [IDC_SEARCH_SAMPLE] = {idc_decode_sample, false, "sample"},
};

int idc_search_find(const char *name, enum idc_search *search)
{
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++)
        if (strcmp(name, searches[i].name) == 0) {
            *search = (enum idc_search)i;
            return 0;
        }
    return IDC_E_MISSING;
}

static int required(const idc_decode_options *o)
{
    return o->constraints ? o->constraints->n_required : 0;
}

static int check_search(const idc_decode_options *o, idc_error *err)
{
    if (o->search == IDC_SEARCH_CONTRASTIVE && (o->top_k < 1 || o->top_k > IDC_MAX_TOP_K))
        return idc_fail(err, IDC_E_RANGE, "top k: %d is not from 1 to %d", o->top_k, IDC_MAX_TOP_K);
    if (o->search == IDC_SEARCH_CONTRASTIVE && !(o->alpha >= 0.0 && o->alpha <= 1.0))
        return idc_fail(err, IDC_E_RANGE, "alpha: %g is not from 0 to 1", o->alpha);
    if (o->search == IDC_SEARCH_SAMPLE && !(o->temperature >= 0.01 && o->temperature <= 100.0))
        return idc_fail(err, IDC_E_RANGE, "temperature: %g is not from 0.01 to 100",
                        o->temperature);
    return 0;
}

int idc_decode_check(const idc_decode_options *o, const idc_network_config *c, idc_error *err)
{
    const struct search *s = &searches[o->search];
    if (o->beam < 1 || o->beam > IDC_MAX_BEAM)
        return idc_fail(err, IDC_E_RANGE, "beam: %d is not from 1 to %d", o->beam, IDC_MAX_BEAM);
    if (!(o->length_penalty >= 0.0 && o->length_penalty <= 10.0))
        return idc_fail(err, IDC_E_RANGE, "length penalty: %g is not from 0 to 10",
                        o->length_penalty);
    if (!s->many && (o->beam > 1 || required(o) > 0))
        return idc_fail(err, IDC_E_INVALID, "%s search %s", s->name,
                        o->beam > 1 ? "finds one sentence" : "cannot require words");
    if (required(o) >= c->max_length)
        return idc_fail(err, IDC_E_RANGE, "%d required words: sentences have at most %d words",
                        required(o), c->max_length - 1);
    if (o->beam * (required(o) + 1) > IDC_MAX_KEPT)
        return idc_fail(err, IDC_E_RANGE,
                        "a beam of %d with %d required words keeps %d sentences, at most %d",
                        o->beam, required(o), o->beam * (required(o) + 1), IDC_MAX_KEPT);
    return check_search(o, err);
}

int idc_decoder_run(idc_decoder *d, const float *tokens, const idc_decode_options *o,
                    idc_decoding *out, idc_error *err)
{
    out->count = 0;
    int rc = idc_decode_check(o, &d->net->c, err);
    if (rc == 0)
        rc = make_buffers(d, o->beam, o->beam * (required(o) + 1), err);
    if (rc == 0 && !tokens && !d->read)
        rc = idc_fail(err, IDC_E_INVALID, "decoder: no pair has been read with this beam");
    if (rc < 0)
        return rc;
    bool greedy = o->search == IDC_SEARCH_BEAM && o->beam == 1 && required(o) == 0;
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* a row or two at a time: threads would wait longer than they work */
    rc = begin(d, tokens, err);
    if (rc == 0)
        rc = greedy ? idc_decode_greedy(d, o, err) : searches[o->search].run(d, o, err);
    omp_set_num_threads(threads);
    if (rc < 0)
        return rc;
    bool many = searches[o->search].many && !greedy;
    const idc_hypothesis *list = many ? d->done : d->live;
    out->count = many ? d->n_done : 1;
    for (int i = 0; i < out->count; i++)
        out->best[i] = (idc_sentence){list[i].words, list[i].n, list[i].logprob, list[i].score};
    return 0;
}
