/* train_source.h: pairs whose pictures are encoded already, to train on instead of pictures.
 *
 *     idc_train_source *s;                                     // idc_store_train_open (store/train_source.h) makes one
 *     s->choose(s, fingerprint, &err);                         // features of that encoder from now on
 *     s->read(s, s->pair[i].feature[0], out, &err);            // f32 [rows,columns,channels]
 *     idc_train_source_close(&s);
 *
 * What is not known of a pair does not count in the losses: a type that is no CLEVR-Change name, attributes and boxes that
 * nobody wrote down. An item is a pair in one direction; backwards exist where both plain sentences can be made.
 * One thread at a time calls `read`.
 */
#ifndef IDC_MODEL_TRAIN_SOURCE_H
#define IDC_MODEL_TRAIN_SOURCE_H

#include "model/data_list.h"

typedef struct idc_train_pair {
    idc_listed_pair said; /* without files; a type that is not known is IDC_NONE */
    bool typed;           /* its type is known */
    int changed;          /* 0, 1, or −1: not known */
    bool described;       /* attributes of the changed object are known, or there is none */
    bool located;         /* … and its boxes */
    int class_of[2];      /* of the pictures, a number < classes; −1: not known */
    int64_t picture[2];   /* before, after: keys of the source's own */
    int64_t feature[2];   /* after `choose` */
    int size[2][2];       /* width and height of the files, after `choose`; 0: not known */
} idc_train_pair;

typedef struct idc_train_source idc_train_source;
struct idc_train_source {
    char *name; /* for messages: "features.db" */
    idc_train_pair *pair;
    size_t n,
        silent; /* usable pairs; those passed over because they have neither sentence nor classes */
    int classes; /* of pictures */
    uint32_t
        *item; /* idc_train_source_items: 2 · pair + (1: backwards), of pairs with a sentence */
    size_t items;
    uint32_t *class_item; /* 2 · pair of those whose pictures have classes */
    size_t class_items;
    int rows, columns, channels; /* of the features, after `choose` */
    /* IDC_E_MISMATCH, with the encoders there are, where none is that one; IDC_E_MISSING names the pair and the picture
     * that has no feature. */
    int (*choose)(idc_train_source *s, const char *encoder, idc_error *err);
    /* out: rows · columns · channels floats. */
    int (*read)(idc_train_source *s, int64_t feature, float *out, idc_error *err);
    void (*close)(idc_train_source *s); /* frees what is the maker's own, not s */
    void *own;
};

void idc_train_source_close(idc_train_source **s);
/* Lists the items; `backward`: those backwards as well. */
int idc_train_source_items(idc_train_source *s, bool backward, idc_error *err);

/* Fills in a pair's labels and sentences: said.id and n texts in the order of the source, its type's name (NULL: not
 * known), and the fields "changed", "box_before", "box_after" of an object in the form of data_list.h (NULL: none).
 * IDC_E_INVALID: a sentence has no word. */
struct json_t;
int idc_train_pair_label(idc_train_pair *p, const char *type, const struct json_t *fields,
                         const char *const *text, size_t n, idc_error *err);

#endif
