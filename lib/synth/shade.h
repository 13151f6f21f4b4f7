/* shade.h: light that comes back along a batch of rays; for the renderer's own files.
 *
 *     idc_shader *s = idc_shader_new();
 *     idc_rays *r = idc_shader_rays(s);       // fill: o, d, skip, key, sample, count
 *     const idc_lanes3 *light = idc_shade(s, &world, mask, seen);
 *     idc_shader_free(&s);
 *
 * Direct light of the lamps with soft shadows by one ray a lamp and sample, a constant for light from the ground, and
 * for metal two rays that are followed through at most two mirrors.
 */
#ifndef IDC_SYNTH_SHADE_H
#define IDC_SYNTH_SHADE_H

#include "synth/rays.h"

typedef struct idc_shader idc_shader;

/* NULL when there is no memory. One a thread. */
idc_shader *idc_shader_new(void);
/* The batch to fill. */
idc_rays *idc_shader_rays(idc_shader *s);
/* Linear radiance of each ray; objects whose bit is not in mask cannot be hit by the rays themselves (they still throw
 * shadows and are mirrored). */
const idc_lanes3 *idc_shade(idc_shader *s, const idc_world *w, unsigned mask);
void idc_shader_free(idc_shader **s);

#endif
