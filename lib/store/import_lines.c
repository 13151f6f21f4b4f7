/* import_lines.c: a JSON object a line: pairs as {"img1", "img2"} or {"before", "after"}, single pictures as {"img"}. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "store/import_parts.h"

static const char *text_of(const json_t *object, const char *key, const char *other)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : json_string_value(json_object_get(object, other));
}

/* A list of words as a sentence, with blanks between; null where it holds something else. */
static json_t *joined(const json_t *words)
{
    idc_buffer b = {0};
    json_t *word, *sentence = NULL;
    size_t i;
    bool good = true;
    json_array_foreach(words, i, word)
    {
        const char *text = json_string_value(word);
        good = good && text && (i == 0 || idc_buffer_append(&b, " ", 1) == 0) &&
               idc_buffer_append(&b, text, strlen(text)) == 0;
    }
    if (good)
        sentence = json_stringn(b.data ? (const char *)b.data : "", b.size);
    idc_buffer_free(&b);
    return sentence ? sentence : json_null();
}

/* `sentences` or `captions`: strings; `description`: the words of one, or a list of such lists. A new list. */
static json_t *sentences_of(const json_t *line)
{
    json_t *list = json_object_get(line, "sentences"), *words, *out = json_array();
    size_t i;
    list = list ? list : json_object_get(line, "captions");
    if (list) {
        json_decref(out);
        return json_incref(list);
    }
    list = json_object_get(line, "description");
    if (json_is_string(json_array_get(list, 0)))
        json_array_append_new(out, joined(list));
    else
        json_array_foreach(list, i, words) json_array_append_new(out, joined(words));
    return out;
}

/* What the line says of the pair's change; NULL: nothing. */
static const char *type_of(const json_t *line, const char *after)
{
    const char *type = json_string_value(json_object_get(line, "type"));
    const json_t *label = json_object_get(line, "label"); /* are both of one class? */
    if (type)
        return type;
    if (json_is_integer(label))
        return json_integer_value(label) ? "same class" : "other class";
    return strstr(after, "nonsemantic") ? "none"
                                        : NULL; /* CLEVR-Change's name for a moved camera */
}

/* class_id1, class_id2: numbers or names. */
static int classes_of(idc_import *im, const json_t *line, const idc_import_entry *e, idc_error *err)
{
    static const char *const keys[2] = {"class_id1", "class_id2"};
    int rc = 0;
    for (int side = 0; side < 2 && rc == 0; side++) {
        char digits[24];
        const json_t *value = json_object_get(line, keys[side]);
        const char *class = json_string_value(value);
        if (json_is_integer(value)) {
            snprintf(digits, sizeof digits, "%" PRId64, (int64_t)json_integer_value(value));
            class = digits;
        }
        if (class && *class)
            rc = idc_import_class(im, side ? e->after : e->before, class, err);
    }
    return rc;
}

static int one(idc_import *im, const json_t *line, const char *place, idc_error *err)
{
    char both[2 * IDC_IMPORT_NAME];
    idc_import_entry e = {.name = text_of(line, "id", "img"),
                          .before = text_of(line, "img1", "before"),
                          .after = text_of(line, "img2", "after"),
                          .split = json_string_value(json_object_get(line, "split"))};
    if (!e.name && e.before && e.after) {
        if ((size_t)snprintf(both, sizeof both, "%s:%s", e.before, e.after) >= sizeof both)
            return idc_import_refuse(im, place, "a name is too long");
        e.name = both;
    }
    if (!e.name || !*e.name || !e.before != !e.after)
        return idc_import_refuse(im, place, "names neither img1 and img2 nor img");
    json_t *sentences = sentences_of(line);
    e.captions = sentences;
    if (e.before)
        e.type = type_of(line, e.after);
    int rc = e.before ? idc_import_pair(im, &e, err) : idc_import_item(im, &e, err);
    if (rc == 0 && e.before)
        rc = classes_of(im, line, &e, err);
    json_decref(sentences);
    return rc;
}

int idc_import_lines(idc_import *im, const char *path, idc_error *err)
{
    idc_buffer b = {0};
    char place[4200], *line;
    int rc = idc_import_file(&b, path, NULL, err);
    if (rc == 0 && idc_buffer_append(&b, "", 1) < 0)
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    char *at = rc == 0 ? (char *)b.data : NULL;
    for (int number = 1; rc == 0 && (line = idc_import_line(&at)); number++) {
        if (!line[strspn(line, " \t")])
            continue;
        snprintf(place, sizeof place, "%s: line %d", path, number);
        json_t *object = json_loads(line, 0, NULL);
        rc = json_is_object(object) ? one(im, object, place, err)
                                    : idc_import_refuse(im, place, "is no JSON object");
        json_decref(object);
    }
    idc_buffer_free(&b);
    return rc;
}
