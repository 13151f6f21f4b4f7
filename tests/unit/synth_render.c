/* Light is what the lamps send: compared with sums in double precision; pictures depend on the view and the key alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "synth/render.h"

#define W 120
#define H 80

static const double base_lamp[IDC_LAMPS][3] = {
    {6.44671, -2.90517, 4.25840}, {-4.67112, -4.01360, 3.01122}, {-1.16850, 2.64602, 5.81574}};

static void empty_view(idc_view *v)
{
    const double camera[3] = {7.48113, -6.50764, 5.34367};
    memset(v, 0, sizeof *v);
    memcpy(v->camera, camera, sizeof camera);
    memcpy(v->lamp, base_lamp, sizeof base_lamp);
}

static void add(idc_view *v, int shape, int color, int material, const double at[3])
{
    idc_solid *o = &v->objects[v->count++];
    o->attr[IDC_ATTR_SHAPE] = shape;
    o->attr[IDC_ATTR_COLOR] = color;
    o->attr[IDC_ATTR_MATERIAL] = material;
    o->attr[IDC_ATTR_SIZE] = IDC_LARGE;
    o->x = at[0];
    o->y = at[1];
    o->theta = at[2];
}

static double linear(int byte)
{
    double v = byte / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Green radiance of the ground (albedo 0.8, level) at (x, y), from the three squares, 24 × 24 points each, and the sun. */
static double ground_light(double x, double y)
{
    static const double radiance[IDC_LAMPS] = {93.231, 24.5316, 12.5},
                        side[IDC_LAMPS] = {0.5, 0.5, 1.0};
    double sum = 0.45 * 0.8890;
    for (int j = 0; j < IDC_LAMPS; j++) {
        const double *c = base_lamp[j];
        double length = sqrt(dot(c, c)), n[3] = {-c[0] / length, -c[1] / length, -c[2] / length};
        double u[3] = {n[1], -n[0], 0}, v[3], ul = hypot(u[0], u[1]);
        u[0] /= ul;
        u[1] /= ul;
        v[0] = u[1] * n[2];
        v[1] = -u[0] * n[2];
        v[2] = u[0] * n[1] - u[1] * n[0];
        for (int k = 0; k < 24 * 24; k++) {
            double s = side[j] * ((k % 24 + 0.5) / 24 - 0.5),
                   t = side[j] * ((k / 24 + 0.5) / 24 - 0.5);
            double d[3] = {c[0] + s * u[0] + t * v[0] - x, c[1] + s * u[1] + t * v[1] - y,
                           c[2] + s * u[2] + t * v[2]};
            double rr = dot(d, d), r = sqrt(rr), facing = -dot(d, n) / r;
            if (facing > 0)
                sum += radiance[j] * side[j] * side[j] / (24 * 24) * facing * (d[2] / r) / rr;
        }
    }
    return sum * 0.8 / 3.14159265358979;
}

static void ground_gets_the_lamps_light(void **state)
{
    (void)state;
    idc_view v;
    idc_error err = IDC_NO_ERROR;
    idc_image picture;
    idc_renderer *r = idc_renderer_new(16);
    empty_view(&v);
    assert_int_equal(idc_image_new(&picture, W, H, &err), 0);
    idc_render(r, &v, 1, &picture);
    for (double x = -2; x <= 3; x += 1)
        for (double y = -3; y <= 2; y += 1) {
            const double at[3] = {x, y, 0};
            const int size[2] = {W, H};
            double uv[2], sum = 0;
            idc_project(v.camera, at, size, uv);
            for (int k = 0; k < 9; k++)
                sum +=
                    linear(picture.rgb[3 * (((int)uv[1] + k / 3 - 1) * W + (int)uv[0] + k % 3 - 1) +
                                       1]) /
                    9;
            /* light bounced by the ground is 1 to 15 % of the lamps' own */
            assert_true(sum > 0.97 * ground_light(x, y) && sum < 1.15 * ground_light(x, y) + 0.005);
        }
    idc_image_free(&picture);
    idc_renderer_free(&r);
}

static void same_key_same_bytes(void **state)
{
    (void)state;
    idc_view v;
    idc_error err = IDC_NO_ERROR;
    idc_image a, b, c;
    idc_renderer *r = idc_renderer_new(4), *other = idc_renderer_new(4);
    empty_view(&v);
    add(&v, IDC_SPHERE, IDC_CYAN, IDC_METAL, (double[]){0, 0, 0});
    add(&v, IDC_CUBE, IDC_RED, IDC_RUBBER, (double[]){1.5, 1.5, 0.3});
    assert_int_equal(idc_image_new(&a, W, H, &err) | idc_image_new(&b, W, H, &err) |
                         idc_image_new(&c, W, H, &err),
                     0);
    idc_render(r, &v, 5, &a);
    idc_render(r, &v, 6, &c);
    idc_render(other, &v, 5, &b);
    assert_memory_equal(a.rgb, b.rgb, idc_image_bytes(&a));
    assert_memory_not_equal(a.rgb, c.rgb, idc_image_bytes(&a));
    double off = 0;
    for (size_t i = 0; i < idc_image_bytes(&a); i++)
        off += abs(a.rgb[i] - c.rgb[i]);
    assert_true(off / (double)idc_image_bytes(&a) < 3);
    idc_image_free(&a);
    idc_image_free(&b);
    idc_image_free(&c);
    idc_renderer_free(&r);
    idc_renderer_free(&other);
}

/* Mean linear light over the pixels of object 0. */
static void mean_of(idc_renderer *r, const idc_view *v, double rgb[3])
{
    static uint8_t ids[W * H];
    static unsigned char bytes[W * H * 3];
    idc_image picture = {W, H, bytes};
    const int size[2] = {W, H};
    int n = 0;
    idc_render(r, v, 3, &picture);
    idc_render_ids(r, v, size, ids);
    memset(rgb, 0, 3 * sizeof *rgb);
    for (int i = 0; i < W * H; i++)
        for (int c = 0; c < 3 && ids[i] == 0; c++, n++)
            rgb[c] += linear(bytes[3 * i + c]);
    for (int c = 0; c < 3; c++)
        rgb[c] *= 3.0 / n;
}

/* What an object sends back is in proportion to its colour, and metal mirrors the dark sky as well as the bright ground. */
static void objects_have_their_colours(void **state)
{
    (void)state;
    idc_renderer *r = idc_renderer_new(8);
    for (int shape = 0; shape < IDC_SHAPES; shape++)
        for (int material = 0; material < IDC_MATERIALS; material++) {
            idc_view v;
            double gray[3], blue[3];
            empty_view(&v);
            add(&v, shape, IDC_GRAY, material, (double[]){0, 0, 0.4});
            mean_of(r, &v, gray);
            v.objects[0].attr[IDC_ATTR_COLOR] = IDC_BLUE;
            mean_of(r, &v, blue);
            assert_true(gray[0] > 0.01 && gray[0] < 0.3);
            /* blue 42 75 215, gray 87 87 87; the rest is the rubber's colourless gloss and what clipping takes */
            const double ratio[3] = {42.0 / 87, 75.0 / 87, 215.0 / 87};
            for (int c = 0; c < 3; c++)
                assert_true(blue[c] > 0.8 * ratio[c] * gray[c] &&
                            blue[c] < 1.25 * ratio[c] * gray[c]);
        }
    idc_renderer_free(&r);
}

static void objects_throw_shadows(void **state)
{
    (void)state;
    static unsigned char with[W * H * 3], without[W * H * 3];
    static uint8_t ids[W * H];
    idc_image a = {W, H, with}, b = {W, H, without};
    const int size[2] = {W, H};
    idc_view v;
    idc_renderer *r = idc_renderer_new(4);
    empty_view(&v);
    idc_render(r, &v, 3, &b);
    add(&v, IDC_CYLINDER, IDC_RED, IDC_RUBBER, (double[]){0, 0, 0});
    idc_render(r, &v, 3, &a);
    idc_render_ids(r, &v, size, ids);
    int darker = 0, brighter = 0;
    for (int i = 0; i < W * H; i++)
        if (ids[i] == IDC_NO_OBJECT) {
            darker += without[3 * i + 1] - with[3 * i + 1] > 8;
            brighter += with[3 * i + 1] - without[3 * i + 1] > 8;
        }
    assert_in_range(darker, 50, 2500);
    /* pixels at the object's edge alone may be brighter */
    assert_in_range(brighter, 0, 20);
    idc_renderer_free(&r);
}

static void odd_samples_are_refused(void **state)
{
    (void)state;
    assert_null(idc_renderer_new(0));
    assert_null(idc_renderer_new(3));
    assert_null(idc_renderer_new(128));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ground_gets_the_lamps_light), cmocka_unit_test(same_key_same_bytes),
        cmocka_unit_test(objects_have_their_colours), cmocka_unit_test(objects_throw_shadows),
        cmocka_unit_test(odd_samples_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
