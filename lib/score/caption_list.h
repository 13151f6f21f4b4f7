/* caption_list.h: pairs and their sentences, from any of the files that entries.h reads.
 *
 *     idc_caption_list *list;
 *     idc_caption_list_read(&list, "refs.json", NULL, &err);
 *     for (size_t i = 0; i < list->count; i++)
 *         for (size_t k = 0; k < list->pair[i].count; k++) … list->sentence[list->pair[i].start + k] …
 *     idc_caption_list_free(&list);
 *
 * Pairs keep the order of the file. Refused, by name: a sentence without words, a pair without sentences, an id that comes
 * twice. (Records with img1 and img2 in place of an id may come again: lists for training have a sentence a line.)
 * Records with "error" are passed over, and so are references that stand beside a sentence of idc-decode-caption.
 */
#ifndef IDC_SCORE_CAPTION_LIST_H
#define IDC_SCORE_CAPTION_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "score/entries.h"
#include "text/vocabulary.h"

typedef struct idc_caption_pair {
    const char *id;
    const char *first, *second; /* img1 and img2, or NULL */
    size_t start, count;        /* in `sentence` */
} idc_caption_pair;

typedef struct idc_caption_list {
    idc_caption_pair *pair;
    size_t count;
    const char **sentence;
    uint32_t *owner; /* pair of each sentence */
    size_t sentences;
    struct idc_caption_memory *memory;
} idc_caption_list;

/* How the entries of a file are read, as idc_store_sentences does. */
typedef int (*idc_caption_source)(const char *path, idc_entry_sink sink, void *user,
                                  idc_error *err);
/* source NULL: entries.h; path "-": stdin. IDC_E_INVALID, IDC_E_MISSING when there is no pair at all. */
int idc_caption_list_read(idc_caption_list **list, const char *path, idc_caption_source source,
                          idc_error *err);
void idc_caption_list_free(idc_caption_list **list);
/* Place of the pair, or −1. */
ptrdiff_t idc_caption_list_find(const idc_caption_list *list, const char *id);
/* How many words of the sentences the vocabulary lacks; the first of them into word (with a zero byte), with its pair. */
size_t idc_caption_list_unknown(const idc_caption_list *list, const idc_vocabulary *v, char *word,
                                size_t size, const char **id);

#endif
