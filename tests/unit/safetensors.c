/* A tensor file comes back as it was written; each lie in a header is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tensor/safetensors.h"

static char folder[] = "/tmp/idc-safetensors-XXXXXX", path[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/a.safetensors", mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    remove(path);
    return remove(folder);
}

/* A file of the given header and n bytes of data. */
static size_t file_of(uint8_t *to, const char *header, size_t n)
{
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(to + 8, header, length);
    memset(to + 8 + length, 1, n);
    return 8 + length + n;
}

static const float values[6] = {1, 2, 3, 4, 5, 6};
static const uint16_t halves[2] = {0x3c00, 0xbc00};
static const int64_t number = -7;
static const idc_safetensor tensors[] = {
    {"w", IDC_DTYPE_F32, 2, {2, 3}, values, sizeof values},
    {"a.half", IDC_DTYPE_F16, 1, {2}, halves, sizeof halves},
    {"scalar", IDC_DTYPE_I64, 0, {0}, &number, sizeof number},
    {"none", IDC_DTYPE_F32, 2, {0, 3}, values, 0},
};
static const idc_safetensors_metadata_entry metadata[] = {{"config", "{\"width\": 4}"}, {"z", "é"}};

static void what_was_written_comes_back(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *f;
    (void)state;
    assert_int_equal(idc_safetensors_write(path, tensors, 4, metadata, 2, &err), 0);
    assert_int_equal(idc_safetensors_open(&f, path, &err), 0);
    assert_int_equal(idc_safetensors_size(f), 4);
    for (size_t i = 0; i < 4; i++) {
        const idc_safetensor *t = idc_safetensors_find(f, tensors[i].name);
        assert_non_null(t);
        assert_int_equal(t->dtype, tensors[i].dtype);
        assert_int_equal(t->ndim, tensors[i].ndim);
        assert_memory_equal(t->shape, tensors[i].shape, (size_t)t->ndim * sizeof(int64_t));
        assert_int_equal(t->bytes, tensors[i].bytes);
        assert_memory_equal(t->data, tensors[i].data, t->bytes);
    }
    assert_int_equal((uintptr_t)idc_safetensors_at(f, 0)->data % 64, 0);
    assert_string_equal(idc_safetensors_metadata(f, "config"), "{\"width\": 4}");
    assert_string_equal(idc_safetensors_metadata(f, "z"), "é");
    assert_null(idc_safetensors_metadata(f, "missing"));
    assert_null(idc_safetensors_find(f, "missing"));
    idc_safetensors_close(&f);
}

static void fingerprint_of(char hex[33], const idc_safetensor *t, size_t n,
                           const idc_safetensors_metadata_entry *m)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *f;
    assert_int_equal(idc_safetensors_write(path, t, n, m, 2, &err), 0);
    assert_int_equal(idc_safetensors_open(&f, path, &err), 0);
    idc_safetensors_fingerprint(f, hex);
    idc_safetensors_close(&f);
}

static void fingerprint_is_of_contents_not_of_order(void **state)
{
    char a[33], b[33];
    idc_safetensor other[] = {tensors[1], tensors[0]};
    idc_safetensors_metadata_entry turned[] = {metadata[1], metadata[0]};
    float changed[6];
    (void)state;
    fingerprint_of(a, tensors, 2, metadata);
    fingerprint_of(b, other, 2, turned);
    assert_string_equal(a, b);
    memcpy(changed, values, sizeof changed);
    changed[5] = 7;
    other[1].data = changed;
    fingerprint_of(b, other, 2, turned);
    assert_string_not_equal(a, b);
    other[1].data = values;
    other[1].shape[0] = 3, other[1].shape[1] = 2;
    fingerprint_of(b, other, 2, turned);
    assert_string_not_equal(a, b);
    turned[0].value = "e";
    fingerprint_of(b, tensors, 2, turned);
    assert_string_not_equal(a, b);
}

#define T(dtype, shape, from, to)                                                                  \
    "{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" #from "," #to "]}"

static const struct lie {
    const char *header;
    size_t data;
    const char *said;
} lies[] = {
    {"{\"a\":" T("F32", "2", 0, 8) "}", 4, "outside"},
    {"{\"a\":" T("F32", "2", 0, 8) "}", 12, "after the last"},
    {"{\"a\":" T("F32", "3", 0, 8) "}", 8, "needs 12 bytes"},
    {"{\"a\":" T("F64", "1", 0, 8) "}", 8, "unknown dtype 'F64'"},
    {"{\"a\":" T("F32", "1,1,1,1,1,2", 0, 8) "}", 8, "axes"},
    {"{\"a\":" T("F32", "-2", 0, 8) "}", 8, "at least 0"},
    {"{\"a\":" T("F32", "2.0", 0, 8) "}", 8, "integer"},
    {"{\"a\":" T("F32", "4611686018427387904,4", 0, 8) "}", 8, "too large"},
    {"{\"a\":" T("F32", "2", 8, 0) "}", 8, "outside"},
    {"{\"a\":" T("F32", "2", -8, 0) "}", 8, "outside"},
    {"{\"a\":" T("F32", "1", 0, 4) ",\"b\":" T("F32", "2", 0, 8) "}", 8, "overlap"},
    {"{\"a\":" T("F32", "1", 0, 4) ",\"b\":" T("F32", "1", 8, 12) "}", 12, "hole"},
    {"{\"a\":" T("F32", "1", 0, 4) ",\"a\":" T("F32", "1", 4, 8) "}", 8, "duplicate"},
    {"{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "no dtype"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "shape"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "data_offsets"},
    {"{\"a\":[]}", 0, "no object"},
    {"{\"__metadata__\":{\"x\":1}}", 0, "no string"},
    {"{\"__metadata__\":[]}", 0, "no object"},
    {"[]", 0, "no object"},
    {"{\"a\":", 0, "header"},
    {"{\"a\":[[[[[[[[[[[[]]]]]]]]]]]]}", 0, "deep"},
};

static void lies_are_refused_by_name(void **state)
{
    static uint8_t file[4096];
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        idc_error err = IDC_NO_ERROR;
        idc_safetensors *f;
        size_t n = file_of(file, lies[i].header, lies[i].data);
        assert_true(idc_safetensors_open_memory(&f, file, n, "m.safetensors", &err) < 0);
        assert_null(f);
        if (!strstr(err.text, lies[i].said) || strncmp(err.text, "m.safetensors: ", 15))
            fail_msg("%s: said \"%s\", not \"%s\"", lies[i].header, err.text, lies[i].said);
    }
}

static void a_header_longer_than_the_file_is_refused(void **state)
{
    uint8_t file[16] = {9, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *f;
    (void)state;
    assert_int_equal(idc_safetensors_open_memory(&f, file, 16, "m", &err), IDC_E_CUT);
    assert_int_equal(idc_safetensors_open_memory(&f, file, 7, "m", &err), IDC_E_CUT);
    assert_int_equal(idc_safetensors_open_memory(&f, file, 0, "m", &err), IDC_E_CUT);
    memset(file, 0xff, 8);
    assert_true(idc_safetensors_open_memory(&f, file, 16, "m", &err) < 0);
    assert_non_null(strstr(err.text, "100 MB"));
}

static void the_writer_refuses_what_it_could_not_read(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensor twice[] = {tensors[0], tensors[0]}, wrong = tensors[0];
    (void)state;
    wrong.bytes--;
    assert_true(idc_safetensors_write(path, twice, 2, NULL, 0, &err) < 0);
    assert_non_null(strstr(err.text, "twice"));
    assert_true(idc_safetensors_write(path, &wrong, 1, NULL, 0, &err) < 0);
    wrong = tensors[0];
    wrong.name = "\xff";
    assert_true(idc_safetensors_write(path, &wrong, 1, NULL, 0, &err) < 0);
    assert_true(idc_safetensors_write("/nonexistent/x", tensors, 1, NULL, 0, &err) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(fingerprint_is_of_contents_not_of_order),
        cmocka_unit_test(lies_are_refused_by_name),
        cmocka_unit_test(a_header_longer_than_the_file_is_refused),
        cmocka_unit_test(the_writer_refuses_what_it_could_not_read),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
