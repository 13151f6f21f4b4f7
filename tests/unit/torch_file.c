/* Files of torch.save: values of both forms, and what is refused. The files: tests/reference/torch_seeds.py. */
#include "encoder_golden.h"

#include "tensor/torch_file.h"

static const char *path_of(char path[1024], const char *name)
{
    const char *tests = getenv("TESTS");
    snprintf(path, 1024, "%s/fuzz/corpus/torch_file/%s", tests ? tests : "tests", name);
    return path;
}

static void expect(const idc_safetensors *file, const char *prefix, const char *key,
                   const float *want, size_t n)
{
    char name[64];
    float got[8];
    snprintf(name, sizeof name, "%s%s", prefix, key);
    const idc_safetensor *t = golden(file, name);
    uint16_t half[8];
    assert_int_equal(t->bytes, n * idc_dtype_size(t->dtype));
    if (t->dtype == IDC_DTYPE_F32) {
        memcpy(got, t->data, t->bytes);
    } else {
        memcpy(half, t->data, t->bytes);
        (t->dtype == IDC_DTYPE_F16 ? idc_f16_to_f32 : idc_bf16_to_f32)(got, half, n);
    }
    assert_memory_equal(got, want, n * sizeof *want);
}

static void check_values(const char *name, const char *prefix)
{
    static const float plain[] = {0, 1, 2, 3, 4, 5}, turned[] = {0, 3, 1, 4, 2, 5},
                       mean[] = {0.5f, -1.5f}, half[] = {1, 2, -0.5f}, brain[] = {3, -4};
    char path[1024], full[64];
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file;
    must(idc_tensors_open(&file, path_of(path, name), &err), &err);
    assert_int_equal(idc_safetensors_size(file), 7);
    expect(file, prefix, "conv.weight", plain, 6);
    expect(file, prefix, "conv.turned", turned, 6);
    expect(file, prefix, "conv.row", plain + 3, 3);
    expect(file, prefix, "bn.running_mean", mean, 2);
    expect(file, prefix, "half", half, 3);
    expect(file, prefix, "brain", brain, 2);
    snprintf(full, sizeof full, "%sbn.num_batches_tracked", prefix);
    const idc_safetensor *t = golden(file, full);
    int64_t count;
    assert_int_equal(t->dtype, IDC_DTYPE_I64);
    assert_int_equal(t->ndim, 0);
    memcpy(&count, t->data, sizeof count);
    assert_int_equal(count, 7);
    snprintf(full, sizeof full, "%sconv.turned", prefix);
    assert_int_equal(golden(file, full)->shape[0], 3);
    assert_int_equal(golden(file, full)->shape[1], 2);
    idc_safetensors_close(&file);
}

static void the_older_form(void **state)
{
    (void)state;
    check_values("legacy.pth", "");
}

static void the_archive(void **state)
{
    (void)state;
    check_values("archive.pth", "");
}

static void a_checkpoint(void **state)
{
    (void)state;
    check_values("checkpoint.pth", "state_dict.");
}

static void refusals_name_the_reason(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"system.pth", "it names 'os.system', which is not among what weights consist of"},
        {"getattr.pth", "it names '__builtin__.getattr'"},
        {"opcode.pth", "opcode 0x81 is not among what weights consist of"},
        {"cut.pth", "cut off: storage"},
        {"longer.pth", "2 bytes after its last storage"},
        {"archive-cut.pth", "ZIP: no end of the archive"},
        {"archive-flipped.pth", "is damaged (its CRC differs)"},
        {"beyond.pth", "tensor 'w': it reaches past its storage"},
        {"negative.pth", "tensor 'w': a size or stride is no number of at least 0"},
        {"before.pth", "tensor 'w': its storage is not in the file"},
        {"huge.pth", "tensor 'w': its shape is too large"},
        {"wide.pth", "a size or stride is no number of at least 0"},
        {"repeated.pth", "it shows elements of its storage more than once"},
        {"axes.pth", "more than 5 axes"},
        {"twice.pth", "tensor 'w': it occurs twice"},
        {"missing.pth", "names one that no tensor has"},
        {"two-lengths.pth", "two storages have one key"},
        {"itself.pth", "no tensor in its dictionary"},
        {"no-mark.pth", "a mark is missing"},
        {"empty.pth", "no tensor in its dictionary"},
        {"list.pth", "save the model's state_dict()"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[1024];
        idc_error err = IDC_NO_ERROR;
        idc_safetensors *file;
        if (idc_tensors_open(&file, path_of(path, rows[i].name), &err) == 0)
            fail_msg("%s was read", rows[i].name);
        assert_null(file);
        if (!strstr(err.text, rows[i].text) || !strstr(err.text, rows[i].name))
            fail_msg("%s: '%s', not '%s'", rows[i].name, err.text, rows[i].text);
    }
}

/* Every byte of the good files altered, and every length: nothing but a refusal or values. */
static void damage_is_survived(void **state)
{
    static const char *const names[] = {"legacy.pth", "archive.pth", "by-hand.pth"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char path[1024];
        static uint8_t bytes[1 << 16], copy[1 << 16];
        FILE *f = fopen(path_of(path, names[i]), "rb");
        assert_non_null(f);
        size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        for (size_t at = 0; at < n; at++) {
            idc_safetensors *file;
            memcpy(copy, bytes, n);
            copy[at] ^= (uint8_t)(1u << (at % 8));
            if (idc_torch_open_memory(&file, copy, n, "altered", NULL) == 0)
                idc_safetensors_close(&file);
            assert_true(idc_torch_open_memory(&file, bytes, at, "cut", NULL) < 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_older_form),     cmocka_unit_test(the_archive),
        cmocka_unit_test(a_checkpoint),       cmocka_unit_test(refusals_name_the_reason),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
