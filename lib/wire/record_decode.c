/* record_decode.c: from bytes that nobody vouches for to a record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ndarray.h"
#include "wire/record_state.h"

/* A field's key, and the space that its string's zero-terminated copy will need. */
static int read_field(idc_field *f, const uint8_t *p, size_t n, size_t *text_bytes, idc_error *err)
{
    const uint8_t *start = p, *end = p + n, *payload;
    idc_token t;
    if (idc_token_take(&t, &p, end, &payload) < 0 || t.type != IDC_TOKEN_STRING)
        return idc_fail(err, IDC_E_INVALID, "a record has a field whose name is not a string");
    *f = (idc_field){.bytes = start,
                     .key_length = t.size,
                     .key_at = (uint32_t)(payload - start),
                     .value_at = (uint32_t)(p - start)};
    int64_t value = idc_scan_value(p, (size_t)(end - p), err);
    if (value < 0)
        return (int)value;
    f->size = f->value_at + (size_t)value;
    if (idc_token_take(&t, &p, end, &payload) == 0 && t.type == IDC_TOKEN_STRING &&
        !memchr(payload, 0, t.size))
        *text_bytes += (size_t)t.size + 1;
    return 0;
}

static void copy_texts(idc_record *r)
{
    char *at = r->texts;
    for (int i = 0; i < r->count; i++) {
        idc_field *f = &r->fields[i];
        const uint8_t *p = f->bytes + f->value_at, *payload;
        idc_token t;
        if (idc_token_take(&t, &p, f->bytes + f->size, &payload) < 0 ||
            t.type != IDC_TOKEN_STRING || memchr(payload, 0, t.size))
            continue;
        memcpy(at, payload, t.size);
        at[t.size] = 0;
        f->text = at;
        at += t.size + 1;
    }
}

static int compare_fields(const void *a, const void *b)
{
    const idc_field *x = *(idc_field *const *)a, *y = *(idc_field *const *)b;
    uint32_t n = x->key_length < y->key_length ? x->key_length : y->key_length;
    int order = memcmp(x->bytes + x->key_at, y->bytes + y->key_at, n);
    return order ? order : (x->key_length > y->key_length) - (x->key_length < y->key_length);
}

/* A name that comes twice would let two readers see two different records. */
static int refuse_twice(const idc_record *r, idc_error *err)
{
    const idc_field *sorted[IDC_WIRE_FIELDS] = {NULL};
    for (int i = 0; i < r->count; i++)
        sorted[i] = &r->fields[i];
    qsort(sorted, (size_t)r->count, sizeof *sorted, compare_fields);
    for (int i = 1; i < r->count; i++)
        if (compare_fields(&sorted[i - 1], &sorted[i]) == 0)
            return idc_fail(err, IDC_E_INVALID, "a record has the field '%.*s' twice",
                            sorted[i]->key_length > 60 ? 60 : (int)sorted[i]->key_length,
                            (const char *)sorted[i]->bytes + sorted[i]->key_at);
    return 0;
}

static int check_arrays(const idc_record *r, idc_error *err)
{
    for (int i = 0; i < r->count; i++) {
        const idc_field *f = &r->fields[i];
        int rc = idc_ndarray_check_all(f->bytes + f->value_at, f->size - f->value_at, err);
        if (rc == 0)
            continue;
        char key[61], what[300];
        snprintf(key, sizeof key, "%.*s", f->key_length > 60 ? 60 : (int)f->key_length,
                 (const char *)f->bytes + f->key_at);
        snprintf(what, sizeof what, "holds a bad array: %.250s", err ? err->text : "");
        return idc_record_complain(r, rc, key, what, err);
    }
    return 0;
}

static int read_fields(idc_record *r, const uint8_t *p, size_t n, idc_error *err)
{
    size_t texts = 0;
    for (int i = 0; i < r->capacity; i++) {
        int rc = read_field(&r->fields[i], p, n, &texts, err);
        if (rc < 0)
            return rc;
        p += r->fields[i].size;
        n -= r->fields[i].size;
        r->count++;
    }
    if (texts > 0 && !(r->texts = malloc(texts)))
        return idc_fail(err, IDC_E_MEMORY, "no memory for a record");
    copy_texts(r);
    int rc = refuse_twice(r, err);
    if (rc == 0 && !*idc_record_kind(r))
        rc = idc_fail(err, IDC_E_INVALID, "a record without a kind");
    return rc < 0 ? rc : check_arrays(r, err);
}

int idc_record_decode_in(idc_record **out, idc_block *block, const uint8_t *bytes, size_t n,
                         idc_error *err)
{
    idc_error local = IDC_NO_ERROR;
    err = err ? err : &local;
    *out = NULL;
    int64_t whole = idc_scan_value(bytes, n, err);
    if (whole < 0)
        return (int)whole;
    if ((size_t)whole != n)
        return idc_fail(err, IDC_E_INVALID, "%zu bytes follow a record of %lld", n - (size_t)whole,
                        (long long)whole);
    idc_token t;
    int header = idc_token_read(&t, bytes, n);
    if (t.type != IDC_TOKEN_MAP)
        return idc_fail(err, IDC_E_INVALID, "not a record: records are msgpack maps");
    if (t.size > IDC_WIRE_FIELDS)
        return idc_fail(err, IDC_E_RANGE, "a record of %u fields; the limit is %d", t.size,
                        IDC_WIRE_FIELDS);
    idc_record *r = calloc(1, sizeof *r);
    if (!r || !(r->fields = calloc(t.size + 4u, sizeof *r->fields))) {
        free(r);
        return idc_fail(err, IDC_E_MEMORY, "no memory for a record");
    }
    r->capacity = (int)t.size;
    int rc = read_fields(r, bytes + header, n - (size_t)header, err);
    r->capacity = (int)t.size + 4;
    if (block)
        r->block = idc_block_keep(block);
    if (rc < 0)
        idc_record_free(&r);
    *out = r;
    return rc;
}

int idc_record_decode(idc_record **r, const void *bytes, size_t n, idc_error *err)
{
    *r = NULL;
    idc_block *block = idc_block_new(n);
    if (!block)
        return idc_fail(err, IDC_E_MEMORY, "no memory for a record of %zu bytes", n);
    if (n > 0)
        memcpy(block->data, bytes, n);
    int rc = idc_record_decode_in(r, block, block->data, n, err);
    idc_block_drop(&block);
    return rc;
}
