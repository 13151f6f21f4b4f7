#include "store/read.h"

#include <stdio.h>
#include <string.h>

#include "store/content.h"
#include "store/sql.h"
#include "wire/record_bytes.h"

/* Where the n bytes of a feature lie. */
static int data_of(const idc_read_row *row, size_t n, const void **data, idc_error *err)
{
    sqlite3_stmt *q = row->q;
    int column = row->first + 6;
    if (sqlite3_column_type(q, column + 1) != SQLITE_NULL) {
        idc_place place = {sqlite3_column_int64(q, column + 1),
                           sqlite3_column_int64(q, column + 2)};
        return idc_segment_data(row->store, place, n, data, err);
    }
    *data = sqlite3_column_blob(q, column);
    size_t bytes = (size_t)sqlite3_column_bytes(q, column);
    return *data && bytes == n
               ? 0
               : idc_fail(err, IDC_E_INVALID, "blob is %zu bytes, its shape says %zu", bytes, n);
}

/* The feature's arrays but for what names it. */
static int columns(const idc_read_row *row, idc_array *grid, idc_error *err)
{
    sqlite3_stmt *q = row->q;
    const int first = row->first;
    const char *type = idc_sql_text(q, first + 3);
    int dtype = idc_dtype_from_numpy(type, strlen(type));
    *grid = (idc_array){.dtype = (idc_dtype)dtype, .ndim = 3};
    for (int i = 0; i < 3; i++) {
        grid->shape[i] = sqlite3_column_int64(q, first + i);
        if (grid->shape[i] < 1 || grid->shape[i] > INT32_MAX)
            return idc_fail(err, IDC_E_INVALID, "feature has no shape");
    }
    if (dtype != IDC_DTYPE_F32 && dtype != IDC_DTYPE_F16 && dtype != IDC_DTYPE_I8)
        return idc_fail(err, IDC_E_INVALID, "feature has no dtype");
    size_t bytes = idc_array_bytes(grid), fields_bytes = (size_t)sqlite3_column_bytes(q, first + 5);
    const void *fields = sqlite3_column_blob(q, first + 5);
    int rc = data_of(row, bytes, &grid->data, err);
    if (rc < 0)
        return rc;
    if (idc_content_checksum(grid->data, bytes, fields ? fields : "", fields_bytes) !=
        sqlite3_column_int64(q, first + 4))
        return idc_fail(err, IDC_E_INVALID, "feature is damaged: checksum differs");
    return 0;
}

int idc_read_columns(const idc_read_row *row, idc_array *grid, idc_error *err)
{
    char item[300];
    int rc = columns(row, grid, err);
    if (rc == 0)
        return 0;
    snprintf(item, sizeof item, "item '%.250s'", row->name);
    return idc_fail_in(err, rc, item);
}

/* The record's other fields, from a column of msgpack; null: none. */
static int add_rest(idc_record *r, sqlite3_stmt *q, int column, idc_error *err)
{
    idc_record *rest = NULL;
    const char *name;
    const uint8_t *value;
    size_t length, n;
    size_t bytes = (size_t)sqlite3_column_bytes(q, column);
    int rc = bytes ? idc_record_decode(&rest, sqlite3_column_blob(q, column), bytes, err) : 0;
    for (int i = 0; rc == 0 && rest && idc_record_field(rest, i, &name, &length, &value, &n); i++) {
        char key[256];
        if (length >= sizeof key)
            continue;
        memcpy(key, name, length);
        key[length] = 0;
        if (!idc_record_has(r, key))
            rc = idc_record_copy_field(r, rest, key);
    }
    idc_record_free(&rest);
    return rc;
}

/* Columns: those of idc_read_columns, pooled's checksum and data, encoder, layer. */
static int to_record(idc_store *s, sqlite3_stmt *q, const char *name, idc_record **r,
                     idc_error *err)
{
    idc_array grid = {0}, pooled = {.dtype = IDC_DTYPE_F32, .ndim = 1};
    int rc = idc_read_columns(&(idc_read_row){s, q, 0, name}, &grid, err);
    if (rc < 0)
        return rc;
    pooled.shape[0] = grid.shape[2];
    pooled.data = sqlite3_column_blob(q, 10);
    size_t bytes = (size_t)sqlite3_column_bytes(q, 10);
    if (!pooled.data || bytes != idc_array_bytes(&pooled) ||
        idc_content_checksum(pooled.data, bytes, NULL, 0) != sqlite3_column_int64(q, 9))
        return idc_fail(err, IDC_E_INVALID, "item '%s': pooled vector is damaged", name);
    if (!(*r = idc_record_new("feature")))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    rc = idc_record_set_string(*r, "id", name);
    rc = rc < 0 ? rc : idc_record_set_array(*r, "feature", &grid);
    rc = rc < 0 ? rc : idc_record_set_array(*r, "pooled", &pooled);
    rc = rc < 0 ? rc : idc_record_set_string(*r, "encoder", idc_sql_text(q, 11));
    rc = rc < 0 ? rc : idc_record_set_string(*r, "layer", idc_sql_text(q, 12));
    if (rc < 0)
        return idc_fail(err, rc, "no memory");
    return add_rest(*r, q, 5, err);
}

int idc_read_feature(idc_store *s, int64_t variant, const char *name, idc_record **r,
                     idc_error *err)
{
    sqlite3_stmt *q;
    *r = NULL;
    int rc = idc_sql_open(
        s, &q, err,
        "SELECT height, width, channels, dtype, f.checksum, fields, f.data, segment, start, "
        "p.checksum, p.data, encoder, layer FROM item JOIN feature f USING (picture) JOIN variant "
        "v USING (variant) "
        "LEFT JOIN pooled p USING (feature) WHERE item.name = ? AND f.variant = ?",
        "ti", name, variant);
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc <= 0)
        return rc;
    rc = to_record(s, q, name, r, err);
    if (rc < 0) {
        idc_record_free(r);
        idc_fail_in(err, rc, idc_store_path(s));
    }
    sqlite3_reset(q);
    return rc < 0 ? rc : 1;
}

/* `uses` 0: says nothing of it. A damaged one is an error record. */
static int send_feature(idc_store *s, int64_t variant, const char *name, int64_t uses,
                        idc_pump *out, idc_error *err)
{
    idc_record *r;
    idc_error cause = IDC_NO_ERROR;
    int rc = idc_read_feature(s, variant, name, &r, &cause);
    if (rc == 0)
        rc = idc_fail(&cause, IDC_E_MISSING, "%s: no feature of '%s'", idc_store_path(s), name);
    if (rc < 0)
        return idc_pump_fail(out, name, &cause, err);
    rc = uses > 0 ? idc_record_set_int(r, "uses", uses) : 0;
    rc = rc < 0 ? idc_fail(err, rc, "no memory") : idc_pump_send(out, r, err);
    idc_record_free(&r);
    return rc;
}

static int captions_of(idc_store *s, int64_t pair, idc_record *r, idc_error *err)
{
    enum { MOST = 1000 };
    const char *texts[MOST];
    idc_buffer all = {0};
    size_t at[MOST], n = 0;
    sqlite3_stmt *q;
    int rc = idc_sql_open(s, &q, err, "SELECT text FROM caption WHERE pair = ? ORDER BY caption",
                          "i", pair);
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0) {
        const char *text = idc_sql_text(q, 0);
        rc = 0;
        if (n == MOST)
            break;
        at[n++] = all.size;
        if (idc_buffer_append(&all, text, strlen(text) + 1) < 0)
            rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    sqlite3_reset(q);
    for (size_t i = 0; i < n; i++)
        texts[i] = (const char *)all.data + at[i];
    if (rc == 0 && n > 0 && idc_record_set_strings(r, "captions", texts, n) < 0)
        rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    idc_buffer_free(&all);
    return rc;
}

static int optional(idc_record *r, const char *key, sqlite3_stmt *q, int column)
{
    return sqlite3_column_type(q, column) == SQLITE_NULL
               ? 0
               : idc_record_set_string(r, key, idc_sql_text(q, column));
}

/* Columns: pair, name, before's name, after's name, type, split, fields. */
static int send_pair(idc_store *s, sqlite3_stmt *q, idc_pump *out, idc_error *err)
{
    idc_record *r = idc_record_new("pair");
    int rc = r ? 0 : IDC_E_MEMORY;
    rc = rc < 0 ? rc : idc_record_set_string(r, "id", idc_sql_text(q, 1));
    rc = rc < 0 ? rc : idc_record_set_string(r, "before", idc_sql_text(q, 2));
    rc = rc < 0 ? rc : idc_record_set_string(r, "after", idc_sql_text(q, 3));
    rc = rc < 0 ? rc : optional(r, "type", q, 4);
    rc = rc < 0 ? rc : optional(r, "split", q, 5);
    if (rc < 0)
        idc_fail(err, rc, "no memory");
    rc = rc < 0 ? rc : captions_of(s, sqlite3_column_int64(q, 0), r, err);
    rc = rc < 0 ? rc : add_rest(r, q, 6, err);
    rc = rc < 0 ? rc : idc_pump_send(out, r, err);
    idc_record_free(&r);
    return rc;
}

int idc_read_named(idc_store *s, int64_t variant, const char *name, idc_pump *out, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = idc_sql_open(
        s, &q, err,
        "SELECT pair, pair.name, b.name, a.name, pair.type, pair.split, fields FROM pair "
        "JOIN item b ON b.item "
        "= before JOIN item a ON a.item = after WHERE pair.name = ?",
        "t", name);
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return send_feature(s, variant, name, 0, out, err);
    rc = send_feature(s, variant, idc_sql_text(q, 2), 1, out, err);
    if (rc == 0 && strcmp(idc_sql_text(q, 2), idc_sql_text(q, 3)) != 0)
        rc = send_feature(s, variant, idc_sql_text(q, 3), 1, out, err);
    rc = rc < 0 ? rc : send_pair(s, q, out, err);
    sqlite3_reset(q);
    return rc;
}

/* The feature of an item that this pair is the first to name. */
static int send_first(idc_store *s, int64_t variant, int64_t pair, int64_t item, idc_pump *out,
                      idc_error *err)
{
    sqlite3_stmt *q;
    int rc =
        idc_sql_open(s, &q, err,
                     "SELECT count(*), min(pair), (SELECT name FROM item WHERE item = ?1) FROM "
                     "pair WHERE before = ?1 OR after = ?1",
                     "i", item);
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc > 0)
        rc = sqlite3_column_int64(q, 1) == pair ? send_feature(s, variant, idc_sql_text(q, 2),
                                                               sqlite3_column_int64(q, 0), out, err)
                                                : 0;
    sqlite3_reset(q);
    return rc;
}

static int read_pairs(idc_store *s, int64_t variant, idc_pump *out, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = idc_sql_open(s, &q, err,
                          "SELECT pair, pair.name, b.name, a.name, pair.type, pair.split, fields, "
                          "before, after FROM pair JOIN "
                          "item b ON b.item = before JOIN item a ON a.item = after ORDER BY pair",
                          "");
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0) {
        int64_t pair = sqlite3_column_int64(q, 0), before = sqlite3_column_int64(q, 7),
                after = sqlite3_column_int64(q, 8);
        rc = send_first(s, variant, pair, before, out, err);
        if (rc == 0 && after != before)
            rc = send_first(s, variant, pair, after, out, err);
        rc = rc < 0 ? rc : send_pair(s, q, out, err);
    }
    return rc;
}

int idc_read_all(idc_store *s, int64_t variant, idc_pump *out, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = read_pairs(s, variant, out, err);
    rc = rc < 0
             ? rc
             : idc_sql_open(s, &q, err,
                            "SELECT name FROM item WHERE picture IN (SELECT picture FROM feature "
                            "WHERE variant = ?) AND NOT EXISTS (SELECT 1 FROM pair WHERE before "
                            "= item OR after = item) ORDER BY item",
                            "i", variant);
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0)
        rc = send_feature(s, variant, idc_sql_text(q, 0), 0, out, err);
    idc_sql_done(s);
    return rc;
}
