/* AdamW steps as PyTorch's does (tests/reference/adamw.py), and goes on from a checkpoint bit for bit. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tensor/adamw.h"

struct model {
    idc_params *params;
    idc_tensor *w, *b;
    idc_adamw *opt;
};

static void model_open(struct model *m, bool decoupled)
{
    idc_error err = IDC_NO_ERROR;
    idc_adamw_options options = IDC_ADAMW_DEFAULTS;
    options.beta2 = 0.98f;
    options.weight_decay = 0.1f;
    options.decoupled = decoupled;
    m->params = idc_params_new();
    m->w = idc_params_add(m->params, "w", 2, (int64_t[]){2, 3}, true);
    m->b = idc_params_add(m->params, "b", 1, (int64_t[]){2}, true);
    for (int i = 0; i < 6; i++)
        idc_f32(m->w)[i] = 0.1f * (float)(i + 1);
    idc_f32(m->b)[0] = idc_f32(m->b)[1] = 0.5f;
    assert_int_equal(idc_adamw_new(&m->opt, m->params, &options, &err), 0);
}

static void model_close(struct model *m)
{
    idc_adamw_free(&m->opt);
    idc_params_free(&m->params);
}

static double step(struct model *m, int t)
{
    for (int i = 0; i < 8; i++)
        *(i < 6 ? &m->w->grad[i] : &m->b->grad[i - 6]) = (float)(sin(i + 3 * t) * (t + 1));
    return idc_adamw_step(m->opt, 0.01 * (t + 1), 2.0);
}

static void steps_are_those_of_pytorch(void **state)
{
    const char *tests = getenv("TESTS"); /* tests/run.sh says where the tests lie */
    char path[4096];
    snprintf(path, sizeof path, "%s/golden/adamw.txt", tests ? tests : "tests");
    FILE *golden = fopen(path, "r");
    struct model m;
    int decoupled, t, lines = 0;
    double norm, want;
    (void)state;
    assert_non_null(golden);
    while (fscanf(golden, "%d %d %lf", &decoupled, &t, &norm) == 3) {
        if (t == 0)
            model_open(&m, decoupled);
        uint32_t version = m.w->version;
        assert_true(fabs(step(&m, t) - norm) <= 1e-6 * norm);
        assert_int_not_equal(m.w->version, version);
        for (int i = 0; i < 8; i++) {
            assert_int_equal(fscanf(golden, "%lf", &want), 1);
            assert_true(fabs((double)(i < 6 ? idc_f32(m.w)[i] : idc_f32(m.b)[i - 6]) - want) <=
                        2e-7);
        }
        if (t == 4)
            model_close(&m);
        lines++;
    }
    assert_int_equal(lines, 10);
    fclose(golden);
}

static void a_checkpoint_goes_on_bit_for_bit(void **state)
{
    char path[] = "/tmp/idc-adamw-XXXXXX";
    struct model a, b;
    idc_safetensor tensors[8];
    idc_safetensors *file;
    idc_error err = IDC_NO_ERROR;
    (void)state;
    model_open(&a, true);
    model_open(&b, true);
    for (int t = 0; t < 3; t++)
        step(&a, t);
    close(mkstemp(path));
    size_t n = idc_adamw_state(a.opt, tensors, 8);
    assert_int_equal(n, 5);
    assert_int_equal(idc_safetensors_write(path, tensors, n, NULL, 0, &err), 0);
    assert_int_equal(idc_safetensors_open(&file, path, &err), 0);
    assert_int_equal(idc_adamw_restore(b.opt, file, &err), 0);
    memcpy(b.w->data, a.w->data, 6 * sizeof(float));
    memcpy(b.b->data, a.b->data, 2 * sizeof(float));
    step(&a, 3);
    step(&b, 3);
    assert_memory_equal(a.w->data, b.w->data, 6 * sizeof(float));
    assert_memory_equal(a.b->data, b.b->data, 2 * sizeof(float));
    idc_safetensors_close(&file);
    remove(path);
    model_close(&a);
    model_close(&b);
}

static void a_gradient_that_is_no_number_changes_nothing(void **state)
{
    struct model m;
    float before[6];
    (void)state;
    model_open(&m, true);
    step(&m, 0);
    memcpy(before, m.w->data, sizeof before);
    m.b->grad[1] = NAN;
    assert_true(isnan(idc_adamw_step(m.opt, 0.1, 1.0)));
    assert_memory_equal(m.w->data, before, sizeof before);
    model_close(&m);
}

static void groups_scale_the_rate_and_the_last_one_counts(void **state)
{
    struct model m;
    float w[6];
    (void)state;
    model_open(&m, true);
    memcpy(w, m.w->data, sizeof w);
    assert_int_equal(idc_adamw_group(m.opt, "", 0.5f, true), 0);
    assert_int_equal(idc_adamw_group(m.opt, "w", 0.0f, true), 0);
    step(&m, 0);
    assert_memory_equal(m.w->data, w, sizeof w);
    /* the first step of Adam is lr · sign */
    assert_true(fabsf(idc_f32(m.b)[1] - 0.495f) < 1e-6f);
    model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_pytorch),
        cmocka_unit_test(a_checkpoint_goes_on_bit_for_bit),
        cmocka_unit_test(a_gradient_that_is_no_number_changes_nothing),
        cmocka_unit_test(groups_scale_the_rate_and_the_last_one_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
