#include "wire/ndarray.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "wire/packer.h"
#include "wire/token.h"

bool idc_ndarray_at(const uint8_t *p, size_t n)
{
    idc_token t;
    const uint8_t *end = p + n, *payload;
    return idc_token_take(&t, &p, end, &payload) == 0 && t.type == IDC_TOKEN_MAP && t.size > 0 &&
           idc_token_take(&t, &p, end, &payload) == 0 && t.type == IDC_TOKEN_BINARY &&
           idc_token_is_text(&t, payload, "nd");
}

/* The element size that a dtype string states: "<f4" 4; 0 where it is not one of the plain kinds. */
static size_t element_size(const char *type)
{
    if (!strchr("<>|=", type[0]) || type[0] == 0 || type[1] == 0 || !strchr("biufc", type[1]))
        return 0;
    char *end;
    unsigned long size = strtoul(type + 2, &end, 10);
    return *end || size > 64 ? 0 : size;
}

static int read_shape(idc_ndarray *a, uint32_t ndim, const uint8_t **p, const uint8_t *end,
                      idc_error *err)
{
    if (ndim > IDC_NDARRAY_DIMS)
        return idc_fail(err, IDC_E_RANGE, "an array of %u dimensions", ndim);
    a->ndim = (int)ndim;
    for (uint32_t i = 0; i < ndim; i++) {
        idc_token t;
        const uint8_t *payload;
        if (idc_token_take(&t, p, end, &payload) < 0 || t.type != IDC_TOKEN_INT || t.integer < 0)
            return idc_fail(err, IDC_E_INVALID, "an array's shape is not a list of sizes");
        a->shape[i] = t.integer;
    }
    return 0;
}

static int check_size(const idc_ndarray *a, idc_error *err)
{
    size_t size = element_size(a->type), bytes = size;
    if (size == 0)
        return 0;
    char text[IDC_NDARRAY_DIMS * 21 + 1] = "";
    size_t at = 0;
    bool fits = true, empty = false;
    for (int i = 0; i < a->ndim; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld", i ? "x" : "",
                               (long long)a->shape[i]);
        empty = empty || a->shape[i] == 0;
        fits = fits && idc_mul_size(&bytes, bytes, (size_t)a->shape[i]) == 0;
    }
    if (empty)
        bytes = 0;
    if ((fits || empty) && bytes == a->bytes)
        return 0;
    return idc_fail(err, IDC_E_MISMATCH, "shape %.200s of %s does not make %zu bytes of data",
                    a->ndim ? text : "()", a->type, a->bytes);
}

int idc_ndarray_read(idc_ndarray *a, const uint8_t *p, size_t n, idc_error *err)
{
    const uint8_t *end = p + n, *payload;
    idc_token t, value;
    bool nd = false, shape = false, data = false;
    *a = (idc_ndarray){.ndim = 0};
    if (idc_token_take(&t, &p, end, &payload) < 0 || t.type != IDC_TOKEN_MAP)
        return idc_fail(err, IDC_E_INVALID, "not an array");
    for (uint32_t i = t.size; i > 0; i--) {
        idc_token key;
        const uint8_t *name, *start;
        if (idc_token_take(&key, &p, end, &name) < 0)
            return idc_fail(err, IDC_E_INVALID, "an array's map is malformed");
        start = p;
        int64_t whole = idc_scan_value(p, (size_t)(end - p), err);
        if (whole < 0)
            return (int)whole;
        if (idc_token_take(&value, &p, end, &payload) < 0)
            return idc_fail(err, IDC_E_INVALID, "an array's map is malformed");
        if (idc_token_is_text(&key, name, "nd")) {
            nd = value.type == IDC_TOKEN_BOOL && value.integer;
        } else if (idc_token_is_text(&key, name, "type") && value.type == IDC_TOKEN_STRING) {
            if (value.size < sizeof a->type)
                memcpy(a->type, payload, value.size);
        } else if (idc_token_is_text(&key, name, "shape") && value.type == IDC_TOKEN_ARRAY) {
            shape = true;
            int rc = read_shape(a, value.size, &p, end, err);
            if (rc < 0)
                return rc;
        } else if (idc_token_is_text(&key, name, "data") && value.type == IDC_TOKEN_BINARY) {
            data = true;
            a->data = payload;
            a->bytes = value.size;
        }
        p = start + whole;
    }
    if (!data || (nd && !shape)) /* nd false: a numpy scalar, which has no shape */
        return idc_fail(err, IDC_E_INVALID, "an array without %s", data ? "shape" : "data");
    for (const char *c = a->type; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            return idc_fail(err, IDC_E_INVALID, "an array's dtype is not text");
    return check_size(a, err);
}

int idc_ndarray_to_array(idc_array *out, const idc_ndarray *a, idc_error *err)
{
    int dtype = idc_dtype_from_numpy(a->type, strlen(a->type));
    if (dtype < 0)
        return idc_fail(err, IDC_E_UNSUPPORTED, "dtype '%s' is none of ours", a->type);
    if (a->ndim > IDC_MAX_DIMS)
        return idc_fail(err, IDC_E_UNSUPPORTED, "%d dimensions, the limit is %d", a->ndim,
                        IDC_MAX_DIMS);
    *out = (idc_array){.dtype = (idc_dtype)dtype, .ndim = a->ndim, .data = a->data};
    memcpy(out->shape, a->shape, sizeof out->shape);
    return 0;
}

int idc_ndarray_write(idc_buffer *out, const idc_array *a)
{
    const char *type = idc_dtype_numpy(a->dtype);
    size_t bytes = idc_array_bytes(a), start = out->size;
    if (!type)
        return IDC_E_UNSUPPORTED;
    if (bytes > UINT32_MAX || a->ndim < 0 || a->ndim > IDC_MAX_DIMS)
        return IDC_E_RANGE;
    if (idc_buffer_reserve(out, bytes + 128) < 0)
        return IDC_E_MEMORY;
    msgpack_packer pk = idc_packer(out);
    int rc = msgpack_pack_map(&pk, 5) | idc_pack_binary(&pk, "nd") | msgpack_pack_true(&pk) |
             idc_pack_binary(&pk, "type") | idc_pack_string(&pk, type) |
             idc_pack_binary(&pk, "kind") | idc_pack_binary(&pk, "") |
             idc_pack_binary(&pk, "shape") | msgpack_pack_array(&pk, (size_t)a->ndim);
    for (int i = 0; i < a->ndim; i++)
        rc |= msgpack_pack_int64(&pk, a->shape[i]);
    rc |= idc_pack_binary(&pk, "data") | msgpack_pack_bin(&pk, bytes);
    if (rc != 0 || idc_buffer_append(out, a->data, bytes) < 0) {
        out->size = start;
        return IDC_E_MEMORY;
    }
    return 0;
}

int idc_ndarray_check_all(const uint8_t *p, size_t n, idc_error *err)
{
    const uint8_t *end = p + n, *payload;
    while (p < end) {
        idc_token t;
        const uint8_t *start = p;
        if (idc_token_take(&t, &p, end, &payload) < 0)
            return idc_fail(err, IDC_E_INVALID, "malformed msgpack");
        if (t.type != IDC_TOKEN_MAP || !idc_ndarray_at(start, (size_t)(end - start)))
            continue;
        idc_ndarray a;
        int64_t whole = idc_scan_value(start, (size_t)(end - start), err);
        int rc = whole < 0 ? (int)whole : idc_ndarray_read(&a, start, (size_t)whole, err);
        if (rc < 0)
            return rc;
        p = start + whole;
    }
    return 0;
}
