/* The small encoder equals the PyTorch module of tests/reference/network.py on the same weights: in inference (batch
 * normalisation folded), on a training tape, and in its gradients. Golden: tests/reference/make_cnn_golden.py. */
#include "encoder_golden.h"

#include "encoder/fingerprint.h"

#define SEED 31
#define PICTURES 3

static const idc_encoder_spec spec = {.kind = "cnn",
                                      .widths = {6, 8, 10, 12},
                                      .width = 52,
                                      .height = 40,
                                      .mean = {0.45f, 0.45f, 0.45f},
                                      .scale = {4, 4, 4}};

struct fixture {
    idc_safetensors *golden;
    idc_params *params;
    idc_encoder *enc;
    const unsigned char *pictures[PICTURES];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    idc_error err = IDC_NO_ERROR;
    f->golden = open_golden("cnn.safetensors");
    f->params = idc_params_new();
    must(idc_encoder_new(&f->enc, &spec, f->params, SEED, &err), &err);
    draw_norms(f->params, SEED);
    const unsigned char *all = golden(f->golden, "pictures")->data;
    for (int i = 0; i < PICTURES; i++)
        f->pictures[i] = all + i * spec.height * spec.width * 3;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    idc_encoder_free(&f->enc);
    idc_params_free(&f->params);
    idc_safetensors_close(&f->golden);
    free(f);
    return 0;
}

static void expect(const struct fixture *f, const char *name, const idc_tensor *x, double tolerance)
{
    const idc_safetensor *want = golden(f->golden, name);
    assert_int_equal(idc_tensor_count(x) * 4, want->bytes);
    double d = distance(idc_f32(x), want->data, idc_tensor_count(x));
    if (!(d <= tolerance))
        fail_msg("%s differs by %g (more than %g)", name, d, tolerance);
}

static idc_encoder_output run(struct fixture *f, idc_tape *t, bool training)
{
    idc_error err = IDC_NO_ERROR;
    idc_tensor *x = idc_encoder_input(f->enc, t, f->pictures, PICTURES);
    idc_encoder_output out = idc_encoder_forward(f->enc, t, x, training);
    must(idc_tape_status(t, &err), &err);
    return out;
}

static void inference_equals_pytorch(void **state)
{
    struct fixture *f = *state;
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, NULL);
    idc_encoder_output out = run(f, t, false);
    expect(f, "eval.logits", out.logits, 1e-5);
    expect(f, "eval.feature", out.feature, 1e-5);
    int rows, columns, feature;
    idc_encoder_grid(f->enc, &rows, &columns, &feature);
    assert_int_equal(rows, out.feature->shape[1]);
    assert_int_equal(columns, out.feature->shape[2]);
    assert_int_equal(feature, out.feature->shape[3]);
    idc_tape_free(&t);
}

static void folding_follows_the_parameters(void **state)
{
    struct fixture *f = *state;
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, NULL);
    run(f, t, false);
    idc_tensor *variance = idc_params_find(f->params, "encoder.bn2.running_var");
    for (int64_t i = 0; i < variance->shape[0]; i++)
        idc_f32(variance)[i] *= 2;
    variance->version++;
    idc_tape_reset(t);
    idc_encoder_output out = run(f, t, false);
    const idc_safetensor *before = golden(f->golden, "eval.feature");
    assert_true(distance(idc_f32(out.feature), before->data, idc_tensor_count(out.feature)) > 1e-3);
    idc_tape_free(&t);
}

/* The same numbers whether normalisation is folded or not: a frozen encoder on a training tape. */
static void frozen_on_a_training_tape(void **state)
{
    struct fixture *f = *state;
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, NULL);
    expect(f, "eval.feature", run(f, t, false).feature, 1e-5);
    idc_tape_free(&t);
}

static void training_equals_pytorch(void **state)
{
    static const char *const gradients[] = {"conv1.weight", "bn3.weight",  "conv8.weight",
                                            "bn_fuse.bias", "head.weight", "head.bias"};
    struct fixture *f = *state;
    idc_error err = IDC_NO_ERROR;
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, NULL);
    idc_encoder_output out = run(f, t, true);
    expect(f, "train.logits", out.logits, 2e-5);
    expect(f, "train.feature", out.feature, 2e-5);
    idc_tensor *zero = idc_tape_input(t, IDC_DTYPE_F32, 4, out.feature->shape, NULL);
    memset(zero->data, 0, (size_t)idc_tensor_count(zero) * sizeof(float));
    idc_tensor *loss = idc_smooth_l1(t, out.feature, zero, NULL, IDC_MEAN);
    expect(f, "train.loss", loss, 1e-6);
    must(idc_tape_backward(t, loss, &err), &err);
    for (size_t i = 0; i < sizeof gradients / sizeof gradients[0]; i++) {
        char ours[64], theirs[64];
        snprintf(ours, sizeof ours, "encoder.%s", gradients[i]);
        snprintf(theirs, sizeof theirs, "grad.%s", gradients[i]);
        const idc_tensor *x = idc_params_find(f->params, ours);
        idc_tensor gradient = *x;
        gradient.data = x->grad;
        expect(f, theirs, &gradient, 1e-6);
    }
    expect(f, "after.bn1.running_mean", idc_params_find(f->params, "encoder.bn1.running_mean"),
           1e-6);
    expect(f, "after.bn8.running_var", idc_params_find(f->params, "encoder.bn8.running_var"), 1e-6);
    idc_tape_free(&t);
}

static void fingerprint_names_weights_and_preparation(void **state)
{
    struct fixture *f = *state;
    char a[33], b[33];
    idc_error err = IDC_NO_ERROR;
    must(idc_encoder_fingerprint(&spec, f->params, a, &err), &err);
    must(idc_encoder_fingerprint(&spec, f->params, b, &err), &err);
    assert_int_equal(strlen(a), 32);
    assert_string_equal(a, b);
    idc_encoder_spec other = spec;
    other.mean[1] = 0.5f;
    must(idc_encoder_fingerprint(&other, f->params, b, &err), &err);
    assert_string_not_equal(a, b);
    idc_params_add(f->params, "model.more", 1, (int64_t[]){3}, true);
    must(idc_encoder_fingerprint(&spec, f->params, b, &err), &err);
    assert_string_equal(a, b);
    idc_f32(idc_params_find(f->params, "encoder.head.bias"))[7] += 1;
    must(idc_encoder_fingerprint(&spec, f->params, b, &err), &err);
    assert_string_not_equal(a, b);
}

static void wrong_shapes_are_named(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_params_add(params, "encoder.conv4.weight", 4, (int64_t[]){10, 8, 5, 3}, true);
    idc_encoder *enc = NULL;
    assert_int_equal(idc_encoder_new(&enc, &spec, params, 0, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "encoder.conv4.weight"));
    assert_null(enc);
    idc_params_free(&params);
}

static void wrong_sizes_are_refused(void **state)
{
    (void)state;
    idc_params *params = idc_params_new();
    idc_encoder *enc = NULL;
    idc_encoder_spec s = spec;
    s.widths[2] = 0;
    assert_int_equal(idc_encoder_new(&enc, &s, params, 0, NULL), IDC_E_RANGE);
    s = spec;
    s.height = -1;
    assert_int_equal(idc_encoder_new(&enc, &s, params, 0, NULL), IDC_E_RANGE);
    s = spec;
    strcpy(s.kind, "vgg");
    assert_int_equal(idc_encoder_new(&enc, &s, params, 0, NULL), IDC_E_UNSUPPORTED);
    idc_params_free(&params);
}

#define WITH_GOLDEN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GOLDEN(inference_equals_pytorch),
        WITH_GOLDEN(folding_follows_the_parameters),
        WITH_GOLDEN(frozen_on_a_training_tape),
        WITH_GOLDEN(training_equals_pytorch),
        WITH_GOLDEN(fingerprint_names_weights_and_preparation),
        cmocka_unit_test(wrong_shapes_are_named),
        cmocka_unit_test(wrong_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
