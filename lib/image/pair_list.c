#include "image/pair_list.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

idc_record *idc_pair_record(const char *id, const char *before, const char *after)
{
    idc_record *r = idc_record_new("pair");
    char *joined = NULL;
    if (r && !id) {
        size_t n = strlen(before) + strlen(after) + 2;
        joined = malloc(n);
        if (joined)
            snprintf(joined, n, "%s:%s", before, after);
        id = joined;
    }
    if (r && (!id || idc_record_set_string(r, "id", id) < 0 ||
              idc_record_set_string(r, "before", before) < 0 ||
              idc_record_set_string(r, "after", after) < 0))
        idc_record_free(&r);
    free(joined);
    return r;
}

static int no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory for a pair");
}

static bool is_ours(const char *key)
{
    static const char *const ours[] = {"kind", "id", "before", "after"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(key, ours[i]) == 0)
            return true;
    return false;
}

static int copy_fields(idc_record *r, json_t *object, idc_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (is_ours(key))
            continue;
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!text)
            return no_memory(err);
        int rc = idc_record_set_json(r, key, text, err);
        free(text);
        if (rc < 0)
            return idc_fail_in(err, rc, "a field of the line");
    }
    return 0;
}

/* The field as text; an integer counts as such. NULL: it is missing, or neither. */
static const char *text_of(json_t *object, const char *key, char number[24])
{
    json_t *v = json_object_get(object, key);
    if (json_is_integer(v)) {
        snprintf(number, 24, "%lld", (long long)json_integer_value(v));
        return number;
    }
    return v && json_string_length(v) > 0 ? json_string_value(v) : NULL;
}

static int parse_object(idc_record **pair, json_t *object, idc_error *err)
{
    char numbers[3][24];
    const char *id = text_of(object, "id", numbers[0]);
    const char *before = text_of(object, "before", numbers[1]),
               *after = text_of(object, "after", numbers[2]);
    if (!before || !after)
        return idc_fail(err, IDC_E_INVALID, "'%s' is missing or no text",
                        before ? "after" : "before");
    if (json_object_get(object, "id") && !id)
        return idc_fail(err, IDC_E_INVALID, "'id' is no text");
    *pair = idc_pair_record(id, before, after);
    if (!*pair)
        return no_memory(err);
    int rc = copy_fields(*pair, object, err);
    if (rc < 0)
        idc_record_free(pair);
    return rc < 0 ? rc : 1;
}

static int parse_json(idc_record **pair, const char *line, idc_error *err)
{
    json_error_t where;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &where);
    if (!object)
        return idc_fail(err, IDC_E_INVALID, "no JSON at column %d: %s", where.column, where.text);
    int rc = json_is_object(object) ? parse_object(pair, object, err)
                                    : idc_fail(err, IDC_E_INVALID, "no JSON object");
    json_decref(object);
    return rc;
}

static int parse_tsv(idc_record **pair, const char *line, idc_error *err)
{
    char *copy = strdup(line), *cells[4] = {copy, NULL, NULL, NULL};
    int n = 1, rc = 1;
    if (!copy)
        return no_memory(err);
    for (char *p = copy; (p = strchr(p, '\t')) && n < 4; n++) {
        *p++ = 0;
        cells[n] = p;
    }
    const char *before = cells[n == 3], *after = cells[1 + (n == 3)];
    if (n != 2 && n != 3)
        rc = idc_fail(err, IDC_E_INVALID, "neither a JSON object nor 'id<TAB>before<TAB>after'");
    else if (strcmp(before, "before") == 0 && strcmp(after, "after") == 0)
        rc = 0;
    else if (!*cells[0] || !*before || !*after)
        rc = idc_fail(err, IDC_E_INVALID, "an empty column");
    else if (!(*pair = idc_pair_record(n == 3 ? cells[0] : NULL, before, after)))
        rc = no_memory(err);
    free(copy);
    return rc;
}

int idc_pair_parse(idc_record **pair, const char *line, idc_error *err)
{
    *pair = NULL;
    const char *start = line + strspn(line, " ");
    if (*start == 0 || *start == '#' || strspn(start, " \t") == strlen(start))
        return 0;
    return *start == '{' ? parse_json(pair, start, err) : parse_tsv(pair, line, err);
}
