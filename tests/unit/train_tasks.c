/* Whole runs of pre-training: a resumed one equals one that was not stopped, tasks are learned, negatives are checked. */
#include "tiny_run.h"

/* 60 steps, of which a resumed run has 50. */
static void all_tasks(idc_train_settings *s)
{
    s->steps = 60;
    for (int i = 0; i < IDC_TASKS; i++)
        s->ratio[i] = i != IDC_TASK_NABIRDS; /* whose classes only stores have */
    s->retrieve = 2;
    s->replace = s->confuse = 1;
    s->plain_share = 0.5;
    s->mirror = 0.5;
    s->mask_text = 1;
}

static void a_resumed_pretrain_run_ends_bit_for_bit_alike(void **state)
{
    (void)state;
    idc_train_options o = options(IDC_STAGE_PRETRAIN, NULL, NULL);
    all_tasks(&o.settings);
    straight_equals_resumed(&o, "pretrain");
}

static const idc_safetensor *stored(const char *path, const char *name, idc_safetensors **f)
{
    idc_error err = IDC_NO_ERROR;
    if (idc_safetensors_open(f, path, &err) < 0)
        fail_msg("%s", err.text);
    return idc_safetensors_find(*f, name);
}

/* What soft masks and the focal factor add leaves no trace where it is off: exponent 0, masks that would only begin after the run. */
static void soft_masks_that_are_off_change_no_bit(void **state)
{
    (void)state;
    char paths[3][96];
    idc_error err = IDC_NO_ERROR;
    for (int i = 0; i < 3; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/off-%d", folder, i);
        idc_train_options o = options(IDC_STAGE_PRETRAIN, paths[i], NULL);
        all_tasks(&o.settings);
        o.settings.steps = 20;
        o.settings.soft_weight = i;
        o.settings.soft_from = i == 1 ? 1 : 0;
        o.settings.content_words = i;
        o.settings.soft_block = -1; /* of a cross-modal encoder of one block */
        if (idc_train_run(&o, NULL, &err) < 0)
            fail_msg("%s", err.text);
    }
    assert_same_tensors(paths[0], paths[1]);
    idc_safetensors *a, *b;
    const idc_safetensor *x = stored(paths[0], "model.img_project.weight", &a);
    const idc_safetensor *y = stored(paths[2], "model.img_project.weight", &b);
    assert_memory_not_equal(x->data, y->data, x->bytes);
    idc_safetensors_close(&a);
    idc_safetensors_close(&b);
}

/* Words and sentences are told better than by chance; fine-tuning goes on from all tensors, but for a pooler of another shape. */
static void tasks_are_learned_and_taken_over(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96], other[96], fine[96];
    snprintf(save, sizeof save, "%s/tasks", folder);
    snprintf(other, sizeof other, "%s/other-pooler", folder);
    snprintf(fine, sizeof fine, "%s/fine", folder);
    idc_train_options o = options(IDC_STAGE_PRETRAIN, save, NULL);
    all_tasks(&o.settings);
    o.settings.ratio[IDC_TASK_ITM_A] = o.settings.ratio[IDC_TASK_ITM_B] = 0;
    o.settings.plain_share = 1;
    o.settings.replace = o.settings.confuse = o.settings.mirror = 0;
    o.settings.steps = 400;
    o.settings.log_every = 80;
    o.settings.lr = 5e-3;
    o.settings.fda_temperature = 0.1;
    o.validate = shards;
    o.n_validate = 1;
    o.log = file("tasks.jsonl");
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(logged(o.log, 5, "mlm") < 0.5 * logged(o.log, 0, "mlm"));
    assert_true(logged(o.log, 5, "fda") < 0.8 * logged(o.log, 0, "fda"));
    assert_true(logged(o.log, 5, "mvcl") < logged(o.log, 0, "mvcl"));
    idc_safetensors *a, *b;
    const idc_safetensor *w = stored(save, "model.pooler.weight", &a);
    assert_non_null(idc_safetensors_find(a, "model.feat_regress.net.0.weight"));
    idc_safetensor list[] = {*w, *idc_safetensors_find(a, "model.word_embedding.weight")};
    list[0].shape[1] /= 2; /* as if of one token */
    list[0].bytes /= 2;
    idc_safetensors_metadata_entry entry = {"config", idc_safetensors_metadata(a, "config")};
    assert_int_equal(idc_safetensors_write(other, list, 2, &entry, 1, &err), 0);
    const char *const from[] = {save, other};
    for (int i = 0; i < 2; i++) {
        idc_train_options p = options(IDC_STAGE_FINETUNE, fine, from[i]);
        p.settings.steps = 1;
        p.settings.lr = 0;
        if (idc_train_run(&p, NULL, &err) < 0)
            fail_msg("%s", err.text);
        const idc_safetensor *words = stored(fine, list[1].name, &b);
        assert_memory_equal(words->data, list[1].data, words->bytes);
        w = idc_safetensors_find(b, "model.pooler.weight");
        assert_int_equal(memcmp(w->data, list[0].data, list[0].bytes) == 0, i == 0);
        idc_safetensors_close(&b);
    }
    idc_safetensors_close(&a);
}

/* The auxiliary loss falls, and a run that was stopped goes on bit for bit. */
static void fine_tuning_keeps_fda_beside_the_words(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    char save[96];
    snprintf(save, sizeof save, "%s/kept", folder);
    idc_train_options o = options(IDC_STAGE_FINETUNE, save, NULL);
    o.settings.ratio[IDC_TASK_FDA] = 0.5;
    o.settings.retrieve = 2;
    o.settings.replace = o.settings.confuse = 0;
    o.settings.fda_temperature = 0.1;
    o.settings.steps = 200;
    o.settings.log_every = 50;
    o.settings.lr = 5e-3;
    o.log = file("kept.jsonl");
    if (idc_train_run(&o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(logged(o.log, 3, "fda") < 0.9 * logged(o.log, 0, "fda"));
    assert_true(logged(o.log, 3, "words") < logged(o.log, 0, "words"));
    o.log = NULL;
    o.settings.steps = 60;
    straight_equals_resumed(&o, "kept-resumed");
}

static void refused(idc_train_options *o, int code, const char *text)
{
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_train_run(o, NULL, &err), code);
    if (!strstr(err.text, text))
        fail_msg("'%s' does not say '%s'", err.text, text);
}

static void negatives_are_checked_before_the_first_step(void **state)
{
    (void)state;
    char save[96], list[96];
    snprintf(save, sizeof save, "%s/refused", folder);
    snprintf(list, sizeof list, "%s/negatives.jsonl", folder);
    static const struct {
        const char *line, *says;
        int code;
    } bad[] = {
        {"{\"sentences\": [\"it has moved\"], \"neg_samples\": [\"it turned red\"]}",
         "line 2: neg_samples: 1 sentences, 2 are wanted", IDC_E_RANGE},
        {"{\"sentences\": [\"it has moved\"], \"neg_samples\": [\"it turned red\", \"it turned "
         "pink\"]}",
         "line 2: 'it turned pink' has a word that the vocabulary lacks", IDC_E_MISMATCH},
        {"{\"sentences\": [\"it has moved\"], \"neg_samples\": [\"it turned red\", \"It has "
         "moved.\"]}",
         "line 2: neg_samples: sentence 1 is one of the pair's own", IDC_E_MISMATCH},
        {"{\"sentences\": [\"\"], \"neg_samples\": []}", "line 2: a sentence is empty",
         IDC_E_INVALID},
        {"{\"neg_samples\": []}", "line 2: sentences: missing or empty", IDC_E_MISSING},
        {"nonsense", "line 2: ", IDC_E_INVALID},
    };
    idc_train_options o = options(IDC_STAGE_PRETRAIN, save, NULL);
    o.settings.retrieve = 40;
    o.settings.ratio[IDC_TASK_MLM] = o.settings.ratio[IDC_TASK_MVCL] = 0;
    refused(&o, IDC_E_RANGE, "fda: 44 negatives a pair, but the data have 8 different sentences");
    o.settings.retrieve = 2;
    o.settings.replace = o.settings.confuse = 0;
    o.negatives = list;
    refused(&o, IDC_E_MISSING, "negatives.jsonl: no such file");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        FILE *f = fopen(list, "w");
        fprintf(f,
                "{\"img1\": \"a\", \"description\": [[\"it\", \"turned\", \"red\"]], "
                "\"neg_samples\": [\"it has moved\", \"it turned blue\"]}\n%s\n",
                bad[i].line);
        fclose(f);
        refused(&o, bad[i].code, bad[i].says);
    }
    FILE *f = fopen(list, "w");
    fputs("{\"sentences\": [\"it turned red\"], \"neg_samples\": [\"it has moved\", \"it turned "
          "blue\"]}\n",
          f);
    fclose(f);
    refused(&o, IDC_E_MISSING, "negatives.jsonl: no negatives for '");
    for (int i = 0; i < IDC_TASKS; i++)
        o.settings.ratio[i] = 0;
    refused(&o, IDC_E_INVALID, "all 0: nothing to learn");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_pretrain_run_ends_bit_for_bit_alike),
        cmocka_unit_test(soft_masks_that_are_off_change_no_bit),
        cmocka_unit_test(tasks_are_learned_and_taken_over),
        cmocka_unit_test(fine_tuning_keeps_fda_beside_the_words),
        cmocka_unit_test(negatives_are_checked_before_the_first_step),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
