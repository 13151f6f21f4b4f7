#include "synth/render.h"

#include <stdlib.h>
#include <string.h>

#include "synth/shade.h"

#define BRIGHTEST 1.2f
#define TABLE 16384    /* linear light → sRGB byte; a step is at most 0.2 grey levels */
#define FOCAL 1.09375f /* 35 / 32, in picture widths */

struct idc_renderer {
    int samples;
    idc_shader *shader;
    idc_world world;
    uint8_t srgb[TABLE + 1];
    /* of the picture in hand */
    float right[3], up[3], forward[3], camera[3];
    int size[2];
    uint32_t key;
    float disc[IDC_MAX_OBJECTS][3]; /* projected centre and radius of each object, in pixels */
};

struct tile {
    int x, y, w, h;
};

/* IEC 61966-2-1. */
static double to_srgb(double v)
{
    return v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

idc_renderer *idc_renderer_new(int samples)
{
    idc_renderer *r = NULL;
    if (samples >= 1 && samples <= IDC_MAX_SAMPLES && (samples & (samples - 1)) == 0)
        r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->samples = samples;
    r->shader = idc_shader_new();
    for (int i = 0; i <= TABLE; i++)
        r->srgb[i] = (uint8_t)(255 * to_srgb((double)i / TABLE) + 0.5);
    if (!r->shader)
        idc_renderer_free(&r);
    return r;
}

void idc_renderer_free(idc_renderer **r)
{
    if (*r)
        idc_shader_free(&(*r)->shader);
    free(*r);
    *r = NULL;
}

/* The camera, and where each object's ball lies in the picture (widened: a ball off the axis becomes an ellipse). */
static void set_view(idc_renderer *r, const idc_view *view, const int size[2])
{
    double axis[3][3];
    idc_camera_axes(view->camera, axis[0], axis[1], axis[2]);
    for (int k = 0; k < 3; k++) {
        r->right[k] = (float)axis[0][k];
        r->up[k] = (float)axis[1][k];
        r->forward[k] = (float)axis[2][k];
        r->camera[k] = (float)view->camera[k];
    }
    r->size[0] = size[0];
    r->size[1] = size[1];
    idc_world_set(&r->world, view);
    for (int k = 0; k < view->count; k++) {
        const idc_solid *o = &view->objects[k];
        double s = idc_solid_size(o), at[3] = {o->x, o->y, s}, uv[2];
        double reach = 1.61 * s, depth = idc_project(view->camera, at, size, uv);
        double off =
            hypot(uv[0] - 0.5 * size[0], uv[1] - 0.5 * size[1]) / ((double)FOCAL * size[0]);
        double near = depth - 1.2 * reach;
        r->disc[k][0] = (float)uv[0];
        r->disc[k][1] = (float)uv[1];
        r->disc[k][2] =
            (float)(near > 0.2 ? (double)FOCAL * size[0] * reach / near * (1 + off * off) + 2
                               : 1e9);
    }
}

static unsigned in_tile(const idc_renderer *r, struct tile t)
{
    unsigned mask = 0;
    for (int k = 0; k < r->world.count; k++) {
        const float *d = r->disc[k];
        float x = idc_maxf((float)t.x, idc_minf((float)(t.x + t.w), d[0])) - d[0];
        float y = idc_maxf((float)t.y, idc_minf((float)(t.y + t.h), d[1])) - d[1];
        if (x * x + y * y <= d[2] * d[2])
            mask |= 1u << k;
    }
    return mask;
}

/* Rays of a tile, `samples` for each pixel after another; one through the centre when the key is not used. */
static void camera_rays(const idc_renderer *r, struct tile t, int samples, idc_rays *out)
{
    const float scale = 1.0f / (FOCAL * (float)r->size[0]);
    int n = 0;
    for (int y = t.y; y < t.y + t.h; y++)
        for (int x = t.x; x < t.x + t.w; x++)
            for (int s = 0; s < samples; s++, n++) {
                out->key[n] = idc_hash(r->key ^ idc_hash((uint32_t)(y * r->size[0] + x)));
                out->sample[n] = s;
                out->skip[n] = IDC_ID_NOTHING;
                out->d.x[n] = (float)x - 0.5f * (float)r->size[0];
                out->d.y[n] = 0.5f * (float)r->size[1] - (float)y;
            }
    out->count = n;
    out->sample_mask = samples - 1;
    for (int i = 0; i < n; i++) {
        float dx = samples > 1 ? idc_lattice(out->key[i], out->sample[i], samples - 1, 0, 0) : 0.5f;
        float dy = samples > 1 ? idc_lattice(out->key[i], out->sample[i], samples - 1, 0, 1) : 0.5f;
        float a = (out->d.x[i] + dx) * scale, b = (out->d.y[i] - dy) * scale;
        float inv = 1.0f / sqrtf(1.0f + a * a + b * b);
        out->d.x[i] = (r->forward[0] + a * r->right[0] + b * r->up[0]) * inv;
        out->d.y[i] = (r->forward[1] + a * r->right[1] + b * r->up[1]) * inv;
        out->d.z[i] = (r->forward[2] + a * r->right[2] + b * r->up[2]) * inv;
        out->o.x[i] = r->camera[0];
        out->o.y[i] = r->camera[1];
        out->o.z[i] = r->camera[2];
    }
}

static uint8_t to_byte(const idc_renderer *r, const float *light, int samples)
{
    float sum = 0;
    for (int s = 0; s < samples; s++)
        sum += idc_maxf(0.0f, idc_minf(light[s], BRIGHTEST));
    return r->srgb[(int)(idc_minf(sum / (float)samples, 1.0f) * (float)TABLE + 0.5f)];
}

static void finish_tile(const idc_renderer *r, struct tile t, const idc_lanes3 *light,
                        idc_image *out)
{
    int n = 0, s = r->samples;
    for (int y = t.y; y < t.y + t.h; y++)
        for (int x = t.x; x < t.x + t.w; x++, n += s) {
            unsigned char *rgb = out->rgb + 3 * ((size_t)y * (size_t)out->width + (size_t)x);
            rgb[0] = to_byte(r, light->x + n, s);
            rgb[1] = to_byte(r, light->y + n, s);
            rgb[2] = to_byte(r, light->z + n, s);
        }
}

/* The next tile of at most w×h pixels, row by row; 0 at the end. */
static int next_tile(const int size[2], int w, int h, struct tile *t)
{
    t->x += w;
    if (t->w == 0 || t->x >= size[0]) {
        t->y = t->w == 0 ? 0 : t->y + h;
        t->x = 0;
    }
    t->w = size[0] - t->x < w ? size[0] - t->x : w;
    t->h = size[1] - t->y < h ? size[1] - t->y : h;
    return t->y < size[1];
}

void idc_render(idc_renderer *r, const idc_view *view, uint64_t key, idc_image *picture)
{
    const int size[2] = {picture->width, picture->height}, pixels = IDC_LANES / r->samples;
    const int w = pixels < 8 ? pixels : 8, h = pixels / w;
    set_view(r, view, size);
    r->key = idc_hash((uint32_t)key ^ idc_hash((uint32_t)(key >> 32)));
    struct tile t = {0, 0, 0, 0};
    while (next_tile(size, w, h, &t)) {
        camera_rays(r, t, r->samples, idc_shader_rays(r->shader));
        finish_tile(r, t, idc_shade(r->shader, &r->world, in_tile(r, t)), picture);
    }
}

void idc_render_ids(idc_renderer *r, const idc_view *view, const int size[2], uint8_t *ids)
{
    set_view(r, view, size);
    r->key = 0;
    memset(ids, IDC_NO_OBJECT, (size_t)size[0] * (size_t)size[1]);
    struct tile t = {0, 0, 0, 0};
    while (next_tile(size, 16, 16, &t)) {
        unsigned mask = in_tile(r, t);
        idc_rays *rays = idc_shader_rays(r->shader);
        if (!mask)
            continue;
        camera_rays(r, t, 1, rays);
        for (int i = 0; i < rays->count; i++) {
            rays->t[i] = IDC_FAR;
            rays->id[i] = IDC_ID_NOTHING;
        }
        idc_rays_objects(&r->world, rays, mask);
        for (int i = 0; i < rays->count; i++)
            if (rays->id[i] >= 0)
                ids[(size_t)(t.y + i / t.w) * (size_t)size[0] + (size_t)(t.x + i % t.w)] =
                    (uint8_t)rays->id[i];
    }
}
