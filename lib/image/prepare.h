/* prepare.h: the one way from a file to the picture that a network sees, used by idc-decode and by training alike.
 *
 *     idc_prepare how = IDC_PREPARE_DEFAULT;                        // srgb;exif;dct2;bicubic;240x160
 *     idc_image small;
 *     if (idc_prepare_file(&small, "a.jpg", &how, &info, &err) < 0)
 *         fprintf(stderr, "idc-decode: %s\n", err.text);            // a.jpg: no such file
 *
 * A preparation has a name, which records carry in `prep`; two pictures may be compared when the names are equal:
 *   srgb      8-bit sRGB, alpha over white (decode.h)
 *   exif      upright, by the Exif orientation of a JPEG
 *   dct2      a JPEG is reduced by 2, 4 or 8 by the DCT while both sides stay at least twice the final ones (decode.h)
 *   crop7/8   only where that is asked for: the middle of the picture, 7/8 of the largest part that has the final shape
 *   bicubic   or bilinear, box: the filter (resize.h)
 *   WxH       the size; the shape of the picture is not kept without a crop. "native" in place of the last ones: pixels as they are.
 */
#ifndef IDC_IMAGE_PREPARE_H
#define IDC_IMAGE_PREPARE_H

#include "image/decode.h"
#include "image/resize.h"

/* The input size of the default model, pixels. */
#define IDC_DEFAULT_WIDTH 240
#define IDC_DEFAULT_HEIGHT 160

typedef struct idc_prepare {
    int width, height; /* 0, 0: native */
    idc_filter filter;
    bool lenient;       /* decode.h */
    int64_t max_pixels; /* of the picture in the file */
    int crop
        [2]; /* the share that is kept, crop[0] / crop[1]; 0, 0: the whole picture, whatever its shape */
} idc_prepare;

#define IDC_PREPARE_DEFAULT                                                                        \
    {                                                                                              \
        .width = IDC_DEFAULT_WIDTH, .height = IDC_DEFAULT_HEIGHT, .filter = IDC_FILTER_BICUBIC,    \
        .max_pixels = IDC_MAX_PIXELS                                                               \
    }

#define IDC_PREPARE_NAME 64
#define IDC_MAX_CROP 10000
/* "7/8" or "1": crop[0] ≤ crop[1] ≤ IDC_MAX_CROP. Returns −1 for anything else. */
int idc_prepare_crop(int crop[2], const char *text);
void idc_prepare_name(char name[IDC_PREPARE_NAME], const idc_prepare *how);

/* out: new memory, free it with idc_image_free; empty on failure. Errors as idc_decode and
 * idc_resize give them. */
int idc_prepare_bytes(idc_image *out, const uint8_t *bytes, size_t n, const idc_prepare *how,
                      idc_decode_info *info, idc_error *err);
/* Errors name the path: "no such file" (IDC_E_MISSING), "is a directory", "empty file", "neither JPEG nor PNG", … Files
 * beyond 1 GiB are refused. */
int idc_prepare_file(idc_image *out, const char *path, const idc_prepare *how,
                     idc_decode_info *info, idc_error *err);

#endif
