/* Lists: lines of any length, pairs as JSON or TSV, what is wrong is said with its line; the loader keeps its promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/lines.h"
#include "image/loader.h"
#include "image/pair_list.h"
#include "image/source.h"

static char folder[] = "/tmp/idc-lists-XXXXXX";
static char list[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(list, sizeof list, "%s/list", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(list);
    return rmdir(folder);
}

static void write_list(const char *bytes, size_t n, size_t more)
{
    FILE *f = fopen(list, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    for (size_t i = 0; i < more; i++)
        fputc('x', f);
    assert_int_equal(fclose(f), 0);
}

static void lines_come_one_by_one(void **state)
{
    (void)state;
    static const char text[] = "one\r\n\ntwo\0three\nlast";
    const char *line;
    idc_lines *l;
    idc_error err = IDC_NO_ERROR;
    write_list(text, sizeof text - 1, 0);
    assert_int_equal(idc_lines_open(&l, list, &err), 0);
    assert_true(idc_lines_ready(l));
    assert_int_equal(idc_lines_next(l, &line, &err), 1);
    assert_string_equal(line, "one");
    assert_int_equal(idc_lines_next(l, &line, &err), 1);
    assert_string_equal(line, "");
    assert_int_equal(idc_lines_next(l, &line, &err), IDC_E_INVALID);
    assert_non_null(strstr(err.text, "list:3: the line holds a zero byte"));
    assert_int_equal(idc_lines_next(l, &line, &err), 1);
    assert_string_equal(line, "last");
    assert_int_equal(idc_lines_number(l), 4);
    assert_int_equal(idc_lines_next(l, &line, &err), 0);
    idc_lines_close(&l);
}

static void a_long_line_is_passed_over(void **state)
{
    (void)state;
    const char *line;
    idc_lines *l;
    idc_error err = IDC_NO_ERROR;
    write_list("a\n", 2, 3 * IDC_MAX_LINE);
    FILE *f = fopen(list, "ab");
    assert_non_null(f);
    fputs("\nb", f);
    fclose(f);
    assert_int_equal(idc_lines_open(&l, list, &err), 0);
    assert_int_equal(idc_lines_next(l, &line, &err), 1);
    assert_int_equal(idc_lines_next(l, &line, &err), IDC_E_RANGE);
    assert_int_equal(idc_lines_next(l, &line, &err), 1);
    assert_string_equal(line, "b");
    assert_int_equal(idc_lines_next(l, &line, &err), 0);
    idc_lines_close(&l);
    write_list("", 0, IDC_MAX_LINE); /* just fits */
    assert_int_equal(idc_lines_open(&l, list, &err), 0);
    assert_int_equal(idc_lines_next(l, &line, &err), 1);
    assert_int_equal(strlen(line), IDC_MAX_LINE);
    idc_lines_close(&l);
}

static void lists_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    idc_lines *l;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_lines_open(&l, "/nonexistent/list", &err), IDC_E_MISSING);
    assert_string_equal(err.text, "/nonexistent/list: no such file");
    assert_int_equal(idc_lines_open(&l, folder, &err), IDC_E_INVALID);
    assert_non_null(strstr(err.text, "is a directory"));
    assert_null(l);
}

static void expect_pair(const char *line, const char *id, const char *before, const char *after)
{
    idc_record *r;
    const char *text;
    idc_error err = IDC_NO_ERROR;
    if (idc_pair_parse(&r, line, &err) != 1)
        fail_msg("%s: %s", line, err.text);
    assert_true(idc_record_is(r, "pair"));
    assert_string_equal(idc_record_id(r), id);
    assert_int_equal(idc_record_get_string(r, "before", &text, NULL), 0);
    assert_string_equal(text, before);
    assert_int_equal(idc_record_get_string(r, "after", &text, NULL), 0);
    assert_string_equal(text, after);
    idc_record_free(&r);
}

static void pairs_are_json_or_tsv(void **state)
{
    (void)state;
    expect_pair("{\"id\":\"p\",\"before\":\"a b.jpg\",\"after\":\"\\u00e9.png\"}", "p", "a b.jpg",
                "\xc3\xa9.png");
    expect_pair("  {\"before\":\"a\",\"after\":\"b\"}", "a:b", "a", "b");
    expect_pair("{\"id\":12,\"before\":\"a\",\"after\":\"b\",\"kind\":\"image\"}", "12", "a", "b");
    expect_pair("p 1\ta.jpg\tb.jpg", "p 1", "a.jpg", "b.jpg");
    expect_pair("a.jpg\tb.jpg", "a.jpg:b.jpg", "a.jpg", "b.jpg");
    idc_record *r;
    const char *const nothing[] = {"", "  \t", "# a comment", "id\tbefore\tafter", "before\tafter"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_int_equal(idc_pair_parse(&r, nothing[i], NULL), 0);
}

static void other_fields_pass(void **state)
{
    (void)state;
    idc_record *r;
    assert_int_equal(
        idc_pair_parse(&r,
                       "{\"id\":\"p\",\"before\":\"a\",\"after\":\"b\",\"type\":\"add\","
                       "\"boxes\":[[1,2.5,3,4]],\"captions\":[\"x\"],\"no\":null}",
                       NULL),
        1);
    char *json = idc_record_json(r, NULL);
    assert_string_equal(
        json, "{\"kind\":\"pair\",\"id\":\"p\",\"before\":\"a\",\"after\":\"b\",\"type\":\"add\","
              "\"boxes\":[[1,2.5,3,4]],\"captions\":[\"x\"],\"no\":null}");
    free(json);
    idc_record_free(&r);
}

static void wrong_lines_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text;
    } wrong[] = {
        {"{\"id\":\"p\",\"before\":\"a\"}", "'after' is missing"},
        {"{\"id\":\"p\",\"before\":[\"a\"],\"after\":\"b\"}", "'before' is missing or no text"},
        {"{\"id\":{},\"before\":\"a\",\"after\":\"b\"}", "'id' is no text"},
        {"{\"id\":\"p\",", "no JSON at column"},
        {"{\"id\":\"p\",\"id\":\"p\",\"before\":\"a\",\"after\":\"b\"}", "duplicate"},
        {"just words", "neither a JSON object nor"},
        {"a\tb\tc\td", "neither a JSON object nor"},
        {"p\t\tb", "an empty column"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        idc_record *r;
        idc_error err = IDC_NO_ERROR;
        assert_int_equal(idc_pair_parse(&r, wrong[i].line, &err), IDC_E_INVALID);
        assert_null(r);
        if (!strstr(err.text, wrong[i].text))
            fail_msg("'%s': %s", wrong[i].line, err.text);
    }
}

static void paths_are_seen_from_the_list(void **state)
{
    (void)state;
    static const char text[] = "p\ta.jpg\t/b.jpg\nwrong\n";
    idc_source *s;
    idc_source_item item;
    idc_error err = IDC_NO_ERROR;
    char path[80];
    write_list(text, sizeof text - 1, 0);
    assert_int_equal(idc_source_pair_list(&s, list, &err), 0);
    assert_int_equal(idc_source_next(s, &item, &err), 1);
    snprintf(path, sizeof path, "%s/a.jpg", folder);
    assert_string_equal(item.path[0], path);
    assert_string_equal(item.id[0], "a.jpg");
    assert_string_equal(item.path[1], "/b.jpg");
    idc_source_item_fini(&item);
    assert_int_equal(idc_source_next(s, &item, &err), IDC_E_INVALID);
    snprintf(path, sizeof path, "%s:2", list);
    assert_string_equal(item.id[0], path);
    assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
    idc_source_item_fini(&item);
    assert_int_equal(idc_source_next(s, &item, &err), 0);
    idc_source_item_fini(&item);
    idc_source_close(&s);
}

static void loads_may_be_released_in_any_state(void **state)
{
    (void)state;
    idc_prepare how = IDC_PREPARE_DEFAULT;
    idc_loader *l;
    idc_load *loads[40];
    assert_int_equal(idc_loader_open(&l, &how, 3, NULL), 0);
    for (int i = 0; i < 40; i++)
        assert_non_null(loads[i] = idc_loader_submit(l, "/nonexistent.jpg"));
    idc_loader_wait(l, loads[7]);
    assert_int_equal(loads[7]->code, IDC_E_MISSING);
    assert_string_equal(loads[7]->err.text, "/nonexistent.jpg: no such file");
    for (int i = 39; i >= 0; i--)
        idc_loader_release(l, &loads[i]);
    assert_non_null(loads[0] = idc_loader_submit(l, folder));
    idc_loader_wait(l, loads[0]);
    assert_true(loads[0]->code < 0);
    idc_loader_release(l, &loads[0]);
    idc_loader_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_one_by_one),
        cmocka_unit_test(a_long_line_is_passed_over),
        cmocka_unit_test(lists_that_cannot_be_read_are_named),
        cmocka_unit_test(pairs_are_json_or_tsv),
        cmocka_unit_test(other_fields_pass),
        cmocka_unit_test(wrong_lines_say_why),
        cmocka_unit_test(paths_are_seen_from_the_list),
        cmocka_unit_test(loads_may_be_released_in_any_state),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
