/* Lists of labelled pairs: labels, sentences and both orders are those the list says; bad lines are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "image/png_write.h"
#include "make_shard.h"
#include "model/data_batch.h"

static char folder[] = "/tmp/idc-train-list-XXXXXX";
static char list[64], shard[64], before[64], after[64], small[64];

#define OBJECT(color)                                                                              \
    "{\"size\":\"small\",\"color\":\"" color "\",\"material\":\"metal\",\"shape\":\"cube\"}"

/* Pictures of 128×64, whose object the boxes name: twice as large as the model's input. */
static const char *const lines[] = {
    "{\"id\":\"c\",\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"color\",\"changed\":{"
    "\"before\":" OBJECT("red") ",\"after\":" OBJECT(
        "blue") "},\"box_before\":[16,16,48,48],"
                "\"box_after\":[80,16,112,48],\"captions\":[\"it left\"],\"other\":1}",
    "{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"drop\",\"changed\":{\"before\":" OBJECT(
        "red") ",\"after\":null},\"box_before\":[16,16,48,48],\"box_after\":null}",
    "",
    "{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"none\",\"captions\":[\"all alike\"]}"};

static int picture(const char *path, int width, int height, unsigned char level)
{
    idc_image image;
    if (idc_image_new(&image, width, height, NULL) < 0)
        return -1;
    memset(image.rgb, level, idc_image_bytes(&image));
    int rc = idc_png_write(&image, path, NULL);
    idc_image_free(&image);
    return rc;
}

static int write_list(const char *const *line, size_t n)
{
    FILE *f = fopen(list, "w");
    for (size_t i = 0; f != NULL && i < n; i++)
        fprintf(f, "%s\n", line[i]);
    return f != NULL ? fclose(f) : -1;
}

static int make(void **state)
{
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(list, sizeof list, "%s/pairs.jsonl", folder);
    snprintf(shard, sizeof shard, "%s/0000.safetensors", folder);
    snprintf(before, sizeof before, "%s/a.png", folder);
    snprintf(after, sizeof after, "%s/b.png", folder);
    snprintf(small, sizeof small, "%s/c.png", folder);
    if (picture(before, 128, 64, 100) < 0 || picture(after, 128, 64, 200) < 0 ||
        picture(small, 64, 64, 0) < 0 || write_list(lines, 4) != 0 || shard_make(shard, 6) != 0)
        return -1;
    return idc_dataset_open((idc_dataset **)state, (const char *[]){folder, list}, 2, NULL);
}

static int unmake(void **state)
{
    idc_dataset_close((idc_dataset **)state);
    unlink(list);
    unlink(shard);
    unlink(before);
    unlink(after);
    unlink(small);
    return rmdir(folder);
}

static void sentences_are_the_plain_one_and_those_of_the_list(void **state)
{
    assert_int_equal(idc_dataset_size(*state), 6);
    assert_int_equal(idc_dataset_pairs(*state), 3);
    const idc_captions *c = &idc_dataset_pair(*state, 0)->captions;
    assert_int_equal(c->count[IDC_FORWARD], 2);
    assert_string_equal(c->sentence[IDC_FORWARD][0],
                        "the small red metal cube has changed to blue");
    assert_string_equal(c->sentence[IDC_FORWARD][1], "it left");
    assert_string_equal(c->sentence[IDC_BACKWARD][0],
                        "the small blue metal cube has changed to red");
    c = &idc_dataset_pair(*state, 1)->captions;
    assert_string_equal(c->sentence[IDC_FORWARD][0], "there is no longer a small red metal cube");
    assert_string_equal(c->sentence[IDC_BACKWARD][0],
                        "a new small red metal cube has been put in the scene");
    c = &idc_dataset_pair(*state, 2)->captions;
    assert_int_equal(c->count[IDC_FORWARD], 0);
    assert_string_equal(c->sentence[IDC_UNCHANGED][0], "there is no change");
    assert_string_equal(c->sentence[IDC_UNCHANGED][1], "all alike");
}

static void words_of_a_list_join_the_vocabulary(void **state)
{
    idc_vocabulary *v;
    assert_int_equal(idc_dataset_vocabulary(*state, false, &v, NULL), 0);
    assert_int_not_equal(idc_vocabulary_id(v, "alike", 5), IDC_UNK);
    idc_vocabulary_free(&v);
    assert_int_equal(idc_dataset_vocabulary(*state, true, &v, NULL), 0);
    assert_int_equal(idc_vocabulary_id(v, "alike", 5), IDC_UNK);
    assert_int_not_equal(idc_vocabulary_id(v, "metal", 5), IDC_UNK);
    idc_vocabulary_free(&v);
}

/* The pair at `at` of the batch: red left cube → blue right cube, or the other way about. */
static void check_color(const idc_batch *b, int at, bool reversed)
{
    static const int cells[2] = {0, 2}; /* columns of the 2×4 grid in which the boxes begin */
    for (int k = 0; k < 2; k++) {
        int side = reversed ? 1 - k : k;
        const float *pointer = b->pointer[k] + at * 9;
        assert_int_equal(b->attribute[k][IDC_COLOUR][at], side == 0 ? 1 : 2);
        assert_int_equal(b->attribute[k][IDC_SHAPE][at], 0);
        assert_int_equal(b->attribute[k][IDC_MATTER][at], 1);
        for (int c = 0; c < 4; c++) /* boxes of 16×16 at (8, 8) and (40, 8) of the input */
            assert_true(pointer[c] == (c == cells[side] || c == cells[side] + 1));
        assert_true(pointer[8] == 0);
        int level = b->picture[b->view[k][at]][0];
        assert_int_equal(level, side == 0 ? 100 : 200);
    }
}

static void the_sentence_of_no_change_is_the_most_frequent_one(void **state)
{
    (void)state;
    char path[80], said[64], tiny[8];
    idc_dataset *data;
    snprintf(path, sizeof path, "%s/none.jsonl", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 3; i++)
        fputs("{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"none\","
              "\"captions\":[\"all alike\",\"all alike\",\"no news\"]}\n",
              f);
    fclose(f);
    assert_int_equal(idc_dataset_open(&data, (const char *[]){path}, 1, NULL), 0);
    assert_int_equal(idc_dataset_no_change(data, false, said, sizeof said, NULL), 0);
    assert_string_equal(said, "all alike");
    assert_int_equal(idc_dataset_no_change(data, true, said, sizeof said, NULL), 0);
    assert_string_equal(said, "there is no change");
    assert_int_equal(idc_dataset_no_change(data, false, tiny, sizeof tiny, NULL), 0);
    assert_string_equal(tiny, "no news");
    idc_dataset_close(&data);
    unlink(path);
}

static void listed_pairs_come_in_both_orders(void **state)
{
    idc_order *order, *list_order;
    idc_vocabulary *v;
    idc_batch b;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_dataset_vocabulary(*state, false, &v, NULL), 0);
    assert_int_equal(idc_order_new(&order, 1, 6, NULL), 0);
    assert_int_equal(idc_order_new(&list_order, 1, 3, NULL), 0);
    idc_batch_maker m = {.data = *state,
                         .order = order,
                         .list_order = list_order,
                         .vocabulary = v,
                         .shape = {.width = SHARD_W,
                                   .height = SHARD_H,
                                   .rows = 4,
                                   .columns = 8,
                                   .pool = 2,
                                   .pictures = 2 * 3 + 2 * 3,
                                   .pairs = 10,
                                   .max_length = 12},
                         .augment = {.crop = 1},
                         .triples = 2,
                         .listed = 6,
                         .none_share = 0.5,
                         .plain_share = 1};
    assert_int_equal(idc_batch_init(&b, &m.shape, NULL), 0);
    assert_int_equal(idc_batch_draw(&m, 0, &b, &err), 0);
    assert_int_equal(b.pairs, 10);
    assert_int_equal(b.pictures, 12);
    int seen[IDC_CHANGE_TYPES] = {0};
    for (int at = 4; at < 10; at++) {
        seen[b.type[at]]++;
        if (b.type[at] == IDC_COLOR)
            check_color(&b, at, at % 2 == 1);
        if (b.type[at] == IDC_ADD)
            assert_true(b.pointer[0][at * 9 + 8] == 1 && b.pointer[1][at * 9 + 8] == 0);
    }
    assert_int_equal(seen[IDC_COLOR], 2);
    assert_int_equal(seen[IDC_DROP], 1);
    assert_int_equal(seen[IDC_ADD], 1);
    assert_int_equal(seen[IDC_NONE], 2);
    idc_batch_fini(&b);
    idc_order_free(&order);
    idc_order_free(&list_order);
    idc_vocabulary_free(&v);
}

static void a_bad_line_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text;
        int code;
    } bad[] = {
        {"{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"grow\"}", "type grow",
         IDC_E_INVALID},
        {"{\"before\":\"a.png\",\"type\":\"none\"}", "no \"after\"", IDC_E_INVALID},
        {"{\"before\":\"a.png\",\"after\":\"gone.png\",\"type\":\"none\"}",
         "gone.png: no such file", IDC_E_MISSING},
        {"{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"add\"}", "without changed.after",
         IDC_E_INVALID},
        {"{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"add\",\"changed\":{"
         "\"after\":" OBJECT("pink") "},\"box_after\":[0,0,9,9]}",
         "changed.after.color: unknown value pink", IDC_E_INVALID},
        {"{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"add\",\"changed\":{"
         "\"after\":" OBJECT("red") "},\"box_after\":[9,9,9,9]}",
         "\"box_after\" is empty", IDC_E_INVALID},
        {"[1]", "not a JSON object", IDC_E_INVALID},
        {"{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"none\",\"captions\":[\"same\",\" . "
         "\"]}",
         "caption 1 is empty", IDC_E_INVALID},
        {"{\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"none\",\"captions\":[7]}",
         "caption 0 is not text", IDC_E_INVALID},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *both[] = {lines[3], bad[i].line};
        idc_error err = IDC_NO_ERROR;
        idc_listed l = {0};
        assert_int_equal(write_list(both, 2), 0);
        assert_int_equal(idc_listed_read(&l, list, &err), bad[i].code);
        assert_non_null(strstr(err.text, "pairs.jsonl: line 2: "));
        if (strstr(err.text, bad[i].text) == NULL)
            fail_msg("%s", err.text);
        idc_listed_fini(&l);
    }
}

static void ids_and_lists_must_be_of_use(void **state)
{
    (void)state;
    const char *line = "{\"id\":\"x\",\"before\":\"a.png\",\"after\":\"b.png\",\"type\":\"none\"}";
    idc_listed l = {0};
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(write_list((const char *[]){line, lines[3], line}, 3), 0);
    assert_int_equal(idc_listed_read(&l, list, &err), IDC_E_INVALID);
    assert_non_null(strstr(err.text, "pairs.jsonl: line 3: id 'x' is that of line 1 as well"));
    idc_listed_fini(&l);
    assert_int_equal(write_list((const char *[]){"", " "}, 2), 0);
    assert_int_equal(idc_listed_read(&l, list, &err), IDC_E_MISSING);
    assert_non_null(strstr(err.text, "pairs.jsonl: no pair in it"));
    idc_listed_fini(&l);
}

static void a_word_that_is_not_known_is_named_with_its_line(void **state)
{
    static const char *const words[] = {"<PAD>", "<BOS>", "<EOS>", "<UNK>",  "<CLS>", "<MASK>",
                                        "there", "is",    "no",    "change", "all"};
    idc_dataset *data;
    idc_vocabulary *v;
    idc_error err = IDC_NO_ERROR;
    (void)state;
    assert_int_equal(write_list((const char *[]){lines[2], lines[3]}, 2), 0);
    assert_int_equal(idc_dataset_open(&data, (const char *[]){list}, 1, &err), 0);
    assert_int_equal(idc_vocabulary_new(&v, words, sizeof words / sizeof *words, NULL), 0);
    assert_int_equal(idc_dataset_check_words(data, true, v, "few.json", &err), 0);
    assert_int_equal(idc_dataset_check_words(data, false, v, "few.json", &err), IDC_E_MISMATCH);
    assert_non_null(
        strstr(err.text, "pairs.jsonl: line 2: the vocabulary of few.json lacks the word 'alike'"));
    idc_vocabulary_free(&v);
    idc_dataset_close(&data);
}

static void pictures_of_two_sizes_are_refused_when_drawn(void **state)
{
    (void)state;
    const char *line =
        "{\"id\":\"odd\",\"before\":\"a.png\",\"after\":\"c.png\",\"type\":\"none\"}";
    idc_listed l = {0};
    idc_triple t;
    void *memory;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(write_list(&line, 1), 0);
    assert_int_equal(idc_listed_read(&l, list, &err), 0);
    assert_int_equal(idc_listed_load(&l.pair[0], 64, 32, &t, &memory, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "pair 'odd'"));
    free(memory);
    idc_listed_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_the_plain_one_and_those_of_the_list),
        cmocka_unit_test(words_of_a_list_join_the_vocabulary),
        cmocka_unit_test(the_sentence_of_no_change_is_the_most_frequent_one),
        cmocka_unit_test(listed_pairs_come_in_both_orders),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(ids_and_lists_must_be_of_use),
        cmocka_unit_test(a_word_that_is_not_known_is_named_with_its_line),
        cmocka_unit_test(pictures_of_two_sizes_are_refused_when_drawn),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
