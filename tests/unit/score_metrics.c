/* Metrics against numbers of the reference programs and against their definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/meteor.h"
#include "score/resample.h"
#include "score/scores.h"

static const idc_metric *const lexical[] = {&idc_metric_bleu, &idc_metric_rouge_l,
                                            &idc_metric_cider};
enum { BLEU_1, BLEU_2, BLEU_3, BLEU_4, ROUGE, CIDER, CIDER_D, CIDER_PLAIN };

/* Rows of id, sentence; a NULL id ends the list. */
static idc_corpus *corpus_of(const char *const references[][2], const char *const hypotheses[][2])
{
    idc_error err = IDC_NO_ERROR;
    idc_corpus *c = idc_corpus_new();
    assert_non_null(c);
    for (int k = 0; references[k][0]; k++)
        assert_int_equal(idc_corpus_add_reference(c, references[k][0], references[k][1],
                                                  strlen(references[k][1]), &err),
                         0);
    for (int k = 0; hypotheses[k][0]; k++)
        assert_int_equal(idc_corpus_add_hypothesis(c, 0, hypotheses[k][0], hypotheses[k][1],
                                                   strlen(hypotheses[k][1]), &err),
                         0);
    assert_int_equal(idc_corpus_close(c, IDC_TOKENIZE_NONE, &err), 0);
    return c;
}

static idc_scores scores_of(const idc_corpus *c, const idc_frequency *df, int threads)
{
    idc_error err = IDC_NO_ERROR;
    idc_measure m = {c, 0, c->scored, c->scored_count, threads, df, NULL};
    idc_scores s;
    assert_int_equal(idc_scores_measure(&s, lexical, 3, &m, &err), 0);
    return s;
}

static const char *const red_cube[][2] = {{"a", "the red cube moved left"},
                                          {"a", "a red cube has moved"},
                                          {"b", "no change was made"},
                                          {"c", "the big ball is gone now"},
                                          {NULL, NULL}};
static const char *const red_cube_said[][2] = {{"a", "the red cube moved"},
                                               {"b", "no change was made"},
                                               {"c", "the ball is missing"},
                                               {NULL, NULL}};

/* By hand: 11 of 12 words, 7 of 9 bigrams, 4 of 6 and 2 of 3 are in a reference; 12 words stand against 15. ROUGE-L and CIDEr are
 * those of pycocoevalcap 1.2. */
static void agrees_with_the_coco_evaluation(void **state)
{
    (void)state;
    idc_corpus *c = corpus_of(red_cube, red_cube_said);
    idc_scores s = scores_of(c, NULL, 2);
    static const double precision[] = {11.0 / 12, 7.0 / 9, 4.0 / 6, 2.0 / 3};
    double product = 1;
    for (int n = 0; n < 4; n++) {
        product *= precision[n];
        assert_true(fabs(s.overall[n] - pow(product, 1.0 / (n + 1)) * exp(1 - 15.0 / 12)) < 1e-8);
    }
    assert_true(fabs(s.overall[ROUGE] - 0.8168475) < 5e-8);
    assert_true(fabs(s.overall[CIDER] - 5.7261387) < 5e-8 &&
                s.overall[CIDER_D] == s.overall[CIDER]);
    double item[IDC_MAX_SCORES];
    idc_scores_item(&s, 0, item);
    assert_true(fabs(item[ROUGE] - 0.8714286) < 5e-8 && fabs(item[CIDER] - 5.3090714) < 5e-8);
    idc_scores_item(&s, 2, item);
    assert_true(fabs(item[ROUGE] - 0.5791139) < 5e-8 && fabs(item[CIDER] - 1.8693448) < 5e-8);
    idc_scores_free(&s);
    idc_corpus_free(&c);
}

static void cider_of_one_item_is_zero(void **state)
{
    (void)state;
    static const char *const one[][2] = {{"x", "the red cube"}, {NULL, NULL}};
    idc_corpus *c = corpus_of(one, one);
    idc_scores s = scores_of(c, NULL, 1);
    assert_true(s.overall[CIDER] == 0 && s.overall[CIDER_PLAIN] == 0);
    assert_true(s.overall[ROUGE] == 1);
    idc_scores_free(&s);
    idc_corpus_free(&c);
}

/* Ten documents, none of which has the item's words: every weight is count · log 10, both vectors are the same, so each
 * order gives 1; the fourth order has no n-gram. */
static void frequencies_of_a_file_give_one_item_a_score(void **state)
{
    (void)state;
    static const char *const one[][2] = {{"x", "the red cube"}, {NULL, NULL}};
    idc_frequency df = {.documents = 10};
    assert_int_equal(idc_frequency_set(&df, 12345, 3), 0);
    idc_corpus *c = corpus_of(one, one);
    idc_scores s = scores_of(c, &df, 1);
    assert_true(fabs(s.overall[CIDER] - 7.5) < 1e-12);
    idc_scores_free(&s);
    idc_corpus_free(&c);
    idc_frequency_free(&df);
}

static void empty_sentences_count(void **state)
{
    (void)state;
    static const char *const references[][2] = {
        {"a", "the cube"}, {"b", "the ball"}, {"c", ""}, {NULL, NULL}};
    static const char *const said[][2] = {{"a", "the cube"}, {"b", ""}, {"c", ""}, {NULL, NULL}};
    idc_corpus *c = corpus_of(references, said);
    idc_scores s = scores_of(c, NULL, 1);
    double item[IDC_MAX_SCORES];
    assert_int_equal(s.item_count, 3);
    idc_scores_item(&s, 1, item);
    assert_true(item[ROUGE] == 0 && item[BLEU_1] == 0);
    idc_scores_item(&s, 2, item); /* one empty word each */
    assert_true(item[ROUGE] == 1);
    assert_true(fabs(s.overall[ROUGE] - 2.0 / 3) < 1e-12);
    idc_scores_free(&s);
    idc_corpus_free(&c);
}

static void counts_what_is_not_scored(void **state)
{
    (void)state;
    static const char *const said[][2] = {
        {"a", "one"}, {"a", "the red cube moved"}, {"z", "nobody asked"}, {NULL, NULL}};
    idc_corpus *c = corpus_of(red_cube, said);
    assert_int_equal(c->scored_count, 1);
    assert_int_equal(c->missing, 2);
    assert_int_equal(c->unreferenced, 1);
    assert_int_equal(c->repeated, 1);
    assert_string_equal(c->hypotheses[0][0].text, "the red cube moved");
    idc_corpus_free(&c);
}

/* A sentence of 300 words against itself without every third word: the subsequence is what is left. */
static void long_sentences_use_the_other_subsequence_code(void **state)
{
    (void)state;
    char whole[4000] = "", part[4000] = "", word[16];
    for (int k = 0; k < 300; k++) {
        snprintf(word, sizeof word, "%sw%d", k ? " " : "", k % 7 * 43 + k);
        strcat(whole, word);
        if (k % 3 != 2)
            strcat(part, part[0] ? word : word + (k > 0));
    }
    const char *const references[][2] = {{"a", whole}, {NULL, NULL}};
    const char *const said[][2] = {{"a", part}, {NULL, NULL}};
    idc_corpus *c = corpus_of(references, said);
    idc_scores s = scores_of(c, NULL, 1);
    double p = 1, r = 200.0 / 300, b = 1.44;
    assert_true(fabs(s.overall[ROUGE] - (1 + b) * p * r / (r + b * p)) < 1e-12);
    idc_scores_free(&s);
    idc_corpus_free(&c);
}

static void resampling_does_not_depend_on_threads(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_corpus *c = corpus_of(red_cube, red_cube_said);
    idc_scores s = scores_of(c, NULL, 1);
    idc_interval one[IDC_MAX_SCORES], three[IDC_MAX_SCORES];
    idc_resampling r = {200, 7, 1};
    assert_int_equal(idc_bootstrap(&r, &s, 1, one, &err), 0);
    r.threads = 3;
    assert_int_equal(idc_bootstrap(&r, &s, 1, three, &err), 0);
    assert_memory_equal(one, three, (size_t)s.column_count * sizeof *one);
    for (int k = 0; k < s.column_count; k++)
        assert_true(one[k].low <= s.overall[k] && s.overall[k] <= one[k].high);
    double p[IDC_MAX_SCORES];
    for (int how = IDC_COMPARE_BOOTSTRAP; how <= IDC_COMPARE_RANDOMIZE;
         how++) { /* a system does not differ from itself */
        assert_int_equal(idc_compare(&r, how, &s, &s, p, &err), 0);
        for (int k = 0; k < s.column_count; k++)
            assert_true(p[k] == 1);
    }
    idc_scores_free(&s);
    idc_corpus_free(&c);
}

/* Holm 1979: 3·0.01, 2·0.03 and, since it may not be less than that, 0.06. */
static void holm_adjusts_in_steps(void **state)
{
    (void)state;
    double p[] = {0.03, 0.01, 0.04};
    idc_holm(p, 3);
    assert_true(fabs(p[1] - 0.03) < 1e-15 && fabs(p[0] - 0.06) < 1e-15 &&
                fabs(p[2] - 0.06) < 1e-15);
}

static void seeds_are_summarised(void **state)
{
    (void)state;
    const double values[] = {1, 2, 3};
    idc_seed_summary s = idc_summarise_seeds(values, 3);
    assert_true(fabs(s.mean - 2) < 1e-15 && fabs(s.sd - 1) < 1e-15);
    assert_true(fabs(s.high - (2 + 4.3026527 / sqrt(3))) < 1e-6);
    assert_true(isnan(idc_summarise_seeds(values, 1).sd));
}

static void stages_have_names(void **state)
{
    (void)state;
    assert_int_equal(idc_meteor_stages_named("exact,stem"), IDC_METEOR_EXACT | IDC_METEOR_STEM);
    assert_int_equal(idc_meteor_stages_named("exact,synonym"), -1);
    assert_int_equal(idc_meteor_stages_named("exact,stem,synonym,paraphrase"), IDC_METEOR_ALL);
    assert_int_equal(idc_meteor_stages_named("spice"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_coco_evaluation),
        cmocka_unit_test(cider_of_one_item_is_zero),
        cmocka_unit_test(frequencies_of_a_file_give_one_item_a_score),
        cmocka_unit_test(empty_sentences_count),
        cmocka_unit_test(counts_what_is_not_scored),
        cmocka_unit_test(long_sentences_use_the_other_subsequence_code),
        cmocka_unit_test(resampling_does_not_depend_on_threads),
        cmocka_unit_test(holm_adjusts_in_steps),
        cmocka_unit_test(seeds_are_summarised),
        cmocka_unit_test(stages_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
