/* The twin follows its network as a moving average, and comes back from a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "model/twin.h"

static const idc_network_config config = {.width = 8,
                                          .heads = 2,
                                          .feed_forward = 8,
                                          .single_blocks = 1,
                                          .pair_blocks = 1,
                                          .cross_blocks = 1,
                                          .feature = 3,
                                          .grid = {2, 2},
                                          .max_length = 6,
                                          .words = 9,
                                          .types = 2,
                                          .itc = 4};

static float *value(idc_params *p, const char *name)
{
    return idc_f32(idc_params_find(p, name));
}

static float of_twin(const idc_twin *twin, const char *name)
{
    size_t n = idc_twin_state(twin, NULL, 0);
    idc_safetensor *all = calloc(n, sizeof *all);
    float x = NAN;
    idc_twin_state(twin, all, n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            x = *(const float *)all[i].data;
    free(all);
    return x;
}

static void it_follows_and_comes_back(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_network *net;
    idc_twin *twin, *again;
    assert_int_equal(idc_network_new(&net, &config, params, 5, &err), 0);
    assert_int_equal(idc_twin_new(&twin, &config, params, &err), 0);
    float *w = value(params, "model.itc.pair.weight"), start = *w;
    assert_true(of_twin(twin, "twin.model.itc.pair.weight") == start);
    *w = start + 1;
    idc_twin_follow(twin, params, 0.75);
    assert_true(fabsf(of_twin(twin, "twin.model.itc.pair.weight") - (start + 0.25f)) < 1e-6f);
    idc_twin_follow(twin, params, 0.75);
    assert_true(fabsf(of_twin(twin, "twin.model.itc.pair.weight") - (start + 0.4375f)) < 1e-6f);

    char path[] = "/tmp/idc-twin-XXXXXX";
    close(mkstemp(path));
    size_t n = idc_twin_state(twin, NULL, 0);
    idc_safetensor *all = calloc(n, sizeof *all);
    idc_twin_state(twin, all, n);
    assert_int_equal(idc_safetensors_write(path, all, n, NULL, 0, &err), 0);
    assert_int_equal(idc_twin_new(&again, &config, params, &err), 0);
    idc_safetensors *file;
    assert_int_equal(idc_safetensors_open(&file, path, &err), 0);
    assert_int_equal(idc_twin_restore(again, file, &err), 0);
    assert_true(of_twin(again, "twin.model.itc.pair.weight") ==
                of_twin(twin, "twin.model.itc.pair.weight"));
    idc_safetensors_close(&file);
    assert_int_equal(idc_safetensors_write(path, all, n - 1, NULL, 0, &err), 0);
    assert_int_equal(idc_safetensors_open(&file, path, &err), 0);
    assert_int_equal(idc_twin_restore(again, file, &err), IDC_E_MISSING);
    idc_safetensors_close(&file);
    unlink(path);
    free(all);
    idc_twin_free(&again);
    idc_twin_free(&twin);
    idc_network_free(&net);
    idc_params_free(&params);
}

/* Only what follows the network: no gradients, and another configuration is refused. */
static void it_learns_nothing_itself(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_network *net;
    idc_twin *twin;
    assert_int_equal(idc_network_new(&net, &config, params, 5, &err), 0);
    assert_int_equal(idc_twin_new(&twin, &config, params, &err), 0);
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_tensor *f = idc_tape_input(t, IDC_DTYPE_F32, 4, (int64_t[]){1, 2, 2, 3}, NULL);
    for (int i = 0; i < 12; i++)
        idc_f32(f)[i] = 0.1f * (float)i;
    idc_network_pair_output a, b;
    idc_network_pair(net, t, f, f, &a);
    idc_network_pair(idc_twin_network(twin), t, f, f, &b);
    assert_non_null(a.tokens->grad);
    assert_null(b.tokens->grad);
    assert_memory_equal(a.tokens->data, b.tokens->data,
                        (size_t)idc_tensor_count(a.tokens) * sizeof(float));
    idc_tape_free(&t);
    idc_twin_free(&twin);
    idc_network_config other = config;
    other.pair_blocks = 2;
    assert_int_equal(idc_twin_new(&twin, &other, params, &err), IDC_E_MISSING);
    assert_null(twin);
    idc_network_free(&net);
    idc_params_free(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_follows_and_comes_back),
        cmocka_unit_test(it_learns_nothing_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
