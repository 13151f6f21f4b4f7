/* scene.h: what a CLEVR-like scene is: objects on a ground, a camera that looks at the origin, three area lamps.
 *
 * World: z up, metres, objects stand on z = 0. The numbers (camera, lamps, jitter, placement) are those of the CLEVR
 * generator (Johnson et al., "CLEVR", CVPR 2017) as CLEVR-Change used it (Park et al., "Robust Change Captioning",
 * ICCV 2019).
 */
#ifndef IDC_SYNTH_SCENE_H
#define IDC_SYNTH_SCENE_H

#include "base/random.h"

enum { IDC_CUBE, IDC_SPHERE, IDC_CYLINDER, IDC_SHAPES };
enum { IDC_LARGE, IDC_SMALL, IDC_SIZES };
enum {
    IDC_GRAY,
    IDC_RED,
    IDC_BLUE,
    IDC_GREEN,
    IDC_BROWN,
    IDC_PURPLE,
    IDC_CYAN,
    IDC_YELLOW,
    IDC_COLORS
};
enum { IDC_RUBBER, IDC_METAL, IDC_MATERIALS };
enum { IDC_NONE, IDC_COLOR, IDC_MATERIAL, IDC_ADD, IDC_DROP, IDC_MOVE, IDC_TYPES };
enum { IDC_KEY, IDC_FILL, IDC_BACK, IDC_LAMPS };
enum { IDC_ATTR_SIZE, IDC_ATTR_COLOR, IDC_ATTR_MATERIAL, IDC_ATTR_SHAPE, IDC_ATTRS };

#define IDC_MAX_OBJECTS 11 /* ten, and one that is added */
#define IDC_MIN_OBJECTS 3

typedef struct idc_solid {
    int attr[IDC_ATTRS]; /* size, color, material, shape: the enums above */
    double x, y, theta;  /* centre on the ground, turn about z in radians */
} idc_solid;

typedef struct idc_view {
    double camera[3];
    double lamp[IDC_LAMPS][3];
    int count;
    idc_solid objects[IDC_MAX_OBJECTS];
} idc_view;

extern const char *const idc_shape_names[IDC_SHAPES],
    *const idc_size_names[IDC_SIZES], *const idc_color_names[IDC_COLORS],
                                          *const idc_material_names[IDC_MATERIALS],
                                              *const idc_type_names[IDC_TYPES],
                                                  *const idc_lamp_names[IDC_LAMPS];
/* The names and the number of values of an attribute, and "size", "color", "material", "shape". */
extern const char *const *const idc_attr_values[IDC_ATTRS];
extern const int idc_attr_counts[IDC_ATTRS];
extern const char *const idc_attr_names[IDC_ATTRS];
/* The index of a name in a list of n, or −1. */
int idc_name_index(const char *const *names, int n, const char *name);

/* Half the side, or the radius: 0.7 or 0.35; also the height of the centre. */
double idc_solid_size(const idc_solid *o);

/* The camera's right, up and forward, unit length; z is up in the picture. */
void idc_camera_axes(const double position[3], double right[3], double up[3], double forward[3]);
/* Unit vectors on the ground, to the right and away from the camera. */
void idc_ground_axes(const double camera[3], double right[2], double away[2]);
/* Pixel coordinates of a world point in a w×h picture (lens 35 mm, sensor 32 mm across w); returns its depth. */
double idc_project(const double camera[3], const double point[3], const int size[2], double uv[2]);

/* A view with jittered camera and lamps and no objects. */
void idc_view_start(idc_view *view, idc_random *r);
/* Adds U(−most, most) to each axis of the camera; most < 4 keeps it above the ground. */
void idc_camera_shift(double camera[3], double most, idc_random *r);
void idc_lamps_draw(double lamp[IDC_LAMPS][3], idc_random *r);

/* Draws n objects by the placement rules: centres in [−3, 3]², at least 0.25 free between the circles of their sizes,
 * at least 0.4 apart along both ground axes. */
void idc_view_fill(idc_view *view, int n, idc_random *r);
/* Makes `after` from `before` by one change of the type. index: the changed object before and after, −1 where it does
 * not exist. 0, or −1 when no place was found (draw another scene). */
int idc_view_change(const idc_view *before, int type, idc_view *after, int index[2], idc_random *r);

#endif
