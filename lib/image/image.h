/* image.h: a picture in memory.
 *
 *     idc_image photo;
 *     if (idc_image_new(&photo, 480, 320, &err) == 0) {
 *         photo.rgb[(y * photo.width + x) * 3] = 255;   // red of the pixel (x, y)
 *         idc_image_free(&photo);
 *     }
 *
 * Always 8-bit sRGB, three channels, rows from top to bottom without padding.
 */
#ifndef IDC_IMAGE_IMAGE_H
#define IDC_IMAGE_IMAGE_H

#include <stddef.h>

#include "base/error.h"

typedef struct idc_image {
    int width, height;
    unsigned char *rgb; /* height × width × 3 */
} idc_image;

/* The longest side that any function of lib/image accepts. */
#define IDC_IMAGE_MAX_SIDE 1000000

/* Takes memory for width × height pixels, not cleared. IDC_E_RANGE for a side below 1 or above
 * IDC_IMAGE_MAX_SIDE, IDC_E_MEMORY. On failure img is empty (rgb NULL), which idc_image_free
 * accepts. */
int idc_image_new(idc_image *img, int width, int height, idc_error *err);
size_t idc_image_bytes(const idc_image *img); /* height · width · 3 */
void idc_image_free(idc_image *img);

#endif
