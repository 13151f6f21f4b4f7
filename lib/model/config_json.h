/* config_json.h: fields of a JSON object, each read with its limits (config.c only).
 *
 *     idc_json_reader r = {.name = "m.safetensors", .err = err};
 *     int width = idc_json_int(&r, object, "network.width", 2, 4096, -1);
 *     if (r.rc < 0) …
 *
 * A reader keeps the first error: "m.safetensors: network.width: expected a whole number from 2 to
 * 4096". A path's last part is the key. Where the key is missing the fallback is returned; a
 * negative fallback means that it must be there. After an error every getter returns its lower
 * limit (choice: 0), so that a caller checks once.
 */
#ifndef IDC_MODEL_CONFIG_JSON_H
#define IDC_MODEL_CONFIG_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct json_t json_t; /* jansson.h */

typedef struct idc_json_reader {
    const char *name;
    idc_error *err;
    int rc;
} idc_json_reader;

void idc_json_fail(idc_json_reader *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuses what is no object and keys that are not in the NULL-ended list. */
void idc_json_known(idc_json_reader *r, json_t *o, const char *path, const char *const *keys);
int idc_json_int(idc_json_reader *r, json_t *o, const char *path, int low, int high, int fallback);
double idc_json_double(idc_json_reader *r, json_t *o, const char *path, double low, double high,
                       double fallback);
bool idc_json_bool(idc_json_reader *r, json_t *o, const char *path, bool fallback);
/* The index of the string in the NULL-ended list. */
int idc_json_choice(idc_json_reader *r, json_t *o, const char *path, const char *const *names,
                    int fallback);
/* Exactly n numbers; they must be there. */
void idc_json_ints(idc_json_reader *r, json_t *o, const char *path, int *values, size_t n, int low,
                   int high);
void idc_json_floats(idc_json_reader *r, json_t *o, const char *path, float *values, size_t n);
/* Copies s, cut to size − 1 bytes. */
void idc_json_copy(char *out, size_t size, const char *s);

#endif
