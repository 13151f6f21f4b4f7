/* png_check.h: what libpng complains of and libspng passes over in silence; used by png.c in strict
 * decoding. */
#ifndef IDC_IMAGE_PNG_CHECK_H
#define IDC_IMAGE_PNG_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* True when chunk follows chunk up to a whole IEND with the right checksum. */
bool idc_png_has_end(const uint8_t *bytes, size_t n);

/* bytes: a whole PNG file that decodes. IDC_E_INVALID when it has two colour profiles, or when its
 * image data, inflated, are not exactly `expected` bytes (idc_png_data_size). Costs one inflation
 * of the image data. */
int idc_png_check(const uint8_t *bytes, size_t n, uint64_t expected, idc_error *err);

/* How many bytes the inflated image data of a picture have: rows with a filter byte each, for the
 * seven passes of an interlaced one (PNG 1.2, 8.2). bits: of a pixel. */
uint64_t idc_png_data_size(uint32_t width, uint32_t height, unsigned bits, int interlaced);

#endif
