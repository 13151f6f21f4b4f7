/* Words and their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/vocabulary.h"

#define SPECIALS "<PAD>", "<BOS>", "<EOS>", "<UNK>", "<CLS>", "<MASK>"

static idc_vocabulary *build(int threshold)
{
    static const char *const sentences[] = {"The red Cube moved, the ball did not.",
                                            "a ball; a CUBE?", "  \t the\nball ... ", "", "?."};
    idc_vocabulary *v;
    idc_error err = IDC_NO_ERROR;
    if (idc_vocabulary_build(&v, sentences, 5, threshold, &err) < 0)
        fail_msg("%s", err.text);
    return v;
}

static void words_are_sorted_behind_the_specials(void **state)
{
    (void)state;
    static const char *const expected[] = {SPECIALS, ",",     ";",   "a",   "ball", "cube",
                                           "did",    "moved", "not", "red", "the"};
    idc_vocabulary *v = build(1);
    assert_int_equal(idc_vocabulary_size(v), sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(idc_vocabulary_word(v, (int)i), expected[i]);
        assert_int_equal(idc_vocabulary_id(v, expected[i], strlen(expected[i])), i);
    }
    assert_int_equal(idc_vocabulary_id(v, "nobody", 6), IDC_UNK);
    assert_int_equal(idc_vocabulary_id(v, "cubes", 4), idc_vocabulary_id(v, "cube", 4));
    assert_string_equal(idc_vocabulary_word(v, -1), "<UNK>");
    assert_string_equal(idc_vocabulary_word(v, 16), "<UNK>");
    idc_vocabulary_free(&v);
    v = build(2);
    assert_int_equal(idc_vocabulary_size(v), 6 + 4); /* a, ball, cube, the */
    idc_vocabulary_free(&v);
}

static void sentences_become_ids_and_words_again(void **state)
{
    (void)state;
    idc_vocabulary *v = build(1);
    int32_t ids[12];
    assert_int_equal(idc_vocabulary_encode(v, "The RED, cube... vanished?", ids, 12), 7);
    const int32_t expected[12] = {IDC_BOS, 15, 14, 6, 10, IDC_UNK, IDC_EOS};
    assert_memory_equal(ids, expected, sizeof ids);
    char *text = idc_vocabulary_decode(v, ids, 12);
    assert_string_equal(text, "the red , cube <UNK>");
    free(text);
    text = idc_vocabulary_decode(v, ids, 2); /* no EOS */
    assert_string_equal(text, "the");
    free(text);
    text = idc_vocabulary_decode(v, ids, 0);
    assert_string_equal(text, "");
    free(text);
    idc_vocabulary_free(&v);
}

/* At most max_length − 3 words, so that a PAD is always left (Yao, Wang, Jin 2022, their code). */
static void long_sentences_are_cut(void **state)
{
    (void)state;
    idc_vocabulary *v = build(1);
    int32_t ids[6];
    assert_int_equal(idc_vocabulary_encode(v, "a a a a a a a", ids, 6), 5);
    const int32_t expected[6] = {IDC_BOS, 8, 8, 8, IDC_EOS, IDC_PAD};
    assert_memory_equal(ids, expected, sizeof ids);
    assert_int_equal(idc_vocabulary_encode(v, " . ", ids, 6), 2);
    char monster[2000];
    memset(monster, 'x', sizeof monster - 1);
    monster[sizeof monster - 1] = '\0';
    assert_int_equal(idc_vocabulary_encode(v, monster, ids, 6), 3);
    assert_int_equal(ids[1], IDC_UNK);
    idc_vocabulary_free(&v);
}

static void wrong_lists_are_refused(void **state)
{
    (void)state;
    idc_vocabulary *v;
    static const struct {
        const char *words[8];
        size_t n;
        const char *says;
    } lists[] = {
        {{"<PAD>", "<BOS>"}, 2, "2 words"},
        {{"<PAD>", "<EOS>", "<BOS>", "<UNK>", "<CLS>", "<MASK>"},
         6,
         "word 1 is '<EOS>', not <BOS>"},
        {{SPECIALS, "a", "a"}, 8, "'a' is word 6 and word 7"},
        {{SPECIALS, ""}, 7, "word 6 is empty"},
        {{SPECIALS, "two words"}, 7, "has a space"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        idc_error err = IDC_NO_ERROR;
        assert_true(idc_vocabulary_new(&v, lists[i].words, lists[i].n, &err) < 0);
        assert_null(v);
        if (!strstr(err.text, lists[i].says))
            fail_msg("'%s' does not say '%s'", err.text, lists[i].says);
    }
}

/* More words than a small table holds: it grows. */
static void many_words_fit(void **state)
{
    (void)state;
    enum { N = 5000 };
    char(*words)[8] = malloc(N * sizeof *words);
    const char **list = malloc(N * sizeof *list);
    idc_error err = IDC_NO_ERROR;
    idc_vocabulary *v;
    for (int i = 0; i < N; i++) {
        snprintf(words[i], sizeof words[i], "w%d", i * 7919 % N);
        list[i] = words[i];
    }
    assert_int_equal(idc_vocabulary_build(&v, list, N, 1, &err), 0);
    assert_int_equal(idc_vocabulary_size(v), N + 6);
    for (int i = 0; i < N; i++) {
        int id = idc_vocabulary_id(v, words[i], strlen(words[i]));
        assert_string_equal(idc_vocabulary_word(v, id), words[i]);
    }
    idc_vocabulary_free(&v);
    free(list);
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_sorted_behind_the_specials),
        cmocka_unit_test(sentences_become_ids_and_words_again),
        cmocka_unit_test(long_sentences_are_cut),
        cmocka_unit_test(wrong_lists_are_refused),
        cmocka_unit_test(many_words_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
