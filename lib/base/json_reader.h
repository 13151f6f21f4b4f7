/* json_reader.h: reads JSON piece by piece, without building it.
 *
 *     idc_json r = idc_json_over(bytes, size);
 *     while (idc_json_next(&r, &err) > 0)
 *         if (r.event == IDC_JSON_STRING) …r.text, r.length…
 *
 * For files of hundreds of megabytes: memory is one string, time is linear. Strings come decoded (escapes, surrogate
 * pairs); a lone surrogate becomes U+FFFD; bytes that are not UTF-8 pass through. A number comes as its text. Several
 * values may follow one another (JSON Lines); idc_json_skip passes over the value that begins with the last event.
 */
#ifndef IDC_BASE_JSON_READER_H
#define IDC_BASE_JSON_READER_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

enum { IDC_JSON_MAX_DEPTH = 64 };

typedef enum idc_json_event {
    IDC_JSON_END,
    IDC_JSON_OBJECT,
    IDC_JSON_OBJECT_END,
    IDC_JSON_ARRAY,
    IDC_JSON_ARRAY_END,
    IDC_JSON_KEY,
    IDC_JSON_STRING,
    IDC_JSON_NUMBER,
    IDC_JSON_WORD /* true, false, null */
} idc_json_event;

typedef struct idc_json {
    idc_json_event event;
    const char *
        text; /* of a key, string, number or word; ends with a zero byte; valid until the next call */
    size_t length;
    int depth; /* open objects and arrays */
    /* private */
    const char *at, *start, *end;
    idc_buffer scratch;
    unsigned char closes[IDC_JSON_MAX_DEPTH];
    int wants; /* what may come: a value, a key, a comma, a colon */
} idc_json;

idc_json idc_json_over(const void *bytes, size_t size);
void idc_json_free(idc_json *r);
/* 1, 0 at the end, or IDC_E_INVALID with the line number in the text ("line 3: …"), IDC_E_MEMORY. */
int idc_json_next(idc_json *r, idc_error *err);
/* After an OBJECT, ARRAY or KEY event: passes over what it holds, up to its end. */
int idc_json_skip(idc_json *r, idc_error *err);

#endif
