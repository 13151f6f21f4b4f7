/* png_write.h: a picture as a PNG file.
 *
 *     if (idc_png_write(&photo, "out.png", &err) < 0) …
 *
 * 8-bit RGB, written to a temporary name beside the file and renamed, so that no half file is ever seen.
 */
#ifndef IDC_IMAGE_PNG_WRITE_H
#define IDC_IMAGE_PNG_WRITE_H

#include "base/error.h"
#include "image/image.h"

/* IDC_E_IO with the system's reason, IDC_E_MEMORY. */
int idc_png_write(const idc_image *img, const char *path, idc_error *err);

#endif
