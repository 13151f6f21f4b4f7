/* Contrastive objectives give published values, and those of an independent PyTorch implementation with its gradients. */
#include "objective_problem.h"

#include "tensor/safetensors.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(published_values_of_dcl),
        cmocka_unit_test(published_values_of_cwcl_and_cacr),
        cmocka_unit_test(equals_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
