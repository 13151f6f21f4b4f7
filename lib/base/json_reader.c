#include "base/json_reader.h"

#include <stdbool.h>
#include <string.h>

enum { WANT_VALUE, WANT_VALUE_OR_END, WANT_KEY, WANT_KEY_OR_END, WANT_COLON, WANT_COMMA, WANT_TOP };

idc_json idc_json_over(const void *bytes, size_t size)
{
    const char *p = bytes;
    if (size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) { /* byte order mark */
        p += 3;
        size -= 3;
    }
    idc_json r = {.at = p, .start = p, .end = p ? p + size : p, .wants = WANT_TOP};
    return r;
}

void idc_json_free(idc_json *r)
{
    idc_buffer_free(&r->scratch);
}

static int bad(const idc_json *r, const char *what, idc_error *err)
{
    size_t line = 1;
    for (const char *p = r->start; p < r->at; p++)
        line += *p == '\n';
    return idc_fail(err, IDC_E_INVALID, "line %zu: %s", line, what);
}

static int hex4(const char *p, const char *end, unsigned *value)
{
    *value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        *value = *value * 16 + (unsigned)digit;
    }
    return 0;
}

static int put_utf8(idc_buffer *b, unsigned c)
{
    char s[4];
    size_t n = 0;
    if (c < 0x80) {
        s[n++] = (char)c;
    } else if (c < 0x800) {
        s[n++] = (char)(0xC0 | c >> 6);
        s[n++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        s[n++] = (char)(0xE0 | c >> 12);
        s[n++] = (char)(0x80 | (c >> 6 & 63));
        s[n++] = (char)(0x80 | (c & 63));
    } else {
        s[n++] = (char)(0xF0 | c >> 18);
        s[n++] = (char)(0x80 | (c >> 12 & 63));
        s[n++] = (char)(0x80 | (c >> 6 & 63));
        s[n++] = (char)(0x80 | (c & 63));
    }
    return idc_buffer_append(b, s, n);
}

/* After a backslash and 'u'. */
static int put_escape_u(idc_json *r, idc_error *err)
{
    unsigned c, low;
    if (hex4(r->at, r->end, &c) < 0)
        return bad(r, "a \\u escape needs four hexadecimal digits", err);
    r->at += 4;
    if (c >= 0xD800 && c < 0xE000) {
        if (c < 0xDC00 && r->end - r->at >= 6 && r->at[0] == '\\' && r->at[1] == 'u' &&
            hex4(r->at + 2, r->end, &low) == 0 && low >= 0xDC00 && low < 0xE000) {
            r->at += 6;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        } else {
            c = 0xFFFD;
        }
    }
    return put_utf8(&r->scratch, c) < 0 ? idc_fail(err, IDC_E_MEMORY, "no memory") : 0;
}

static int read_string(idc_json *r, idc_error *err)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    r->scratch.size = 0;
    for (r->at++;;) {
        const char *p = r->at;
        while (p < r->end && *p != '"' && *p != '\\' && *p != '\n')
            p++;
        if (p == r->end || *p == '\n')
            return bad(r, "a string without its closing quote", err);
        if (idc_buffer_append(&r->scratch, r->at, (size_t)(p - r->at)) < 0)
            return idc_fail(err, IDC_E_MEMORY, "no memory");
        r->at = p + 1;
        if (*p == '"')
            break;
        const char *known = r->at < r->end && *r->at ? strchr(from, *r->at) : NULL;
        if (known) {
            r->at++;
            if (idc_buffer_append(&r->scratch, &to[known - from], 1) < 0)
                return idc_fail(err, IDC_E_MEMORY, "no memory");
        } else if (r->at < r->end && *r->at == 'u') {
            r->at++;
            int rc = put_escape_u(r, err);
            if (rc < 0)
                return rc;
        } else {
            return bad(r, "an unknown escape in a string", err);
        }
    }
    return 0;
}

static int read_plain(idc_json *r, idc_error *err)
{
    const char *p = r->at;
    while (p < r->end && ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' ||
                          *p == '+' || *p == '.' || *p == 'E' || *p == 'N' || *p == 'I'))
        p++;
    size_t n = (size_t)(p - r->at);
    bool word = (n == 4 && (!memcmp(r->at, "true", 4) || !memcmp(r->at, "null", 4))) ||
                (n == 5 && !memcmp(r->at, "false", 5)) || (n == 3 && !memcmp(r->at, "NaN", 3));
    if (n == 0 || (!word && !((*r->at >= '0' && *r->at <= '9') || *r->at == '-')))
        return bad(r, "neither an object, an array, a string, a number, true, false nor null", err);
    r->scratch.size = 0;
    if (idc_buffer_append(&r->scratch, r->at, n) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    r->at = p;
    r->event = word ? IDC_JSON_WORD : IDC_JSON_NUMBER;
    return 0;
}

static int finish_text(idc_json *r, idc_error *err)
{
    if (idc_buffer_append(&r->scratch, "", 1) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    r->text = (const char *)r->scratch.data;
    r->length = r->scratch.size - 1;
    return 1;
}

static int open_value(idc_json *r, char c, idc_error *err)
{
    if (r->depth == IDC_JSON_MAX_DEPTH)
        return bad(r, "nested more than 64 deep", err);
    r->at++;
    r->closes[r->depth++] = c == '{' ? '}' : ']';
    r->event = c == '{' ? IDC_JSON_OBJECT : IDC_JSON_ARRAY;
    r->wants = c == '{' ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    return 1;
}

static int close_value(idc_json *r, char c, idc_error *err)
{
    if (r->depth == 0 || r->closes[r->depth - 1] != (unsigned char)c || r->wants == WANT_KEY ||
        r->wants == WANT_VALUE || r->wants == WANT_COLON)
        return bad(r, "a bracket that closes nothing, or too early", err);
    r->at++;
    r->depth--;
    r->event = c == '}' ? IDC_JSON_OBJECT_END : IDC_JSON_ARRAY_END;
    r->wants = r->depth ? WANT_COMMA : WANT_TOP;
    return 1;
}

/* Passes blanks, commas and colons, checking that they stand where they may. */
static int pass_marks(idc_json *r, idc_error *err)
{
    for (; r->at < r->end; r->at++) {
        char c = *r->at;
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
            continue;
        if (c == ',' && r->wants == WANT_COMMA)
            r->wants = r->closes[r->depth - 1] == '}' ? WANT_KEY : WANT_VALUE;
        else if (c == ':' && r->wants == WANT_COLON)
            r->wants = WANT_VALUE;
        else
            break;
    }
    if (r->at < r->end)
        return 1;
    r->event = IDC_JSON_END;
    return r->depth || r->wants != WANT_TOP ? bad(r, "the file ends in the middle of a value", err)
                                            : 0;
}

int idc_json_next(idc_json *r, idc_error *err)
{
    int rc = pass_marks(r, err);
    if (rc <= 0)
        return rc;
    char c = *r->at;
    if (c == '}' || c == ']')
        return close_value(r, c, err);
    if (r->wants == WANT_COMMA || r->wants == WANT_COLON)
        return bad(r, r->wants == WANT_COMMA ? "a comma is missing" : "a colon is missing", err);
    bool key = r->wants == WANT_KEY || r->wants == WANT_KEY_OR_END;
    if (key && c != '"')
        return bad(r, "a key must be a string", err);
    if (c == '{' || c == '[')
        return open_value(r, c, err);
    r->event = key ? IDC_JSON_KEY : IDC_JSON_STRING;
    rc = c == '"' ? read_string(r, err) : read_plain(r, err);
    if (rc < 0)
        return rc;
    r->wants = key ? WANT_COLON : r->depth ? WANT_COMMA : WANT_TOP;
    return finish_text(r, err);
}

int idc_json_skip(idc_json *r, idc_error *err)
{
    int rc = 1;
    if (r->event == IDC_JSON_KEY)
        rc = idc_json_next(r, err);
    if (rc <= 0 || (r->event != IDC_JSON_OBJECT && r->event != IDC_JSON_ARRAY))
        return rc;
    for (int outer = r->depth - 1; rc > 0 && r->depth > outer;)
        rc = idc_json_next(r, err);
    return rc;
}
