/* What the tasks of pre-training draw has the shares that it should have. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/pretrain.h"

/* A fresh network on a grid of 7 × 7 and a batch of sentences of `words` words. */
typedef struct draws {
    idc_network_config c;
    idc_train_settings s;
    idc_vocabulary *v;
    idc_params *params;
    idc_network *net;
    idc_pretrain *p;
    idc_batch b;
} draws;

enum { DRAW_PAIRS = 100, DRAW_WORDS = 20, DRAW_LENGTH = 24, DRAW_VOCABULARY = 26 };

static void open_draws(draws *d)
{
    static const char *const specials[] = {"<PAD>", "<BOS>", "<EOS>", "<UNK>", "<CLS>", "<MASK>"};
    const char *words[DRAW_VOCABULARY];
    char letters[DRAW_VOCABULARY][2];
    idc_error err = IDC_NO_ERROR;
    for (int i = 0; i < DRAW_VOCABULARY; i++) {
        letters[i][0] = (char)('a' + i);
        letters[i][1] = '\0';
        words[i] = i < IDC_SPECIALS ? specials[i] : letters[i];
    }
    assert_int_equal(idc_vocabulary_new(&d->v, words, DRAW_VOCABULARY, &err), 0);
    d->c = (idc_network_config){.width = 16,
                                .heads = 2,
                                .feed_forward = 16,
                                .single_blocks = 1,
                                .pair_blocks = 1,
                                .cross_blocks = 1,
                                .feature = 12,
                                .grid = {7, 7},
                                .max_length = DRAW_LENGTH,
                                .words = DRAW_VOCABULARY,
                                .types = 2,
                                .projection = IDC_PROJECTION_SIGMOID};
    idc_train_settings_default(&d->s, IDC_STAGE_PRETRAIN);
    d->s.ratio[IDC_TASK_ITM_A] = d->s.ratio[IDC_TASK_ITM_B] = 1;
    d->params = idc_params_new();
    assert_int_equal(idc_network_new(&d->net, &d->c, d->params, 1, &err), 0);
    idc_pretrain_options o = {&d->s, d->v, d->net, 0, 0};
    assert_int_equal(idc_pretrain_new(&d->p, &o, d->params, &err), 0);
    idc_batch_shape shape = {.width = 56,
                             .height = 56,
                             .rows = 7,
                             .columns = 7,
                             .pictures = 2 * DRAW_PAIRS,
                             .pairs = DRAW_PAIRS,
                             .max_length = DRAW_LENGTH};
    assert_int_equal(idc_batch_init(&d->b, &shape, &err), 0);
    d->b.pairs = DRAW_PAIRS;
    for (int i = 0; i < DRAW_PAIRS; i++) {
        int32_t *row = d->b.sentence + i * (DRAW_LENGTH + 1);
        row[0] = IDC_BOS;
        for (int k = 0; k < DRAW_WORDS; k++)
            row[1 + k] = IDC_SPECIALS + (i + k) % (DRAW_VOCABULARY - IDC_SPECIALS);
        row[1 + DRAW_WORDS] = IDC_EOS;
        d->b.changed[i] = i % 2;
        d->b.view[0][i] = 2 * i;
        d->b.view[1][i] = 2 * i + 1;
    }
}

static void close_draws(draws *d)
{
    idc_batch_fini(&d->b);
    idc_pretrain_free(&d->p);
    idc_network_free(&d->net);
    idc_params_free(&d->params);
    idc_vocabulary_free(&d->v);
}

#define ASSERT_SHARE(part, whole, share)                                                           \
    assert_true(fabs((double)(part) / (double)(whole) - (share)) <                                 \
                4.5 * sqrt((share) * (1 - (share)) / (double)(whole)))

static void words_are_masked_as_often_as_they_should(void **state)
{
    (void)state;
    draws d = {0};
    idc_task_input in;
    int words = 0, chosen = 0, hidden = 0, same = 0, special = 0, ends = 0, sentences = 0;
    open_draws(&d);
    for (uint64_t step = 0; step < 50; step++) {
        assert_int_equal(idc_pretrain_draw(d.p, IDC_TASK_MLM, &d.b, step, &in, NULL), 0);
        assert_int_equal(in.length, DRAW_LENGTH);
        for (int i = 0; i < DRAW_PAIRS; i++, sentences++) {
            const int32_t *ids = in.ids + i * in.length, *target = in.target + i * in.length;
            int labels = 0;
            assert_int_equal(target[0], -1);
            for (int k = 1; k <= DRAW_WORDS; k++, words++) {
                int32_t read = in.masked[i * in.length + k];
                labels += target[k] >= 0;
                if (target[k] < 0) {
                    assert_int_equal(read, ids[k]);
                    continue;
                }
                assert_int_equal(target[k], ids[k]);
                chosen++;
                hidden += read == IDC_MASK;
                same += read == ids[k];
                special += read < IDC_SPECIALS && read != IDC_MASK;
            }
            assert_true(labels > 0);
            ends += target[1 + DRAW_WORDS] == IDC_EOS;
            assert_true((in.masked[i * in.length + 1 + DRAW_WORDS] == IDC_MASK) ==
                        (target[1 + DRAW_WORDS] == IDC_EOS));
        }
    }
    /* of 20 words none is chosen with probability 0.85^20 = 0.0388: then the first one is, and hidden */
    double none = pow(0.85, 20), share = 0.15 + none / 20, more = none / 20 / share;
    assert_int_equal(words, 100000);
    ASSERT_SHARE(chosen, words, share);
    ASSERT_SHARE(hidden, chosen, more + (1 - more) * (0.8 + 0.1 / DRAW_VOCABULARY));
    ASSERT_SHARE(same, chosen, (1 - more) * (0.1 + 0.1 / DRAW_VOCABULARY));
    ASSERT_SHARE(special, chosen, (1 - more) * 0.1 * 5 / DRAW_VOCABULARY);
    ASSERT_SHARE(ends, sentences, 0.15);
    close_draws(&d);
}

static void cells_of_one_picture_are_masked(void **state)
{
    (void)state;
    draws d = {0};
    idc_task_input in;
    int after = 0, cells = 0, pairs = 0;
    open_draws(&d);
    for (uint64_t step = 0; step < 50; step++) {
        assert_int_equal(idc_pretrain_draw(d.p, IDC_TASK_MVCL, &d.b, step, &in, NULL), 0);
        for (int i = 0; i < DRAW_PAIRS; i++, pairs++) {
            int count[2] = {0, 0};
            for (int k = 0; k < 2 * 49; k++)
                count[k / 49] += in.hidden[(k / 49 * DRAW_PAIRS + i) * 49 + k % 49];
            assert_true((count[0] == 0) != (count[1] == 0));
            after += count[1] > 0;
            cells += count[0] + count[1];
        }
    }
    ASSERT_SHARE(after, pairs, 0.5);
    ASSERT_SHARE(cells, 49 * pairs, 0.15);
    close_draws(&d);
}

static void false_pairs_share_nothing_with_the_true_one(void **state)
{
    (void)state;
    draws d = {0};
    idc_task_input in;
    int parts[3] = {0}, wrong = 0, swapped = 0;
    open_draws(&d);
    for (uint64_t step = 0; step < 50; step++) {
        assert_int_equal(idc_pretrain_draw(d.p, IDC_TASK_ITM_A, &d.b, step, &in, NULL), 0);
        for (int i = 0; i < DRAW_PAIRS; i++) {
            int other[3] = {in.row[0][i], in.row[1][i] - DRAW_PAIRS, in.text[i]}, changed = 0;
            for (int k = 0; k < 3; k++) {
                parts[k] += other[k] != i;
                changed += other[k] != i;
                if (other[k] != i)
                    assert_int_not_equal(d.b.changed[other[k]], d.b.changed[i]);
            }
            assert_int_equal(changed, in.label[i] == 0);
            wrong += in.label[i] == 0;
        }
        assert_int_equal(idc_pretrain_draw(d.p, IDC_TASK_ITM_B, &d.b, step, &in, NULL), 0);
        for (int i = 0; i < DRAW_PAIRS; i++) {
            assert_int_equal(in.label[i] >= 0, d.b.changed[i]);
            assert_int_equal(in.row[0][i] + in.row[1][i], 2 * i + DRAW_PAIRS);
            assert_true(in.label[i] < 0 || in.label[i] == (in.row[0][i] == i));
            swapped += in.label[i] == 0;
        }
    }
    ASSERT_SHARE(wrong, 50 * DRAW_PAIRS, 0.5);
    for (int k = 0; k < 3; k++)
        ASSERT_SHARE(parts[k], 50 * DRAW_PAIRS, 1.0 / 6);
    ASSERT_SHARE(swapped, 50 * DRAW_PAIRS / 2, 0.5);
    close_draws(&d);
}

static void tasks_come_by_their_ratios(void **state)
{
    (void)state;
    idc_train_settings s;
    int count[IDC_TASKS] = {0};
    idc_train_settings_default(&s, IDC_STAGE_PRETRAIN);
    for (uint64_t step = 0; step < 100000; step++)
        count[idc_pretrain_task_at(&s, step)]++;
    ASSERT_SHARE(count[IDC_TASK_MLM], 100000, 8.0 / 11);
    ASSERT_SHARE(count[IDC_TASK_MVCL], 100000, 1.0 / 11);
    ASSERT_SHARE(count[IDC_TASK_FDA], 100000, 2.0 / 11);
    assert_int_equal(count[IDC_TASK_ITM_A] + count[IDC_TASK_ITM_B], 0);
    s.batch = 200;
    s.retrieve = 6;
    s.replace = s.confuse = 0;
    assert_int_equal(idc_pretrain_pairs(&s, IDC_TASK_FDA), 28);
    assert_int_equal(idc_pretrain_pairs(&s, IDC_TASK_MLM), 200);
}

/* Sentences all look alike to a fresh network: ln 7. */
static void chance_is_where_a_fresh_network_starts(void **state)
{
    (void)state;
    draws d = {0};
    idc_error err = IDC_NO_ERROR;
    enum { PAIRS = 8, RUNS = 7 };
    static int32_t candidates[PAIRS * RUNS * DRAW_LENGTH];
    open_draws(&d);
    idc_random r = idc_random_at(9, 9, 9);
    for (int i = 0; i < PAIRS * RUNS; i++) {
        int32_t *row = candidates + i * DRAW_LENGTH;
        row[0] = IDC_BOS;
        for (int k = 1; k <= 10; k++)
            row[k] = (int32_t)(IDC_SPECIALS + idc_random_below(&r, DRAW_VOCABULARY - IDC_SPECIALS));
        row[11] = IDC_EOS;
    }
    idc_task_input in = {
        .pairs = PAIRS, .length = DRAW_LENGTH, .negatives = RUNS - 1, .candidates = candidates};
    idc_tape *t = idc_tape_new(IDC_TAPE_INFER, &err);
    idc_tensor *raw = idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){2 * PAIRS, 49, 12}, NULL);
    for (int64_t i = 0; i < idc_tensor_count(raw); i++)
        idc_f32(raw)[i] = (float)fabs(idc_random_normal(&r));
    idc_task_said said = idc_pretrain_loss(d.p, IDC_TASK_FDA, t, raw, &in);
    assert_non_null(said.loss);
    assert_float_equal(idc_f32(said.loss)[0], log(7), 0.05);
    idc_tape_free(&t);
    close_draws(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_masked_as_often_as_they_should),
        cmocka_unit_test(cells_of_one_picture_are_masked),
        cmocka_unit_test(false_pairs_share_nothing_with_the_true_one),
        cmocka_unit_test(tasks_come_by_their_ratios),
        cmocka_unit_test(chance_is_where_a_fresh_network_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
