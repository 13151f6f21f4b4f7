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

/* ---- decodings.safetensors ---- */

static golden open_decodings(void)
{
    char path[512];
    idc_error err = IDC_NO_ERROR;
    golden g = {0};
    const char *tests = getenv("TESTS");
    snprintf(path, sizeof path, "%s/golden/network/decodings.safetensors", tests ? tests : "tests");
    if (idc_safetensors_open(&g.file, path, &err) < 0)
        fail_msg("%s", err.text);
    return g;
}

static void same_sentence(const golden *g, const char *key, int at, const idc_sentence *s)
{
    const idc_safetensor *words = golden_tensor(g, key);
    int length = (int)words->shape[words->ndim - 1];
    const int32_t *expected = (const int32_t *)words->data + at * length;
    for (int i = 0; i < length; i++)
        assert_int_equal(i < s->length ? s->ids[i] : IDC_PAD, expected[i]);
}

static void contrastive_is_the_reference(void **state)
{
    static const double alphas[] = {0.0, 0.3, 0.6, 1.0};
    const char *name = *state;
    char key[64];
    run r = {0};
    float logprob[4 * BATCH];
    golden g = open_decodings();
    begin(&r, name);
    snprintf(key, sizeof key, "%s.contrastive", name);
    for (int i = 0; i < 4 * BATCH; i++) {
        idc_decode_options o = {.search = IDC_SEARCH_CONTRASTIVE, .beam = 1, .top_k = 4};
        idc_decoding out;
        o.alpha = alphas[i / BATCH];
        decode(&r, i % BATCH, &o, &out);
        assert_int_equal(out.count, 1);
        same_sentence(&g, key, i, &out.best[0]);
        if (i < BATCH) /* without a penalty it is greedy */
            same_words(&r, "out.greedy", i, &out.best[0]);
        logprob[i] = (float)out.best[0].logprob;
    }
    snprintf(key, sizeof key, "%s.contrastive_logprob", name);
    golden_compare(&g, key, logprob, 4 * BATCH, close_to);
    idc_safetensors_close(&g.file);
    end(&r);
}

static void constrained_is_the_reference(void **state)
{
    static int32_t forbidden[] = {6, 7, 8};
    const char *name = *state;
    char key[64];
    run r = {0};
    float logprob[BATCH * 2];
    golden g = open_decodings();
    begin(&r, name);
    snprintf(key, sizeof key, "%s.constrained", name);
    idc_constraints c = {2, 3, {9, 14}, forbidden};
    for (int i = 0; i < BATCH; i++) {
        idc_decode_options o = {.beam = 2, .constraints = &c};
        idc_decoding out;
        decode(&r, i, &o, &out);
        assert_int_equal(out.count, 2);
        for (int k = 0; k < 2; k++) {
            same_sentence(&g, key, i * 2 + k, &out.best[k]);
            logprob[i * 2 + k] = (float)out.best[k].logprob;
        }
    }
    snprintf(key, sizeof key, "%s.constrained_logprob", name);
    golden_compare(&g, key, logprob, BATCH * 2, close_to);
    idc_safetensors_close(&g.file);
    end(&r);
}

/* Eleven places, eight words: all come, whatever they cost; a forbidden one never does, in any search. */
static void constraints_hold(void **state)
{
    run r = {0};
    idc_decoding out;
    begin(&r, *state);
    idc_constraints c = {8, 0, {6, 7, 8, 9, 10, 11, 12, 13}, NULL};
    idc_decode_options o = {.beam = 1, .constraints = &c};
    decode(&r, 0, &o, &out);
    for (int w = 6; w < 14; w++) {
        int seen = 0;
        for (int i = 1; i < out.best[0].length; i++)
            seen += out.best[0].ids[i] == w;
        assert_true(seen > 0);
    }
    for (int search = IDC_SEARCH_BEAM; search <= IDC_SEARCH_SAMPLE; search++) {
        idc_decode_options plain = {.search = (enum idc_search)search,
                                    .beam = 1,
                                    .top_k = 3,
                                    .alpha = 0.5,
                                    .temperature = 1};
        decode(&r, 0, &plain, &out);
        int32_t first = out.best[0].ids[1];
        idc_constraints without = {0, 1, {0}, &first};
        plain.constraints = &without;
        decode(&r, 0, &plain, &out);
        for (int i = 1; i < out.best[0].length; i++)
            assert_int_not_equal(out.best[0].ids[i], first);
    }
    end(&r);
}

/* Words are drawn by their probability, tempered; a function of seed, stream and index. */
static void samples_follow_the_probabilities(void **state)
{
    enum { DRAWS = 4000, WORDS = 18 };
    run r = {0};
    idc_error err = IDC_NO_ERROR;
    begin(&r, *state);
    idc_decode_options o = {.search = IDC_SEARCH_SAMPLE, .beam = 1, .temperature = 2, .seed = 5};
    idc_decoding out;
    int seen[WORDS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        o.stream = (uint64_t)i;
        decode(&r, 0, &o, &out);
        seen[out.best[0].ids[1]]++;
    }
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, &err);
    const idc_safetensor *e = golden_tensor(&r.g, "out.E");
    idc_tensor *tokens =
        idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){1, e->shape[1], e->shape[2]}, e->data);
    idc_tensor *bos = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){1, 1}, (int32_t[]){IDC_BOS});
    idc_tensor *h = idc_network_ask(r.g.net, t, tokens, bos, IDC_TEXT_CAUSAL).text;
    idc_tensor *z = idc_network_words(r.g.net, t, h);
    double p[WORDS], sum = 0.0;
    for (int w = 0; w < WORDS; w++) {
        bool never = w == IDC_PAD || w == IDC_BOS || w == IDC_CLS || w == IDC_MASK;
        sum += p[w] = never ? 0.0 : exp((double)idc_f32(z)[w] / 2.0);
    }
    for (int w = 0; w < WORDS; w++) { /* within five deviations */
        double mean = DRAWS * p[w] / sum, deviation = sqrt(mean * (1 - p[w] / sum));
        assert_true(fabs(seen[w] - mean) <= 5 * deviation + 1e-9);
    }
    idc_tape_free(&t);
    int32_t words[16];
    decode(&r, 0, &o, &out);
    int length = out.best[0].length;
    memcpy(words, out.best[0].ids, (size_t)length * sizeof *words);
    decode(&r, 1, &o, &out);
    decode(&r, 0, &o, &out);
    assert_int_equal(out.best[0].length, length);
    assert_memory_equal(out.best[0].ids, words, (size_t)length * sizeof *words);
    o.temperature = 0.01; /* hardly any chance is left */
    decode(&r, 0, &o, &out);
    same_words(&r, "out.greedy", 0, &out.best[0]);
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
    idc_constraints c = {8, 0, {6, 7, 8, 9, 10, 11, 12, 13}, NULL};
    idc_decode_options kept = {.beam = 64, .constraints = &c};
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &kept, &out, &err), IDC_E_RANGE);
    assert_string_equal(err.text,
                        "a beam of 64 with 8 required words keeps 576 sentences, at most 256");
    idc_decode_options s = {.search = IDC_SEARCH_CONTRASTIVE, .beam = 1, .constraints = &c};
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &s, &out, &err), IDC_E_INVALID);
    assert_string_equal(err.text, "contrastive search cannot require words");
    s.constraints = NULL;
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &s, &out, &err), IDC_E_RANGE);
    s.top_k = 2;
    s.alpha = 1.5;
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &s, &out, &err), IDC_E_RANGE);
    s.search = IDC_SEARCH_SAMPLE;
    assert_int_equal(idc_decoder_run(r.decoder, r.tokens, &s, &out, &err), IDC_E_RANGE);
    idc_decode_options three = {.beam = 3};
    decode(&r, 0, &good, &out);
    assert_int_equal(idc_decoder_run(r.decoder, NULL, &good, &out, &err), 0); /* the same again */
    same_words(&r, "out.greedy", 0, &out.best[0]);
    assert_int_equal(idc_decoder_run(r.decoder, NULL, &three, &out, &err), IDC_E_INVALID);
    assert_string_equal(err.text, "decoder: no pair has been read with this beam");
    idc_network_config small = r.g.config.network;
    small.max_length = 8;
    kept.beam = 1;
    assert_int_equal(idc_decode_check(&kept, &small, &err), IDC_E_RANGE);
    assert_string_equal(err.text, "8 required words: sentences have at most 7 words");
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
        cmocka_unit_test_prestate(contrastive_is_the_reference, paper),
        cmocka_unit_test_prestate(contrastive_is_the_reference, matching),
        cmocka_unit_test_prestate(contrastive_is_the_reference, textbook),
        cmocka_unit_test_prestate(constrained_is_the_reference, paper),
        cmocka_unit_test_prestate(constrained_is_the_reference, matching),
        cmocka_unit_test_prestate(constrained_is_the_reference, textbook),
        cmocka_unit_test_prestate(constraints_hold, paper),
        cmocka_unit_test_prestate(constraints_hold, matching),
        cmocka_unit_test_prestate(samples_follow_the_probabilities, matching),
        cmocka_unit_test_prestate(runs_do_not_mix, paper),
        cmocka_unit_test_prestate(runs_do_not_mix, matching),
        cmocka_unit_test_prestate(bad_options_and_numbers_are_refused, textbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
