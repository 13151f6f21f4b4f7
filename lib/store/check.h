/* check.h: is everything in a store whole? And what is in it?
 *
 *     idc_check c = {.store = s, .broken = say, .user = tool};
 *     idc_check_run(&c, &err);                  // c.broken_count == 0: nothing is
 *     printf("%s", text) of idc_stats_print(s, stdout, &err);
 */
#ifndef IDC_STORE_CHECK_H
#define IDC_STORE_CHECK_H

#include <stdio.h>

#include "store/store.h"

typedef struct idc_check {
    idc_store *store;
    /* Called with each thing that is wrong; the text names it. */
    void (*broken)(void *user, const idc_error *what);
    /* Now and then; not 0: stop (IDC_E_STOPPED). */
    int (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
    uint64_t features, bytes, broken_count;
    bool lost; /* for check.c: a file beside the store is, and was named */
} idc_check;

/* SQLite's own pages, references between rows, the files beside the store, and of every blob length, checksum and that its values are finite. 0 also
 * when something is broken. */
int idc_check_run(idc_check *c, idc_error *err);

/* Counts and sizes as JSON, on one line. */
int idc_stats_print(idc_store *s, FILE *out, idc_error *err);

/* One SELECT, its rows as JSON Lines; blobs as {"bytes": n}. IDC_E_INVALID for anything that writes, and for SQL that is
 * none. The store is to be opened with IDC_STORE_READ. */
int idc_query_print(idc_store *s, const char *sql, FILE *out, idc_error *err);

#endif
