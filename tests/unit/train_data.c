/* Triples, their ordered pairs, labels and batches: what training is told must be what the pictures show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "make_shard.h"
#include "model/data_loader.h"

enum { TRIPLES = 12 };
static char folder[] = "/tmp/idc-train-data-XXXXXX";
static char path[64];

static int make(void **state)
{
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/0000.safetensors", folder);
    return idc_dataset_open((idc_dataset **)state, (const char *[]){folder}, 1, NULL) ==
                       IDC_E_MISSING &&
                   shard_make(path, TRIPLES) == 0
               ? idc_dataset_open((idc_dataset **)state, (const char *[]){folder}, 1, NULL)
               : -1;
}

static int unmake(void **state)
{
    idc_dataset_close((idc_dataset **)state);
    unlink(path);
    return rmdir(folder);
}

static void a_reversed_pair_swaps_add_and_drop_and_the_values(void **state)
{
    idc_triple t;
    for (size_t i = 0; i < 6; i++) {
        idc_dataset_triple(*state, i, &t);
        idc_ordered_pair forth = idc_pair_of(&t, 0), back = idc_pair_of(&t, 1);
        assert_int_equal(forth.type, (int)i);
        assert_int_equal(back.type, i == IDC_ADD ? IDC_DROP : i == IDC_DROP ? IDC_ADD : (int)i);
        assert_int_equal(forth.object[0], back.object[1]);
        assert_int_equal(forth.object[1], back.object[0]);
        assert_int_equal(back.view[0], forth.view[1]);
        assert_int_equal(idc_pair_of(&t, 2).type, IDC_NONE);
        assert_int_equal(idc_pair_of(&t, 3).type, IDC_NONE);
        idc_ordered_pair from_distractor = idc_pair_of(&t, 4);
        assert_int_equal(from_distractor.type, forth.type);
        assert_int_equal(from_distractor.view[0], IDC_VIEW_NONSEMANTIC);
    }
    idc_dataset_triple(*state, IDC_COLOR, &t);
    idc_ordered_pair p = idc_pair_of(&t, 0);
    int before = t.objects[p.view[0]][p.object[0]].attribute[IDC_COLOUR];
    assert_int_equal(t.objects[p.view[1]][p.object[1]].attribute[IDC_COLOUR], (before + 1) % 8);
}

static void an_epoch_has_every_triple_once_and_the_next_another_order(void **state)
{
    (void)state;
    idc_order *order;
    assert_int_equal(idc_order_new(&order, 3, 100, NULL), 0);
    int seen[100] = {0}, same = 0;
    size_t first[100];
    for (uint64_t i = 0; i < 100; i++)
        seen[first[i] = idc_order_at(order, i)]++;
    for (uint64_t i = 100; i < 200; i++) {
        size_t at = idc_order_at(order, i);
        seen[at]++;
        same += at == first[i - 100];
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 2);
    assert_in_range(same, 0, 20);
    assert_int_equal(idc_order_at(order, 17),
                     first[17]); /* back in the first epoch: nothing but the position counts */
    idc_order_free(&order);
}

/* Objects are squares of 12 pixels at x 6, 26, 46 and y 10: in cells of 8 × 8 pixels. */
static void labels_say_which_object_a_cell_shows(void **state)
{
    /* Of rows 1 and 2 objects cover 6 pixels each; of their columns 2 or 6 or 8. Ground counts 0.6. */
    static const int shown[8] = {-1, 0, -1, 1, 1, -1, 2, -1};
    idc_triple t;
    idc_view view;
    idc_labels l;
    idc_dataset_triple(*state, 0, &t);
    idc_view_whole(&view, SHARD_W, SHARD_H, SHARD_W, SHARD_H);
    idc_labels_make(&l, &t, IDC_VIEW_BEFORE, &view, 4, 8);
    for (int c = 0; c < 8; c++) {
        assert_int_equal(l.object[c], -1);
        assert_int_equal(l.object[8 + c], shown[c]);
        assert_int_equal(l.object[16 + c], shown[c]);
        assert_int_equal(l.object[24 + c], -1);
    }
    /* object 0 lies about (12, 16): its cells are those of column 1, as near to it both */
    assert_true(l.centre[0] == 8 + 1 || l.centre[0] == 16 + 1);
    assert_int_equal(l.role[l.centre[0]], IDC_CELL_CENTRE);
    assert_int_equal(l.role[l.centre[0] - 1], IDC_CELL_BESIDE);
    assert_float_equal(l.offset[8 + 3][0], 32.0 / 8 - 3.5, 1e-6);
    assert_float_equal(l.offset[8 + 3][1], 16.0 / 8 - 1.5, 1e-6);
    float cells[8];
    assert_int_equal(idc_labels_pool(&l, 2, 2, cells), 2);
    assert_true(cells[3] == 1 && cells[7] == 1 && cells[2] == 0);
    assert_int_equal(idc_labels_pool(&l, -1, 2, cells), 0);
}

/* A cropped, mirrored view: the label of a cell and the colour of the picture's pixels there belong together. */
static void augmentation_keeps_labels_and_pictures_together(void **state)
{
    static unsigned char out[SHARD_W * SHARD_H * 3];
    const idc_augment_options o = {.crop = 0.8, .mirror = 1};
    const idc_light same = {.gain = {1, 1, 1}};
    idc_triple t;
    idc_labels l;
    idc_dataset_triple(*state, 0, &t);
    int shown = 0;
    for (uint32_t trial = 0; trial < 20; trial++) {
        idc_random r = idc_random_at(5, 5, trial);
        idc_view view;
        idc_view_whole(&view, SHARD_W, SHARD_H, SHARD_W, SHARD_H);
        idc_view_draw(&view, &o, &same, trial % 2, &r);
        assert_int_equal(idc_view_picture(&view, t.images[0], out, &r, NULL), 0);
        idc_labels_make(&l, &t, 0, &view, 4, 8);
        for (int k = 0; k < SHARD_OBJECTS; k++) {
            double x, y, u, v;
            idc_view_point(&view, t.objects[0][k].u, t.objects[0][k].v, &x, &y);
            idc_view_source(&view, x, y, &u, &v);
            assert_float_equal(u, t.objects[0][k].u, 1e-6);
            assert_float_equal(v, t.objects[0][k].v, 1e-6);
            if (x < 0 || x >= SHARD_W || y < 0 || y >= SHARD_H)
                continue;
            const int *a = t.objects[0][k].attribute;
            const unsigned char *p = out + ((size_t)y * SHARD_W + (size_t)x) * 3;
            assert_int_equal(p[0], 30 * a[2] + 20);
            assert_int_equal(p[1], 80 * a[0] + 40);
            if (l.centre[k] >= 0) {
                assert_float_equal(l.offset[l.centre[k]][0] + (float)(l.centre[k] % 8) + 0.5f,
                                   x / 8, 1e-4);
                shown++;
            }
        }
    }
    assert_in_range(shown, 30, 60);
}

static idc_batch_maker maker_of(const idc_dataset *data, idc_order *order, idc_vocabulary *v)
{
    return (idc_batch_maker){.data = data,
                             .order = order,
                             .vocabulary = v,
                             .shape = {.width = SHARD_W,
                                       .height = SHARD_H,
                                       .rows = 4,
                                       .columns = 8,
                                       .pool = 2,
                                       .pictures = 12,
                                       .pairs = 16,
                                       .max_length = 12},
                             .augment = {.crop = 0.9, .gain = 0.1, .noise = 0.02},
                             .seed = 11,
                             .triples = 4,
                             .none_share = 0.25,
                             .plain_share = 0.5};
}

static void a_batch_is_a_function_of_the_step(void **state)
{
    idc_order *order;
    idc_vocabulary *v;
    idc_batch a;
    assert_int_equal(idc_dataset_vocabulary(*state, false, &v, NULL), 0);
    assert_int_equal(idc_order_new(&order, 11, TRIPLES, NULL), 0);
    idc_batch_maker m = maker_of(*state, order, v);
    assert_int_equal(idc_batch_init(&a, &m.shape, NULL), 0);
    idc_batch_loader *loader;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_batch_loader_start(&loader, &m, 3, 9, &err), 0);
    idc_order *second;
    assert_int_equal(idc_order_new(&second, 11, TRIPLES, NULL), 0);
    idc_batch_maker m2 = maker_of(*state, second, v);
    int none = 0, words = 0;
    for (uint64_t step = 3; step < 9; step++) {
        const idc_batch *b;
        assert_int_equal(idc_batch_loader_next(loader, &b, &err), 1);
        assert_int_equal(idc_batch_draw(&m2, step, &a, &err), 0);
        assert_int_equal(b->pairs, 16);
        assert_memory_equal(a.pixels, b->pixels, 12 * SHARD_W * SHARD_H * 3);
        assert_memory_equal(a.ids, b->ids, sizeof(int32_t) * 16 * (size_t)b->length);
        assert_memory_equal(a.pointer[1], b->pointer[1], sizeof(float) * 16 * 9);
        for (int p = 0; p < 16; p++) {
            none += b->type[p] == IDC_NONE;
            assert_int_equal(b->changed[p], b->type[p] != IDC_NONE);
            /* next-word targets: the word that comes in one place later */
            for (int i = 0; i + 1 < b->length && b->target[p * b->length + i] >= 0; i++, words++)
                assert_true(b->target[p * b->length + i] == b->ids[p * b->length + i + 1] ||
                            b->target[p * b->length + i] == IDC_EOS);
            if (b->type[p] == IDC_ADD) {
                assert_int_equal(b->attribute[0][0][p], -1);
                assert_true(b->pointer[0][p * 9 + 8] == 1);
            }
        }
    }
    const idc_batch *none_left;
    assert_int_equal(idc_batch_loader_next(loader, &none_left, &err), 0);
    assert_in_range(none, 24, 48); /* four of 16, and more where a triple has no change */
    assert_in_range(words, 300, 2000);
    idc_batch_loader_stop(&loader);
    idc_batch_fini(&a);
    idc_order_free(&order);
    idc_order_free(&second);
    idc_vocabulary_free(&v);
}

/* Before and distractor show the same objects at the same places: cut alike, they have the same labels. */
static void pictures_of_a_triple_can_be_cut_alike(void **state)
{
    idc_order *order;
    idc_vocabulary *v;
    idc_batch b;
    assert_int_equal(idc_dataset_vocabulary(*state, false, &v, NULL), 0);
    assert_int_equal(idc_order_new(&order, 11, TRIPLES, NULL), 0);
    idc_batch_maker m = maker_of(*state, order, v);
    m.augment.crop = 0.6;
    assert_int_equal(idc_batch_init(&b, &m.shape, NULL), 0);
    for (int together = 0; together < 2; together++) {
        int alike = 0, all = 0;
        m.augment.together = together;
        for (uint64_t step = 0; step < 5; step++) {
            assert_int_equal(idc_batch_draw(&m, step, &b, NULL), 0);
            for (int i = 0; i < 4; i++, all++)
                alike += memcmp(b.labels[3 * i].offset, b.labels[3 * i + 2].offset,
                                sizeof b.labels[0].offset) == 0;
        }
        assert_in_range(alike, together ? all : 0, together ? all : all / 2);
    }
    idc_batch_fini(&b);
    idc_order_free(&order);
    idc_vocabulary_free(&v);
}

static void sides_in_sentences_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool side;
    } said[] = {{"the cube on the left, red", true}, {"it is behind.", true},
                {"North of the lake", true},         {"the leftover is brighter", false},
                {"nothing has changed", false},      {"", false}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char *list[2] = {(char *)(uintptr_t) "a cube", (char *)(uintptr_t)said[i].text};
        idc_captions c = {.sentence = {[IDC_BACKWARD] = list}, .count = {[IDC_BACKWARD] = 2}};
        assert_int_equal(idc_captions_name_a_side(&c), said[i].side);
    }
}

static void a_shard_that_lies_is_refused(void **state)
{
    (void)state;
    idc_safetensors *file;
    idc_dataset *data;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_safetensors_open(&file, path, NULL), 0);
    idc_safetensor t[6];
    size_t n = idc_safetensors_size(file);
    assert_int_equal(n, 6);
    int32_t change[TRIPLES * 4] = {0};
    change[4] = 9;
    for (size_t i = 0; i < n; i++) {
        t[i] = *idc_safetensors_at(file, i);
        if (strcmp(t[i].name, "change") == 0)
            t[i].data = change;
    }
    char lie[80];
    snprintf(lie, sizeof lie, "%s/lie", folder);
    assert_int_equal(idc_safetensors_write(lie, t, n, NULL, 0, NULL), 0);
    assert_int_equal(idc_dataset_open(&data, (const char *[]){lie}, 1, &err), IDC_E_RANGE);
    assert_non_null(strstr(err.text, "triple 1"));
    assert_int_equal(idc_safetensors_write(lie, t, 3, NULL, 0, NULL), 0);
    assert_int_equal(idc_dataset_open(&data, (const char *[]){lie}, 1, &err), IDC_E_MISSING);
    unlink(lie);
    idc_safetensors_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reversed_pair_swaps_add_and_drop_and_the_values),
        cmocka_unit_test(an_epoch_has_every_triple_once_and_the_next_another_order),
        cmocka_unit_test(labels_say_which_object_a_cell_shows),
        cmocka_unit_test(augmentation_keeps_labels_and_pictures_together),
        cmocka_unit_test(a_batch_is_a_function_of_the_step),
        cmocka_unit_test(pictures_of_a_triple_can_be_cut_alike),
        cmocka_unit_test(sides_in_sentences_are_seen),
        cmocka_unit_test(a_shard_that_lies_is_refused),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
