/* Whole runs of a tiny model: a resumed run equals one that was not stopped, losses fall, bad input is named. */
#include "tiny_run.h"

static void resumed_equals(enum idc_train_stage stage, const char *name)
{
    idc_train_options o = options(stage, NULL, NULL);
    straight_equals_resumed(&o, name);
}

static void a_resumed_encoder_run_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    resumed_equals(IDC_STAGE_ENCODER, "encoder");
}

static void a_resumed_finetune_run_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    resumed_equals(IDC_STAGE_FINETUNE, "finetune");
}

static void a_resumed_reinforce_run_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    resumed_equals(IDC_STAGE_REINFORCE, "reinforce");
}

/* From fresh parameters: sentences earn more and more, and the log says how much. */
static void rewards_rise(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(IDC_STAGE_REINFORCE, file("r"), NULL);
    o.settings.steps = 250;
    o.settings.log_every = 50;
    o.settings.lr = 1e-2;
    o.settings.samples = 6;
    o.settings.words_share = 0;
    o.settings.mirror = 0.5;
    o.log = file("r.jsonl");
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    double first = logged(o.log, 0, "samples"), last = logged(o.log, 4, "samples");
    if (!(last > 2 * first && logged(o.log, 4, "greedy") > logged(o.log, 0, "greedy")))
        fail_msg("rewards went from %g to %g", first, last);
    logged(o.log, 4, "reward");
    o.settings.words_share = 1;
    o.settings.steps = 50;
    o.log = file("w.jsonl");
    assert_int_equal(idc_train_run(&o, NULL, &err), 0);
    logged(o.log, 0, "words"); /* all is theirs, and nothing is drawn */
    char text[4096];
    FILE *f = fopen(o.log, "r");
    assert_non_null(fgets(text, sizeof text, f));
    fclose(f);
    assert_null(strstr(text, "\"reward\":"));
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

/* With rate 10 and weight decay 1 every matrix is multiplied by −9 in each step, so its squares overflow by step 21 or so. */
static idc_train_options diverging(const char *save)
{
    idc_train_options o = options(IDC_STAGE_FINETUNE, save, NULL);
    o.settings.steps = 100;
    o.settings.warmup = 0;
    o.settings.lr = 10;
    o.settings.weight_decay = 1;
    return o;
}

static void a_run_that_diverges_stops_with_step_and_tensor_named(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96];
    snprintf(save, sizeof save, "%s/wild", folder);
    idc_train_options o = diverging(save);
    assert_int_equal(idc_train_run(&o, NULL, &err), IDC_E_NUMERIC);
    unsigned step = 0;
    char what[32] = "", where[64] = "";
    if (sscanf(err.text, "step %u: the %31s is not finite (first in %63[^)])", &step, what,
               where) != 3)
        fail_msg("%s", err.text);
    assert_in_range(step, 2, 99);
    assert_non_null(strstr(err.text, "wild.checkpoint"));
    assert_int_equal(access(save, F_OK), -1); /* no model */
}

static void the_last_good_checkpoint_outlives_a_divergence(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96];
    snprintf(save, sizeof save, "%s/poisoned", folder);
    idc_train_options o = diverging(save);
    o.settings.checkpoint_seconds = 0; /* after every step */
    assert_int_equal(idc_train_run(&o, NULL, &err), IDC_E_NUMERIC);
    idc_safetensors *f;
    char path[112];
    snprintf(path, sizeof path, "%s.checkpoint", save);
    assert_int_equal(idc_safetensors_open(&f, path, &err), 0);
    for (size_t i = 0; i < idc_safetensors_size(f); i++) {
        const idc_safetensor *t = idc_safetensors_at(f, i);
        const float *x = t->data;
        for (size_t k = 0; t->dtype == IDC_DTYPE_F32 && k < t->bytes / sizeof *x; k++)
            if (!isfinite(x[k]))
                fail_msg("%s is not finite", t->name);
    }
    idc_safetensors_close(&f);
}

/* The state from before the first step: with a sane rate it goes on and ends well. */
static void a_diverged_run_can_be_resumed_with_a_sane_rate(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96];
    snprintf(save, sizeof save, "%s/again", folder);
    idc_train_options o = diverging(save);
    o.settings.checkpoint_seconds = 1e9;
    assert_int_equal(idc_train_run(&o, NULL, &err), IDC_E_NUMERIC);
    idc_train_options sane = options(IDC_STAGE_FINETUNE, save, NULL);
    sane.resume = 1;
    sane.settings.steps = 3;
    err = (idc_error)IDC_NO_ERROR;
    if (idc_train_run(&sane, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(access(save, F_OK), 0);
}

static void a_poisoned_weight_is_named(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96], poisoned[96];
    snprintf(save, sizeof save, "%s/good", folder);
    snprintf(poisoned, sizeof poisoned, "%s/bad", folder);
    idc_train_options o = options(IDC_STAGE_FINETUNE, save, NULL);
    o.settings.steps = 1;
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    idc_safetensors *f;
    assert_int_equal(idc_safetensors_open(&f, save, &err), 0);
    const idc_safetensor *t = idc_safetensors_find(f, "model.pooler.weight");
    assert_non_null(t);
    float *values = malloc(t->bytes);
    memcpy(values, t->data, t->bytes);
    values[1] = NAN;
    idc_safetensor bad = *t;
    bad.data = values;
    idc_safetensors_metadata_entry entry = {"config", idc_safetensors_metadata(f, "config")};
    assert_int_equal(idc_safetensors_write(poisoned, &bad, 1, &entry, 1, &err), 0);
    idc_safetensors_close(&f);
    free(values);
    o.init = poisoned;
    o.save = file("worse");
    assert_int_equal(idc_train_run(&o, NULL, &err), IDC_E_NUMERIC);
    assert_non_null(strstr(err.text, "step 1"));
    assert_non_null(strstr(err.text, "model.pooler.weight"));
}

static void words_of_init_and_of_the_list_must_agree(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96];
    snprintf(save, sizeof save, "%s/words", folder);
    idc_train_options o = options(IDC_STAGE_FINETUNE, save, NULL);
    o.settings.steps = 1;
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    FILE *f = fopen(file("list.json"), "w");
    fputs("[\"<PAD>\", \"<BOS>\", \"<EOS>\", \"<UNK>\", \"<CLS>\", \"<MASK>\", \"zebra\"]", f);
    fclose(f);
    o.init = save;
    o.vocabulary = file("list.json");
    o.save = file("words2");
    assert_int_equal(idc_train_run(&o, NULL, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "zebra"));
    assert_non_null(strstr(err.text, save));
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

/* Yao, Wang, Jin 2022: their pre-training on CLEVR (rate 1e-4, warm-up 8000) and their fine-tuning. */
static void the_papers_rates(void **state)
{
    (void)state;
    static const struct {
        uint64_t step;
        double rate;
    } rises[] = {{0, 1e-8},    {1, 1.25e-8},  {4000, 5e-5},
                 {8000, 1e-4}, {32000, 5e-5}, {250000, 1.788854e-5}};
    idc_train_settings s;
    idc_train_settings_default(&s, IDC_STAGE_PRETRAIN);
    assert_int_equal(idc_train_settings_set(&s, "steps.schedule", "inverse_sqrt", NULL), 0);
    s.warmup = 8000;
    s.lr = 1e-4;
    for (size_t i = 0; i < sizeof rises / sizeof *rises; i++)
        assert_true(fabs(idc_train_rate(&s, rises[i].step) / rises[i].rate - 1) < 1e-6);
    idc_train_settings_default(&s, IDC_STAGE_FINETUNE);
    assert_int_equal(idc_train_settings_set(&s, "steps.schedule", "steps", NULL), 0);
    s.warmup = 0;
    s.lr = 3e-5;
    assert_true(idc_train_rate(&s, 9999) == 3e-5 && idc_train_rate(&s, 10000) == 1.5e-5);
    assert_true(idc_train_rate(&s, 19999) == 1.5e-5 && idc_train_rate(&s, 90000) == 0.75e-5);
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_train_settings_set(&s, "steps.schedule", "linear", &err), IDC_E_INVALID);
    assert_non_null(strstr(err.text, "none of cosine, inverse_sqrt, steps"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_papers_rates),
        cmocka_unit_test(settings_refuse_what_they_do_not_know),
        cmocka_unit_test(the_rate_rises_then_follows_a_cosine),
        cmocka_unit_test(a_resumed_encoder_run_ends_bit_for_bit_alike),
        cmocka_unit_test(a_resumed_finetune_run_ends_bit_for_bit_alike),
        cmocka_unit_test(a_resumed_reinforce_run_ends_bit_for_bit_alike),
        cmocka_unit_test(rewards_rise),
        cmocka_unit_test(losses_fall_and_a_frozen_encoder_stays),
        cmocka_unit_test(a_run_that_diverges_stops_with_step_and_tensor_named),
        cmocka_unit_test(the_last_good_checkpoint_outlives_a_divergence),
        cmocka_unit_test(a_diverged_run_can_be_resumed_with_a_sane_rate),
        cmocka_unit_test(a_poisoned_weight_is_named),
        cmocka_unit_test(words_of_init_and_of_the_list_must_agree),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
