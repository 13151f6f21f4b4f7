/* Every kind of PNG and JPEG gives the pixels of tests/golden/image (by tests/reference/make_image_golden.py); damaged ones
 * are refused, or kept when lenient; claims are checked before memory is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/prepare.h"

static const char *golden(void)
{
    static char folder[200];
    const char *tests = getenv("TESTS"); /* tests/run.sh says where the tests lie */
    snprintf(folder, sizeof folder, "%s/golden/image", tests ? tests : "tests");
    return folder;
}

#define MAX_BYTES (1 << 18)

static size_t slurp(const char *name, uint8_t bytes[MAX_BYTES])
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", golden(), name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is missing", path);
    size_t n = fread(bytes, 1, MAX_BYTES, f);
    fclose(f);
    return n;
}

static int decode(idc_image *img, const uint8_t *bytes, size_t n, bool lenient, idc_error *err)
{
    idc_decode_options how = {.max_pixels = IDC_MAX_PIXELS, .lenient = lenient};
    idc_decode_info info;
    int rc = idc_decode(img, bytes, n, &how, &info, err);
    if (rc < 0)
        assert_null(img->rgb);
    else
        assert_true(lenient || info.note[0] == 0);
    return rc;
}

static void check_golden(const char *name)
{
    static uint8_t bytes[MAX_BYTES], want[MAX_BYTES];
    char rgb[300];
    idc_image img;
    idc_error err = IDC_NO_ERROR;
    size_t n = slurp(name, bytes);
    snprintf(rgb, sizeof rgb, "%.*s.rgb", (int)(strlen(name) - 4), name);
    size_t pixels = slurp(rgb, want);
    if (decode(&img, bytes, n, false, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    assert_int_equal(idc_image_bytes(&img), pixels);
    for (size_t i = 0; i < pixels; i++)
        if (img.rgb[i] != want[i])
            fail_msg("%s: sample %zu is %d, not %d", name, i, img.rgb[i], want[i]);
    idc_image_free(&img);
}

static void every_kind_has_its_pixels(void **state)
{
    (void)state;
    struct dirent *e;
    int files = 0;
    DIR *d = opendir(golden());
    assert_non_null(d);
    while ((e = readdir(d)))
        if ((strncmp(e->d_name, "png-", 4) == 0 || strncmp(e->d_name, "jpeg-", 5) == 0) &&
            !strstr(e->d_name, ".rgb")) {
            check_golden(e->d_name);
            files++;
        }
    closedir(d);
    assert_true(files >= 36);
}

/* Each cut is refused; lenient decoding of a JPEG gives the full size once the pixels have begun. */
static void cut_files_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[MAX_BYTES];
    idc_image img;
    const char *const names[] = {"jpeg-baseline.jpg", "jpeg-progressive.jpg", "png-2-8.png",
                                 "png-3-4-trns.png"};
    for (size_t i = 0; i < 4; i++) {
        size_t n = slurp(names[i], bytes);
        for (size_t cut = 0; cut < n; cut++)
            assert_true(decode(&img, bytes, cut, false, NULL) < 0);
    }
    size_t n = slurp("jpeg-baseline.jpg", bytes);
    assert_int_equal(decode(&img, bytes, n - 60, true, NULL), 0);
    assert_int_equal(img.width, 37);
    assert_int_equal(img.height, 26);
    idc_image_free(&img);
}

/* Whatever one byte is changed to, nothing bad happens; PNG checksums notice each change. */
static void changed_bytes_do_no_harm(void **state)
{
    (void)state;
    static uint8_t bytes[MAX_BYTES];
    const char *const names[] = {"jpeg-cmyk.jpg", "jpeg-turned-6.jpg", "png-4-16.png",
                                 "png-0-2.png"};
    for (size_t f = 0; f < 4; f++) {
        size_t n = slurp(names[f], bytes);
        for (size_t i = 0; i < n; i++) {
            idc_decode_options how = {.max_pixels = 100000, .lenient = i % 2};
            idc_decode_info info;
            idc_image img;
            uint8_t was = bytes[i];
            bytes[i] = (uint8_t)(was ^ (1 + i % 255));
            int rc = idc_decode(&img, bytes, n, &how, &info, NULL);
            assert_true(f < 2 || rc < 0 || info.note[0]);
            if (rc == 0)
                idc_image_free(&img);
            bytes[i] = was;
        }
    }
}

static void bombs_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[MAX_BYTES];
    idc_error err = IDC_NO_ERROR;
    idc_image img;
    size_t n = slurp("jpeg-baseline.jpg", bytes);
    for (size_t i = 0; i + 9 < n; i++)
        if (bytes[i] == 0xff && bytes[i + 1] == 0xc0) /* SOF0: length, precision, height, width */
            memcpy(bytes + i + 5, "\xff\x00\xff\x00", 4);
    assert_int_equal(decode(&img, bytes, n, true, &err), IDC_E_RANGE);
    assert_non_null(strstr(err.text, "65280×65280"));
    n = slurp("png-2-8.png", bytes);
    memcpy(bytes + 16, "\x00\x00\xf0\x00\x00\x00\xf0\x00", 8);
    assert_int_equal(decode(&img, bytes, n, true, &err), IDC_E_RANGE);

    idc_decode_options few = {.max_pixels = 62};
    idc_decode_info info;
    n = slurp("png-0-8.png", bytes); /* 9×7 */
    assert_int_equal(idc_decode(&img, bytes, n, &few, &info, &err), IDC_E_RANGE);
    few.max_pixels = 63;
    assert_int_equal(idc_decode(&img, bytes, n, &few, &info, &err), 0);
    idc_image_free(&img);
}

static void reduced_decoding_is_near(void **state)
{
    (void)state;
    static uint8_t bytes[MAX_BYTES];
    idc_prepare how = IDC_PREPARE_DEFAULT;
    idc_decode_info info;
    idc_image fast, whole, slow;
    size_t n = slurp("jpeg-large.jpg", bytes); /* 96×64: reduced by 4 */
    how.width = 12;
    how.height = 8;
    assert_int_equal(idc_prepare_bytes(&fast, bytes, n, &how, &info, NULL), 0);
    assert_int_equal(info.width, 96);
    assert_int_equal(info.height, 64);
    assert_int_equal(decode(&whole, bytes, n, false, NULL), 0);
    assert_int_equal(idc_resize(&slow, &whole, 12, 8, IDC_FILTER_BICUBIC, NULL), 0);
    int different = 0;
    for (size_t i = 0; i < idc_image_bytes(&slow); i++) {
        assert_true(abs(fast.rgb[i] - slow.rgb[i]) <= 8);
        different += fast.rgb[i] != slow.rgb[i];
    }
    assert_true(different > 0); /* it was reduced by the DCT */
    idc_image_free(&fast);
    idc_image_free(&whole);
    idc_image_free(&slow);
}

/* The middle 7/8 of the square of a picture of 96 × 64: 56 × 56 from (20, 4) on. */
static void crop_takes_the_middle(void **state)
{
    (void)state;
    static uint8_t bytes[MAX_BYTES];
    idc_prepare how = {.width = 28,
                       .height = 28,
                       .filter = IDC_FILTER_BICUBIC,
                       .max_pixels = IDC_MAX_PIXELS,
                       .crop = {7, 8}};
    idc_decode_info info;
    idc_image got, whole, part, want;
    size_t n = slurp("jpeg-large.jpg", bytes);
    assert_int_equal(idc_prepare_bytes(&got, bytes, n, &how, &info, NULL), 0);
    assert_int_equal(info.width, 96);
    assert_int_equal(decode(&whole, bytes, n, false, NULL), 0);
    assert_int_equal(idc_image_new(&part, 56, 56, NULL), 0);
    for (size_t y = 0; y < 56; y++)
        memcpy(part.rgb + y * 56 * 3, whole.rgb + ((y + 4) * 96 + 20) * 3, 56 * 3);
    assert_int_equal(idc_resize(&want, &part, 28, 28, IDC_FILTER_BICUBIC, NULL), 0);
    assert_int_equal(got.width, 28);
    assert_int_equal(got.height, 28);
    assert_memory_equal(got.rgb, want.rgb, idc_image_bytes(&want));
    idc_image_free(&got);
    idc_image_free(&whole);
    idc_image_free(&part);
    idc_image_free(&want);
    how.width = 16, how.height = 1, how.crop[0] = 1,
    how.crop[1] = IDC_MAX_CROP; /* at least a pixel */
    assert_int_equal(idc_prepare_bytes(&got, bytes, n, &how, &info, NULL), 0);
    idc_image_free(&got);
}

static void crops_have_a_form(void **state)
{
    static const char *const bad[] = {"",
                                      "0",
                                      "2",
                                      "0/8",
                                      "9/8",
                                      "-1/2",
                                      "7/",
                                      "/8",
                                      "7/8x",
                                      "1/10001",
                                      " 1/2",
                                      "0.875",
                                      "1/0",
                                      "+1/2",
                                      "7/-8",
                                      "1/1e3",
                                      "99999999999/99999999999"};
    int crop[2];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (idc_prepare_crop(crop, bad[i]) == 0)
            fail_msg("'%s' is taken as a share", bad[i]);
    assert_int_equal(idc_prepare_crop(crop, "224/256"), 0);
    assert_int_equal(crop[0], 224);
    assert_int_equal(crop[1], 256);
    assert_int_equal(idc_prepare_crop(crop, "1"), 0);
    assert_int_equal(crop[1], 1);
}

static void expect_error(const char *path, int code, const char *text)
{
    idc_prepare how = IDC_PREPARE_DEFAULT;
    idc_decode_info info;
    idc_image img;
    idc_error err = IDC_NO_ERROR;
    char want[300];
    snprintf(want, sizeof want, "%s: %s", path, text);
    assert_int_equal(idc_prepare_file(&img, path, &how, &info, &err), code);
    assert_string_equal(err.text, want);
}

static void errors_name_the_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/idc-image-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    expect_error(folder, IDC_E_IO, "is a directory");
    snprintf(path, sizeof path, "%s/a.jpg", folder);
    expect_error(path, IDC_E_MISSING, "no such file");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    expect_error(path, IDC_E_INVALID, "empty file");
    fputs("This is text.\n", f);
    fclose(f);
    expect_error(path, IDC_E_UNSUPPORTED, "neither JPEG nor PNG");
    unlink(path);
    rmdir(folder);
}

static void preparations_have_names(void **state)
{
    (void)state;
    idc_prepare how = IDC_PREPARE_DEFAULT;
    char name[IDC_PREPARE_NAME];
    idc_prepare_name(name, &how);
    assert_string_equal(name, "srgb;exif;dct2;bicubic;240x160");
    how.crop[0] = 7, how.crop[1] = 8;
    idc_prepare_name(name, &how);
    assert_string_equal(name, "srgb;exif;dct2;crop7/8;bicubic;240x160");
    how.width = how.height = 0;
    idc_prepare_name(name, &how);
    assert_string_equal(name, "srgb;exif;native");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_pixels), cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(changed_bytes_do_no_harm),  cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(reduced_decoding_is_near),  cmocka_unit_test(errors_name_the_file),
        cmocka_unit_test(preparations_have_names),   cmocka_unit_test(crop_takes_the_middle),
        cmocka_unit_test(crops_have_a_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
