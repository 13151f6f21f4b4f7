#include "model/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The level about which gains work: the grey of the ground, so that a gain changes contrast more than brightness. */
#define PIVOT 0.45

void idc_view_whole(idc_view *v, int from_width, int from_height, int width, int height)
{
    *v = (idc_view){.from_width = from_width,
                    .from_height = from_height,
                    .width = width,
                    .height = height,
                    .crop_width = from_width,
                    .crop_height = from_height,
                    .filter = IDC_FILTER_BICUBIC,
                    .light = {.gain = {1, 1, 1}}};
}

void idc_light_draw(idc_light *light, const idc_augment_options *o, idc_random *r)
{
    double gain = 1 + o->gain * idc_random_range(r, -1, 1);
    for (int c = 0; c < 3; c++)
        light->gain[c] = gain * (1 + o->channel_gain * idc_random_range(r, -1, 1));
    light->offset = o->offset * idc_random_range(r, -1, 1);
}

void idc_view_crop(idc_view *v, const idc_augment_options *o, idc_random *r)
{
    double keep = idc_random_range(r, o->crop, 1);
    v->crop_width = (int)lround(keep * v->from_width);
    v->crop_height = (int)lround(keep * v->from_height);
    v->x = (int)idc_random_below(r, (uint32_t)(v->from_width - v->crop_width) + 1);
    v->y = (int)idc_random_below(r, (uint32_t)(v->from_height - v->crop_height) + 1);
}

void idc_view_draw(idc_view *v, const idc_augment_options *o, const idc_light *common, bool mirror,
                   idc_random *r)
{
    idc_view_crop(v, o, r);
    v->filter = idc_random_below(r, 2) ? IDC_FILTER_BICUBIC : IDC_FILTER_BILINEAR;
    v->mirror = mirror;
    v->blur = idc_random_unit(r) < o->blur;
    v->noise = o->noise * idc_random_unit(r);
    idc_light own;
    idc_light_draw(&own, o, r);
    for (int c = 0; c < 3; c++)
        v->light.gain[c] = (1 - o->apart) * common->gain[c] + o->apart * own.gain[c];
    v->light.offset = (1 - o->apart) * common->offset + o->apart * own.offset;
}

static void mirror_rows(unsigned char *p, int width, int height)
{
    for (int y = 0; y < height; y++) {
        unsigned char *row = p + (size_t)y * (size_t)width * 3;
        for (int a = 0, b = width - 1; a < b; a++, b--) {
            for (int c = 0; c < 3; c++) {
                unsigned char t = row[a * 3 + c];
                row[a * 3 + c] = row[b * 3 + c];
                row[b * 3 + c] = t;
            }
        }
    }
}

/* (1 2 1)/4 along one axis, the edge repeated, in place. */
static void smooth_line(unsigned char *p, int n, size_t stride)
{
    int before = p[0];
    for (int i = 0; i < n; i++) {
        int here = p[(size_t)i * stride], after = i + 1 < n ? p[(size_t)(i + 1) * stride] : here;
        p[(size_t)i * stride] = (unsigned char)((before + 2 * here + after + 2) / 4);
        before = here;
    }
}

static void smooth(unsigned char *p, int width, int height)
{
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < height; y++)
            smooth_line(p + (size_t)y * (size_t)width * 3 + c, width, 3);
        for (int x = 0; x < width; x++)
            smooth_line(p + (size_t)x * 3 + c, height, (size_t)width * 3);
    }
}

/* Near enough to a Gaussian for noise: four uniform bytes, summed, have deviation 147.8 (Irwin and Hall 1927). */
static inline float noise_of(uint32_t bits)
{
    int sum =
        (int)(bits & 255) + (int)(bits >> 8 & 255) + (int)(bits >> 16 & 255) + (int)(bits >> 24);
    return (float)(sum - 510) * (1 / 147.8f);
}

static void relight(const idc_view *v, unsigned char *p, idc_random *r)
{
    float table[3][256];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 256; i++)
            table[c][i] =
                (float)(255 * (PIVOT + v->light.gain[c] * (i / 255.0 - PIVOT) + v->light.offset)) +
                0.5f;
    float deviation = (float)(255 * v->noise);
    size_t n = (size_t)v->width * (size_t)v->height * 3;
    for (size_t i = 0; i < n; i++) {
        float x = table[i % 3][p[i]];
        if (deviation > 0)
            x += deviation * noise_of(idc_random_u32(r));
        p[i] = (unsigned char)(x < 0 ? 0 : x > 255 ? 255 : x);
    }
}

static bool changes_light(const idc_view *v)
{
    return v->noise > 0 || v->light.offset != 0 || v->light.gain[0] != 1 || v->light.gain[1] != 1 ||
           v->light.gain[2] != 1;
}

int idc_view_picture(const idc_view *v, const unsigned char *from, unsigned char *to, idc_random *r,
                     idc_error *err)
{
    idc_image part, input = {0};
    int rc = idc_image_new(&part, v->crop_width, v->crop_height, err);
    if (rc < 0)
        return rc;
    size_t row = (size_t)v->crop_width * 3;
    for (int y = 0; y < v->crop_height; y++)
        memcpy(part.rgb + (size_t)y * row,
               from + ((size_t)(v->y + y) * (size_t)v->from_width + (size_t)v->x) * 3, row);
    rc = idc_resize(&input, &part, v->width, v->height, v->filter, err);
    if (rc == 0) {
        if (v->mirror)
            mirror_rows(input.rgb, v->width, v->height);
        if (v->blur)
            smooth(input.rgb, v->width, v->height);
        if (changes_light(v))
            relight(v, input.rgb, r);
        memcpy(to, input.rgb, idc_image_bytes(&input));
    }
    idc_image_free(&input);
    idc_image_free(&part);
    return rc;
}

void idc_view_point(const idc_view *v, double u, double w, double *x, double *y)
{
    *x = (u - v->x) * v->width / v->crop_width;
    *y = (w - v->y) * v->height / v->crop_height;
    if (v->mirror)
        *x = v->width - *x;
}

void idc_view_source(const idc_view *v, double x, double y, double *u, double *w)
{
    if (v->mirror)
        x = v->width - x;
    *u = v->x + x * v->crop_width / v->width;
    *w = v->y + y * v->crop_height / v->height;
}
