#include "model/config_json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

void idc_json_fail(idc_json_reader *r, int code, const char *format, ...)
{
    if (r->rc < 0)
        return;
    char text[IDC_ERROR_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->rc = idc_fail(r->err, code, "%s: %s", r->name, text);
}

void idc_json_known(idc_json_reader *r, json_t *o, const char *path, const char *const *keys)
{
    if (!json_is_object(o)) {
        idc_json_fail(r, IDC_E_INVALID, "%s: %s", path, o ? "not an object" : "missing");
        return;
    }
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value)
    {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i])
            idc_json_fail(r, IDC_E_UNSUPPORTED, "%s: unknown key '%s'", path, key);
    }
}

static json_t *field(json_t *o, const char *path)
{
    const char *dot = strrchr(path, '.');
    return json_object_get(o, dot ? dot + 1 : path);
}

static int whole(idc_json_reader *r, json_t *v, const char *path, int low, int high)
{
    json_int_t i = json_integer_value(v);
    if (json_is_integer(v) && i >= low && i <= high)
        return (int)i;
    idc_json_fail(r, IDC_E_RANGE, "%s: expected a whole number from %d to %d", path, low, high);
    return low;
}

int idc_json_int(idc_json_reader *r, json_t *o, const char *path, int low, int high, int fallback)
{
    json_t *v = field(o, path);
    return !v && fallback >= 0 ? fallback : whole(r, v, path, low, high);
}

double idc_json_double(idc_json_reader *r, json_t *o, const char *path, double low, double high,
                       double fallback)
{
    json_t *v = field(o, path);
    if (!v)
        return fallback;
    double x = json_number_value(v);
    if (json_is_number(v) && x >= low && x <= high)
        return x;
    idc_json_fail(r, IDC_E_RANGE, "%s: expected a number from %g to %g", path, low, high);
    return low;
}

bool idc_json_bool(idc_json_reader *r, json_t *o, const char *path, bool fallback)
{
    json_t *v = field(o, path);
    if (v && !json_is_boolean(v))
        idc_json_fail(r, IDC_E_INVALID, "%s: expected true or false", path);
    return v ? json_is_true(v) : fallback;
}

int idc_json_choice(idc_json_reader *r, json_t *o, const char *path, const char *const *names,
                    int fallback)
{
    json_t *v = field(o, path);
    if (!v && fallback >= 0)
        return fallback;
    const char *s = json_string_value(v);
    char list[256] = "";
    size_t used = 0;
    for (int i = 0; names[i]; i++) {
        if (s && strcmp(s, names[i]) == 0)
            return i;
        int n = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
        used += n > 0 && used + (size_t)n < sizeof list ? (size_t)n : 0;
    }
    idc_json_fail(r, IDC_E_UNSUPPORTED, "%s: '%s' is none of %s", path, s ? s : "", list);
    return 0;
}

static json_t *list_of(idc_json_reader *r, json_t *o, const char *path, size_t n)
{
    json_t *v = field(o, path);
    if (json_is_array(v) && json_array_size(v) == n)
        return v;
    idc_json_fail(r, IDC_E_INVALID, "%s: expected a list of %zu numbers", path, n);
    return NULL;
}

void idc_json_ints(idc_json_reader *r, json_t *o, const char *path, int *values, size_t n, int low,
                   int high)
{
    json_t *list = list_of(r, o, path, n);
    for (size_t i = 0; i < n; i++)
        values[i] = list ? whole(r, json_array_get(list, i), path, low, high) : low;
}

void idc_json_floats(idc_json_reader *r, json_t *o, const char *path, float *values, size_t n)
{
    json_t *list = list_of(r, o, path, n);
    for (size_t i = 0; list && i < n; i++) {
        json_t *v = json_array_get(list, i);
        if (!json_is_number(v) || !(fabs(json_number_value(v)) < 1e6))
            idc_json_fail(r, IDC_E_RANGE, "%s: value %zu is no number below a million", path, i);
        values[i] = (float)json_number_value(v);
    }
}

void idc_json_copy(char *out, size_t size, const char *s)
{
    size_t n = strlen(s);
    n = n < size ? n : size - 1;
    memcpy(out, s, n);
    out[n] = '\0';
}
