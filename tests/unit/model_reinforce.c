/* The self-critical loss and its gradient equal PyTorch's; sentences are drawn by (seed, step); following the gradient makes
 * rewarded words come. */
#include "network_golden.h"

#include <omp.h>

#include "model/reinforce.h"
#include "tensor/adamw.h"

static const tolerance forward = {1e-5, 1e-3}, backward = {1e-4, 0.1};

static void gradients_equal_the_reference(void **state)
{
    const char *name = *state;
    char path[512];
    idc_error err = IDC_NO_ERROR;
    const char *tests = getenv("TESTS");
    golden g, r = {0};
    golden_open(&g, name);
    snprintf(path, sizeof path, "%s/golden/network/reinforce_%s.safetensors",
             tests ? tests : "tests", name);
    if (idc_safetensors_open(&r.file, path, &err) < 0)
        fail_msg("%s", err.text);
    const idc_safetensor *ids = golden_tensor(&r, "ids"), *a = golden_tensor(&r, "advantage");
    idc_said said = {.pairs = (int)ids->shape[0],
                     .samples = (int)ids->shape[1],
                     .row = (int)ids->shape[2],
                     .temperature = 1.5};
    said.ids = malloc(ids->bytes);
    said.advantage = malloc(a->bytes);
    memcpy(said.ids, ids->data, ids->bytes);
    memcpy(said.advantage, a->data, a->bytes);
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_network_pair_output pair;
    idc_network_pair(g.net, t, golden_input(&g, t, "in.before"), golden_input(&g, t, "in.after"),
                     &pair);
    idc_tensor *loss = idc_reinforce_loss(g.net, t, pair.tokens, &said);
    if (idc_tape_backward(t, loss, &err) < 0)
        fail_msg("%s", err.text);
    golden_compare(&r, "loss", idc_f32(loss), 1, forward);
    int compared = 0;
    for (size_t i = 0; i < idc_params_size(g.params); i++) {
        const idc_tensor *x = idc_params_at(g.params, i);
        char key[128];
        snprintf(key, sizeof key, "grad.%s", x->name);
        if (!idc_safetensors_find(r.file, key)) /* it has no part in the sentences */
            continue;
        golden_compare(&r, key, x->grad, idc_tensor_count(x), backward);
        compared++;
    }
    assert_true(compared > 40);
    idc_tape_free(&t);
    free(said.ids);
    free(said.advantage);
    idc_safetensors_close(&r.file);
    golden_close(&g);
}

static void speak(const golden *g, idc_tape *t, idc_said *said)
{
    idc_error err = IDC_NO_ERROR;
    idc_speaker *s;
    if (idc_speaker_new(&s, g->net, &err) < 0)
        fail_msg("%s", err.text);
    if (idc_speaker_say(s, t, golden_input(g, t, "out.E"), said, &err) < 0)
        fail_msg("%s", err.text);
    idc_speaker_free(&s);
}

/* Whatever the threads, sentences are those of (seed, step); the greedy ones are the decoder's. */
static void sentences_follow_seed_and_step(void **state)
{
    golden g;
    idc_error err = IDC_NO_ERROR;
    golden_open(&g, *state);
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, &err);
    int threads = omp_get_max_threads(), samples = 5;
    idc_said one = {.pairs = 2, .samples = samples, .temperature = 2, .seed = 3, .step = 9};
    idc_said two = one, other = one;
    other.step = 10;
    omp_set_num_threads(1);
    speak(&g, t, &one);
    omp_set_num_threads(3);
    speak(&g, t, &two);
    omp_set_num_threads(threads);
    speak(&g, t, &other);
    size_t bytes = (size_t)(2 * samples * one.row) * sizeof *one.ids;
    assert_memory_equal(one.ids, two.ids, bytes);
    assert_memory_not_equal(one.ids, other.ids, bytes);
    int alike = 0;
    for (int k = 1; k < samples; k++)
        alike += !memcmp(one.ids, one.ids + k * one.row, (size_t)one.row * sizeof *one.ids);
    assert_true(alike < samples - 1);
    assert_memory_equal(one.greedy, golden_tensor(&g, "out.greedy")->data,
                        (size_t)(2 * one.row) * sizeof *one.greedy);
    idc_tape_free(&t);
    golden_close(&g);
}

/* How many words of a sentence are word 9. */
static double reward(const int32_t *ids, int row)
{
    int n = 0;
    for (int i = 1; i < idc_said_length(ids, row); i++)
        n += ids[i] == 9;
    return n;
}

/* Sixty steps that reward one word: it comes more often, in samples and in greedy sentences. */
static void rewarded_words_come(void **state)
{
    golden g;
    idc_error err = IDC_NO_ERROR;
    golden_open(&g, *state);
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_adamw_options o = {.beta1 = 0.9f, .beta2 = 0.99f, .eps = 1e-8f};
    idc_adamw *adam;
    idc_speaker *s;
    assert_int_equal(idc_adamw_new(&adam, g.params, &o, &err), 0);
    assert_int_equal(idc_speaker_new(&s, g.net, &err), 0);
    double first = 0, last = 0, greedy = 0;
    for (int step = 0; step < 60; step++) {
        idc_said said = {.pairs = 2, .samples = 8, .temperature = 1, .seed = 1};
        said.step = (uint64_t)step;
        idc_tape_reset(t);
        idc_network_pair_output pair;
        idc_network_pair(g.net, t, golden_input(&g, t, "in.before"),
                         golden_input(&g, t, "in.after"), &pair);
        if (idc_speaker_say(s, t, pair.tokens, &said, &err) < 0)
            fail_msg("%s", err.text);
        double mean = 0;
        greedy = 0;
        for (int i = 0; i < 16; i++) {
            double base = reward(said.greedy + i / 8 * said.row, said.row);
            double r = reward(said.ids + i * said.row, said.row);
            said.advantage[i] = (float)(r - base);
            mean += r / 16;
            greedy += base / 16;
        }
        first += step < 5 ? mean / 5 : 0;
        last += step >= 55 ? mean / 5 : 0;
        idc_params_zero_grad(g.params);
        if (idc_tape_backward(t, idc_reinforce_loss(g.net, t, pair.tokens, &said), &err) < 0)
            fail_msg("%s", err.text);
        idc_adamw_step(adam, 0.003, 1.0);
    }
    if (!(last > first + 2 && greedy > first + 2))
        fail_msg("reward went from %g to %g (greedy %g)", first, last, greedy);
    idc_speaker_free(&s);
    idc_adamw_free(&adam);
    idc_tape_free(&t);
    golden_close(&g);
}

int main(void)
{
    static char paper[] = "paper", matching[] = "matching", textbook[] = "textbook";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(gradients_equal_the_reference, paper),
        cmocka_unit_test_prestate(gradients_equal_the_reference, matching),
        cmocka_unit_test_prestate(sentences_follow_seed_and_step, paper),
        cmocka_unit_test_prestate(sentences_follow_seed_and_step, matching),
        cmocka_unit_test_prestate(rewarded_words_come, textbook),
        cmocka_unit_test_prestate(rewarded_words_come, paper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
