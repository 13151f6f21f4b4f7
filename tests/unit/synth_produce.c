/* Sets of files do not depend on the number of threads, go on where they stopped, and can be rendered again from their
 * own scene list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "synth/listing.h"
#include "synth/produce.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[4][200];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 200, "%s/%s", folder, name);
    return path;
}

static char *slurp(const char *name, size_t *size)
{
    FILE *f = fopen(in_folder(name), "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = malloc((size_t)n + 1);
    assert_int_equal(fread(text, 1, (size_t)n, f), (size_t)n);
    text[n] = 0;
    fclose(f);
    *size = (size_t)n;
    return text;
}

static void assert_same_file(const char *a, const char *b)
{
    size_t n, m;
    char *x = slurp(a, &n), *y = slurp(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
}

static idc_produce small_run(const char *out)
{
    idc_produce p = {.out = out,
                     .count = 5,
                     .shard = 3,
                     .size = {48, 32},
                     .samples = 2,
                     .threads = 1,
                     .spec = {.seed = 4}};
    return p;
}

static void run(const idc_produce *p)
{
    idc_error err = IDC_NO_ERROR;
    idc_produce_run(p, &err);
    assert_string_equal(err.text, "");
}

static void packs_do_not_depend_on_threads(void **state)
{
    (void)state;
    idc_produce p = small_run(in_folder("one"));
    run(&p);
    p.out = in_folder("three");
    p.threads = 3;
    run(&p);
    assert_same_file("one/0000.safetensors", "three/0000.safetensors");
    assert_same_file("one/0001.safetensors", "three/0001.safetensors");
    /* a file that is lost is made again, the other is left as it is */
    struct stat before, after;
    assert_int_equal(stat(in_folder("one/0000.safetensors"), &before), 0);
    assert_int_equal(remove(in_folder("one/0001.safetensors")), 0);
    p.out = in_folder("one");
    run(&p);
    assert_int_equal(stat(in_folder("one/0000.safetensors"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_same_file("one/0001.safetensors", "three/0001.safetensors");
}

static void other_options_are_noticed(void **state)
{
    (void)state;
    idc_error err = IDC_NO_ERROR;
    idc_produce p = small_run(in_folder("three"));
    p.spec.seed = 5;
    assert_int_equal(idc_produce_run(&p, &err), IDC_E_MISMATCH);
    assert_non_null(strstr(err.text, "0000.safetensors: made with other options"));
}

static bool always(void *user)
{
    (void)user;
    return true;
}

static void stopping_leaves_no_half_file(void **state)
{
    (void)state;
    idc_produce p = small_run(in_folder("stopped"));
    p.stopped = always;
    run(&p);
    assert_int_not_equal(access(in_folder("stopped/0000.safetensors"), F_OK), 0);
    assert_int_not_equal(access(in_folder("stopped/0000.safetensors.part"), F_OK), 0);
}

static uint64_t little(const char *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static void pack_is_laid_out_as_promised(void **state)
{
    (void)state;
    size_t n;
    char *text = slurp("one/0000.safetensors", &n);
    uint64_t head = little(text);
    assert_int_equal((8 + head) % 64, 0);
    char *json = text + 8;
    json[head - 1] = 0;
    assert_non_null(strstr(json, "\"__metadata__\":{\"format\":\"idc-shard\",\"version\":\"1\","
                                 "\"seed\":\"4\",\"size\":\"48x32\""));
    assert_non_null(strstr(
        json, "\"images\":{\"dtype\":\"U8\",\"shape\":[3,3,32,48,3],\"data_offsets\":[0,41472]}"));
    assert_non_null(strstr(json, "\"masks\":{\"dtype\":\"U8\",\"shape\":[3,3,16,24]"));
    assert_non_null(strstr(json, "\"objects\":{\"dtype\":\"F32\",\"shape\":[3,3,11,14]"));
    char *offsets = strstr(json, "\"text_offsets\":"), *lines = strstr(json, "\"text\":");
    assert_non_null(offsets);
    assert_non_null(lines);
    size_t at = strtoul(strstr(strstr(offsets, "data_offsets"), "[") + 1, NULL, 10);
    size_t start = strtoul(strstr(strstr(lines, "data_offsets"), "[") + 1, NULL, 10);
    for (int i = 0; i < 3; i++) {
        const char *line = text + 8 + head + start + little(text + 8 + head + at + 8 * (size_t)i);
        char want[40];
        snprintf(want, sizeof want, "{\"triple\":\"s%07d\"", i);
        assert_memory_equal(line, want, strlen(want));
    }
    assert_int_equal(8 + head + start + little(text + 8 + head + at + 24), n);
    free(text);
}

static void scene_list_gives_the_same_pictures(void **state)
{
    (void)state;
    idc_produce p = small_run(in_folder("set"));
    p.shard = 0;
    run(&p);
    idc_produce again = p;
    again.out = in_folder("again");
    again.scenes = in_folder("set/scenes.jsonl");
    again.threads = 2;
    run(&again);
    static const char *const names[] = {"s0000000_b", "s0000000_s", "s0000003_n", "s0000004_b"};
    for (int i = 0; i < 4; i++) {
        char a[64], b[64];
        snprintf(a, sizeof a, "set/img/%s.png", names[i]);
        snprintf(b, sizeof b, "again/%s.png", names[i]);
        assert_same_file(a, b);
    }
}

static void bad_scene_lines_are_named(void **state)
{
    (void)state;
    static idc_scene_line line;
    size_t n;
    char *text = slurp("set/scenes.jsonl", &n);
    size_t length = strcspn(text, "\n");
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_scene_parse(&line, text, length, &err), 0);
    for (size_t cut = 0; cut < length; cut += 37)
        assert_int_equal(idc_scene_parse(&line, text, cut, &err), IDC_E_INVALID);
    static const struct {
        const char *from, *to, *named;
    } lies[] = {
        {"\"camera\": [", "\"camera\": [\"", "not JSON"},
        {"\"key\"", "\"kee\"", "before: key: not a list of three numbers"},
        {"\"theta\": ", "\"theta\": 1e9, \"t\": ", "before: theta"},
        {"\"size\": \"", "\"size\": \"X", "before: object: size is missing or unknown"},
        {"\"views\"", "\"vi\"", "before: file"},
        {"\"camera\": [", "\"camera\": [1, ", "before: camera: not a list of three numbers"}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char *lie = malloc(n + 64), *at = strstr(text, lies[i].from);
        assert_non_null(at);
        size_t head = (size_t)(at - text);
        snprintf(lie, n + 64, "%.*s%s%.*s", (int)head, text, lies[i].to,
                 (int)(length - head - strlen(lies[i].from)), at + strlen(lies[i].from));
        err.code = 0;
        assert_int_equal(idc_scene_parse(&line, lie, strlen(lie), &err), IDC_E_INVALID);
        assert_non_null(strstr(err.text, lies[i].named));
        free(lie);
    }
    free(text);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/idc-synth.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(packs_do_not_depend_on_threads),
                                       cmocka_unit_test(other_options_are_noticed),
                                       cmocka_unit_test(stopping_leaves_no_half_file),
                                       cmocka_unit_test(pack_is_laid_out_as_promised),
                                       cmocka_unit_test(scene_list_gives_the_same_pictures),
                                       cmocka_unit_test(bad_scene_lines_are_named)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
