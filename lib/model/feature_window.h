/* feature_window.h: features that wait for the pairs that name them.
 *
 * A feature whose `uses` is known stays until it has been used so often; the others stay until `window` newer ones have
 * come. Looking up is a hash table, leaving is a queue.
 */
#ifndef IDC_MODEL_FEATURE_WINDOW_H
#define IDC_MODEL_FEATURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct idc_feature_window idc_feature_window;

typedef struct idc_kept_feature {
    const char *id;
    float *cells;   /* [h,w,F], 64-byte aligned */
    float *pooled;  /* [F] */
    double size[2]; /* width and height of the source; 0 where unknown */
    int64_t uses;   /* how often it will still be used; −1: unknown */
} idc_kept_feature;

int idc_feature_window_new(idc_feature_window **w, int window, idc_error *err);
void idc_feature_window_free(idc_feature_window **w);
/* Room for n numbers of cells and f of pooled, for the caller to fill; replaces one of the same id. */
int idc_feature_window_add(idc_feature_window *w, const char *id, size_t n, size_t f,
                           idc_kept_feature **kept, idc_error *err);
/* Sets `uses` and makes room: the oldest without it go until the window holds. At 0 uses this one goes. */
void idc_feature_window_settle(idc_feature_window *w, idc_kept_feature *kept, int64_t uses);
/* NULL when it is not there. */
idc_kept_feature *idc_feature_window_find(const idc_feature_window *w, const char *id);
/* One use less of the feature, if it is there; after its last one it goes. */
void idc_feature_window_use(idc_feature_window *w, const char *id);

#endif
