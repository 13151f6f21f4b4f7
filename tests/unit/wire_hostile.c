/* Bytes that lie are refused with one sentence, before memory is taken for what they claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "wire/endpoint_state.h"
#include "wire/record_bytes.h"
#include "wire/token.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void refused(const uint8_t *bytes, size_t n, int code, const char *text)
{
    idc_error err = IDC_NO_ERROR;
    idc_record *r = NULL;
    assert_int_equal(idc_record_decode(&r, bytes, n, &err), code);
    assert_null(r);
    if (!strstr(err.text, text))
        fail_msg("'%s' lacks '%s'", err.text, text);
    assert_null(strchr(err.text, '\n'));
}

static void malformed_records_are_refused(void **state)
{
    (void)state;
    refused(BYTES(""), IDC_E_CUT, "cut after 0 bytes");
    refused(BYTES("\x82\xa4kind\xa1x\xa1"), IDC_E_RANGE, "a value claims 1 bytes");
    refused(BYTES("\x93\x01\x02\x03"), IDC_E_INVALID, "not a record");
    refused(BYTES("\x80"), IDC_E_INVALID, "without a kind");
    refused(BYTES("\x81\xa4kind\x05"), IDC_E_INVALID, "without a kind");
    refused(BYTES("\x81\x05\xa1x"), IDC_E_INVALID, "not a string");
    refused(BYTES("\x81\xa4kind\xc1"), IDC_E_INVALID, "0xc1");
    refused(BYTES("\x81\xa4kind\xa1x\xc0"), IDC_E_INVALID, "1 bytes follow");
    refused(BYTES("\x83\xa4kind\xa1x\xa1"
                  "a\x01\xa1"
                  "a\x02"),
            IDC_E_INVALID, "'a' twice");
    refused(BYTES("\xde\x04\x01\xa4kind\xa1x"), IDC_E_RANGE, "claims 1025 entries");
}

static void claims_beyond_the_bytes_are_refused_at_once(void **state)
{
    (void)state;
    refused(BYTES("\xdf\xff\xff\xff\xff"), IDC_E_RANGE,
            "a map claims 4294967295 entries, more than its record of at most 5 bytes");
    refused(BYTES("\x81\xa4kind\xdd\xff\xff\xff\xff"), IDC_E_RANGE,
            "an array claims 4294967295 entries");
    refused(BYTES("\x81\xa4kind\xdb\xff\xff\xff\xff"), IDC_E_RANGE, "claims 4294967295 bytes");
    refused(BYTES("\x81\xa4kind\xc6\x7f\xff\xff\xff"), IDC_E_RANGE, "claims 2147483647 bytes");
    /* each of sixteen nested arrays may fit alone; together they claim more than there is */
    refused(BYTES("\x81\xa1k\xdc\x00\x0a\xdc\x00\x0a\xdc\x00\x0a\x01\x01\x01\x01\x01\x01\x01"),
            IDC_E_RANGE, "claims 10");
}

static void deep_nesting_is_refused_without_recursion(void **state)
{
    (void)state;
    uint8_t *deep = malloc(1000000);
    memcpy(deep,
           "\x82\xa4kind\xa1x\xa1"
           "d",
           10);
    memset(deep + 10, 0x91, 1000000 - 11);
    deep[999999] = 0xc0;
    refused(deep, 1000000, IDC_E_RANGE, "nested deeper than 16");
    free(deep);
}

#define ARRAY_OF(type, shape, data)                                                                \
    "\x82\xa4kind\xa1x\xa1"                                                                        \
    "a\x85\xc4\x02nd\xc3\xc4\x04type" type "\xc4\x04kind\xc4\x00\xc4\x05shape" shape "\xc4\x04"    \
    "data" data

static void arrays_must_be_as_long_as_they_say(void **state)
{
    (void)state;
    idc_record *r;
    idc_array a;
    idc_error err = IDC_NO_ERROR;
    static const char good[] = ARRAY_OF("\xa3|u1", "\x92\x01\x03",
                                        "\xc4\x03"
                                        "abc");
    assert_int_equal(idc_record_decode(&r, good, sizeof good - 1, &err), 0);
    assert_int_equal(idc_record_get_array(r, "a", &a, &err), 0);
    idc_record_free(&r);
    refused(BYTES(ARRAY_OF("\xa3|u1", "\x92\x01\x04",
                           "\xc4\x03"
                           "abc")),
            IDC_E_MISMATCH, "shape 1x4 of |u1");
    refused(BYTES(ARRAY_OF("\xa3<f4", "\x92\x01\x03",
                           "\xc4\x03"
                           "abc")),
            IDC_E_MISMATCH, "shape 1x3 of <f4");
    refused(BYTES(ARRAY_OF("\xa3|u1", "\x92\xff\xfd",
                           "\xc4\x03"
                           "abc")),
            IDC_E_INVALID, "not a list of sizes");
    refused(BYTES(ARRAY_OF("\xa3|u1", "\x05",
                           "\xc4\x03"
                           "abc")),
            IDC_E_INVALID, "without shape");
    refused(BYTES(ARRAY_OF("\xa3|u1", "\x92\x01\x03",
                           "\xa3"
                           "abc")),
            IDC_E_INVALID, "without data");
    /* 2^62 · 2^62 · 8 bytes overflow to 0 */
    refused(
        BYTES(ARRAY_OF("\xa3<i8", "\x92\xcf\x40\0\0\0\0\0\0\0\xcf\x40\0\0\0\0\0\0\0", "\xc4\x00")),
        IDC_E_MISMATCH, "does not make 0 bytes");
    /* a dtype that is none of ours passes through, and is refused by name where it is used */
    static const char doubles[] = ARRAY_OF("\xa3<f8", "\x91\x01",
                                           "\xc4\x08"
                                           "12345678");
    assert_int_equal(idc_record_decode(&r, doubles, sizeof doubles - 1, &err), 0);
    assert_int_equal(idc_record_get_array(r, "a", &a, &err), IDC_E_INVALID);
    assert_non_null(strstr(err.text, "dtype '<f8' is none of ours"));
    idc_record_free(&r);
}

/* The most address space that this process ever had. */
static long peak_kilobytes(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[200];
    long peak = -1;
    if (!f)
        skip(); /* /proc is not mounted here */
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "VmPeak:", 7) == 0)
            peak = strtol(line + 7, NULL, 10);
    fclose(f);
    assert_true(peak > 0);
    return peak;
}

/* A length is only believed as far as bytes arrive: 1 GiB claimed, a few bytes sent, little memory taken. */
static void a_lying_length_takes_no_memory(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    static const char lie[] = "\x82\xa4kind\xa1x\xa1"
                              "d\xc6\x3f\xff\xff\x00"
                              "only this";
    assert_int_equal(write(fds[1], lie, sizeof lie - 1), sizeof lie - 1);
    close(fds[1]);
    long before = peak_kilobytes();
    idc_reader *in;
    idc_record *r;
    idc_error err = IDC_NO_ERROR;
    assert_int_equal(idc_pipe_reader_open(&in, fds[0], &err), 0);
    int rc = 0;
    for (int i = 0; rc == IDC_READ_NOTHING && i < 100; i++) {
        assert_int_equal(idc_reader_wait(&in, 1, 1000, -1, &err), 0);
        rc = idc_reader_next(in, &r, &err);
    }
    assert_int_equal(rc, IDC_E_CUT);
    assert_in_range(peak_kilobytes() - before, 0, 200000);
    assert_non_null(strstr(err.text, "cut in the middle of a record"));
    idc_reader_close(&in);
    close(fds[0]);
}

/* Whatever happens to a good record, decoding ends with a record or a sentence. */
static void mutations_do_no_harm(void **state)
{
    (void)state;
    static const char good[] = ARRAY_OF("\xa3|u1", "\x92\x01\x03",
                                        "\xc4\x03"
                                        "abc");
    idc_random random = idc_random_at(1, 2, 3);
    int taken = 0;
    for (int round = 0; round < 50000; round++) {
        uint8_t bytes[sizeof good];
        size_t n = sizeof good - 1;
        memcpy(bytes, good, n);
        for (uint32_t k = idc_random_below(&random, 4) + 1; k > 0; k--)
            bytes[idc_random_below(&random, (uint32_t)n)] = (uint8_t)idc_random_u32(&random);
        if (idc_random_below(&random, 4) == 0)
            n = idc_random_below(&random, (uint32_t)n);
        idc_record *r;
        idc_error err = IDC_NO_ERROR;
        int rc = idc_record_decode(&r, bytes, n, &err);
        assert_true((rc == 0) == (r != NULL) && (rc == 0 || (err.code == rc && err.text[0])));
        taken += rc == 0;
        if (r)
            free(idc_record_json(r, NULL));
        idc_record_free(&r);
    }
    assert_in_range(taken, 1, 49999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_records_are_refused),
        cmocka_unit_test(claims_beyond_the_bytes_are_refused_at_once),
        cmocka_unit_test(deep_nesting_is_refused_without_recursion),
        cmocka_unit_test(arrays_must_be_as_long_as_they_say),
        cmocka_unit_test(a_lying_length_takes_no_memory),
        cmocka_unit_test(mutations_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
