/* decode_greedy.c: the likeliest word each time, or one drawn by chance. */
#include <math.h>

#include "base/random.h"
#include "model/decode_state.h"

static int likeliest(const idc_decoder *d)
{
    int best = 0;
    for (int i = 1; i < d->net->c.words; i++)
        if (d->logprobs[i] > d->logprobs[best])
            best = i;
    return best;
}

/* The word at which the sum of p^(1/T), in the order of the numbers, passes a uniform share of the whole sum. */
static int drawn(const idc_decoder *d, double temperature, idc_random *random)
{
    int n = d->net->c.words, last = likeliest(d);
    double top = (double)d->logprobs[last], sum = 0.0, passed = 0.0;
    for (int i = 0; i < n; i++)
        sum += exp(((double)d->logprobs[i] - top) / temperature);
    double at = idc_random_unit(random) * sum;
    for (int i = 0; i < n; i++) {
        double p = exp(((double)d->logprobs[i] - top) / temperature);
        passed += p;
        if (p > 0.0)
            last = i;
        if (passed > at)
            break;
    }
    return last;
}

static int write(idc_decoder *d, const idc_decode_options *o, idc_random *random, idc_error *err)
{
    idc_hypothesis *h = &d->live[0];
    while (h->n < d->net->c.max_length) {
        int rc = idc_decode_read(d, h, o, true, err);
        if (rc < 0)
            return rc;
        int word = random ? drawn(d, o->temperature, random) : likeliest(d);
        idc_decode_append(d, h, word);
        if (word == IDC_EOS && !o->exact)
            break;
    }
    h->score = idc_decode_penalised(h->logprob, h->n - 1, o->length_penalty);
    return 0;
}

int idc_decode_greedy(idc_decoder *d, const idc_decode_options *o, idc_error *err)
{
    return write(d, o, NULL, err);
}

int idc_decode_sample(idc_decoder *d, const idc_decode_options *o, idc_error *err)
{
    idc_random random = idc_random_at(o->seed, o->stream, o->index);
    return write(d, o, &random, err);
}
