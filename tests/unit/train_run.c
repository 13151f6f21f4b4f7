/* Whole runs of a tiny model: a resumed run equals one that was not stopped, losses fall, bad input is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <omp.h>
#include <unistd.h>

#include "make_shard.h"
#include "model/train.h"

static const char config_text[] = "{\"name\": \"tiny\", \"input\": {\"size\": [64, 32], "
                                  "\"filter\": \"bicubic\", \"mean\": [0.45, 0.45, 0.45], "
                                  "\"scale\": [4, 4, 4]}, \"encoder\": {\"kind\": \"cnn\", "
                                  "\"widths\": [4, 4, 8, 8]}, \"network\": {\"width\": 16, "
                                  "\"heads\": 2, \"feed_forward\": 32, \"single_blocks\": 1, "
                                  "\"pair_blocks\": 1, \"cross_blocks\": 1, \"feature\": 27, "
                                  "\"grid\": [4, 8], \"pool\": 2, \"projection\": \"linear\", "
                                  "\"position\": \"fourier\", \"norm\": \"sample\", "
                                  "\"matching\": {\"heads\": 2, \"reduce\": 4, \"hidden\": 16}, "
                                  "\"helper_heads\": true, \"caption\": \"next\", "
                                  "\"tied_output\": true, \"max_length\": 12, \"dropout\": 0}}";

static char folder[] = "/tmp/idc-train-run-XXXXXX";
static char shard[80], config[80];

static const char *file(const char *name)
{
    static char path[4][96];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static int make(void **state)
{
    (void)state;
    omp_set_num_threads(1);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(shard, sizeof shard, "%s/shard.safetensors", folder);
    snprintf(config, sizeof config, "%s/config.json", folder);
    FILE *f = fopen(config, "w");
    if (f == NULL || fputs(config_text, f) == EOF || fclose(f) != 0)
        return -1;
    return shard_make(shard, 18);
}

static int unmake(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : -1;
}

typedef struct watch {
    uint64_t done, stop_at;
} watch;

static int stop(void *user)
{
    watch *w = user;
    return ++w->done == w->stop_at;
}

static const char *const shards[] = {shard};

static idc_train_options options(enum idc_train_stage stage, const char *save, const char *init)
{
    idc_train_options o = {
        .data = shards, .n_data = 1, .config = config, .save = save, .init = init};
    idc_train_settings_default(&o.settings, stage);
    o.settings.steps = 20;
    o.settings.warmup = 2;
    o.settings.batch = 8;
    o.settings.triples = 3;
    o.settings.encoder_lr = stage == IDC_STAGE_ENCODER ? 1 : 0.1;
    return o;
}

static void assert_same_tensors(const char *a, const char *b)
{
    idc_safetensors *x, *y;
    assert_int_equal(idc_safetensors_open(&x, a, NULL), 0);
    assert_int_equal(idc_safetensors_open(&y, b, NULL), 0);
    assert_int_equal(idc_safetensors_size(x), idc_safetensors_size(y));
    for (size_t i = 0; i < idc_safetensors_size(x); i++) {
        const idc_safetensor *p = idc_safetensors_at(x, i), *q = idc_safetensors_find(y, p->name);
        assert_non_null(q);
        assert_int_equal(p->bytes, q->bytes);
        if (memcmp(p->data, q->data, p->bytes) != 0)
            fail_msg("%s differs", p->name);
    }
    idc_safetensors_close(&x);
    idc_safetensors_close(&y);
}

static void straight_equals_resumed(enum idc_train_stage stage, const char *name)
{
    char straight[96], halves[96];
    snprintf(straight, sizeof straight, "%s/%s-straight", folder, name);
    snprintf(halves, sizeof halves, "%s/%s-halves", folder, name);
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(stage, straight, NULL);
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    watch w = {.stop_at = 10};
    idc_train_hooks hooks = {.user = &w, .stopped = stop};
    o.save = halves;
    assert_int_equal(idc_train_run(&o, &hooks, &err), IDC_E_STOPPED);
    assert_int_equal(access(halves, F_OK), -1); /* no model from half a run */
    o.resume = 1;
    err = (idc_error)IDC_NO_ERROR;
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_same_tensors(straight, halves);
}

static void a_resumed_encoder_run_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    straight_equals_resumed(IDC_STAGE_ENCODER, "encoder");
}

static void a_resumed_finetune_run_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    straight_equals_resumed(IDC_STAGE_FINETUNE, "finetune");
}

static double logged(const char *path, int line, const char *key)
{
    char text[4096], quoted[64];
    FILE *f = fopen(path, "r");
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    for (int i = 0; i <= line; i++)
        if (f == NULL || fgets(text, sizeof text, f) == NULL)
            fail_msg("%s: no line %d", path, i);
    fclose(f);
    const char *at = strstr(text, quoted);
    if (at == NULL)
        fail_msg("no %s in %s", key, text);
    return strtod(at + strlen(quoted), NULL);
}

static void losses_fall_and_a_frozen_encoder_stays(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(IDC_STAGE_ENCODER, file("e"), NULL);
    o.settings.steps = 300;
    o.settings.log_every = 60;
    o.settings.lr = 1e-2;
    o.log = file("e.jsonl");
    assert_int_equal(idc_train_run(&o, NULL, &err), 0);
    assert_true(logged(o.log, 4, "loss") < 0.6 * logged(o.log, 0, "loss"));
    idc_train_options p = options(IDC_STAGE_FINETUNE, file("f"), o.save);
    p.config = NULL; /* the sizes come from the encoder's file */
    p.validate = shards;
    p.n_validate = 1;
    p.settings.encoder_lr = 0;
    p.settings.steps = 100;
    p.settings.log_every = 20;
    p.settings.lr = 5e-3;
    p.log = file("f.jsonl");
    if (idc_train_run(&p, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(logged(p.log, 4, "words") < 0.5 * logged(p.log, 0, "words"));
    idc_safetensors *x, *y;
    assert_int_equal(idc_safetensors_open(&x, o.save, NULL), 0);
    assert_int_equal(idc_safetensors_open(&y, p.save, NULL), 0);
    const char *const kept[] = {"encoder.conv3.weight", "encoder.bn5.running_var",
                                "encoder.head.bias"};
    for (size_t i = 0; i < 3; i++) {
        const idc_safetensor *a = idc_safetensors_find(x, kept[i]),
                             *b = idc_safetensors_find(y, kept[i]);
        assert_memory_equal(a->data, b->data, a->bytes);
    }
    assert_non_null(idc_safetensors_find(y, "domain.mean"));
    idc_safetensors_close(&x);
    idc_safetensors_close(&y);
}

static void a_wild_rate_stops_with_the_step_named(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(IDC_STAGE_FINETUNE, file("wild"), NULL);
    o.settings.steps = 400;
    o.settings.lr = 10;
    o.settings.weight[IDC_LOSS_TYPE] = 1e6;
    o.settings.eps = 1e-16;
    o.settings.clip = 0;
    o.settings.weight_decay = 1;
    int rc = idc_train_run(&o, NULL, &err);
    if (rc != 0) { /* it need not diverge on every processor, but if it does it must say so */
        assert_int_equal(rc, IDC_E_NUMERIC);
        assert_non_null(strstr(err.text, "step "));
    }
}

static void settings_refuse_what_they_do_not_know(void **state)
{
    (void)state;
    idc_train_settings s;
    idc_error err = IDC_NO_ERROR;
    idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
    assert_int_equal(idc_train_settings_set(&s, "steps.lrr", "1", &err), IDC_E_MISSING);
    assert_non_null(strstr(err.text, "steps.lr"));
    assert_int_equal(idc_train_settings_set(&s, "steps.lr", "fast", &err), IDC_E_INVALID);
    assert_int_equal(idc_train_settings_set(&s, "batch.size", "1.5", &err), IDC_E_RANGE);
    FILE *f = fopen(file("a.ini"), "w");
    s.lr = 0.00125;
    idc_train_settings_print(&s, f);
    fclose(f);
    idc_train_settings again;
    idc_train_settings_default(&again, IDC_STAGE_FINETUNE);
    assert_int_equal(idc_train_settings_read(&again, file("a.ini"), &err), 0);
    assert_memory_equal(&again, &s, sizeof s);
    idc_train_settings_default(&again, IDC_STAGE_ENCODER);
    assert_int_equal(idc_train_settings_read(&again, file("a.ini"), &err), IDC_E_MISMATCH);
}

static void the_rate_rises_then_follows_a_cosine(void **state)
{
    (void)state;
    idc_train_settings s;
    idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
    s.steps = 1000;
    s.warmup = 100;
    s.lr = 1;
    s.final_lr = 0.02;
    assert_float_equal(idc_train_rate(&s, 0), 0.01, 1e-6);
    assert_float_equal(idc_train_rate(&s, 500), 0.51, 1e-9);
    assert_float_equal(idc_train_rate(&s, 999), 0.02, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_refuse_what_they_do_not_know),
        cmocka_unit_test(the_rate_rises_then_follows_a_cosine),
        cmocka_unit_test(a_resumed_encoder_run_ends_bit_for_bit_alike),
        cmocka_unit_test(a_resumed_finetune_run_ends_bit_for_bit_alike),
        cmocka_unit_test(losses_fall_and_a_frozen_encoder_stays),
        cmocka_unit_test(a_wild_rate_stops_with_the_step_named),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
