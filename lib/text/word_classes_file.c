/* word_classes_file.c: reads the file of word classes, see word_classes.h. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/tree.h"
#include "text/word_lookup.h"

enum { MOST_TEMPLATES = 1024 };

static int no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory");
}

static int add_phrase(idc_word_classes *c, int kind, int value, const char *text, idc_error *err)
{
    struct idc_word_lookup *l = c->lookup;
    char plain[256];
    size_t length = text ? idc_plain_words(text, plain, sizeof plain) : 0;
    idc_word_phrase p = {.kind = (int16_t)kind, .value = (int16_t)value};
    if (length == 0)
        return idc_fail(err, IDC_E_INVALID, "class '%.60s': a phrase that is no text",
                        c->class[kind].name);
    for (size_t at = 0; at < length;) {
        size_t n = strcspn(plain + at, " ");
        if (p.count == IDC_PHRASE_WORDS || l->count == IDC_MOST_PHRASES)
            return idc_fail(err, IDC_E_RANGE, "'%.60s': more than %d words, or %d phrases", text,
                            IDC_PHRASE_WORDS, IDC_MOST_PHRASES);
        uint32_t word = idc_words_add(l->words, plain + at, n);
        if (word == IDC_NO_WORD)
            return no_memory(err);
        p.word[p.count++] = word;
        at += n + 1;
    }
    idc_word_phrase *grown = realloc(l->phrases, (l->count + 1) * sizeof *grown);
    if (!grown)
        return no_memory(err);
    l->phrases = grown;
    l->phrases[l->count++] = p;
    return 0;
}

static int take_value(idc_word_classes *c, int kind, const char *name, const json_t *list,
                      idc_error *err)
{
    idc_word_class *k = &c->class[kind];
    idc_word_value *v = &k->value[k->count];
    size_t n = json_array_size(list);
    if (n == 0 || n > IDC_MOST_VALUES)
        return idc_fail(err, IDC_E_INVALID, "class '%.60s': '%.60s' is no list of 1 to %d phrases",
                        k->name, name, IDC_MOST_VALUES);
    *v = (idc_word_value){.name = name, .opposite = -1, .phrase = calloc(n, sizeof *v->phrase)};
    if (!v->phrase)
        return no_memory(err);
    k->count++;
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        int rc = add_phrase(c, kind, k->count - 1, text, err);
        if (rc < 0)
            return rc;
        v->phrase[v->count++] = text;
    }
    return 0;
}

static int take_class(idc_word_classes *c, const char *name, json_t *values, idc_error *err)
{
    size_t n = json_object_size(values);
    if (c->count == IDC_MOST_CLASSES)
        return idc_fail(err, IDC_E_RANGE, "more than %d classes", IDC_MOST_CLASSES);
    if (n == 0 || n > IDC_MOST_VALUES)
        return idc_fail(err, IDC_E_INVALID, "class '%.60s': expected an object of 1 to %d values",
                        name, IDC_MOST_VALUES);
    idc_word_class *k = &c->class[c->count];
    *k = (idc_word_class){.name = name, .value = calloc(n, sizeof *k->value)};
    if (!k->value)
        return no_memory(err);
    c->count++;
    const char *value;
    json_t *list;
    int rc = 0;
    json_object_foreach(values, value, list) if (rc == 0) rc =
        take_value(c, c->count - 1, value, list, err);
    return rc;
}

static int by_first_word(const void *a, const void *b)
{
    const idc_word_phrase *p = a, *q = b;
    if (p->word[0] != q->word[0])
        return p->word[0] < q->word[0] ? -1 : 1;
    if (p->count != q->count)
        return q->count - p->count;
    return p->kind != q->kind ? p->kind - q->kind : p->value - q->value;
}

static int take_classes(idc_word_classes *c, json_t *classes, idc_error *err)
{
    const char *name;
    json_t *values;
    int rc = 0;
    if (!json_is_object(classes))
        return idc_fail(err, IDC_E_INVALID, "no \"classes\"");
    json_object_foreach(classes, name, values) if (rc == 0) rc = take_class(c, name, values, err);
    return rc;
}

/* Once every word is known. */
static int index_phrases(idc_word_classes *c, idc_error *err)
{
    struct idc_word_lookup *l = c->lookup;
    size_t words = idc_words_count(l->words);
    if (l->count > 0)
        qsort(l->phrases, l->count, sizeof *l->phrases, by_first_word);
    l->first = calloc(words + 1, sizeof *l->first);
    if (!l->first)
        return no_memory(err);
    for (size_t i = 0; i < words; i++)
        l->first[i] = (uint32_t)l->count;
    for (size_t k = l->count; k-- > 0;)
        l->first[l->phrases[k].word[0]] = (uint32_t)k;
    return 0;
}

/* Adds the words of every template, so that they have numbers. */
static int take_words(idc_word_classes *c, const char *text, idc_error *err)
{
    char plain[512];
    size_t length = idc_plain_words(text, plain, sizeof plain);
    for (size_t at = 0; at < length; at += strcspn(plain + at, " ") + 1)
        if (idc_words_add(c->lookup->words, plain + at, strcspn(plain + at, " ")) == IDC_NO_WORD)
            return no_memory(err);
    return 0;
}

static int find_class(const idc_word_classes *c, const char *name, size_t length)
{
    for (int i = 0; i < c->count; i++)
        if (strlen(c->class[i].name) == length && memcmp(c->class[i].name, name, length) == 0)
            return i;
    return -1;
}

static int find_change(const idc_word_classes *c, const char *name)
{
    for (int i = 0; name && i < c->changes; i++)
        if (strcmp(c->change[i], name) == 0)
            return i;
    return -1;
}

static int make_template(const idc_word_classes *c, idc_change_template *t, idc_error *err)
{
    idc_parsed s;
    idc_word_classes_read(c, t->text, &s);
    t->object = t->filler = -1;
    if (s.count == 0 || s.count > IDC_MOST_PATTERN)
        return idc_fail(err, IDC_E_RANGE, "template '%.100s': not 1 to %d words", t->text,
                        IDC_MOST_PATTERN);
    for (int i = 0; i < s.count; i++) {
        const idc_token *k = &s.token[i];
        t->pattern[i].kind = k->kind;
        t->pattern[i].value = k->value;
        t->pattern[i].word = k->word;
        if (k->kind >= 0 || k->text[0] != '{')
            continue;
        bool object = k->length == 8 && memcmp(k->text, "{object}", 8) == 0;
        int class = object ? 0 : find_class(c, k->text + 1, k->length >= 2 ? k->length - 2u : 0);
        int *place = object ? &t->object : &t->filler;
        if (class < 0 || *place >= 0)
            return idc_fail(err, IDC_E_INVALID, "template '%.100s': '%.*s' is no class, or twice",
                            t->text, k->length, k->text);
        *place = i;
        t->pattern[i].kind = object ? IDC_PATTERN_OBJECT : IDC_PATTERN_CLASS;
        t->pattern[i].value = (int16_t) class;
    }
    t->count = s.count;
    return 0;
}

static int take_changes(idc_word_classes *c, json_t *changes, idc_error *err)
{
    const char *name;
    json_t *list, *item;
    size_t k, n = 0;
    int rc = 0;
    c->none = -1;
    if (json_object_size(changes) > IDC_MOST_CHANGES)
        return idc_fail(err, IDC_E_RANGE, "more than %d changes", IDC_MOST_CHANGES);
    json_object_foreach(changes, name, list) n += json_array_size(list);
    if (n > MOST_TEMPLATES)
        return idc_fail(err, IDC_E_RANGE, "more than %d templates", MOST_TEMPLATES);
    if (!(c->template = calloc(n + 1, sizeof *c->template)))
        return no_memory(err);
    json_object_foreach(changes, name, list)
    {
        if (strcmp(name, "none") == 0)
            c->none = c->changes;
        c->contrary[c->changes] = -1;
        c->change[c->changes++] = name;
        json_array_foreach(list, k, item)
        {
            const char *text = json_string_value(item);
            if (rc == 0 && !text)
                rc = idc_fail(err, IDC_E_INVALID, "change '%.60s': a template that is no text",
                              name);
            if (rc < 0)
                return rc;
            c->template[c->templates++] =
                (idc_change_template){.text = text, .change = c->changes - 1};
            rc = take_words(c, text, err);
        }
    }
    return rc;
}

static int take_exchanges(idc_word_classes *c, const json_t *list, idc_error *err)
{
    size_t k;
    json_t *item;
    json_array_foreach(list, k, item)
    {
        int a = find_change(c, json_string_value(json_array_get(item, 0))),
            b = find_change(c, json_string_value(json_array_get(item, 1)));
        if (a < 0 || b < 0)
            return idc_fail(err, IDC_E_INVALID, "exchanges: entry %zu: no two changes", k + 1);
        c->contrary[a] = b;
        c->contrary[b] = a;
    }
    return 0;
}

static int take_relations(idc_word_classes *c, const json_t *list, json_t *opposites,
                          idc_error *err)
{
    size_t k;
    json_t *item;
    json_array_foreach(list, k, item)
    {
        const char *name = json_string_value(item);
        int i = name ? find_class(c, name, strlen(name)) : -1;
        if (i < 0)
            return idc_fail(err, IDC_E_INVALID, "relations: entry %zu is no class", k + 1);
        c->class[i].relation = true;
    }
    const char *one;
    json_object_foreach(opposites, one, item) for (int i = 0; i < c->count; i++)
    {
        int a = -1, b = -1;
        for (int v = 0; c->class[i].relation && v < c->class[i].count; v++) {
            const char *name = c->class[i].value[v].name, *other = json_string_value(item);
            a = strcmp(name, one) == 0 ? v : a;
            b = other && strcmp(name, other) == 0 ? v : b;
        }
        if (a >= 0 && b >= 0) {
            c->class[i].value[a].opposite = b;
            c->class[i].value[b].opposite = a;
        }
    }
    return 0;
}

static int take_lists(idc_word_classes *c, const json_t *root, idc_error *err)
{
    const json_t *nouns = json_object_get(root, "nouns"),
                 *subjects = json_object_get(root, "subjects"),
                 *unchanged = json_object_get(root, "unchanged");
    struct idc_word_lookup *l = c->lookup;
    for (size_t i = 0; i < json_array_size(nouns); i++) {
        const char *text = json_string_value(json_array_get(nouns, i));
        if (!text || l->noun_count == IDC_MOST_NOUNS)
            return idc_fail(err, IDC_E_INVALID, "nouns: entry %zu is no text, or one too many",
                            i + 1);
        if ((l->nouns[l->noun_count++] = idc_words_add(l->words, text, strlen(text))) ==
            IDC_NO_WORD)
            return no_memory(err);
    }
    c->subject = calloc(json_array_size(subjects) + 1, sizeof *c->subject);
    c->unchanged_phrase = calloc(json_array_size(unchanged) + 1, sizeof *c->unchanged_phrase);
    if (!c->subject || !c->unchanged_phrase)
        return no_memory(err);
    for (size_t i = 0; i < json_array_size(subjects); i++) {
        const json_t *pair = json_array_get(subjects, i);
        for (size_t k = 0; k < 2; k++)
            if (!(c->subject[i][k] = json_string_value(json_array_get(pair, k))))
                return idc_fail(err, IDC_E_INVALID, "subjects: entry %zu: no two words", i + 1);
        c->subjects++;
    }
    for (size_t i = 0; i < json_array_size(unchanged); i++) {
        if (!(c->unchanged_phrase[i] = json_string_value(json_array_get(unchanged, i))))
            return idc_fail(err, IDC_E_INVALID, "unchanged: entry %zu is no text", i + 1);
        c->unchanged++;
    }
    return 0;
}

static int take_file(idc_word_classes *c, idc_error *err)
{
    const json_t *root = c->lookup->json;
    int rc = take_classes(c, json_object_get(root, "classes"), err);
    if (rc == 0)
        rc = take_relations(c, json_object_get(root, "relations"),
                            json_object_get(root, "opposites"), err);
    if (rc == 0)
        rc = take_lists(c, root, err);
    if (rc == 0)
        rc = take_changes(c, json_object_get(root, "changes"), err);
    if (rc == 0)
        rc = take_exchanges(c, json_object_get(root, "exchanges"), err);
    if (rc == 0)
        rc = index_phrases(c, err);
    for (size_t i = 0; rc == 0 && i < c->templates; i++)
        rc = make_template(c, &c->template[i], err);
    return rc;
}

int idc_word_classes_parse(idc_word_classes **out, const char *bytes, size_t size, idc_error *err)
{
    json_error_t where;
    idc_word_classes *c = *out = calloc(1, sizeof *c);
    if (!c)
        return no_memory(err);
    c->lookup = calloc(1, sizeof *c->lookup);
    int rc = c->lookup && (c->lookup->words = idc_words_new()) ? 0 : no_memory(err);
    if (rc == 0 && !(c->lookup->json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where)))
        rc = idc_fail(err, IDC_E_INVALID, "line %d: %s", where.line, where.text);
    if (rc == 0)
        rc = take_file(c, err);
    if (rc < 0)
        idc_word_classes_free(out);
    return rc;
}

/* A name without a slash or a dot is that of a domain. */
static bool find_domain(char *path, size_t size, const char *name)
{
    char installed[128], checkout[128];
    if (strpbrk(name, "/.") || strlen(name) > 60)
        return false;
    snprintf(installed, sizeof installed, "share/idc/words/%s.json", name);
    snprintf(checkout, sizeof checkout, "pipelines/%s/words.json", name);
    return idc_tree_find(path, size, installed, checkout);
}

int idc_word_classes_open(idc_word_classes **c, const char *path, idc_error *err)
{
    idc_buffer b = {0};
    char found[512];
    *c = NULL;
    if (find_domain(found, sizeof found, path))
        path = found;
    int rc = idc_file_read(&b, path, 1 << 20, err);
    if (rc < 0)
        return rc;
    rc = idc_word_classes_parse(c, (const char *)b.data, b.size, err);
    idc_buffer_free(&b);
    return rc < 0 ? idc_fail_in(err, rc, path) : 0;
}

void idc_word_classes_free(idc_word_classes **out)
{
    idc_word_classes *c = *out;
    *out = NULL;
    if (!c)
        return;
    for (int i = 0; i < c->count; i++) {
        for (int v = 0; v < c->class[i].count; v++)
            free(c->class[i].value[v].phrase);
        free(c->class[i].value);
    }
    free(c->template);
    free(c->subject);
    free(c->unchanged_phrase);
    if (c->lookup) {
        json_decref(c->lookup->json);
        idc_words_free(&c->lookup->words);
        free(c->lookup->phrases);
        free(c->lookup->first);
    }
    free(c->lookup);
    free(c);
}
