#include "image/image.h"

#include <stdlib.h>

#include "base/arena.h"

int idc_image_new(idc_image *img, int width, int height, idc_error *err)
{
    *img = (idc_image){0, 0, NULL};
    if (width < 1 || height < 1 || width > IDC_IMAGE_MAX_SIDE || height > IDC_IMAGE_MAX_SIDE)
        return idc_fail(err, IDC_E_RANGE, "%d×%d pixels is no size for a picture", width, height);
    size_t bytes;
    if (idc_mul_size(&bytes, (size_t)width * 3, (size_t)height) < 0)
        return idc_fail(err, IDC_E_RANGE, "%d×%d pixels are too many", width, height);
    img->rgb = malloc(bytes);
    if (!img->rgb)
        return idc_fail(err, IDC_E_MEMORY, "no memory for %d×%d pixels", width, height);
    img->width = width;
    img->height = height;
    return 0;
}

size_t idc_image_bytes(const idc_image *img)
{
    return (size_t)img->height * (size_t)img->width * 3;
}

void idc_image_free(idc_image *img)
{
    free(img->rgb);
    *img = (idc_image){0, 0, NULL};
}
