/* jpeg.h: the JPEG decoder behind idc_decode (decode.h says what it promises), and nothing else. By
 * libjpeg-turbo.
 *
 * Baseline, extended, progressive and arithmetic coding with 8-bit samples; grey, RGB, YCbCr, CMYK
 * and YCCK (Adobe stores the last two inverted); R = 255 · (1 − C) · (1 − K). Accurate integer DCT,
 * smooth upsampling of colour: the same samples as djpeg and Pillow. Turned upright by the Exif
 * orientation.
 */
#ifndef IDC_IMAGE_JPEG_H
#define IDC_IMAGE_JPEG_H

#include "image/decode.h"

int idc_jpeg_decode(idc_image *out, const uint8_t *bytes, size_t n, const idc_decode_options *how,
                    idc_decode_info *info, idc_error *err);

#endif
