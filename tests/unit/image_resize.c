/* Resizing equals Pillow's; goldens by tests/reference/make_resize_golden.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/prepare.h"
#include "image/resize.h"

static const int sizes[][2] = {{80, 60}, {24, 17}, {61, 20}, {7, 90}, {61, 47}};

static void load(idc_image *img, const char *name)
{
    char path[400];
    const char *tests = getenv("TESTS"); /* tests/run.sh says where the tests lie */
    idc_prepare native = {.max_pixels = IDC_MAX_PIXELS};
    idc_decode_info info;
    idc_error err = IDC_NO_ERROR;
    snprintf(path, sizeof path, "%s/golden/image/%s.png", tests ? tests : "tests", name);
    if (idc_prepare_file(img, path, &native, &info, &err) < 0)
        fail_msg("%s", err.text);
}

/* No sample is more than 1 grey level off: Pillow sums integers, we sum floats, ties may fall either way. */
static void equals_pillow(void **state)
{
    (void)state;
    idc_image source;
    load(&source, "resize-source");
    for (int f = 0; f < IDC_FILTER_COUNT; f++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char name[64];
            idc_image want, got;
            snprintf(name, sizeof name, "resize-%s-%dx%d", idc_filter_name((idc_filter)f),
                     sizes[i][0], sizes[i][1]);
            load(&want, name);
            assert_int_equal(
                idc_resize(&got, &source, sizes[i][0], sizes[i][1], (idc_filter)f, NULL), 0);
            assert_int_equal(got.width, want.width);
            assert_int_equal(got.height, want.height);
            size_t n = idc_image_bytes(&got);
            for (size_t k = 0; k < n; k++)
                assert_true(abs(got.rgb[k] - want.rgb[k]) <= 1);
            idc_image_free(&want);
            idc_image_free(&got);
        }
    idc_image_free(&source);
}

static void one_colour_stays(void **state)
{
    (void)state;
    idc_image dot, big, back;
    assert_int_equal(idc_image_new(&dot, 1, 1, NULL), 0);
    memcpy(dot.rgb, "\x01\x80\xfe", 3);
    for (int f = 0; f < IDC_FILTER_COUNT; f++) {
        assert_int_equal(idc_resize(&big, &dot, 300, 2, (idc_filter)f, NULL), 0);
        for (size_t i = 0; i < idc_image_bytes(&big); i++)
            assert_int_equal(big.rgb[i], dot.rgb[i % 3]);
        assert_int_equal(idc_resize(&back, &big, 1, 1, (idc_filter)f, NULL), 0);
        assert_memory_equal(back.rgb, dot.rgb, 3);
        idc_image_free(&big);
        idc_image_free(&back);
    }
    idc_image_free(&dot);
}

/* A long thin picture must not need memory for its length at the new width. */
static void thin_pictures_are_no_bombs(void **state)
{
    (void)state;
    idc_image thin, out;
    assert_int_equal(idc_image_new(&thin, 1, IDC_IMAGE_MAX_SIDE, NULL), 0);
    memset(thin.rgb, 77, idc_image_bytes(&thin));
    assert_int_equal(idc_resize(&out, &thin, 1000, 3, IDC_FILTER_BICUBIC, NULL), 0);
    for (size_t i = 0; i < idc_image_bytes(&out); i++)
        assert_int_equal(out.rgb[i], 77);
    idc_image_free(&thin);
    idc_image_free(&out);
}

static void senseless_sizes_are_refused(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_image img, out;
    assert_int_equal(idc_image_new(&img, 2, 2, NULL), 0);
    memset(img.rgb, 0, 12);
    assert_int_equal(idc_resize(&out, &img, 0, 5, IDC_FILTER_BOX, &err), IDC_E_RANGE);
    assert_null(out.rgb);
    assert_int_equal(idc_resize(&out, &img, 5, -1, IDC_FILTER_BOX, &err), IDC_E_RANGE);
    assert_int_equal(idc_resize(&out, &img, 5, IDC_IMAGE_MAX_SIDE + 1, IDC_FILTER_BOX, &err),
                     IDC_E_RANGE);
    idc_image_free(&img);
}

static void filters_have_names(void **state)
{
    (void)state;
    for (int f = 0; f < IDC_FILTER_COUNT; f++)
        assert_int_equal(idc_filter_from_name(idc_filter_name((idc_filter)f)), f);
    assert_int_equal(idc_filter_from_name("lanczos"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pillow),
        cmocka_unit_test(one_colour_stays),
        cmocka_unit_test(thin_pictures_are_no_bombs),
        cmocka_unit_test(senseless_sizes_are_refused),
        cmocka_unit_test(filters_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
