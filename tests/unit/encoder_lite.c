/* EfficientNet-Lite and ResNet v2 equal an independent definition in PyTorch on random weights with the statistics of real
 * batches. Golden: tests/reference/make_effnet_golden.py. */
#include "encoder_golden.h"

#include "encoder/fingerprint.h"
#include "encoder/weights.h"

#define SEED 20221

static idc_encoder *make(idc_params *params, const idc_encoder_spec *spec, uint64_t seed)
{
    idc_error err = IDC_NO_ERROR;
    idc_encoder *enc = NULL;
    must(idc_encoder_new(&enc, spec, params, seed, &err), &err);
    return enc;
}

static void compare(const char *kind, int stage, enum idc_tape_mode mode)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file = open_golden("lite.safetensors");
    const idc_safetensor *picture = golden(file, "picture");
    idc_encoder_spec spec;
    char name[64];
    idc_encoder_imagenet(&spec, kind, stage, (int)picture->shape[1], (int)picture->shape[0]);
    idc_params *params = idc_params_new();
    idc_encoder *enc = make(params, &spec, SEED);
    draw_norms(params, SEED);
    snprintf(name, sizeof name, "%s.statistics", kind);
    set_statistics(params, golden(file, name));
    snprintf(name, sizeof name, "%s.feature", kind);
    const idc_safetensor *want = golden(file, name);
    idc_tape *t = idc_tape_new(mode, &err);
    const unsigned char *pictures[2] = {picture->data, picture->data};
    int rows, columns, width;
    idc_encoder_grid(enc, &rows, &columns, &width);
    for (int n = 1; n <= 2; n++) {
        idc_tape_reset(t);
        idc_tensor *x = idc_encoder_input(enc, t, pictures, n);
        idc_tensor *feature = idc_encoder_forward(enc, t, x, false).feature;
        must(idc_tape_status(t, &err), &err);
        int64_t shape[] = {n, rows, columns, width};
        assert_memory_equal(feature->shape, shape, sizeof shape);
        assert_memory_equal(want->shape, shape + 1, sizeof shape - sizeof *shape);
        feature->shape[0] = 1;
        expect_cells(feature, want->data);
    }
    idc_tape_free(&t);
    idc_encoder_free(&enc);
    idc_params_free(&params);
    idc_safetensors_close(&file);
}

static void lite0_head(void **state)
{
    (void)state;
    compare("efficientnet-lite0", 8, IDC_TAPE_INFER);
}

static void lite0_unfolded(void **state)
{
    (void)state;
    compare("efficientnet-lite0", 8, IDC_TAPE_TRAIN);
}

static void lite2_stage7(void **state)
{
    (void)state;
    compare("efficientnet-lite2", 7, IDC_TAPE_INFER);
}

static void lite4_stage3(void **state)
{
    (void)state;
    compare("efficientnet-lite4", 3, IDC_TAPE_INFER);
}

static void resnet50_v2_stage4(void **state)
{
    (void)state;
    compare("resnetv2-50", 4, IDC_TAPE_INFER);
}

static void resnet50_v2_unfolded(void **state)
{
    (void)state;
    compare("resnetv2-50", 4, IDC_TAPE_TRAIN);
}

static void resnet101_v2_stage2(void **state)
{
    (void)state;
    compare("resnetv2-101", 2, IDC_TAPE_INFER);
}

/* Convolutions and normalisations of the published networks, without the classifier (1280 or 2048 → 1000): timm's. */
static void parameter_counts(void **state)
{
    static const struct {
        const char *kind;
        int64_t count;
        int side, grid, width;
    } rows[] = {{"efficientnet-lite0", 3371008, 224, 7, 1280},
                {"efficientnet-lite1", 4135680, 240, 8, 1280},
                {"efficientnet-lite2", 4811072, 260, 9, 1280},
                {"efficientnet-lite3", 6916096, 280, 9, 1280},
                {"efficientnet-lite4", 11725568, 300, 10, 1280},
                {"resnetv2-50", 23500352, 224, 7, 2048},
                {"resnetv2-101", 42492480, 224, 7, 2048},
                {"resnetv2-152", 58136128, 224, 7, 2048}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        idc_encoder_spec spec;
        int h, w, feature;
        idc_encoder_imagenet(&spec, rows[i].kind, 0, 0, 0);
        idc_params *params = idc_params_new();
        idc_encoder *enc = make(params, &spec, 0);
        idc_encoder_grid(enc, &h, &w, &feature);
        assert_int_equal(idc_params_count(params), rows[i].count);
        assert_int_equal(spec.width, rows[i].side);
        assert_int_equal(h, rows[i].grid);
        assert_int_equal(feature, rows[i].width);
        for (spec.stage = 1; spec.stage <= (i < 5 ? 8 : 4); spec.stage++) {
            int stride, width;
            idc_error err = IDC_NO_ERROR;
            idc_params *other = idc_params_new();
            idc_encoder *made = make(other, &spec, 0);
            must(idc_encoder_shape(&spec, &stride, &width, &err), &err);
            idc_encoder_grid(made, &h, &w, &feature);
            assert_int_equal(width, feature);
            assert_int_equal((spec.height + stride - 1) / stride, h);
            idc_encoder_free(&made);
            idc_params_free(&other);
        }
        idc_encoder_free(&enc);
        idc_params_free(&params);
    }
}

/* Another stage, size or kind is another encoder. */
static void fingerprints_differ(void **state)
{
    static const struct {
        const char *kind;
        int stage, side;
    } rows[] = {{"efficientnet-lite0", 4, 64},
                {"efficientnet-lite0", 4, 65},
                {"efficientnet-lite0", 5, 64},
                {"efficientnet-lite1", 4, 64}};
    char hex[4][33];
    idc_error err = IDC_NO_ERROR;
    (void)state;
    for (int i = 0; i < 4; i++) {
        idc_encoder_spec spec;
        idc_encoder_imagenet(&spec, rows[i].kind, rows[i].stage, rows[i].side, rows[i].side);
        idc_params *params = idc_params_new();
        idc_encoder *enc = make(params, &spec, SEED);
        must(idc_encoder_fingerprint(&spec, params, hex[i], &err), &err);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(hex[i], hex[k]);
        idc_encoder_free(&enc);
        idc_params_free(&params);
    }
}

static void wrong_stages_and_kinds_are_named(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_params *params = idc_params_new();
    idc_encoder *enc;
    idc_encoder_spec spec;
    (void)state;
    idc_encoder_imagenet(&spec, "efficientnet_lite0", 9, 0, 0);
    assert_int_equal(idc_encoder_new(&enc, &spec, params, 0, &err), IDC_E_RANGE);
    assert_string_equal(err.text, "encoder efficientnet-lite0: stage 9 (1 to 8)");
    idc_encoder_imagenet(&spec, "resnetv2-50", 5, 0, 0);
    assert_int_equal(idc_encoder_new(&enc, &spec, params, 0, &err), IDC_E_RANGE);
    idc_encoder_imagenet(&spec, "efficientnet-lite5", 1, 64, 64);
    assert_int_equal(idc_encoder_new(&enc, &spec, params, 0, &err), IDC_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "not one of cnn, resnet18, "));
    assert_non_null(strstr(err.text, "efficientnet-lite4"));
    idc_params_free(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lite0_head),          cmocka_unit_test(lite0_unfolded),
        cmocka_unit_test(lite2_stage7),        cmocka_unit_test(lite4_stage3),
        cmocka_unit_test(resnet50_v2_stage4),  cmocka_unit_test(resnet50_v2_unfolded),
        cmocka_unit_test(resnet101_v2_stage2), cmocka_unit_test(parameter_counts),
        cmocka_unit_test(fingerprints_differ), cmocka_unit_test(wrong_stages_and_kinds_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
