#include "synth/scene.h"

#include <math.h>
#include <string.h>

#define AREA 3.0 /* centres in [−3, 3]² */
#define GAP 0.25 /* free between two objects, by their sizes */
#define MARGIN                                                                                     \
    0.4 /* apart along the camera's right and depth on the ground: no relation is in doubt */
#define MIN_MOVE 0.6 /* a smaller move drowns in the camera's jitter */
#define JITTER 1.0
#define PLACE_TRIES 60
#define FILL_TRIES 30
#define FOCAL (35.0 / 32.0) /* in picture widths */

const char *const idc_shape_names[IDC_SHAPES] = {"cube", "sphere", "cylinder"};
const char *const idc_size_names[IDC_SIZES] = {"large", "small"};
const char *const idc_color_names[IDC_COLORS] = {"gray",  "red",    "blue", "green",
                                                 "brown", "purple", "cyan", "yellow"};
const char *const idc_material_names[IDC_MATERIALS] = {"rubber", "metal"};
const char *const idc_type_names[IDC_TYPES] = {"none", "color", "material", "add", "drop", "move"};
const char *const idc_lamp_names[IDC_LAMPS] = {"key", "fill", "back"};
const char *const idc_attr_names[IDC_ATTRS] = {"size", "color", "material", "shape"};
const char *const *const idc_attr_values[IDC_ATTRS] = {idc_size_names, idc_color_names,
                                                       idc_material_names, idc_shape_names};
const int idc_attr_counts[IDC_ATTRS] = {IDC_SIZES, IDC_COLORS, IDC_MATERIALS, IDC_SHAPES};

static const double base_camera[3] = {7.48113, -6.50764, 5.34367};
static const double base_lamp[IDC_LAMPS][3] = {
    {6.44671, -2.90517, 4.25840}, {-4.67112, -4.01360, 3.01122}, {-1.16850, 2.64602, 5.81574}};

int idc_name_index(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

double idc_solid_size(const idc_solid *o)
{
    return o->attr[IDC_ATTR_SIZE] == IDC_LARGE ? 0.7 : 0.35;
}

static void normalise(double *v, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++)
        s += v[i] * v[i];
    s = s > 0 ? 1 / sqrt(s) : 0;
    for (int i = 0; i < n; i++)
        v[i] *= s;
}

void idc_camera_axes(const double position[3], double right[3], double up[3], double forward[3])
{
    for (int i = 0; i < 3; i++)
        forward[i] = -position[i];
    normalise(forward, 3);
    right[0] = forward[1]; /* forward × z */
    right[1] = -forward[0];
    right[2] = 0;
    normalise(right, 3);
    up[0] = right[1] * forward[2] - right[2] * forward[1];
    up[1] = right[2] * forward[0] - right[0] * forward[2];
    up[2] = right[0] * forward[1] - right[1] * forward[0];
}

void idc_ground_axes(const double camera[3], double right[2], double away[2])
{
    away[0] = -camera[0];
    away[1] = -camera[1];
    normalise(away, 2);
    right[0] = away[1];
    right[1] = -away[0];
}

double idc_project(const double camera[3], const double point[3], const int size[2], double uv[2])
{
    double axis[3][3], v[3] = {0};
    idc_camera_axes(camera, axis[0], axis[1], axis[2]);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            v[i] += axis[i][k] * (point[k] - camera[k]);
    uv[0] = 0.5 * size[0] + FOCAL * size[0] * v[0] / v[2];
    uv[1] = 0.5 * size[1] - FOCAL * size[0] * v[1] / v[2];
    return v[2];
}

/* Four decimals: what the scene lists print is exactly what was rendered. */
static double draw(idc_random *r, double low, double high)
{
    return round(idc_random_range(r, low, high) * 1e4) / 1e4;
}

static void jitter(double out[3], const double centre[3], idc_random *r)
{
    for (int i = 0; i < 3; i++)
        out[i] = draw(r, centre[i] - JITTER, centre[i] + JITTER);
}

void idc_camera_shift(double camera[3], double most, idc_random *r)
{
    for (int i = 0; i < 3; i++)
        camera[i] = draw(r, camera[i] - most, camera[i] + most);
}

void idc_lamps_draw(double lamp[IDC_LAMPS][3], idc_random *r)
{
    for (int i = 0; i < IDC_LAMPS; i++)
        jitter(lamp[i], base_lamp[i], r);
}

void idc_view_start(idc_view *view, idc_random *r)
{
    memset(view, 0, sizeof *view);
    jitter(view->camera, base_camera, r);
    idc_lamps_draw(view->lamp, r);
}

/* Is there room for object k at its place, beside all others of the view? */
static int fits(const idc_view *view, int k, const double right[2], const double away[2])
{
    const idc_solid *a = &view->objects[k];
    for (int i = 0; i < view->count; i++) {
        const idc_solid *b = &view->objects[i];
        if (i == k)
            continue;
        double dx = a->x - b->x, dy = a->y - b->y;
        if (sqrt(dx * dx + dy * dy) - idc_solid_size(a) - idc_solid_size(b) < GAP ||
            fabs(dx * right[0] + dy * right[1]) < MARGIN ||
            fabs(dx * away[0] + dy * away[1]) < MARGIN)
            return 0;
    }
    return 1;
}

/* Draws places for object k (already of its size) until one fits. */
static int place(idc_view *view, int k, idc_random *r)
{
    double right[2], away[2];
    idc_ground_axes(view->camera, right, away);
    for (int i = 0; i < PLACE_TRIES; i++) {
        view->objects[k].x = draw(r, -AREA, AREA);
        view->objects[k].y = draw(r, -AREA, AREA);
        if (fits(view, k, right, away))
            return 0;
    }
    return -1;
}

static int add_object(idc_view *view, idc_random *r)
{
    int k = view->count;
    idc_solid *o = &view->objects[k];
    for (int a = 0; a < IDC_ATTRS; a++)
        o->attr[a] = (int)idc_random_below(r, (uint32_t)idc_attr_counts[a]);
    o->theta = draw(r, 0, 6.283185307179586);
    if (place(view, k, r) < 0)
        return -1;
    view->count++;
    return 0;
}

void idc_view_fill(idc_view *view, int n, idc_random *r)
{
    view->count = 0;
    for (int tries = 0; view->count < n; tries++)
        if (add_object(view, r) < 0 && tries % FILL_TRIES == FILL_TRIES - 1)
            view->count = 0; /* the free room is used up: begin again */
}

int idc_view_change(const idc_view *before, int type, idc_view *after, int index[2], idc_random *r)
{
    int k = (int)idc_random_below(r, (uint32_t)before->count);
    *after = *before;
    index[0] = index[1] = k;
    idc_solid *o = &after->objects[k];
    switch (type) {
    case IDC_COLOR:
        o->attr[IDC_ATTR_COLOR] += 1 + (int)idc_random_below(r, IDC_COLORS - 1);
        o->attr[IDC_ATTR_COLOR] %= IDC_COLORS;
        return 0;
    case IDC_MATERIAL:
        o->attr[IDC_ATTR_MATERIAL] ^= 1;
        return 0;
    case IDC_DROP:
        index[1] = -1;
        after->count--;
        memmove(o, o + 1, (size_t)(after->count - k) * sizeof *o);
        return 0;
    case IDC_ADD:
        index[0] = -1;
        index[1] = before->count;
        return before->count < IDC_MAX_OBJECTS ? add_object(after, r) : -1;
    case IDC_MOVE: {
        double x = o->x, y = o->y;
        if (place(after, k, r) < 0)
            return -1;
        return hypot(o->x - x, o->y - y) < MIN_MOVE ? -1 : 0;
    }
    default:
        return 0;
    }
}
