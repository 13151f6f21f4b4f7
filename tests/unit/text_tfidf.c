/* TF-IDF neighbours: those of the formula, and all of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "text/tfidf.h"

/* Cosines of a small corpus worked out by hand: N = 4, df(0) = 4, df(1) = 2, df(2) = df(3) = 1. */
static void neighbours_are_those_of_the_formula(void **state)
{
    (void)state;
    static const uint32_t words[4][3] = {{0, 1, 2}, {0, 1, 1}, {3, 0, 0}, {0, 0, 0}};
    idc_tfidf *x = idc_tfidf_new();
    idc_error err = IDC_NO_ERROR;
    idc_tfidf_hit hits[4];
    assert_non_null(x);
    for (int i = 0; i < 4; i++)
        assert_int_equal(idc_tfidf_add(x, words[i], 3, 1), 0);
    assert_int_equal(idc_tfidf_finish(x, &err), 0);
    assert_true(fabs(idc_tfidf_idf(x, 1) - log(2.0)) < 1e-12);
    assert_true(idc_tfidf_idf(x, 0) == 0.0 && idc_tfidf_idf(x, 9) == 0.0);
    assert_int_equal(idc_tfidf_nearest(x, words[0], 3, 4, 1, hits), 2);
    assert_int_equal(hits[0].sentence, 0);
    assert_true(fabsf(hits[0].cosine - 1.0f) < 1e-6f);
    assert_int_equal(hits[1].sentence, 1);
    /* (log 2)² · 2 / (2 log 2 · √((log 2)² + (log 4)²)) = 1 / √5 */
    assert_true(fabsf(hits[1].cosine - 0.4472136f) < 1e-6f);
    assert_int_equal(idc_tfidf_nearest(x, (const uint32_t[]){77}, 1, 4, 1, hits), 0);
    idc_tfidf_free(&x);
}

/* The inverted index against every cosine worked out one by one. */
static void neighbours_are_exact(void **state)
{
    (void)state;
    enum { N = 300, LENGTH = 6, WORDS = 40, K = 25 };
    static uint32_t words[N][LENGTH];
    static float all[N];
    idc_random r = idc_random_at(5, 0, 0);
    idc_tfidf *x = idc_tfidf_new();
    idc_tfidf_hit hits[K], one[1];
    assert_non_null(x);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < LENGTH; k++)
            words[i][k] = idc_random_below(&r, WORDS) * idc_random_below(&r, WORDS) / WORDS;
        assert_int_equal(idc_tfidf_add(x, words[i], LENGTH, 1), 0);
    }
    assert_int_equal(idc_tfidf_finish(x, NULL), 0);
    for (int q = 0; q < 20; q++) {
        double a[WORDS] = {0}, na = 0;
        for (int k = 0; k < LENGTH; k++)
            a[words[q][k]] += idc_tfidf_idf(x, words[q][k]);
        for (int w = 0; w < WORDS; w++)
            na += a[w] * a[w];
        for (int i = 0; i < N; i++) {
            double b[WORDS] = {0}, nb = 0, dot = 0;
            for (int k = 0; k < LENGTH; k++)
                b[words[i][k]] += idc_tfidf_idf(x, words[i][k]);
            for (int w = 0; w < WORDS; w++)
                nb += b[w] * b[w], dot += a[w] * b[w];
            all[i] = nb > 0 ? (float)(dot / sqrt(na * nb)) : 0;
        }
        size_t n = idc_tfidf_nearest(x, words[q], LENGTH, K, 3, hits);
        assert_int_equal(n, K);
        int nearer = 0;
        for (int i = 0; i < N; i++)
            nearer += all[i] > hits[K - 1].cosine + 1e-5f;
        assert_true(nearer < K);
        for (size_t k = 0; k < n; k++)
            assert_true(fabsf(hits[k].cosine - all[hits[k].sentence]) < 1e-5f &&
                        (k == 0 || hits[k].cosine <= hits[k - 1].cosine));
        assert_int_equal(idc_tfidf_nearest(x, words[q], LENGTH, 1, 3, one), 1);
        assert_int_equal(one[0].sentence, hits[0].sentence);
    }
    idc_tfidf_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_those_of_the_formula),
        cmocka_unit_test(neighbours_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
