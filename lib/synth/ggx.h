/* ggx.h: the GGX microfacet lobe (Walter et al., "Microfacet models for refraction", 2007), for the renderer's own files.
 * Vectors are in coordinates of the surface: x along the tangent, z along the normal.
 */
#ifndef IDC_SYNTH_GGX_H
#define IDC_SYNTH_GGX_H

#include "synth/rays.h"

#define IDC_PI 3.14159265f
/* alpha = roughness², stretched by the anisotropy 0.25 along and across the tangent */
#define IDC_SHARP_X (0.01f * 0.75f)
#define IDC_SHARP_Y (0.01f / 0.75f)
#define IDC_ROUGH_X (0.2f * 0.75f)
#define IDC_ROUGH_Y (0.2f / 0.75f)

/* sin(2πu) within 1e-3, u in [−0.5, 0.5]. */
IDC_INLINE float idc_sin_turns(float u)
{
    float y = 8.0f * u - 16.0f * u * fabsf(u);
    return 0.775f * y + 0.225f * y * fabsf(y);
}

/* Smith's masking for GGX, times 1: in coordinates of the surface, z the normal. */
IDC_INLINE float idc_ggx_mask(float x, float y, float z, float ax, float ay)
{
    float q = (ax * ax * x * x + ay * ay * y * y) / idc_maxf(z * z, 1e-8f);
    return 2.0f / (1.0f + sqrtf(1.0f + q));
}

IDC_INLINE float idc_ggx_density(float x, float y, float z, float ax, float ay)
{
    float q = x * x / (ax * ax) + y * y / (ay * ay) + z * z;
    return 1.0f / idc_maxf(IDC_PI * ax * ay * q * q, 1e-12f);
}

#endif
