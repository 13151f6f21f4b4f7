/* ResNet equals torchvision on random weights with the statistics of real batches. Golden:
 * tests/reference/make_resnet_golden.py, which says how weights are drawn. */
#include "encoder_golden.h"

#include "encoder/weights.h"

#define SEED 20221

static void compare(const char *kind, int stage, enum idc_tape_mode mode)
{
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file = open_golden("resnet.safetensors");
    const idc_safetensor *picture = golden(file, "picture");
    idc_encoder_spec spec;
    idc_encoder_imagenet(&spec, kind, stage, (int)picture->shape[1], (int)picture->shape[0]);
    idc_params *params = idc_params_new();
    idc_encoder *enc;
    must(idc_encoder_new(&enc, &spec, params, SEED, &err), &err);
    draw_norms(params, SEED);
    char name[64];
    snprintf(name, sizeof name, "%s.statistics", kind);
    set_statistics(params, golden(file, name));
    idc_tape *t = idc_tape_new(mode, &err);
    const unsigned char *pictures[2] = {picture->data, picture->data};
    snprintf(name, sizeof name, "%s.feature", kind);
    const idc_safetensor *want = golden(file, name);
    for (int round = 0; round < 2;
         round++) { /* the second without packing anew, with another batch size */
        idc_tape_reset(t);
        idc_encoder_output out =
            idc_encoder_forward(enc, t, idc_encoder_input(enc, t, pictures, 1 + round), false);
        must(idc_tape_status(t, &err), &err);
        assert_null(out.logits);
        assert_int_equal((size_t)idc_tensor_count(out.feature) * 4,
                         want->bytes * (size_t)(1 + round));
        out.feature->shape[0] = 1;
        expect_cells(out.feature, want->data);
    }
    idc_tape_free(&t);
    idc_encoder_free(&enc);
    idc_params_free(&params);
    idc_safetensors_close(&file);
}

static void resnet18_stage4(void **state)
{
    (void)state;
    compare("resnet18", 4, IDC_TAPE_INFER);
}

static void resnet18_unfolded(void **state)
{
    (void)state;
    compare("resnet18", 4, IDC_TAPE_TRAIN);
}

static void resnet34_stage2(void **state)
{
    (void)state;
    compare("resnet34", 2, IDC_TAPE_INFER);
}

static void resnet50_stage4(void **state)
{
    (void)state;
    compare("resnet50", 4, IDC_TAPE_INFER);
}

static void resnet101_stage3(void **state)
{
    (void)state;
    compare("resnet101", 3, IDC_TAPE_INFER);
}

/* Numbers of torchvision's models without their last linear layer. */
static void parameter_counts(void **state)
{
    static const struct {
        const char *kind;
        int64_t count;
    } rows[] = {{"resnet18", 11176512},
                {"resnet34", 21284672},
                {"resnet50", 23508032},
                {"resnet101", 42500160},
                {"resnet152", 58143808}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        idc_error err = IDC_NO_ERROR;
        idc_encoder_spec spec;
        idc_encoder_imagenet(&spec, rows[i].kind, 4, 224, 224);
        idc_params *params = idc_params_new();
        idc_encoder *enc;
        must(idc_encoder_new(&enc, &spec, params, 0, &err), &err);
        assert_int_equal(idc_params_count(params), rows[i].count);
        idc_encoder_free(&enc);
        idc_params_free(&params);
    }
}

/* ---- files ---- */

#define MAX_TENSORS 200

struct made {
    idc_params *params;
    idc_encoder *enc;
    idc_safetensor tensors[MAX_TENSORS];
    char names[MAX_TENSORS][128];
    size_t n;
};

static void make(struct made *m, uint64_t seed)
{
    idc_error err = IDC_NO_ERROR;
    idc_encoder_spec spec;
    idc_encoder_imagenet(&spec, "resnet18", 1, 32, 32);
    m->params = idc_params_new();
    must(idc_encoder_new(&m->enc, &spec, m->params, seed, &err), &err);
}

static void make_tensors(struct made *m, const char *prefix)
{
    m->n = idc_params_size(m->params);
    for (size_t i = 0; i < m->n; i++) {
        idc_tensor *x = idc_params_at(m->params, i);
        snprintf(m->names[i], sizeof m->names[i], "%s%s", prefix, x->name + strlen("encoder."));
        m->tensors[i] = (idc_safetensor){m->names[i], x->dtype, x->ndim,
                                         {0},         x->data,  (size_t)idc_tensor_count(x) * 4};
        memcpy(m->tensors[i].shape, x->shape, sizeof x->shape);
    }
}

static void unmake(struct made *m)
{
    idc_encoder_free(&m->enc);
    idc_params_free(&m->params);
}

static int load(struct made *to, const struct made *from, idc_error *err)
{
    char path[] = "/tmp/idc-resnet-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    idc_safetensors *file = NULL;
    must(idc_safetensors_write(path, from->tensors, from->n, NULL, 0, err), err);
    must(idc_safetensors_open(&file, path, err), err);
    int rc = idc_encoder_load(to->enc, file, "w.safetensors", err);
    idc_safetensors_close(&file);
    unlink(path);
    close(fd);
    return rc;
}

static void torchvision_and_trainer_names_load(void **state)
{
    static const char *const prefixes[] = {"", "module.", "encoder.", "backbone."};
    (void)state;
    for (size_t p = 0; p < 4; p++) {
        struct made a, b;
        idc_error err = IDC_NO_ERROR;
        make(&a, 5);
        make(&b, 0);
        make_tensors(&a, prefixes[p]);
        must(load(&b, &a, &err), &err);
        for (size_t i = 0; i < a.n; i++)
            assert_memory_equal(idc_params_at(a.params, i)->data, idc_params_at(b.params, i)->data,
                                a.tensors[i].bytes);
        unmake(&a);
        unmake(&b);
    }
}

static void half_precision_loads(void **state)
{
    (void)state;
    struct made a, b;
    idc_error err = IDC_NO_ERROR;
    make(&a, 5);
    make(&b, 0);
    make_tensors(&a, "");
    size_t count = a.tensors[0].bytes / 4;
    uint16_t *half = malloc(count * 2);
    idc_f32_to_f16(half, a.tensors[0].data, count);
    a.tensors[0].dtype = IDC_DTYPE_F16;
    a.tensors[0].data = half;
    a.tensors[0].bytes = count * 2;
    must(load(&b, &a, &err), &err);
    assert_true(distance(idc_f32(idc_params_at(a.params, 0)), idc_f32(idc_params_at(b.params, 0)),
                         (int64_t)count) < 5e-4);
    free(half);
    unmake(&a);
    unmake(&b);
}

static void lacks_and_faults_are_named(void **state)
{
    (void)state;
    struct made a, b;
    idc_error err = IDC_NO_ERROR;
    make(&a, 5);
    make(&b, 0);
    make_tensors(&a, "");
    snprintf(a.names[7], sizeof a.names[7], "other");
    assert_int_equal(load(&b, &a, &err), IDC_E_MISSING);
    assert_non_null(strstr(err.text, "w.safetensors: no tensor 'layer1.0.bn1.bias'"));
    make_tensors(&a, "");
    a.tensors[1].shape[0] = 32;
    a.tensors[1].bytes = 128;
    assert_int_equal(load(&b, &a, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "bn1.weight"));
    make_tensors(&a, "");
    idc_f32(idc_params_at(a.params, 5))[3] = NAN;
    assert_int_equal(load(&b, &a, &err), IDC_E_NUMERIC);
    idc_f32(idc_params_at(a.params, 5))[3] = 0;
    a.tensors[a.n] = a.tensors[0];
    a.tensors[a.n++].name = "layer1.2.conv1.weight";
    assert_int_equal(load(&b, &a, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "deeper than resnet18"));
    make_tensors(&a, "other.");
    assert_int_equal(load(&b, &a, &err), IDC_E_MISSING);
    unmake(&a);
    unmake(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet18_stage4),
        cmocka_unit_test(resnet18_unfolded),
        cmocka_unit_test(resnet34_stage2),
        cmocka_unit_test(resnet50_stage4),
        cmocka_unit_test(resnet101_stage3),
        cmocka_unit_test(parameter_counts),
        cmocka_unit_test(half_precision_loads),
        cmocka_unit_test(torchvision_and_trainer_names_load),
        cmocka_unit_test(lacks_and_faults_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
