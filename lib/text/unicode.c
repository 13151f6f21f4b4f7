#define _GNU_SOURCE /* newlocale, towlower_l */
#include "text/unicode.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static locale_t utf8_locale; /* 0: the library has none; then only ASCII has cases and letters */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_locale(void)
{
    utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static locale_t locale(void)
{
    pthread_once(&once, open_locale);
    return utf8_locale;
}

uint32_t idc_utf8_next(const char *text, size_t length, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text + *at;
    size_t left = length - *at, n;
    uint32_t c = p[0];
    if (c < 0x80) {
        ++*at;
        return c;
    }
    n = c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (n == 0 || n > left) {
        ++*at;
        return 0xFFFD;
    }
    c &= 0xFFu >> (n + 1);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            ++*at;
            return 0xFFFD;
        }
        c = c << 6 | (p[i] & 63);
    }
    bool bad = (n == 3 && (c < 0x800 || (c >= 0xD800 && c < 0xE000))) ||
               (n == 4 && (c < 0x10000 || c > 0x10FFFF));
    *at += bad ? 1 : n;
    return bad ? 0xFFFD : c;
}

size_t idc_utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 63));
    to[0] = (char)((0xF00u >> n & 0xFF) | c);
    return n;
}

uint32_t idc_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return locale() ? (uint32_t)towlower_l((wint_t)c, locale()) : c;
}

bool idc_is_upper(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z';
    return locale() && iswupper_l((wint_t)c, locale()) != 0;
}
