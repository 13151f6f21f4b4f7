/* Contrastive objectives: published values, an independent PyTorch implementation, gradients by differences, what is
 * promised of all of them, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "base/random.h"
#include "model/objective_parts.h"
#include "model/objective_tape.h"
#include "model/train_settings.h"
#include "tensor/safetensors.h"

#define MOST 1024 /* numbers of one kind of vector */

static const char *const vector_keys[IDC_VECTORS] = {
    "pair",          "text",      "before",    "after",      "absent",    "contrary",
    "contrary_text", "twin_pair", "twin_text", "local_pair", "local_text"};

/* An objective with inputs and room for gradients. */
typedef struct problem {
    idc_objective_options o;
    idc_objective_input in;
    idc_objective_result r;
    double vector[IDC_VECTORS][MOST], gradient[IDC_VECTORS_TRAINED][MOST], alike[MOST];
    int32_t sentence[64], local_words[64];
} problem;

static int count(const problem *p, int v)
{
    return idc_objective_rows(&p->in, (enum idc_vector)v) * p->in.width;
}

static double compute(problem *p)
{
    idc_error err = IDC_NO_ERROR;
    for (int v = 0; v < IDC_VECTORS; v++)
        if (p->in.vector[v] != NULL)
            p->in.vector[v] = p->vector[v];
    p->in.alike = p->in.alike != NULL ? p->alike : NULL;
    p->in.sentence = p->in.sentence != NULL ? p->sentence : NULL;
    p->in.local_words = p->in.local_words != NULL ? p->local_words : NULL;
    for (int v = 0; v < IDC_VECTORS_TRAINED; v++)
        p->r.gradient[v] = p->gradient[v];
    if (idc_objective_compute(&p->o, &p->in, &p->r, &err) < 0)
        fail_msg("%s", err.text);
    return p->r.loss;
}

static void choose(problem *p, const char *text)
{
    idc_error err = IDC_NO_ERROR;
    memset(p, 0, sizeof *p);
    if (idc_objective_parse(&p->o, text, &err) < 0)
        fail_msg("%s", err.text);
}

/* Unit vectors at random; one sentence is said twice. */
static void draw(problem *p, int items, int width, uint64_t seed)
{
    idc_random r = idc_random_at(seed, 0, 0);
    unsigned needs = idc_objective_needs(&p->o);
    p->in.items = items;
    p->in.width = width;
    p->in.captions = (needs & IDC_TAKES_CAPTIONS) != 0 ? 2 : 1;
    p->in.locals[0] = 3;
    p->in.locals[1] = 2;
    p->in.log_scale = 1.5;
    p->in.seed = seed;
    p->in.alike = p->alike;
    p->in.sentence = p->sentence;
    p->in.local_words = p->local_words;
    for (int v = 0; v < IDC_VECTORS; v++) {
        if ((needs & IDC_VECTOR_BIT(v)) == 0)
            continue;
        p->in.vector[v] = p->vector[v];
        assert_true(count(p, v) <= MOST);
        for (int i = 0; i < count(p, v); i += width) {
            double square = 0;
            for (int k = 0; k < width; k++)
                p->vector[v][i + k] = idc_random_normal(&r);
            for (int k = 0; k < width; k++)
                square += p->vector[v][i + k] * p->vector[v][i + k];
            for (int k = 0; k < width; k++)
                p->vector[v][i + k] /= sqrt(square);
        }
    }
    for (int i = 0; i < items; i++) {
        p->local_words[i] = 1 + i % 2;
        for (int j = 0; j < items; j++)
            p->alike[i * items + j] = i == j ? 1 : 1.0 / (2 + i + j);
        for (int k = 0; k < p->in.captions; k++)
            p->sentence[i * p->in.captions + k] = i * p->in.captions + k;
    }
    if (items > 2)
        p->sentence[2 * p->in.captions] = p->sentence[0];
}

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

/* ---- published values: S as products of the unit vectors' first factor and the columns of S ---- */

static const double S[3][3] = {{.9, .2, .1}, {.3, .8, 0}, {.1, .4, .7}};

static void set_scores(problem *p, const char *text, bool transposed)
{
    choose(p, text);
    draw(p, 3, 3, 1);
    p->in.captions = 1;
    for (int i = 0; i < 3; i++) {
        p->sentence[i] = i;
        for (int k = 0; k < 3; k++) {
            p->vector[IDC_VECTOR_PAIR][3 * i + k] = i == k;
            p->vector[IDC_VECTOR_TEXT][3 * i + k] = transposed ? S[i][k] : S[k][i];
        }
    }
}

static double rows_alone(const char *text, bool transposed)
{
    problem *p = malloc(sizeof *p);
    idc_error err = IDC_NO_ERROR;
    set_scores(p, text, transposed);
    idc_objective_call c = {.row = idc_objective_of(&p->o),
                            .o = &p->o,
                            .in = &p->in,
                            .r = &p->r,
                            .arena = idc_arena_new(0),
                            .scale = 10};
    idc_contrast k = {.query = IDC_VECTOR_PAIR, .key = IDC_VECTOR_TEXT, .weight = 1};
    assert_int_equal(idc_contrast_rows(&c, &k, &err), 0);
    double loss = p->r.loss;
    idc_arena_free(&c.arena);
    free(p);
    return loss;
}

#define NEAR(x, y, by)                                                                             \
    do {                                                                                           \
        double near_x = (x);                                                                       \
        if (!(fabs(near_x - (y)) < (by)))                                                          \
            fail_msg("%s is %.9g, should be %.9g", #x, near_x, (double)(y));                       \
    } while (0)

static void published_values(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    NEAR(rows_alone("infonce", false), 0.0197469, 5e-8);
    NEAR(rows_alone("infonce", true), 0.0089254, 5e-8);
    set_scores(p, "infonce:tau=0.1", false);
    NEAR(compute(p), 0.0143362, 5e-8);
    NEAR(rows_alone("infonce:focal=1", false), 8.60508e-4, 5e-10);
    NEAR(rows_alone("infonce:focal=2", false), 4.20124e-5, 5e-11);
    free(p);
}

/* Rows and columns of dcl are 2 · L of a matrix whose transpose gives the other half. */
static void published_values_of_dcl(void **state)
{
    (void)state;
    problem *p = malloc(sizeof *p);
    double w[3], weights[3], want[3] = {0.7947213, 1.0132012, 1.1920775};
    idc_error err = IDC_NO_ERROR;
    set_scores(p, "dcl", false);
    double row = 0, column = 0, pulled = 0;
    for (int i = 0; i < 3; i++) {
        double others = 0, over = 0;
        for (int j = 0; j < 3; j++) {
            others += j == i ? 0 : exp(10 * S[i][j]);
            over += j == i ? 0 : exp(10 * S[j][i]);
        }
        row += (log(others) - 10 * S[i][i]) / 3;
        column += (log(over) - 10 * S[i][i]) / 3;
        pulled += (log(others) + log(over) - 20 * want[i] * S[i][i]) / 6;
    }
    NEAR(row, -4.8631879, 5e-8);
    NEAR(compute(p), (row + column) / 2, 1e-12);
    set_scores(p, "dclw", false);
    NEAR(compute(p), pulled, 1e-6);
    idc_objective_call c = {.o = &p->o, .in = &p->in, .arena = idc_arena_new(0)};
    assert_int_equal(idc_dcl_weights(&c, w, weights, &err), 0);
    double weighted = 0;
    for (int i = 0; i < 3; i++) {
        double others = 0;
        NEAR(w[i], want[i], 5e-8);
        for (int j = 0; j < 3; j++)
            others += j == i ? 0 : exp(10 * S[i][j]);
        weighted += (log(others) - 10 * w[i] * S[i][i]) / 3;
    }
    NEAR(weighted, -4.7307358, 5e-8);
    idc_arena_free(&c.arena);
    free(p);
}

static void published_values_of_cwcl_and_cacr(void **state)
{
    (void)state;
    static const double likeness[9] = {1, .5, .2, .5, 1, .1, .2, .1, 1};
    problem *p = malloc(sizeof *p);
    double slope[3];
    idc_error err = IDC_NO_ERROR;
    set_scores(p, "cwcl:tau=0.1", false);
    for (int i = 0; i < 9; i++)
        p->alike[i] = likeness[i] / 2 + 0.5;
    compute(p);
    p->r.loss = 0;
    idc_objective_call c = {
        .o = &p->o, .in = &p->in, .r = &p->r, .arena = idc_arena_new(0), .scale = 10};
    assert_int_equal(idc_cwcl_rows(&c, &err), 0);
    NEAR(p->r.loss, 3.4403918, 5e-8);
    idc_arena_free(&c.arena);
    NEAR(idc_cacr_force((double[]){.1, .4}, 2, 1, false, slope), 0.2723328, 5e-8);
    NEAR(-idc_cacr_force((double[]){.2, 1.5, .8}, 3, -1, false, slope), -0.5753154, 5e-8);
    free(p);
}

/* ---- an independent implementation ---- */

static const struct {
    const char *name, *options;
} golden[] = {
    {"infonce", "infonce:dedup=0"},
    {"infonce_dedup", "infonce"},
    {"infonce_share", "infonce:dedup=2"},
    {"infonce_focal", "infonce:dedup=0,focal=2"},
    {"infonce_focal_half", "infonce:focal=0.5"},
    {"infonce_distill", "infonce:distill=0.4"},
    {"infonce_tau", "infonce:tau=0.2"},
    {"infonce_everything", "infonce:dedup=2,focal=1.5,distill=0.3"},
    {"dcl", "dcl:dedup=0"},
    {"dcl_dedup", "dcl"},
    {"dcl_same", "dcl:same=1"},
    {"dclw", "dclw:dedup=0"},
    {"dclw_attach", "dclw:attach=1,sigma=0.3"},
    {"cwcl", "cwcl:dedup=0"},
    {"cwcl_dedup", "cwcl:focal=1"},
    {"onetok", "onetok:dedup=0"},
    {"onetok_dedup", "onetok"},
    {"onetok_share", "onetok:dedup=2,focal=1"},
    {"symile", "symile:all=1,dedup=0"},
    {"symile_dedup", "symile:all=1"},
    {"cacr", "cacr:dedup=0"},
    {"cacr_attach", "cacr:dedup=0,attach=1,attract=2,repel=2"},
    {"cacr_dedup", "cacr:attach=1"},
    {"cacr_rbf", "cacr:dedup=0,rbf=2"},
    {"cacr_rbf_attach", "cacr:dedup=2,rbf=2,attach=1,tau=0.5"},
    {"svco", "svco"},
    {"coca", "coca:focal=1"},
    {"tcl", "tcl:dedup=0"},
    {"tcl_dedup", "tcl:focal=2"},
};

static const void *entry(const idc_safetensors *f, const char *name, const char *key)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", name, key);
    const idc_safetensor *t = idc_safetensors_find(f, path);
    return t != NULL ? t->data : NULL;
}

static void read_doubles(double *to, const float *from, int n)
{
    assert_true(n <= MOST);
    for (int i = 0; i < n; i++)
        to[i] = (double)from[i];
}

static void load(problem *p, const idc_safetensors *f, const char *name)
{
    const int32_t *sizes = entry(f, name, "sizes");
    assert_non_null(sizes);
    p->in.items = sizes[0];
    p->in.width = sizes[1];
    p->in.captions = sizes[2];
    p->in.locals[0] = sizes[3];
    p->in.locals[1] = sizes[4];
    p->in.log_scale = (double)*(const float *)entry(f, name, "log_scale");
    p->in.sentence = p->sentence;
    p->in.local_words = p->local_words;
    p->in.alike = p->alike;
    memcpy(p->sentence, entry(f, name, "sentence"), (size_t)(sizes[0] * sizes[2]) * 4);
    memcpy(p->local_words, entry(f, name, "local_words"), (size_t)sizes[0] * 4);
    read_doubles(p->alike, entry(f, name, "alike"), sizes[0] * sizes[0]);
    for (int v = 0; v < IDC_VECTORS; v++) {
        const float *x = entry(f, name, vector_keys[v]);
        if (x == NULL)
            continue;
        p->in.vector[v] = p->vector[v];
        read_doubles(p->vector[v], x, count(p, v));
    }
}

static void same_numbers(const char *name, const char *key, const float *want, const double *got,
                         int n)
{
    double largest = 1e-3;
    for (int i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)want[i]));
    for (int i = 0; i < n; i++)
        if (!(fabs((double)want[i] - got[i]) <= 1e-6 * largest))
            fail_msg("%s, %s: number %d is %.9g, should be %.9g", name, key, i, got[i],
                     (double)want[i]);
}

static void equals_the_reference(void **state)
{
    (void)state;
    char path[512], key[64];
    const char *tests = getenv("TESTS");
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *f;
    snprintf(path, sizeof path, "%s/golden/objective/objectives.safetensors",
             tests ? tests : "tests");
    if (idc_safetensors_open(&f, path, &err) < 0)
        fail_msg("%s", err.text);
    problem *p = malloc(sizeof *p);
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const char *name = golden[i].name;
        choose(p, golden[i].options);
        load(p, f, name);
        double loss = compute(p);
        same_numbers(name, "loss", entry(f, name, "loss"), &loss, 1);
        same_numbers(name, "log_scale", entry(f, name, "grad.log_scale"), &p->r.log_scale, 1);
        for (int v = 0; v < IDC_VECTORS_TRAINED; v++) {
            snprintf(key, sizeof key, "grad.%s", vector_keys[v]);
            if (p->in.vector[v] != NULL)
                same_numbers(name, key, entry(f, name, key), p->gradient[v], count(p, v));
        }
    }
    free(p);
    idc_safetensors_close(&f);
}

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

/* ---- on a tape, parts, parsing ---- */

static void a_tape_takes_its_gradients(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    problem *p = malloc(sizeof *p);
    choose(p, "infonce");
    draw(p, 5, 4, 7);
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    idc_params *params = idc_params_new();
    idc_tensor *x[2], *s = idc_params_add(params, "s", 1, (int64_t[]){1}, true);
    idc_f32(s)[0] = 1.5f;
    for (int v = 0; v < 2; v++) {
        x[v] = idc_params_add(params, vector_keys[v], 2, (int64_t[]){5, 4}, true);
        for (int k = 0; k < 20; k++)
            p->vector[v][k] = (double)(idc_f32(x[v])[k] = (float)p->vector[v][k]);
    }
    idc_objective_tensors in = {.vector = {[IDC_VECTOR_PAIR] = x[0], [IDC_VECTOR_TEXT] = x[1]},
                                .log_scale = s,
                                .rest = {.captions = 1, .sentence = p->sentence}};
    idc_tensor *loss = idc_scale(t, idc_objective_apply(t, &p->o, &in), 3);
    if (idc_tape_backward(t, loss, &err) < 0)
        fail_msg("%s", err.text);
    NEAR((double)idc_f32(loss)[0], 3 * compute(p), 1e-6);
    NEAR((double)s->grad[0], 3 * p->r.log_scale, 1e-6);
    for (int v = 0; v < 2; v++)
        for (int k = 0; k < 20; k++)
            NEAR((double)x[v]->grad[k], 3 * p->gradient[v][k], 1e-6);
    idc_tape_reset(t);
    idc_objective_parse(&p->o, "symile", &err);
    assert_null(idc_objective_apply(t, &p->o, &in));
    assert_int_equal(idc_tape_status(t, &err), IDC_E_MISSING);
    assert_non_null(strstr(err.text, "symile: needs pictures before"));
    idc_tape_free(&t);
    idc_params_free(&params);
    free(p);
}

static void sentences_are_compared(void **state)
{
    (void)state;
    static const int32_t ids[4][4] = {{1, 7, 8, 2}, {1, 9, 2, 0}, {1, 7, 8, 2}, {1, 7, 9, 2}};
    int32_t number[4];
    double alike[16];
    idc_error err = IDC_NO_ERROR;
    idc_sentence_numbers(number, ids[0], 4, 4, 4);
    assert_true(number[0] == number[2] && number[0] != number[1] && number[3] != number[0]);
    assert_int_equal(idc_sentence_likeness(alike, ids[0], 4, 4, &err), 0);
    assert_true(alike[0] == 1 && alike[2] == 1 && alike[1] == 0);
    /* words 7, 8, 9 occur in 3, 2, 2 of 4 sentences */
    double w7 = log(5.0 / 4) + 1, w8 = log(5.0 / 3) + 1;
    NEAR(alike[3], w7 * w7 / (w7 * w7 + w8 * w8), 1e-12);
    unsigned char hidden[5];
    assert_int_equal(idc_attentive_mask(hidden, (double[]){.1, .9, .5, .5, -1}, 5, 0.4), 2);
    assert_memory_equal(hidden, ((unsigned char[]){0, 1, 1, 0, 0}), 5);
}

static void parsing_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {{"infonse", "no objective 'infonse' (did you mean 'infonce'?)"},
                 {"", "no objective ''"},
                 {"infonce:sigma=1", "infonce: no option 'sigma'"},
                 {"dclw:sigm=1", "did you mean 'sigma'?"},
                 {"dclw:sigma", "'sigma' is not OPTION=VALUE"},
                 {"dclw:sigma=", "'' is not a number"},
                 {"dclw:sigma=x", "sigma: 'x' is not a number"},
                 {"dclw:sigma=nan", "is not a number"},
                 {"infonce:dedup=1.5", "dedup: 1.5 is not a whole number in 0"},
                 {"cacr:repel=-1", "repel: -1 is not a number in 0"},
                 {"cacr:repel=1,", "'' is not OPTION=VALUE"}};
    idc_objective_options o;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        idc_error err = IDC_NO_ERROR;
        assert_true(idc_objective_parse(&o, wrong[i].text, &err) < 0);
        if (strstr(err.text, wrong[i].says) == NULL)
            fail_msg("%s: %s", wrong[i].text, err.text);
    }
    assert_int_equal(idc_objective_parse(&o, "cacr:repel=2,attach=1", NULL), 0);
    assert_true(o.repel == 2 && o.attach == 1 && o.attract == 1 && o.dedup == 1);
    assert_int_equal(idc_objective_parse(&o, "tcl", NULL), 0);
    assert_true(o.distill == 0.4);
    size_t n, options;
    const idc_objective *all = idc_objectives(&n);
    const idc_objective_option *table = idc_objective_option_table(&options);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(idc_objective_from_name(all[i].name), (int)i);
        assert_true(idc_objective_takes(&all[i], "tau"));
    }
    for (size_t k = 0; k < options; k++) {
        bool taken = false;
        for (size_t i = 0; i < n; i++)
            taken = taken || idc_objective_takes(&all[i], table[k].name);
        assert_true(taken);
    }
}

/* [contrast] of the training settings has every option, with the same default, range and place. */
static void settings_have_every_option(void **state)
{
    (void)state;
    size_t n, rows;
    const idc_objective_option *options = idc_objective_option_table(&n);
    const idc_train_setting *table = idc_train_settings_table(&rows);
    for (size_t i = 0; i < n; i++) {
        char key[64];
        size_t k = 0;
        snprintf(key, sizeof key, "contrast.%s", options[i].name);
        while (k < rows && strcmp(table[k].key, key) != 0)
            k++;
        if (k == rows)
            fail_msg("no setting %s", key);
        assert_int_equal(table[k].offset,
                         offsetof(idc_train_settings, contrast) + options[i].offset);
        assert_true(table[k].low == options[i].low && table[k].high == options[i].high &&
                    table[k].defaults[0] == options[i].start &&
                    table[k].defaults[1] == options[i].start && table[k].whole == options[i].whole);
        assert_string_equal(table[k].help, options[i].help);
    }
    idc_train_settings s;
    idc_error err = IDC_NO_ERROR;
    idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
    assert_int_equal(idc_train_settings_set(&s, "contrast.objective", "symile", &err), 0);
    assert_string_equal(idc_objective_of(&s.contrast)->name, "symile");
    assert_int_equal(idc_train_settings_set(&s, "contrast.objective", "simile", &err),
                     IDC_E_INVALID);
    assert_non_null(strstr(err.text, "none of infonce, dcl"));
    assert_int_equal(idc_train_settings_contrast(&s, "infonce:dedup=share", &err), 0);
    assert_true(s.contrast.dedup == IDC_DEDUP_SHARE && s.weight[IDC_LOSS_ITC] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(published_values_of_dcl),
        cmocka_unit_test(published_values_of_cwcl_and_cacr),
        cmocka_unit_test(equals_the_reference),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(the_order_of_the_pairs_does_not_matter),
        cmocka_unit_test(one_pair_has_no_negative),
        cmocka_unit_test(equal_sentences_are_no_negatives),
        cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(focal_gradients_add_up_to_nothing),
        cmocka_unit_test(symile_draws_from_seed_and_step),
        cmocka_unit_test(a_tape_takes_its_gradients),
        cmocka_unit_test(sentences_are_compared),
        cmocka_unit_test(parsing_names_what_is_wrong),
        cmocka_unit_test(settings_have_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
