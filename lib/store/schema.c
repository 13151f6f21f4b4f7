#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "store/sql.h"

/* The assembler takes the files in as they are (paths from the root, where make runs), a zero after each. */
#define TAKE_IN(symbol, file)                                                                      \
    __asm__(".section .rodata\n" #symbol ":\n.incbin \"" file "\"\n.byte 0\n.text\n");             \
    extern const char symbol[] __attribute__((visibility("hidden")))

TAKE_IN(idc_schema_sql, "schemas/store.sql");
TAKE_IN(idc_schema_1_to_2, "schemas/migrations/1-to-2.sql");
TAKE_IN(idc_schema_2_to_3, "schemas/migrations/2-to-3.sql");

static const char *const steps[] = {NULL, idc_schema_1_to_2,
                                    idc_schema_2_to_3}; /* [v]: from version v to v + 1 */

static int set_version(idc_store *s, idc_error *err)
{
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             IDC_SCHEMA_APPLICATION, IDC_SCHEMA_VERSION);
    return idc_sql_script(s, sql, err);
}

int idc_schema_make(idc_store *s, idc_error *err)
{
    int rc = idc_sql_script(s, idc_schema_sql, err);
    return rc < 0 ? rc : set_version(s, err);
}

int idc_schema_migrate(idc_store *s, int from, idc_error *err)
{
    int rc = 0;
    for (int v = from; v < IDC_SCHEMA_VERSION && rc == 0; v++)
        rc = idc_sql_script(s, steps[v], err);
    return rc < 0 ? rc : set_version(s, err);
}

int idc_schema_check(idc_store *s, idc_error *err)
{
    static const char *const tables[] = {"picture", "item",    "variant", "feature", "pooled",
                                         "pair",    "caption", "box",     "segment", "store"};
    sqlite3_stmt *q;
    int rc = idc_sql_open(s, &q, err,
                          "SELECT type, name FROM sqlite_schema WHERE type NOT IN ('table', "
                          "'index') OR sql LIKE 'CREATE VIRTUAL%'",
                          "");
    if (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0)
        rc = idc_fail(err, IDC_E_INVALID, "%s: holds a %s '%s', which no store has",
                      idc_store_path(s), idc_sql_text(q, 0), idc_sql_text(q, 1));
    for (size_t i = 0; rc == 0 && i < sizeof tables / sizeof tables[0]; i++) {
        rc = idc_sql_open(s, &q, err,
                          "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", "t",
                          tables[i]);
        rc = rc < 0 ? rc : idc_sql_next(s, q, err);
        rc = rc == 0  ? idc_fail(err, IDC_E_INVALID, "%s: is no store: it has no table '%s'",
                                 idc_store_path(s), tables[i])
             : rc > 0 ? 0
                      : rc;
    }
    idc_sql_done(s);
    return rc;
}
