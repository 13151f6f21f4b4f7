/* points.h: where rays hit, and what the surface does there; for the renderer's own files.
 *
 * Materials of CLEVR (Johnson et al. 2017) as Blender's Cycles evaluates them:
 *   ground   diffuse, albedo 0.8
 *   rubber   Fresnel mix (1.4) of diffuse and velvet (Ashikhmin, Premoze, Shirley 2000, sigma 0.6) under a Beckmann gloss
 *            (alpha 0.35) with Fresnel weight (1.2)
 *   metal    0.4 GGX of alpha 0.2 + 0.6 GGX of alpha 0.01, anisotropy 0.25, tinted (Walter et al. 2007)
 */
#ifndef IDC_SYNTH_POINTS_H
#define IDC_SYNTH_POINTS_H

#include "synth/rays.h"

#define IDC_LEVELS 3 /* the camera's rays, and two mirrors */

typedef struct idc_points {
    idc_lanes3 p, n, t, v; /* place, normal, tangent (around z), toward the viewer */
    idc_lanes3 kd;         /* diffuse albedo / π × Fresnel weight; 0 on metal */
    idc_lanes3 kv;         /* velvet weight × colour */
    float ks[IDC_LANES];   /* gloss weight */
    idc_lanes3 tint;       /* metal colour; 0 elsewhere */
    idc_lanes3 glow;       /* light that the lamps' direct light does not explain */
    int metal[IDC_LANES];
    int any_metal, any_matte;
    float center[3], radius; /* a ball around the points */
} idc_points;

/* One lamp, one sample a ray. */
typedef struct idc_beam {
    idc_rays ray; /* toward the lamp; t = distance, 0 where the lamp cannot light the point */
    float power[IDC_LANES]; /* cosine at the lamp / distance², × lamp rgb = irradiance facing it */
    float pdf[IDC_LANES];   /* of the direction, per steradian */
    int hidden[IDC_LANES];
} idc_beam;

/* `found`: the objects that may have been hit. */
void idc_points_set(idc_points *p, const idc_world *w, const idc_rays *r, unsigned found);
void idc_beam_set(idc_beam *b, const idc_lamp *lamp, const idc_points *p, const idc_rays *r,
                  int dim);
/* Adds what the points send back of a beam. */
void idc_beam_matte(const idc_beam *b, const idc_lamp *lamp, const idc_points *p, idc_lanes3 *out);
void idc_beam_metal(const idc_beam *b, const idc_lamp *lamp, const idc_points *p, idc_lanes3 *out);

/* Mirror rays of the metal points: lobe 0 sharp, 1 rough. origin[i]: the lane ray i comes from; weight: its share. */
typedef struct idc_mirror {
    int origin[IDC_LANES];
    idc_lanes3 weight;
    float pdf[IDC_LANES];
} idc_mirror;
void idc_mirror_set(idc_mirror *m, idc_rays *out, const idc_points *p, const idc_rays *r, int lobe,
                    int dim);
/* Lamps that a sharp mirror ray meets: their radiance, weighted against the beams by the balance heuristic (Veach 1997).
 * t becomes the distance to the lamp, id IDC_ID_NOTHING. */
void idc_mirror_lamps(const idc_mirror *m, const idc_world *w, idc_rays *r, idc_lanes3 *out);

#define IDC_SHARP_SHARE 0.6f
#define IDC_ROUGH_SHARE 0.4f

#endif
