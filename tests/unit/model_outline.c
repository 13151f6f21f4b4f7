/* The outline of what the network points at: cells that agree on a centre, and nothing of a neighbour. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/outline.h"

enum { ROWS = 4, COLUMNS = 6, WIDTH = 20, CELLS = ROWS * COLUMNS, POOLED = CELLS / 4 };

static idc_model_config config(const char *kind)
{
    idc_model_config c = {.network = {.grid = {ROWS, COLUMNS}, .feature = WIDTH, .pool = 2}};
    strncpy(c.encoder.kind, kind, sizeof c.encoder.kind - 1);
    return c;
}

/* A cell of an object whose centre is (x, y), in cells. */
static void put(float *feature, int row, int column, float x, float y)
{
    float *cell = feature + (row * COLUMNS + column) * WIDTH;
    cell[WIDTH - 19] = 0.9f;
    cell[WIDTH - 2] = x - ((float)column + 0.5f);
    cell[WIDTH - 1] = y - ((float)row + 0.5f);
}

/* Two objects side by side: columns 0 to 2 belong to one at (1.5, 1), columns 3 and 4 to one at (4, 1). */
static void two_objects(float *feature)
{
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 5; column++)
            put(feature, row, column, column < 3 ? 1.5f : 4.0f, 1.0f);
}

static void keeps_to_the_object_at_the_peak(void **state)
{
    (void)state;
    float feature[CELLS * WIDTH] = {0}, pointer[POOLED + 1] = {0}, map[CELLS], sum = 0.0f;
    idc_model_config c = config("cnn");
    two_objects(feature);
    pointer[2] = 0.7f; /* the pooled cell of columns 4 and 5 */
    pointer[0] = 0.1f;
    pointer[POOLED] = 0.2f; /* nothing */
    idc_outline(map, pointer, feature, &c);
    for (int i = 0; i < CELLS; i++) {
        int row = i / COLUMNS, column = i % COLUMNS;
        bool member = row < 2 && (column == 3 || column == 4);
        assert_true(fabsf(map[i] - (member ? 0.2f : 0.0f)) <
                    1e-6f); /* (0.7 + 0.1) over four cells */
        sum += map[i];
    }
    assert_true(fabsf(sum - 0.8f) < 1e-6f);
}

static void keeps_the_pointer_where_no_object_is_seen(void **state)
{
    (void)state;
    float feature[CELLS * WIDTH] = {0}, pointer[POOLED + 1] = {0}, map[CELLS];
    idc_model_config c = config("cnn");
    pointer[4] = 0.8f; /* rows 2 and 3, columns 2 and 3 */
    idc_outline(map, pointer, feature, &c);
    for (int i = 0; i < CELLS; i++) {
        int row = i / COLUMNS, column = i % COLUMNS;
        bool there = row >= 2 && (column == 2 || column == 3);
        assert_true(fabsf(map[i] - (there ? 0.2f : 0.0f)) < 1e-6f);
    }
}

static void other_encoders_keep_the_pooled_grid(void **state)
{
    (void)state;
    float feature[CELLS * WIDTH] = {0}, map[POOLED];
    const float pointer[POOLED + 1] = {0.1f, 0.2f, 0.3f, 0.0f, 0.1f, 0.1f, 0.2f};
    idc_model_config c = config("resnet50");
    int grid[2];
    idc_outline_grid(&c, grid);
    assert_int_equal(grid[0], ROWS / 2);
    assert_int_equal(grid[1], COLUMNS / 2);
    two_objects(feature);
    idc_outline(map, pointer, feature, &c);
    assert_memory_equal(map, pointer, sizeof map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_to_the_object_at_the_peak),
        cmocka_unit_test(keeps_the_pointer_where_no_object_is_seen),
        cmocka_unit_test(other_encoders_keep_the_pooled_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
