#include "wire/token.h"

#include <string.h>

static uint64_t big_endian(const uint8_t *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static void set_int(idc_token *t, int64_t v)
{
    t->type = IDC_TOKEN_INT;
    t->integer = v;
}

static void set_sized(idc_token *t, idc_token_type type, uint64_t size)
{
    t->type = type;
    t->size = (uint32_t)size;
}

static void set_float(idc_token *t, const uint8_t *p, bool single)
{
    uint64_t bits = big_endian(p, single ? 4 : 8);
    uint32_t low = (uint32_t)bits;
    float f;
    t->type = IDC_TOKEN_FLOAT;
    t->single = single;
    memcpy(&f, &low, sizeof f);
    memcpy(&t->real, &bits, sizeof t->real);
    if (single)
        t->real = (double)f;
}

/* Bytes that follow the first one in a header that begins with 0xc0 … 0xdf. */
static const uint8_t header_rest[32] = {0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8,
                                        1, 2, 4, 8, 1, 1, 1, 1, 1, 1, 2, 4, 2, 4, 2, 4};

/* nil, booleans and numbers; the bits of v below the number's width are the number. */
static void read_number(idc_token *t, const uint8_t *p, uint64_t v)
{
    if (p[0] == 0xc0)
        t->type = IDC_TOKEN_NIL;
    else if (p[0] == 0xc2 || p[0] == 0xc3)
        *t = (idc_token){.type = IDC_TOKEN_BOOL, .integer = p[0] == 0xc3};
    else if (p[0] == 0xca || p[0] == 0xcb)
        set_float(t, p + 1, p[0] == 0xca);
    else if (p[0] == 0xcf && v > INT64_MAX)
        *t = (idc_token){.type = IDC_TOKEN_UINT, .large = v};
    else if (p[0] == 0xd0)
        set_int(t, (int8_t)v);
    else if (p[0] == 0xd1)
        set_int(t, (int16_t)v);
    else if (p[0] == 0xd2)
        set_int(t, (int32_t)v);
    else /* 0xcc … 0xcf without a sign, 0xd3 with its 64 bits */
        set_int(t, (int64_t)v);
}

/* A header that begins with 0xc0 … 0xdf and is there in whole. */
static int read_long(idc_token *t, const uint8_t *p)
{
    uint8_t b = p[0];
    int rest = header_rest[b - 0xc0];
    uint64_t v = big_endian(p + 1, rest);
    if (b == 0xc1)
        return IDC_E_INVALID;
    if (b >= 0xc4 && b <= 0xc6) {
        set_sized(t, IDC_TOKEN_BINARY, v);
    } else if (b >= 0xc7 && b <= 0xc9) { /* the size, then one byte of type */
        set_sized(t, IDC_TOKEN_EXTENSION, v >> 8);
        t->integer = (int8_t)(v & 0xff);
    } else if (b >= 0xd4 && b <= 0xd8) { /* 1, 2, 4, 8, 16 bytes */
        set_sized(t, IDC_TOKEN_EXTENSION, (uint64_t)1 << (b - 0xd4));
        t->integer = (int8_t)v;
    } else if (b >= 0xd9 && b <= 0xdb) {
        set_sized(t, IDC_TOKEN_STRING, v);
    } else if (b >= 0xdc) {
        set_sized(t, b <= 0xdd ? IDC_TOKEN_ARRAY : IDC_TOKEN_MAP, v);
    } else {
        read_number(t, p, v);
    }
    return 1 + rest;
}

int idc_token_read(idc_token *t, const uint8_t *p, size_t n)
{
    if (n == 0)
        return 0;
    memset(t, 0, sizeof *t);
    uint8_t b = p[0];
    if (b >= 0xc0 && b <= 0xdf)
        return n < 1u + header_rest[b - 0xc0] ? 0 : read_long(t, p);
    if (b < 0x80)
        set_int(t, b);
    else if (b >= 0xe0)
        set_int(t, (int8_t)b);
    else if (b < 0x90)
        set_sized(t, IDC_TOKEN_MAP, b & 0x0f);
    else if (b < 0xa0)
        set_sized(t, IDC_TOKEN_ARRAY, b & 0x0f);
    else
        set_sized(t, IDC_TOKEN_STRING, b & 0x1f);
    return 1;
}

static bool has_payload(idc_token_type type)
{
    return type == IDC_TOKEN_STRING || type == IDC_TOKEN_BINARY || type == IDC_TOKEN_EXTENSION;
}

int idc_token_take(idc_token *t, const uint8_t **p, const uint8_t *end, const uint8_t **payload)
{
    int n = idc_token_read(t, *p, (size_t)(end - *p));
    if (n <= 0)
        return IDC_E_INVALID;
    const uint8_t *after = *p + n;
    *payload = after;
    if (has_payload(t->type)) {
        if (t->size > (size_t)(end - after))
            return IDC_E_INVALID;
        after += t->size;
    }
    *p = after;
    return 0;
}

bool idc_token_is_text(const idc_token *t, const uint8_t *payload, const char *text)
{
    return (t->type == IDC_TOKEN_STRING || t->type == IDC_TOKEN_BINARY) &&
           t->size == strlen(text) && memcmp(payload, text, t->size) == 0;
}

void idc_scan_begin(idc_scan *s, size_t limit)
{
    memset(s, 0, sizeof *s);
    s->limit = limit;
    s->pending = 1;
}

static int refuse_size(const idc_scan *s, const idc_token *t, idc_error *err)
{
    bool map = t->type == IDC_TOKEN_MAP, entries = map || t->type == IDC_TOKEN_ARRAY;
    return idc_fail(err, IDC_E_RANGE,
                    "%s claims %u %s, more than its record of at most %zu bytes can hold",
                    map       ? "a map"
                    : entries ? "an array"
                              : "a value",
                    t->size, entries ? "entries" : "bytes", s->limit);
}

/* One header was read: closes what it completes, opens what it begins. */
static int take_header(idc_scan *s, const idc_token *t, size_t header, idc_error *err)
{
    s->seen += header;
    s->pending--;
    if (s->depth > 0)
        s->left[s->depth - 1]--;
    uint64_t values = t->type == IDC_TOKEN_MAP     ? 2 * (uint64_t)t->size
                      : t->type == IDC_TOKEN_ARRAY ? t->size
                                                   : 0;
    uint64_t payload = has_payload(t->type) ? t->size : 0;
    if (s->seen > s->limit)
        return idc_fail(err, IDC_E_RANGE, "a record is longer than %zu bytes", s->limit);
    if (s->pending + values + payload > s->limit - s->seen)
        return refuse_size(s, t, err);
    if (values > 2 * (uint64_t)IDC_WIRE_ENTRIES)
        return idc_fail(err, IDC_E_RANGE, "a map or array claims %u entries; the limit is %u",
                        t->size, IDC_WIRE_ENTRIES);
    s->skip = (size_t)payload;
    if (values > 0) {
        if (s->depth == IDC_WIRE_DEPTH)
            return idc_fail(err, IDC_E_RANGE, "maps and arrays nested deeper than %d",
                            IDC_WIRE_DEPTH);
        s->left[s->depth++] = values;
        s->pending += values;
    }
    while (s->depth > 0 && s->left[s->depth - 1] == 0)
        s->depth--;
    return 0;
}

int idc_scan_feed(idc_scan *s, const uint8_t *p, size_t n, size_t *used, idc_error *err)
{
    size_t at = 0;
    for (;;) {
        size_t pass = s->skip < n - at ? s->skip : n - at;
        at += pass;
        s->skip -= pass;
        s->seen += pass;
        *used = at;
        if (s->skip > 0)
            return 0;
        if (s->pending == 0)
            return 1;
        idc_token t;
        int header = idc_token_read(&t, p + at, n - at);
        if (header == 0)
            return 0;
        if (header < 0)
            return idc_fail(err, IDC_E_INVALID,
                            "byte 0x%02x at offset %zu of a record is no msgpack", p[at], s->seen);
        int rc = take_header(s, &t, (size_t)header, err);
        if (rc < 0)
            return rc;
        at += (size_t)header;
    }
}

size_t idc_scan_need(const idc_scan *s)
{
    return s->skip + (size_t)s->pending;
}

int64_t idc_scan_value(const uint8_t *p, size_t n, idc_error *err)
{
    idc_scan s;
    size_t used;
    idc_scan_begin(&s, n);
    int rc = idc_scan_feed(&s, p, n, &used, err);
    if (rc == 0)
        return idc_fail(err, IDC_E_CUT, "a record is cut after %zu bytes", n);
    return rc < 0 ? rc : (int64_t)used;
}
