/* Task nabirds: its loss and gradients equal an independent PyTorch script's, its contrast has the known value, pictures
 * without a class do not count. */
#include "network_golden.h"

#include "model/task.h"

static const tolerance forward = {1e-5, 1e-4};
static const tolerance backward = {1e-4, 1e-4};

typedef struct trial {
    golden g;
    idc_train_settings s;
    idc_pretrain *p;
    idc_tape *tape;
    idc_task_input in;
} trial;

static void open_trial(trial *t, const char *name)
{
    idc_error err = IDC_NO_ERROR;
    golden_open(&t->g, name);
    idc_train_settings_default(&t->s, IDC_STAGE_PRETRAIN);
    for (int i = 0; i < IDC_TASKS; i++)
        t->s.ratio[i] = i == IDC_TASK_NABIRDS;
    idc_pretrain_options o = {
        .settings = &t->s, .vocabulary = t->g.config.vocabulary, .network = t->g.net, .classes = 4};
    if (idc_pretrain_new(&t->p, &o, t->g.params, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < idc_params_size(t->g.params); i++) {
        idc_tensor *x = idc_params_at(t->g.params, i);
        memcpy(x->data, golden_tensor(&t->g, x->name)->data,
               (size_t)idc_tensor_count(x) * sizeof(float));
        x->version++;
    }
    t->tape = idc_tape_new(IDC_TAPE_TRAIN, &err);
    const idc_safetensor *c = golden_tensor(&t->g, "in.classes");
    t->in = (idc_task_input){.pairs = (int)c->shape[0] / 2, .class_of = (void *)(uintptr_t)c->data};
}

static void close_trial(trial *t)
{
    idc_tape_free(&t->tape);
    idc_pretrain_free(&t->p);
    golden_close(&t->g);
}

static idc_task_said run(trial *t)
{
    idc_tape_reset(t->tape);
    idc_tensor *raw = idc_network_raw(t->g.net, t->tape, golden_input(&t->g, t->tape, "in.before"),
                                      golden_input(&t->g, t->tape, "in.after"));
    idc_task_said said = idc_pretrain_loss(t->p, IDC_TASK_NABIRDS, t->tape, raw, &t->in);
    idc_error err = IDC_NO_ERROR;
    if (idc_tape_status(t->tape, &err) < 0)
        fail_msg("%s", err.text);
    return said;
}

static void loss_equals_the_reference(void **state)
{
    trial t = {0};
    char key[160];
    idc_error err = IDC_NO_ERROR;
    int seen = 0;
    open_trial(&t, *state);
    idc_task_said said = run(&t);
    idc_params_zero_grad(t.g.params);
    if (idc_tape_backward(t.tape, said.loss, &err) < 0)
        fail_msg("%s", err.text);
    golden_compare(&t.g, "out.nabirds", idc_f32(said.loss), 1, forward);
    for (size_t i = 0; i < idc_params_size(t.g.params); i++) {
        const idc_tensor *x = idc_params_at(t.g.params, i);
        snprintf(key, sizeof key, "nabirds.%s", x->name);
        if (idc_safetensors_find(t.g.file, key)) {
            golden_compare(&t.g, key, x->grad, idc_tensor_count(x), backward);
            seen++;
            continue;
        }
        for (int64_t k = 0; k < idc_tensor_count(x); k++)
            if (fabsf(x->grad[k]) > 1e-6f)
                fail_msg("%s has a gradient", x->name);
    }
    assert_true(seen > 10);
    close_trial(&t);
}

/* With classes unknown everywhere nothing is left to learn. */
static void unknown_classes_do_not_count(void **state)
{
    trial t = {0};
    int32_t none[6] = {-1, -1, -1, -1, -1, -1}, some[6] = {0, -1, -1, 0, -1, -1};
    open_trial(&t, *state);
    t.in.class_of = none;
    assert_float_equal(idc_f32(run(&t).loss)[0], 0, 0);
    t.in.class_of = some;
    float loss = idc_f32(run(&t).loss)[0];
    assert_true(loss > 0 && isfinite(loss));
    close_trial(&t);
}

/* The check value of Yao, Wang and Jin's formula, worked out by hand. */
static void contrast_has_the_known_value(void **state)
{
    (void)state;
    const float f[] = {1, 0, 0.8f, 0.6f, 0, 1, 0.6f, 0.8f};
    const int32_t class_of[] = {0, 0, 1, 1};
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, NULL);
    idc_tensor *x = idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){4, 2}, f);
    assert_float_equal(idc_f32(idc_task_class_contrast(t, x, class_of, 4))[0], 0.17, 1e-6);
    idc_tape_free(&t);
}

int main(void)
{
    static char paper[] = "nabirds_paper", matching[] = "nabirds_matching";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(loss_equals_the_reference, paper),
        cmocka_unit_test_prestate(loss_equals_the_reference, matching),
        cmocka_unit_test(contrast_has_the_known_value),
        cmocka_unit_test_prestate(unknown_classes_do_not_count, paper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
