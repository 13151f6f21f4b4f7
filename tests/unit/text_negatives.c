/* Word classes, what sentences mean, and hard negatives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "text/meaning.h"
#include "text/negatives.h"
#include "text/rewrite.h"

static idc_word_classes *classes_of(const char *domain)
{
    char path[512];
    idc_word_classes *c;
    idc_error err = IDC_NO_ERROR;
    const char *root = getenv("ROOT");
    snprintf(path, sizeof path, "%s/pipelines/%s/words.json", root ? root : ".", domain);
    if (idc_word_classes_open(&c, path, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

static idc_meaning meaning_of(const idc_word_classes *c, const char *text)
{
    idc_parsed s;
    idc_word_classes_read(c, text, &s);
    return idc_meaning_of(c, &s);
}

/* ---- reading ---- */

static void sentences_are_split_into_words_and_phrases(void **state)
{
    (void)state;
    idc_word_classes *c = classes_of("clevr-change");
    idc_parsed s;
    idc_word_classes_read(c, "  The tiny RED ball on the left side of the cube,  moved. ", &s);
    assert_string_equal(s.text, "the tiny red ball on the left side of the cube , moved");
    assert_int_equal(s.count, 9);
    assert_string_equal(c->class[s.token[1].kind].name, "size");
    assert_string_equal(c->class[s.token[1].kind].value[s.token[1].value].name, "small");
    assert_string_equal(c->class[s.token[4].kind].name, "direction");
    assert_int_equal(s.token[4].length, strlen("on the left side of"));
    idc_word_classes_free(&c);
    c = classes_of("birds");
    idc_word_classes_read(c, "animal1 is larger; animal2's bill is red.", &s);
    assert_string_equal(s.text, "animal1 is larger ; animal2 's bill is red");
    idc_word_classes_read(NULL, "", &s);
    assert_int_equal(s.count, 0);
    idc_word_classes_free(&c);
}

static void overlong_sentences_are_cut(void **state)
{
    (void)state;
    idc_word_classes *c = classes_of("clevr-change");
    char *text = malloc(40001);
    assert_non_null(text);
    for (int i = 0; i < 20000; i++)
        memcpy(text + 2 * i, "a ", 2);
    text[40000] = 0;
    idc_parsed s;
    idc_word_classes_read(c, text, &s);
    assert_int_equal(s.count, IDC_MOST_TOKENS);
    memset(text, 'x', 40000);
    idc_word_classes_read(c, text, &s);
    assert_int_equal(s.count, 1);
    free(text);
    idc_word_classes_free(&c);
}

static bool fits(const idc_word_classes *c, const char *text, const char *one, const char *two)
{
    const idc_meaning own[2] = {meaning_of(c, one), meaning_of(c, two)}, m = meaning_of(c, text);
    return idc_meaning_fits(c, &m, own, (const uint32_t[]){0, 1}, 2);
}

static void a_paraphrase_fits_and_a_false_sentence_does_not(void **state)
{
    (void)state;
    idc_word_classes *c = classes_of("clevr-change");
    const char *one = "the small shiny ball left of the red cube became brown",
               *two = "someone painted the gray metal sphere brown";
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {
        {"the tiny metallic ball to the left of the red block turned brown", true},
        {"the tiny gray metal thing is now brown", true},
        {"the color of the gray object was changed to brown", true},
        {"the small shiny ball left of the red cube became purple", false},
        {"the small shiny ball right of the red cube became brown", false},
        {"the large shiny ball left of the red cube became brown", false},
        {"the small shiny ball left of the red cube was moved", false},
        {"the red cube left of the small shiny ball became brown", false},
        {"there is no change", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fits(c, cases[i].text, one, two) != cases[i].fits)
            fail_msg("%s", cases[i].text);
    assert_true(fits(c, "nothing has changed", "no change has been made", one));
    idc_word_classes_free(&c);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"{", "line 1"},
        {"[]", "no \"classes\""},
        {"{\"classes\": {\"color\": {}}}", "class 'color'"},
        {"{\"classes\": {\"color\": {\"red\": [7]}}}", "no text"},
        {"{\"classes\": {\"color\": {\"red\": [\"a b c d e f g h i\"]}}}", "more than 8 words"},
        {"{\"classes\": {}, \"relations\": [\"near\"]}", "relations: entry 1"},
        {"{\"classes\": {}, \"changes\": {\"move\": [\"{size} {object}\"]}}", "'{size}'"},
        {"{\"classes\": {}, \"changes\": {\"move\": [\"{object} {object}\"]}}", "twice"},
        {"{\"classes\": {}, \"changes\": {\"move\": [\"\"]}}", "not 1 to 24"},
        {"{\"classes\": {}, \"exchanges\": [[\"a\"]]}", "exchanges: entry 1"},
        {"{\"classes\": {}, \"subjects\": [[\"a\"]]}", "subjects: entry 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        idc_word_classes *c;
        idc_error err = IDC_NO_ERROR;
        assert_true(idc_word_classes_parse(&c, cases[i].json, strlen(cases[i].json), &err) < 0);
        assert_null(c);
        if (!strstr(err.text, cases[i].text))
            fail_msg("%s: %s", cases[i].json, err.text);
    }
}

/* ---- negatives ---- */

enum { GROUPS = 240, EACH = 3, SENTENCES = GROUPS * EACH };

typedef struct pairs {
    char text[SENTENCES][120];
    const char *sentence[SENTENCES];
    uint32_t group[SENTENCES];
} pairs;

/* Every fourth group states no change; the others speak of one object in three ways. */
static pairs *make_pairs(void)
{
    static const char *const
        size[2][2] = {{"small", "tiny"}, {"large", "big"}},
        *const color[8] = {"gray", "red", "blue", "green", "cyan", "brown", "purple", "yellow"},
        *const shape[3][2] = {{"cube", "block"}, {"sphere", "ball"}, {"cylinder", "cylinder"}},
        *const place[4] = {"left of", "right of", "behind", "in front of"},
        *const form[5][EACH] =
            {{"the %s became green", "someone painted the %s green", "the %s is now green"},
             {"the %s has moved", "someone moved the %s", "the %s is in a different place"},
             {"the %s has been added", "there is a new %s", "the %s has appeared"},
             {"the %s is missing", "the %s is gone", "there is no longer a %s"},
             {"the %s became matte", "the %s is now made of rubber", "the %s turned matte"}},
        *const none[EACH] = {"there is no change", "nothing has changed", "the scene is unchanged"};
    pairs *p = calloc(1, sizeof *p);
    assert_non_null(p);
    for (uint32_t g = 0; g < GROUPS; g++)
        for (uint32_t k = 0; k < EACH; k++) {
            uint32_t i = g * EACH + k, o = g * 7;
            char object[96];
            snprintf(object, sizeof object, "%s %s %s%s%s%s", size[o % 2][k % 2], color[o / 2 % 8],
                     shape[o % 3][k % 2], k == 1 ? " " : "", k == 1 ? place[o % 4] : "",
                     k == 1 ? " the red metal cylinder" : "");
            if (g % 4 == 3)
                snprintf(p->text[i], sizeof p->text[i], "%s", none[k]);
            else {
                const char *f = form[g % 5][k], *at = strstr(f, "%s");
                snprintf(p->text[i], sizeof p->text[i], "%.*s%s%s", (int)(at - f), f, object,
                         at + 2);
            }
            p->sentence[i] = p->text[i];
            p->group[i] = g;
        }
    return p;
}

static idc_negatives *negatives_of(const pairs *p, const idc_word_classes *c)
{
    idc_negatives *n;
    idc_error err = IDC_NO_ERROR;
    const idc_negatives_corpus corpus = {p->sentence, p->group, SENTENCES};
    if (idc_negatives_new(&n, &corpus, c, &err) < 0)
        fail_msg("%s", err.text);
    return n;
}

static void draw(idc_negatives *n, const char *recipe_text, const idc_negatives_ask *ask,
                 idc_negative_set *set)
{
    idc_recipe recipe;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_recipe_parse(&recipe, recipe_text, &err), 0);
    if (idc_negatives_draw(n, &recipe, ask, set, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(set->count, recipe.count);
}

/* None is the group's, none may be true of it, none comes twice; and what is changed is told apart. */
static void check_set(const pairs *p, const idc_word_classes *c, uint32_t g,
                      const idc_negative_set *set)
{
    idc_meaning own[EACH];
    int nones = 0;
    for (uint32_t k = 0; k < EACH; k++)
        own[k] = meaning_of(c, p->text[g * EACH + k]);
    for (int i = 0; i < set->count; i++) {
        idc_meaning m = meaning_of(c, set->text[i]);
        if (idc_meaning_fits(c, &m, own, (const uint32_t[]){0, 1, 2}, EACH))
            fail_msg("'%s' may be true of '%s'", set->text[i], p->text[g * EACH]);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(set->text[i], set->text[k]);
        nones += idc_meaning_is_none(c, &m);
    }
    assert_int_equal(nones, g % 4 == 3 || set->count < 2 ? 0 : nones > 1 ? nones : 1);
}

static void negatives_are_false_and_new(void **state)
{
    (void)state;
    static const char *const recipes[] = {"R6", "R2P2C2", "P3C3", "c6", "P1"};
    idc_word_classes *c = classes_of("clevr-change");
    pairs *p = make_pairs();
    idc_negatives *n = negatives_of(p, c);
    idc_negative_set set = {0};
    for (uint32_t g = 0; g < GROUPS; g++)
        for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
            const idc_negatives_ask ask = {
                .group = g, .sentence = p->sentence[g * EACH + i % EACH], .seed = 7 + i};
            draw(n, recipes[i], &ask, &set);
            check_set(p, c, g, &set);
            assert_int_equal(idc_negatives_unchanged(n, g), g % 4 == 3);
        }
    idc_negative_set_clear(&set);
    idc_negatives_free(&n);
    free(p);
    idc_word_classes_free(&c);
}

static void the_ways_are_those_of_the_recipe(void **state)
{
    (void)state;
    idc_word_classes *c = classes_of("clevr-change");
    pairs *p = make_pairs();
    idc_negatives *n = negatives_of(p, c);
    idc_negative_set set = {0}, again = {0};
    const idc_negatives_ask ask = {.group = 4, .sentence = p->sentence[13], .seed = 3};
    draw(n, "R2P2C2", &ask, &set);
    assert_memory_equal(set.way, "RRPPCN", 6);
    draw(n, "R2P2C2", &ask, &again);
    for (int i = 0; i < 6; i++)
        assert_string_equal(set.text[i], again.text[i]);
    const idc_negatives_ask other = {.group = 4, .sentence = p->sentence[13], .seed = 4};
    int same = 0;
    draw(n, "R2P2C2", &other, &again);
    for (int i = 2; i < 6; i++)
        same += strcmp(set.text[i], again.text[i]) == 0;
    assert_true(same < 4);
    idc_negative_set_clear(&set);
    idc_negative_set_clear(&again);
    idc_negatives_free(&n);
    free(p);
    idc_word_classes_free(&c);
}

static void subjects_and_objects_change_places(void **state)
{
    (void)state;
    idc_word_classes *birds = classes_of("birds"), *c = classes_of("clevr-change");
    idc_parsed s, out;
    idc_random r = idc_random_at(1, 0, 0);
    idc_word_classes_read(birds, "animal1 has a red bill . animal2 has a long tail", &s);
    assert_true(idc_rewrite_confuse(birds, &s, &r, &out));
    assert_string_equal(out.text, "animal2 has a red bill . animal1 has a long tail");
    idc_word_classes_read(c, "the small ball that is left of the red cube has vanished", &s);
    assert_true(idc_rewrite_confuse(c, &s, &r, &out));
    assert_string_equal(out.text, "the red cube that is left of the small ball has vanished");
    idc_word_classes_read(c, "the ball was added", &s);
    bool dropped = false;
    for (int i = 0; i < 40 && !dropped; i++) {
        assert_true(idc_rewrite_confuse(c, &s, &r, &out));
        dropped = strcmp(out.text, "the ball is gone") == 0;
    }
    assert_true(dropped);
    idc_word_classes_free(&birds);
    idc_word_classes_free(&c);
}

static void replacements_stay_in_their_class(void **state)
{
    (void)state;
    idc_word_classes *birds = classes_of("birds");
    idc_parsed s, out;
    idc_word_classes_read(birds, "animal1 has a red bill", &s);
    for (uint32_t i = 0; i < 50; i++) {
        idc_random r = idc_random_at(2, 0, i);
        assert_true(idc_rewrite_replace(birds, &s, &r, &out));
        assert_string_not_equal(out.text, s.text);
        assert_int_equal(out.count, s.count);
        for (int k = 0; k < s.count; k++)
            assert_int_equal(out.token[k].kind, s.token[k].kind);
    }
    idc_word_classes_read(birds, "an unknown sentence", &s);
    idc_random r = idc_random_at(2, 0, 0);
    assert_false(idc_rewrite_replace(birds, &s, &r, &out));
    idc_word_classes_free(&birds);
}

static void more_than_the_corpus_gives_is_refused(void **state)
{
    (void)state;
    static const char *const text[] = {"a red ball", "a blue ball", "a green ball", "a red ball"};
    static const uint32_t group[] = {0, 1, 2, 3};
    const idc_negatives_corpus corpus = {text, group, 4};
    idc_negatives *n;
    idc_error err = IDC_NO_ERROR;
    idc_recipe recipe;
    idc_negative_set set = {0};
    const idc_negatives_ask ask = {.group = 0, .sentence = text[0], .name = "a12"};
    assert_int_equal(idc_negatives_new(&n, &corpus, NULL, &err), 0);
    assert_int_equal(idc_recipe_parse(&recipe, "R2", &err), 0);
    assert_int_equal(idc_negatives_draw(n, &recipe, &ask, &set, &err), 0);
    assert_int_equal(idc_recipe_parse(&recipe, "R3", &err), 0);
    assert_int_equal(idc_negatives_draw(n, &recipe, &ask, &set, &err), IDC_E_RANGE);
    assert_string_equal(err.text,
                        "negatives of 'a12': 3 wanted, the corpus of 3 sentences gives 2");
    idc_negative_set_clear(&set);
    idc_negatives_free(&n);
    static const char *const empty[] = {"a ball", " . "};
    const idc_negatives_corpus bad = {empty, group, 2};
    assert_int_equal(idc_negatives_new(&n, &bad, NULL, &err), IDC_E_INVALID);
    assert_string_equal(err.text, "sentence 2: no words");
}

static void recipes_are_checked(void **state)
{
    (void)state;
    idc_recipe recipe;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_recipe_parse(&recipe, "r1P2C1", &err), 0);
    assert_memory_equal(recipe.way, "RPPC", 4);
    static const char *const bad[] = {"", "6", "R", "X2", "R2 P2", "R0", "R65", "R9999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(idc_recipe_parse(&recipe, bad[i], &err) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_split_into_words_and_phrases),
        cmocka_unit_test(overlong_sentences_are_cut),
        cmocka_unit_test(a_paraphrase_fits_and_a_false_sentence_does_not),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(negatives_are_false_and_new),
        cmocka_unit_test(the_ways_are_those_of_the_recipe),
        cmocka_unit_test(subjects_and_objects_change_places),
        cmocka_unit_test(replacements_stay_in_their_class),
        cmocka_unit_test(more_than_the_corpus_gives_is_refused),
        cmocka_unit_test(recipes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
