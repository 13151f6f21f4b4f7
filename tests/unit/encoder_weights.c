/* EfficientNet-Lite with its published weights gives the numbers that PyTorch gave (IDC_DATA/weights-goldens): logits of four
 * pictures within 1e-3, the five likeliest in the same order, the values at the end of every stage.
 *
 * Weights: $IDC_WEIGHTS/efficientnet-liteN.safetensors, else pipelines/weights/cache/; skipped where they are not. */
#include "encoder_golden.h"

#include <jansson.h>

#include "encoder/classify.h"
#include "encoder/weights.h"
#include "tensor/torch_file.h"

#define WHOLE 260 /* side of the pictures; their middle is taken */

static json_t *goldens; /* NULL: no test data */

static void in_goldens(char path[1024], const char *name)
{
    const char *data = getenv("IDC_DATA");
    snprintf(path, 1024, "%s/weights-goldens/%s", data ? data : "../shared/data", name);
}

static idc_safetensors *open_weights(int size)
{
    const char *folder = getenv("IDC_WEIGHTS"), *tests = getenv("TESTS");
    char path[1024];
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file = NULL;
    if (folder)
        snprintf(path, sizeof path, "%s/efficientnet-lite%d.safetensors", folder, size);
    else
        snprintf(path, sizeof path, "%s/../pipelines/weights/cache/efficientnet-lite%d.safetensors",
                 tests ? tests : "tests", size);
    if (!goldens || idc_tensors_open(&file, path, &err) < 0)
        skip();
    return file;
}

/* The middle side × side of a PPM of WHOLE × WHOLE. */
static void read_middle(const char *name, int side, unsigned char *to)
{
    static unsigned char whole[WHOLE * WHOLE * 3];
    char path[1024], head[32];
    int n = snprintf(head, sizeof head, "P6\n%d %d\n255\n", WHOLE, WHOLE),
        first = (WHOLE - side) / 2;
    in_goldens(path, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(whole, 1, (size_t)n, f), n);
    assert_memory_equal(whole, head, (size_t)n);
    assert_int_equal(fread(whole, 1, sizeof whole, f), sizeof whole);
    fclose(f);
    for (int y = 0; y < side; y++)
        memcpy(to + y * side * 3, whole + ((first + y) * WHOLE + first) * 3, (size_t)side * 3);
}

struct running {
    idc_params *params;
    idc_encoder *enc;
    idc_tape *tape;
    idc_classifier *classifier;
};

static void start(struct running *r, const idc_safetensors *file, int size, int stage)
{
    char kind[32];
    idc_error err = IDC_NO_ERROR;
    idc_encoder_spec spec;
    snprintf(kind, sizeof kind, "efficientnet-lite%d", size);
    idc_encoder_imagenet(&spec, kind, stage, 0, 0);
    r->params = idc_params_new();
    r->classifier = NULL;
    must(idc_encoder_new(&r->enc, &spec, r->params, 0, &err), &err);
    must(idc_encoder_load(r->enc, file, kind, &err), &err);
    if (stage == 0)
        must(idc_classifier_new(&r->classifier, r->enc, file, kind, &err), &err);
    r->tape = idc_tape_new(IDC_TAPE_INFER, &err);
    assert_non_null(r->tape);
}

static idc_tensor *run(struct running *r, const unsigned char *picture)
{
    idc_error err = IDC_NO_ERROR;
    idc_tape_reset(r->tape);
    idc_tensor *x = idc_encoder_input(r->enc, r->tape, &picture, 1);
    x = idc_encoder_forward(r->enc, r->tape, x, false).feature;
    must(idc_tape_status(r->tape, &err), &err);
    return x;
}

static void stop(struct running *r)
{
    idc_classifier_free(&r->classifier);
    idc_tape_free(&r->tape);
    idc_encoder_free(&r->enc);
    idc_params_free(&r->params);
}

static void expect_near(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s is %.7g, should be %.7g", what, got, want);
}

static double at(const json_t *object, const char *key, size_t i)
{
    const json_t *v = json_object_get(object, key);
    return json_number_value(json_is_array(v) ? json_array_get(v, i) : v);
}

static void expect_logits(const struct running *r, const float *pooled, const json_t *want)
{
    float logits[1000];
    double sum = 0, squares = 0;
    for (size_t i = 0; i < 8; i++)
        expect_near("a pooled feature", pooled[i], at(want, "pooled_first8", i), 1e-4);
    assert_int_equal(idc_classifier_classes(r->classifier), 1000);
    idc_classifier_logits(r->classifier, pooled, logits);
    for (size_t i = 0; i < 1000; i++) {
        sum += (double)logits[i];
        squares += (double)logits[i] * (double)logits[i];
    }
    expect_near("the sum of the logits", sum, at(want, "logit_sum", 0), 0.02);
    expect_near("the length of the logits", sqrt(squares), at(want, "logit_l2", 0), 2e-3);
    for (size_t k = 0; k < 5; k++) {
        size_t class = (size_t)at(want, "top5", k);
        int larger = 0;
        expect_near("a logit", logits[class], at(want, "logits", k), 1e-3);
        for (size_t i = 0; i < 1000; i++)
            larger += logits[i] > logits[class];
        assert_int_equal(larger, k);
    }
}

static json_t *images_of(int size)
{
    char kind[32];
    snprintf(kind, sizeof kind, "efficientnet-lite%d", size);
    json_t *model = json_object_get(json_object_get(goldens, "models"), kind);
    assert_non_null(model);
    return json_object_get(model, "images");
}

static void check_pictures(int size)
{
    static unsigned char picture[WHOLE * WHOLE * 3];
    idc_safetensors *file = open_weights(size);
    struct running r;
    const char *name;
    json_t *want;
    int compared = 0;
    start(&r, file, size, 0);
    json_object_foreach(images_of(size), name, want)
    {
        if (!ends_with(name, ".ppm"))
            continue;
        read_middle(name, idc_encoder_get_spec(r.enc)->width, picture);
        idc_tensor *pooled = idc_mean_cells(r.tape, run(&r, picture));
        expect_logits(&r, idc_f32(pooled), want);
        compared++;
    }
    assert_int_equal(compared, 4);
    stop(&r);
    idc_safetensors_close(&file);
}

static void lite0_pictures(void **state)
{
    (void)state;
    check_pictures(0);
}

static void lite1_pictures(void **state)
{
    (void)state;
    check_pictures(1);
}

static void lite2_pictures(void **state)
{
    (void)state;
    check_pictures(2);
}

/* Mean, deviation and the first four of channel 0 at the end of stages 1 to 7 of Lite0. */
static void lite0_stages(void **state)
{
    static const char *const last[] = {"block0",  "block2",  "block4", "block7",
                                       "block10", "block14", "block15"};
    static unsigned char picture[WHOLE * WHOLE * 3];
    idc_safetensors *file = open_weights(0);
    const json_t *taps = json_object_get(json_object_get(images_of(0), "chelsea-260.ppm"), "taps");
    (void)state;
    read_middle("chelsea-260.ppm", 224, picture);
    for (int stage = 1; stage <= 7; stage++) {
        const json_t *tap = json_object_get(taps, last[stage - 1]);
        struct running r;
        start(&r, file, 0, stage);
        idc_tensor *x = run(&r, picture);
        int64_t n = idc_tensor_count(x);
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)idc_f32(x)[i];
        for (int64_t i = 0; i < n; i++)
            squares += pow((double)idc_f32(x)[i] - sum / (double)n, 2);
        assert_int_equal(x->shape[3], at(tap, "shape", 0));
        assert_int_equal(x->shape[1], at(tap, "shape", 1));
        expect_near("the mean", sum / (double)n, at(tap, "mean", 0), 1e-4);
        expect_near("the deviation", sqrt(squares / (double)n), at(tap, "std", 0), 1e-4);
        for (size_t i = 0; i < 4; i++)
            expect_near("a value", idc_f32(x)[(int64_t)i * x->shape[3]], at(tap, "first4", i),
                        2e-4);
        stop(&r);
    }
    idc_safetensors_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lite0_pictures),
        cmocka_unit_test(lite1_pictures),
        cmocka_unit_test(lite2_pictures),
        cmocka_unit_test(lite0_stages),
    };
    char path[1024];
    in_goldens(path, "efficientnet-lite.json");
    goldens = json_load_file(path, 0, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(goldens);
    return failed;
}
