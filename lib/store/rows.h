/* rows.h: one row at a time, found or made; for lib/store only. All inside a transaction of the caller's. */
#ifndef IDC_STORE_ROWS_H
#define IDC_STORE_ROWS_H

#include "store/content.h"
#include "store/sql.h"
#include "wire/record.h"

/* The item of that name. */
int idc_row_item(idc_store *s, const char *name, int64_t *item, idc_error *err);
/* The picture that the name stands for: by the content of its file; without one (NULL), what the name stood for, or a
 * new picture. The item is made or changed to it. */
int idc_row_picture(idc_store *s, const char *name, const idc_content *content, int64_t *picture,
                    idc_error *err);

typedef struct idc_feature_row {
    const char *encoder, *layer;
    idc_array grid;   /* f32, f16 or i8 [h, w, c] */
    idc_array pooled; /* f32 [c] */
    const void *fields;
    size_t fields_bytes;
    /* Of a grid that idc_feature_row_place has put beside the store; grid.data may be gone then. */
    idc_place place;
    int64_t data_checksum;
} idc_feature_row;
/* What is wrong with it, as an error that names `name`: shapes, dtypes, values that are not finite. */
int idc_feature_row_check(const idc_feature_row *f, const char *name, idc_error *err);
/* 1 a picture has such a feature: that of this content, or (NULL) of this name; 0 none has. */
int idc_feature_row_there(idc_store *s, const idc_feature_row *f, const char *name,
                          const idc_content *content, idc_error *err);
/* Puts a large grid where large blobs are kept in this store; a small one is left for its row. */
int idc_feature_row_place(idc_store *s, idc_feature_row *f, idc_error *err);
/* 1 it is new, 0 the picture has such a feature. Places the grid where that has not been done. */
int idc_row_feature(idc_store *s, int64_t picture, idc_feature_row *f, idc_error *err);

typedef struct idc_pair_row {
    const char *name, *before, *after, *type, *split; /* the last two may be NULL */
    const void *fields;                               /* may be NULL */
    size_t fields_bytes;
} idc_pair_row;
/* 1 it is new; 0 it is there: type, split and fields are filled in where they were null; IDC_E_MISMATCH: its name stands
 * for a pair of other items. */
int idc_row_pair(idc_store *s, const idc_pair_row *p, int64_t *pair, idc_error *err);
/* Of a pair or (pair 0) an item. 1 it is new, 0 there. */
int idc_row_caption(idc_store *s, int64_t pair, int64_t item, const char *text, idc_error *err);
/* What a data set says of an item: filled in where it was null. */
int idc_row_label(idc_store *s, int64_t item, const char *split, const char *type, idc_error *err);
/* x, y, w, h: pixels */
int idc_row_box(idc_store *s, int64_t item, const double box[4], idc_error *err);

#endif
