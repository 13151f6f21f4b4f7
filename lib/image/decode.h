/* decode.h: the bytes of a JPEG or PNG file to an upright sRGB picture.
 *
 *     idc_decode_options how = {.max_pixels = IDC_MAX_PIXELS};
 *     idc_decode_info info;
 *     idc_image photo;
 *     if (idc_decode(&photo, bytes, n, &how, &info, &err) < 0)
 *         …                   // "neither JPEG nor PNG", "empty file", "damaged JPEG: Premature end of JPEG file", …
 *
 * What the file is, its first bytes say; its name does not matter. One rule for damaged files: whatever the format's
 * reference decoder (libjpeg, libpng) warns of is refused, unless `lenient`: then the picture comes in full size, what
 * could not be read is grey or smeared, and info.note says what was wrong. What the reference decoder gives up on is
 * refused always.
 *
 * Colour: samples are taken as sRGB, colour profiles and gamma are not applied. Alpha is composed over white.
 */
#ifndef IDC_IMAGE_DECODE_H
#define IDC_IMAGE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image/image.h"

/* The largest picture that is decoded unless one asks for more: 64 million pixels. */
#define IDC_MAX_PIXELS 64000000

#define IDC_NOTE_TEXT 160

typedef struct idc_decode_options {
    int64_t max_pixels;
    bool lenient;
    /* The size that the picture will be resized to (upright); 0: unknown. A JPEG is then reduced by
     * 2, 4 or 8 while it is decoded, as long as both sides stay at least twice as long as these
     * (the DCT gives the mean of each block of pixels for less work than the pixels). */
    int target_width, target_height;
} idc_decode_options;

typedef struct idc_decode_info {
    int width, height;        /* of the picture in the file, upright */
    char note[IDC_NOTE_TEXT]; /* what lenient decoding passed over; "" when all was well */
} idc_decode_info;

/* Whether the first bytes of a file (8 are enough) are those of a format that idc_decode knows. */
bool idc_is_picture(const uint8_t *bytes, size_t n);

/* out: new memory, free it with idc_image_free; empty on failure. bytes need not outlive the call.
 * Time is bounded by the pixel limit (a progressive JPEG may have at most 200 scans), memory by
 * about 12 bytes a pixel. IDC_E_INVALID damaged, IDC_E_UNSUPPORTED another format or a kind of JPEG
 * that is not decoded (12 bit, lossless), IDC_E_RANGE more pixels than allowed, IDC_E_MEMORY. Error
 * texts do not name the file: the caller does. */
int idc_decode(idc_image *out, const uint8_t *bytes, size_t n, const idc_decode_options *how,
               idc_decode_info *info, idc_error *err);

#endif
