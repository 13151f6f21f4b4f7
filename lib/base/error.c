#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void clean(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
}

int idc_fail(idc_error *err, int code, const char *format, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, format);
        vsnprintf(err->text, sizeof err->text, format, ap);
        va_end(ap);
        clean(err->text);
        err->code = code;
    }
    return code;
}

int idc_fail_in(idc_error *err, int code, const char *prefix)
{
    if (!err)
        return code;
    char old[IDC_ERROR_TEXT];
    memcpy(old, err->text, sizeof old);
    snprintf(err->text, sizeof err->text, "%.200s: %.300s", prefix, old);
    clean(err->text);
    return err->code;
}

const char *idc_error_name(int code)
{
    static const char *const names[] = {"ok",      "invalid",     "range",    "memory",
                                        "io",      "unsupported", "mismatch", "cut",
                                        "stopped", "closed",      "numeric",  "missing"};
    return code <= 0 && code >= IDC_E_MISSING ? names[-code] : "unknown";
}
