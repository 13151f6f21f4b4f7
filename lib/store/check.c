#include "store/check.h"

#include <inttypes.h>
#include <string.h>

#include "store/content.h"
#include "store/read.h"
#include "store/sql.h"

static void say(idc_check *c, const idc_error *what)
{
    c->broken_count++;
    c->broken(c->user, what);
}

/* PRAGMAs whose every row is a complaint, but "ok". */
static int pragma(idc_check *c, const char *sql, const char *what, int column, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = idc_sql_open(c->store, &q, err, sql, "");
    while (rc == 0 && (rc = idc_sql_next(c->store, q, err)) > 0) {
        idc_error wrong = IDC_NO_ERROR;
        rc = 0;
        if (strcmp(idc_sql_text(q, column), "ok") == 0)
            continue;
        idc_fail(&wrong, IDC_E_INVALID, "%s: %s: %s", c->store->path, what,
                 idc_sql_text(q, column));
        say(c, &wrong);
    }
    return rc;
}

static int check_pooled(sqlite3_stmt *q, const char *name, const idc_array *grid, idc_error *err)
{
    const void *data = sqlite3_column_blob(q, 12);
    size_t bytes = (size_t)sqlite3_column_bytes(q, 12);
    if (!data)
        return idc_fail(err, IDC_E_INVALID, "item '%s': has no pooled vector", name);
    if (bytes != (size_t)grid->shape[2] * sizeof(float))
        return idc_fail(err, IDC_E_INVALID, "item '%s': pooled vector is %zu bytes, not %zu", name,
                        bytes, (size_t)grid->shape[2] * sizeof(float));
    if (idc_content_checksum(data, bytes, NULL, 0) != sqlite3_column_int64(q, 11))
        return idc_fail(err, IDC_E_INVALID, "item '%s': pooled vector is damaged: checksum differs",
                        name);
    if (!idc_content_finite(data, IDC_DTYPE_F32, bytes / sizeof(float)))
        return idc_fail(err, IDC_E_NUMERIC, "item '%s': pooled vector is not finite", name);
    return 0;
}

static int check_feature(idc_check *c, sqlite3_stmt *q)
{
    idc_error wrong = IDC_NO_ERROR;
    char name[300];
    idc_array grid = {0};
    snprintf(name, sizeof name, "%s", *idc_sql_text(q, 1) ? idc_sql_text(q, 1) : "(no name)");
    int rc = idc_read_columns(&(idc_read_row){c->store, q, 2, name}, &grid, &wrong);
    if (rc == 0 && !idc_content_finite(grid.data, grid.dtype, idc_array_count(&grid)))
        rc = idc_fail(&wrong, IDC_E_NUMERIC, "item '%s': feature is not finite", name);
    rc = rc < 0 ? rc : check_pooled(q, name, &grid, &wrong);
    c->features++;
    c->bytes += (grid.data ? idc_array_bytes(&grid) : 0) + (uint64_t)sqlite3_column_bytes(q, 12);
    if (rc < 0) {
        idc_fail_in(&wrong, rc, c->store->path);
        if (c->lost && (rc == IDC_E_MISSING || rc == IDC_E_MISMATCH))
            c->broken_count++; /* of that file */
        else
            say(c, &wrong);
    }
    return c->progress && c->features % 64 == 0 ? c->progress(c->user, c->features, 0) : 0;
}

/* The files beside the store are there, and as long as they should be; of one with a head only a power cut may have left
 * nothing. */
static int check_segments(idc_check *c, idc_error *err)
{
    sqlite3_stmt *q;
    int rc =
        idc_sql_open(c->store, &q, err, "SELECT segment, bytes FROM segment WHERE bytes > 64", "");
    while (rc == 0 && (rc = idc_sql_next(c->store, q, err)) > 0) {
        idc_error wrong = IDC_NO_ERROR;
        idc_place end = {sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
        const void *data;
        rc = idc_segment_data(c->store, end, 0, &data, &wrong);
        if (rc < 0)
            say(c, &wrong);
        c->lost |= rc < 0;
        rc = 0;
    }
    return rc;
}

static int check_features(idc_check *c, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = idc_sql_open(
        c->store, &q, err,
        "SELECT f.feature, (SELECT name FROM item WHERE item.picture = f.picture LIMIT 1), height, "
        "width, channels, (SELECT dtype FROM variant v WHERE v.variant = f.variant), f.checksum, "
        "fields, f.data, segment, start, p.checksum, p.data FROM feature f LEFT JOIN pooled p "
        "USING (feature)",
        "");
    while (rc == 0 && (rc = idc_sql_next(c->store, q, err)) > 0)
        rc = check_feature(c, q) == 0 ? 0 : idc_fail(err, IDC_E_STOPPED, "stopped");
    return rc;
}

int idc_check_run(idc_check *c, idc_error *err)
{
    idc_error wrong = IDC_NO_ERROR;
    int rc = pragma(c, "PRAGMA integrity_check(20)", "damaged", 0, &wrong);
    rc = rc < 0 ? rc
                : pragma(c, "PRAGMA foreign_key_check", "a row refers to what is not there, in", 0,
                         &wrong);
    rc = rc < 0 ? rc : check_segments(c, &wrong);
    rc = rc < 0 ? rc : check_features(c, &wrong);
    idc_sql_done(c->store);
    if (rc == IDC_E_INVALID) { /* pages so damaged that SQLite goes no further */
        say(c, &wrong);
        return 0;
    }
    return rc < 0 ? idc_fail(err, rc, "%s", wrong.text) : 0;
}

int idc_stats_print(idc_store *s, FILE *out, idc_error *err)
{
    static const struct {
        const char *name, *sql;
    } counts[] = {
        {"items", "SELECT count(*) FROM item"},
        {"pictures", "SELECT count(*) FROM picture"},
        {"features", "SELECT count(*) FROM pooled"},
        {"pairs", "SELECT count(*) FROM pair"},
        {"captions", "SELECT count(*) FROM caption"},
        {"bytes", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"},
        {"beside", "SELECT coalesce(sum(bytes), 0) FROM segment"},
        {"free", "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"},
    };
    sqlite3_stmt *q;
    int rc = 0;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && rc >= 0; i++) {
        int64_t n;
        rc = idc_sql_int(s, &n, err, counts[i].sql, "");
        if (rc >= 0)
            fprintf(out, "%s\"%s\": %" PRId64, i ? ", " : "{", counts[i].name, n);
    }
    rc = rc < 0 ? rc
                : idc_sql_open(s, &q, err,
                               "SELECT json_group_array(json_object('encoder', encoder, 'layer', "
                               "layer, 'dtype', dtype, 'features', (SELECT count(*) FROM pooled p "
                               "WHERE p.variant = v.variant))) FROM variant v",
                               "");
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc > 0)
        fprintf(out, ", \"kinds\": %s}\n", idc_sql_text(q, 0));
    idc_sql_done(s);
    return rc < 0 ? rc : 0;
}

static void print_string(FILE *out, const unsigned char *p)
{
    putc('"', out);
    for (; p && *p; p++)
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            putc(*p, out);
    putc('"', out);
}

static void print_value(FILE *out, sqlite3_stmt *q, int i)
{
    switch (sqlite3_column_type(q, i)) {
    case SQLITE_INTEGER:
        fprintf(out, "%" PRId64, (int64_t)sqlite3_column_int64(q, i));
        break;
    case SQLITE_FLOAT:
        fprintf(out, "%.17g", sqlite3_column_double(q, i));
        break;
    case SQLITE_TEXT:
        print_string(out, sqlite3_column_text(q, i));
        break;
    case SQLITE_BLOB:
        fprintf(out, "{\"bytes\": %d}", sqlite3_column_bytes(q, i));
        break;
    default:
        fputs("null", out);
    }
}

int idc_query_print(idc_store *s, const char *sql, FILE *out, idc_error *err)
{
    sqlite3_stmt *q = NULL;
    const char *rest = "";
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, &rest) != SQLITE_OK)
        return idc_sql_fail(s, err);
    if (!q || rest[strspn(rest, " \t\r\n;")] || !sqlite3_stmt_readonly(q) ||
        sqlite3_column_count(q) == 0) {
        sqlite3_finalize(q);
        return idc_fail(err, IDC_E_INVALID, "%s: a query is one SELECT", s->path);
    }
    int rc;
    while ((rc = idc_sql_next(s, q, err)) > 0) {
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            fputs(i ? ", " : "{", out);
            print_string(out, (const unsigned char *)sqlite3_column_name(q, i));
            fputs(": ", out);
            print_value(out, q, i);
        }
        if (fputs("}\n", out) < 0 || ferror(out)) {
            rc = idc_fail(err, IDC_E_CLOSED, "stdout: closed by its reader");
            break;
        }
    }
    sqlite3_finalize(q);
    return rc;
}
