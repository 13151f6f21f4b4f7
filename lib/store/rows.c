#include "store/rows.h"

#include <string.h>

int idc_row_item(idc_store *s, const char *name, int64_t *item, idc_error *err)
{
    int rc = idc_sql_int(s, item, err, "SELECT item FROM item WHERE name = ?", "t", name);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = idc_sql_run(s, err, "INSERT INTO item (name) VALUES (?)", "t", name);
    *item = sqlite3_last_insert_rowid(s->db);
    return rc;
}

/* The item stands for that picture from here on. No upsert: with references to check, SQLite copies the pages of each one's
 * index aside first, which for 64 KiB pages is half of what a put writes. */
static int point_item(idc_store *s, const char *name, int64_t picture, const idc_content *c,
                      idc_error *err)
{
    int64_t item;
    int rc = idc_sql_int(s, &item, err, "SELECT item FROM item WHERE name = ?", "t", name);
    if (rc < 0)
        return rc;
    if (rc == 0 && c)
        return idc_sql_run(s, err,
                           "INSERT INTO item (name, picture, bytes, mtime) VALUES (?, ?, ?, ?)",
                           "tiii", name, picture, c->bytes, c->mtime);
    if (rc == 0)
        return idc_sql_run(s, err, "INSERT INTO item (name, picture) VALUES (?, ?)", "ti", name,
                           picture);
    if (c)
        return idc_sql_run(s, err,
                           "UPDATE item SET picture = ?1, bytes = ?2, mtime = ?3 WHERE item = ?4 "
                           "AND (picture, bytes, mtime) IS NOT (?1, ?2, ?3)",
                           "iiii", picture, c->bytes, c->mtime, item);
    return idc_sql_run(s, err, "UPDATE item SET picture = ? WHERE item = ?", "ii", picture, item);
}

int idc_row_picture(idc_store *s, const char *name, const idc_content *c, int64_t *picture,
                    idc_error *err)
{
    int rc;
    if (c)
        rc = idc_sql_int(s, picture, err, "SELECT picture FROM picture WHERE hash = ?", "b",
                         c->hash, sizeof c->hash);
    else
        rc = idc_sql_int(s, picture, err, "SELECT picture FROM item WHERE name = ?", "t", name);
    if (rc < 0)
        return rc;
    if (*picture == 0) {
        rc = idc_sql_run(s, err, "INSERT INTO picture (hash) VALUES (?)", "b", c ? c->hash : NULL,
                         sizeof c->hash);
        *picture = sqlite3_last_insert_rowid(s->db);
    } else if (!c)
        return 0;
    return rc < 0 ? rc : point_item(s, name, *picture, c, err);
}

int idc_feature_row_check(const idc_feature_row *f, const char *name, idc_error *err)
{
    const idc_array *g = &f->grid;
    if (g->dtype != IDC_DTYPE_F32 && g->dtype != IDC_DTYPE_F16 && g->dtype != IDC_DTYPE_I8)
        return idc_fail(err, IDC_E_UNSUPPORTED, "%s: feature is neither f32, f16 nor i8", name);
    if (g->ndim != 3 || idc_array_count(g) == 0)
        return idc_fail(err, IDC_E_MISMATCH, "%s: feature is no grid [h, w, c]", name);
    if (f->pooled.dtype != IDC_DTYPE_F32 || f->pooled.ndim != 1 ||
        f->pooled.shape[0] != g->shape[2])
        return idc_fail(err, IDC_E_MISMATCH, "%s: pooled is not f32 [%lld]", name,
                        (long long)g->shape[2]);
    if (!*f->encoder || strlen(f->encoder) > 64 || strlen(f->layer) > 256)
        return idc_fail(err, IDC_E_INVALID, "%s: encoder or layer has no fit name", name);
    if (!idc_content_finite(g->data, g->dtype, idc_array_count(g)) ||
        !idc_content_finite(f->pooled.data, IDC_DTYPE_F32, idc_array_count(&f->pooled)))
        return idc_fail(err, IDC_E_NUMERIC, "%s: feature holds a value that is not finite", name);
    return 0;
}

static int variant_row(idc_store *s, const idc_feature_row *f, int64_t *variant, idc_error *err)
{
    const char *dtype = idc_dtype_numpy(f->grid.dtype);
    int rc =
        idc_sql_int(s, variant, err,
                    "SELECT variant FROM variant WHERE encoder = ? AND layer = ? AND dtype = ?",
                    "ttt", f->encoder, f->layer, dtype);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = idc_sql_run(s, err, "INSERT INTO variant (encoder, layer, dtype) VALUES (?, ?, ?)", "ttt",
                     f->encoder, f->layer, dtype);
    *variant = sqlite3_last_insert_rowid(s->db);
    return rc;
}

int idc_feature_row_there(idc_store *s, const idc_feature_row *f, const char *name,
                          const idc_content *c, idc_error *err)
{
    int64_t there;
    const char *dtype = idc_dtype_numpy(f->grid.dtype);
    int rc =
        c ? idc_sql_int(s, &there, err,
                        "SELECT 1 FROM picture JOIN feature USING (picture) JOIN variant USING "
                        "(variant) WHERE hash = ? AND encoder = ? AND layer = ? AND dtype = ?",
                        "bttt", c->hash, sizeof c->hash, f->encoder, f->layer, dtype)
          : idc_sql_int(s, &there, err,
                        "SELECT 1 FROM item JOIN feature USING (picture) JOIN variant USING "
                        "(variant) WHERE name = ? AND encoder = ? AND layer = ? AND dtype = ?",
                        "tttt", name, f->encoder, f->layer, dtype);
    return rc;
}

int idc_feature_row_place(idc_store *s, idc_feature_row *f, idc_error *err)
{
    size_t bytes = idc_array_bytes(&f->grid);
    if (s->one_file || bytes < IDC_SEGMENT_LEAST)
        return 0;
    f->data_checksum = idc_content_checksum(f->grid.data, bytes, NULL, 0);
    return idc_segment_append(s, f->grid.data, bytes, &f->place, err);
}

static int insert_feature(idc_store *s, int64_t picture, int64_t variant, const idc_feature_row *f,
                          idc_error *err)
{
    const int64_t *shape = f->grid.shape;
    size_t bytes = idc_array_bytes(&f->grid);
    if (f->place.segment)
        return idc_sql_run(
            s, err,
            "INSERT INTO feature (picture, variant, height, width, channels, checksum, fields, "
            "data, segment, start) VALUES (?, ?, ?, ?, ?, ?, ?, x'', ?, ?)",
            "iiiiiibii", picture, variant, shape[0], shape[1], shape[2],
            idc_content_checksum_more(f->data_checksum, f->fields, f->fields_bytes), f->fields,
            f->fields_bytes, f->place.segment, f->place.start);
    return idc_sql_run(s, err,
                       "INSERT INTO feature (picture, variant, height, width, channels, checksum, "
                       "fields, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       "iiiiiibb", picture, variant, shape[0], shape[1], shape[2],
                       idc_content_checksum(f->grid.data, bytes, f->fields, f->fields_bytes),
                       f->fields, f->fields_bytes, f->grid.data, bytes);
}

int idc_row_feature(idc_store *s, int64_t picture, idc_feature_row *f, idc_error *err)
{
    int64_t variant, there;
    size_t pooled = idc_array_bytes(&f->pooled);
    int rc = variant_row(s, f, &variant, err);
    rc = rc < 0 ? rc
                : idc_sql_int(s, &there, err,
                              "SELECT feature FROM feature WHERE picture = ? AND variant = ?", "ii",
                              picture, variant);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = f->place.segment ? 0 : idc_feature_row_place(s, f, err);
    rc = rc < 0 ? rc : insert_feature(s, picture, variant, f, err);
    rc = rc < 0 ? rc
                : idc_sql_run(s, err,
                              "INSERT INTO pooled (feature, variant, checksum, data) VALUES (?, ?, "
                              "?, ?)",
                              "iiib", (int64_t)sqlite3_last_insert_rowid(s->db), variant,
                              idc_content_checksum(f->pooled.data, pooled, NULL, 0), f->pooled.data,
                              pooled);
    return rc < 0 ? rc : 1;
}

int idc_row_pair(idc_store *s, const idc_pair_row *p, int64_t *pair, idc_error *err)
{
    int64_t before, after, same;
    int rc = idc_row_item(s, p->before, &before, err);
    rc = rc < 0 ? rc : idc_row_item(s, p->after, &after, err);
    rc = rc < 0 ? rc
                : idc_sql_int(s, pair, err, "SELECT pair FROM pair WHERE name = ?", "t", p->name);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        rc = idc_sql_run(
            s, err,
            "INSERT INTO pair (name, before, after, type, split, fields) VALUES (?, ?, "
            "?, ?, ?, ?)",
            "tiittb", p->name, before, after, p->type, p->split, p->fields, p->fields_bytes);
        *pair = sqlite3_last_insert_rowid(s->db);
        return rc < 0 ? rc : 1;
    }
    rc = idc_sql_int(s, &same, err, "SELECT before = ? AND after = ? FROM pair WHERE pair = ?",
                     "iii", before, after, *pair);
    if (rc < 0)
        return rc;
    if (!same)
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: the store has a pair of that name, of other items", p->name);
    return idc_sql_run(s, err,
                       "UPDATE pair SET type = coalesce(type, ?), split = coalesce(split, ?), "
                       "fields = coalesce(fields, ?) WHERE pair = ?",
                       "ttbi", p->type, p->split, p->fields, p->fields_bytes, *pair);
}

int idc_row_caption(idc_store *s, int64_t pair, int64_t item, const char *text, idc_error *err)
{
    int rc = pair ? idc_sql_run(s, err, "INSERT OR IGNORE INTO caption (pair, text) VALUES (?, ?)",
                                "it", pair, text)
                  : idc_sql_run(s, err, "INSERT OR IGNORE INTO caption (item, text) VALUES (?, ?)",
                                "it", item, text);
    return rc < 0 ? rc : sqlite3_changes(s->db) > 0;
}

int idc_row_label(idc_store *s, int64_t item, const char *split, const char *type, idc_error *err)
{
    if (!split && !type)
        return 0;
    return idc_sql_run(s, err,
                       "UPDATE item SET split = coalesce(split, ?), type = coalesce(type, ?) WHERE "
                       "item = ?",
                       "tti", split, type, item);
}

int idc_row_box(idc_store *s, int64_t item, const double box[4], idc_error *err)
{
    return idc_sql_run(s, err, "INSERT OR IGNORE INTO box VALUES (?, ?, ?, ?, ?)", "idddd", item,
                       box[0], box[1], box[2], box[3]);
}
