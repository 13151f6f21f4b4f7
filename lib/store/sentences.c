#include "store/sentences.h"

#include <stdio.h>
#include <string.h>

#include "store/sql.h"

bool idc_store_recognised(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char head[sizeof magic];
    FILE *f = strcmp(path, "-") != 0 ? fopen(path, "rb") : NULL;
    if (!f)
        return false;
    bool is =
        fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, magic, sizeof head) == 0;
    fclose(f);
    return is;
}

int idc_store_sentences(const char *path, idc_entry_sink sink, void *user, idc_error *err)
{
    idc_store *s;
    sqlite3_stmt *q;
    int rc = idc_store_open(&s, path, IDC_STORE_READ, err);
    if (rc < 0)
        return rc;
    rc = idc_sql_open(
        s, &q, err,
        "SELECT coalesce(pair.name, item.name), text, coalesce(pair.type, item.type) FROM caption "
        "LEFT JOIN pair ON pair.pair = caption.pair LEFT JOIN item ON item.item = caption.item "
        "ORDER BY caption",
        "");
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0) {
        const char *text = idc_sql_text(q, 1);
        idc_entry e = {.id = idc_sql_text(q, 0),
                       .text = text,
                       .length = strlen(text),
                       .type = idc_sql_null(q, 2)};
        rc = sink(user, &e, err);
    }
    idc_store_close(&s);
    return rc;
}
