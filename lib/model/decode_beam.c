/* decode_beam.c: beam search, and with required words grid beam search (Hokamp and Liu, "Lexically constrained decoding for
 * sequence generation using grid beam search", ACL 2017): a bank of `beam` sentences for each number of required words that
 * have come. Without required words there is one bank. */
#include <math.h>
#include <string.h>

#include "model/decode_state.h"

static int banks_of(const idc_decode_options *o)
{
    return (o->constraints ? o->constraints->n_required : 0) + 1;
}

static unsigned bit_of(const idc_decode_options *o, int32_t word)
{
    const idc_constraints *c = o->constraints;
    for (int i = 0; c && i < c->n_required; i++)
        if (c->required[i] == word)
            return 1u << i;
    return 0;
}

static int count(unsigned met)
{
    int n = 0;
    for (; met; met &= met - 1)
        n++;
    return n;
}

/* Puts a way to go on among the 2 beam likeliest of its bank; earlier ones win ties. */
static void consider(idc_decoder *d, int bank, idc_candidate way)
{
    int room = 2 * d->beam, *n = &d->n_candidates[bank];
    idc_candidate *list = d->candidates + bank * room;
    if (*n == room && way.logprob <= list[room - 1].logprob)
        return;
    int i = *n < room ? (*n)++ : room - 1;
    for (; i > 0 && list[i - 1].logprob < way.logprob; i--)
        list[i] = list[i - 1];
    list[i] = way;
}

/* A way is open while there is room for the required words that are still to come; the end is open when all have. */
static void consider_words(idc_decoder *d, const idc_decode_options *o, int parent)
{
    const idc_hypothesis *h = &d->live[parent];
    int places = d->net->c.max_length - h->n - 1, all = banks_of(o) - 1;
    for (int w = 0; w < d->net->c.words; w++) {
        int bank = all > 0 ? count(h->met | bit_of(o, w)) : 0;
        if (d->logprobs[w] == -INFINITY || all - bank > places || (w == IDC_EOS && bank < all))
            continue;
        consider(d, bank, (idc_candidate){h->logprob + (double)d->logprobs[w], parent, w});
    }
}

static void copy_words(idc_hypothesis *to, const idc_hypothesis *from)
{
    memcpy(to->words, from->words, (size_t)from->n * sizeof *to->words);
    to->n = from->n;
    to->met = from->met;
    to->logprob = from->logprob;
}

/* Best first, stable; the best `beam` stay. */
static void sort_done(idc_decoder *d)
{
    for (int i = 1; i < d->n_done; i++)
        for (int j = i; j > 0 && d->done[j].score > d->done[j - 1].score; j--) {
            idc_hypothesis swap = d->done[j];
            d->done[j] = d->done[j - 1];
            d->done[j - 1] = swap;
        }
    d->n_done = d->n_done < d->beam ? d->n_done : d->beam;
}

/* Turns a bank's candidates into finished and live sentences: at most `beam` live ones from next[n] on. Returns how many
 * there are then. */
static int fill_bank(idc_decoder *d, const idc_decode_options *o, int bank, int n)
{
    int end = n + d->beam;
    for (int i = 0; i < d->n_candidates[bank]; i++) {
        const idc_candidate *c = &d->candidates[bank * 2 * d->beam + i];
        const idc_hypothesis *parent = &d->live[c->parent];
        bool ends = c->word == IDC_EOS;
        if (!ends && n == end)
            continue;
        idc_hypothesis *h = ends ? &d->done[d->n_done++] : &d->next[n++];
        copy_words(h, parent);
        h->words[h->n++] = c->word;
        h->met |= bit_of(o, c->word);
        h->logprob = c->logprob;
        if (ends)
            h->score = idc_decode_penalised(h->logprob, h->n - 1, o->length_penalty);
        else
            idc_decode_copy_cache(d, &h->cache, &parent->cache, d->pictures);
    }
    return n;
}

static void advance(idc_decoder *d, const idc_decode_options *o)
{
    int n = 0;
    for (int bank = 0; bank < banks_of(o); bank++)
        n = fill_bank(d, o, bank, n);
    idc_hypothesis *swap = d->live;
    d->live = d->next;
    d->next = swap;
    d->n_live = n;
    sort_done(d);
}

/* A live sentence can at best keep its log probability and be as long as may be. */
static bool settled(const idc_decoder *d, double alpha)
{
    double best = -INFINITY;
    for (int i = 0; i < d->n_live; i++)
        best = d->live[i].logprob > best ? d->live[i].logprob : best;
    return d->n_done == d->beam && d->done[d->beam - 1].score >=
                                       idc_decode_penalised(best, d->net->c.max_length - 1, alpha);
}

static void share_pictures(idc_decoder *d)
{
    for (int i = 1; i < d->room; i++)
        idc_decode_copy_cache(d, &d->live[i].cache, &d->live[0].cache, 0);
    for (int i = 0; i < d->room; i++)
        idc_decode_copy_cache(d, &d->next[i].cache, &d->live[0].cache, 0);
}

/* Sentences without an end, for want of places: with all required words, since a way without them was not open. */
static void finish(idc_decoder *d, const idc_decode_options *o)
{
    for (int i = 0; i < d->n_live; i++) {
        idc_hypothesis *h = &d->done[d->n_done++];
        copy_words(h, &d->live[i]);
        h->score = idc_decode_penalised(h->logprob, h->n - 1, o->length_penalty);
    }
    sort_done(d);
}

int idc_decode_beam(idc_decoder *d, const idc_decode_options *o, idc_error *err)
{
    share_pictures(d);
    while (d->n_live > 0 && d->live[0].n < d->net->c.max_length) {
        memset(d->n_candidates, 0, sizeof d->n_candidates);
        for (int i = 0; i < d->n_live; i++) {
            int rc = idc_decode_read(d, &d->live[i], o, true, err);
            if (rc < 0)
                return rc;
            consider_words(d, o, i);
        }
        advance(d, o);
        if (d->n_live > 0 && settled(d, o->length_penalty))
            d->n_live = 0;
    }
    finish(d, o);
    return 0;
}
