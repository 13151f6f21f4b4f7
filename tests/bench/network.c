/* network: milliseconds of one core for each step from features to a sentence, at the default model's sizes with random
 * weights; sentences of the greatest length, which real ones hardly reach. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "model/decode.h"

#define ROUNDS 15
#define WORDS 106

static const idc_network_config config = {.width = 128,
                                          .heads = 4,
                                          .feed_forward = 512,
                                          .single_blocks = 1,
                                          .pair_blocks = 1,
                                          .cross_blocks = 2,
                                          .feature = 115,
                                          .grid = {20, 30},
                                          .pool = 2,
                                          .max_length = 40,
                                          .words = WORDS,
                                          .types = 6,
                                          .position = IDC_POSITION_FOURIER,
                                          .caption = IDC_CAPTION_NEXT,
                                          .matching = {4, 32, 192},
                                          .helper_heads = true};

struct job {
    idc_network *net;
    idc_tape *tape;
    idc_decoder *decoder;
    idc_tensor *before, *after;
    float *tokens; /* copied out of the tape */
    int words;
    idc_error err;
};

/* This thread's own time: other programs on the machine do not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int pair(struct job *j)
{
    idc_network_pair_output out;
    idc_tape_reset(j->tape);
    idc_network_pair(j->net, j->tape, j->before, j->after, &out);
    if (idc_tape_status(j->tape, &j->err) < 0)
        return j->err.code;
    int64_t n = idc_tensor_count(out.tokens);
    for (int64_t i = 0; i < n; i++)
        j->tokens[i] = idc_f32(out.tokens)[i];
    return 0;
}

static int change(struct job *j)
{
    int64_t shape[] = {1, 2 * (idc_network_cells(&config, NULL, NULL) + 1), config.width};
    idc_tape_reset(j->tape);
    idc_tensor *x = idc_tape_input(j->tape, IDC_DTYPE_F32, 3, shape, j->tokens);
    idc_network_change(j->net, j->tape,
                       idc_network_cross(j->net, j->tape, x, NULL, IDC_TEXT_CAUSAL, false));
    return idc_tape_status(j->tape, &j->err);
}

static int decode(struct job *j, int beam)
{
    idc_decode_options o = {.beam = beam};
    idc_decoding out;
    int rc = idc_decoder_run(j->decoder, j->tokens, &o, &out, &j->err);
    j->words = rc == 0 ? out.best[0].length - 1 : 0;
    return rc;
}

static int greedy(struct job *j)
{
    return decode(j, 1);
}

static int beam_of_five(struct job *j)
{
    return decode(j, 5);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int report(struct job *j, const char *name, int (*step)(struct job *), const char *goal)
{
    double ms[ROUNDS];
    int rc = step(j);
    for (int i = 0; i < ROUNDS && rc == 0; i++) {
        double start = now();
        rc = step(j);
        ms[i] = now() - start;
    }
    if (rc < 0) {
        fprintf(stderr, "network: %s: %s\n", name, j->err.text);
        return rc;
    }
    qsort(ms, ROUNDS, sizeof *ms, ascending);
    printf("{\"name\":\"%s\",\"value\":%.2f,\"unit\":\"ms\"%s}\n", name, ms[ROUNDS / 2], goal);
    return 0;
}

static void fill(idc_tensor *x, uint64_t seed)
{
    idc_random r = idc_random_at(seed, 0, 0);
    for (int64_t i = 0; i < idc_tensor_count(x); i++)
        idc_f32(x)[i] = (float)idc_random_unit(&r);
}

int main(void)
{
    struct job j = {0};
    idc_params *params = idc_params_new();
    int64_t shape[] = {1, config.grid[0], config.grid[1], config.feature};
    omp_set_num_threads(1);
    j.tape = idc_tape_new(IDC_TAPE_INFER, &j.err);
    idc_tape *inputs = idc_tape_new(IDC_TAPE_INFER, &j.err);
    j.tokens = malloc(sizeof(float) * 2 * 151 * 128);
    if (!params || !j.tape || !inputs || !j.tokens ||
        idc_network_new(&j.net, &config, params, 1, &j.err) < 0 ||
        idc_decoder_new(&j.decoder, j.net, &j.err) < 0) {
        fprintf(stderr, "network: %s\n", j.err.text);
        return 1;
    }
    idc_params_set_trainable(params, "", false);
    j.before = idc_tape_input(inputs, IDC_DTYPE_F32, 4, shape, NULL);
    j.after = idc_tape_input(inputs, IDC_DTYPE_F32, 4, shape, NULL);
    fill(j.before, 1);
    fill(j.after, 2);
    /* No <EOS>: the sentence runs to its greatest length. */
    idc_f32(idc_params_find(params, "model.output.bias"))[IDC_EOS] = -100;
    int rc = report(&j, "features to tokens", pair, "");
    if (rc == 0)
        rc = report(&j, "tokens to change", change, "");
    if (rc == 0)
        rc = report(&j, "greedy decoding, 39 words", greedy, ",\"goal\":15,\"better\":\"lower\"");
    if (rc == 0)
        rc = report(&j, "beam of 5, 39 words", beam_of_five, "");
    idc_decoder_free(&j.decoder);
    idc_network_free(&j.net);
    idc_tape_free(&inputs);
    idc_tape_free(&j.tape);
    idc_params_free(&params);
    free(j.tokens);
    return rc < 0 || j.words != 39;
}
