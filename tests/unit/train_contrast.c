/* Whole runs with contrast: every objective in both stages, from models without its head, stopped and resumed. */
#include "tiny_run.h"

#include "model/train_contrast.h"
#include "model/train_retrieval.h"

static void resumed_equals(enum idc_train_stage stage, const char *name, const char *contrast)
{
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(stage, NULL, NULL);
    if (idc_train_settings_contrast(&o.settings, contrast, &err) < 0)
        fail_msg("%s", err.text);
    o.settings.plain_share = 0.5;
    straight_equals_resumed(&o, name);
}

/* Stage finetune with contrast, from a model that has no head for it and with no word taught. */
static void contrast_needs_neither_head_nor_words(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(IDC_STAGE_FINETUNE, file("plain"), NULL);
    o.settings.steps = 1;
    assert_int_equal(idc_train_run(&o, NULL, &err), 0);
    idc_train_options p = options(IDC_STAGE_FINETUNE, file("itc"), o.save);
    p.config = NULL;
    p.settings.weight[IDC_LOSS_ITC] = 1;
    p.settings.weight[IDC_LOSS_WORDS] = p.settings.weight[IDC_LOSS_CHANGE] = 0;
    p.settings.steps = 60;
    p.settings.log_every = 20;
    p.settings.lr = 1e-2;
    p.settings.encoder_lr = 1;
    p.log = file("itc.jsonl");
    p.validate = shards;
    p.n_validate = 1;
    if (idc_train_run(&p, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(logged(p.log, 2, "itc") < logged(p.log, 0, "itc"));
    double found = logged(p.log, 3, "pair_to_text"), chance = logged(p.log, 3, "chance");
    assert_true(found >= 0 && found <= 1 && chance > 0 && chance < 1);
    idc_safetensors *x;
    assert_int_equal(idc_safetensors_open(&x, p.save, NULL), 0);
    const idc_safetensor *w = idc_safetensors_find(x, "model.itc.pair.weight");
    assert_non_null(w);
    assert_int_equal(w->shape[0], 128);
    assert_int_equal(w->shape[1], 32);
    idc_safetensors_close(&x);
}

static void a_resumed_run_with_contrast_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    resumed_equals(IDC_STAGE_FINETUNE, "itc", "infonce");
}

/* The twin, an average over all steps so far, is in the checkpoint. */
static void a_resumed_run_with_a_twin_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    resumed_equals(IDC_STAGE_FINETUNE, "tcl", "tcl");
}

static void a_resumed_pretrain_run_with_contrast_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    resumed_equals(IDC_STAGE_PRETRAIN, "pretrain-itc", "infonce:distill=0.4,ramp=5");
}

/* Targets of mlm and fda are softened by the twin: another loss from the same parameters, once those have moved. */
static void a_twin_softens_masked_words_and_candidates(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    double loss[2][2];
    for (int k = 0; k < 2; k++) {
        idc_train_options o = options(IDC_STAGE_PRETRAIN, file("soft"), NULL);
        o.settings.steps = o.settings.log_every = 8;
        o.settings.ratio[IDC_TASK_MLM] = o.settings.ratio[IDC_TASK_FDA] = 1;
        o.settings.ratio[IDC_TASK_MVCL] = 0;
        o.settings.plain_share = 0.5;
        o.settings.contrast.distill = k == 1 ? 0.4 : 0;
        o.log = file("soft.jsonl");
        remove(o.log);
        if (idc_train_run(&o, NULL, &err) < 0)
            fail_msg("%s", err.text);
        loss[k][0] = logged(o.log, 0, "mlm");
        loss[k][1] = logged(o.log, 0, "fda");
    }
    for (int i = 0; i < 2; i++)
        assert_true(isfinite(loss[1][i]) && loss[0][i] != loss[1][i]);
}

/* As a loss of fine-tuning, and as a task of pre-training. */
static void every_objective_can_be_trained(void **state)
{
    (void)state;
    size_t n;
    const idc_objective *all = idc_objectives(&n);
    for (size_t i = 0; i < 2 * n; i++) {
        idc_error err = IDC_NO_ERROR;
        enum idc_train_stage stage = i < n ? IDC_STAGE_FINETUNE : IDC_STAGE_PRETRAIN;
        idc_train_options o = options(stage, file("objective"), NULL);
        const char *name = all[i % n].name;
        o.settings.steps = 4;
        o.settings.log_every = 4;
        o.settings.plain_share = 0.5;
        o.log = file("objective.jsonl");
        remove(o.log);
        assert_int_equal(idc_train_settings_contrast(&o.settings, name, &err), 0);
        if (stage == IDC_STAGE_PRETRAIN)
            o.settings.ratio[IDC_TASK_MLM] = o.settings.ratio[IDC_TASK_MVCL] =
                o.settings.ratio[IDC_TASK_FDA] = 0;
        if (idc_train_run(&o, NULL, &err) < 0)
            fail_msg("%s: %s", name, err.text);
        double loss = logged(o.log, 0, "itc");
        if (!(isfinite(loss) && loss != 0))
            fail_msg("%s: loss %g", name, loss);
    }
}

/* coca sets the weights of words and hidden cells, and hides those most like the sentence, in one picture of each pair. */
static void coca_has_words_and_hidden_cells(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_train_options o = options(IDC_STAGE_FINETUNE, file("coca"), NULL);
    o.settings.steps = 4;
    o.settings.log_every = 4;
    o.log = file("coca.jsonl");
    assert_int_equal(idc_train_settings_contrast(&o.settings, "coca:words=3,cells=0.5", &err), 0);
    double weight[IDC_LOSSES] = {[IDC_LOSS_ITC] = 2};
    o.settings.weight[IDC_LOSS_ITC] = 2;
    idc_contrast_weigh(&o.settings, weight);
    assert_true(weight[IDC_LOSS_WORDS] == 6 && weight[IDC_LOSS_CHANGE] == 6);
    assert_true(weight[IDC_LOSS_TASK + IDC_TASK_MVCL] == 1);
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    double total = logged(o.log, 0, "loss"), sum = 0;
    static const struct {
        const char *name;
        double weight;
    } parts[] = {{"type", 1},   {"pointer", 0.5}, {"attributes", 0.25}, {"words", 6},
                 {"change", 6}, {"itc", 2},       {"mvcl", 1}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        sum += parts[i].weight * logged(o.log, 0, parts[i].name);
    assert_true(fabs(sum - total) < 1e-3 * fabs(total));
}

/* Pair 0 finds text 2 (the same sentence), 1 finds 0, 2 finds 1; text 0 finds pair 1, 1 finds 2, 2 finds 0. */
static void retrieval_counts_equal_sentences_as_right(void **state)
{
    (void)state;
    float pair[] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, text[] = {0, 1, 0, 0, 0, 1, 1, 0, 0};
    int32_t sentence[] = {7, 8, 7};
    idc_retrieval r = {
        .n = 3, .width = 3, .row = 1, .pair = pair, .text = text, .sentence = sentence};
    idc_retrieval_shares s = idc_retrieval_score(&r);
    assert_float_equal(s.pair_to_text, 1.0 / 3, 1e-9);
    assert_float_equal(s.text_to_pair, 1.0 / 3, 1e-9);
    assert_float_equal(s.chance, 5.0 / 9, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_run_with_contrast_ends_bit_for_bit_alike),
        cmocka_unit_test(a_resumed_run_with_a_twin_ends_bit_for_bit_alike),
        cmocka_unit_test(a_resumed_pretrain_run_with_contrast_ends_bit_for_bit_alike),
        cmocka_unit_test(contrast_needs_neither_head_nor_words),
        cmocka_unit_test(every_objective_can_be_trained),
        cmocka_unit_test(a_twin_softens_masked_words_and_candidates),
        cmocka_unit_test(retrieval_counts_equal_sentences_as_right),
        cmocka_unit_test(coca_has_words_and_hidden_cells),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
