#include "synth/ggx.h"
#include "synth/points.h"

/* A half vector of the visible normals (Heitz, "Sampling the GGX distribution of visible normals", 2018), mirrored: the
 * weight of the ray is then the masking of its own direction alone. */
IDC_CLONES static void sample_lobe(idc_mirror *m, idc_rays *out, const idc_points *p, int lobe,
                                   int dim)
{
    const float ax = lobe ? IDC_ROUGH_X : IDC_SHARP_X, ay = lobe ? IDC_ROUGH_Y : IDC_SHARP_Y;
    const int count = out->count, mask = out->sample_mask;
#pragma omp simd
    for (int i = 0; i < count; i++) {
        int k = m->origin[i];
        float nx = p->n.x[k], ny = p->n.y[k], nz = p->n.z[k], tx = p->t.x[k], ty = p->t.y[k],
              tz = p->t.z[k];
        float bx = ny * tz - nz * ty, by = nz * tx - nx * tz, bz = nx * ty - ny * tx;
        float vx = p->v.x[k], vy = p->v.y[k], vz = p->v.z[k];
        float wt = vx * tx + vy * ty + vz * tz, wb = vx * bx + vy * by + vz * bz;
        float wn = idc_maxf(vx * nx + vy * ny + vz * nz, 0.01f);
        float sx = ax * wt, sy = ay * wb, inv = 1.0f / sqrtf(sx * sx + sy * sy + wn * wn);
        sx *= inv;
        sy *= inv;
        float sz = wn * inv, flat = 1.0f / sqrtf(idc_maxf(sx * sx + sy * sy, 1e-12f));
        float ex = -sy * flat, ey = sx * flat;                     /* T1 = (ex, ey, 0) */
        float fx = -sz * ey, fy = sz * ex, fz = sx * ey - sy * ex; /* T2 = s × T1 */
        float radius = sqrtf(idc_lattice(out->key[i], out->sample[i], mask, dim, 0));
        float turn = idc_lattice(out->key[i], out->sample[i], mask, dim, 1) - 0.5f;
        float quarter = turn + 0.25f;
        quarter -= quarter > 0.5f ? 1.0f : 0.0f;
        float q1 = radius * idc_sin_turns(quarter), q2 = radius * idc_sin_turns(turn),
              up = 0.5f + 0.5f * sz;
        q2 = (1.0f - up) * sqrtf(idc_maxf(1.0f - q1 * q1, 0.0f)) + up * q2;
        float q3 = sqrtf(idc_maxf(1.0f - q1 * q1 - q2 * q2, 0.0f));
        float ht = ax * (q1 * ex + q2 * fx + q3 * sx), hb = ay * (q1 * ey + q2 * fy + q3 * sy);
        float hn = idc_maxf(q2 * fz + q3 * sz, 1e-6f);
        inv = 1.0f / sqrtf(ht * ht + hb * hb + hn * hn);
        ht *= inv;
        hb *= inv;
        hn *= inv;
        float vh = 2.0f * (wt * ht + wb * hb + wn * hn);
        float lt = vh * ht - wt, lb = vh * hb - wb, ln = vh * hn - wn;
        float dx = lt * tx + lb * bx + ln * nx, dy = lt * ty + lb * by + ln * ny,
              dz = lt * tz + lb * bz + ln * nz;
        inv = 1.0f / sqrtf(idc_maxf(dx * dx + dy * dy + dz * dz, 1e-12f));
        out->d.x[i] = dx * inv;
        out->d.y[i] = dy * inv;
        out->d.z[i] = dz * inv;
        float weight = ln > 0.0f ? idc_ggx_mask(lt, lb, ln, ax, ay) : 0.0f;
        m->weight.x[i] = weight * p->tint.x[k];
        m->weight.y[i] = weight * p->tint.y[k];
        m->weight.z[i] = weight * p->tint.z[k];
        m->pdf[i] =
            idc_ggx_density(ht, hb, hn, ax, ay) * idc_ggx_mask(wt, wb, wn, ax, ay) * 0.25f / wn;
    }
}

void idc_mirror_set(idc_mirror *m, idc_rays *out, const idc_points *p, const idc_rays *r, int lobe,
                    int dim)
{
    int n = 0;
    for (int i = 0; i < r->count; i++) {
        if (!p->metal[i])
            continue;
        m->origin[n] = i;
        out->o.x[n] = p->p.x[i];
        out->o.y[n] = p->p.y[i];
        out->o.z[n] = p->p.z[i];
        out->skip[n] = r->id[i];
        out->key[n] = r->key[i];
        out->sample[n] = r->sample[i];
        n++;
    }
    out->count = n;
    out->sample_mask = r->sample_mask;
    sample_lobe(m, out, p, lobe, dim);
}

static float dot(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Distance along a ray to the lamp, 0 where it misses, and the density with which a beam would have found it. */
static float lamp_hit(const idc_lamp *l, const float o[3], const float d[3], float *pdf)
{
    float facing = -dot(d, l->n);
    if (facing <= 0)
        return 0;
    if (l->area <= 0) { /* the sun: within its disc? */
        float tan2 = dot(l->u, l->u);
        *pdf = 1.0f / (IDC_PI * tan2);
        return 1.0f - facing * facing < tan2 * facing * facing ? 1e4f : 0;
    }
    float to[3], at[3];
    for (int k = 0; k < 3; k++)
        to[k] = o[k] - l->c[k];
    float t = dot(to, l->n) / facing;
    for (int k = 0; k < 3; k++)
        at[k] = to[k] + t * d[k];
    float half2 = 0.25f * l->area;
    *pdf = t * t / (facing * l->area);
    return t > 0 && fabsf(dot(at, l->u)) < half2 && fabsf(dot(at, l->v)) < half2 ? t : 0;
}

void idc_mirror_lamps(const idc_mirror *m, const idc_world *w, idc_rays *r, idc_lanes3 *out)
{
    for (int j = 0; j <= IDC_LAMPS; j++) {
        const idc_lamp *l = &w->lamp[j];
        /* radiance: power per area of the lamps; irradiance over the solid angle of the sun */
        float scale = l->area > 0 ? 1.0f / l->area : 1.0f / (IDC_PI * dot(l->u, l->u));
        for (int i = 0; i < r->count; i++) {
            float o[3] = {r->o.x[i], r->o.y[i], r->o.z[i]},
                  d[3] = {r->d.x[i], r->d.y[i], r->d.z[i]}, pdf;
            float t = lamp_hit(l, o, d, &pdf);
            if (t <= 0 || t >= r->t[i])
                continue;
            float share = scale * m->pdf[i] / (m->pdf[i] + pdf);
            out->x[i] = share * l->rgb[0];
            out->y[i] = share * l->rgb[1];
            out->z[i] = share * l->rgb[2];
            r->t[i] = t;
            r->id[i] = IDC_ID_NOTHING;
        }
    }
}
