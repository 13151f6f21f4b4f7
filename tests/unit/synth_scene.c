/* Scenes keep the rules of placement, changes change one thing, projection agrees with what is rendered. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "synth/triple.h"

#define TRIPLES 30

static void assert_placed(const idc_view *v, const double camera[3])
{
    double right[2], away[2];
    idc_ground_axes(camera, right, away);
    assert_in_range(v->count, 2, IDC_MAX_OBJECTS);
    for (int i = 0; i < v->count; i++) {
        const idc_solid *a = &v->objects[i];
        assert_true(fabs(a->x) <= 3 && fabs(a->y) <= 3);
        for (int k = 0; k < i; k++) {
            const idc_solid *b = &v->objects[k];
            double dx = a->x - b->x, dy = a->y - b->y;
            assert_true(hypot(dx, dy) - idc_solid_size(a) - idc_solid_size(b) >= 0.25);
            assert_true(fabs(dx * right[0] + dy * right[1]) >= 0.4);
            assert_true(fabs(dx * away[0] + dy * away[1]) >= 0.4);
        }
    }
}

static int differences(const idc_solid *a, const idc_solid *b)
{
    int n = 0;
    for (int k = 0; k < IDC_ATTRS; k++)
        n += a->attr[k] != b->attr[k];
    return n;
}

static void assert_one_change(const idc_triple *t)
{
    const idc_view *v = t->view;
    int gone = t->type == IDC_DROP, more = t->type == IDC_ADD;
    assert_int_equal(v[1].count, v[0].count + more - gone);
    for (int i = 0; i < v[0].count; i++) {
        if (gone && i == t->index[0])
            continue;
        const idc_solid *a = &v[0].objects[i],
                        *b = &v[1].objects[gone && i > t->index[0] ? i - 1 : i];
        int same = memcmp(a, b, sizeof *a) == 0;
        assert_int_equal(same, i != t->index[0]);
        if (same)
            continue;
        assert_int_equal(differences(a, b), t->type == IDC_MOVE ? 0 : 1);
        if (t->type == IDC_MOVE)
            assert_true(hypot(a->x - b->x, a->y - b->y) >= 0.6);
        if (t->type == IDC_COLOR)
            assert_int_not_equal(a->attr[IDC_ATTR_COLOR], b->attr[IDC_ATTR_COLOR]);
        if (t->type == IDC_MATERIAL)
            assert_int_not_equal(a->attr[IDC_ATTR_MATERIAL], b->attr[IDC_ATTR_MATERIAL]);
    }
    assert_memory_equal(v[0].objects, v[2].objects, sizeof v[0].objects);
    assert_int_equal(memcmp(v[0].lamp, v[1].lamp, sizeof v[0].lamp) != 0, t->fresh_lamps);
}

/* 200 pixels of 480 × 320; the box holds all pixels of the object and no row or column of it is empty at its edge; an
 * object that nothing hides covers its projected centre. */
static void assert_seen(idc_renderer *r, const idc_view *v)
{
    static uint8_t ids[480 * 320];
    const int size[2] = {480, 320};
    idc_seen seen[IDC_MAX_OBJECTS];
    idc_render_ids(r, v, size, ids);
    idc_seen_count(seen, ids, size);
    for (int k = 0; k < v->count; k++) {
        const idc_solid *o = &v->objects[k];
        int count = 0, edge[4] = {0};
        assert_true(seen[k].pixels >= 200);
        for (int y = 0; y < 320; y++)
            for (int x = 0; x < 480; x++) {
                if (ids[y * 480 + x] != k)
                    continue;
                count++;
                assert_true(x >= seen[k].box[0] && x < seen[k].box[2] && y >= seen[k].box[1] &&
                            y < seen[k].box[3]);
                edge[0] |= x == seen[k].box[0];
                edge[1] |= y == seen[k].box[1];
                edge[2] |= x == seen[k].box[2] - 1;
                edge[3] |= y == seen[k].box[3] - 1;
            }
        assert_int_equal(count, seen[k].pixels);
        assert_int_equal(edge[0] + edge[1] + edge[2] + edge[3], 4);
        double at[3] = {o->x, o->y, idc_solid_size(o)}, uv[2];
        idc_project(v->camera, at, size, uv);
        if (uv[0] >= 0 && uv[0] < 480 && uv[1] >= 0 && uv[1] < 320)
            assert_int_not_equal(ids[(int)uv[1] * 480 + (int)uv[0]], IDC_NO_OBJECT);
        idc_view one = *v;
        one.objects[0] = *o;
        one.count = 1;
        idc_render_ids(r, &one, size, ids);
        if (uv[0] >= 0 && uv[0] < 480 && uv[1] >= 0 && uv[1] < 320)
            assert_int_equal(ids[(int)uv[1] * 480 + (int)uv[0]], 0);
        idc_render_ids(r, v, size, ids);
    }
}

static void triples_keep_the_rules(void **state)
{
    (void)state;
    static idc_triple t;
    idc_error err = IDC_NO_ERROR;
    idc_renderer *r = idc_renderer_new(1);
    idc_triple_spec spec = {.seed = 7};
    int kinds[IDC_TYPES] = {0};
    for (uint64_t i = 0; i < TRIPLES; i++) {
        assert_int_equal(idc_triple_make(&t, r, &spec, i, &err), 0);
        kinds[t.type]++;
        assert_placed(&t.view[0], t.view[0].camera);
        assert_placed(&t.view[1], t.view[0].camera);
        assert_one_change(&t);
        for (int k = 0; k < IDC_VIEWS; k++)
            assert_seen(r, &t.view[k]);
        for (int k = 1; k < IDC_VIEWS; k++)
            for (int c = 0; c < 3; c++)
                assert_true(fabs(t.view[k].camera[c] - t.view[0].camera[c]) <= 1.0001);
    }
    for (int k = IDC_COLOR; k < IDC_TYPES; k++)
        assert_int_equal(kinds[k], TRIPLES / 5);
    idc_renderer_free(&r);
}

static void weights_choose_the_types(void **state)
{
    (void)state;
    static idc_triple t;
    idc_error err = IDC_NO_ERROR;
    idc_renderer *r = idc_renderer_new(1);
    idc_triple_spec spec = {.seed = 7, .weight = {[IDC_MOVE] = 1, [IDC_DROP] = 1}};
    int kinds[IDC_TYPES] = {0}, fresh = 0;
    for (uint64_t i = 0; i < 24; i++) {
        assert_int_equal(idc_triple_make(&t, r, &spec, i, &err), 0);
        kinds[t.type]++;
        fresh += t.fresh_lamps;
    }
    assert_int_equal(kinds[IDC_MOVE] + kinds[IDC_DROP], 24);
    assert_in_range(kinds[IDC_MOVE], 5, 19);
    assert_in_range(fresh, 5, 19);
    idc_renderer_free(&r);
}

/* The middle of the picture is the origin; right, up and depth as a pinhole of 525 pixels' focal length at 480 sees them. */
static void projection_is_a_pinhole(void **state)
{
    (void)state;
    const double camera[3] = {7.48113, -6.50764, 5.34367}, origin[3] = {0, 0, 0};
    const int size[2] = {480, 320};
    double uv[2], right[3], up[3], forward[3];
    double depth = idc_project(camera, origin, size, uv);
    assert_true(fabs(uv[0] - 240) < 1e-9 && fabs(uv[1] - 160) < 1e-9);
    assert_true(fabs(depth - sqrt(7.48113 * 7.48113 + 6.50764 * 6.50764 + 5.34367 * 5.34367)) <
                1e-9);
    idc_camera_axes(camera, right, up, forward);
    const double wanted[3][3] = {
        {0.6563, 0.7545, 0}, {-0.3579, 0.3114, 0.8803}, {-0.6642, 0.5778, -0.4744}};
    for (int k = 0; k < 3; k++)
        assert_true(fabs(right[k] - wanted[0][k]) < 1e-4 && fabs(up[k] - wanted[1][k]) < 1e-4 &&
                    fabs(forward[k] - wanted[2][k]) < 1e-4);
    idc_project(camera, right, size, uv);
    assert_true(fabs(uv[0] - (240 + 525 / depth)) < 1e-9 && fabs(uv[1] - 160) < 1e-9);
    idc_project(camera, up, size, uv);
    assert_true(fabs(uv[0] - 240) < 1e-9 && fabs(uv[1] - (160 - 525 / depth)) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(projection_is_a_pinhole),
                                       cmocka_unit_test(triples_keep_the_rules),
                                       cmocka_unit_test(weights_choose_the_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
