/* Good and bad files: each does what the manifest of $IDC_DATA/robustness says, strict and lenient;
 * good ones have the pixels of the reference decoders. Skipped where the set is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/exif.h"
#include "image/prepare.h"

#define MAX_LINE 4096
#define PATH 1024

static const char *folder(void)
{
    static char path[PATH];
    const char *data = getenv("IDC_DATA");
    snprintf(path, sizeof path, "%s/robustness", data ? data : "../shared/data");
    return path;
}

static FILE *open_list(const char *name)
{
    char path[PATH + 64];
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "skipped: %s is absent\n", path);
        skip();
    }
    return f;
}

/* The next line cut at its tabs; false at the end. The heading is passed over by the caller. */
static bool next_row(FILE *f, char line[MAX_LINE], char *cells[], int n)
{
    if (!fgets(line, MAX_LINE, f))
        return false;
    line[strcspn(line, "\n")] = 0;
    for (int i = 0; i < n; i++) {
        cells[i] = line;
        line += strcspn(line, "\t");
        if (*line)
            *line++ = 0;
    }
    return true;
}

static int load(idc_image *img, const char *sub, const char *name, const idc_prepare *how,
                idc_decode_info *info)
{
    char path[2 * PATH];
    idc_error err = IDC_NO_ERROR;
    snprintf(path, sizeof path, "%s/%s%s", folder(), sub, name);
    int rc = idc_prepare_file(img, path, how, info, &err);
    if (rc < 0) {
        assert_null(img->rgb);
        assert_int_equal(err.code, rc);
        assert_true(err.text[0] != 0);
    }
    return rc;
}

/* What is wrong with this row, or NULL. */
static const char *judge(char *cells[], bool lenient)
{
    idc_prepare how = IDC_PREPARE_DEFAULT;
    how.width = how.height = 0;
    how.lenient = lenient;
    idc_decode_info info;
    idc_image img;
    int rc = load(&img, "files/", cells[0], &how, &info);
    bool good = strcmp(cells[2], "decode") == 0,
         salvage = strcmp(cells[2], "lenient-only") == 0 && lenient;
    const char *wrong = NULL;
    if (rc == 0 && !good && !salvage)
        wrong = "decoded";
    else if (rc < 0 && (good || salvage))
        wrong = "refused";
    else if (rc == 0 && (info.note[0] != 0) != salvage)
        wrong = salvage ? "no note" : "a note";
    else if (rc == 0 && ((long)img.width * img.height != atol(cells[4]) * atol(cells[5]) ||
                         img.width != info.width))
        wrong = "another size";
    idc_image_free(&img);
    return wrong;
}

static void walk_manifest(bool lenient)
{
    char line[MAX_LINE], *cells[10];
    FILE *f = open_list("manifest.tsv");
    int rows = 0, bad = 0;
    assert_true(next_row(f, line, cells, 10));
    while (next_row(f, line, cells, 10)) {
        const char *wrong = judge(cells, lenient);
        if (wrong)
            fprintf(stderr, "%s (%s: %s): %s\n", cells[0], cells[2], cells[3], wrong);
        bad += wrong != NULL;
        rows++;
    }
    fclose(f);
    assert_int_equal(bad, 0);
    assert_true(rows > 400);
}

static void the_manifest_is_obeyed(void **state)
{
    (void)state;
    walk_manifest(false);
}

static void the_manifest_is_obeyed_leniently(void **state)
{
    (void)state;
    walk_manifest(true);
}

static void pixels_equal_the_reference(void **state)
{
    (void)state;
    char line[MAX_LINE], *cells[8];
    FILE *f = open_list("reference.tsv");
    idc_prepare how = {.max_pixels = IDC_MAX_PIXELS};
    idc_decode_info info;
    int rows = 0, bad = 0;
    assert_true(next_row(f, line, cells, 8));
    while (next_row(f, line, cells, 8)) {
        idc_image img, want;
        assert_int_equal(load(&img, "files/", cells[0], &how, &info), 0);
        assert_int_equal(load(&want, "", cells[1], &how, &info), 0);
        const char *turned = strstr(cells[0], "Landscape_"); /* the references are as stored */
        if (turned)
            assert_int_equal(idc_orient(&want, turned[10] - '0', NULL), 0);
        bool same = img.width == want.width && img.height == want.height &&
                    memcmp(img.rgb, want.rgb, idc_image_bytes(&img)) == 0;
        if (!same)
            fprintf(stderr, "%s: other pixels\n", cells[0]);
        bad += !same;
        rows++;
        idc_image_free(&img);
        idc_image_free(&want);
    }
    fclose(f);
    assert_int_equal(bad, 0);
    assert_true(rows >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manifest_is_obeyed),
        cmocka_unit_test(the_manifest_is_obeyed_leniently),
        cmocka_unit_test(pixels_equal_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
