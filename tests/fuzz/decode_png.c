/* Any bytes as a PNG file. Checksums would stop nearly every change, so they are put right first. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "image/png.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_checksums(uint8_t *p, size_t size)
{
    for (size_t at = 8; size - at >= 12;) {
        size_t n =
            (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 | (size_t)p[at + 2] << 8 | p[at + 3];
        if (n > size - at - 12)
            return;
        uint32_t sum = (uint32_t)crc32(0, p + at + 4, (uInt)n + 4);
        for (size_t i = 0; i < 4; i++)
            p[at + 8 + n + i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + n;
    }
}

static void try(const uint8_t *data, size_t size, bool lenient)
{
    const idc_decode_options how = {.max_pixels = 200000, .lenient = lenient};
    idc_decode_info info = {0};
    idc_error err = IDC_NO_ERROR;
    idc_image img;
    int rc = idc_png_decode(&img, data, size, &how, &info, &err);
    if (rc < 0 ? img.rgb || err.code != rc || !err.text[0]
               : img.width != info.width || img.height != info.height)
        abort();
    idc_image_free(&img);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8)
        return 0;
    uint8_t *mended = malloc(size);
    if (!mended)
        return 0;
    memcpy(mended, data, size);
    try(mended, size, true);
    mend_checksums(mended, size);
    try(mended, size, false);
    free(mended);
    return 0;
}
