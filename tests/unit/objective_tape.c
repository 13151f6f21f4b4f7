/* Objectives on a tape, the likeness of sentences, and objectives by name: what is chosen, what is refused. */
#include "objective_problem.h"

#include "model/objective_tape.h"
#include "model/train_settings.h"

/* ---- on a tape, parts, parsing ---- */

static void a_tape_takes_its_gradients(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    problem *p = malloc(sizeof *p);
    choose(p, "infonce");
    draw(p, 5, 4, 7);
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_params *params = idc_params_new();
    idc_tensor *x[2], *s = idc_params_add(params, "s", 1, (int64_t[]){1}, true);
    idc_f32(s)[0] = 1.5f;
    for (int v = 0; v < 2; v++) {
        x[v] = idc_params_add(params, vector_keys[v], 2, (int64_t[]){5, 4}, true);
        for (int k = 0; k < 20; k++)
            p->vector[v][k] = (double)(idc_f32(x[v])[k] = (float)p->vector[v][k]);
    }
    idc_objective_tensors in = {.vector = {[IDC_VECTOR_PAIR] = x[0], [IDC_VECTOR_TEXT] = x[1]},
                                .log_scale = s,
                                .rest = {.captions = 1, .sentence = p->sentence}};
    idc_tensor *loss = idc_scale(t, idc_objective_apply(t, &p->o, &in), 3);
    if (idc_tape_backward(t, loss, &err) < 0)
        fail_msg("%s", err.text);
    NEAR((double)idc_f32(loss)[0], 3 * compute(p), 1e-6);
    NEAR((double)s->grad[0], 3 * p->r.log_scale, 1e-6);
    for (int v = 0; v < 2; v++)
        for (int k = 0; k < 20; k++)
            NEAR((double)x[v]->grad[k], 3 * p->gradient[v][k], 1e-6);
    idc_tape_reset(t);
    idc_objective_parse(&p->o, "symile", &err);
    assert_null(idc_objective_apply(t, &p->o, &in));
    assert_int_equal(idc_tape_status(t, &err), IDC_E_MISSING);
    assert_non_null(strstr(err.text, "symile: needs pictures before"));
    idc_tape_free(&t);
    idc_params_free(&params);
    free(p);
}

/* −Σ y (1 − p)^g log p with y of target and teacher, by its definition; gradients by differences. */
static double soft_definition(const double *z, const double *teacher, int right, double a, double g)
{
    double sum = 0, teachers = 0, loss = 0;
    for (int k = 0; k < 4; k++) {
        sum += exp(z[k]);
        teachers += exp(teacher[k]);
    }
    for (int k = 0; k < 4; k++) {
        double p = exp(z[k]) / sum, y = a * exp(teacher[k]) / teachers + (k == right ? 1 - a : 0);
        loss -= y * pow(1 - p, g) * log(p);
    }
    return loss;
}

static void soft_targets_are_mixed(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    double z[3][4] = {{1, -1, 0.5, 2}, {0, 0.1, -2, 1}, {9, 9, 9, 9}};
    double teacher[3][4] = {{0, 1, 2, -1}, {1, 1, 0, 0}, {9, 9, 9, 9}};
    static const int32_t target[3] = {3, 0, -1};
    float logits[12], teachers[12];
    for (int i = 0; i < 12; i++) {
        z[i / 4][i % 4] = (double)(logits[i] = (float)z[i / 4][i % 4]);
        teacher[i / 4][i % 4] = (double)(teachers[i] = (float)teacher[i / 4][i % 4]);
    }
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_params *params = idc_params_new();
    idc_tensor *x = idc_params_add(params, "x", 2, (int64_t[]){3, 4}, true);
    memcpy(x->data, logits, sizeof logits);
    for (int round = 0; round < 3; round++) {
        double a = round == 1 ? 0 : 0.4, g = round == 2 ? 2 : 0, sum = 0;
        idc_soft_targets soft = {
            .target = idc_tape_input(t, IDC_DTYPE_I32, 1, (int64_t[]){3}, target),
            .teacher = idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){3, 4}, teachers),
            .distill = a,
            .focal = g};
        idc_tensor *loss = idc_soft_cross_entropy(t, x, &soft);
        idc_params_zero_grad(params);
        if (idc_tape_backward(t, loss, &err) < 0)
            fail_msg("%s", err.text);
        for (int i = 0; i < 2; i++)
            sum += soft_definition(z[i], teacher[i], target[i], a, g) / 2;
        NEAR((double)idc_f32(loss)[0], sum, 1e-6);
        for (int i = 0; i < 12; i++) {
            double *at = &z[i / 4][i % 4], step = 1e-5, want = 0;
            if (i < 8) {
                *at += step;
                want = soft_definition(z[i / 4], teacher[i / 4], target[i / 4], a, g);
                *at -= 2 * step;
                want -= soft_definition(z[i / 4], teacher[i / 4], target[i / 4], a, g);
                *at += step;
            }
            NEAR((double)x->grad[i], want / (4 * step), 1e-6);
        }
        idc_tape_reset(t);
    }
    idc_tape_free(&t);
    idc_params_free(&params);
}

static void the_share_of_the_twin_rises(void **state)
{
    (void)state;
    idc_objective_options o;
    assert_int_equal(idc_objective_parse(&o, "tcl:ramp=10", NULL), 0);
    NEAR(idc_objective_at(&o, 0).distill, 0.04, 1e-12);
    NEAR(idc_objective_at(&o, 4).distill, 0.2, 1e-12);
    assert_true(idc_objective_at(&o, 9).distill == 0.4 &&
                idc_objective_at(&o, 1000).distill == 0.4);
    o.ramp = 0;
    assert_true(idc_objective_at(&o, 0).distill == 0.4);
}

static void sentences_are_compared(void **state)
{
    (void)state;
    static const int32_t ids[4][4] = {{1, 7, 8, 2}, {1, 9, 2, 0}, {1, 7, 8, 2}, {1, 7, 9, 2}};
    int32_t number[4];
    double alike[16];
    idc_error err = IDC_NO_ERROR;
    idc_sentence_numbers(number, ids[0], 4, 4, 4);
    assert_true(number[0] == number[2] && number[0] != number[1] && number[3] != number[0]);
    assert_int_equal(idc_sentence_likeness(alike, ids[0], 4, 4, &err), 0);
    assert_true(alike[0] == 1 && alike[2] == 1 && alike[1] == 0);
    /* words 7, 8, 9 occur in 3, 2, 2 of 4 sentences */
    double w7 = log(5.0 / 4) + 1, w8 = log(5.0 / 3) + 1;
    NEAR(alike[3], w7 * w7 / (w7 * w7 + w8 * w8), 1e-12);
    unsigned char hidden[5];
    assert_int_equal(idc_attentive_mask(hidden, (double[]){.1, .9, .5, .5, -1}, 5, 0.4), 2);
    assert_memory_equal(hidden, ((unsigned char[]){0, 1, 1, 0, 0}), 5);
}

static void parsing_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {{"infonse", "no objective 'infonse' (did you mean 'infonce'?)"},
                 {"", "no objective ''"},
                 {"infonce:sigma=1", "infonce: no option 'sigma'"},
                 {"dclw:sigm=1", "did you mean 'sigma'?"},
                 {"dclw:sigma", "'sigma' is not OPTION=VALUE"},
                 {"dclw:sigma=", "'' is not a number"},
                 {"dclw:sigma=x", "sigma: 'x' is not a number"},
                 {"dclw:sigma=nan", "is not a number"},
                 {"infonce:dedup=1.5", "dedup: 1.5 is not a whole number in 0"},
                 {"cacr:repel=-1", "repel: -1 is not a number in 0"},
                 {"cacr:repel=1,", "'' is not OPTION=VALUE"}};
    idc_objective_options o;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        idc_error err = IDC_NO_ERROR;
        assert_true(idc_objective_parse(&o, wrong[i].text, &err) < 0);
        if (strstr(err.text, wrong[i].says) == NULL)
            fail_msg("%s: %s", wrong[i].text, err.text);
    }
    assert_int_equal(idc_objective_parse(&o, "cacr:repel=2,attach=1", NULL), 0);
    assert_true(o.repel == 2 && o.attach == 1 && o.attract == 1 && o.dedup == 1);
    assert_int_equal(idc_objective_parse(&o, "tcl", NULL), 0);
    assert_true(o.distill == 0.4);
    size_t n, options;
    const idc_objective *all = idc_objectives(&n);
    const idc_objective_option *table = idc_objective_option_table(&options);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(idc_objective_from_name(all[i].name), (int)i);
        assert_true(idc_objective_takes(&all[i], "tau"));
    }
    for (size_t k = 0; k < options; k++) {
        bool taken = false;
        for (size_t i = 0; i < n; i++)
            taken = taken || idc_objective_takes(&all[i], table[k].name);
        assert_true(taken);
    }
}

/* [contrast] of the training settings has every option, with the same default, range and place. */
static void settings_have_every_option(void **state)
{
    (void)state;
    size_t n, rows;
    const idc_objective_option *options = idc_objective_option_table(&n);
    const idc_train_setting *table = idc_train_settings_table(&rows);
    for (size_t i = 0; i < n; i++) {
        char key[64];
        size_t k = 0;
        snprintf(key, sizeof key, "contrast.%s", options[i].name);
        while (k < rows && strcmp(table[k].key, key) != 0)
            k++;
        if (k == rows)
            fail_msg("no setting %s", key);
        assert_int_equal(table[k].offset,
                         offsetof(idc_train_settings, contrast) + options[i].offset);
        assert_true(table[k].low == options[i].low && table[k].high == options[i].high &&
                    table[k].defaults[0] == options[i].start &&
                    table[k].defaults[1] == options[i].start && table[k].whole == options[i].whole);
        assert_string_equal(table[k].help, options[i].help);
    }
    idc_train_settings s;
    idc_error err = IDC_NO_ERROR;
    idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
    assert_int_equal(idc_train_settings_set(&s, "contrast.objective", "symile", &err), 0);
    assert_string_equal(idc_objective_of(&s.contrast)->name, "symile");
    assert_int_equal(idc_train_settings_set(&s, "contrast.objective", "simile", &err),
                     IDC_E_INVALID);
    assert_non_null(strstr(err.text, "none of infonce, dcl"));
    assert_int_equal(idc_train_settings_contrast(&s, "infonce:dedup=share", &err), 0);
    assert_true(s.contrast.dedup == IDC_DEDUP_SHARE && s.weight[IDC_LOSS_ITC] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tape_takes_its_gradients),  cmocka_unit_test(soft_targets_are_mixed),
        cmocka_unit_test(the_share_of_the_twin_rises), cmocka_unit_test(sentences_are_compared),
        cmocka_unit_test(parsing_names_what_is_wrong), cmocka_unit_test(settings_have_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
