/* Drawing stays inside the picture, letters break into lines, a shown pair holds both pictures, the boxes and the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "image/draw.h"
#include "image/exif.h"
#include "image/font.h"
#include "image/heat.h"

static idc_image plain(int width, int height, int grey)
{
    idc_image img;
    assert_int_equal(idc_image_new(&img, width, height, NULL), 0);
    memset(img.rgb, grey, idc_image_bytes(&img));
    return img;
}

static uint32_t pixel(const idc_image *img, int x, int y)
{
    const unsigned char *p = img->rgb + 3 * (y * img->width + x);
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static int count(const idc_image *img, uint32_t colour)
{
    int n = 0;
    for (int y = 0; y < img->height; y++)
        for (int x = 0; x < img->width; x++)
            n += pixel(img, x, y) == colour;
    return n;
}

static void drawing_is_cut_off_at_the_edge(void **state)
{
    (void)state;
    idc_image img = plain(10, 8, 0), small = plain(4, 4, 9);
    idc_draw_fill(&img, (idc_rect){-5, -5, 2, 3}, 0x010203);
    assert_int_equal(count(&img, 0x010203), 6);
    idc_draw_fill(&img, (idc_rect){8, 7, 100, 100}, 0x040506);
    assert_int_equal(count(&img, 0x040506), 2);
    idc_draw_fill(&img, (idc_rect){5, 5, 3, 3}, 0x070809);
    assert_int_equal(count(&img, 0x070809), 0);
    idc_draw_picture(&img, &small, 8, -2);
    assert_int_equal(count(&img, 0x090909), 4);
    idc_draw_picture(&img, &small, -3, 6);
    assert_int_equal(count(&img, 0x090909), 6);
    idc_draw_picture(&img, &small, 50, 50);
    idc_draw_text(&img, (idc_rect){7, 4, 9, 0}, 3, 0x111111, "outside");
    idc_image_free(&img);
    idc_image_free(&small);
}

static void a_frame_is_hollow(void **state)
{
    (void)state;
    idc_image img = plain(10, 8, 0);
    idc_draw_frame(&img, (idc_rect){1, 1, 9, 7}, 2, 0xff0000);
    assert_int_equal(count(&img, 0xff0000), 8 * 6 - 4 * 2);
    assert_int_equal(pixel(&img, 1, 1), 0xff0000);
    assert_int_equal(pixel(&img, 3, 3), 0);
    idc_image_free(&img);
}

static void letters_differ(void **state)
{
    (void)state;
    for (int a = ' '; a <= '~'; a++)
        for (int b = ' '; b < a; b++)
            assert_memory_not_equal(idc_font_glyph((unsigned char)a),
                                    idc_font_glyph((unsigned char)b), IDC_FONT_HEIGHT);
}

static void text_breaks_between_words(void **state)
{
    (void)state;
    idc_rect r = {0, 0, 60, 0}; /* ten letters a line at scale 1 */
    assert_int_equal(idc_draw_text(NULL, r, 1, 0, ""), 0);
    assert_int_equal(idc_draw_text(NULL, r, 1, 0, "ten letter"), 10);
    assert_int_equal(idc_draw_text(NULL, r, 1, 0, "ten letters"), 20);
    assert_int_equal(idc_draw_text(NULL, r, 1, 0, "averyverylongword"), 20);
    assert_int_equal(
        idc_draw_text(NULL, r, 1, 0, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"), 10);
    idc_image img = plain(60, 20, 255);
    idc_draw_text(&img, r, 1, 0, "|");
    assert_int_equal(count(&img, 0), 7);
    assert_int_equal(pixel(&img, 2, 0), 0);
    idc_image_free(&img);
}

static void a_pair_is_shown(void **state)
{
    (void)state;
    idc_image a = plain(60, 40, 50), b = plain(50, 30, 80), sheet;
    const idc_show_box boxes[] = {{0, {10, 10, 20, 20}}, {1, {40, 20, 500, 25}}};
    idc_show what = {&a, &b, boxes, 2, NULL};
    assert_int_equal(idc_show_pair(&sheet, &what, NULL), 0);
    assert_int_equal(sheet.width, 8 + 60 + 8 + 50 + 8);
    assert_int_equal(sheet.height, 8 + 40 + 8);
    int first = 10 * 10 - 6 * 6, second = 10 * 5 - 6 * 1;
    assert_int_equal(count(&sheet, 0xff2020), first + second);
    assert_int_equal(count(&sheet, 0x323232), 60 * 40 - first);
    assert_int_equal(count(&sheet, 0x505050), 50 * 30 - second);
    assert_int_equal(pixel(&sheet, 8 + 10, 8 + 10), 0xff2020);
    int height = sheet.height;
    idc_image_free(&sheet);
    what.sentence = "it moved";
    assert_int_equal(idc_show_pair(&sheet, &what, NULL), 0);
    assert_int_equal(sheet.height, height + 20 + 8);
    assert_true(count(&sheet, 0x202020) > 100);
    idc_image_free(&sheet);
    idc_image_free(&a);
    idc_image_free(&b);
}

/* The stored picture 0 1 2 / 3 4 5, turned by each Exif orientation (Exif 2.3, 4.6.4: which side row 0 and column 0 are). */
static void orientations(void **state)
{
    (void)state;
    static const struct {
        int width;
        const char *pixels;
    } want[9] = {{0, ""},       {3, "012345"}, {3, "210543"}, {3, "543210"}, {3, "345012"},
                 {2, "031425"}, {2, "304152"}, {2, "524130"}, {2, "251403"}};
    for (int turn = 1; turn <= 8; turn++) {
        idc_image img = plain(3, 2, 0);
        for (int i = 0; i < 18; i++)
            img.rgb[i] = (unsigned char)('0' + i / 3);
        assert_int_equal(idc_orient(&img, turn, NULL), 0);
        assert_int_equal(img.width, want[turn].width);
        for (int i = 0; i < 18; i++)
            assert_int_equal(img.rgb[i], want[turn].pixels[i / 3]);
        idc_image_free(&img);
    }
}

static void exif_is_read_within_its_bounds(void **state)
{
    (void)state;
    static const uint8_t little[] =
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0";
    static const uint8_t big[] =
        "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";
    assert_int_equal(idc_exif_orientation(little, sizeof little - 1), 6);
    assert_int_equal(idc_exif_orientation(big, sizeof big - 1), 8);
    for (size_t n = 0; n < 28; n++) { /* the copy lets AddressSanitizer see each step outside */
        uint8_t *cut = malloc(n + 1);
        assert_non_null(cut);
        memcpy(cut, little, n);
        assert_int_equal(idc_exif_orientation(cut, n), 1);
        free(cut);
    }
    uint8_t bad[sizeof little];
    for (size_t i = 0; i < sizeof little - 1; i++)
        for (int v = 0; v < 256; v += 5) {
            memcpy(bad, little, sizeof little);
            bad[i] = (uint8_t)v;
            int turn = idc_exif_orientation(bad, sizeof little - 1);
            assert_true(turn >= 1 && turn <= 8);
        }
}

/* A map of one row and two cells, half of it warm: the middle of a cell has its heat, between them it is linear. */
static void heat_is_laid_over_a_picture(void **state)
{
    (void)state;
    json_t *list = json_loads("[{\"word\":\"the\",\"before\":[[1,1]],\"after\":[[1,1]]},"
                              "{\"word\":\"red\",\"before\":[[0,1]],\"after\":[[0,0.5]]},"
                              "{\"word\":\"cube\",\"before\":[[0,1]],\"after\":[[0,0]]}]",
                              0, NULL);
    idc_heat heat;
    assert_int_equal(idc_heat_read(&heat, list, "ball", NULL), 0);
    assert_int_equal(idc_heat_read(&heat, list, "red", NULL), 1);
    assert_int_equal(heat.rows, 1);
    assert_int_equal(heat.columns, 2);
    idc_image img = plain(4, 3, 100);
    idc_heat_draw(&img, &heat, 1);
    for (int y = 0; y < 3; y++) {
        static const double warm[4] = {0, 0.125, 0.375, 0.5};
        for (int x = 0; x < 4; x++) {
            int red = (int)(100 + 0.7 * warm[x] * 155 + 0.5),
                green = (int)(100 - 70 * warm[x] + 0.5);
            assert_int_equal(pixel(&img, x, y), red << 16 | green << 8 | green);
        }
    }
    idc_heat_free(&heat);
    assert_int_equal(idc_heat_read(&heat, list, NULL, NULL), 1); /* red and cube, scaled */
    assert_true(heat.cells[0] == 0 && heat.cells[1] == 1 && heat.cells[2] == 0 &&
                heat.cells[3] == 0.25f);
    idc_heat_free(&heat);
    idc_image_free(&img);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawing_is_cut_off_at_the_edge),
        cmocka_unit_test(a_frame_is_hollow),
        cmocka_unit_test(letters_differ),
        cmocka_unit_test(text_breaks_between_words),
        cmocka_unit_test(a_pair_is_shown),
        cmocka_unit_test(heat_is_laid_over_a_picture),
        cmocka_unit_test(orientations),
        cmocka_unit_test(exif_is_read_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
