/* rays.h: rays in batches, for the renderer's own files.
 *
 * A batch holds up to IDC_LANES rays as arrays of coordinates, so that every step is a loop without branches that the
 * compiler turns into vector code. Directions have unit length, distances are metres.
 */
#ifndef IDC_SYNTH_RAYS_H
#define IDC_SYNTH_RAYS_H

#include <math.h>
#include <stdint.h>

#include "base/simd.h"
#include "synth/scene.h"

#define IDC_LANES 256
#define IDC_FAR 1e6f
enum { IDC_ID_GROUND = -1, IDC_ID_NOTHING = -2 };

typedef struct idc_lanes3 {
    float x[IDC_LANES], y[IDC_LANES], z[IDC_LANES];
} idc_lanes3;

typedef struct idc_rays {
    int count;
    idc_lanes3 o, d;
    float t[IDC_LANES];      /* in: how far to look; out: distance of the nearest hit */
    int id[IDC_LANES];       /* out: object, IDC_ID_GROUND or IDC_ID_NOTHING */
    int skip[IDC_LANES];     /* object the ray starts on: convex, so it is never hit again */
    uint32_t key[IDC_LANES]; /* of the pixel, for random numbers */
    int sample[IDC_LANES];   /* number within the pixel */
    int sample_mask;         /* samples a pixel − 1 */
} idc_rays;

typedef struct idc_body {
    float c[3], s, turn[2]; /* centre, half side or radius, cos and sin of theta */
    int shape, metal;
    float rgb[3];
} idc_body;

typedef struct idc_lamp {
    float c[3], u[3], v[3],
        n[3];     /* centre, half sides as vectors, the way it shines; the sun: n only, c unused */
    float rgb[3]; /* radiance × area; the sun: irradiance facing it */
    float area;   /* m²; 0 for the sun */
    float reach;  /* radius of a ball around it */
} idc_lamp;

#define IDC_SUN IDC_LAMPS
#define IDC_PROFILE 30 /* points of the ground's profile */
typedef struct idc_world {
    int count;
    idc_body body[IDC_MAX_OBJECTS];
    idc_lamp lamp[IDC_LAMPS + 1]; /* the last is the sun */
} idc_world;

void idc_world_set(idc_world *w, const idc_view *view);

/* Nearest hit of objects whose bit is set in mask; t and id must hold what is known so far. Returns the bits of objects
 * that became the nearest of some ray. */
unsigned idc_rays_objects(const idc_world *w, idc_rays *r, unsigned mask);
/* The same for the ground, which rises as a backdrop behind the scene. */
void idc_rays_ground(idc_rays *r);
/* hidden[i] = 1 where an object of mask lies nearer than t; others are left alone. */
void idc_rays_blocked(const idc_world *w, const idc_rays *r, unsigned mask, int *hidden);
/* The ground's coordinate along which it rises, and its slope dz/dl there. */
float idc_ground_l(float x, float y);
float idc_ground_slope(float l);

/* Integer hash with full avalanche (Wellons, "Prospecting for hash functions", 2018: lowbias32). */
IDC_INLINE uint32_t idc_hash(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}

/* Coordinate `axis` (0, 1) of sample s of `mask` + 1 (a power of two) in dimension pair `dim`: the R2 lattice (Roberts
 * 2018) turned by a hash of the pixel (Cranley and Patterson 1976); [0, 1). Each pair runs through the lattice in an order
 * of its own, so that pairs are not aligned. */
IDC_INLINE float idc_lattice(uint32_t key, int s, int mask, int dim, int axis)
{
    uint32_t step = axis ? 2447445414u : 3242174889u; /* 2^32 / 1.3247², 2^32 / 1.3247 */
    uint32_t h = idc_hash(key ^ (uint32_t)(dim * 2 + 2) * 0x9E3779B9u);
    uint32_t order = ((uint32_t)s * (h >> 15 | 1u) ^ h >> 24) & (uint32_t)mask;
    uint32_t v = (axis ? idc_hash(h) : h) + order * step;
    return (float)(int)(v >> 8) * (1.0f / 16777216.0f);
}

IDC_INLINE float idc_minf(float a, float b)
{
    return a < b ? a : b;
}

IDC_INLINE float idc_maxf(float a, float b)
{
    return a > b ? a : b;
}

#endif
