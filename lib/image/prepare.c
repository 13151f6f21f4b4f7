#include "image/prepare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define MAX_FILE ((size_t)1 << 30)

int idc_prepare_crop(int crop[2], const char *text)
{
    char *end;
    long part = strtol(text, &end, 10), whole = part;
    if (end == text || text[0] < '0' || text[0] > '9')
        return -1;
    if (*end == '/' && end[1] >= '0' && end[1] <= '9')
        whole = strtol(end + 1, &end, 10);
    else if (part != 1)
        return -1;
    if (*end || part < 1 || part > whole || whole > IDC_MAX_CROP)
        return -1;
    crop[0] = (int)part;
    crop[1] = (int)whole;
    return 0;
}

void idc_prepare_name(char name[IDC_PREPARE_NAME], const idc_prepare *how)
{
    char crop[32] = "";
    if (how->crop[0] > 0)
        snprintf(crop, sizeof crop, "crop%d/%d;", how->crop[0], how->crop[1]);
    if (how->width == 0)
        snprintf(name, IDC_PREPARE_NAME, "srgb;exif;native");
    else
        snprintf(name, IDC_PREPARE_NAME, "srgb;exif;dct2;%s%s;%dx%d", crop,
                 idc_filter_name(how->filter), how->width, how->height);
}

/* The sides of the largest part of from that has the shape of to, times the share; to the nearest pixel, at least 1. */
static void part_of(const idc_image *from, const idc_prepare *how, int part[2])
{
    int64_t w = from->width, h = from->height, sides[2] = {w, h};
    double share = (double)how->crop[0] / how->crop[1];
    double wide = (double)w * how->height, high = (double)h * how->width;
    double scale = wide < high ? (double)w / how->width : (double)h / how->height;
    const int final[2] = {how->width, how->height};
    for (int i = 0; i < 2; i++) {
        int64_t side = (int64_t)floor(share * scale * final[i] + 0.5);
        part[i] = (int)(side < 1 ? 1 : side > sides[i] ? sides[i] : side);
    }
}

/* The middle of the picture, in place of the picture. */
static int crop(idc_image *image, const idc_prepare *how, idc_error *err)
{
    idc_image whole = *image;
    int part[2];
    part_of(&whole, how, part);
    int rc = idc_image_new(image, part[0], part[1], err);
    int left = (whole.width - part[0] + 1) / 2, above = (whole.height - part[1] + 1) / 2;
    size_t row = (size_t)part[0] * 3;
    for (int y = 0; rc == 0 && y < part[1]; y++)
        memcpy(image->rgb + (size_t)y * row,
               whole.rgb + ((size_t)(above + y) * (size_t)whole.width + (size_t)left) * 3, row);
    idc_image_free(&whole);
    return rc;
}

/* What a side must be at least for the crop to have `final`. */
static int before_crop(int final, const idc_prepare *how)
{
    if (how->crop[0] == 0)
        return final;
    int64_t side = ((int64_t) final * how->crop[1] + how->crop[0] - 1) / how->crop[0];
    return side < IDC_IMAGE_MAX_SIDE ? (int)side : IDC_IMAGE_MAX_SIDE;
}

int idc_prepare_bytes(idc_image *out, const uint8_t *bytes, size_t n, const idc_prepare *how,
                      idc_decode_info *info, idc_error *err)
{
    idc_decode_options options = {how->max_pixels, how->lenient, before_crop(how->width, how),
                                  before_crop(how->height, how)};
    int rc = idc_decode(out, bytes, n, &options, info, err);
    if (rc == 0 && how->width > 0 && how->crop[0] > 0)
        rc = crop(out, how, err);
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
