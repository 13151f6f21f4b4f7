/* Records on their way through idc-diff, idc-contrast and idc-decode-caption. */
#include "tiny_model.h"

#include <math.h>

#include "model/caption.h"
#include "model/contrast.h"
#include "model/pairing.h"

typedef struct bench {
    idc_model *m;
    idc_pairing *p;
} bench;

static bench set_up(int window)
{
    idc_error err = IDC_NO_ERROR;
    bench b = {tiny_open(IDC_MODEL_NETWORK), NULL};
    if (idc_pairing_new(&b.p, b.m, window, &err) < 0)
        fail_msg("%s", err.text);
    return b;
}

static void tear_down(bench *b)
{
    idc_pairing_free(&b->p);
    idc_model_close(&b->m);
}

static void add(bench *b, const char *id, int seed, int uses)
{
    idc_error err = IDC_NO_ERROR;
    idc_record *r = tiny_feature(b->m, id, seed, uses);
    if (idc_pairing_add(b->p, r, &err) < 0)
        fail_msg("%s", err.text);
    idc_record_free(&r);
}

static int join(bench *b, const char *before, const char *after, idc_record **diff, idc_error *err)
{
    idc_record *pair = tiny_pair("p", before, after);
    int rc = idc_pairing_join(b->p, pair, diff, err);
    idc_record_free(&pair);
    return rc;
}

static int try_join(bench *b, const char *before, const char *after)
{
    idc_error err = IDC_NO_ERROR;
    idc_record *diff;
    int rc = join(b, before, after, &diff, &err);
    assert_true((rc == 0) == (diff != NULL));
    if (rc == IDC_E_MISSING)
        assert_non_null(strstr(err.text, "pair 'p': picture '"));
    idc_record_free(&diff);
    return rc;
}

static void the_window_forgets_the_oldest(void **state)
{
    (void)state;
    bench b = set_up(2);
    add(&b, "a", 1, -1);
    add(&b, "b", 2, -1);
    assert_int_equal(try_join(&b, "a", "b"), 0);
    add(&b, "c", 3, -1);
    assert_int_equal(try_join(&b, "a", "b"), IDC_E_MISSING);
    assert_int_equal(try_join(&b, "b", "c"), 0);
    add(&b, "b", 4, -1); /* again: it is the newest now */
    add(&b, "d", 4, -1);
    assert_int_equal(try_join(&b, "c", "d"), IDC_E_MISSING);
    assert_int_equal(try_join(&b, "b", "d"), 0);
    tear_down(&b);
}

static void uses_are_counted(void **state)
{
    (void)state;
    bench b = set_up(1);
    add(&b, "a", 1, 3);
    add(&b, "b", 2, 1);
    add(&b, "never", 3, 0);
    add(&b, "x", 4, -1);
    assert_int_equal(try_join(&b, "never", "x"), IDC_E_MISSING);
    assert_int_equal(try_join(&b, "a", "b"), 0);
    assert_int_equal(try_join(&b, "b", "x"), IDC_E_MISSING);
    assert_int_equal(try_join(&b, "a", "a"), 0); /* a picture with itself is one use */
    assert_int_equal(try_join(&b, "a", "nobody"), IDC_E_MISSING); /* and a failed pair is one */
    assert_int_equal(try_join(&b, "a", "x"), IDC_E_MISSING);
    tear_down(&b);
}

static void wrong_features_are_refused(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    bench b = set_up(4);
    idc_record *r = tiny_feature(b.m, "a", 1, -1);
    idc_record_set_string(r, "encoder", "0123456789abcdef0123456789abcdef");
    assert_int_equal(idc_pairing_add(b.p, r, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "feature 'a': made by encoder 0123456789ab"));
    idc_record_free(&r);

    float v[12] = {0};
    r = tiny_feature(b.m, "b", 1, -1);
    idc_record_set_array(r, "feature", &(idc_array){IDC_DTYPE_F32, 3, {2, 2, 3}, v});
    assert_int_equal(idc_pairing_add(b.p, r, &err), IDC_E_MISMATCH);
    idc_record_free(&r);

    r = tiny_feature(b.m, "c", 1, -1);
    idc_record_remove(r, "feature");
    assert_int_equal(idc_pairing_add(b.p, r, &err), IDC_E_MISSING);
    idc_record_free(&r);

    const idc_network_config *c = &b.m->config.network;
    idc_array a = {IDC_DTYPE_F32, 3, {c->grid[0], c->grid[1], c->feature}, NULL};
    float *bad = calloc(idc_array_count(&a), sizeof *bad);
    bad[5] = INFINITY;
    a.data = bad;
    r = tiny_feature(b.m, "d", 1, -1);
    idc_record_set_array(r, "feature", &a);
    assert_int_equal(idc_pairing_add(b.p, r, &err), IDC_E_NUMERIC);
    assert_int_equal(try_join(&b, "d", "d"), IDC_E_MISSING);
    idc_record_free(&r);
    free(bad);
    tear_down(&b);
}

static idc_record *good_diff(bench *b)
{
    idc_error err = IDC_NO_ERROR;
    idc_record *diff;
    add(b, "a", 1, -1);
    add(b, "b", 5, -1);
    if (join(b, "a", "b", &diff, &err) < 0)
        fail_msg("%s", err.text);
    return diff;
}

static void a_diff_has_its_fields(void **state)
{
    (void)state;
    bench b = set_up(4);
    idc_record *diff = good_diff(&b);
    const char *text;
    idc_array a;
    assert_true(idc_record_is(diff, "diff"));
    assert_int_equal(idc_record_get_string(diff, "type", &text, NULL), 0);
    assert_string_equal(text, "color");
    assert_int_equal(idc_record_get_string(diff, "model", &text, NULL), 0);
    assert_string_equal(text, b.m->fingerprint);
    assert_int_equal(idc_record_get_array(diff, "tokens", &a, NULL), 0);
    assert_int_equal(a.shape[0], 2 * (2 * 3 + 1));
    assert_int_equal(a.shape[1], b.m->config.network.width);
    assert_int_equal(idc_record_get_array(diff, "pooled", &a, NULL), 0);
    assert_int_equal(a.shape[1], b.m->config.network.feature);
    assert_int_equal(idc_record_get_array(diff, "pointer", &a, NULL), 0);
    float map[48], sum = 0; /* two pictures, on the encoder's grid of 4 by 6 cells */
    assert_int_equal(idc_array_bytes(&a), sizeof map);
    memcpy(map, a.data, sizeof map);
    for (int i = 0; i < 24; i++)
        sum += map[i];
    assert_true(sum >= 0 && sum <= 1.0001f);
    idc_record_free(&diff);
    tear_down(&b);
}

static void contrast_adds_change_and_domain(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    bench b = set_up(4);
    idc_record *diff = good_diff(&b);
    idc_contrast *c;
    double change, domain;
    bool changed;
    assert_int_equal(idc_contrast_new(&c, b.m, &err), 0);
    assert_int_equal(idc_contrast_add(c, diff, 0.0, &err), 0);
    assert_int_equal(idc_record_get_double(diff, "change", &change, &err), 0);
    assert_int_equal(idc_record_get_bool(diff, "changed", &changed, &err), 0);
    assert_true(change >= 0 && change <= 1 && changed);
    assert_int_equal(idc_record_get_double(diff, "domain", &domain, &err), 0);
    assert_true(domain >= 0 && domain < 0.5); /* no picture has such features */
    assert_true(idc_contrast_strange(c));

    idc_record_set_string(diff, "model", "0123456789abcdef0123456789abcdef");
    assert_int_equal(idc_contrast_add(c, diff, 0.5, &err), IDC_E_MISMATCH);
    idc_record_set_string(diff, "model", b.m->fingerprint);
    float few[6] = {0};
    idc_record_set_array(diff, "pooled", &(idc_array){IDC_DTYPE_F32, 2, {2, 3}, few});
    assert_int_equal(idc_contrast_add(c, diff, 0.5, &err), IDC_E_MISMATCH);
    idc_record_set_array(diff, "tokens", &(idc_array){IDC_DTYPE_F32, 2, {2, 3}, few});
    assert_int_equal(idc_contrast_add(c, diff, 0.5, &err), IDC_E_MISMATCH);
    idc_contrast_free(&c);
    idc_record_free(&diff);
    tear_down(&b);
}

/* The mean of the training pictures is as much at home as can be; the threshold is one half. */
static void domain_is_one_half_at_the_threshold(void **state)
{
    (void)state;
    idc_model *m = tiny_open(IDC_MODEL_NETWORK);
    int f = m->config.network.feature;
    float *x = malloc((size_t)f * sizeof *x);
    memcpy(x, m->domain_mean->data, (size_t)f * sizeof *x);
    assert_true(idc_domain_distance(m, x) == 0);
    for (int i = 0; i < f; i++)
        x[i] += 3.0f / idc_f32(m->domain_inverse_deviation)[i];
    assert_true(fabs(idc_domain_distance(m, x) - 9) < 1e-3);
    idc_model_config c = {.temperature = 2, .none_bias = 1};
    assert_true(fabs(idc_change_probability(&c, (float[]){0.5f, 1.5f}) - 0.5) < 1e-12);
    assert_true(fabs(idc_change_probability(&c, (float[]){0, 3}) - 1 / (1 + exp(-1))) < 1e-12);
    free(x);
    idc_model_close(&m);
}

static void a_caption_is_a_line(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    bench b = set_up(4);
    idc_record *diff = good_diff(&b), *caption;
    idc_captioner *c;
    idc_caption_options o = {.decode = IDC_DECODE_DEFAULTS, .sentences = 2};
    assert_int_equal(idc_captioner_new(&c, b.m, &o, &err), 0);
    if (idc_captioner_say(c, diff, &caption, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(idc_record_is(caption, "caption"));
    assert_false(idc_record_has(caption, "tokens"));
    char *line = idc_caption_json(caption);
    assert_non_null(strstr(line, "\"id\":\"p\""));
    assert_non_null(strstr(line, "\"text\":\""));
    assert_non_null(strstr(line, "\"nbest\":[{\"text\":\""));
    assert_non_null(strstr(line, "\"box_before\":"));
    assert_null(strchr(line, '\n'));
    free(line);
    idc_record_free(&caption);
    idc_record_free(&diff);
    idc_captioner_free(&c);
    tear_down(&b);

    idc_error cause = IDC_NO_ERROR;
    idc_fail(&cause, IDC_E_IO, "a \"b\".jpg: no such file");
    idc_record *failed = idc_record_error("idc-decode", "x", &cause);
    line = idc_caption_json(failed);
    assert_string_equal(line, "{\"id\":\"x\",\"error\":\"a \\\"b\\\".jpg: no such file\"}");
    free(line);
    idc_record_free(&failed);
}

static void boxes_lie_around_the_peak(void **state)
{
    (void)state;
    const int grid[2] = {3, 4};
    const double size[2] = {400, 300};
    double box[4];
    float map[12] = {0,    0, 0, 0, 0, 0.4f,
                     0.1f, 0, 0, 0, 0, 0.3f}; /* the last cell touches the one of 0.1 */
    assert_true(idc_pointer_box(box, map, grid, size));
    assert_true(box[0] == 100 && box[1] == 100 && box[2] == 400 && box[3] == 300);
    map[6] = 0.05f; /* too little to join them */
    assert_true(idc_pointer_box(box, map, grid, size));
    assert_true(box[0] == 100 && box[1] == 100 && box[2] == 200 && box[3] == 200);
    map[11] = 0;
    assert_false(idc_pointer_box(box, map, grid, size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_forgets_the_oldest),
        cmocka_unit_test(uses_are_counted),
        cmocka_unit_test(wrong_features_are_refused),
        cmocka_unit_test(a_diff_has_its_fields),
        cmocka_unit_test(contrast_adds_change_and_domain),
        cmocka_unit_test(domain_is_one_half_at_the_threshold),
        cmocka_unit_test(a_caption_is_a_line),
        cmocka_unit_test(boxes_lie_around_the_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
