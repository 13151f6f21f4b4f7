#include "score/entries.h"

#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "score/entries_record.h"

static bool is_container(const char *key)
{
    static const char *const keys[] = {"info",     "images",  "annotations",
                                       "licenses", "dataset", "type"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* A list of records; anything else in it is passed over. */
static int read_list(idc_entry_record *r, idc_error *err)
{
    int rc, outer = r->json.depth;
    while ((rc = idc_json_next(&r->json, err)) > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_OBJECT) {
            rc = idc_json_next(&r->json, err);
            if (rc > 0 && r->json.event == IDC_JSON_KEY)
                rc = idc_entry_read(r, err);
        } else if (r->json.event == IDC_JSON_ARRAY) {
            rc = idc_json_skip(&r->json, err);
        }
        if (rc <= 0)
            return rc;
    }
    return rc;
}

/* {"annotations": [records], …}, after its first key. */
static int read_container(idc_entry_record *r, idc_error *err)
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
static int read_map(idc_entry_record *r, idc_error *err)
{
    int rc = 1, outer = r->json.depth;
    while (rc > 0 && r->json.depth >= outer) {
        if (r->json.event == IDC_JSON_KEY) {
            idc_entry_begin(r);
            if (idc_entry_keep(&r->id, r->json.text, r->json.length, err) < 0)
                return IDC_E_MEMORY;
            r->listed = true;
            rc = idc_entry_texts(r, err);
            if (rc > 0 && idc_entry_end(r, err) < 0)
                return err ? err->code : IDC_E_INVALID;
        }
        if (rc > 0)
            rc = idc_json_next(&r->json, err);
    }
    return rc;
}

static int read_top(idc_entry_record *r, idc_error *err)
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
            if (idc_entry_knows(key))
                rc = idc_entry_read(r, err);
            else
                rc = is_container(key) ? read_container(r, err) : read_map(r, err);
        } else {
            return idc_fail(err, IDC_E_INVALID, "a value that is neither an object nor a list");
        }
        if (rc < 0)
            return rc;
    }
    return rc;
}

static int read_json(idc_entry_record *r, const char *bytes, size_t size, idc_error *err)
{
    r->json = idc_json_over(bytes, size);
    int rc = read_top(r, err);
    idc_entry_fini(r);
    return rc < 0 ? rc : 0;
}

static int read_lines(idc_entry_record *r, const char *bytes, size_t size, bool tsv, idc_error *err)
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
            rc = tab ? idc_entry_keep(&id, p, (size_t)(tab - p), err)
                     : idc_buffer_printf(&id, "%zu", number);
            if (rc == 0)
                rc = idc_buffer_append(&id, "", 1);
            idc_entry e = {.id = (char *)id.data, .text = text, .length = length, .record = number};
            rc = rc < 0 ? idc_fail(err, IDC_E_MEMORY, "no memory") : r->sink(r->user, &e, err);
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
    idc_entry_record r = {.sink = sink, .user = user};
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
