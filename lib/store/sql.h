/* sql.h: SQLite in four calls; for lib/store only.
 *
 *     sqlite3_stmt *q;
 *     int rc = idc_sql_open(s, &q, err, "SELECT item FROM item WHERE name = ?", "t", name);
 *     while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0) …
 *
 * Statements are prepared once and kept under the address of their text, which must be a literal; opening one again
 * resets it, so one may not be opened inside its own loop. Types of parameters: t const char * (NULL: null), i int64_t,
 * d double, b const void * and size_t (NULL: null).
 */
#ifndef IDC_STORE_SQL_H
#define IDC_STORE_SQL_H

#include <sqlite3.h>

#include "store/segment.h"
#include "store/store.h"

#define IDC_SQL_STATEMENTS 96

struct idc_store {
    sqlite3 *db;
    char *path;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[IDC_SQL_STATEMENTS];
    int n_kept;
    bool inside;            /* a transaction */
    bool one_file;          /* large blobs, too, stay in the store's own */
    idc_segments *segments; /* NULL: none was used */
};

int idc_sql_open(idc_store *s, sqlite3_stmt **q, idc_error *err, const char *sql, const char *types,
                 ...);
/* 1 a row, 0 no more (the statement is reset), or a code. */
int idc_sql_next(idc_store *s, sqlite3_stmt *q, idc_error *err);
/* One that gives no rows, or whose rows do not matter. */
int idc_sql_run(idc_store *s, idc_error *err, const char *sql, const char *types, ...);
/* The first column of the first row; 0 where there is none or it is null. Returns 1, 0 (no row) or a code. */
int idc_sql_int(idc_store *s, int64_t *value, idc_error *err, const char *sql, const char *types,
                ...);
/* Several statements, not kept. */
int idc_sql_script(idc_store *s, const char *sql, idc_error *err);
/* Resets what is open, so that no statement holds a lock. */
void idc_sql_done(idc_store *s);

/* NULL for null */
const char *idc_sql_null(sqlite3_stmt *q, int column);
/* "" for null */
const char *idc_sql_text(sqlite3_stmt *q, int column);
/* What SQLite said last, as an error that names the store. */
int idc_sql_fail(idc_store *s, idc_error *err);

#endif
