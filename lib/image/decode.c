#include "image/decode.h"

#include <string.h>

#include "image/jpeg.h"
#include "image/png.h"

typedef int (*decoder)(idc_image *, const uint8_t *, size_t, const idc_decode_options *,
                       idc_decode_info *, idc_error *);

static const struct {
    const char *magic; /* the first bytes */
    size_t length;
    decoder decode;
} formats[] = {
    {"\xff\xd8", 2, idc_jpeg_decode},
    {"\x89PNG\r\n\x1a\n", 8, idc_png_decode},
};

/* The row of `formats`, or −1. */
static int sniff(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (n >= formats[i].length && memcmp(bytes, formats[i].magic, formats[i].length) == 0)
            return (int)i;
    return -1;
}

bool idc_is_picture(const uint8_t *bytes, size_t n)
{
    return sniff(bytes, n) >= 0;
}

int idc_decode(idc_image *out, const uint8_t *bytes, size_t n, const idc_decode_options *how,
               idc_decode_info *info, idc_error *err)
{
    *out = (idc_image){0, 0, NULL};
    *info = (idc_decode_info){0};
    if (n == 0)
        return idc_fail(err, IDC_E_INVALID, "empty file");
    int format = sniff(bytes, n);
    if (format < 0)
        return idc_fail(err, IDC_E_UNSUPPORTED, "neither JPEG nor PNG");
    return formats[format].decode(out, bytes, n, how, info, err);
}
