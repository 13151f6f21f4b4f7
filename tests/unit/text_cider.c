/* CIDEr-D of single sentences: numbers of the authors' own scorer (the COCO caption evaluation), and its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "text/cider.h"
#include "text/words.h"

typedef struct text {
    uint32_t words[16];
    size_t count;
} text;

static text split(idc_words *words, const char *sentence)
{
    text t = {.count = 0};
    size_t length = strlen(sentence), at = 0, k;
    for (; (k = idc_next_word(sentence, length, &at)) > 0; at += k)
        t.words[t.count++] = idc_words_add(words, sentence + at, k);
    return t;
}

static double score(const idc_cider *c, const text *h, const text *references, size_t n)
{
    idc_cider_text r[4] = {{NULL, 0}};
    double s = -1;
    for (size_t i = 0; i < n; i++)
        r[i] = (idc_cider_text){references[i].words, references[i].count};
    assert_int_equal(idc_cider_d(c, (idc_cider_text){h->words, h->count}, r, n, &s), 0);
    return s;
}

static void scores_are_the_authors(void **state)
{
    static const struct {
        const char *hypothesis, *references[2];
        size_t n;
        double score;
    } items[] = {
        {"the red cube moved", {"the red cube moved left", "a red cube has moved"}, 2, 5.3090714},
        {"no change was made", {"no change was made"}, 1, 10},
        {"the ball is missing", {"the big ball is gone now"}, 1, 1.8693448}};
    (void)state;
    idc_words *words = idc_words_new();
    idc_cider *c = idc_cider_new();
    text references[3][2], hypothesis[3], empty = {.count = 0};
    for (int i = 0; i < 3; i++) {
        idc_cider_document(c);
        hypothesis[i] = split(words, items[i].hypothesis);
        for (size_t k = 0; k < items[i].n; k++) {
            references[i][k] = split(words, items[i].references[k]);
            text *r = &references[i][k];
            assert_int_equal(idc_cider_add(c, (idc_cider_text){r->words, r->count}), 0);
        }
    }
    for (int i = 0; i < 3; i++)
        assert_true(fabs(score(c, &hypothesis[i], references[i], items[i].n) - items[i].score) <
                    1e-6);
    /* nothing said, and nothing in common */
    assert_true(score(c, &empty, references[0], 2) == 0);
    assert_true(score(c, &hypothesis[1], references[0], 2) == 0);
    assert_true(score(c, &hypothesis[0], NULL, 0) == 0);
    idc_cider_free(&c);
    idc_words_free(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scores_are_the_authors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
