/* resize.h: change a picture's size the way Pillow does.
 *
 *     idc_image small;
 *     if (idc_resize(&small, &photo, 240, 160, IDC_FILTER_BICUBIC, &err) == 0) …
 *
 * Separable convolution, first along the rows, then along the columns. When the picture shrinks, the filter is widened
 * by the reduction (antialiasing). Weights are normalised, the sums between the passes are rounded and clipped to
 * 0 … 255 as Pillow does: within 1 grey level of Pillow's Image.resize (tests/golden/image/resize-*.png). The order of
 * the sums is fixed: the same bits on every machine, unless the compiler fuses a·b + c (gcc with -std=c11 does not).
 */
#ifndef IDC_IMAGE_RESIZE_H
#define IDC_IMAGE_RESIZE_H

#include "base/error.h"
#include "image/image.h"

typedef enum idc_filter {
    IDC_FILTER_BOX,
    IDC_FILTER_BILINEAR,
    IDC_FILTER_BICUBIC,
    IDC_FILTER_COUNT
} idc_filter;

/* "box", "bilinear", "bicubic" */
const char *idc_filter_name(idc_filter filter);
/* The other way round; −1 when there is no such filter. */
int idc_filter_from_name(const char *name);

/* dst becomes width × height, new memory; free it with idc_image_free. src is at least 1 × 1. The
 * cost is that of reading src once and about 12 (bicubic) multiplications for each of its samples
 * when it shrinks. Besides dst it takes memory for a few rows. IDC_E_RANGE, IDC_E_MEMORY. */
int idc_resize(idc_image *dst, const idc_image *src, int width, int height, idc_filter filter,
               idc_error *err);

#endif
