/* record.h: one message of a stream, a map with string keys that says its kind.
 *
 *     idc_record *r = idc_record_new("feature");
 *     idc_record_set_string(r, "id", "a.jpg");
 *     idc_record_set_array(r, "feature", &(idc_array){IDC_DTYPE_F32, 3, {7, 7, 2048}, data});   // data is copied
 *     idc_array f;
 *     if (idc_record_get_array(r, "feature", &f, &err) < 0) …
 *     idc_record_free(&r);
 *
 * Fields that a program does not know stay in the record and are written again unchanged, in their order. Arrays are
 * written as msgpack-numpy writes them. What a getter returns lies inside the record and lives as long as it does.
 * Getters name the record and the field in their errors ("feature 'a.jpg': field 'pooled' is missing").
 */
#ifndef IDC_WIRE_RECORD_H
#define IDC_WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"
#include "base/error.h"

typedef struct idc_record idc_record;

/* A dense tensor in C order. data has idc_array_bytes() bytes; alignment is not promised by getters. */
typedef struct idc_array {
    idc_dtype dtype;
    int ndim; /* 0 … IDC_MAX_DIMS */
    int64_t shape[IDC_MAX_DIMS];
    const void *data;
} idc_array;

size_t idc_array_count(const idc_array *a); /* elements */
size_t idc_array_bytes(const idc_array *a);

idc_record *idc_record_new(const char *kind); /* NULL without memory */
idc_record *idc_record_copy(const idc_record *r);
void idc_record_free(idc_record **r);

const char *idc_record_kind(const idc_record *r);
bool idc_record_is(const idc_record *r, const char *kind);
/* The `id` field, or "" */
const char *idc_record_id(const idc_record *r);
bool idc_record_has(const idc_record *r, const char *key);

/* Setters replace or append; IDC_E_MEMORY. Strings and arrays are copied. */
int idc_record_set_string(idc_record *r, const char *key, const char *value);
int idc_record_set_strings(idc_record *r, const char *key, const char *const *values, size_t n);
int idc_record_set_int(idc_record *r, const char *key, int64_t value);
int idc_record_set_double(idc_record *r, const char *key, double value);
int idc_record_set_bool(idc_record *r, const char *key, bool value);
int idc_record_set_array(idc_record *r, const char *key, const idc_array *value);
/* An array of numbers as plain msgpack values ([w, h], boxes). */
int idc_record_set_numbers(idc_record *r, const char *key, const double *values, size_t n);
/* Any JSON value as text (objects, lists): becomes the same in msgpack. IDC_E_INVALID if it is no JSON. */
int idc_record_set_json(idc_record *r, const char *key, const char *json, idc_error *err);
/* Copies a field of another record as it is; nothing happens where src lacks it. */
int idc_record_copy_field(idc_record *r, const idc_record *src, const char *key);
void idc_record_remove(idc_record *r, const char *key);

/* Getters: 0, IDC_E_MISSING, or IDC_E_INVALID for another type. */
int idc_record_get_string(const idc_record *r, const char *key, const char **value, idc_error *err);
int idc_record_get_int(const idc_record *r, const char *key, int64_t *value, idc_error *err);
int idc_record_get_bool(const idc_record *r, const char *key, bool *value, idc_error *err);
int idc_record_get_double(const idc_record *r, const char *key, double *value,
                          idc_error *err); /* integers too */
int idc_record_get_array(const idc_record *r, const char *key, idc_array *value, idc_error *err);
/* At most max numbers of a plain list; returns how many there are, or a negative code. */
int idc_record_get_numbers(const idc_record *r, const char *key, double *values, size_t max,
                           idc_error *err);
/* The field, or the whole record (key NULL), as JSON text (malloc'ed; the caller frees): arrays as
 * {"dtype":…,"shape":…,"min":…,"max":…,"mean":…}. NULL when the field is missing or there is no memory. */
char *idc_record_json(const idc_record *r, const char *key);

/* An error record for item `id` (may be ""): kind error, id, from (program), code (idc_error_name), text. */
idc_record *idc_record_error(const char *from, const char *id, const idc_error *cause);

#endif
