/* entries_record.h: one record of a file of sentences, from its JSON; private to entries*.c. Functions that read return 1 or an
 * error. */
#ifndef IDC_SCORE_ENTRIES_RECORD_H
#define IDC_SCORE_ENTRIES_RECORD_H

#include "base/buffer.h"
#include "base/json_reader.h"
#include "score/entries.h"

typedef struct idc_entry_record {
    idc_json json;
    idc_entry_sink sink;
    void *user;
    /* the record in hand */
    idc_buffer id, first, second, type,
        texts; /* texts: a size_t, the bytes and a zero byte, each */
    int rank;  /* of the key that gave the id */
    size_t text_count, records;
    size_t own;      /* 1 + the text under "text" or "caption", 0: none */
    size_t nbest[2]; /* the first text of "nbest" and the one after its last */
    bool failed;     /* it has "error" */
    bool listed;     /* it has a key of sentences */
} idc_entry_record;

/* Is it a key of records: of an id, of sentences, or one that idc-decode-caption and label lists write? */
bool idc_entry_knows(const char *key);
/* After the first key of a record's object, up to the object's end. */
int idc_entry_read(idc_entry_record *r, idc_error *err);
/* Or by hand: begin, the id and sentences, end, which hands them to the sink. */
void idc_entry_begin(idc_entry_record *r);
int idc_entry_keep(idc_buffer *b, const char *text, size_t length, idc_error *err);
int idc_entry_texts(idc_entry_record *r, idc_error *err);
int idc_entry_end(idc_entry_record *r, idc_error *err);
void idc_entry_fini(idc_entry_record *r);

#endif
