/* Retrieval finds what all dot products, worked out and sorted, say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "score/retrieval.h"

enum { ROWS = 150, WIDTH = 24 };

static void the_best_are_found_in_their_order(void **state)
{
    (void)state;
    static float rows[ROWS][WIDTH], query[WIDTH];
    idc_random r = idc_random_at(3, 0, 0);
    idc_retrieval_hit hits[ROWS];
    for (int k = 0; k < WIDTH; k++)
        query[k] = (float)idc_random_normal(&r);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < WIDTH; k++)
            rows[i][k] = (float)idc_random_normal(&r);
    for (size_t k = 1; k <= 20; k += 19) {
        assert_int_equal(idc_retrieve(hits, query, rows[0], ROWS, WIDTH, k), k);
        for (size_t h = 0; h < k; h++) {
            size_t better = 0;
            double mine = 0;
            for (int w = 0; w < WIDTH; w++)
                mine += (double)rows[hits[h].row][w] * (double)query[w];
            for (int i = 0; i < ROWS; i++) {
                double dot = 0;
                for (int w = 0; w < WIDTH; w++)
                    dot += (double)rows[i][w] * (double)query[w];
                better += dot > mine;
            }
            assert_int_equal(better, h);
        }
    }
    assert_int_equal(idc_retrieve(hits, query, rows[0], 5, WIDTH, ROWS), 5);
    assert_int_equal(idc_retrieve(hits, query, rows[0], 0, WIDTH, 3), 0);
}

static void of_equal_ones_the_earlier_comes_first(void **state)
{
    (void)state;
    static const float rows[6] = {1, 2, 1, 2, 2, 0}, query[1] = {1};
    static const size_t order[5] = {1, 3, 4, 0, 2};
    idc_retrieval_hit hits[5];
    assert_int_equal(idc_retrieve(hits, query, rows, 6, 1, 5), 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hits[i].row, order[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_are_found_in_their_order),
        cmocka_unit_test(of_equal_ones_the_earlier_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
