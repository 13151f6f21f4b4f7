#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int idc_buffer_reserve(idc_buffer *b, size_t more)
{
    if (more <= b->capacity - b->size)
        return 0;
    if (more > PTRDIFF_MAX - b->size)
        return IDC_E_MEMORY;
    size_t want = b->size + more, grown = b->capacity + b->capacity / 2;
    if (grown < want)
        grown = want;
    if (grown < 64)
        grown = 64;
    uint8_t *p = realloc(b->data, grown);
    if (!p)
        return IDC_E_MEMORY;
    b->data = p;
    b->capacity = grown;
    return 0;
}

int idc_buffer_append(idc_buffer *b, const void *bytes, size_t n)
{
    if (idc_buffer_reserve(b, n) < 0)
        return IDC_E_MEMORY;
    if (n > 0)
        memcpy(b->data + b->size, bytes, n);
    b->size += n;
    return 0;
}

int idc_buffer_append_string(idc_buffer *b, const char *s)
{
    return idc_buffer_append(b, s, strlen(s));
}

int idc_buffer_printf(idc_buffer *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || idc_buffer_reserve(b, (size_t)n + 1) < 0)
        return IDC_E_MEMORY;
    va_start(ap, format);
    vsnprintf((char *)b->data + b->size, (size_t)n + 1, format, ap);
    va_end(ap);
    b->size += (size_t)n;
    return 0;
}

void idc_buffer_free(idc_buffer *b)
{
    free(b->data);
    *b = (idc_buffer){0};
}
