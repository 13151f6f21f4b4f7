/* Any bytes as a JPEG file, strict, lenient and reduced: an error with a text, or a picture of the size that was said. */
#include <stdlib.h>

#include "image/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(const uint8_t *data, size_t size, bool lenient, int target)
{
    const idc_decode_options how = {
        .max_pixels = 200000, .lenient = lenient, .target_width = target, .target_height = target};
    idc_decode_info info = {0};
    idc_error err = IDC_NO_ERROR;
    idc_image img;
    int rc = idc_jpeg_decode(&img, data, size, &how, &info, &err);
    if (rc < 0 ? img.rgb || err.code != rc || !err.text[0]
               : img.width > info.width || img.height > info.height)
        abort();
    if (rc == 0 && ((target == 0 && img.width != info.width) || (info.note[0] && !lenient)))
        abort();
    idc_image_free(&img);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    try(data, size, false, 0);
    try(data, size, true, 0);
    try(data, size, true, 8);
    return 0;
}
