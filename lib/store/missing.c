#include "store/missing.h"

#include "store/rows.h"

#define NAMES_PER_COMMIT 1000 /* a writer beside us waits no longer than these take */

/* 1 the name's picture has the feature, 0 not; *known: the name stands for that file as it is now. */
static int by_name(idc_missing *m, const char *name, const idc_content *now, bool *known,
                   idc_error *err)
{
    sqlite3_stmt *q;
    int rc =
        idc_sql_open(m->store, &q, err,
                     "SELECT bytes, mtime, EXISTS (SELECT 1 FROM feature f WHERE f.picture = "
                     "item.picture AND f.variant = ?2) FROM item WHERE name = ?1 AND picture IS "
                     "NOT NULL",
                     "ti", name, m->variant);
    rc = rc < 0 ? rc : idc_sql_next(m->store, q, err);
    *known = rc > 0;
    if (rc > 0) {
        if (now)
            *known = sqlite3_column_int64(q, 0) == now->bytes &&
                     sqlite3_column_int64(q, 1) == now->mtime;
        rc = *known && sqlite3_column_int(q, 2);
        sqlite3_reset(q);
    }
    return rc;
}

static int by_content(idc_missing *m, const char *name, idc_content *c, idc_error *err)
{
    int64_t has, picture;
    int rc = idc_content_hash(c, name, err);
    if (rc > 0)
        rc = idc_sql_int(m->store, &has, err,
                         "SELECT 1 FROM picture JOIN feature USING (picture) WHERE hash = ? AND "
                         "variant = ?",
                         "bi", c->hash, sizeof c->hash, m->variant);
    if (rc <= 0)
        return rc;
    if (!m->store->inside)
        rc = idc_store_begin(m->store, err);
    rc = rc < 0 ? rc : idc_row_picture(m->store, name, c, &picture, err);
    return rc < 0 ? rc : 1;
}

static int one(idc_missing *m, const char *name, idc_error *err)
{
    idc_content now;
    bool known;
    int file = idc_content_stat(&now, name);
    int rc = by_name(m, name, file ? &now : NULL, &known, err);
    if (rc == 0 && file && !known)
        rc = by_content(m, name, &now, err);
    m->asked++;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    m->found++;
    return m->line(m->user, name, err);
}

int idc_missing_files(idc_missing *m, idc_source *source, idc_error *err)
{
    int rc = 0, more = 1;
    while (rc == 0 && more != 0) {
        idc_source_item item = {0};
        more = idc_source_next(source, &item, err);
        if (more < 0)
            rc = more;
        else if (more > 0)
            rc = one(m, item.path[0], err);
        idc_source_item_fini(&item);
        if (rc == 0 && m->store->inside && m->asked % NAMES_PER_COMMIT == 0)
            rc = idc_store_commit(m->store, err);
    }
    if (rc < 0)
        idc_store_rollback(m->store);
    else if (m->store->inside)
        rc = idc_store_commit(m->store, err);
    return rc;
}

int idc_missing_items(idc_missing *m, idc_error *err)
{
    sqlite3_stmt *q;
    int rc =
        idc_sql_open(m->store, &q, err,
                     "SELECT name FROM item WHERE picture IS NULL OR NOT EXISTS (SELECT 1 FROM "
                     "feature f WHERE f.picture = item.picture AND f.variant = ?) ORDER BY item",
                     "i", m->variant);
    while (rc == 0 && (rc = idc_sql_next(m->store, q, err)) > 0) {
        m->found++;
        rc = m->line(m->user, idc_sql_text(q, 0), err);
    }
    idc_sql_done(m->store);
    return rc;
}
