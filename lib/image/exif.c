#include "image/exif.h"

#include <stdbool.h>
#include <string.h>

#define TAG_ORIENTATION 274
#define TYPE_SHORT 3

/* The TIFF structure inside: numbers in either byte order, offsets from its start. */
struct tiff {
    const uint8_t *data;
    size_t n;
    bool big;
};

/* `bytes` (2 or 4) at an offset; 0 when they are not all there. */
static uint32_t number(const struct tiff *t, size_t at, int bytes)
{
    uint32_t v = 0;
    if (at > t->n || t->n - at < (size_t)bytes)
        return 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | t->data[at + (size_t)(t->big ? i : bytes - 1 - i)];
    return v;
}

int idc_exif_orientation(const uint8_t *data, size_t n)
{
    if (n < 14 || memcmp(data, "Exif\0", 6) != 0)
        return 1;
    struct tiff t = {data + 6, n - 6, data[6] == 'M'};
    if (memcmp(t.data, t.big ? "MM\0*" : "II*", 4) != 0)
        return 1;
    size_t directory = number(&t, 4, 4);
    uint32_t entries = number(&t, directory, 2);
    for (uint32_t i = 0; i < entries; i++) {
        size_t at = directory + 2 + (size_t)i * 12;
        if (at > t.n || t.n - at < 12)
            break;
        if (number(&t, at, 2) != TAG_ORIENTATION)
            continue;
        uint32_t v = number(&t, at + 8, 2);
        bool good =
            number(&t, at + 2, 2) == TYPE_SHORT && number(&t, at + 4, 4) == 1 && v >= 1 && v <= 8;
        return good ? (int)v : 1;
    }
    return 1;
}

/* Where the upright pixel (x, y) lies in the stored picture of width × height: from + x·right +
 * y·down, in pixels. */
struct walk {
    ptrdiff_t from, right, down;
};

static struct walk walk_of(int orientation, ptrdiff_t width, ptrdiff_t height)
{
    ptrdiff_t last = width * height - 1, end_of_row = width - 1, last_row = width * (height - 1);
    const struct walk walks[9] = {
        [2] = {end_of_row, -1, width}, [3] = {last, -1, -width},    [4] = {last_row, 1, -width},
        [5] = {0, width, 1},           [6] = {last_row, -width, 1}, [7] = {last, -width, -1},
        [8] = {end_of_row, width, -1},
    };
    return walks[orientation];
}

int idc_orient(idc_image *img, int orientation, idc_error *err)
{
    if (orientation < 2 || orientation > 8)
        return 0;
    idc_image up;
    bool swap = orientation >= 5;
    int rc =
        idc_image_new(&up, swap ? img->height : img->width, swap ? img->width : img->height, err);
    if (rc < 0)
        return rc;
    struct walk w = walk_of(orientation, img->width, img->height);
    unsigned char *to = up.rgb;
    for (ptrdiff_t y = 0; y < up.height; y++)
        for (ptrdiff_t x = 0; x < up.width; x++, to += 3)
            memcpy(to, img->rgb + 3 * (w.from + x * w.right + y * w.down), 3);
    idc_image_free(img);
    *img = up;
    return 0;
}
