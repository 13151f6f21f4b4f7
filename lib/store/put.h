/* put.h: records into a store, many to a transaction.
 *
 *     idc_put *p;
 *     idc_put_open(&p, store, &err);
 *     idc_put_add(p, record, &err);           // feature and pair records; others are passed over
 *     idc_put_flush(p, &err);                 // committed
 *     idc_put_close(&p);
 *
 * Records are gathered before the transaction begins, so that a slow sender keeps no other writer waiting. They are
 * committed when IDC_PUT_RECORDS or IDC_PUT_BYTES are there, when the oldest has waited IDC_PUT_WAIT, and by flush. Where
 * the record's id is the path of a file, the file's content is what the feature belongs to (content.h).
 */
#ifndef IDC_STORE_PUT_H
#define IDC_STORE_PUT_H

#include "store/store.h"
#include "wire/record.h"

#define IDC_PUT_RECORDS 256
#define IDC_PUT_BYTES ((size_t)64 << 20)
#define IDC_PUT_WAIT 1000 /* ms */

typedef struct idc_put idc_put;

typedef struct idc_put_counts {
    uint64_t features, pairs, captions; /* committed, new */
    uint64_t there;                     /* features and pairs that were in the store already */
    uint64_t passed;                    /* records of other kinds */
} idc_put_counts;

int idc_put_open(idc_put **p, idc_store *s, idc_error *err);
/* What is wrong with the record is said here, before anything is gathered. IDC_E_STOPPED: the store failed, now or
 * before; idc_put_failure has why, nothing that was gathered is in the store. */
int idc_put_add(idc_put *p, const idc_record *r, idc_error *err);
/* ms until the oldest is to be committed; −1: nothing is gathered. */
int idc_put_wait(const idc_put *p);
int idc_put_flush(idc_put *p, idc_error *err);
const idc_error *idc_put_failure(const idc_put *p); /* code 0: none */
const idc_put_counts *idc_put_counted(const idc_put *p);
void idc_put_close(idc_put **p);

#endif
