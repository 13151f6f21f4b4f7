/* Decoding with cached keys and values finds the sentences of computing the whole sequence anew for each word (made in
 * PyTorch), with their probabilities. */
#include "network_golden.h"

#include "model/decode.h"

#define BATCH 2
#define BEAM 3
static const tolerance close_to = {2e-5, 1};

typedef struct run {
    golden g;
    idc_decoder *decoder;
    const float *tokens; /* of item 0 */
    int64_t per_item;
} run;

static void begin(run *r, const char *name)
{
    idc_error err = IDC_NO_ERROR;
    golden_open(&r->g, name);
    const idc_safetensor *e = golden_tensor(&r->g, "out.E");
    r->tokens = e->data;
    r->per_item = e->shape[1] * e->shape[2];
    if (idc_decoder_new(&r->decoder, r->g.net, &err) < 0)
        fail_msg("%s", err.text);
}

static void end(run *r)
{
    idc_decoder_free(&r->decoder);
    golden_close(&r->g);
}

static void decode(run *r, int item, const idc_decode_options *o, idc_decoding *out)
{
    idc_error err = IDC_NO_ERROR;
    if (idc_decoder_run(r->decoder, r->tokens + item * r->per_item, o, out, &err) < 0)
        fail_msg("%s", err.text);
}

/* Sentence number `at` of the golden, padded there to max_length. */
static void same_words(const run *r, const char *name, int at, const idc_sentence *s)
{
    int length = r->g.config.network.max_length;
    const int32_t *expected = (const int32_t *)golden_tensor(&r->g, name)->data + at * length;
    for (int i = 0; i < length; i++)
        assert_int_equal(i < s->length ? s->ids[i] : IDC_PAD, expected[i]);
}

static void greedy_is_the_reference(void **state)
{
    run r = {0};
    begin(&r, *state);
    for (int exact = 0; exact < 2; exact++) {
        float logprob[BATCH];
        for (int i = 0; i < BATCH; i++) {
            idc_decode_options o = IDC_DECODE_DEFAULTS;
            idc_decoding out;
            o.exact = exact;
            decode(&r, i, &o, &out);
            assert_int_equal(out.count, 1);
            same_words(&r, exact ? "out.greedy_exact" : "out.greedy", i, &out.best[0]);
            logprob[i] = (float)out.best[0].logprob;
        }
        golden_compare(&r.g, exact ? "out.greedy_logprob_exact" : "out.greedy_logprob", logprob,
                       BATCH, close_to);
    }
    end(&r);
}

static void beam_is_the_reference(void **state)
{
    run r = {0};
    float logprob[BATCH * BEAM], score[BATCH * BEAM];
    begin(&r, *state);
    for (int i = 0; i < BATCH; i++) {
        idc_decode_options o = {.beam = BEAM, .length_penalty = 0.7};
        idc_decoding out;
        decode(&r, i, &o, &out);
        assert_int_equal(out.count, BEAM);
        for (int k = 0; k < BEAM; k++) {
            same_words(&r, "out.beam", i * BEAM + k, &out.best[k]);
            logprob[i * BEAM + k] = (float)out.best[k].logprob;
            score[i * BEAM + k] = (float)out.best[k].score;
        }
    }
    golden_compare(&r.g, "out.beam_logprob", logprob, BATCH * BEAM, close_to);
    golden_compare(&r.g, "out.beam_score", score, BATCH * BEAM, close_to);
    end(&r);
}

/* Nothing of a run is left in the next one, with whatever beam. */
static void runs_do_not_mix(void **state)
{
    run r = {0};
    begin(&r, *state);
    idc_decode_options narrow = IDC_DECODE_DEFAULTS, wide = {.beam = 5};
    idc_decoding first, other, again;
    decode(&r, 0, &wide, &first);
    int32_t words[16];
    int length = first.best[0].length;
    double score = first.best[0].score;
    memcpy(words, first.best[0].ids, (size_t)length * sizeof *words);
    decode(&r, 1, &wide, &other);
    decode(&r, 1, &narrow, &other);
    decode(&r, 0, &wide, &again);
    assert_int_equal(again.best[0].length, length);
    assert_memory_equal(again.best[0].ids, words, (size_t)length * sizeof *words);
    assert_true(again.best[0].score == score);
    end(&r);
}

static void bad_options_and_numbers_are_refused(void **state)
{
    run r = {0};
    begin(&r, *state);
    idc_error err = IDC_NO_ERROR;
    idc_decoding out;
    idc_decode_options none = {.beam = 0}, many = {.beam = IDC_MAX_BEAM + 1};
    idc_decode_options penalty = {.beam = 1, .length_penalty = NAN}, good = IDC_DECODE_DEFAULTS;
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &none, &out, &err), IDC_E_RANGE);
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &many, &out, &err), IDC_E_RANGE);
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &penalty, &out, &err), IDC_E_RANGE);
    float *strange = malloc((size_t)r.per_item * sizeof *strange);
    for (int64_t i = 0; i < r.per_item; i++)
        strange[i] = NAN;
    assert_int_equal(idc_decoder_run(r.decoder, strange, &good, &out, &err), IDC_E_NUMERIC);
    free(strange);
    decode(&r, 0, &good, &out);
    assert_int_equal(out.count, 1);
    end(&r);
}

int main(void)
{
    static char paper[] = "paper", matching[] = "matching", textbook[] = "textbook";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(greedy_is_the_reference, paper),
        cmocka_unit_test_prestate(greedy_is_the_reference, matching),
        cmocka_unit_test_prestate(greedy_is_the_reference, textbook),
        cmocka_unit_test_prestate(beam_is_the_reference, paper),
        cmocka_unit_test_prestate(beam_is_the_reference, matching),
        cmocka_unit_test_prestate(beam_is_the_reference, textbook),
        cmocka_unit_test_prestate(runs_do_not_mix, paper),
        cmocka_unit_test_prestate(runs_do_not_mix, matching),
        cmocka_unit_test_prestate(bad_options_and_numbers_are_refused, textbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
