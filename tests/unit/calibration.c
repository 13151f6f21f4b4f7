/* Calibration of the change probability against values worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/calibration.h"

static void the_error_is_that_of_the_formula(void **state)
{
    (void)state;
    /* bins 0 (two pairs: mean 0.02, none changed), 8 (three: mean 0.56, one changed), 14 (one: 1, changed) */
    static const double p[] = {0.01, 0.55, 0.03, 0.56, 1.0, 0.57};
    static const int truth[] = {0, 0, 0, 1, 1, 0};
    idc_reliability r;
    idc_reliability_measure(&r, p, truth, 6);
    assert_int_equal(r.bin[0].count, 2);
    assert_int_equal(r.bin[8].count, 3);
    assert_int_equal(r.bin[14].count, 1);
    assert_true(fabs(r.bin[8].probability - 0.56) < 1e-12);
    assert_true(fabs(r.bin[8].share - 1.0 / 3) < 1e-12);
    assert_true(fabs(r.error - (2 * 0.02 + 3 * (0.56 - 1.0 / 3)) / 6) < 1e-12);
    idc_reliability_measure(&r, p, truth, 0);
    assert_true(r.error == 0);
}

/* Margins of 2 of which σ(1) are right call for temperature 2: 731 of 1000. */
static void the_temperature_fits(void **state)
{
    (void)state;
    double margin[1000];
    int truth[1000];
    for (int i = 0; i < 1000; i++) {
        margin[i] = i % 2 ? 2 : -2;
        truth[i] = (i % 2) ^ (i >= 731);
    }
    assert_true(fabs(idc_fit_temperature(margin, truth, 1000) - 2) < 0.01);
    assert_true(idc_fit_temperature(margin, truth, 0) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_is_that_of_the_formula),
        cmocka_unit_test(the_temperature_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
