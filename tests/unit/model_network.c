/* The network equals an independent one in PyTorch, number by number, forwards and backwards. */
#include "network_golden.h"

#include "model/parts.h"

static const tolerance forward = {1e-5, 1e-3};
/* The gradient of a key's bias is zero (softmax does not see it): what is left of it is rounding. */
static const tolerance backward = {1e-4, 0.1};

/* Everything that training asks of the network, on one tape. */
typedef struct pass {
    golden g;
    idc_tape *tape;
    idc_network_pair_output pair;
    idc_tensor *hidden, *logits, *change, *loss;
} pass;

static idc_tensor *plus(idc_tape *t, idc_tensor *sum, float weight, idc_tensor *loss)
{
    return idc_add(t, sum, idc_scale(t, loss, weight));
}

static idc_tensor *pointer_losses(pass *p, idc_tensor *loss)
{
    static const int start[] = {0, 3, 5, 13, 15};
    idc_tape *t = p->tape;
    idc_tensor *type = golden_input(&p->g, t, "in.type");
    loss = idc_add(t, loss, idc_cross_entropy(t, p->pair.type, type, NULL, IDC_SUM));
    for (int k = 0; k < 2; k++) {
        char name[32];
        snprintf(name, sizeof name, "in.where%d", k);
        idc_tensor *where = golden_input(&p->g, t, name);
        loss = plus(t, loss, 0.5f, idc_mass_loss(t, p->pair.pointer[k], where, NULL, IDC_SUM));
        snprintf(name, sizeof name, "in.attributes%d", k);
        const idc_safetensor *a = golden_tensor(&p->g, name);
        int64_t batch = a->shape[0];
        for (int group = 0; group < 4; group++) {
            int32_t target[8];
            for (int64_t i = 0; i < batch; i++)
                target[i] = ((const int32_t *)a->data)[i * 4 + group];
            idc_tensor *z = idc_slice(t, p->pair.attributes[k], 1, start[group],
                                      start[group + 1] - start[group]);
            idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 1, &batch, target);
            loss = plus(t, loss, 0.25f, idc_cross_entropy(t, z, ids, NULL, IDC_SUM));
        }
    }
    return loss;
}

static void run(pass *p, const char *name)
{
    idc_error err = IDC_NO_ERROR;
    golden_open(&p->g, name);
    idc_tape *t = p->tape = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_network *net = p->g.net;
    idc_network_pair(net, t, golden_input(&p->g, t, "in.before"),
                     golden_input(&p->g, t, "in.after"), &p->pair);
    p->hidden = idc_network_cross(net, t, p->pair.tokens, golden_input(&p->g, t, "in.ids"),
                                  IDC_TEXT_CAUSAL, false);
    if (idc_tape_status(t, &err) < 0)
        fail_msg("%s", err.text);
    int64_t m = p->pair.tokens->shape[1], d = p->pair.tokens->shape[2];
    idc_tensor *text = idc_slice(t, p->hidden, 1, m, p->hidden->shape[1] - m);
    p->logits = idc_network_words(net, t, idc_reshape(t, text, 2, (int64_t[]){-1, d}));
    p->change = idc_network_change(net, t, p->hidden);
    idc_tensor *changed = golden_input(&p->g, t, "in.changed");
    idc_tensor *target = golden_input(&p->g, t, "in.target");
    p->loss = idc_cross_entropy(t, p->logits, target, NULL, IDC_SUM);
    p->loss = idc_add(t, p->loss, idc_cross_entropy(t, p->change, changed, NULL, IDC_SUM));
    if (p->g.config.network.helper_heads)
        p->loss = pointer_losses(p, p->loss);
    if (idc_tape_status(t, &err) < 0)
        fail_msg("%s", err.text);
}

static void finish(pass *p)
{
    idc_tape_free(&p->tape);
    golden_close(&p->g);
}

static void same(const pass *p, const char *name, const idc_tensor *x)
{
    golden_compare(&p->g, name, idc_f32(x), idc_tensor_count(x), forward);
}

static void equals_the_reference(void **state)
{
    pass p = {0};
    run(&p, *state);
    same(&p, "out.E", p.pair.tokens);
    same(&p, "out.hidden", p.hidden);
    same(&p, "out.logits", p.logits);
    same(&p, "out.change", p.change);
    same(&p, "out.loss", p.loss);
    if (p.pair.type) {
        same(&p, "out.type", p.pair.type);
        same(&p, "out.pointer0", p.pair.pointer[0]);
        same(&p, "out.pointer1", p.pair.pointer[1]);
        same(&p, "out.attributes0", p.pair.attributes[0]);
        same(&p, "out.attributes1", p.pair.attributes[1]);
    }
    idc_tensor *full = idc_network_cross(p.g.net, p.tape, p.pair.tokens,
                                         golden_input(&p.g, p.tape, "in.ids"), IDC_TEXT_FULL, true);
    assert_non_null(full);
    same(&p, "out.full", full);
    finish(&p);
}

static void gradients_equal_the_reference(void **state)
{
    pass p = {0};
    idc_error err = IDC_NO_ERROR;
    run(&p, *state);
    if (idc_tape_backward(p.tape, p.loss, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < idc_params_size(p.g.params); i++) {
        const idc_tensor *x = idc_params_at(p.g.params, i);
        char name[128];
        snprintf(name, sizeof name, "grad.%s", x->name);
        golden_compare(&p.g, name, x->grad, idc_tensor_count(x), backward);
    }
    finish(&p);
}

/* Logits and gradients of what idc_network_ask gives are those of the whole encoder's rows. */
static void asking_saves_work_and_changes_nothing(void **state)
{
    pass p = {0};
    idc_error err = IDC_NO_ERROR;
    run(&p, *state);
    idc_tape *t = p.tape;
    int64_t d = p.pair.tokens->shape[2];
    double before = idc_tape_flops(t);
    idc_network_answer said = idc_network_ask(p.g.net, t, p.pair.tokens,
                                              golden_input(&p.g, t, "in.ids"), IDC_TEXT_CAUSAL);
    double spent = idc_tape_flops(t) - before;
    idc_network_cross(p.g.net, t, p.pair.tokens, golden_input(&p.g, t, "in.ids"), IDC_TEXT_CAUSAL,
                      false);
    assert_true(spent < idc_tape_flops(t) - before - spent);
    idc_tensor *logits =
        idc_network_words(p.g.net, t, idc_reshape(t, said.text, 2, (int64_t[]){-1, d}));
    same(&p, "out.logits", logits);
    same(&p, "out.change", said.change);
    idc_tensor *loss =
        idc_cross_entropy(t, logits, golden_input(&p.g, t, "in.target"), NULL, IDC_SUM);
    loss = idc_add(
        t, loss,
        idc_cross_entropy(t, said.change, golden_input(&p.g, t, "in.changed"), NULL, IDC_SUM));
    if (p.g.config.network.helper_heads)
        loss = pointer_losses(&p, loss);
    if (idc_tape_backward(t, loss, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < idc_params_size(p.g.params); i++) {
        const idc_tensor *x = idc_params_at(p.g.params, i);
        char name[128];
        snprintf(name, sizeof name, "grad.%s", x->name);
        golden_compare(&p.g, name, x->grad, idc_tensor_count(x), backward);
    }
    finish(&p);
}

/* A later word never changes an earlier row under the causal mask, and does without it. */
static void later_words_are_hidden(void **state)
{
    pass p = {0};
    run(&p, *state);
    const idc_safetensor *s = golden_tensor(&p.g, "in.ids");
    idc_tensor *ids = idc_tape_input(p.tape, s->dtype, s->ndim, s->shape, s->data);
    int64_t length = s->shape[1], d = p.hidden->shape[2];
    int64_t early = (p.pair.tokens->shape[1] + length - 1) * d;
    idc_i32(ids)[length - 1] = idc_i32(ids)[length - 1] == 7 ? 8 : 7;
    for (int full = 0; full < 2; full++) {
        enum idc_text_mask mask = full ? IDC_TEXT_FULL : IDC_TEXT_CAUSAL;
        idc_tensor *a = idc_network_cross(p.g.net, p.tape, p.pair.tokens,
                                          golden_input(&p.g, p.tape, "in.ids"), mask, false);
        idc_tensor *b = idc_network_cross(p.g.net, p.tape, p.pair.tokens, ids, mask, false);
        int differs = memcmp(a->data, b->data, (size_t)early * sizeof(float)) != 0;
        assert_int_equal(differs, full);
    }
    finish(&p);
}

/* The numbers of parameters of the authors' modules for 80 words (Yao, Wang, Jin 2022: fine-tuning on CLEVR). */
static void the_papers_size(void **state)
{
    (void)state;
    idc_network_config c = {.width = 512,
                            .heads = 8,
                            .feed_forward = 2048,
                            .single_blocks = 1,
                            .pair_blocks = 1,
                            .cross_blocks = 3,
                            .feature = 2048,
                            .grid = {7, 7},
                            .max_length = 40,
                            .words = 80,
                            .types = 2,
                            .projection = IDC_PROJECTION_SIGMOID};
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_network *net;
    assert_int_equal(idc_network_new(&net, &c, params, 1, &err), 0);
    assert_int_equal(idc_params_count(params), 16902738);
    assert_int_equal(idc_network_cells(&c, NULL, NULL), 49);
    /* Position channels: computed with double precision from the formula of their code. */
    static const struct {
        int position, channel;
        double value;
    } table[] = {{1, 0, 0.841471},   {1, 1, 0.569695},   {1, 2, 0.801962},   {1, 3, 0.623420},
                 {1, 128, 0.010000}, {1, 129, 0.999953}, {48, 0, -0.768255}, {48, 1, -0.682125},
                 {48, 2, 0.632798},  {48, 3, 0.626833},  {48, 128, 0.461779}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(fabs((double)net->positions[table[i].position * 512 + table[i].channel] -
                         table[i].value) < 1e-6);
    /* A linear layer starts uniformly within 1/√in, embeddings with deviation 1. */
    const idc_tensor *w = idc_params_find(params, "model.img_project.weight");
    double largest = 0, squares = 0;
    for (int64_t i = 0; i < idc_tensor_count(w); i++)
        largest = fmax(largest, fabs((double)idc_f32(w)[i]));
    assert_true(largest <= 0.0220971 && largest > 0.0220);
    w = idc_params_find(params, "model.word_embedding.weight");
    for (int64_t i = 0; i < idc_tensor_count(w); i++)
        squares += (double)idc_f32(w)[i] * (double)idc_f32(w)[i];
    assert_true(fabs(squares / (double)idc_tensor_count(w) - 1) < 0.03);
    idc_network_free(&net);
    idc_params_free(&params);
}

/* Sample standard deviation, eps beside it (Yao, Wang, Jin 2022, their code). */
static void the_papers_norm(void **state)
{
    (void)state;
    static const float expected[4] = {-1.161894f, -0.387298f, 0.387298f, 1.161894f};
    idc_error err = IDC_NO_ERROR;
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, &err);
    int64_t shape[] = {4};
    idc_tensor *x = idc_tape_input(t, IDC_DTYPE_F32, 1, shape, (float[]){1, 2, 3, 4});
    idc_tensor *one = idc_tape_input(t, IDC_DTYPE_F32, 1, shape, (float[]){1, 1, 1, 1});
    idc_tensor *zero = idc_tape_input(t, IDC_DTYPE_F32, 1, shape, (float[]){0, 0, 0, 0});
    idc_tensor *y = idc_layer_norm(t, x, one, zero, 1e-6f, IDC_NORM_SAMPLE);
    for (int i = 0; i < 4; i++)
        assert_true(fabsf(idc_f32(y)[i] - expected[i]) < 2e-6f);
    idc_tape_free(&t);
}

/* Dropout is a function of (seed, step): the same step gives the same numbers, another one others. */
static void dropout_follows_the_step(void **state)
{
    pass p = {0};
    run(&p, *state);
    p.g.net->c.dropout = 0.3f;
    float loss[3];
    for (int i = 0; i < 3; i++) {
        idc_network_begin_step(p.g.net, 5, i == 2 ? 8 : 7);
        idc_network_pair_output out;
        idc_network_pair(p.g.net, p.tape, golden_input(&p.g, p.tape, "in.before"),
                         golden_input(&p.g, p.tape, "in.after"), &out);
        assert_non_null(out.tokens);
        loss[i] = idc_f32(out.tokens)[0];
    }
    assert_true(loss[0] == loss[1]);
    assert_true(loss[0] != loss[2] && loss[0] != idc_f32(p.pair.tokens)[0]);
    finish(&p);
}

int main(void)
{
    static char paper[] = "paper", matching[] = "matching", textbook[] = "textbook";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(equals_the_reference, paper),
        cmocka_unit_test_prestate(equals_the_reference, matching),
        cmocka_unit_test_prestate(equals_the_reference, textbook),
        cmocka_unit_test_prestate(gradients_equal_the_reference, paper),
        cmocka_unit_test_prestate(gradients_equal_the_reference, matching),
        cmocka_unit_test_prestate(gradients_equal_the_reference, textbook),
        cmocka_unit_test_prestate(asking_saves_work_and_changes_nothing, paper),
        cmocka_unit_test_prestate(asking_saves_work_and_changes_nothing, matching),
        cmocka_unit_test_prestate(asking_saves_work_and_changes_nothing, textbook),
        cmocka_unit_test_prestate(later_words_are_hidden, paper),
        cmocka_unit_test_prestate(later_words_are_hidden, matching),
        cmocka_unit_test_prestate(dropout_follows_the_step, paper),
        cmocka_unit_test(the_papers_size),
        cmocka_unit_test(the_papers_norm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
