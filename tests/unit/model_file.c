/* Model files: what is written is what is read, and what is wrong is refused by name. */
#include "tiny_model.h"

#include <math.h>

#include "tensor/safetensors.h"

static void written_is_read(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_model *m = tiny_open(IDC_MODEL_ENCODER | IDC_MODEL_NETWORK), *again;
    assert_non_null(m->encoder);
    assert_non_null(m->network);
    assert_int_equal(strlen(m->fingerprint), 32);
    for (int half = 0; half < 2; half++) {
        idc_model_content content = {.config = &m->config,
                                     .params = m->params,
                                     .training = "{\"seed\": 7}",
                                     .domain_mean = idc_f32(m->domain_mean),
                                     .domain_inverse_deviation =
                                         idc_f32(m->domain_inverse_deviation),
                                     .half = half};
        assert_int_equal(idc_model_write("written.safetensors", &content, &err), 0);
        if (idc_model_open(&again, "written.safetensors", IDC_MODEL_ENCODER | IDC_MODEL_NETWORK,
                           &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(idc_params_size(again->params), idc_params_size(m->params));
        for (size_t i = 0; i < idc_params_size(m->params); i++) {
            const idc_tensor *x = idc_params_at(m->params, i);
            const idc_tensor *y = idc_params_find(again->params, x->name);
            assert_non_null(y);
            double step = half ? 1.0 / 2048 : 0;
            for (int64_t k = 0; k < idc_tensor_count(x); k++)
                assert_true(fabs((double)idc_f32(x)[k] - (double)idc_f32(y)[k]) <=
                            step * fmax(fabs((double)idc_f32(x)[k]), 1e-4));
        }
        assert_int_equal(strcmp(again->encoder_fingerprint, m->encoder_fingerprint) == 0, !half);
        idc_model_close(&again);
    }
    idc_model_close(&m);
}

static void only_what_is_asked_for_is_kept(void **state)
{
    (void)state;
    idc_model *m = tiny_open(IDC_MODEL_NETWORK);
    assert_null(m->encoder);
    assert_int_equal(strlen(m->encoder_fingerprint), 32);
    assert_null(idc_params_find(m->params, "encoder.conv1.weight"));
    idc_model_close(&m);
    m = tiny_open(IDC_MODEL_ENCODER);
    assert_null(m->network);
    assert_null(idc_params_find(m->params, "model.pooler.weight"));
    idc_model_close(&m);
}

static void the_configuration_survives(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_model *m = tiny_open(IDC_MODEL_NETWORK);
    idc_model_config c;
    char *json = idc_model_config_print(&m->config);
    if (idc_model_config_parse(&c, json, "again", &err) < 0)
        fail_msg("%s", err.text);
    char *again = idc_model_config_print(&c);
    assert_string_equal(json, again);
    assert_memory_equal(&c.network, &m->config.network, sizeof c.network);
    assert_memory_equal(&c.input, &m->config.input, sizeof c.input);
    free(json);
    free(again);
    idc_model_config_fini(&c);
    idc_model_close(&m);
}

/* A change of the file's bytes, and what the message must hold. */
typedef struct fault {
    const char *find, *replace, *says; /* same lengths; NULL: cut the file in the middle */
} fault;

static const fault faults[] = {
    {"idc-model", "idc-mdoel", "not a model of idc"},
    {"\"version\":\"1\"", "\"version\":\"2\"", "version is '2'"},
    {"model.pooler.bias", "model.pooler.bais", "tensor 'model.pooler.bias' is missing"},
    {"encoder.conv1.weight", "encoder.conv1.wieght", "encoder.conv1.weight"},
    {"\\\"heads\\\": 2, \\\"feed", "\\\"heads\\\": 3, \\\"feed", "no multiple of 3 heads"},
    {"\\\"feature\\\": 29", "\\\"feature\\\": 28", "network expects 4 x 6 cells of 28 numbers"},
    {"\\\"max_length\\\": 10", "\\\"max_length\\\": -9", "network.max_length"},
    {"\\\"width\\\": 16", "\\\"width\\\": 18", "the configuration"},
    {"\\\"pool\\\": 2", "\\\"poor\\\": 2", "unknown key 'poor'"},
    {"\\\"white\\\"", "\\\"<EOS>\\\"", "'<EOS>' is word 2 and word 15"},
    {"\\\"fourier\\\"", "\\\"fuorier\\\"", "'fuorier' is none of doubled, standard, fourier"},
    {"\\\"cnn\\\"", "\\\"cmm\\\"", "encoder 'cmm': not one of cnn"},
    {"domain.mean", "domain.maen", "domain"},
    {NULL, NULL, "broken.safetensors"},
};

static char *contents(size_t *size)
{
    FILE *f = fopen(tiny_path(), "rb");
    assert_non_null(f);
    char *data = malloc(1 << 20);
    *size = fread(data, 1, 1 << 20, f);
    fclose(f);
    return data;
}

static void put(const char *data, size_t size)
{
    FILE *f = fopen("broken.safetensors", "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static void faults_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        size_t size;
        char *data = contents(&size);
        const fault *f = &faults[i];
        size_t length = f->find ? strlen(f->find) : 0, at = 0;
        while (f->find && at + length < size && memcmp(data + at, f->find, length) != 0)
            at++;
        if (f->find && at + length >= size)
            fail_msg("the file has no %s", f->find);
        if (f->find)
            memcpy(data + at, f->replace, length);
        put(data, f->find ? size : size / 2);
        free(data);
        idc_error err = IDC_NO_ERROR;
        idc_model *m;
        int rc =
            idc_model_open(&m, "broken.safetensors", IDC_MODEL_ENCODER | IDC_MODEL_NETWORK, &err);
        if (rc == 0)
            fail_msg("fault %zu was not seen", i);
        assert_null(m);
        if (!strstr(err.text, f->says) || !strstr(err.text, "broken.safetensors"))
            fail_msg("fault %zu: '%s' does not say '%s'", i, err.text, f->says);
    }
}

static void values_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    size_t size;
    char *data = contents(&size);
    float nan = NAN;
    memcpy(data + size - sizeof nan, &nan, sizeof nan);
    put(data, size);
    free(data);
    idc_error err = IDC_NO_ERROR;
    idc_model *m;
    int rc = idc_model_open(&m, "broken.safetensors", IDC_MODEL_ENCODER | IDC_MODEL_NETWORK, &err);
    assert_int_equal(rc, IDC_E_NUMERIC);
    assert_non_null(strstr(err.text, "is not finite"));
}

static void missing_files_are_named(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_model *m;
    assert_true(idc_model_open(&m, "nowhere.safetensors", IDC_MODEL_NETWORK, &err) < 0);
    assert_non_null(strstr(err.text, "nowhere.safetensors"));
    char path[512];
    assert_int_equal(setenv("IDC_MODEL", "chosen.safetensors", 1), 0);
    assert_int_equal(idc_model_find(path, sizeof path, NULL, &err), 0);
    assert_string_equal(path, "chosen.safetensors");
    assert_int_equal(idc_model_find(path, sizeof path, "given.safetensors", &err), 0);
    assert_string_equal(path, "given.safetensors");
    unsetenv("IDC_MODEL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(only_what_is_asked_for_is_kept),
        cmocka_unit_test(the_configuration_survives),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(values_that_are_no_numbers_are_refused),
        cmocka_unit_test(missing_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
