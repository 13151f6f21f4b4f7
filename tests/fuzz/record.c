/* Any bytes as a record: decode, read all that can be read, write again: the same bytes must come out. And the same bytes
 * cut in two must be the same value for the scan that streams use. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/record_bytes.h"
#include "wire/token.h"

static void check(int ok)
{
    if (!ok)
        abort();
}

static void scan_in_two(const uint8_t *data, size_t size)
{
    int64_t whole = idc_scan_value(data, size, NULL);
    idc_scan s;
    size_t cut = size / 2, used = 0, more = 0;
    idc_scan_begin(&s, size);
    int rc = idc_scan_feed(&s, data, cut, &used, NULL);
    if (rc == 0)
        rc = idc_scan_feed(&s, data + used, size - used, &more, NULL);
    check((rc == 1) == (whole >= 0));
    check(rc != 1 || (int64_t)(used + more) == whole);
}

static void read_all(const idc_record *r)
{
    const char *name, *text;
    size_t length, bytes;
    const uint8_t *value;
    for (int i = 0; idc_record_field(r, i, &name, &length, &value, &bytes); i++) {
        char key[64];
        int64_t integer;
        double real, list[4];
        idc_array a;
        if (length >= sizeof key || memchr(name, 0, length))
            continue;
        memcpy(key, name, length);
        key[length] = 0;
        check(idc_record_has(r, key));
        idc_record_get_string(r, key, &text, NULL);
        idc_record_get_int(r, key, &integer, NULL);
        idc_record_get_double(r, key, &real, NULL);
        idc_record_get_numbers(r, key, list, 4, NULL);
        if (idc_record_get_array(r, key, &a, NULL) == 0)
            check(idc_array_bytes(&a) <= bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    idc_record *r;
    scan_in_two(data, size);
    idc_error err = IDC_NO_ERROR;
    if (idc_record_decode(&r, data, size, &err) < 0) {
        check(err.code < 0 && err.text[0] != 0);
        return 0;
    }
    read_all(r);
    free(idc_record_json(r, NULL));
    idc_record *copy = idc_record_copy(r);
    idc_buffer out = {0};
    check(copy && idc_record_encode(copy, &out) == 0);
    size_t tail =
        out.size > 3 ? out.size - 3 : 0; /* the map's header may have been longer than ours */
    check(out.size <= size && memcmp(data + size - tail, out.data + out.size - tail, tail) == 0);
    idc_buffer_free(&out);
    idc_record_free(&copy);
    idc_record_free(&r);
    return 0;
}
