/* What is put into a record comes out again, also after bytes and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/record_bytes.h"

static const float grid[6] = {0, 1, 2, 3, 4, 5.5f};

static idc_record *sample(void)
{
    idc_record *r = idc_record_new("feature");
    idc_array a = {.dtype = IDC_DTYPE_F32, .ndim = 2, .shape = {2, 3}, .data = grid};
    assert_int_equal(idc_record_set_string(r, "id", "a.png"), 0);
    assert_int_equal(idc_record_set_array(r, "feature", &a), 0);
    assert_int_equal(idc_record_set_int(r, "uses", -3), 0);
    assert_int_equal(idc_record_set_double(r, "time", 1.25), 0);
    assert_int_equal(idc_record_set_bool(r, "good", true), 0);
    assert_int_equal(idc_record_set_numbers(r, "size", (double[]){640, 480.5}, 2), 0);
    assert_int_equal(idc_record_set_strings(r, "captions", (const char *[]){"x", "y"}, 2), 0);
    assert_int_equal(idc_record_set_json(r, "labels", "{\"a\":[1,null,{\"b\":\"c\"}]}", NULL), 0);
    return r;
}

static idc_record *there_and_back(idc_record *r)
{
    idc_buffer b = {0};
    idc_record *copy;
    assert_int_equal(idc_record_encode(r, &b), 0);
    assert_int_equal(b.size, idc_record_bytes(r));
    assert_int_equal(idc_record_decode(&copy, b.data, b.size, NULL), 0);
    idc_buffer_free(&b);
    idc_record_free(&r);
    return copy;
}

static void fields_come_out_as_they_went_in(void **state)
{
    (void)state;
    idc_record *r = there_and_back(sample());
    idc_array a;
    int64_t integer;
    double real, size[2];
    const char *text;
    assert_true(idc_record_is(r, "feature"));
    assert_string_equal(idc_record_id(r), "a.png");
    assert_int_equal(idc_record_get_array(r, "feature", &a, NULL), 0);
    assert_int_equal(a.ndim, 2);
    assert_int_equal(a.shape[1], 3);
    assert_memory_equal(a.data, grid, sizeof grid);
    assert_int_equal(idc_record_get_int(r, "uses", &integer, NULL), 0);
    assert_int_equal(integer, -3);
    assert_int_equal(idc_record_get_double(r, "time", &real, NULL), 0);
    assert_true(real == 1.25);
    assert_int_equal(idc_record_get_double(r, "uses", &real, NULL), 0);
    assert_true(real == -3);
    assert_int_equal(idc_record_get_numbers(r, "size", size, 2, NULL), 2);
    assert_true(size[0] == 640 && size[1] == 480.5);
    assert_int_equal(idc_record_get_string(r, "captions", &text, NULL), IDC_E_INVALID);
    idc_record_free(&r);
}

static void a_record_is_read_as_json(void **state)
{
    (void)state;
    idc_record *r = there_and_back(sample());
    char *json = idc_record_json(r, NULL);
    assert_string_equal(
        json,
        "{\"kind\":\"feature\",\"id\":\"a.png\",\"feature\":{\"dtype\":\"<f4\",\"shape\":[2,3],"
        "\"min\":0,\"max\":5.5,\"mean\":2.58333},\"uses\":-3,\"time\":1.25,\"good\":true,"
        "\"size\":[640,480.5],\"captions\":[\"x\",\"y\"],\"labels\":{\"a\":[1,null,{\"b\":\"c\"}]}"
        "}");
    free(json);
    assert_int_equal(idc_record_set_string(r, "id", "\"\\\n\x01\xff\xc3\xa9"), 0);
    json = idc_record_json(r, "id");
    assert_string_equal(json, "\"\\\"\\\\\\n\\u0001\\ufffd\xc3\xa9\"");
    free(json);
    assert_null(idc_record_json(r, "absent"));
    idc_record_free(&r);
}

static void setters_replace_in_place(void **state)
{
    (void)state;
    idc_record *r = there_and_back(sample());
    assert_int_equal(idc_record_set_string(r, "id", idc_record_id(r)), 0); /* its own text */
    assert_string_equal(idc_record_id(r), "a.png");
    assert_int_equal(idc_record_set_int(r, "feature", 7), 0);
    idc_record_remove(r, "labels");
    idc_record_remove(r, "labels");
    char *json = idc_record_json(r, NULL);
    assert_string_equal(json, "{\"kind\":\"feature\",\"id\":\"a.png\",\"feature\":7,\"uses\":-3,"
                              "\"time\":1.25,\"good\":true,"
                              "\"size\":[640,480.5],\"captions\":[\"x\",\"y\"]}");
    free(json);
    idc_record_free(&r);
}

static void a_copy_outlives_its_record(void **state)
{
    (void)state;
    idc_record *r = sample(), *copy = idc_record_copy(r), *other = idc_record_new("x");
    assert_int_equal(idc_record_copy_field(other, r, "feature"), 0);
    assert_int_equal(idc_record_copy_field(other, r, "id"), 0);
    assert_int_equal(idc_record_copy_field(other, r, "absent"), 0);
    idc_record_free(&r);
    idc_array a;
    assert_int_equal(idc_record_get_array(copy, "feature", &a, NULL), 0);
    assert_memory_equal(a.data, grid, sizeof grid);
    assert_int_equal(idc_record_get_array(other, "feature", &a, NULL), 0);
    assert_memory_equal(a.data, grid, sizeof grid);
    assert_string_equal(idc_record_id(other), "a.png");
    assert_false(idc_record_has(other, "absent"));
    idc_record_free(&copy);
    idc_record_free(&other);
}

static void getters_name_record_and_field(void **state)
{
    (void)state;
    idc_record *r = sample();
    idc_error err = IDC_NO_ERROR;
    idc_array a;
    int64_t integer;
    assert_int_equal(idc_record_get_array(r, "pooled", &a, &err), IDC_E_MISSING);
    assert_string_equal(err.text, "feature 'a.png': field 'pooled' is missing");
    assert_int_equal(idc_record_get_array(r, "uses", &a, &err), IDC_E_INVALID);
    assert_string_equal(err.text, "feature 'a.png': field 'uses' is not an array");
    assert_int_equal(idc_record_get_int(r, "time", &integer, &err), IDC_E_INVALID);
    assert_int_equal(idc_record_set_json(r, "j", "{\"a\":", &err), IDC_E_INVALID);
    assert_int_equal(idc_record_set_array(r, "b", &(idc_array){.dtype = IDC_DTYPE_BF16}),
                     IDC_E_UNSUPPORTED);
    idc_record *e = idc_record_error("idc-x", "a.png", &(idc_error){IDC_E_IO, "broken"});
    char *json = idc_record_json(e, NULL);
    assert_string_equal(json, "{\"kind\":\"error\",\"id\":\"a.png\",\"from\":\"idc-x\",\"code\":"
                              "\"io\",\"text\":\"broken\"}");
    free(json);
    idc_record_free(&e);
    idc_record_free(&r);
}

static void many_fields_take_a_longer_header(void **state)
{
    (void)state;
    idc_record *r = idc_record_new("x");
    char key[16];
    for (int i = 0; i < 1023; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(idc_record_set_int(r, key, i), 0);
    }
    assert_true(idc_record_set_int(r, "one too many", 0) < 0);
    r = there_and_back(r);
    int64_t v;
    assert_int_equal(idc_record_get_int(r, "k1022", &v, NULL), 0);
    assert_int_equal(v, 1022);
    idc_record_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_out_as_they_went_in),
        cmocka_unit_test(a_record_is_read_as_json),
        cmocka_unit_test(setters_replace_in_place),
        cmocka_unit_test(a_copy_outlives_its_record),
        cmocka_unit_test(getters_name_record_and_field),
        cmocka_unit_test(many_fields_take_a_longer_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
