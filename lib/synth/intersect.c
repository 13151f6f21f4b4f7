#include "synth/rays.h"

#define CUBE_CORE (1.0f - 0.18f) /* the cube is a box of this half side, grown by 0.18 */

/* Height of the ground over l, falling to 0 toward the camera: points of the generator's base scene. */
static const float profile[IDC_PROFILE][2] = {
    {-23.476f, 0.0f},   {-13.332f, 0.0076f}, {-9.974f, 0.032f},  {-7.903f, 0.0708f},
    {-6.32f, 0.1273f},  {-5.119f, 0.1981f},  {-4.218f, 0.2769f}, {-3.402f, 0.3772f},
    {-2.664f, 0.5025f}, {-1.998f, 0.6568f},  {-1.399f, 0.8442f}, {-0.963f, 1.021f},
    {-0.563f, 1.2241f}, {-0.197f, 1.4562f},  {0.139f, 1.7198f},  {0.446f, 2.0178f},
    {0.728f, 2.3529f},  {0.987f, 2.7281f},   {1.225f, 3.1465f},  {1.496f, 3.7351f},
    {1.742f, 4.4028f},  {1.966f, 5.1562f},   {2.172f, 6.0025f},  {2.402f, 7.1508f},
    {2.616f, 8.4567f},  {2.821f, 9.9337f},   {3.054f, 11.8925f}, {3.355f, 14.8206f},
    {3.777f, 19.5279f}, {4.075f, 23.1352f}};
static const float l_axis[3] = {-0.90321f, 0.4292f, -0.90321f * 24.06276f + 0.4292f * 17.99667f};
static const float m_axis[3] = {-0.4292f, -0.90321f, -0.4292f * 24.06276f - 0.90321f * 17.99667f};
#define M_LOW -56.48f /* the ground's extent across l */
#define M_HIGH 0.0f

float idc_ground_l(float x, float y)
{
    return l_axis[0] * x + l_axis[1] * y + l_axis[2];
}

static float segment_slope(int k)
{
    return (profile[k + 1][1] - profile[k][1]) / (profile[k + 1][0] - profile[k][0]);
}

/* Interpolated between the middles of the segments: the ground is smooth. */
float idc_ground_slope(float l)
{
    int k = 0;
    while (k < IDC_PROFILE - 3 && l > 0.5f * (profile[k + 1][0] + profile[k + 2][0]))
        k++;
    float l0 = 0.5f * (profile[k][0] + profile[k + 1][0]);
    float l1 = 0.5f * (profile[k + 1][0] + profile[k + 2][0]);
    float a = idc_minf(1.0f, idc_maxf(0.0f, (l - l0) / (l1 - l0)));
    return segment_slope(k) * (1 - a) + segment_slope(k + 1) * a;
}

/* The profile is convex, so the air above it is an intersection of half spaces z ≥ a·l + b: a ray from inside leaves it
 * at the nearest of the planes. */
IDC_CLONES static void ground_plane(idc_rays *r, float a, float b)
{
    int n = r->count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float lo = l_axis[0] * r->o.x[i] + l_axis[1] * r->o.y[i] + l_axis[2];
        float ld = l_axis[0] * r->d.x[i] + l_axis[1] * r->d.y[i];
        float down = a * ld - r->d.z[i], above = r->o.z[i] - a * lo - b;
        float t = idc_maxf(above, 0.0f) / idc_maxf(down, 1e-9f);
        int hit = (down > 1e-9f) & (t < r->t[i]);
        r->t[i] = hit ? t : r->t[i];
        r->id[i] = hit ? IDC_ID_GROUND : r->id[i];
    }
}

IDC_CLONES static void ground_edges(idc_rays *r)
{
    int n = r->count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float x = r->o.x[i] + r->t[i] * r->d.x[i], y = r->o.y[i] + r->t[i] * r->d.y[i];
        float l = l_axis[0] * x + l_axis[1] * y + l_axis[2];
        float m = m_axis[0] * x + m_axis[1] * y + m_axis[2];
        int off =
            (r->id[i] == IDC_ID_GROUND) &
            ((l < profile[0][0]) | (l > profile[IDC_PROFILE - 1][0]) | (m < M_LOW) | (m > M_HIGH));
        r->id[i] = off ? IDC_ID_NOTHING : r->id[i];
    }
}

void idc_rays_ground(idc_rays *r)
{
    for (int k = 0; k + 1 < IDC_PROFILE; k++) {
        float a = segment_slope(k);
        ground_plane(r, a, profile[k][1] - a * profile[k][0]);
    }
    ground_edges(r);
}

/* A ray in the frame of an object: turned about z, moved, scaled so that half the side is 1. Distances stay as they are.
 * Scalars and straight-line code: a loop or an array in here would keep the loops over rays from becoming vector code. */
struct local {
    float ox, oy, oz, dx, dy, dz;
};

IDC_INLINE struct local to_local(const idc_body *b, const idc_rays *r, int i)
{
    float inv = 1.0f / b->s, c = b->turn[0] * inv, s = b->turn[1] * inv;
    float x = r->o.x[i] - b->c[0], y = r->o.y[i] - b->c[1], z = r->o.z[i] - b->c[2];
    struct local q;
    q.ox = c * x + s * y;
    q.oy = c * y - s * x;
    q.oz = z * inv;
    q.dx = c * r->d.x[i] + s * r->d.y[i];
    q.dy = c * r->d.y[i] - s * r->d.x[i];
    q.dz = r->d.z[i] * inv;
    return q;
}

/* No "far away" value for a miss: comparisons with a constant would be threaded into branches. */
struct hit {
    float t;
    int ok;
};

IDC_INLINE struct hit sphere_hit(struct local q)
{
    float a = q.dx * q.dx + q.dy * q.dy + q.dz * q.dz;
    float b = q.ox * q.dx + q.oy * q.dy + q.oz * q.dz;
    float c = q.ox * q.ox + q.oy * q.oy + q.oz * q.oz - 1.0f;
    float disc = b * b - a * c;
    struct hit h = {(-b - sqrtf(idc_maxf(disc, 0.0f))) / a, disc > 0.0f};
    return h;
}

/* 1/x that stays finite. */
IDC_INLINE float inverse(float x)
{
    return 1.0f / (x < 0.0f ? idc_minf(x, -1e-12f) : idc_maxf(x, 1e-12f));
}

IDC_INLINE struct hit cylinder_hit(struct local q)
{
    float iz = inverse(q.dz), mid = -q.oz * iz, half = fabsf(iz);
    float a = idc_maxf(q.dx * q.dx + q.dy * q.dy, 1e-12f);
    float b = q.ox * q.dx + q.oy * q.dy;
    float disc = b * b - a * (q.ox * q.ox + q.oy * q.oy - 1.0f);
    float root = sqrtf(idc_maxf(disc, 0.0f));
    float t_in = idc_maxf(mid - half, (-b - root) / a),
          t_out = idc_minf(mid + half, (-b + root) / a);
    struct hit h = {t_in, (disc > 0.0f) & (t_in < t_out)};
    return h;
}

struct newton {
    float t, gap;
    int hit;
};

IDC_INLINE float beyond(float p)
{
    return idc_maxf(fabsf(p) - CUBE_CORE, 0.0f);
}

IDC_INLINE struct newton newton_step(struct newton n, struct local q, float t_out)
{
    float x = q.ox + n.t * q.dx, y = q.oy + n.t * q.dy, z = q.oz + n.t * q.dz;
    float ex = beyond(x), ey = beyond(y), ez = beyond(z);
    float out = sqrtf(ex * ex + ey * ey + ez * ez);
    float slope = ex * (x < 0.0f ? -q.dx : q.dx) + ey * (y < 0.0f ? -q.dy : q.dy) +
                  ez * (z < 0.0f ? -q.dz : q.dz);
    n.gap = out - (1.0f - CUBE_CORE);
    n.hit = n.hit & ((n.gap < 1e-4f) | (slope < 0.0f));
    n.t -= idc_maxf(n.gap, 0.0f) * out / idc_minf(slope, -1e-6f);
    n.hit = n.hit & (n.t < t_out);
    return n;
}

/* Where the ray enters the box of half side 1, then Newton steps on the distance to the rounded cube, which is convex
 * along the ray: they come from outside and never overshoot the first root. A slope that is not negative, or a step
 * behind the box, means a miss. */
IDC_INLINE struct hit cube_hit(struct local q)
{
    float ix = inverse(q.dx), iy = inverse(q.dy), iz = inverse(q.dz);
    float mx = -q.ox * ix, my = -q.oy * iy, mz = -q.oz * iz;
    float t_in = idc_maxf(idc_maxf(mx - fabsf(ix), my - fabsf(iy)), mz - fabsf(iz));
    float t_out = idc_minf(idc_minf(mx + fabsf(ix), my + fabsf(iy)), mz + fabsf(iz));
    struct newton n;
    n.t = idc_maxf(t_in, 0.0f);
    n.gap = 0.0f;
    n.hit = n.t < t_out;
    n = newton_step(n, q, t_out);
    n = newton_step(n, q, t_out);
    n = newton_step(n, q, t_out);
    n = newton_step(n, q, t_out);
    n = newton_step(n, q, t_out);
    n = newton_step(n, q, t_out);
    struct hit h = {n.t, n.hit & (n.gap < 2e-2f)};
    return h;
}

/* One loop a shape: the test of the ball around the object first, since most batches miss most objects. */
IDC_CLONES static int touches(const idc_body *b, const idc_rays *r)
{
    float grow = b->shape == IDC_SPHERE ? 1.0f : b->shape == IDC_CYLINDER ? 2.0f : 2.45f;
    float rr =
        b->s * b->s *
        grow; /* cube: (√3·0.82 + 0.18)² = 2.56 at most at a corner, which is rounded to 2.42 */
    int n = r->count, any = 0;
#pragma omp simd reduction(| : any)
    for (int i = 0; i < n; i++) {
        float x = b->c[0] - r->o.x[i], y = b->c[1] - r->o.y[i], z = b->c[2] - r->o.z[i];
        float along = x * r->d.x[i] + y * r->d.y[i] + z * r->d.z[i];
        float off = x * x + y * y + z * z - along * along;
        any |= (off < rr * 1.06f) & (along > -b->s * 1.6f) & (along < r->t[i] + b->s * 1.6f);
    }
    return any;
}

/* `shape` is a constant wherever these are inlined, so one of the three is left. */
IDC_INLINE struct hit solid_hit(struct local q, int shape)
{
    return shape == IDC_CUBE ? cube_hit(q) : shape == IDC_SPHERE ? sphere_hit(q) : cylinder_hit(q);
}

IDC_INLINE int nearest(const idc_body *b, idc_rays *r, int id, int shape)
{
    const idc_body body = *b; /* a copy: what is written to r does not touch it */
    int n = r->count, any = 0;
#pragma omp simd reduction(| : any)
    for (int i = 0; i < n; i++) {
        struct hit h = solid_hit(to_local(&body, r, i), shape);
        int hit = h.ok & (h.t > 0.0f) & (h.t < r->t[i]) & (r->skip[i] != id);
        r->t[i] = hit ? h.t : r->t[i];
        r->id[i] = hit ? id : r->id[i];
        any |= hit;
    }
    return any;
}

IDC_INLINE void blocked(const idc_body *b, const idc_rays *r, int id, int *hide, int shape)
{
    const idc_body body = *b;
    int n = r->count;
#pragma omp simd
    for (int i = 0; i < n; i++) {
        struct hit h = solid_hit(to_local(&body, r, i), shape);
        hide[i] |= h.ok & (h.t > 0.0f) & (h.t < r->t[i]) & (r->skip[i] != id);
    }
}

IDC_CLONES static int nearest_cube(const idc_body *b, idc_rays *r, int id)
{
    return nearest(b, r, id, IDC_CUBE);
}

IDC_CLONES static int nearest_sphere(const idc_body *b, idc_rays *r, int id)
{
    return nearest(b, r, id, IDC_SPHERE);
}

IDC_CLONES static int nearest_cylinder(const idc_body *b, idc_rays *r, int id)
{
    return nearest(b, r, id, IDC_CYLINDER);
}

IDC_CLONES static void blocked_cube(const idc_body *b, const idc_rays *r, int id, int *hide)
{
    blocked(b, r, id, hide, IDC_CUBE);
}

IDC_CLONES static void blocked_sphere(const idc_body *b, const idc_rays *r, int id, int *hide)
{
    blocked(b, r, id, hide, IDC_SPHERE);
}

IDC_CLONES static void blocked_cylinder(const idc_body *b, const idc_rays *r, int id, int *hide)
{
    blocked(b, r, id, hide, IDC_CYLINDER);
}

unsigned idc_rays_objects(const idc_world *w, idc_rays *r, unsigned mask)
{
    static int (*const shapes[IDC_SHAPES])(const idc_body *, idc_rays *,
                                           int) = {nearest_cube, nearest_sphere, nearest_cylinder};
    unsigned found = 0;
    for (int k = 0; k < w->count; k++)
        if ((mask >> k & 1) && touches(&w->body[k], r) &&
            shapes[w->body[k].shape](&w->body[k], r, k))
            found |= 1u << k;
    return found;
}

void idc_rays_blocked(const idc_world *w, const idc_rays *r, unsigned mask, int *hidden)
{
    static void (*const shapes[IDC_SHAPES])(const idc_body *, const idc_rays *, int, int *) = {
        blocked_cube, blocked_sphere, blocked_cylinder};
    for (int k = 0; k < w->count; k++)
        if ((mask >> k & 1) && touches(&w->body[k], r))
            shapes[w->body[k].shape](&w->body[k], r, k, hidden);
}
