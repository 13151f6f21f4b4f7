/* The public interface says of pictures in memory what PyTorch says of them (tests/golden/tiny/expected.jsonl). */
#include "idc/idc.h"

#include "tiny_model.h"

#include <jansson.h>
#include <math.h>

#include "image/decode.h"
#include "image/prepare.h"

static void load(idc_image *img, const char *name, size_t length)
{
    char path[512];
    idc_error err = IDC_NO_ERROR;
    idc_decode_info info;
    idc_prepare native = {.filter = IDC_FILTER_BICUBIC, .max_pixels = 10000};
    snprintf(path, sizeof path, "%.*s/%.*s", (int)(strrchr(tiny_path(), '/') - tiny_path()),
             tiny_path(), (int)length, name);
    if (idc_prepare_file(img, path, &native, &info, &err) < 0)
        fail_msg("%s", err.text);
}

static void compare(idc_describer *d, const json_t *expected)
{
    const char *id = json_string_value(json_object_get(expected, "id"));
    const char *colon = strchr(id, ':');
    idc_image a, b;
    idc_description said;
    load(&a, id, (size_t)(colon - id));
    load(&b, colon + 1, strlen(colon + 1));
    if (idc_describe(d, &(idc_rgb){a.rgb, a.width, a.height, 0},
                     &(idc_rgb){b.rgb, b.width, b.height, 0}, &said) < 0)
        fail_msg("%s", idc_describer_message(d));
    assert_string_equal(said.text, json_string_value(json_object_get(expected, "text")));
    double change = json_number_value(json_object_get(expected, "change"));
    double logprob = change >= 0.5 ? json_number_value(json_object_get(expected, "logprob")) : 0.0;
    assert_true(fabs(said.change - change) < 1e-4);
    assert_true(fabs(said.logprob - logprob) < 1e-4);
    assert_int_equal(said.domain < 0.5, strstr(id, "stripes") != NULL);
    assert_int_equal(said.box_after[2] > 0, said.change >= 0.5);
    idc_image_free(&a);
    idc_image_free(&b);
}

static void says_what_the_reference_says(void **state)
{
    (void)state;
    char path[512], line[512];
    idc_describer *d;
    snprintf(path, sizeof path, "%s", tiny_path());
    if (idc_describer_open(&d, path) < 0)
        fail_msg("%s", idc_describer_message(d));
    memcpy(strrchr(path, '/'), "/expected.jsonl", 16);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    int n = 0;
    for (; fgets(line, sizeof line, f); n++) {
        json_t *expected = json_loads(line, 0, NULL);
        assert_non_null(expected);
        compare(d, expected);
        json_decref(expected);
    }
    assert_int_equal(n, 12);
    fclose(f);
    idc_describer_close(&d);
    assert_null(d);
}

static void rows_may_be_padded_and_sizes_differ(void **state)
{
    (void)state;
    unsigned char *pixels = calloc(1, 400 * 100);
    idc_describer *d;
    idc_description said;
    assert_int_equal(idc_describer_open(&d, tiny_path()), 0);
    idc_rgb wide = {pixels, 100, 100, 400}, small = {pixels, 1, 1, 0};
    assert_int_equal(idc_describe(d, &wide, &small, &said), 0);
    assert_non_null(said.text);
    free(pixels);
    idc_describer_close(&d);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    unsigned char pixel[3] = {0};
    idc_describer *d;
    idc_description said;
    idc_rgb good = {pixel, 1, 1, 0}, none = {pixel, 0, 1, 0}, overlapping = {pixel, 2, 1, 3};
    assert_int_equal(idc_describer_open(&d, tiny_path()), 0);
    assert_string_equal(idc_describer_message(d), "");
    assert_true(idc_describe(d, &good, &none, &said) < 0);
    assert_non_null(strstr(idc_describer_message(d), "picture: 0 x 1"));
    assert_true(idc_describe(d, &overlapping, &good, &said) < 0);
    assert_int_equal(idc_describe(d, &good, &good, &said), 0);
    idc_describer_close(&d);
    assert_true(idc_describer_open(&d, "nowhere.safetensors") < 0);
    assert_non_null(strstr(idc_describer_message(d), "nowhere.safetensors"));
    assert_true(idc_describe(d, &good, &good, &said) < 0);
    idc_describer_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_reference_says),
        cmocka_unit_test(rows_may_be_padded_and_sizes_differ),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
