/* font.h: small letters of fixed width, for captions in pictures. */
#ifndef IDC_IMAGE_FONT_H
#define IDC_IMAGE_FONT_H

#include <stdint.h>

#define IDC_FONT_WIDTH 5
#define IDC_FONT_HEIGHT 9 /* of which 2 lie below the base line */

/* The rows of an ASCII letter from top to bottom; bit 4 of a row is its leftmost pixel. A filled box for all others. */
const uint8_t *idc_font_glyph(unsigned char letter);

#endif
