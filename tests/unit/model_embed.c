/* Embeddings of pairs and sentences equal an independent PyTorch network, forwards and backwards; a sentence's does not know
 * the others of its batch. */
#include "network_golden.h"

#include "model/embed.h"
#include "model/objective_tape.h"

static const tolerance forward = {1e-5, 1e-3};
static const tolerance backward = {1e-4, 1e-2};

typedef struct pass {
    golden g;
    idc_tape *tape;
    idc_tensor *pair, *text;
} pass;

static void run(pass *p)
{
    idc_error err = IDC_NO_ERROR;
    golden_open(&p->g, "embed");
    idc_tape *t = p->tape = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_network_pair_output out;
    idc_network_pair(p->g.net, t, golden_input(&p->g, t, "in.before"),
                     golden_input(&p->g, t, "in.after"), &out);
    p->pair = idc_network_embed_pair(p->g.net, t, out.tokens);
    p->text = idc_network_embed_text(p->g.net, t, golden_input(&p->g, t, "in.ids"));
    if (idc_tape_status(t, &err) < 0)
        fail_msg("%s", err.text);
}

static void finish(pass *p)
{
    idc_tape_free(&p->tape);
    golden_close(&p->g);
}

static void equals_the_reference(void **state)
{
    (void)state;
    pass p = {0};
    idc_error err = IDC_NO_ERROR;
    run(&p);
    golden_compare(&p.g, "out.pair", idc_f32(p.pair), idc_tensor_count(p.pair), forward);
    golden_compare(&p.g, "out.text", idc_f32(p.text), idc_tensor_count(p.text), forward);
    idc_objective_options o;
    idc_objective_defaults(&o);
    idc_objective_tensors x = {.vector = {[IDC_VECTOR_PAIR] = p.pair, [IDC_VECTOR_TEXT] = p.text},
                               .log_scale = idc_network_log_scale(p.g.net),
                               .rest = {.captions = 1}};
    idc_tensor *loss = idc_objective_apply(p.tape, &o, &x);
    assert_non_null(loss);
    golden_compare(&p.g, "out.loss", idc_f32(loss), 1, forward);
    if (idc_tape_backward(p.tape, loss, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < idc_params_size(p.g.params); i++) {
        const idc_tensor *w = idc_params_at(p.g.params, i);
        char name[128];
        snprintf(name, sizeof name, "grad.%s", w->name);
        golden_compare(&p.g, name, w->grad, idc_tensor_count(w), backward);
    }
    finish(&p);
}

/* Neither the other sentences nor the room behind a sentence changes a bit of it. */
static void a_sentence_stands_alone(void **state)
{
    (void)state;
    pass p = {0};
    run(&p);
    const idc_safetensor *s = golden_tensor(&p.g, "in.ids");
    int64_t d = p.text->shape[1];
    for (int64_t i = 0; i < s->shape[0]; i++) {
        const int32_t *ids = (const int32_t *)s->data + i * s->shape[1];
        int64_t n = s->shape[1];
        while (ids[n - 1] == IDC_PAD)
            n--;
        idc_tensor *one = idc_tape_input(p.tape, IDC_DTYPE_I32, 2, (int64_t[]){1, n}, ids);
        idc_tensor *text = idc_network_embed_text(p.g.net, p.tape, one);
        assert_non_null(text);
        for (int64_t k = 0; k < d; k++)
            assert_true(fabsf(idc_f32(text)[k] - idc_f32(p.text)[i * d + k]) < 1e-6f);
    }
    finish(&p);
}

/* A pair and the same pictures in the other order are two pairs. */
static void order_matters(void **state)
{
    (void)state;
    pass p = {0};
    run(&p);
    idc_network_pair_output out;
    idc_network_pair(p.g.net, p.tape, golden_input(&p.g, p.tape, "in.after"),
                     golden_input(&p.g, p.tape, "in.before"), &out);
    idc_tensor *swapped = idc_network_embed_pair(p.g.net, p.tape, out.tokens);
    assert_non_null(swapped);
    float apart = 0;
    for (int64_t k = 0; k < p.pair->shape[1]; k++)
        apart = fmaxf(apart, fabsf(idc_f32(swapped)[k] - idc_f32(p.pair)[k]));
    assert_true(apart > 1e-3f);
    finish(&p);
}

static void the_temperature_stays_within_its_limits(void **state)
{
    (void)state;
    pass p = {0};
    run(&p);
    idc_f32(idc_network_log_scale(p.g.net))[0] = 9;
    assert_true(fabsf(idc_f32(idc_network_log_scale(p.g.net))[0] - logf(100)) < 1e-6f);
    idc_f32(idc_network_log_scale(p.g.net))[0] = -3;
    assert_true(fabsf(idc_f32(idc_network_log_scale(p.g.net))[0] - logf(2)) < 1e-6f);
    finish(&p);
}

static void a_network_without_the_head_says_so(void **state)
{
    (void)state;
    golden g;
    idc_error err = IDC_NO_ERROR;
    golden_open(&g, "textbook");
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, &err);
    assert_null(idc_network_log_scale(g.net));
    assert_null(idc_network_embed_text(g.net, t, golden_input(&g, t, "in.ids")));
    assert_int_equal(idc_tape_status(t, &err), IDC_E_MISSING);
    assert_non_null(strstr(err.text, "network.itc"));
    idc_tape_free(&t);
    golden_close(&g);
}

/* Old files say nothing of it and are written as they were. */
static void the_head_is_in_the_configuration_when_it_is_there(void **state)
{
    (void)state;
    golden g;
    golden_open(&g, "embed");
    char *with = idc_model_config_print(&g.config);
    g.config.network.itc = 0;
    char *without = idc_model_config_print(&g.config);
    assert_non_null(strstr(with, "\"itc\": 10"));
    assert_null(strstr(without, "itc"));
    free(with);
    free(without);
    golden_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_reference),
        cmocka_unit_test(a_sentence_stands_alone),
        cmocka_unit_test(order_matters),
        cmocka_unit_test(the_temperature_stays_within_its_limits),
        cmocka_unit_test(a_network_without_the_head_says_so),
        cmocka_unit_test(the_head_is_in_the_configuration_when_it_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
