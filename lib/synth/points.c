#include "synth/points.h"

#define PI 3.14159265f
#define CYLINDER_CORE (1.0f - 0.054f)
#define CUBE_CORE (1.0f - 0.18f)
#define AROUND 0.025f /* light that meets an object from all sides, and from the ground below */
#define BELOW 0.18f

/* Reflectance of a dielectric of index eta at cosine c (Fresnel equations, unpolarised). */
IDC_INLINE float fresnel(float eta, float c)
{
    float g = sqrtf(idc_maxf(eta * eta - 1.0f + c * c, 0.0f));
    float a = (g - c) / (g + c), b = (c * (g + c) - 1.0f) / (c * (g - c) + 1.0f);
    return 0.5f * a * a * (1.0f + b * b);
}

/* The normal of a body that is a core grown by a ball: away from the nearest point of the core. */
IDC_CLONES static void body_points(idc_points *p, const idc_rays *r, const idc_body *b, int id)
{
    const idc_body k = *b;
    const float in = 1.0f / k.s;
    const int cube = k.shape == IDC_CUBE, round = k.shape == IDC_SPHERE;
    const float flat = cube ? CUBE_CORE : round ? 0.0f : CYLINDER_CORE;
    const float disc = k.shape == IDC_CYLINDER ? CYLINDER_CORE : 0.0f;
    const float is_metal = k.metal ? 1.0f : 0.0f, is_matte = 1.0f - is_metal;
    int n = r->count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        int here = r->id[i] == id;
        float wx = (p->p.x[i] - k.c[0]) * in, wy = (p->p.y[i] - k.c[1]) * in,
              z = (p->p.z[i] - k.c[2]) * in;
        float x = k.turn[0] * wx + k.turn[1] * wy, y = k.turn[0] * wy - k.turn[1] * wx;
        float ring = idc_minf(1.0f, disc / sqrtf(idc_maxf(x * x + y * y, 1e-12f)));
        float side = cube ? CUBE_CORE : 0.0f;
        float nx = x - idc_maxf(-side, idc_minf(side, x)) - ring * x;
        float ny = y - idc_maxf(-side, idc_minf(side, y)) - ring * y;
        float nz = z - idc_maxf(-flat, idc_minf(flat, z));
        float len = 1.0f / sqrtf(idc_maxf(nx * nx + ny * ny + nz * nz, 1e-12f));
        float gx = (k.turn[0] * nx - k.turn[1] * ny) * len,
              gy = (k.turn[0] * ny + k.turn[1] * nx) * len;
        float gz = nz * len;
        float view = gx * p->v.x[i] + gy * p->v.y[i] + gz * p->v.z[i];
        view = idc_maxf(view, 0.02f);
        float f2 = fresnel(1.2f, view), f4 = fresnel(1.4f, view);
        float along = wx * gy - wy * gx; /* (−wy, wx, 0) · n */
        float tx = -wy - along * gx, ty = wx - along * gy, tz = -along * gz;
        float tl = tx * tx + ty * ty + tz * tz;
        int pole = tl < 1e-6f;
        tx = pole ? 1.0f : tx;
        float ti = pole ? 1.0f : 1.0f / sqrtf(idc_maxf(tl, 1e-12f));
        float kd = (1.0f - f2) * (1.0f - f4) * is_matte, kv = (1.0f - f2) * f4 * is_matte;
        float bounce = 0.5f - 0.5f * gz;
        float glow = kd * (AROUND + BELOW * bounce);
        p->n.x[i] = here ? gx : p->n.x[i];
        p->n.y[i] = here ? gy : p->n.y[i];
        p->n.z[i] = here ? gz : p->n.z[i];
        p->t.x[i] = here ? tx * ti : p->t.x[i];
        p->t.y[i] = here ? ty * ti : p->t.y[i];
        p->t.z[i] = here ? tz * ti : p->t.z[i];
        p->kd.x[i] = here ? kd / PI * k.rgb[0] : p->kd.x[i];
        p->kd.y[i] = here ? kd / PI * k.rgb[1] : p->kd.y[i];
        p->kd.z[i] = here ? kd / PI * k.rgb[2] : p->kd.z[i];
        p->kv.x[i] = here ? kv * k.rgb[0] : p->kv.x[i];
        p->kv.y[i] = here ? kv * k.rgb[1] : p->kv.y[i];
        p->kv.z[i] = here ? kv * k.rgb[2] : p->kv.z[i];
        p->ks[i] = here ? 0.8f * f2 * is_matte : p->ks[i];
        p->glow.x[i] = here ? glow * k.rgb[0] : p->glow.x[i];
        p->glow.y[i] = here ? glow * k.rgb[1] : p->glow.y[i];
        p->glow.z[i] = here ? glow * k.rgb[2] : p->glow.z[i];
        p->tint.x[i] = here ? is_metal * k.rgb[0] : p->tint.x[i];
        p->tint.y[i] = here ? is_metal * k.rgb[1] : p->tint.y[i];
        p->tint.z[i] = here ? is_metal * k.rgb[2] : p->tint.z[i];
        p->metal[i] = here ? k.metal : p->metal[i];
    }
}

IDC_CLONES static void places(idc_points *p, const idc_rays *r)
{
    int n = r->count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        p->p.x[i] = r->o.x[i] + r->t[i] * r->d.x[i];
        p->p.y[i] = r->o.y[i] + r->t[i] * r->d.y[i];
        p->p.z[i] = r->o.z[i] + r->t[i] * r->d.z[i];
        p->v.x[i] = -r->d.x[i];
        p->v.y[i] = -r->d.y[i];
        p->v.z[i] = -r->d.z[i];
    }
}

/* Light bounced by the ground itself: more where the backdrop surrounds a place, a little yellow like the key lamp. Fitted
 * to path-traced pictures of the same scenes, as are AROUND and BELOW. */
static float ground_glow(float l)
{
    float near = 0.0150f + 0.0016f * (l + 16.0f), behind = 0.0150f + 0.0007f * (l + 16.0f);
    return idc_maxf(0.005f, l < -16.0f ? near : idc_minf(behind, 0.0234f));
}

static void ground_points(idc_points *p, const idc_rays *r)
{
    for (int i = 0; i < r->count; i++) {
        float on = r->id[i] == IDC_ID_GROUND ? 1.0f : 0.0f;
        float l = idc_ground_l(p->p.x[i], p->p.y[i]), slope = on > 0 ? idc_ground_slope(l) : 0;
        float z = 1.0f / sqrtf(1.0f + slope * slope), side = -slope * z;
        p->n.x[i] = -0.90321f * side;
        p->n.y[i] = 0.4292f * side;
        p->n.z[i] = z;
        p->t.x[i] = p->t.y[i] = p->t.z[i] = 0;
        p->kd.x[i] = p->kd.y[i] = p->kd.z[i] = on * 0.8f / PI;
        p->kv.x[i] = p->kv.y[i] = p->kv.z[i] = p->ks[i] = 0;
        p->tint.x[i] = p->tint.y[i] = p->tint.z[i] = 0;
        p->glow.x[i] = on * ground_glow(l);
        p->glow.y[i] = 1.02f * p->glow.x[i];
        p->glow.z[i] = 0.93f * p->glow.x[i];
        p->metal[i] = 0;
    }
}

static void surround(idc_points *p, const idc_rays *r)
{
    float low[3] = {1e9f, 1e9f, 1e9f}, high[3] = {-1e9f, -1e9f, -1e9f};
    int any = 0;
    p->any_metal = p->any_matte = 0;
    for (int i = 0; i < r->count; i++) {
        const float at[3] = {p->p.x[i], p->p.y[i], p->p.z[i]};
        if (r->id[i] == IDC_ID_NOTHING)
            continue;
        for (int k = 0; k < 3; k++) {
            low[k] = idc_minf(low[k], at[k]);
            high[k] = idc_maxf(high[k], at[k]);
        }
        any = 1;
        p->any_metal |= p->metal[i];
        p->any_matte |= !p->metal[i];
    }
    float rr = 0;
    for (int k = 0; k < 3; k++) {
        p->center[k] = any ? 0.5f * (low[k] + high[k]) : 0;
        rr += any ? 0.25f * (high[k] - low[k]) * (high[k] - low[k]) : 0;
    }
    p->radius = sqrtf(rr);
}

void idc_points_set(idc_points *p, const idc_world *w, const idc_rays *r, unsigned found)
{
    places(p, r);
    ground_points(p, r);
    for (int k = 0; k < w->count; k++)
        if (found >> k & 1)
            body_points(p, r, &w->body[k], k);
    surround(p, r);
}
