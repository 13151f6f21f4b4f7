/* record_json.c: records as a person reads them. Walks the tokens with a stack of its own: no recursion on input. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ndarray.h"
#include "wire/record_state.h"

/* The length of the UTF-8 sequence at p, 0 when it is none (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
    size_t len = p[0] < 0x80             ? 1
                 : (p[0] & 0xe0) == 0xc0 ? 2
                 : (p[0] & 0xf0) == 0xe0 ? 3
                 : (p[0] & 0xf8) == 0xf0 ? 4
                                         : 0;
    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((len == 2 && p[0] < 0xc2) || (len == 3 && p[0] == 0xe0 && p[1] < 0xa0) ||
        (len == 3 && p[0] == 0xed && p[1] > 0x9f) || (len == 4 && p[0] == 0xf0 && p[1] < 0x90) ||
        (len == 4 && (p[0] > 0xf4 || (p[0] == 0xf4 && p[1] > 0x8f))))
        return 0;
    return len;
}

static int put_text(idc_buffer *out, const uint8_t *p, size_t n)
{
    int rc = idc_buffer_append(out, "\"", 1);
    while (n > 0 && rc == 0) {
        size_t len = utf8_length(p, n);
        if (len == 0)
            rc = idc_buffer_append_string(out, "\\ufffd");
        else if (len == 1 && (p[0] == '"' || p[0] == '\\'))
            rc = idc_buffer_printf(out, "\\%c", p[0]);
        else if (len == 1 && p[0] == '\n')
            rc = idc_buffer_append_string(out, "\\n");
        else if (len == 1 && (p[0] < 0x20 || p[0] == 0x7f))
            rc = idc_buffer_printf(out, "\\u%04x", p[0]);
        else
            rc = idc_buffer_append(out, p, len);
        len = len ? len : 1;
        p += len;
        n -= len;
    }
    return rc | idc_buffer_append(out, "\"", 1);
}

static int put_real(idc_buffer *out, double v, int digits)
{
    if (!isfinite(v))
        return idc_buffer_append_string(out, "null");
    char text[40];
    for (int d = digits; d <= 17; d++) { /* the shortest form that reads back as the same number */
        snprintf(text, sizeof text, "%.*g", d, v);
        if (digits < 15 || strtod(text, NULL) == v)
            break;
    }
    return idc_buffer_append_string(out, text);
}

static double element(const idc_array *a, size_t i)
{
    const uint8_t *p = (const uint8_t *)a->data + i * idc_dtype_size(a->dtype);
    float f = 0;
    uint16_t half;
    int32_t i32;
    int64_t i64;
    switch (a->dtype) {
    case IDC_DTYPE_F32:
        memcpy(&f, p, sizeof f);
        return (double)f;
    case IDC_DTYPE_F16:
        memcpy(&half, p, sizeof half);
        idc_f16_to_f32(&f, &half, 1);
        return (double)f;
    case IDC_DTYPE_U8:
        return (double)p[0];
    case IDC_DTYPE_I8:
        return (double)(int8_t)p[0];
    case IDC_DTYPE_I32:
        memcpy(&i32, p, sizeof i32);
        return (double)i32;
    case IDC_DTYPE_I64:
        memcpy(&i64, p, sizeof i64);
        return (double)i64;
    default:
        return (double)NAN;
    }
}

static int put_statistics(idc_buffer *out, const idc_array *a)
{
    size_t n = idc_array_count(a), bad = 0;
    double low = INFINITY, high = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double v = element(a, i);
        if (!isfinite(v)) {
            bad++;
            continue;
        }
        low = v < low ? v : low;
        high = v > high ? v : high;
        sum += v;
    }
    int rc = 0;
    if (n > bad) {
        rc = idc_buffer_append_string(out, ",\"min\":") | put_real(out, low, 6);
        rc |= idc_buffer_append_string(out, ",\"max\":") | put_real(out, high, 6);
        rc |=
            idc_buffer_append_string(out, ",\"mean\":") | put_real(out, sum / (double)(n - bad), 6);
    }
    return bad ? rc | idc_buffer_printf(out, ",\"not_finite\":%zu", bad) : rc;
}

static int put_array(idc_buffer *out, const idc_ndarray *a)
{
    int rc = idc_buffer_append_string(out, "{\"dtype\":") |
             put_text(out, (const uint8_t *)a->type, strlen(a->type)) |
             idc_buffer_append_string(out, ",\"shape\":[");
    for (int i = 0; i < a->ndim; i++)
        rc |= idc_buffer_printf(out, "%s%lld", i ? "," : "", (long long)a->shape[i]);
    rc |= idc_buffer_append_string(out, "]");
    idc_array ours;
    if (idc_ndarray_to_array(&ours, a, NULL) == 0)
        rc |= put_statistics(out, &ours);
    return rc | idc_buffer_append_string(out, "}");
}

/* Anything but containers; a map's key must be text, so other keys are put in quotes. */
static int put_scalar(idc_buffer *out, const idc_token *t, const uint8_t *payload, bool key)
{
    int rc = 0;
    if (t->type == IDC_TOKEN_STRING || (t->type == IDC_TOKEN_BINARY && (key || t->size <= 64)))
        return put_text(out, payload, t->size);
    if (key)
        rc |= idc_buffer_append_string(out, "\"");
    switch (t->type) {
    case IDC_TOKEN_BOOL:
        rc |= idc_buffer_append_string(out, t->integer ? "true" : "false");
        break;
    case IDC_TOKEN_INT:
        rc |= idc_buffer_printf(out, "%lld", (long long)t->integer);
        break;
    case IDC_TOKEN_UINT:
        rc |= idc_buffer_printf(out, "%llu", (unsigned long long)t->large);
        break;
    case IDC_TOKEN_FLOAT:
        rc |= put_real(out, t->real, t->single ? 7 : 15);
        break;
    case IDC_TOKEN_BINARY:
        rc |= idc_buffer_printf(out, "{\"bytes\":%u}", t->size);
        break;
    case IDC_TOKEN_EXTENSION:
        rc |= key ? idc_buffer_printf(out, "extension %lld", (long long)t->integer)
                  : idc_buffer_printf(out, "{\"extension\":%lld,\"bytes\":%u}",
                                      (long long)t->integer, t->size);
        break;
    default:
        rc |= idc_buffer_append_string(out, "null");
    }
    return key ? rc | idc_buffer_append_string(out, "\"") : rc;
}

/* What is open: values left, and whether it is a map (then even counts are keys). */
typedef struct level {
    uint64_t left;
    bool map, first;
} level;

static int put_separator(idc_buffer *out, level *at)
{
    const char *s = at->map && at->left % 2 == 1 ? ":" : at->first ? "" : ",";
    at->first = false;
    return idc_buffer_append_string(out, s);
}

static int put_value(idc_buffer *out, const uint8_t *p, size_t n)
{
    level stack[IDC_WIRE_DEPTH + 1] = {{.left = 1, .first = true}};
    int depth = 0, rc = 0;
    const uint8_t *end = p + n, *payload;
    while (depth >= 0 && rc == 0) {
        level *at = &stack[depth];
        if (at->left == 0) {
            if (depth > 0)
                rc |= idc_buffer_append_string(out, at->map ? "}" : "]");
            depth--;
            continue;
        }
        rc |= put_separator(out, at);
        bool key = at->map && at->left % 2 == 0;
        at->left--;
        idc_token t;
        const uint8_t *start = p;
        if (idc_token_take(&t, &p, end, &payload) < 0)
            return -1;
        bool map = t.type == IDC_TOKEN_MAP;
        if (map && !key && idc_ndarray_at(start, (size_t)(end - start))) {
            idc_ndarray a;
            int64_t whole = idc_scan_value(start, (size_t)(end - start), NULL);
            if (whole < 0 || idc_ndarray_read(&a, start, (size_t)whole, NULL) < 0)
                return -1;
            rc |= put_array(out, &a);
            p = start + whole;
        } else if (map || t.type == IDC_TOKEN_ARRAY) {
            if (key || depth == IDC_WIRE_DEPTH) /* JSON has no such keys */
                return -1;
            rc |= idc_buffer_append_string(out, map ? "{" : "[");
            stack[++depth] =
                (level){.left = map ? 2 * (uint64_t)t.size : t.size, .map = map, .first = true};
        } else {
            rc |= put_scalar(out, &t, payload, key);
        }
    }
    return rc;
}

static int put_record(idc_buffer *out, const idc_record *r)
{
    int rc = idc_buffer_append_string(out, "{");
    for (int i = 0; i < r->count; i++) {
        const idc_field *f = &r->fields[i];
        rc |= i ? idc_buffer_append_string(out, ",") : 0;
        rc |=
            put_text(out, f->bytes + f->key_at, f->key_length) | idc_buffer_append_string(out, ":");
        size_t start = out->size;
        if (rc == 0 && put_value(out, f->bytes + f->value_at, f->size - f->value_at) < 0) {
            out->size = start;
            rc |= idc_buffer_append_string(out, "null");
        }
    }
    return rc | idc_buffer_append_string(out, "}");
}

char *idc_record_json(const idc_record *r, const char *key)
{
    idc_buffer out = {0};
    int rc;
    if (key) {
        const idc_field *f = idc_record_find(r, key);
        rc = f ? put_value(&out, f->bytes + f->value_at, f->size - f->value_at) : -1;
    } else {
        rc = put_record(&out, r);
    }
    if (rc == 0)
        rc = idc_buffer_append(&out, "", 1);
    if (rc != 0)
        idc_buffer_free(&out);
    return (char *)out.data;
}
