/* entries_record.c: the fields of a record, and what becomes of them. */
#include "score/entries_record.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The higher rank gives the id: a COCO annotation has both image_id and an id of its own. */
static const struct {
    const char *key;
    int rank;
} id_keys[] = {{"image_id", 9}, {"ImgId", 8},    {"img_id", 7}, {"id", 6},
               {"uid", 5},      {"filename", 4}, {"imgid", 3}};

static const char *const text_keys[] = {"text",       "caption",   "captions",
                                        "sentences",  "sents",     "candidates",
                                        "references", "candidate", "nbest"};
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

bool idc_entry_knows(const char *key)
{
    return id_rank(key) || AMONG(text_keys, key) || AMONG(other_keys, key) ||
           strcmp(key, "description") == 0;
}

static int no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory");
}

int idc_entry_keep(idc_buffer *b, const char *text, size_t length, idc_error *err)
{
    b->size = 0;
    return idc_buffer_append(b, text, length) < 0 || idc_buffer_append(b, "", 1) < 0
               ? no_memory(err)
               : 0;
}

static int keep_text(idc_entry_record *r, idc_error *err)
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
int idc_entry_texts(idc_entry_record *r, idc_error *err)
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
static int add_word(idc_entry_record *r, size_t start, idc_error *err)
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
static int read_words(idc_entry_record *r, idc_error *err)
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
static int read_plain(idc_entry_record *r, idc_buffer *b, idc_error *err)
{
    int rc = idc_json_next(&r->json, err);
    if (rc <= 0)
        return rc;
    if (r->json.event == IDC_JSON_STRING || r->json.event == IDC_JSON_NUMBER)
        return idc_entry_keep(b, r->json.text, r->json.length, err) < 0 ? IDC_E_MEMORY : 1;
    return idc_json_skip(&r->json, err);
}

static int read_field(idc_entry_record *r, idc_error *err)
{
    char key[16];
    snprintf(key, sizeof key, "%s", r->json.text);
    int rank = id_rank(key);
    if (AMONG(text_keys, key) || strcmp(key, "description") == 0) {
        size_t before = r->text_count;
        bool own = strcmp(key, "text") == 0 || strcmp(key, "caption") == 0;
        r->listed = true;
        int rc = strcmp(key, "description") == 0 ? read_words(r, err) : idc_entry_texts(r, err);
        if (own && r->text_count == before + 1)
            r->own = r->text_count;
        if (strcmp(key, "nbest") == 0) {
            r->nbest[0] = before;
            r->nbest[1] = r->text_count;
        }
        return rc;
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

void idc_entry_begin(idc_entry_record *r)
{
    r->id.size = r->first.size = r->second.size = r->type.size = r->texts.size = 0;
    r->rank = 0;
    r->text_count = r->own = r->nbest[0] = r->nbest[1] = 0;
    r->failed = r->listed = false;
    r->records++;
}

static idc_entry_part part_of(const idc_entry_record *r, size_t text)
{
    if (r->own == 0 || text + 1 == r->own)
        return IDC_ENTRY_SAID;
    return text >= r->nbest[0] && text < r->nbest[1] ? IDC_ENTRY_NBEST : IDC_ENTRY_CARRIED;
}

int idc_entry_end(idc_entry_record *r, idc_error *err)
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
        e.part = part_of(r, i);
        int rc = r->sink(r->user, &e, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int idc_entry_read(idc_entry_record *r, idc_error *err)
{
    int rc = 1, outer = r->json.depth;
    idc_entry_begin(r);
    while (rc > 0 && r->json.depth >= outer) {
        rc = r->json.event == IDC_JSON_KEY ? read_field(r, err) : 1;
        if (rc > 0)
            rc = idc_json_next(&r->json, err);
    }
    if (rc < 0)
        return rc;
    rc = idc_entry_end(r, err);
    return rc < 0 ? rc : 1;
}

void idc_entry_fini(idc_entry_record *r)
{
    idc_json_free(&r->json);
    idc_buffer_free(&r->id);
    idc_buffer_free(&r->first);
    idc_buffer_free(&r->second);
    idc_buffer_free(&r->type);
    idc_buffer_free(&r->texts);
}
