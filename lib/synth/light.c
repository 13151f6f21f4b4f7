#include "synth/ggx.h"
#include "synth/points.h"

#define BECKMANN_ALPHA 0.35f
#define VELVET_SIGMA 0.6f

/* e^x for −40 ≤ x ≤ 0 as (1 + y + y²/2)^256 with y = x/256: within 0.3 % down to −10, and less matters below. */
IDC_INLINE float expf_neg(float x)
{
    float y = idc_maxf(x, -40.0f) * (1.0f / 256.0f), e = 1.0f + y + 0.5f * y * y;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    return e * e;
}

IDC_CLONES static void area_beam(idc_beam *b, const idc_lamp *lamp, const idc_points *p,
                                 const idc_rays *r, int dim)
{
    const idc_lamp k = *lamp;
    const int n = r->count, mask = r->sample_mask;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float s = 2.0f * idc_lattice(r->key[i], r->sample[i], mask, dim, 0) - 1.0f;
        float t = 2.0f * idc_lattice(r->key[i], r->sample[i], mask, dim, 1) - 1.0f;
        float x = k.c[0] + s * k.u[0] + t * k.v[0] - p->p.x[i];
        float y = k.c[1] + s * k.u[1] + t * k.v[1] - p->p.y[i];
        float z = k.c[2] + s * k.u[2] + t * k.v[2] - p->p.z[i];
        float rr = idc_maxf(x * x + y * y + z * z, 1e-6f), inv = 1.0f / sqrtf(rr);
        x *= inv;
        y *= inv;
        z *= inv;
        float facing = -(x * k.n[0] + y * k.n[1] + z * k.n[2]);
        float cosine = x * p->n.x[i] + y * p->n.y[i] + z * p->n.z[i];
        int lit = (facing > 0.0f) & (cosine > 0.0f);
        b->ray.d.x[i] = x;
        b->ray.d.y[i] = y;
        b->ray.d.z[i] = z;
        b->ray.t[i] = lit ? rr * inv : 0.0f;
        b->power[i] = lit ? facing * inv * inv : 0.0f;
        b->pdf[i] = rr / idc_maxf(facing * k.area, 1e-6f);
    }
}

IDC_CLONES static void sun_beam(idc_beam *b, const idc_lamp *lamp, const idc_points *p,
                                const idc_rays *r, int dim)
{
    const idc_lamp k = *lamp;
    const float tan2 = k.u[0] * k.u[0] + k.u[1] * k.u[1] + k.u[2] * k.u[2];
    const float pdf = 1.0f / (IDC_PI * tan2);
    const int n = r->count, mask = r->sample_mask;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float radius = sqrtf(idc_lattice(r->key[i], r->sample[i], mask, dim, 0));
        float turn = idc_lattice(r->key[i], r->sample[i], mask, dim, 1) - 0.5f;
        float quarter = turn + 0.25f;
        quarter -= quarter > 0.5f ? 1.0f : 0.0f;
        float s = radius * idc_sin_turns(quarter), t = radius * idc_sin_turns(turn);
        float x = s * k.u[0] + t * k.v[0] - k.n[0];
        float y = s * k.u[1] + t * k.v[1] - k.n[1];
        float z = s * k.u[2] + t * k.v[2] - k.n[2];
        float inv = 1.0f / sqrtf(x * x + y * y + z * z);
        x *= inv;
        y *= inv;
        z *= inv;
        int lit = x * p->n.x[i] + y * p->n.y[i] + z * p->n.z[i] > 0.0f;
        b->ray.d.x[i] = x;
        b->ray.d.y[i] = y;
        b->ray.d.z[i] = z;
        b->ray.t[i] = lit ? 1e4f : 0.0f;
        b->power[i] = lit ? 1.0f : 0.0f;
        b->pdf[i] = pdf;
    }
}

void idc_beam_set(idc_beam *b, const idc_lamp *lamp, const idc_points *p, const idc_rays *r,
                  int dim)
{
    if (lamp->area > 0)
        area_beam(b, lamp, p, r, dim);
    else
        sun_beam(b, lamp, p, r, dim);
    b->ray.count = r->count;
    for (int i = 0; i < r->count; i++) {
        b->ray.o.x[i] = p->p.x[i];
        b->ray.o.y[i] = p->p.y[i];
        b->ray.o.z[i] = p->p.z[i];
        b->ray.skip[i] = r->id[i];
        b->ray.t[i] = r->id[i] == IDC_ID_NOTHING ? 0.0f : b->ray.t[i];
        b->power[i] = r->id[i] == IDC_ID_NOTHING ? 0.0f : b->power[i];
        b->hidden[i] = b->power[i] <= 0.0f;
    }
}

IDC_CLONES void idc_beam_matte(const idc_beam *b, const idc_lamp *lamp, const idc_points *p,
                               idc_lanes3 *out)
{
    const float red = lamp->rgb[0], green = lamp->rgb[1], blue = lamp->rgb[2];
    const float sharp = 1.0f / (VELVET_SIGMA * VELVET_SIGMA),
                soft = 1.0f / (BECKMANN_ALPHA * BECKMANN_ALPHA);
    int n = b->ray.count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float lx = b->ray.d.x[i], ly = b->ray.d.y[i], lz = b->ray.d.z[i];
        float nx = p->n.x[i], ny = p->n.y[i], nz = p->n.z[i];
        float nl = idc_maxf(lx * nx + ly * ny + lz * nz, 0.0f);
        float nv = idc_maxf(p->v.x[i] * nx + p->v.y[i] * ny + p->v.z[i] * nz, 0.02f);
        float hx = lx + p->v.x[i], hy = ly + p->v.y[i], hz = lz + p->v.z[i];
        float inv = 1.0f / sqrtf(idc_maxf(hx * hx + hy * hy + hz * hz, 1e-6f));
        float nh = idc_minf(idc_maxf((hx * nx + hy * ny + hz * nz) * inv, 1e-3f), 0.9999f);
        float vh = idc_maxf((hx * lx + hy * ly + hz * lz) * inv, 1e-3f);
        float c2 = nh * nh, s2 = 1.0f - c2;
        float velvet = expf_neg(-c2 / s2 * sharp) * sharp / (IDC_PI * s2 * s2);
        float groove = idc_minf(1.0f, 2.0f * nh / vh * idc_minf(nv, nl));
        velvet *= 0.25f * groove / nv;
        float gloss =
            expf_neg(-s2 / c2 * soft) * soft / (IDC_PI * c2 * c2) * 0.25f * groove / nv * p->ks[i];
        float e = b->hidden[i] ? 0.0f : b->power[i];
        out->x[i] += e * red * (p->kd.x[i] * nl + p->kv.x[i] * velvet + gloss);
        out->y[i] += e * green * (p->kd.y[i] * nl + p->kv.y[i] * velvet + gloss);
        out->z[i] += e * blue * (p->kd.z[i] * nl + p->kv.z[i] * velvet + gloss);
    }
}

IDC_CLONES void idc_beam_metal(const idc_beam *b, const idc_lamp *lamp, const idc_points *p,
                               idc_lanes3 *out)
{
    const float red = lamp->rgb[0], green = lamp->rgb[1], blue = lamp->rgb[2];
    int n = b->ray.count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float nx = p->n.x[i], ny = p->n.y[i], nz = p->n.z[i], tx = p->t.x[i], ty = p->t.y[i],
              tz = p->t.z[i];
        float bx = ny * tz - nz * ty, by = nz * tx - nx * tz, bz = nx * ty - ny * tx;
        float lx = b->ray.d.x[i], ly = b->ray.d.y[i], lz = b->ray.d.z[i];
        float vx = p->v.x[i], vy = p->v.y[i], vz = p->v.z[i];
        float hx = lx + vx, hy = ly + vy, hz = lz + vz;
        float inv = 1.0f / sqrtf(idc_maxf(hx * hx + hy * hy + hz * hz, 1e-6f));
        float ht = (hx * tx + hy * ty + hz * tz) * inv, hb = (hx * bx + hy * by + hz * bz) * inv;
        float hn = (hx * nx + hy * ny + hz * nz) * inv;
        float vt = vx * tx + vy * ty + vz * tz, vb = vx * bx + vy * by + vz * bz;
        float vn = idc_maxf(vx * nx + vy * ny + vz * nz, 0.01f);
        float lt = lx * tx + ly * ty + lz * tz, lb = lx * bx + ly * by + lz * bz,
              ln = lx * nx + ly * ny + lz * nz;
        float over = 0.25f / vn;
        float mask_v = idc_ggx_mask(vt, vb, vn, IDC_SHARP_X, IDC_SHARP_Y);
        float pdf = idc_ggx_density(ht, hb, hn, IDC_SHARP_X, IDC_SHARP_Y) * mask_v * over;
        float share = b->pdf[i] / (b->pdf[i] + pdf); /* balance heuristic against the mirror rays */
        float f =
            IDC_SHARP_SHARE * share * pdf * idc_ggx_mask(lt, lb, ln, IDC_SHARP_X, IDC_SHARP_Y);
        f += IDC_ROUGH_SHARE * idc_ggx_density(ht, hb, hn, IDC_ROUGH_X, IDC_ROUGH_Y) * over *
             idc_ggx_mask(vt, vb, vn, IDC_ROUGH_X, IDC_ROUGH_Y) *
             idc_ggx_mask(lt, lb, ln, IDC_ROUGH_X, IDC_ROUGH_Y);
        float e = b->hidden[i] ? 0.0f : b->power[i] * f;
        out->x[i] += e * red * p->tint.x[i];
        out->y[i] += e * green * p->tint.y[i];
        out->z[i] += e * blue * p->tint.z[i];
    }
}
