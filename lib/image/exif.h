/* exif.h: which way up a camera held the picture.
 *
 *     int turn = idc_exif_orientation(app1, n);        // 1 … 8, as the Exif standard numbers them
 *     idc_orient(&image, turn, &err);
 */
#ifndef IDC_IMAGE_EXIF_H
#define IDC_IMAGE_EXIF_H

#include <stdint.h>

#include "image/image.h"

/* data: the contents of a JPEG's APP1 segment, beginning with "Exif\0\0". Returns the orientation
 * of the first image directory (Exif 2.3, 4.6.4 A, tag 274), or 1 where there is none or the data
 * are damaged. Reads nothing outside data. */
int idc_exif_orientation(const uint8_t *data, size_t n);

/* Turns and mirrors the picture so that it stands upright; width and height change places for 5
 * … 8. Nothing happens for 1. IDC_E_MEMORY; img is then as it was. */
int idc_orient(idc_image *img, int orientation, idc_error *err);

#endif
