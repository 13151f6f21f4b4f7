#include "score/entries.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json_reader.h"

struct reading {
    idc_json json;
    idc_entry_sink sink;
    void *user;
    /* the record in hand */
    idc_buffer id, first, second, type,
        texts; /* texts: a size_t, the bytes and a zero byte, each */
    int rank;  /* of the key that gave the id */
    size_t text_count, records;
    bool failed; /* it has "error" */
    bool listed; /* it has a key of sentences */
};

/* The higher rank gives the id: a COCO annotation has both image_id and an id of its own. */
static const struct {
    const char *key;
    int rank;
} id_keys[] = {{"image_id", 9}, {"ImgId", 8},    {"img_id", 7}, {"id", 6},
               {"uid", 5},      {"filename", 4}, {"imgid", 3}};

static const char *const text_keys[] = {"text",       "caption",   "captions",
                                        "sentences",  "sents",     "candidates",
                                        "references", "candidate", "nbest"};
static const char *const container_keys[] = {"info",     "images",  "annotations",
                                             "licenses", "dataset", "type"};
static const char *const other_keys[] = {"kind",  "error",  "img0",     "img1",    "img2", "before",
                                         "after", "triple", "filepath", "logprob", "seq"};

static bool among(const char *const *list, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], key) == 0)
            return true;
    return false;
}
#define AMONG(list, key) among(list, sizeof(list) / sizeof *(list), key)

static int id_rank(const char *key)
{
    for (size_t i = 0; i < sizeof id_keys / sizeof *id_keys; i++)
        if (strcmp(id_keys[i].key, key) == 0)
            return id_keys[i].rank;
    return 0;
}

static int no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory");
}

static int keep(idc_buffer *b, const char *text, size_t length, idc_error *err)
{
    b->size = 0;
    return idc_buffer_append(b, text, length) < 0 || idc_buffer_append(b, "", 1) < 0
               ? no_memory(err)
               : 0;
}

static int keep_text(struct reading *r, idc_error *err)
{
    size_t n = r->json.length;
    r->text_count++;
    return idc_buffer_append(&r->texts, &n, sizeof n) < 0 ||
                   idc_buffer_append(&r->texts, r->json.text, n + 1) < 0
               ? no_memory(err)
               : 0;
}

static bool is_text_of_object(const char *key)
{
    return strcmp(key, "raw") == 0 || strcmp(key, "caption") == 0 || strcmp(key, "text") == 0;
}

/* A sentence, a list of sentences, or objects that hold one under "raw", "caption" or "text". 1 or an error. */
static int read_texts(struct reading *r, idc_error *err)
{
    int rc = idc_json_next(&r->json, err), outer = r->json.depth;
    if (rc > 0 && r->json.event == IDC_JSON_STRING)
        return keep_text(r, err) < 0 ? IDC_E_MEMORY : 1;
    if (rc <= 0 || r->json.event != IDC_JSON_ARRAY)
        return rc > 0 ? idc_json_skip(&r->json, err) : rc;
    bool wanted = true;
    while ((rc = idc_json_next(&r->json, err)) > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_KEY && r->json.depth == outer + 1) {
            wanted = is_text_of_object(r->json.text);
            if (!wanted && (rc = idc_json_skip(&r->json, err)) <= 0)
                return rc;
        } else if (r->json.event == IDC_JSON_ARRAY ||
                   (r->json.event == IDC_JSON_OBJECT && r->json.depth > outer + 1)) {
            if ((rc = idc_json_skip(&r->json, err)) <= 0)
                return rc;
        } else if (r->json.event == IDC_JSON_STRING && (wanted || r->json.depth == outer)) {
            if (keep_text(r, err) < 0)
                return IDC_E_MEMORY;
        }
    }
    return rc;
}

/* One more word of the sentence that begins at `start` of texts, or its first. */
static int add_word(struct reading *r, size_t start, idc_error *err)
{
    size_t n = 0;
    if (r->texts.size > start) {
        memcpy(&n, r->texts.data + start, sizeof n);
        r->texts.data[r->texts.size - 1] = ' '; /* in place of its zero byte */
        n++;
    } else if (r->text_count++, idc_buffer_append(&r->texts, &n, sizeof n) < 0)
        return no_memory(err);
    n += r->json.length;
    memcpy(r->texts.data + start, &n, sizeof n);
    return idc_buffer_append(&r->texts, r->json.text, r->json.length + 1) < 0 ? no_memory(err) : 0;
}

/* A sentence as text or as a list of words, or a list of such lists. 1 or an error. */
static int read_words(struct reading *r, idc_error *err)
{
    int rc = idc_json_next(&r->json, err), outer = r->json.depth;
    size_t start = r->texts.size;
    if (rc > 0 && r->json.event == IDC_JSON_STRING)
        return keep_text(r, err) < 0 ? IDC_E_MEMORY : 1;
    if (rc <= 0 || r->json.event != IDC_JSON_ARRAY)
        return rc > 0 ? idc_json_skip(&r->json, err) : rc;
    while ((rc = idc_json_next(&r->json, err)) > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_ARRAY || r->json.event == IDC_JSON_ARRAY_END)
            start = r->texts.size;
        else if (r->json.event == IDC_JSON_OBJECT)
            rc = idc_json_skip(&r->json, err);
        else if (r->json.event == IDC_JSON_STRING || r->json.event == IDC_JSON_NUMBER)
            rc = add_word(r, start, err) < 0 ? IDC_E_MEMORY : 1;
        if (rc <= 0)
            return rc;
    }
    return rc;
}

/* The value of a key that holds a string or a number, into b; other values are passed over. */
static int read_plain(struct reading *r, idc_buffer *b, idc_error *err)
{
    int rc = idc_json_next(&r->json, err);
    if (rc <= 0)
        return rc;
    if (r->json.event == IDC_JSON_STRING || r->json.event == IDC_JSON_NUMBER)
        return keep(b, r->json.text, r->json.length, err) < 0 ? IDC_E_MEMORY : 1;
    return idc_json_skip(&r->json, err);
}

static int read_field(struct reading *r, idc_error *err)
{
    char key[16];
    snprintf(key, sizeof key, "%s", r->json.text);
    int rank = id_rank(key);
    if (AMONG(text_keys, key) || strcmp(key, "description") == 0) {
        r->listed = true;
        return strcmp(key, "description") == 0 ? read_words(r, err) : read_texts(r, err);
    }
    if (rank > r->rank) {
        r->rank = rank;
        return read_plain(r, &r->id, err);
    }
    if (strcmp(key, "img1") == 0)
        return read_plain(r, &r->first, err);
    if (strcmp(key, "img2") == 0)
        return read_plain(r, &r->second, err);
    if (strcmp(key, "type") == 0)
        return read_plain(r, &r->type, err);
    r->failed = r->failed || strcmp(key, "error") == 0;
    return idc_json_skip(&r->json, err);
}

static void begin_record(struct reading *r)
{
    r->id.size = r->first.size = r->second.size = r->type.size = r->texts.size = 0;
    r->rank = 0;
    r->text_count = 0;
    r->failed = r->listed = false;
    r->records++;
}

/* Hands the texts of the record in hand to the sink. */
static int end_record(struct reading *r, idc_error *err)
{
    bool joined = r->id.size == 0 && r->first.size && r->second.size;
    if (joined) {
        if (idc_buffer_printf(&r->id, "%s_%s", (char *)r->first.data, (char *)r->second.data) < 0 ||
            idc_buffer_append(&r->id, "", 1) < 0)
            return no_memory(err);
    }
    if (r->id.size == 0 && r->text_count == 0)
        return 0;
    if (r->id.size == 0)
        return idc_fail(err, IDC_E_INVALID, "a record with a sentence but no id");
    idc_entry e = {.id = (char *)r->id.data,
                   .type = r->type.size ? (char *)r->type.data : NULL,
                   .first = joined ? (char *)r->first.data : NULL,
                   .second = joined ? (char *)r->second.data : NULL,
                   .record = r->records,
                   .none = r->listed && !r->failed};
    if (r->text_count == 0)
        return r->failed || e.type || e.none ? r->sink(r->user, &e, err) : 0;
    e.none = false;
    const uint8_t *p = r->texts.data;
    for (size_t i = 0; i < r->text_count; i++) {
        memcpy(&e.length, p, sizeof e.length);
        e.text = (const char *)p + sizeof e.length;
        p += sizeof e.length + e.length + 1;
        int rc = r->sink(r->user, &e, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* After the first key of a record's object, up to the object's end. */
static int read_record(struct reading *r, idc_error *err)
{
    int rc = 1, outer = r->json.depth;
    begin_record(r);
    while (rc > 0 && r->json.depth >= outer) {
        rc = r->json.event == IDC_JSON_KEY ? read_field(r, err) : 1;
        if (rc > 0)
            rc = idc_json_next(&r->json, err);
    }
    if (rc < 0)
        return rc;
    rc = end_record(r, err);
    return rc < 0 ? rc : 1;
}

/* A list of records; anything else in it is passed over. */
static int read_list(struct reading *r, idc_error *err)
{
    int rc, outer = r->json.depth;
    while ((rc = idc_json_next(&r->json, err)) > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_OBJECT) {
            rc = idc_json_next(&r->json, err);
            if (rc > 0 && r->json.event == IDC_JSON_KEY)
                rc = read_record(r, err);
        } else if (r->json.event == IDC_JSON_ARRAY) {
            rc = idc_json_skip(&r->json, err);
        }
        if (rc <= 0)
            return rc;
    }
    return rc;
}

/* {"annotations": [records], …}, after its first key. */
static int read_container(struct reading *r, idc_error *err)
{
    int rc = 1, outer = r->json.depth;
    while (rc > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_KEY) {
            rc = idc_json_next(&r->json, err);
            if (rc > 0)
                rc = r->json.event == IDC_JSON_ARRAY ? read_list(r, err)
                                                     : idc_json_skip(&r->json, err);
        }
        if (rc > 0)
            rc = idc_json_next(&r->json, err);
    }
    return rc;
}

/* {"id": sentences, …}, after its first key. */
static int read_map(struct reading *r, idc_error *err)
{
    int rc = 1, outer = r->json.depth;
    while (rc > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_KEY) {
            begin_record(r);
            if (keep(&r->id, r->json.text, r->json.length, err) < 0)
                return IDC_E_MEMORY;
            r->listed = true;
            rc = read_texts(r, err);
            if (rc > 0 && end_record(r, err) < 0)
                return err ? err->code : IDC_E_INVALID;
        }
        if (rc > 0)
            rc = idc_json_next(&r->json, err);
    }
    return rc;
}

static int read_top(struct reading *r, idc_error *err)
{
    int rc;
    while ((rc = idc_json_next(&r->json, err)) > 0) {
        if (r->json.event == IDC_JSON_ARRAY) {
            rc = read_list(r, err);
        } else if (r->json.event == IDC_JSON_OBJECT) {
            rc = idc_json_next(&r->json, err);
            if (rc <= 0)
                return rc;
            const char *key = r->json.text;
            if (r->json.event != IDC_JSON_KEY)
                continue;
            if (id_rank(key) || AMONG(text_keys, key) || AMONG(other_keys, key) ||
                strcmp(key, "description") == 0)
                rc = read_record(r, err);
            else
                rc = AMONG(container_keys, key) ? read_container(r, err) : read_map(r, err);
        } else {
            return idc_fail(err, IDC_E_INVALID, "a value that is neither an object nor a list");
        }
        if (rc < 0)
            return rc;
    }
    return rc;
}

static int read_json(struct reading *r, const char *bytes, size_t size, idc_error *err)
{
    r->json = idc_json_over(bytes, size);
    int rc = read_top(r, err);
    idc_json_free(&r->json);
    idc_buffer_free(&r->id);
    idc_buffer_free(&r->first);
    idc_buffer_free(&r->second);
    idc_buffer_free(&r->type);
    idc_buffer_free(&r->texts);
    return rc < 0 ? rc : 0;
}

static int read_lines(struct reading *r, const char *bytes, size_t size, bool tsv, idc_error *err)
{
    const char *p = bytes, *end = bytes + size;
    idc_buffer id = {0};
    int rc = 0;
    for (size_t number = 1; rc == 0 && p < end; number++) {
        const char *feed = memchr(p, '\n', (size_t)(end - p)), *stop = feed ? feed : end;
        const char *tab = tsv ? memchr(p, '\t', (size_t)(stop - p)) : NULL;
        const char *text = tab ? tab + 1 : p;
        size_t length = (size_t)(stop - text);
        if (length > 0 && text[length - 1] == '\r')
            length--;
        id.size = 0;
        if (tsv && !tab) {
            if (stop > p)
                rc = idc_fail(err, IDC_E_INVALID, "line %zu: no tab after an id", number);
        } else {
            rc = tab ? keep(&id, p, (size_t)(tab - p), err) : idc_buffer_printf(&id, "%zu", number);
            if (rc == 0)
                rc = idc_buffer_append(&id, "", 1);
            idc_entry e = {.id = (char *)id.data, .text = text, .length = length, .record = number};
            rc = rc < 0 ? no_memory(err) : r->sink(r->user, &e, err);
        }
        p = feed ? feed + 1 : end;
    }
    idc_buffer_free(&id);
    return rc;
}

static idc_entries_form guess(const char *bytes, size_t size)
{
    size_t i = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < size &&
           (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t'))
        i++;
    if (i < size &&
        (bytes[i] == '{' || (bytes[i] == '[' && i + 1 < size && strchr("{ \n\r\t]", bytes[i + 1]))))
        return IDC_ENTRIES_JSON;
    const char *feed = memchr(bytes, '\n', size);
    return memchr(bytes, '\t', feed ? (size_t)(feed - bytes) : size) ? IDC_ENTRIES_TSV
                                                                     : IDC_ENTRIES_TEXT;
}

int idc_entries_form_named(const char *name)
{
    static const char *const names[] = {"auto", "json", "tsv", "text"};
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

int idc_entries_parse(const void *bytes, size_t size, idc_entries_form form, idc_entry_sink sink,
                      void *user, idc_error *err)
{
    struct reading r = {.sink = sink, .user = user};
    if (size == 0)
        return 0;
    if (form == IDC_ENTRIES_AUTO)
        form = guess(bytes, size);
    if (form == IDC_ENTRIES_JSON)
        return read_json(&r, bytes, size, err);
    return read_lines(&r, bytes, size, form == IDC_ENTRIES_TSV, err);
}

int idc_entries_read(const char *path, idc_entries_form form, idc_entry_sink sink, void *user,
                     idc_error *err)
{
    idc_buffer b = {0};
    idc_file_map m = {0};
    bool from_stdin = strcmp(path, "-") == 0;
    int rc = from_stdin ? idc_file_read(&b, path, (size_t)1 << 34, err)
                        : idc_file_map_open(&m, path, err);
    if (rc < 0)
        return rc;
    rc = idc_entries_parse(from_stdin ? b.data : m.data, from_stdin ? b.size : m.size, form, sink,
                           user, err);
    if (from_stdin)
        idc_buffer_free(&b);
    else
        idc_file_map_close(&m);
    return rc < 0 ? idc_fail_in(err, rc, from_stdin ? "stdin" : path) : 0;
}
