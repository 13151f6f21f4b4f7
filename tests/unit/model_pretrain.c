/* Tasks of pre-training: losses and gradients equal an independent PyTorch script's. */
#include "network_golden.h"

#include "model/parts.h"
#include "model/pretrain.h"
#include "model/task.h"

static const tolerance forward = {1e-5, 1e-3};
static const tolerance backward = {1e-4, 1e-3};

/* A golden with the tasks' parameters, and what its pairs draw. */
typedef struct trial {
    golden g;
    idc_train_settings s;
    idc_pretrain *p;
    idc_tape *tape;
    idc_task_input in;
} trial;

static void *values(const golden *g, const char *name)
{
    return (void *)(uintptr_t)golden_tensor(g, name)->data;
}

static void open_trial(trial *t, const char *name)
{
    idc_error err = IDC_NO_ERROR;
    golden_open(&t->g, name);
    idc_train_settings_default(&t->s, IDC_STAGE_PRETRAIN);
    for (int i = 0; i < IDC_TASKS; i++)
        t->s.ratio[i] = 1;
    t->s.mvcl_temperature = 0.7;
    t->s.fda_temperature = 0.4;
    idc_pretrain_options o = {&t->s, t->g.config.vocabulary, t->g.net, 0, 0};
    if (idc_pretrain_new(&t->p, &o, t->g.params, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < idc_params_size(t->g.params); i++) {
        idc_tensor *x = idc_params_at(t->g.params, i);
        memcpy(x->data, golden_tensor(&t->g, x->name)->data,
               (size_t)idc_tensor_count(x) * sizeof(float));
        x->version++;
    }
    t->tape = idc_tape_new(IDC_TAPE_TRAIN, &err);
    const idc_safetensor *c = golden_tensor(&t->g, "in.candidates");
    t->in = (idc_task_input){.pairs = (int)c->shape[0],
                             .length = (int)c->shape[2],
                             .ids = values(&t->g, "in.ids"),
                             .masked = values(&t->g, "in.masked"),
                             .target = values(&t->g, "in.target"),
                             .hidden = values(&t->g, "in.hidden"),
                             .negatives = (int)c->shape[1] - 1,
                             .candidates = values(&t->g, "in.candidates"),
                             .row = {values(&t->g, "in.row0"), values(&t->g, "in.row1")},
                             .text = values(&t->g, "in.text"),
                             .label = values(&t->g, "in.label")};
}

static void close_trial(trial *t)
{
    idc_tape_free(&t->tape);
    idc_pretrain_free(&t->p);
    golden_close(&t->g);
}

static idc_tensor *raw_of(trial *t)
{
    return idc_network_raw(t->g.net, t->tape, golden_input(&t->g, t->tape, "in.before"),
                           t->s.single != 0 ? NULL : golden_input(&t->g, t->tape, "in.after"));
}

/* The loss under its name in the golden, and the gradients of all parameters. */
static void check_task(trial *t, enum idc_task task, const char *name)
{
    idc_error err = IDC_NO_ERROR;
    char key[160];
    idc_tape_reset(t->tape);
    idc_task_said said = idc_pretrain_loss(t->p, task, t->tape, raw_of(t), &t->in);
    idc_params_zero_grad(t->g.params);
    if (idc_tape_backward(t->tape, said.loss, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    snprintf(key, sizeof key, "out.%s", name);
    golden_compare(&t->g, key, idc_f32(said.loss), 1, forward);
    for (size_t i = 0; i < idc_params_size(t->g.params); i++) {
        const idc_tensor *x = idc_params_at(t->g.params, i);
        snprintf(key, sizeof key, "%s.%s", name, x->name);
        if (idc_safetensors_find(t->g.file, key)) {
            golden_compare(&t->g, key, x->grad, idc_tensor_count(x), backward);
            continue;
        }
        for (int64_t k = 0; k < idc_tensor_count(x); k++)
            if (fabsf(x->grad[k]) > 1e-6f)
                fail_msg("%s: %s has a gradient", name, x->name);
    }
}

static void tasks_equal_the_reference(void **state)
{
    trial t = {0};
    open_trial(&t, *state);
    for (int i = 0; i < IDC_TASK_ITC; i++) /* which has goldens of its own */
        check_task(&t, (enum idc_task)i, idc_task_name((enum idc_task)i));
    close_trial(&t);
}

/* Single pictures: [CLS1; cells] alone, and CLS2 beside them in the pair encoder. */
static void single_pictures_equal_the_reference(void **state)
{
    static const enum idc_task tasks[] = {IDC_TASK_MLM, IDC_TASK_MVCL, IDC_TASK_FDA};
    trial t = {0};
    open_trial(&t, *state);
    t.s.single = 1;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        check_task(&t, tasks[i], idc_task_name(tasks[i]));
    close_trial(&t);
}

/* Focal factor and softly masked cells: fda of the golden with in.word drawn. */
static void soft_masks_equal_the_reference(void **state)
{
    trial t = {0};
    open_trial(&t, *state);
    t.s.fda_focal = 1.5;
    t.s.soft_weight = 0.8;
    t.in.word = values(&t.g, "in.word");
    t.p->probe = idc_tape_new(IDC_TAPE_PROBE, NULL);
    t.s.soft_raw = 1;
    check_task(&t, IDC_TASK_FDA, "soft_raw");
    t.s.soft_raw = 0;
    check_task(&t, IDC_TASK_FDA, "soft");
    /* the masks alone */
    idc_tape_reset(t.tape);
    idc_tensor *raw = raw_of(&t), *tokens = idc_task_tokens(t.p, t.tape, raw);
    idc_tensor *masked = idc_soft_tokens(t.p, t.tape, raw, tokens, &t.in);
    assert_non_null(masked);
    int64_t n = t.g.net->cells, d = tokens->shape[2];
    const float *mask = golden_tensor(&t.g, "in.soft")->data;
    for (int64_t i = 0; i < t.in.pairs * 2 * (n + 1); i++) {
        int64_t row = i % (2 * (n + 1)), side = row / (n + 1), cell = row % (n + 1) - 1;
        float m = cell < 0 ? 1 : mask[i / (2 * (n + 1)) * 2 * n + side * n + cell];
        for (int64_t c = 0; c < d; c++)
            assert_float_equal(idc_f32(masked)[i * d + c], m * idc_f32(tokens)[i * d + c], 1e-4);
    }
    close_trial(&t);
}

/* (1 − p)² and (1 − p) on three rows of scores over 0.1, whose own one comes first (Park and Han's focal loss; values in double
 * precision). The gradient sums to zero over each row. */
static void focal_has_the_known_values(void **state)
{
    (void)state;
    static const float scores[9] = {9, 2, 1, 8, 3, 0, 7, 1, 4};
    static const double expected[3] = {0.0197469, 8.60508e-4, 4.20124e-5};
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_tensor *z = idc_params_add(params, "z", 2, (int64_t[]){3, 3}, true);
    memcpy(z->data, scores, sizeof scores);
    for (int gamma = 0; gamma < 3; gamma++) {
        idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
        idc_params_zero_grad(params);
        idc_tensor *loss = idc_task_first(t, z, gamma);
        assert_true(fabs((double)idc_f32(loss)[0] / expected[gamma] - 1) < 1e-5);
        assert_int_equal(idc_tape_backward(t, loss, &err), 0);
        for (int row = 0; row < 3; row++) {
            double sum = 0, size = 0;
            for (int k = 0; k < 3; k++) {
                sum += (double)z->grad[3 * row + k];
                size += fabs((double)z->grad[3 * row + k]);
            }
            assert_true(size > 0 && fabs(sum) < (gamma == 0 ? 1e-7 : 1e-6 * size));
        }
        idc_tape_free(&t);
    }
    idc_params_free(&params);
}

/* Rows asked for alone are those of the whole encoder. */
static void fused_rows_are_those_of_the_whole(void **state)
{
    trial t = {0};
    open_trial(&t, *state);
    idc_network_pair_output out;
    idc_network_pair_raw(t.g.net, t.tape, raw_of(&t), &out);
    idc_tensor *ids = golden_input(&t.g, t.tape, "in.ids");
    idc_tensor *all = idc_network_cross(t.g.net, t.tape, out.tokens, ids, IDC_TEXT_FULL, true);
    int64_t n = t.g.net->cells, d = all->shape[2], rows = all->shape[1];
    static const enum idc_fused_rows kinds[] = {IDC_ROWS_CLS, IDC_ROWS_CELLS, IDC_ROWS_TEXT};
    for (int k = 0; k < 3; k++) {
        idc_tensor *some = idc_network_fuse(t.g.net, t.tape, out.tokens, ids, kinds[k]);
        int64_t count = some->shape[1];
        for (int64_t i = 0; i < t.in.pairs * count; i++) {
            int64_t at = i % count;
            int64_t row = k == 0 ? at * (n + 1) : k == 1 ? 1 + at + at / n : 2 * n + 3 + at;
            for (int64_t c = 0; c < d; c++)
                assert_float_equal(idc_f32(some)[i * d + c],
                                   idc_f32(all)[(i / count * rows + row) * d + c], 2e-5);
        }
    }
    close_trial(&t);
}

/* ---- check values of Yao, Wang, Jin 2022 (their formulas in double precision) ---- */

static float cross_entropy(const float *z, int64_t rows, int64_t n, const int32_t *target)
{
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, NULL);
    idc_tensor *x = idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){rows, n}, z);
    idc_tensor *y = idc_tape_input(t, IDC_DTYPE_I32, 1, &rows, target);
    float loss = idc_f32(idc_cross_entropy(t, x, y, NULL, IDC_MEAN))[0];
    idc_tape_free(&t);
    return loss;
}

static void contrast_has_the_known_values(void **state)
{
    (void)state;
    const float own[3 * 5] = {1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0};
    assert_float_equal(cross_entropy(own, 3, 5, (int32_t[]){0, 1, 2}), 0.904832, 1e-6);
    const float sims[7] = {0.8f, 0.5f, 0.4f, 0.3f, 0.2f, 0.1f, 0};
    assert_float_equal(cross_entropy(sims, 1, 7, (int32_t[]){0}), 1.506828, 1e-6);
    const float best[7] = {1, -1, -1, -1, -1, -1, -1};
    assert_float_equal(cross_entropy(best, 1, 7, (int32_t[]){0}), 0.594438, 1e-6);
}

/* The authors' modules with 80 words: 16902738 of fine-tuning and 265728 of the regressor. */
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
    idc_train_settings s;
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_network *net;
    idc_pretrain *p;
    idc_train_settings_default(&s, IDC_STAGE_PRETRAIN);
    assert_int_equal(idc_network_new(&net, &c, params, 1, &err), 0);
    assert_int_equal(
        idc_pretrain_new(&p, &(idc_pretrain_options){&s, NULL, net, 0, 0}, params, &err), 0);
    assert_int_equal(idc_params_count(params), 16902738 + 265728);
    idc_pretrain_free(&p);
    for (int i = 0; i < IDC_TASKS; i++)
        s.ratio[i] = 0;
    assert_int_equal(
        idc_pretrain_new(&p, &(idc_pretrain_options){&s, NULL, net, 0, 0}, params, &err),
        IDC_E_INVALID);
    assert_non_null(strstr(err.text, "all 0"));
    idc_network_free(&net);
    idc_params_free(&params);
}

int main(void)
{
    static char paper[] = "pretrain_paper", matching[] = "pretrain_matching",
                single[] = "pretrain_single", single_matching[] = "pretrain_single_matching";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(tasks_equal_the_reference, paper),
        cmocka_unit_test_prestate(tasks_equal_the_reference, matching),
        cmocka_unit_test_prestate(single_pictures_equal_the_reference, single),
        cmocka_unit_test_prestate(single_pictures_equal_the_reference, single_matching),
        cmocka_unit_test_prestate(soft_masks_equal_the_reference, paper),
        cmocka_unit_test_prestate(soft_masks_equal_the_reference, matching),
        cmocka_unit_test(focal_has_the_known_values),
        cmocka_unit_test_prestate(fused_rows_are_those_of_the_whole, paper),
        cmocka_unit_test_prestate(fused_rows_are_those_of_the_whole, matching),
        cmocka_unit_test(contrast_has_the_known_values),
        cmocka_unit_test(the_papers_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
