#include "synth/shade.h"

#include <stdlib.h>
#include <string.h>

#include "synth/points.h"

#define DEPTH_GLOW                                                                                 \
    0.12f /* what a mirror sees behind the last mirror: about the mean of a picture */

struct level {
    idc_rays ray;
    idc_points point;
    idc_beam beam;
    idc_mirror mirror;
    idc_lanes3 light;
};

struct idc_shader {
    struct level level[IDC_LEVELS];
};

idc_shader *idc_shader_new(void)
{
    return calloc(1, sizeof(idc_shader));
}

void idc_shader_free(idc_shader **s)
{
    free(*s);
    *s = NULL;
}

idc_rays *idc_shader_rays(idc_shader *s)
{
    return &s->level[0].ray;
}

/* Can an object hide the lamp from any of the points? Its ball against the hull of theirs and the lamp's. */
static unsigned between(const idc_world *w, const idc_points *p, const idc_lamp *lamp)
{
    unsigned mask = 0;
    for (int k = 0; k < w->count; k++) {
        const idc_body *b = &w->body[k];
        float way[3], to[3], ww = 0, tw = 0, off = 0;
        float grow = b->shape == IDC_SPHERE ? 1.0f : b->shape == IDC_CYLINDER ? 1.4143f : 1.61f;
        for (int c = 0; c < 3; c++) {
            way[c] = lamp->area > 0 ? lamp->c[c] - p->center[c] : -30.0f * lamp->n[c];
            to[c] = b->c[c] - p->center[c];
            ww += way[c] * way[c];
            tw += way[c] * to[c];
        }
        float u = idc_minf(1.0f, idc_maxf(0.0f, tw / idc_maxf(ww, 1e-6f)));
        for (int c = 0; c < 3; c++)
            off += (to[c] - u * way[c]) * (to[c] - u * way[c]);
        float wide = lamp->area > 0 ? idc_maxf(p->radius, lamp->reach)
                                    : p->radius + 0.1f * sqrtf(tw > 0 ? off + tw * tw / ww : 0);
        float reach = wide + b->s * grow;
        if (off < reach * reach)
            mask |= 1u << k;
    }
    return mask;
}

static void direct(struct level *l, const idc_world *w, int dim)
{
    for (int j = 0; j <= IDC_LAMPS; j++) {
        const idc_lamp *lamp = &w->lamp[j];
        idc_beam_set(&l->beam, lamp, &l->point, &l->ray, dim + j);
        idc_rays_blocked(w, &l->beam.ray, between(w, &l->point, lamp), l->beam.hidden);
        if (l->point.any_matte)
            idc_beam_matte(&l->beam, lamp, &l->point, &l->light);
        if (l->point.any_metal)
            idc_beam_metal(&l->beam, lamp, &l->point, &l->light);
    }
}

static void shade_level(idc_shader *s, const idc_world *w, int depth, unsigned found);

/* Follows one lobe of the metal points and adds `share` of what it sees; lamps are seen by the sharp lobe alone. */
static void follow(idc_shader *s, const idc_world *w, int depth, int lobe, float share)
{
    struct level *l = &s->level[depth], *m = &s->level[depth + 1];
    idc_rays *r = &m->ray;
    idc_mirror_set(&l->mirror, r, &l->point, &l->ray, lobe, 8 * depth + 5 + lobe);
    for (int i = 0; i < r->count; i++) {
        r->t[i] = IDC_FAR;
        r->id[i] = IDC_ID_NOTHING;
    }
    unsigned found = idc_rays_objects(w, r, ~0u);
    idc_rays_ground(r);
    memset(&m->light, 0, sizeof m->light);
    if (lobe == 0)
        idc_mirror_lamps(&l->mirror, w, r, &m->light);
    float lamps = IDC_SHARP_SHARE / share;
    for (int i = 0; i < r->count; i++) {
        m->light.x[i] *= lamps;
        m->light.y[i] *= lamps;
        m->light.z[i] *= lamps;
    }
    shade_level(s, w, depth + 1, found);
    for (int i = 0; i < r->count; i++) {
        int k = l->mirror.origin[i];
        l->light.x[k] += share * l->mirror.weight.x[i] * m->light.x[i];
        l->light.y[k] += share * l->mirror.weight.y[i] * m->light.y[i];
        l->light.z[k] += share * l->mirror.weight.z[i] * m->light.z[i];
    }
}

static void glow(struct level *l)
{
    const idc_points *p = &l->point;
    for (int i = 0; i < l->ray.count; i++) {
        if (l->ray.id[i] == IDC_ID_NOTHING)
            continue;
        l->light.x[i] += p->glow.x[i];
        l->light.y[i] += p->glow.y[i];
        l->light.z[i] += p->glow.z[i];
    }
}

/* Adds to the level's light what its rays, already traced, bring back. */
static void shade_level(idc_shader *s, const idc_world *w, int depth, unsigned found)
{
    struct level *l = &s->level[depth];
    idc_points_set(&l->point, w, &l->ray, found);
    direct(l, w, 8 * depth + 1);
    glow(l);
    if (!l->point.any_metal)
        return;
    if (depth == IDC_LEVELS - 1) {
        for (int i = 0; i < l->ray.count; i++) {
            l->light.x[i] += DEPTH_GLOW * l->point.tint.x[i];
            l->light.y[i] += DEPTH_GLOW * l->point.tint.y[i];
            l->light.z[i] += DEPTH_GLOW * l->point.tint.z[i];
        }
    } else if (depth == 0) {
        follow(s, w, depth, 0, IDC_SHARP_SHARE);
        follow(s, w, depth, 1, IDC_ROUGH_SHARE);
    } else {
        follow(s, w, depth, 0, 1.0f);
    }
}

const idc_lanes3 *idc_shade(idc_shader *s, const idc_world *w, unsigned mask)
{
    struct level *l = &s->level[0];
    for (int i = 0; i < l->ray.count; i++) {
        l->ray.t[i] = IDC_FAR;
        l->ray.id[i] = IDC_ID_NOTHING;
    }
    unsigned found = idc_rays_objects(w, &l->ray, mask);
    idc_rays_ground(&l->ray);
    memset(&l->light, 0, sizeof l->light);
    shade_level(s, w, 0, found);
    return &l->light;
}
