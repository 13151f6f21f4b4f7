#include "score/grammar.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"

enum { MOST_WORDS = 64, MOST_TEMPLATES = 4096 };

struct template
{
    const char *type, *value; /* value: of {ATTRIBUTE}, or NULL */
    char *before, *after;     /* of {object}; after NULL: the template is `before`, whole */
};

struct idc_grammar {
    json_t *json; /* owns the strings */
    json_t *attributes, *anything, *relations;
    const char *slots[IDC_GRAMMAR_SLOTS];
    int slot_count;
    struct template *templates;
    size_t template_count;
};

static bool add_template(idc_grammar *g, const char *type, const char *value, const char *before,
                         size_t before_length, const char *after)
{
    if (g->template_count == MOST_TEMPLATES)
        return false;
    struct template *grown = realloc(g->templates, (g->template_count + 1) * sizeof *grown);
    if (!grown)
        return false;
    g->templates = grown;
    struct template t = {type, value, malloc(before_length + 1),
                         after ? malloc(strlen(after) + 1) : NULL};
    if (!t.before || (after && !t.after)) {
        free(t.before);
        free(t.after);
        return false;
    }
    memcpy(t.before, before, before_length);
    t.before[before_length] = 0;
    if (after)
        memcpy(t.after, after, strlen(after) + 1);
    g->templates[g->template_count++] = t;
    return true;
}

/* `after` with {ATTRIBUTE} once for each of its words. */
static bool add_values(idc_grammar *g, const char *type, const char *text, const char *object,
                       idc_error *err)
{
    const char *after = object + strlen("{object}"), *open = strchr(after, '{'),
               *close = open ? strchr(open, '}') : NULL;
    size_t before = (size_t)(object - text);
    if (!close)
        return add_template(g, type, NULL, text, before, after);
    char *name = strndup(open + 1, (size_t)(close - open - 1));
    json_t *values = name ? json_object_get(g->attributes, name) : NULL;
    free(name);
    if (!json_is_object(values)) {
        idc_fail(err, IDC_E_INVALID, "template '%.100s': no such attribute", text);
        return false;
    }
    const char *value;
    json_t *words, *word;
    size_t k;
    bool good = true;
    json_object_foreach(values, value, words) json_array_foreach(words, k, word)
    {
        idc_buffer b = {0};
        good = good && json_is_string(word) &&
               idc_buffer_append(&b, after, (size_t)(open - after)) == 0 &&
               idc_buffer_append_string(&b, json_string_value(word)) == 0 &&
               idc_buffer_append(&b, close + 1, strlen(close + 1) + 1) == 0 &&
               add_template(g, type, value, text, before, (char *)b.data);
        idc_buffer_free(&b);
    }
    return good;
}

static int take_templates(idc_grammar *g, idc_error *err)
{
    const char *type;
    json_t *list, *item, *types = json_object_get(g->json, "types");
    size_t k;
    if (!json_is_object(types))
        return idc_fail(err, IDC_E_INVALID, "no \"types\"");
    json_object_foreach(types, type, list) json_array_foreach(list, k, item)
    {
        const char *text = json_string_value(item);
        if (!text)
            return idc_fail(err, IDC_E_INVALID, "type '%.60s': a template that is no string", type);
        const char *object = strstr(text, "{object}");
        if (!(object ? add_values(g, type, text, object, err)
                     : add_template(g, type, NULL, text, strlen(text), NULL)))
            return err && err->code ? err->code : idc_fail(err, IDC_E_RANGE, "too many templates");
    }
    return 0;
}

static int take_attributes(idc_grammar *g, idc_error *err)
{
    const char *name;
    json_t *values;
    g->attributes = json_object_get(g->json, "attributes");
    g->anything = json_object_get(g->json, "anything");
    g->relations = json_object_get(g->json, "relations");
    if (json_object_size(g->attributes) > IDC_GRAMMAR_SLOTS)
        return idc_fail(err, IDC_E_RANGE, "more than %d attributes", IDC_GRAMMAR_SLOTS);
    json_object_foreach(g->attributes, name, values) g->slots[g->slot_count++] = name;
    return 0;
}

int idc_grammar_parse(idc_grammar **grammar, const char *bytes, size_t size, idc_error *err)
{
    json_error_t where;
    idc_grammar *g = *grammar = calloc(1, sizeof *g);
    if (!g)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    g->json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
    int rc = g->json ? 0 : idc_fail(err, IDC_E_INVALID, "line %d: %s", where.line, where.text);
    if (rc == 0)
        rc = take_attributes(g, err);
    if (rc == 0)
        rc = take_templates(g, err);
    if (rc < 0)
        idc_grammar_close(grammar);
    return rc;
}

int idc_grammar_open(idc_grammar **g, const char *path, idc_error *err)
{
    idc_buffer b = {0};
    int rc = idc_file_read(&b, path, 1 << 20, err);
    if (rc < 0)
        return rc;
    rc = idc_grammar_parse(g, (const char *)b.data, b.size, err);
    idc_buffer_free(&b);
    return rc < 0 ? idc_fail_in(err, rc, path) : 0;
}

void idc_grammar_close(idc_grammar **grammar)
{
    idc_grammar *g = *grammar;
    *grammar = NULL;
    if (!g)
        return;
    for (size_t k = 0; k < g->template_count; k++) {
        free(g->templates[k].before);
        free(g->templates[k].after);
    }
    free(g->templates);
    json_decref(g->json);
    free(g);
}

int idc_grammar_slot_count(const idc_grammar *g)
{
    return g->slot_count;
}

const char *idc_grammar_slot(const idc_grammar *g, int slot)
{
    return g->slots[slot];
}

static bool on_list(const json_t *list, const char *word)
{
    size_t k;
    json_t *item;
    json_array_foreach(list, k, item) if (json_is_string(item) &&
                                          strcmp(json_string_value(item), word) == 0) return true;
    return false;
}

/* Puts a word's value into its slot; the slot's number, or −1. */
static int take_attribute(const idc_grammar *g, const char *word, idc_reading *r)
{
    for (int s = 0; s < g->slot_count; s++) {
        const char *value;
        json_t *words;
        json_object_foreach(json_object_get(g->attributes, g->slots[s]), value,
                            words) if (on_list(words, word))
        {
            r->slots[s] = value;
            return s;
        }
    }
    return -1;
}

static bool starts_relation(const idc_grammar *g, const char *rest)
{
    const char *kind;
    json_t *list, *item;
    size_t k;
    if (strncmp(rest, "that is ", 8) == 0 || strncmp(rest, "that are ", 9) == 0)
        return true;
    json_object_foreach(g->relations, kind, list) json_array_foreach(list, k, item)
    {
        const char *phrase = json_string_value(item);
        size_t n = phrase ? strcspn(phrase, "{") : 0;
        if (n > 0 && strncmp(rest, phrase, n) == 0)
            return true;
    }
    return false;
}

/* Adjectives, a noun, maybe relations. The last attribute of the file is the one that nouns give. */
static bool read_object(const idc_grammar *g, char *text, idc_reading *r)
{
    char *word = text;
    bool noun = false;
    if (strncmp(word, "other ", 6) == 0)
        word += 6;
    while (!noun && word && *word) {
        char *blank = strchr(word, ' ');
        if (blank)
            *blank = 0;
        if (on_list(g->anything, word))
            noun = true;
        else {
            int slot = take_attribute(g, word, r);
            if (slot < 0)
                return false;
            noun = slot == g->slot_count - 1;
        }
        word = blank ? blank + 1 : NULL;
    }
    return noun && (!word || starts_relation(g, word));
}

/* Lower case, without .!?, and with single blanks. */
static void plain(const char *sentence, char *to, size_t room)
{
    size_t k = 0;
    for (const char *p = sentence; *p && k + 1 < room; p++) {
        if (strchr(".!?,", *p))
            continue;
        bool blank = isspace((unsigned char)*p) != 0;
        if (!blank)
            to[k++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        else if (k > 0 && to[k - 1] != ' ')
            to[k++] = ' ';
    }
    if (k > 0 && to[k - 1] == ' ')
        k--;
    to[k] = 0;
}

idc_reading idc_grammar_read(const idc_grammar *g, const char *sentence)
{
    char text[1024], object[1024];
    plain(sentence, text, sizeof text);
    size_t length = strlen(text);
    for (size_t k = 0; k < g->template_count; k++) {
        const struct template *t = &g->templates[k];
        idc_reading r = {.type = t->type, .value = t->value};
        size_t before = strlen(t->before), after = t->after ? strlen(t->after) : 0;
        if (!t->after) {
            if (strcmp(text, t->before) == 0)
                return r;
            continue;
        }
        if (length <= before + after || memcmp(text, t->before, before) != 0 ||
            memcmp(text + length - after, t->after, after) != 0)
            continue;
        memcpy(object, text + before, length - before - after);
        object[length - before - after] = 0;
        if (read_object(g, object, &r))
            return r;
    }
    return (idc_reading){0};
}
