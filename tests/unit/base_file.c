#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/threads.h"

static void what_is_written_is_read(void **state)
{
    (void)state;
    idc_buffer b = {0};
    idc_file_map m;
    assert_int_equal(idc_file_write_atomic("x", "hello", 5, NULL), 0);
    assert_int_equal(idc_file_write_atomic("x", "bye", 3, NULL), 0);
    assert_int_equal(idc_file_read(&b, "x", 3, NULL), 0);
    assert_int_equal(b.size, 3);
    assert_memory_equal(b.data, "bye", 3);
    assert_int_equal(idc_file_map_open(&m, "x", NULL), 0);
    assert_int_equal(m.size, 3);
    assert_memory_equal(m.data, "bye", 3);
    idc_file_map_close(&m);
    idc_buffer_free(&b);
}

static void errors_name_the_file(void **state)
{
    (void)state;
    idc_buffer b = {0};
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_file_read(&b, "none", 10, &err), IDC_E_MISSING);
    assert_string_equal(err.text, "none: no such file");
    assert_int_equal(idc_file_write_atomic("long", "0123456789", 10, NULL), 0);
    assert_int_equal(idc_file_read(&b, "long", 9, &err), IDC_E_RANGE);
    assert_string_equal(err.text, "long: 10 bytes, the limit is 9");
    assert_int_equal(idc_file_read(&b, "/dev/zero", 100000, &err), IDC_E_RANGE);
    assert_int_equal(idc_file_read(&b, ".", 10, &err), IDC_E_IO);
    assert_string_equal(err.text, ".: is a directory");
    idc_file_map m;
    assert_int_equal(idc_file_map_open(&m, "none", &err), IDC_E_MISSING);
    assert_int_equal(idc_file_write_atomic("no/such/place", "", 0, &err), IDC_E_MISSING);
    idc_buffer_free(&b);
}

static void an_aborted_writer_leaves_the_old_file(void **state)
{
    (void)state;
    idc_file_writer *w;
    struct stat st;
    assert_int_equal(idc_file_write_atomic("old", "old", 3, NULL), 0);
    assert_int_equal(idc_file_writer_open(&w, "old", NULL), 0);
    assert_int_equal(idc_file_writer_append(w, "newer", 5, NULL), 0);
    assert_int_equal(stat("old", &st), 0);
    assert_int_equal(st.st_size, 3);
    idc_file_writer_abort(&w);
    assert_null(w);
    assert_int_equal(stat("old", &st), 0);
    assert_int_equal(st.st_size, 3);
    glob_t found;
    assert_int_equal(glob("*.tmp-*", 0, NULL, &found), GLOB_NOMATCH);
}

static void there_is_at_least_one_core(void **state)
{
    (void)state;
    int n = idc_threads_default();
    assert_in_range(n, 1, sysconf(_SC_NPROCESSORS_CONF));
    setenv("OMP_NUM_THREADS", "1", 1);
    assert_int_equal(idc_threads_default(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(errors_name_the_file),
        cmocka_unit_test(an_aborted_writer_leaves_the_old_file),
        cmocka_unit_test(there_is_at_least_one_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
