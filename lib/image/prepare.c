#include "image/prepare.h"

#include <stdio.h>

#include "base/file.h"

#define MAX_FILE ((size_t)1 << 30)

void idc_prepare_name(char name[IDC_PREPARE_NAME], const idc_prepare *how)
{
    if (how->width == 0)
        snprintf(name, IDC_PREPARE_NAME, "srgb;exif;native");
    else
        snprintf(name, IDC_PREPARE_NAME, "srgb;exif;dct2;%s;%dx%d", idc_filter_name(how->filter),
                 how->width, how->height);
}

int idc_prepare_bytes(idc_image *out, const uint8_t *bytes, size_t n, const idc_prepare *how,
                      idc_decode_info *info, idc_error *err)
{
    idc_decode_options options = {how->max_pixels, how->lenient, how->width, how->height};
    int rc = idc_decode(out, bytes, n, &options, info, err);
    if (rc < 0 || how->width == 0 || (out->width == how->width && out->height == how->height))
        return rc;
    idc_image whole = *out;
    rc = idc_resize(out, &whole, how->width, how->height, how->filter, err);
    idc_image_free(&whole);
    return rc;
}

int idc_prepare_file(idc_image *out, const char *path, const idc_prepare *how,
                     idc_decode_info *info, idc_error *err)
{
    idc_buffer file = {0};
    *out = (idc_image){0, 0, NULL};
    *info = (idc_decode_info){0};
    int rc = idc_file_read(&file, path, MAX_FILE, err);
    if (rc == 0) {
        rc = idc_prepare_bytes(out, file.data, file.size, how, info, err);
        if (rc < 0)
            idc_fail_in(err, rc, path);
    }
    idc_buffer_free(&file);
    return rc;
}
