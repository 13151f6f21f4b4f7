/* record_get.c: fields read out of a record; and error records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ndarray.h"
#include "wire/record_state.h"

/* The field and its first token. */
static int look(const idc_record *r, const char *key, idc_token *t, const idc_field **f,
                idc_error *err)
{
    *f = idc_record_find(r, key);
    if (!*f)
        return idc_record_complain(r, IDC_E_MISSING, key, "is missing", err);
    const uint8_t *p = (*f)->bytes + (*f)->value_at, *payload;
    if (idc_token_take(t, &p, (*f)->bytes + (*f)->size, &payload) < 0)
        return idc_record_complain(r, IDC_E_INVALID, key, "is malformed", err);
    return 0;
}

int idc_record_get_string(const idc_record *r, const char *key, const char **value, idc_error *err)
{
    const idc_field *f = idc_record_find(r, key);
    if (!f)
        return idc_record_complain(r, IDC_E_MISSING, key, "is missing", err);
    if (!f->text)
        return idc_record_complain(r, IDC_E_INVALID, key, "is not text", err);
    *value = f->text;
    return 0;
}

int idc_record_get_int(const idc_record *r, const char *key, int64_t *value, idc_error *err)
{
    const idc_field *f;
    idc_token t;
    int rc = look(r, key, &t, &f, err);
    if (rc < 0)
        return rc;
    if (t.type != IDC_TOKEN_INT)
        return idc_record_complain(r, IDC_E_INVALID, key, "is not a whole number", err);
    *value = t.integer;
    return 0;
}

int idc_record_get_bool(const idc_record *r, const char *key, bool *value, idc_error *err)
{
    const idc_field *f;
    idc_token t;
    int rc = look(r, key, &t, &f, err);
    if (rc < 0)
        return rc;
    if (t.type != IDC_TOKEN_BOOL)
        return idc_record_complain(r, IDC_E_INVALID, key, "is neither true nor false", err);
    *value = t.integer != 0;
    return 0;
}

static bool number(const idc_token *t, double *value)
{
    if (t->type == IDC_TOKEN_FLOAT)
        *value = t->real;
    else if (t->type == IDC_TOKEN_INT)
        *value = (double)t->integer;
    else if (t->type == IDC_TOKEN_UINT)
        *value = (double)t->large;
    else
        return false;
    return true;
}

int idc_record_get_double(const idc_record *r, const char *key, double *value, idc_error *err)
{
    const idc_field *f;
    idc_token t;
    int rc = look(r, key, &t, &f, err);
    if (rc < 0)
        return rc;
    return number(&t, value) ? 0
                             : idc_record_complain(r, IDC_E_INVALID, key, "is not a number", err);
}

int idc_record_get_array(const idc_record *r, const char *key, idc_array *value, idc_error *err)
{
    const idc_field *f;
    idc_token t;
    int rc = look(r, key, &t, &f, err);
    if (rc < 0)
        return rc;
    const uint8_t *p = f->bytes + f->value_at;
    size_t n = f->size - f->value_at;
    if (!idc_ndarray_at(p, n))
        return idc_record_complain(r, IDC_E_INVALID, key, "is not an array", err);
    idc_ndarray a;
    idc_error why = IDC_NO_ERROR;
    rc = idc_ndarray_read(&a, p, n, &why);
    if (rc == 0)
        rc = idc_ndarray_to_array(value, &a, &why);
    if (rc == 0)
        return 0;
    char what[300];
    snprintf(what, sizeof what, "holds a bad array: %.250s", why.text);
    return idc_record_complain(r, IDC_E_INVALID, key, what, err);
}

int idc_record_get_numbers(const idc_record *r, const char *key, double *values, size_t max,
                           idc_error *err)
{
    const idc_field *f;
    idc_token t;
    int rc = look(r, key, &t, &f, err);
    if (rc < 0)
        return rc;
    if (t.type != IDC_TOKEN_ARRAY || t.size > INT32_MAX)
        return idc_record_complain(r, IDC_E_INVALID, key, "is not a list of numbers", err);
    const uint8_t *p = f->bytes + f->value_at, *end = f->bytes + f->size, *payload;
    uint32_t n = t.size;
    idc_token_take(&t, &p, end, &payload);
    for (uint32_t i = 0; i < n; i++) {
        double v;
        if (idc_token_take(&t, &p, end, &payload) < 0 || !number(&t, &v))
            return idc_record_complain(r, IDC_E_INVALID, key, "is not a list of numbers", err);
        if (i < max)
            values[i] = v;
    }
    return (int)n;
}

idc_record *idc_record_error(const char *from, const char *id, const idc_error *cause)
{
    idc_record *r = idc_record_new("error");
    if (r &&
        (idc_record_set_string(r, "id", id) < 0 || idc_record_set_string(r, "from", from) < 0 ||
         idc_record_set_string(r, "code", idc_error_name(cause->code)) < 0 ||
         idc_record_set_string(r, "text", cause->text) < 0))
        idc_record_free(&r);
    return r;
}
