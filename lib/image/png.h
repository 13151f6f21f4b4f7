/* png.h: the PNG decoder behind idc_decode (decode.h says what it promises), and nothing else. By
 * libspng.
 *
 * All colour types and depths, interlaced or not. 16-bit samples keep their high byte. Transparency
 * (an alpha channel or tRNS) is composed over white: c · a + 255 · (1 − a). Refused unless lenient:
 * a wrong checksum or contents in a chunk that does not matter for the pixels, an ICC profile that
 * is none, image data that go on after the last row.
 */
#ifndef IDC_IMAGE_PNG_H
#define IDC_IMAGE_PNG_H

#include "image/decode.h"

int idc_png_decode(idc_image *out, const uint8_t *bytes, size_t n, const idc_decode_options *how,
                   idc_decode_info *info, idc_error *err);

#endif
