#include "synth/rays.h"

static const float color_rgb[IDC_COLORS][3] = {
    {87, 87, 87},   {173, 35, 35},  {42, 75, 215}, {29, 105, 20}, {129, 74, 25},
    {129, 38, 192}, {41, 208, 208}, {255, 238, 51}}; /* /255, taken as linear values */

/* Radiance and side of the lamps; the sun's colour is its irradiance. */
static const struct {
    float rgb[3], side;
} lamps[IDC_LAMPS] = {{{100.0f, 93.231f, 81.666f}, 0.5f},
                      {{22.8501f, 24.5316f, 30.0f}, 0.5f},
                      {{12.5f, 12.5f, 12.5f}, 1.0f}};
static const float sun_travel[3] = {-0.4145f, 0.1946f, -0.8890f};
#define SUN_IRRADIANCE 0.45f
#define SUN_TAN 0.09999f /* tangent of half of 0.19934 rad */

static void cross(float out[3], const float a[3], const float b[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static void scale_to(float v[3], float length)
{
    float s = length / sqrtf(idc_maxf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2], 1e-12f));
    for (int k = 0; k < 3; k++)
        v[k] *= s;
}

/* The lamp's sides from the way n it shines, z up. */
static void frame(idc_lamp *l, float half)
{
    const float z[3] = {0, 0, 1};
    scale_to(l->n, 1.0f);
    cross(l->u, l->n, z);
    scale_to(l->u, half);
    cross(l->v, l->u, l->n);
    scale_to(l->v, half);
}

void idc_world_set(idc_world *w, const idc_view *view)
{
    w->count = view->count;
    for (int k = 0; k < view->count; k++) {
        const idc_solid *o = &view->objects[k];
        float s = (float)idc_solid_size(o);
        idc_body b = {.c = {(float)o->x, (float)o->y, s},
                      .s = s,
                      .turn = {(float)cos(o->theta), (float)sin(o->theta)},
                      .shape = o->attr[IDC_ATTR_SHAPE],
                      .metal = o->attr[IDC_ATTR_MATERIAL] == IDC_METAL};
        for (int c = 0; c < 3; c++)
            b.rgb[c] = color_rgb[o->attr[IDC_ATTR_COLOR]][c] / 255.0f;
        w->body[k] = b;
    }
    for (int j = 0; j < IDC_LAMPS; j++) {
        idc_lamp *l = &w->lamp[j];
        for (int k = 0; k < 3; k++) {
            l->c[k] = (float)view->lamp[j][k];
            l->n[k] = -l->c[k];
            l->rgb[k] = lamps[j].rgb[k] * lamps[j].side * lamps[j].side;
        }
        l->area = lamps[j].side * lamps[j].side;
        l->reach = lamps[j].side * 0.7072f;
        frame(l, 0.5f * lamps[j].side);
    }
    idc_lamp *sun = &w->lamp[IDC_SUN];
    for (int k = 0; k < 3; k++) {
        sun->c[k] = 0;
        sun->n[k] = sun_travel[k];
        sun->rgb[k] = SUN_IRRADIANCE;
    }
    sun->area = 0;
    sun->reach = 0;
    frame(sun, SUN_TAN);
}
