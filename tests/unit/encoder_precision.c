/* A compiled encoder equals the tape's in f32 and comes near it in bf16 and int8; ranges survive their file; what cannot be
 * had is refused. Random weights, golden statistics of real batches (tests/reference/make_resnet_golden.py). Deep networks of
 * random weights magnify each rounding (ResNet-50: cosine 0.94 in bf16 with exact sums), so the bars are those of
 * shallow ones; tests/bench/precision.sh measures trained weights. */
#include "encoder_golden.h"

#include <omp.h>

#include "encoder/precision.h"
#include "encoder/ranges.h"
#include "encoder/weights.h"
#include "tensor/plan.h"

#define SEED 20221
#define MOST 5 /* pictures */

typedef struct net {
    idc_params *params;
    idc_encoder *enc;
    idc_safetensors *file; /* NULL: no golden statistics */
    unsigned char *pixels;
    const unsigned char *pictures[MOST];
    int rows, columns, width;
} net;

/* A golden network; w 0: of the golden picture's size. The pictures are that picture, moved a little each time, or noise. */
static net open_net(const char *golden_file, const char *kind, int stage, int w, int h)
{
    idc_error err = IDC_NO_ERROR;
    idc_encoder_spec spec;
    char name[64];
    net n = {.params = idc_params_new(), .file = open_golden(golden_file)};
    const idc_safetensor *picture = golden(n.file, "picture");
    bool same = w == 0;
    w = same ? (int)picture->shape[1] : w;
    h = same ? (int)picture->shape[0] : h;
    idc_encoder_imagenet(&spec, kind, stage, w, h);
    must(idc_encoder_new(&n.enc, &spec, n.params, SEED, &err), &err);
    draw_norms(n.params, SEED);
    snprintf(name, sizeof name, "%s.statistics", kind);
    set_statistics(n.params, golden(n.file, name));
    idc_encoder_grid(n.enc, &n.rows, &n.columns, &n.width);
    size_t bytes = (size_t)w * (size_t)h * 3, have = picture->bytes;
    n.pixels = malloc(MOST * bytes);
    for (size_t i = 0; i < MOST * bytes; i++)
        n.pixels[i] = ((const unsigned char *)picture->data)[(i % bytes + i / bytes * 33) % have];
    for (int i = 0; i < MOST; i++)
        n.pictures[i] = n.pixels + (size_t)i * bytes;
    return n;
}

static void close_net(net *n)
{
    idc_encoder_free(&n->enc);
    idc_params_free(&n->params);
    idc_safetensors_close(&n->file);
    free(n->pixels);
}

/* The least cosine of a cell between what the tape and what the compiled form give of `count` pictures. */
static double least_cosine(net *n, const idc_compile_options *o, int count)
{
    idc_error err = IDC_NO_ERROR;
    idc_compiled *c;
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, &err);
    const size_t cells = (size_t)(n->rows * n->columns * count), width = (size_t)n->width;
    float *got = malloc(cells * width * sizeof *got);
    must(idc_compile(&c, n->enc, o, &err), &err);
    must(idc_compiled_run(c, n->pictures, count, got, &err), &err);
    idc_tensor *x = idc_encoder_input(n->enc, t, n->pictures, count);
    const float *want = idc_f32(idc_encoder_forward(n->enc, t, x, false).feature);
    must(idc_tape_status(t, &err), &err);
    double least = 1;
    for (size_t i = 0; i < cells; i++) {
        double ab = 0, aa = 1e-30, bb = 1e-30;
        for (size_t k = i * width; k < (i + 1) * width; k++) {
            ab += (double)got[k] * (double)want[k];
            aa += (double)got[k] * (double)got[k];
            bb += (double)want[k] * (double)want[k];
        }
        double cosine = ab / sqrt(aa * bb);
        least = cosine < least ? cosine : least;
    }
    idc_compiled_free(&c);
    idc_tape_free(&t);
    free(got);
    return least;
}

static void expect(net *n, const idc_compile_options *o, int count, double bar)
{
    double least = least_cosine(n, o, count);
    if (!(least >= bar))
        fail_msg("%s, precision %d, %d pictures: cosine %.7f < %.7f",
                 idc_encoder_get_spec(n->enc)->kind, (int)o->precision, count, least, bar);
}

/* Odd numbers of pictures, batches of 1, 2 and more, one thread and two, in all of which a program of its own runs. */
static void f32_equals_the_tape(void **state)
{
    static const struct {
        const char *file, *kind;
        int stage, w, h;
    } nets[] = {{"resnet.safetensors", "resnet18", 4, 0, 0},
                {"resnet.safetensors", "resnet50", 4, 0, 0},
                {"resnet.safetensors", "resnet18", 4, 200, 150}, /* tiles of 4 × 4 */
                {"lite.safetensors", "resnetv2-50", 4, 0, 0},    /* normalisations alone */
                {"lite.safetensors", "efficientnet-lite0", 8, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        net n = open_net(nets[i].file, nets[i].kind, nets[i].stage, nets[i].w, nets[i].h);
        idc_compile_options o = {.precision = IDC_DTYPE_F32, .batch = 2};
        omp_set_num_threads(1);
        expect(&n, &o, MOST, 0.999999);
        omp_set_num_threads(2);
        expect(&n, &o, 1, 0.999999);
        expect(&n, &o, MOST, 0.999999);
        close_net(&n);
    }
    omp_set_num_threads(1);
}

static void bf16_comes_near(void **state)
{
    (void)state;
    if (!idc_plan_supports(IDC_DTYPE_BF16))
        skip();
    const idc_compile_options o = {.precision = IDC_DTYPE_BF16, .batch = 2};
    net a = open_net("resnet.safetensors", "resnet34", 2, 0, 0);
    expect(&a, &o, 3, 0.999);
    close_net(&a);
    net b = open_net("resnet.safetensors", "resnet18", 4, 200, 150);
    expect(&b, &o, 3, 0.998);
    close_net(&b);
    net c = open_net("lite.safetensors", "efficientnet-lite0", 8, 0, 0);
    expect(&c, &o, 3, 0.95);
    close_net(&c);
    net d = open_net("lite.safetensors", "resnetv2-101", 2, 0, 0);
    expect(&d, &o, 3, 0.998);
    close_net(&d);
}

static idc_ranges_table measure(net *n)
{
    idc_error err = IDC_NO_ERROR;
    idc_ranges *r;
    idc_ranges_table t;
    must(idc_ranges_new(&r, n->enc, &err), &err);
    assert_int_equal(idc_ranges_choose(r, &t, &err), IDC_E_MISSING);
    for (int i = 0; i < MOST - 1; i++)
        must(idc_ranges_add(r, n->pictures[i], &err), &err);
    assert_int_equal(idc_ranges_pictures(r), MOST - 1);
    must(idc_ranges_choose(r, &t, &err), &err);
    idc_ranges_free(&r);
    return t;
}

static void int8_comes_near(void **state)
{
    static const struct {
        const char *file, *kind;
        int stage;
        double bar;
    } nets[] = {{"resnet.safetensors", "resnet18", 4, 0.97},
                {"resnet.safetensors", "resnet34", 2, 0.98},
                {"lite.safetensors", "resnetv2-101", 2, 0.98},
                {"lite.safetensors", "efficientnet-lite0", 8, 0.7}};
    (void)state;
    if (!idc_plan_supports(IDC_DTYPE_I8))
        skip();
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        net n = open_net(nets[i].file, nets[i].kind, nets[i].stage, 0, 0);
        idc_ranges_table t = measure(&n);
        const idc_compile_options o = {IDC_DTYPE_I8, 2, t.values, t.n};
        expect(&n, &o, MOST, nets[i].bar);
        free(t.values);
        close_net(&n);
    }
}

/* Ranges too narrow cut values off: the result is worse by much. So they matter. */
static void ranges_are_obeyed(void **state)
{
    (void)state;
    if (!idc_plan_supports(IDC_DTYPE_I8))
        skip();
    net n = open_net("resnet.safetensors", "resnet18", 4, 0, 0);
    idc_ranges_table t = measure(&n);
    for (int i = 0; i < 2 * t.n; i++)
        t.values[i] *= 0.02f;
    const idc_compile_options o = {IDC_DTYPE_I8, 2, t.values, t.n};
    assert_true(least_cosine(&n, &o, 1) < 0.95);
    const idc_compile_options fewer = {IDC_DTYPE_I8, 2, t.values, t.n - 1};
    idc_compiled *c;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_compile(&c, n.enc, &fewer, &err), IDC_E_MISMATCH);
    assert_null(c);
    free(t.values);
    close_net(&n);
}

static void ranges_survive_their_file(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_ranges *r;
    idc_ranges_table t, again;
    net n = open_net("resnet.safetensors", "resnet34", 2, 0, 0);
    (void)state;
    must(idc_ranges_new(&r, n.enc, &err), &err);
    must(idc_ranges_add(r, n.pictures[0], &err), &err);
    must(idc_ranges_choose(r, &t, &err), &err);
    must(idc_ranges_write(r, "ranges", "0123", &err), &err);
    must(idc_ranges_read(&again, "ranges", "0123", &err), &err);
    assert_int_equal(again.n, t.n);
    assert_memory_equal(again.values, t.values, (size_t)t.n * 2 * sizeof(float));
    free(again.values);
    free(t.values);
    assert_int_equal(idc_ranges_read(&again, "ranges", "4567", &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "ranges: ranges of encoder 0123"));
    assert_int_equal(idc_ranges_read(&again, "missing", "0123", &err), IDC_E_MISSING);
    idc_ranges_free(&r);
    close_net(&n);
}

static void what_cannot_be_had_is_refused(void **state)
{
    static const idc_encoder_spec small = {
        .kind = "cnn", .widths = {8, 8, 8, 8}, .width = 32, .height = 32, .scale = {1, 1, 1}};
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_encoder *enc;
    idc_precision p;
    (void)state;
    must(idc_encoder_new(&enc, &small, params, 1, &err), &err);
    must(idc_precision_open(&p, enc, &(idc_precision_choice){"auto", NULL}, "ab", &err), &err);
    assert_string_equal(p.name, "f32");
    assert_string_equal(p.fingerprint, "ab");
    assert_null(p.compiled);
    idc_precision_close(&p);
    assert_int_equal(idc_precision_open(&p, enc, &(idc_precision_choice){"bf16", NULL}, "ab", &err),
                     IDC_E_UNSUPPORTED);
    assert_true(idc_precision_open(&p, enc, &(idc_precision_choice){"int8", NULL}, "ab", &err) < 0);
    idc_encoder_free(&enc);
    idc_params_free(&params);
}

static void precisions_have_fingerprints(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_precision p;
    (void)state;
    if (!idc_plan_supports(IDC_DTYPE_BF16))
        skip();
    net n = open_net("resnet.safetensors", "resnet34", 2, 0, 0);
    must(idc_precision_open(&p, n.enc, &(idc_precision_choice){"f32", NULL}, "ab", &err), &err);
    assert_string_equal(p.fingerprint, "ab");
    assert_non_null(p.compiled);
    idc_precision_close(&p);
    must(idc_precision_open(&p, n.enc, &(idc_precision_choice){"auto", NULL}, "ab", &err), &err);
    assert_string_equal(p.name, "bf16");
    assert_string_not_equal(p.fingerprint, "ab");
    assert_int_equal(strlen(p.fingerprint), 32);
    idc_precision_close(&p);
    close_net(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f32_equals_the_tape),
        cmocka_unit_test(bf16_comes_near),
        cmocka_unit_test(int8_comes_near),
        cmocka_unit_test(ranges_are_obeyed),
        cmocka_unit_test(ranges_survive_their_file),
        cmocka_unit_test(what_cannot_be_had_is_refused),
        cmocka_unit_test(precisions_have_fingerprints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
