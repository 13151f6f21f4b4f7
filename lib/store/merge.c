#include "store/merge.h"

#include <string.h>

#include "store/read.h"
#include "store/rows.h"

#define ROWS_PER_COMMIT 1000
#define BYTES_PER_COMMIT ((size_t)64 << 20)

typedef int (*row_function)(idc_merge *m, sqlite3_stmt *q, size_t *bytes, idc_error *err);

/* What a row itself is to blame for is said and passed over. */
static int refuse(idc_merge *m, int rc, const idc_error *why, idc_error *err)
{
    if (rc >= 0)
        return 0;
    if (rc == IDC_E_MISMATCH || rc == IDC_E_INVALID || rc == IDC_E_NUMERIC || rc == IDC_E_MISSING) {
        m->refused(m->user, why);
        return 0;
    }
    return idc_fail(err, rc, "%s", why->text);
}

static int next_commit(idc_merge *m, size_t *rows, size_t *bytes, idc_error *err)
{
    if (++*rows < ROWS_PER_COMMIT && *bytes < BYTES_PER_COMMIT)
        return 0;
    *rows = *bytes = 0;
    int rc = idc_store_commit(m->into, err);
    if (rc == 0 && m->stop && m->stop(m->user))
        return idc_fail(err, IDC_E_STOPPED, "stopped");
    return rc < 0 ? rc : idc_store_begin(m->into, err);
}

/* Each row of the other store, in transactions of ours. */
static int each(idc_merge *m, const char *sql, row_function row, idc_error *err)
{
    sqlite3_stmt *q;
    size_t rows = 0, bytes = 0;
    int rc = idc_store_begin(m->into, err);
    rc = rc < 0 ? rc : idc_sql_open(m->from, &q, err, sql, "");
    while (rc == 0 && (rc = idc_sql_next(m->from, q, err)) > 0) {
        idc_error why = IDC_NO_ERROR;
        rc = refuse(m, row(m, q, &bytes, &why), &why, err);
        rc = rc < 0 ? rc : next_commit(m, &rows, &bytes, err);
    }
    idc_sql_done(m->from);
    if (rc == 0)
        return idc_store_commit(m->into, err);
    idc_store_rollback(m->into);
    return rc;
}

/* Columns: name, hash, bytes, mtime, split, type. */
static int merge_item(idc_merge *m, sqlite3_stmt *q, size_t *bytes, idc_error *err)
{
    const char *name = idc_sql_text(q, 0);
    int64_t item, picture, other;
    idc_content c = {.bytes = sqlite3_column_int64(q, 2), .mtime = sqlite3_column_int64(q, 3)};
    const void *hash = sqlite3_column_blob(q, 1);
    (void)bytes;
    if (hash && sqlite3_column_bytes(q, 1) == (int)sizeof c.hash)
        memcpy(c.hash, hash, sizeof c.hash);
    else
        hash = NULL;
    int rc =
        idc_sql_int(m->into, &other, err,
                    "SELECT coalesce(hash <> ?, 2) FROM item JOIN picture USING (picture) WHERE "
                    "name = ?",
                    "bt", hash ? c.hash : NULL, sizeof c.hash, name);
    if (rc > 0 && other == 1)
        return idc_fail(err, IDC_E_MISMATCH, "%s: '%s' is another picture in %s: left out",
                        m->from->path, name, m->into->path);
    if (rc == 0 && sqlite3_column_int(q, 6))
        rc = idc_row_picture(m->into, name, hash ? &c : NULL, &picture, err);
    rc = rc < 0 ? rc : idc_row_item(m->into, name, &item, err);
    return rc < 0 ? rc : idc_row_label(m->into, item, idc_sql_null(q, 4), idc_sql_null(q, 5), err);
}

/* Columns: name, hash, encoder, layer; height … data as idc_read_columns wants them; pooled. */
static int merge_feature(idc_merge *m, sqlite3_stmt *q, size_t *bytes, idc_error *err)
{
    const char *name = idc_sql_text(q, 0);
    int64_t picture, there;
    idc_feature_row f = {.encoder = idc_sql_text(q, 2), .layer = idc_sql_text(q, 3)};
    int rc = idc_sql_int(m->into, &picture, err, "SELECT picture FROM picture WHERE hash = ?", "b",
                         sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1));
    if (rc == 0)
        rc = idc_sql_int(m->into, &picture, err, "SELECT picture FROM item WHERE name = ?", "t",
                         name);
    if (rc <= 0 || picture == 0)
        return rc < 0 ? rc : 0; /* its name was refused */
    rc = idc_sql_int(m->into, &there, err,
                     "SELECT 1 FROM feature JOIN variant USING (variant) WHERE picture = ? AND "
                     "encoder = ? AND layer = ? AND dtype = ?",
                     "ittt", picture, f.encoder, f.layer, idc_sql_text(q, 7));
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = idc_read_columns(&(idc_read_row){m->from, q, 4, name}, &f.grid, err);
    if (rc < 0)
        return idc_fail_in(err, rc, m->from->path);
    f.pooled = (idc_array){IDC_DTYPE_F32, 1, {f.grid.shape[2]}, sqlite3_column_blob(q, 13)};
    f.fields = sqlite3_column_blob(q, 9);
    f.fields_bytes = (size_t)sqlite3_column_bytes(q, 9);
    if (!f.pooled.data || !f.fields ||
        (size_t)sqlite3_column_bytes(q, 13) != idc_array_bytes(&f.pooled) ||
        idc_content_checksum(f.pooled.data, idc_array_bytes(&f.pooled), NULL, 0) !=
            sqlite3_column_int64(q, 14))
        return idc_fail(err, IDC_E_INVALID, "%s: item '%s': pooled vector is damaged",
                        m->from->path, name);
    rc = idc_feature_row_check(&f, name, err);
    rc = rc < 0 ? rc : idc_row_feature(m->into, picture, &f, err);
    m->features += rc > 0;
    *bytes += idc_array_bytes(&f.grid);
    return rc;
}

/* Columns: name, before, after, type, split, fields. */
static int merge_pair(idc_merge *m, sqlite3_stmt *q, size_t *bytes, idc_error *err)
{
    int64_t pair;
    idc_pair_row p = {.name = idc_sql_text(q, 0),
                      .before = idc_sql_text(q, 1),
                      .after = idc_sql_text(q, 2),
                      .type = idc_sql_null(q, 3),
                      .split = idc_sql_null(q, 4),
                      .fields = sqlite3_column_blob(q, 5),
                      .fields_bytes = (size_t)sqlite3_column_bytes(q, 5)};
    (void)bytes;
    int rc = idc_row_pair(m->into, &p, &pair, err);
    m->pairs += rc > 0;
    return rc;
}

/* Columns: the pair's name, the item's name, text. */
static int merge_caption(idc_merge *m, sqlite3_stmt *q, size_t *bytes, idc_error *err)
{
    int64_t pair = 0, item = 0;
    (void)bytes;
    int rc = idc_sql_null(q, 0)
                 ? idc_sql_int(m->into, &pair, err, "SELECT pair FROM pair WHERE name = ?", "t",
                               idc_sql_text(q, 0))
                 : idc_sql_int(m->into, &item, err, "SELECT item FROM item WHERE name = ?", "t",
                               idc_sql_text(q, 1));
    if (rc <= 0)
        return rc;
    rc = idc_row_caption(m->into, pair, item, idc_sql_text(q, 2), err);
    m->captions += rc > 0;
    return rc;
}

/* Columns: name, x, y, w, h. */
static int merge_box(idc_merge *m, sqlite3_stmt *q, size_t *bytes, idc_error *err)
{
    int64_t item;
    double box[4];
    (void)bytes;
    for (int i = 0; i < 4; i++)
        box[i] = sqlite3_column_double(q, 1 + i);
    int rc = idc_row_item(m->into, idc_sql_text(q, 0), &item, err);
    return rc < 0 ? rc : idc_row_box(m->into, item, box, err);
}

int idc_merge_run(idc_merge *m, idc_error *err)
{
    static const struct {
        const char *sql;
        row_function row;
    } steps[] = {
        {"SELECT name, hash, bytes, mtime, split, type, picture IS NOT NULL FROM item LEFT JOIN "
         "picture USING (picture) ORDER BY item",
         merge_item},
        {"SELECT coalesce((SELECT name FROM item i WHERE i.picture = f.picture LIMIT 1), ''), "
         "hash, "
         "encoder, layer, height, width, channels, dtype, f.checksum, fields, f.data, segment, "
         "start, "
         "p.data, p.checksum FROM feature f JOIN picture USING (picture) JOIN variant v USING "
         "(variant) "
         "LEFT JOIN pooled p USING (feature) ORDER BY f.feature",
         merge_feature},
        {"SELECT pair.name, b.name, a.name, pair.type, pair.split, fields FROM pair JOIN item b ON "
         "b.item = before JOIN item a ON a.item = after ORDER BY pair",
         merge_pair},
        {"SELECT pair.name, item.name, text FROM caption c LEFT JOIN pair USING (pair) LEFT JOIN "
         "item ON item.item = c.item ORDER BY caption",
         merge_caption},
        {"SELECT name, x, y, w, h FROM box JOIN item USING (item)", merge_box},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && rc == 0; i++)
        rc = each(m, steps[i].sql, steps[i].row, err);
    return rc;
}
