/* entries.h: reads sentences under ids from the files that people have.
 *
 *     idc_entries_read("results.json", IDC_ENTRIES_AUTO, take, corpus, &err);     // take(corpus, &entry, &err) for each
 *
 * Forms, told apart by their content:
 *     COCO captions      {"annotations": [{"image_id": 1, "caption": "…"}, …], …}; result files: the list alone
 *     id → sentences     {"1": ["…", "…"], …} or {"1": "…", …} (gts and res files)
 *     JSON Lines, lists  {"id": "a", "text": "…"} as of idc-decode-caption, also with caption, captions, sentences, sents,
 *                        candidates, references; the id as image_id, ImgId, img_id, id, uid, filename, or img1 and img2
 *                        joined by "_"; a sentence may be an object with "raw", "caption" or "text"; "description"
 *                        holds a sentence as text or as a list of its words, or a list of such lists
 *     TSV                id, tab, sentence; a line each
 *     text               a sentence a line; the id is the number of the line, from 1
 * A record with "error" in place of a sentence is an entry with text NULL; so is one with an empty list of sentences.
 */
#ifndef IDC_SCORE_ENTRIES_H
#define IDC_SCORE_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef enum idc_entries_form {
    IDC_ENTRIES_AUTO,
    IDC_ENTRIES_JSON,
    IDC_ENTRIES_TSV,
    IDC_ENTRIES_TEXT
} idc_entries_form;

/* A record of idc-decode-caption has a sentence, maybe an n-best list, and whatever its pair brought along. */
typedef enum idc_entry_part {
    IDC_ENTRY_SAID,   /* the sentence under "text" or "caption"; of a record without one, any */
    IDC_ENTRY_NBEST,  /* of "nbest" beside it */
    IDC_ENTRY_CARRIED /* of another list beside it, such as "captions": references */
} idc_entry_part;

typedef struct idc_entry {
    const char *id, *text; /* text NULL: the record has an error, only a type, or no sentence */
    size_t length;         /* of text */
    const char *type;      /* "type" of the record, or NULL */
    const char *first, *second; /* "img1" and "img2" where the id was joined from them, or NULL */
    size_t record;              /* number of the record (of the line, the key …), from 1 */
    bool none;                  /* text is NULL because the list of sentences is empty */
    idc_entry_part part;
} idc_entry;

typedef int (*idc_entry_sink)(void *user, const idc_entry *entry, idc_error *err);

/* The form that --format names; −1: none. */
int idc_entries_form_named(const char *name);
/* path "-": stdin. Stops at the first failure of the sink. Errors name the file and the line. */
int idc_entries_read(const char *path, idc_entries_form form, idc_entry_sink sink, void *user,
                     idc_error *err);
/* The same over bytes in memory; name is for messages. */
int idc_entries_parse(const void *bytes, size_t size, idc_entries_form form, idc_entry_sink sink,
                      void *user, idc_error *err);

#endif
