/* What is promised of every contrastive objective: its gradients are those of differences, the order of the pairs does not
 * matter, one pair alone counts 0, nothing overflows. */
#include "objective_problem.h"

/* Every objective with every option that changes its formula. */
static const char *const variants[] = {
    "infonce:dedup=0",
    "infonce",
    "infonce:dedup=2,focal=2",
    "infonce:focal=0.5",
    "infonce:distill=0.4,focal=1",
    "infonce:tau=0.2",
    "dcl",
    "dcl:same=1,tau=0.3",
    "dclw",
    "dclw:attach=1,same=1,sigma=0.3",
    "cwcl",
    "cwcl:focal=1,dedup=0",
    "onetok",
    "onetok:dedup=2,focal=2",
    "symile",
    "symile:all=1",
    "symile:dedup=0",
    "cacr:attach=1",
    "cacr:attach=1,repel=3,attract=2,dedup=0,tau=0.5",
    "cacr:attach=1,rbf=2,dedup=2",
    "svco",
    "svco:tau=0.5",
    "coca:focal=1",
    "tcl",
    "tcl:distill=0,dedup=0,focal=2",
};
#define VARIANTS (sizeof variants / sizeof *variants)

/* ---- what all have in common ---- */

static double difference(problem *p, double *x, double step)
{
    double at = *x;
    *x = at + step;
    double above = compute(p);
    *x = at - step;
    double below = compute(p);
    *x = at;
    return (above - below) / (2 * step);
}

/* Central differences at three steps: the error falls with the square of the step until rounding takes over, so the best
 * of them must agree well. */
static void check_slope(problem *p, const char *name, double *x, double slope)
{
    double best = INFINITY;
    for (double step = 1e-3; step > 5e-6; step /= 10)
        best = fmin(best, fabs(difference(p, x, step) - slope));
    if (!(best <= 1e-7 * fmax(1, fabs(slope))))
        fail_msg("%s: gradient %.9g is off by %.3g", name, slope, best);
}

/* Weights without `attach`, and targets of the twin for the temperature, count as constants, which differences do not know. */
static bool has_constants(const idc_objective_options *o, const char *option)
{
    return idc_objective_takes(idc_objective_of(o), option);
}

static void gradients_are_those_of_differences(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    double(*gradient)[MOST] = malloc(sizeof p->gradient);
    for (size_t i = 0; i < VARIANTS; i++) {
        choose(p, variants[i]);
        if (has_constants(&p->o, "attach") && p->o.attach == 0)
            continue;
        draw(p, 5, 4, 7 + i);
        compute(p);
        double log_scale = p->r.log_scale;
        memcpy(gradient, p->gradient, sizeof p->gradient);
        for (int v = 0; v < IDC_VECTORS_TRAINED; v++)
            for (int k = 0; p->in.vector[v] != NULL && k < count(p, v); k++)
                check_slope(p, variants[i], &p->vector[v][k], gradient[v][k]);
        if (!has_constants(&p->o, "distill") || p->o.distill == 0)
            check_slope(p, variants[i], &p->in.log_scale, log_scale);
    }
    free(gradient);
    free(p);
}

static void permute(double *x, int rows, int width, int items)
{
    double old[MOST];
    int each = rows / items;
    memcpy(old, x, (size_t)(rows * width) * sizeof *old);
    for (int i = 0; i < items; i++)
        memcpy(x + i * each * width, old + (i * 3 + 1) % items * each * width,
               (size_t)(each * width) * sizeof *old);
}

static void the_order_of_the_pairs_does_not_matter(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    for (size_t i = 0; i < VARIANTS; i++) {
        int32_t old[64];
        choose(p, variants[i]);
        if (strcmp(idc_objective_of(&p->o)->name, "symile") == 0 && p->o.all == 0)
            continue; /* draws by place */
        draw(p, 5, 4, 7);
        double before = compute(p);
        for (int v = 0; v < IDC_VECTORS; v++)
            if (p->in.vector[v] != NULL)
                permute(p->vector[v], idc_objective_rows(&p->in, (enum idc_vector)v), 4, 5);
        permute(p->alike, 5, 5, 5);
        for (int k = 0; k < 5; k++) {
            double row[5];
            memcpy(row, p->alike + 5 * k, sizeof row);
            for (int j = 0; j < 5; j++)
                p->alike[5 * k + j] = row[(j * 3 + 1) % 5];
        }
        memcpy(old, p->sentence, sizeof old);
        for (int k = 0; k < 5 * p->in.captions; k++)
            p->sentence[k] =
                old[(k / p->in.captions * 3 + 1) % 5 * p->in.captions + k % p->in.captions];
        memcpy(old, p->local_words, sizeof old);
        for (int k = 0; k < 5; k++)
            p->local_words[k] = old[(k * 3 + 1) % 5];
        double after = compute(p);
        if (!(fabs(before - after) <= 1e-12 * fmax(1, fabs(before))))
            fail_msg("%s: %.15g in another order %.15g", variants[i], before, after);
    }
    free(p);
}

static void one_pair_has_no_negative(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    for (size_t i = 0; i < VARIANTS; i++) {
        choose(p, variants[i]);
        draw(p, 1, 4, 3);
        double loss = compute(p);
        bool brings_its_own = strcmp(idc_objective_of(&p->o)->name, "svco") == 0;
        assert_true(isfinite(loss) && isfinite(p->r.log_scale));
        if (!brings_its_own && loss != 0)
            fail_msg("%s: %g", variants[i], loss);
        for (int v = 0; v < IDC_VECTORS_TRAINED; v++)
            for (int k = 0; p->in.vector[v] != NULL && k < count(p, v); k++)
                assert_true(isfinite(p->gradient[v][k]) &&
                            (brings_its_own || p->gradient[v][k] == 0));
    }
    free(p);
}

/* All say the same: with dedup nothing is left to hold apart. */
static void equal_sentences_are_no_negatives(void **state)
{
    (void)state;
    static const char *const names[] = {"infonce", "infonce:dedup=2", "dcl", "onetok", "cacr"};
    problem *p = malloc(sizeof *p);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        choose(p, names[i]);
        draw(p, 4, 4, 3);
        memset(p->sentence, 0, sizeof p->sentence);
        assert_true(compute(p) == 0);
        p->o.dedup = 0;
        assert_true(compute(p) != 0);
    }
    free(p);
}

static void extremes_stay_finite(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    for (size_t i = 0; i < VARIANTS; i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            choose(p, variants[i]);
            draw(p, 4, 4, 3);
            p->in.log_scale = log(100);
            if (idc_objective_takes(idc_objective_of(&p->o), "tau") && p->o.tau > 0)
                p->o.tau = 0.01;
            for (int v = 0; v < IDC_VECTORS; v++)
                for (int k = 0; p->in.vector[v] != NULL && k < count(p, v); k++)
                    p->vector[v][k] = k % 4 == k / 4 % 4 ? (v == IDC_VECTOR_TEXT ? sign : 1) : 0;
            assert_true(isfinite(compute(p)));
            for (int v = 0; v < IDC_VECTORS_TRAINED; v++)
                for (int k = 0; p->in.vector[v] != NULL && k < count(p, v); k++)
                    if (!isfinite(p->gradient[v][k]))
                        fail_msg("%s: gradient of %s", variants[i], vector_keys[v]);
        }
    free(p);
}

/* The factor keeps its gradient: over all logits of a row it adds up to nothing (as that of cross entropy). */
static void focal_gradients_add_up_to_nothing(void **state)
{
    (void)state;
    static const double z[4] = {3, -1, 2, 0.5}, y[4] = {1, 0, 0, 0};
    static const unsigned char open[4] = {1, 1, 1, 1};
    static const double exponents[] = {0, 0.5, 1, 2, 5};
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        double dz[4] = {0}, sum = 0;
        idc_softmax_row r = {
            .z = z, .y = y, .open = open, .dz = dz, .n = 4, .weight = 1, .focal = exponents[i]};
        double loss = idc_softmax_row_loss(&r), ce = idc_log_sum_exp(z, open, 4) - z[0];
        double p = exp(-ce), rest = -expm1(-ce), g = exponents[i];
        NEAR(loss, pow(rest, g) * ce, 1e-15);
        NEAR(dz[0], pow(rest, g) * (g * p * -ce - rest), 1e-12);
        for (int k = 0; k < 4; k++)
            sum += dz[k];
        assert_true(fabs(sum) < 1e-15);
        assert_true(g > 0 || loss == ce); /* no factor, not one of 1 */
    }
}

static void symile_draws_from_seed_and_step(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    choose(p, "symile");
    draw(p, 6, 4, 3);
    double first = compute(p);
    assert_true(compute(p) == first);
    p->in.step = 1;
    assert_true(compute(p) != first);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(the_order_of_the_pairs_does_not_matter),
        cmocka_unit_test(one_pair_has_no_negative),
        cmocka_unit_test(equal_sentences_are_no_negatives),
        cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(focal_gradients_add_up_to_nothing),
        cmocka_unit_test(symile_draws_from_seed_and_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
