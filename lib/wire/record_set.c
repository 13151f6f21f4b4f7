/* record_set.c: fields that a program puts into a record. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ndarray.h"
#include "wire/packer.h"
#include "wire/record_state.h"

static idc_buffer begin(const char *key, size_t more)
{
    idc_buffer b = {0};
    if (idc_buffer_reserve(&b, strlen(key) + more + 32) == 0) {
        msgpack_packer pk = idc_packer(&b);
        idc_pack_string(&pk, key);
    }
    return b;
}

static idc_field *new_field(idc_record *r)
{
    if (r->count == IDC_WIRE_FIELDS)
        return NULL;
    if (r->count == r->capacity) {
        int grown = r->capacity + 8;
        idc_field *p = realloc(r->fields, (size_t)grown * sizeof *p);
        if (!p)
            return NULL;
        r->fields = p;
        r->capacity = grown;
    }
    r->fields[r->count] = (idc_field){0};
    return &r->fields[r->count++];
}

/* Takes the buffer, which holds key and value; failed: one of its appends did. */
static int store(idc_record *r, const char *key, idc_buffer *b, bool failed)
{
    idc_field *f = idc_record_find(r, key);
    idc_token t;
    int header = idc_token_read(&t, b->data, b->size);
    /* without memory for the key the value stands alone */
    failed = failed || header <= 0 || t.type != IDC_TOKEN_STRING || t.size != strlen(key) ||
             b->size <= (size_t)header + t.size;
    if (failed || (!f && !(f = new_field(r)))) {
        idc_buffer_free(b);
        return IDC_E_MEMORY;
    }
    free(f->own);
    *f = (idc_field){.bytes = b->data,
                     .size = b->size,
                     .key_length = t.size,
                     .key_at = (uint32_t)header,
                     .value_at = (uint32_t)header + t.size,
                     .own = b->data};
    return 0;
}

int idc_record_set_string(idc_record *r, const char *key, const char *value)
{
    size_t n = strlen(value);
    if (n > UINT32_MAX)
        return IDC_E_RANGE;
    idc_buffer b = begin(key, n);
    msgpack_packer pk = idc_packer(&b);
    int rc = idc_pack_string(&pk, value);
    rc |= idc_buffer_append(&b, "", 1); /* the zero for `text`, not part of the field */
    if (rc == 0)
        b.size--;
    size_t size = b.size;
    rc = store(r, key, &b, rc != 0);
    if (rc == 0)
        idc_record_find(r, key)->text = (const char *)b.data + size - n;
    return rc;
}

int idc_record_set_strings(idc_record *r, const char *key, const char *const *values, size_t n)
{
    idc_buffer b = begin(key, 0);
    msgpack_packer pk = idc_packer(&b);
    int rc = msgpack_pack_array(&pk, n);
    for (size_t i = 0; i < n; i++)
        rc |= idc_pack_string(&pk, values[i]);
    return store(r, key, &b, rc != 0);
}

int idc_record_set_int(idc_record *r, const char *key, int64_t value)
{
    idc_buffer b = begin(key, 0);
    msgpack_packer pk = idc_packer(&b);
    return store(r, key, &b, msgpack_pack_int64(&pk, value) != 0);
}

int idc_record_set_double(idc_record *r, const char *key, double value)
{
    idc_buffer b = begin(key, 0);
    msgpack_packer pk = idc_packer(&b);
    return store(r, key, &b, msgpack_pack_double(&pk, value) != 0);
}

int idc_record_set_bool(idc_record *r, const char *key, bool value)
{
    idc_buffer b = begin(key, 0);
    msgpack_packer pk = idc_packer(&b);
    return store(r, key, &b, (value ? msgpack_pack_true(&pk) : msgpack_pack_false(&pk)) != 0);
}

int idc_record_set_array(idc_record *r, const char *key, const idc_array *value)
{
    size_t bytes = idc_array_bytes(value);
    if (bytes > UINT32_MAX)
        return IDC_E_RANGE;
    idc_buffer b = begin(key, bytes + 128);
    int rc = idc_ndarray_write(&b, value);
    if (rc == IDC_E_UNSUPPORTED || rc == IDC_E_RANGE) {
        idc_buffer_free(&b);
        return rc;
    }
    return store(r, key, &b, rc < 0);
}

static int pack_number(msgpack_packer *pk, double v)
{
    const double most =
        9007199254740992.0; /* 2^53: whole numbers up to it are written as integers, as people write [w, h] */
    if (v >= -most && v <= most && v == (double)(int64_t)v)
        return msgpack_pack_int64(pk, (int64_t)v);
    return msgpack_pack_double(pk, v);
}

int idc_record_set_numbers(idc_record *r, const char *key, const double *values, size_t n)
{
    idc_buffer b = begin(key, 9 * n);
    msgpack_packer pk = idc_packer(&b);
    int rc = msgpack_pack_array(&pk, n);
    for (size_t i = 0; i < n; i++)
        rc |= pack_number(&pk, values[i]);
    return store(r, key, &b, rc != 0);
}

/* depth is bounded by IDC_WIRE_DEPTH, whatever the text holds. */
static int pack_json(msgpack_packer *pk, const json_t *v, int depth)
{
    int rc = 0;
    switch (json_typeof(v)) {
    case JSON_NULL:
        return msgpack_pack_nil(pk);
    case JSON_TRUE:
        return msgpack_pack_true(pk);
    case JSON_FALSE:
        return msgpack_pack_false(pk);
    case JSON_INTEGER:
        return msgpack_pack_int64(pk, json_integer_value(v));
    case JSON_REAL:
        return msgpack_pack_double(pk, json_real_value(v));
    case JSON_STRING:
        rc = msgpack_pack_str(pk, json_string_length(v));
        return rc | msgpack_pack_str_body(pk, json_string_value(v), json_string_length(v));
    default:
        break;
    }
    if (depth == IDC_WIRE_DEPTH - 1)
        return -1;
    if (json_is_array(v)) {
        rc = msgpack_pack_array(pk, json_array_size(v));
        for (size_t i = 0; i < json_array_size(v) && rc == 0; i++)
            rc = pack_json(pk, json_array_get(v, i), depth + 1);
        return rc;
    }
    rc = msgpack_pack_map(pk, json_object_size(v));
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)v, key, value) rc |=
        rc ? rc : idc_pack_string(pk, key) | pack_json(pk, value, depth + 1);
    return rc;
}

int idc_record_set_json(idc_record *r, const char *key, const char *json, idc_error *err)
{
    json_error_t why;
    json_t *v = json_loads(json, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    if (!v)
        return idc_fail(err, IDC_E_INVALID, "field '%s': no JSON: %s", key, why.text);
    int rc;
    if (json_is_string(v)) { /* a string field like any other */
        rc = idc_record_set_string(r, key, json_string_value(v));
    } else {
        idc_buffer b = begin(key, 0);
        msgpack_packer pk = idc_packer(&b);
        bool failed = pack_json(&pk, v, 0) != 0;
        rc = store(r, key, &b, failed);
    }
    json_decref(v);
    return rc < 0 ? idc_fail(err, IDC_E_INVALID,
                             "field '%s': JSON nested deeper than %d, or no memory", key,
                             IDC_WIRE_DEPTH - 1)
                  : 0;
}

int idc_record_set_raw(idc_record *r, const char *key, const void *value, size_t n)
{
    if (idc_scan_value(value, n, NULL) != (int64_t)n || idc_ndarray_check_all(value, n, NULL) < 0)
        return IDC_E_INVALID;
    idc_buffer b = begin(key, n);
    int rc = idc_buffer_append(&b, value, n);
    return store(r, key, &b, rc < 0);
}

int idc_record_copy_field(idc_record *r, const idc_record *src, const char *key)
{
    const idc_field *f = idc_record_find(src, key);
    if (!f)
        return 0;
    if (f->text)
        return idc_record_set_string(r, key, f->text);
    idc_buffer b = {0};
    int rc = idc_buffer_append(&b, f->bytes, f->size);
    return store(r, key, &b, rc < 0);
}

void idc_record_remove(idc_record *r, const char *key)
{
    idc_field *f = idc_record_find(r, key);
    if (!f)
        return;
    free(f->own);
    int at = (int)(f - r->fields);
    memmove(f, f + 1, (size_t)(r->count - at - 1) * sizeof *f);
    r->count--;
}
