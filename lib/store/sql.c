#include "store/sql.h"

#include <stdarg.h>
#include <string.h>

int idc_sql_fail(idc_store *s, idc_error *err)
{
    const char *path = s->path;
    switch (sqlite3_errcode(s->db) & 0xff) {
    case SQLITE_NOMEM:
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    case SQLITE_FULL:
        return idc_fail(err, IDC_E_IO, "%s: the disk is full; what was committed is safe", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return idc_fail(err, IDC_E_IO, "%s: another program has been writing for a minute", path);
    case SQLITE_NOTADB:
        return idc_fail(err, IDC_E_INVALID, "%s: is not a store", path);
    case SQLITE_CORRUPT:
        return idc_fail(err, IDC_E_INVALID, "%s: is damaged (%s)", path, sqlite3_errmsg(s->db));
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return idc_fail(err, IDC_E_IO, "%s: %s", path, sqlite3_errmsg(s->db));
    default:
        return idc_fail(err, IDC_E_INVALID, "%s: %s", path, sqlite3_errmsg(s->db));
    }
}

static int prepare(idc_store *s, sqlite3_stmt **q, const char *sql, idc_error *err)
{
    for (int i = 0; i < s->n_kept; i++)
        if (s->kept[i].sql == sql) {
            *q = s->kept[i].statement;
            sqlite3_reset(*q);
            sqlite3_clear_bindings(*q);
            return 0;
        }
    if (s->n_kept == IDC_SQL_STATEMENTS)
        return idc_fail(err, IDC_E_RANGE, "%s: too many statements", s->path);
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, q, NULL) != SQLITE_OK)
        return idc_sql_fail(s, err);
    s->kept[s->n_kept].sql = sql;
    s->kept[s->n_kept++].statement = *q;
    return 0;
}

/* What is bound lives until the next use of the statement: all callers keep it that long. */
static int bind(idc_store *s, sqlite3_stmt *q, const char *types, va_list *values, idc_error *err)
{
    int rc = SQLITE_OK;
    for (int i = 1; *types && rc == SQLITE_OK; types++, i++) {
        if (*types == 't')
            rc = sqlite3_bind_text(q, i, va_arg(*values, const char *), -1, SQLITE_STATIC);
        else if (*types == 'i')
            rc = sqlite3_bind_int64(q, i, va_arg(*values, int64_t));
        else if (*types == 'd')
            rc = sqlite3_bind_double(q, i, va_arg(*values, double));
        else {
            const void *data = va_arg(*values, const void *);
            rc = sqlite3_bind_blob64(q, i, data, va_arg(*values, size_t), SQLITE_STATIC);
        }
    }
    return rc == SQLITE_OK ? 0 : idc_sql_fail(s, err);
}

static int open_va(idc_store *s, sqlite3_stmt **q, const char *sql, const char *types,
                   va_list *values, idc_error *err)
{
    int rc = prepare(s, q, sql, err);
    return rc < 0 ? rc : bind(s, *q, types, values, err);
}

int idc_sql_open(idc_store *s, sqlite3_stmt **q, idc_error *err, const char *sql, const char *types,
                 ...)
{
    va_list values;
    va_start(values, types);
    int rc = open_va(s, q, sql, types, &values, err);
    va_end(values);
    return rc;
}

int idc_sql_next(idc_store *s, sqlite3_stmt *q, idc_error *err)
{
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        rc = idc_sql_fail(s, err);
    else
        rc = 0;
    sqlite3_reset(q);
    return rc;
}

int idc_sql_run(idc_store *s, idc_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q;
    va_list values;
    va_start(values, types);
    int rc = open_va(s, &q, sql, types, &values, err);
    va_end(values);
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0)
        rc = 0;
    return rc;
}

int idc_sql_int(idc_store *s, int64_t *value, idc_error *err, const char *sql, const char *types,
                ...)
{
    sqlite3_stmt *q;
    va_list values;
    *value = 0;
    va_start(values, types);
    int rc = open_va(s, &q, sql, types, &values, err);
    va_end(values);
    rc = rc < 0 ? rc : idc_sql_next(s, q, err);
    if (rc > 0) {
        *value = sqlite3_column_int64(q, 0);
        sqlite3_reset(q);
    }
    return rc;
}

int idc_sql_script(idc_store *s, const char *sql, idc_error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : idc_sql_fail(s, err);
}

void idc_sql_done(idc_store *s)
{
    for (int i = 0; i < s->n_kept; i++)
        sqlite3_reset(s->kept[i].statement);
}

const char *idc_sql_text(sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    return text ? text : "";
}

const char *idc_sql_null(sqlite3_stmt *q, int column)
{
    return (const char *)sqlite3_column_text(q, column);
}
