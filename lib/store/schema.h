/* schema.h: the tables of a store and how an older one becomes a new one. The SQL lies in schemas/, and is built in.
 *
 *     rc = idc_schema_make(store, &err);       // an empty file becomes a store
 *     rc = idc_schema_migrate(store, 1, &err); // a store of version 1 becomes one of IDC_SCHEMA_VERSION
 */
#ifndef IDC_STORE_SCHEMA_H
#define IDC_STORE_SCHEMA_H

#include "base/error.h"
#include "store/store.h"

#define IDC_SCHEMA_VERSION 3
#define IDC_SCHEMA_APPLICATION 0x69646373 /* "idcs", SQLite's application_id */

/* Both inside a transaction of the caller's. */
int idc_schema_make(idc_store *s, idc_error *err);
/* from: 1 … IDC_SCHEMA_VERSION − 1 */
int idc_schema_migrate(idc_store *s, int from, idc_error *err);
/* Refuses views, triggers and virtual tables, which no store has and whose code would run as ours, and a store that lacks
 * one of the tables. */
int idc_schema_check(idc_store *s, idc_error *err);

#endif
