/* Word maps equal those of PyTorch, do not touch the parameters' gradients, and obey their formula. */
#include "network_golden.h"

#include "model/word_map.h"

static const tolerance allowed = {2e-4, 1.0}; /* heat is in [0,1] */

struct maps {
    golden g;
    idc_safetensors *file;
    idc_tape *probe;
};

static void start(struct maps *m, const char *name)
{
    char path[512];
    idc_error err = IDC_NO_ERROR;
    const char *tests = getenv("TESTS");
    golden_open(&m->g, name);
    snprintf(path, sizeof path, "%s/golden/network/maps.safetensors", tests ? tests : "tests");
    if (idc_safetensors_open(&m->file, path, &err) < 0)
        fail_msg("%s", err.text);
    m->probe = idc_tape_new(IDC_TAPE_PROBE, &err);
    assert_non_null(m->probe);
}

static void stop(struct maps *m)
{
    idc_tape_free(&m->probe);
    idc_safetensors_close(&m->file);
    golden_close(&m->g);
}

static void compare(struct maps *m, const char *name, const float *heat, size_t count)
{
    golden expected = {.file = m->file};
    golden_compare(&expected, name, heat, (int64_t)count, allowed);
    float high = 0.0f;
    for (size_t i = 0; i < count; i++)
        high = heat[i] > high ? heat[i] : high;
    assert_true(high == 1.0f); /* the golden is not empty */
}

/* No parameter has got a gradient. */
static void untouched(const idc_params *params)
{
    for (size_t i = 0; i < idc_params_size(params); i++) {
        const idc_tensor *x = idc_params_at(params, i);
        for (int64_t k = 0; k < idc_tensor_count(x); k++)
            assert_true(x->grad[k] == 0.0f);
    }
}

static void words_look_where_they_do_in_the_reference(void **state)
{
    const char *name = *state;
    struct maps m;
    start(&m, name);
    int blocks = m.g.config.network.cross_blocks, n = 2 * idc_word_map_cells(m.g.net);
    const idc_safetensor *words = golden_tensor(&m.g, "in.ids");
    int length = (int)words->shape[1];
    const int32_t *ids = (const int32_t *)words->data + length; /* of the second pair */
    const idc_safetensor *e = golden_tensor(&m.g, "out.E");
    const float *tokens = (const float *)e->data + e->shape[1] * e->shape[2];
    size_t count = (size_t)(length - 1) * (size_t)n;
    float *heat = malloc(count * sizeof *heat);
    for (int block = 0; block<blocks; block += blocks> 1 ? blocks - 1 : 1) {
        char key[64];
        idc_error err = IDC_NO_ERROR;
        snprintf(key, sizeof key, "%s.spoken%d", name, block);
        for (int back = 0; back < 2; back++) {
            idc_spoken said = {ids, length, back ? block - blocks : block};
            if (idc_word_maps(m.g.net, m.probe, tokens, &said, heat, &err) < 0)
                fail_msg("%s", err.text);
            compare(&m, key, heat, count);
        }
    }
    untouched(m.g.params);
    free(heat);
    stop(&m);
}

/* cos((CLS1 + CLS2) / 2, CLS3), summed over the batch */
static idc_tensor *alignment(struct maps *m, idc_tensor *hidden, int64_t tokens)
{
    idc_tape *t = m->probe;
    int n = idc_word_map_cells(m->g.net);
    int64_t batch = hidden->shape[0];
    idc_tensor *sum = idc_add(t, idc_slice(t, hidden, 1, 0, 1), idc_slice(t, hidden, 1, n + 1, 1));
    idc_tensor *v = idc_l2_normalize(t, sum, 1e-12f);
    idc_tensor *s = idc_l2_normalize(t, idc_slice(t, hidden, 1, tokens, 1), 1e-12f);
    idc_tensor *cosines = idc_matmul(t, v, s, true);
    idc_tensor *row = idc_reshape(t, cosines, 2, (int64_t[]){1, batch});
    float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    idc_tensor *one = idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){1, batch}, ones);
    return idc_linear(t, row, one, NULL);
}

static void sentences_of_a_batch_too(void **state)
{
    const char *name = *state;
    struct maps m;
    idc_error err = IDC_NO_ERROR;
    start(&m, name);
    idc_attention_watch watch = {.block = 0};
    idc_tensor *e = golden_input(&m.g, m.probe, "out.E"),
               *ids = golden_input(&m.g, m.probe, "in.ids");
    idc_network_watch(m.g.net, &watch);
    idc_tensor *hidden = idc_network_cross(m.g.net, m.probe, e, ids, IDC_TEXT_FULL, true);
    idc_network_watch(m.g.net, NULL);
    if (idc_tape_backward(m.probe, alignment(&m, hidden, e->shape[1]), &err) < 0)
        fail_msg("%s", err.text);
    int64_t batch = ids->shape[0], length = ids->shape[1], n = 2 * idc_word_map_cells(m.g.net);
    size_t count = (size_t)(batch * length * n);
    float *heat = malloc(count * sizeof *heat);
    for (int64_t i = 0; i < batch * length; i++)
        idc_word_map_heat(m.g.net, &watch, (idc_word_row){i / length, i % length, length},
                          heat + i * n);
    char key[64];
    snprintf(key, sizeof key, "%s.aligned0", name);
    compare(&m, key, heat, count);
    untouched(m.g.params);
    free(heat);
    stop(&m);
}

/* A hand-made row: A .1 .3 .4 .2, G .5 −1 .2 .1 → cam .05 0 .08 .02 → mask .375 1 0 .75. */
static void the_formula(void **state)
{
    (void)state;
    static const float a[] = {.1f, .3f, .4f, .2f}, g[] = {.5f, -1.0f, .2f, .1f};
    static const float cam[] = {.05f, 0.0f, .08f, .02f}, mask[] = {.375f, 1.0f, 0.0f, .75f};
    float x[4] = {0};
    idc_word_map_weigh(x, a, g, 4, 1, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabsf(x[i] - cam[i]) < 1e-7f);
    idc_word_map_scale(x, 4);
    idc_word_map_mask(x, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabsf(x[i] - mask[i]) < 1e-6f);
    float flat[3] = {.2f, .2f, .2f};
    idc_word_map_scale(flat, 3);
    idc_word_map_mask(flat, 3);
    for (int i = 0; i < 3; i++)
        assert_true(flat[i] == 1.0f);
}

/* The score of the CLS tokens does not reach the text's rows in the last block; blocks that are not there are refused. */
static void nothing_to_see(void **state)
{
    (void)state;
    struct maps m;
    idc_error err = IDC_NO_ERROR;
    start(&m, "matching");
    idc_attention_watch watch = {.block = -1};
    idc_tensor *e = golden_input(&m.g, m.probe, "out.E"),
               *ids = golden_input(&m.g, m.probe, "in.ids");
    idc_network_watch(m.g.net, &watch);
    idc_tensor *hidden = idc_network_cross(m.g.net, m.probe, e, ids, IDC_TEXT_FULL, true);
    assert_int_equal(idc_tape_backward(m.probe, alignment(&m, hidden, e->shape[1]), &err), 0);
    float heat[12];
    idc_word_map_heat(m.g.net, &watch, (idc_word_row){1, 3, ids->shape[1]}, heat);
    for (int i = 0; i < 12; i++)
        assert_true(heat[i] == 0.0f);
    watch.block = 2;
    assert_null(idc_network_cross(m.g.net, m.probe, e, ids, IDC_TEXT_FULL, true));
    assert_int_equal(idc_tape_status(m.probe, &err), IDC_E_RANGE);
    assert_string_equal(err.text, "attention: block 2 of 2 is not there");
    idc_network_watch(m.g.net, NULL);
    stop(&m);
}

int main(void)
{
    static char paper[] = "paper", matching[] = "matching", textbook[] = "textbook";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(words_look_where_they_do_in_the_reference, paper),
        cmocka_unit_test_prestate(words_look_where_they_do_in_the_reference, matching),
        cmocka_unit_test_prestate(words_look_where_they_do_in_the_reference, textbook),
        cmocka_unit_test_prestate(sentences_of_a_batch_too, paper),
        cmocka_unit_test_prestate(sentences_of_a_batch_too, matching),
        cmocka_unit_test(the_formula),
        cmocka_unit_test(nothing_to_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
