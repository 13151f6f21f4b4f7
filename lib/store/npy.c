#include "store/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX 10 /* magic, version, length of the header */

int idc_npy_write(idc_buffer *out, const idc_array *a)
{
    char header[512];
    const char *dtype = idc_dtype_numpy(a->dtype);
    if (!dtype)
        return IDC_E_UNSUPPORTED;
    int n = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     dtype);
    for (int i = 0; i < a->ndim; i++)
        n += snprintf(header + n, sizeof header - (size_t)n, "%lld,", (long long)a->shape[i]);
    n += snprintf(header + n, sizeof header - (size_t)n, "), }");
    while ((PREFIX + n + 1) % 64)
        header[n++] = ' ';
    header[n++] = '\n';
    const unsigned char prefix[PREFIX] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)(n & 255), (unsigned char)(n >> 8)};
    int rc = idc_buffer_append(out, prefix, sizeof prefix);
    rc = rc < 0 ? rc : idc_buffer_append(out, header, (size_t)n);
    return rc < 0 ? rc : idc_buffer_append(out, a->data, idc_array_bytes(a));
}

/* After "'key':", blanks passed; NULL where the header lacks it. */
static const char *value_of(const char *header, const char *key)
{
    const char *p = strstr(header, key);
    p = p ? strchr(p, ':') : NULL;
    return p ? p + 1 + strspn(p + 1, " ") : NULL;
}

static int parse_shape(idc_array *a, const char *p, idc_error *err)
{
    size_t count = 1;
    if (!p || *p != '(')
        return idc_fail(err, IDC_E_INVALID, "header has no shape");
    for (p++; *(p += strspn(p, " ,")) != ')';) {
        char *end;
        long long n = strtoll(p, &end, 10);
        if (end == p || n < 1 || a->ndim == IDC_MAX_DIMS ||
            __builtin_mul_overflow(count, (size_t)n, &count))
            return idc_fail(err, IDC_E_UNSUPPORTED, "shape is not 1 to %d sizes", IDC_MAX_DIMS);
        a->shape[a->ndim++] = n;
        p = end;
    }
    return count > SIZE_MAX / 16 ? idc_fail(err, IDC_E_RANGE, "shape is too large") : 0;
}

int idc_npy_read(idc_array *a, const void *bytes, size_t n, idc_error *err)
{
    const unsigned char *p = bytes;
    char header[4096];
    *a = (idc_array){.ndim = 0};
    if (n < PREFIX || memcmp(p, "\x93NUMPY", 6) != 0)
        return idc_fail(err, IDC_E_INVALID, "is no .npy file");
    if (p[6] != 1)
        return idc_fail(err, IDC_E_UNSUPPORTED, "is of .npy format %d", p[6]);
    size_t length = (size_t)p[8] | (size_t)p[9] << 8;
    if (length >= sizeof header || length > n - PREFIX)
        return idc_fail(err, IDC_E_INVALID, "header is longer than the file");
    memcpy(header, p + PREFIX, length);
    header[length] = 0;
    const char *descr = value_of(header, "'descr'"), *order = value_of(header, "'fortran_order'");
    const char *end = descr && *descr == '\'' ? strchr(descr + 1, '\'') : NULL;
    int dtype = end ? idc_dtype_from_numpy(descr + 1, (size_t)(end - descr - 1)) : -1;
    if (dtype < 0)
        return idc_fail(err, IDC_E_UNSUPPORTED, "dtype is none of f32, f16, i8, u8, i32, i64");
    if (!order || strncmp(order, "False", 5) != 0)
        return idc_fail(err, IDC_E_UNSUPPORTED, "is in Fortran order");
    a->dtype = (idc_dtype)dtype;
    int rc = parse_shape(a, value_of(header, "'shape'"), err);
    if (rc == 0 && (a->ndim == 0 || n - PREFIX - length != idc_array_bytes(a)))
        rc = idc_fail(err, IDC_E_MISMATCH, "data are %zu bytes, not what the shape says",
                      n - PREFIX - length);
    a->data = p + PREFIX + length;
    return rc;
}

int idc_npy_escape(char *out, size_t size, const char *name)
{
    size_t n = 0;
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (n + 4 > size)
            return IDC_E_RANGE;
        if (c == '/' || c == '%' || c < 0x20 || c == 0x7f || (c == '.' && p == name))
            n += (size_t)snprintf(out + n, size - n, "%%%02X", c);
        else
            out[n++] = *p;
    }
    out[n] = 0;
    return 0;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void idc_npy_unescape(char *name)
{
    char *out = name;
    for (const char *p = name; *p; p++) {
        if (*p == '%' && digit(p[1]) >= 0 && digit(p[2]) >= 0 &&
            digit(p[1]) * 16 + digit(p[2]) > 0) {
            *out++ = (char)(digit(p[1]) * 16 + digit(p[2]));
            p += 2;
        } else
            *out++ = *p;
    }
    *out = 0;
}
