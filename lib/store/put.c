#include "store/put.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/rows.h"
#include "wire/record_bytes.h"
#include "wire/token.h"

struct gathered {
    idc_record *record; /* without the grid, where that has its place already */
    idc_content content;
    bool has_content;
    idc_array grid; /* where it has: no data */
    idc_place place;
    int64_t data_checksum;
};

struct idc_put {
    idc_store *store;
    struct gathered entries[IDC_PUT_RECORDS];
    size_t count, bytes;
    struct timespec oldest;
    idc_put_counts counts;
    idc_error failure;
};

int idc_put_open(idc_put **p, idc_store *s, idc_error *err)
{
    *p = calloc(1, sizeof **p);
    if (!*p)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    (*p)->store = s;
    return 0;
}

static void drop(idc_put *p)
{
    for (size_t i = 0; i < p->count; i++)
        idc_record_free(&p->entries[i].record);
    p->count = p->bytes = 0;
}

void idc_put_close(idc_put **p)
{
    if (!*p)
        return;
    drop(*p);
    free(*p);
    *p = NULL;
}

const idc_put_counts *idc_put_counted(const idc_put *p)
{
    return &p->counts;
}

const idc_error *idc_put_failure(const idc_put *p)
{
    return &p->failure;
}

/* All but the grid. */
static int frame_of(const idc_record *r, idc_feature_row *f, idc_error *err)
{
    *f = (idc_feature_row){.layer = ""};
    int rc = 0;
    rc = rc < 0 ? rc : idc_record_get_array(r, "pooled", &f->pooled, err);
    rc = rc < 0 ? rc : idc_record_get_string(r, "encoder", &f->encoder, err);
    return rc < 0 ? rc : idc_record_get_string(r, "layer", &f->layer, err);
}

static int feature_of(const idc_record *r, idc_feature_row *f, idc_error *err)
{
    int rc = frame_of(r, f, err);
    return rc < 0 ? rc : idc_record_get_array(r, "feature", &f->grid, err);
}

static int pair_of(const idc_record *r, idc_pair_row *p, idc_error *err)
{
    *p = (idc_pair_row){.name = idc_record_id(r)};
    int rc = idc_record_get_string(r, "before", &p->before, err);
    rc = rc < 0 ? rc : idc_record_get_string(r, "after", &p->after, err);
    if (idc_record_get_string(r, "type", &p->type, NULL) < 0)
        p->type = NULL;
    if (idc_record_get_string(r, "split", &p->split, NULL) < 0)
        p->split = NULL;
    return rc;
}

/* The record without n of its fields; NULL: no memory. */
static idc_record *without(const idc_record *r, const char *const *names, size_t n)
{
    idc_record *rest = idc_record_new(idc_record_kind(r));
    const char *name;
    const uint8_t *value;
    size_t length, bytes;
    for (int i = 0; rest && idc_record_field(r, i, &name, &length, &value, &bytes); i++) {
        char key[256];
        size_t j = 0;
        if (length >= sizeof key)
            continue;
        memcpy(key, name, length);
        key[length] = 0;
        while (j < n && strcmp(key, names[j]) != 0)
            j++;
        if (j == n && strcmp(key, "kind") != 0 && idc_record_copy_field(rest, r, key) < 0)
            idc_record_free(&rest);
    }
    return rest;
}

/* The record without what has columns or tables of its own, as msgpack. */
static int rest_of(const idc_record *r, idc_buffer *out)
{
    static const char *const own[] = {"id",   "feature", "pooled", "encoder", "layer", "uses",
                                      "deal", "before",  "after",  "type",    "split", "captions"};
    idc_record *rest = without(r, own, sizeof own / sizeof own[0]);
    int rc = rest ? idc_record_encode(rest, out) : IDC_E_MEMORY;
    idc_record_free(&rest);
    return rc;
}

static int add_captions(idc_put *p, const idc_record *r, int64_t pair, idc_error *err)
{
    const uint8_t *at, *payload;
    size_t n;
    idc_token list, t;
    if (!idc_record_raw(r, "captions", &at, &n))
        return 0;
    const uint8_t *end = at + n;
    int rc = idc_token_take(&list, &at, end, &payload);
    if (rc < 0 || list.type != IDC_TOKEN_ARRAY)
        return 0;
    for (uint32_t i = 0; i < list.size && rc >= 0; i++) {
        if (idc_token_take(&t, &at, end, &payload) < 0 || t.type != IDC_TOKEN_STRING)
            return 0;
        char *text = malloc((size_t)t.size + 1);
        if (!text)
            return idc_fail(err, IDC_E_MEMORY, "no memory");
        memcpy(text, payload, t.size);
        text[t.size] = 0;
        rc = idc_row_caption(p->store, pair, 0, text, err);
        p->counts.captions += rc > 0;
        free(text);
    }
    return rc < 0 ? rc : 0;
}

static int write_feature(idc_put *p, const struct gathered *g, idc_buffer *rest, idc_error *err)
{
    idc_feature_row f;
    int64_t picture;
    int rc = g->place.segment ? frame_of(g->record, &f, err) : feature_of(g->record, &f, err);
    if (g->place.segment) {
        f.grid = g->grid;
        f.place = g->place;
        f.data_checksum = g->data_checksum;
    }
    rc = rc < 0 ? rc
                : idc_row_picture(p->store, idc_record_id(g->record),
                                  g->has_content ? &g->content : NULL, &picture, err);
    f.fields = rest->data;
    f.fields_bytes = rest->size;
    rc = rc < 0 ? rc : idc_row_feature(p->store, picture, &f, err);
    p->counts.features += rc > 0;
    p->counts.there += rc == 0;
    return rc;
}

static int write_pair(idc_put *p, const struct gathered *g, idc_buffer *rest, idc_error *err)
{
    idc_pair_row row;
    int64_t pair;
    int rc = pair_of(g->record, &row, err);
    row.fields = rest->data;
    row.fields_bytes = rest->size;
    rc = rc < 0 ? rc : idc_row_pair(p->store, &row, &pair, err);
    p->counts.pairs += rc > 0;
    p->counts.there += rc == 0;
    return rc < 0 ? rc : add_captions(p, g->record, pair, err);
}

static int write_one(idc_put *p, const struct gathered *g, idc_error *err)
{
    idc_buffer rest = {0};
    int rc = rest_of(g->record, &rest);
    if (rc < 0)
        idc_fail(err, rc, "no memory");
    else if (idc_record_is(g->record, "feature"))
        rc = write_feature(p, g, &rest, err);
    else
        rc = write_pair(p, g, &rest, err);
    idc_buffer_free(&rest);
    return rc < 0 ? rc : 0;
}

/* The store failed: nothing that was gathered can be kept. */
static int fail(idc_put *p, idc_error *err)
{
    idc_store_rollback(p->store);
    drop(p);
    return idc_fail(err, IDC_E_STOPPED, "%s", p->failure.text);
}

int idc_put_flush(idc_put *p, idc_error *err)
{
    idc_put_counts before = p->counts;
    if (p->failure.code)
        return idc_fail(err, IDC_E_STOPPED, "%s", p->failure.text);
    if (p->count == 0)
        return 0;
    int rc = idc_segment_sync(p->store, &p->failure);
    rc = rc < 0 ? rc : idc_store_begin(p->store, &p->failure);
    for (size_t i = 0; i < p->count && rc == 0; i++)
        rc = write_one(p, &p->entries[i], &p->failure);
    if (rc == 0)
        rc = idc_store_commit(p->store, &p->failure);
    if (rc < 0) {
        p->counts = before;
        return fail(p, err);
    }
    drop(p);
    return 0;
}

int idc_put_wait(const idc_put *p)
{
    struct timespec now;
    if (p->count == 0)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t waited = (int64_t)(now.tv_sec - p->oldest.tv_sec) * 1000 +
                     (now.tv_nsec - p->oldest.tv_nsec) / 1000000;
    return waited >= IDC_PUT_WAIT ? 0 : (int)(IDC_PUT_WAIT - waited);
}

static int check(const idc_record *r, idc_error *err)
{
    idc_feature_row f;
    idc_pair_row pair;
    if (!*idc_record_id(r))
        return idc_fail(err, IDC_E_MISSING, "%s: has no id", idc_record_kind(r));
    if (idc_record_is(r, "pair"))
        return pair_of(r, &pair, err);
    int rc = feature_of(r, &f, err);
    return rc < 0 ? rc : idc_feature_row_check(&f, idc_record_id(r), err);
}

/* A name that stands for another pair would undo the whole transaction: it is refused here. */
static int check_name(idc_put *p, const idc_record *r, idc_error *err)
{
    idc_pair_row row;
    int64_t differs;
    int rc = pair_of(r, &row, err);
    rc = rc < 0 ? rc
                : idc_sql_int(p->store, &differs, err,
                              "SELECT b.name <> ?2 OR a.name <> ?3 FROM pair JOIN item b ON b.item "
                              "= before JOIN item a ON a.item = after WHERE pair.name = ?1",
                              "ttt", row.name, row.before, row.after);
    if (rc > 0 && differs)
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: the store has a pair of that name, of other items", row.name);
    for (size_t i = 0; rc >= 0 && i < p->count; i++) {
        idc_pair_row other;
        const idc_record *o = p->entries[i].record;
        if (idc_record_is(o, "pair") && strcmp(idc_record_id(o), row.name) == 0 &&
            pair_of(o, &other, NULL) == 0 &&
            (strcmp(other.before, row.before) != 0 || strcmp(other.after, row.after) != 0))
            return idc_fail(err, IDC_E_MISMATCH, "%s: two pairs of that name, of other items",
                            row.name);
    }
    return rc < 0 ? rc : 0;
}

/* A grid that belongs beside the store is written there at once, so that the disk works while records come; the record is
 * kept without it. One that the store has already is kept whole: its row is found when the others are written. */
static int place(idc_put *p, const idc_record *r, struct gathered *g, idc_error *err)
{
    static const char *const grid[] = {"feature"};
    idc_feature_row f;
    int rc = feature_of(r, &f, err);
    rc = rc < 0 ? rc
                : idc_feature_row_there(p->store, &f, idc_record_id(r),
                                        g->has_content ? &g->content : NULL, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = idc_feature_row_place(p->store, &f, err);
    if (rc < 0 || f.place.segment == 0)
        return rc;
    g->grid = f.grid;
    g->grid.data = NULL;
    g->place = f.place;
    g->data_checksum = f.data_checksum;
    g->record = without(r, grid, 1);
    return g->record ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
}

int idc_put_add(idc_put *p, const idc_record *r, idc_error *err)
{
    if (p->failure.code)
        return idc_fail(err, IDC_E_STOPPED, "%s", p->failure.text);
    bool pair = idc_record_is(r, "pair");
    if (!pair && !idc_record_is(r, "feature")) {
        p->counts.passed += !idc_record_is(r, "error");
        return 0;
    }
    struct gathered g = {0};
    int rc = check(r, err);
    if (rc == 0)
        rc = pair ? check_name(p, r, err) : idc_content_hash(&g.content, idc_record_id(r), err);
    if (rc < 0)
        return rc;
    g.has_content = !pair && rc > 0;
    if (!pair && place(p, r, &g, &p->failure) < 0)
        return fail(p, err);
    if (!g.record && !(g.record = idc_record_copy(r)))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    if (p->count == 0)
        clock_gettime(CLOCK_MONOTONIC, &p->oldest);
    p->entries[p->count++] = g;
    p->bytes += idc_record_bytes(r);
    if (p->count == IDC_PUT_RECORDS || p->bytes >= IDC_PUT_BYTES)
        return idc_put_flush(p, err);
    return 0;
}
