/* symile: before, after and the sentence at once, since a sentence fits both pictures together and neither alone.
 *
 *     m(x,y,z) = √D Σ_d x_d y_d z_d / τ
 *     L = ⅓ Σ over the anchors x, y, z of mean_i CE(M_i·, i)
 *     M_ii = m(x_i, y_i, z_i),  M_ij = m(x_i, y_p(j), z_q(j)),  p and q drawn anew for each anchor and step
 *
 * Saporta et al. 2024 (Symile: multilinear inner products). √D since the product of three unit vectors is of order 1/√D.
 * all: instead of drawing, every (y_j, z_k) is a candidate, B² of them. dedup: candidates that are right by chance (the
 * same sentence with the other vector of the anchor) are left out.
 */
#include "model/objective_parts.h"

#include <math.h>

#include "base/random.h"

/* What an anchor is compared with: candidate j is (first[p_j], second[q_j]). */
typedef struct candidates {
    enum idc_vector anchor, first, second;
    uint32_t *p, *q;
    int n;
    double *z, *dz; /* a row */
    double *y;
    unsigned char *open;
    double factor;
} candidates;

static double *gradient_row(const idc_objective_call *c, enum idc_vector v, size_t i)
{
    double *g = c->r->gradient[v];
    return g != NULL ? g + i * (size_t)c->in->width : NULL;
}

static const double *row_of(const idc_objective_call *c, enum idc_vector v, size_t i)
{
    return c->in->vector[v] + i * (size_t)c->in->width;
}

static int draw(const idc_objective_call *c, candidates *s, int number, idc_error *err)
{
    uint32_t n = (uint32_t)c->in->items;
    s->n = c->o->all > 0 ? (int)(n * n) : (int)n;
    s->p = idc_arena_alloc(c->arena, (size_t)s->n * sizeof *s->p);
    s->q = idc_arena_alloc(c->arena, (size_t)s->n * sizeof *s->q);
    s->z = idc_arena_alloc(c->arena, (size_t)s->n * sizeof *s->z);
    s->dz = idc_arena_alloc(c->arena, (size_t)s->n * sizeof *s->dz);
    s->y = idc_arena_alloc(c->arena, (size_t)s->n * sizeof *s->y);
    s->open = idc_arena_alloc(c->arena, (size_t)s->n);
    if (!s->p || !s->q || !s->z || !s->dz || !s->y || !s->open)
        return idc_objective_no_memory(err);
    for (uint32_t j = 0; j < (uint32_t)s->n; j++) {
        s->p[j] = c->o->all > 0 ? j / n : j;
        s->q[j] = c->o->all > 0 ? j % n : j;
    }
    if (c->o->all > 0)
        return 0;
    idc_random first = idc_random_at(c->in->seed, c->in->step, (uint32_t)(2 * number));
    idc_random second = idc_random_at(c->in->seed, c->in->step, (uint32_t)(2 * number + 1));
    idc_random_shuffle(&first, s->p, n);
    idc_random_shuffle(&second, s->q, n);
    return 0;
}

/* Which items candidate j of anchor i is made of. */
static void parts_of(const idc_objective_call *c, const candidates *s, int i, int j, size_t *p,
                     size_t *q)
{
    bool own = c->o->all == 0 && j == i;
    *p = own ? (size_t)i : s->p[j];
    *q = own ? (size_t)i : s->q[j];
}

/* Is the candidate right although it is not the own one? TEXT is an anchor, or the second vector. */
static bool right_by_chance(const idc_objective_call *c, const candidates *s, int i, size_t p,
                            size_t q)
{
    if (c->o->dedup == IDC_DEDUP_OFF)
        return false;
    bool same = s->anchor == IDC_VECTOR_TEXT ? p == q && idc_same_sentence(c, i, (int)p)
                                             : (int)p == i && idc_same_sentence(c, i, (int)q);
    return same || ((int)p == i && (int)q == i);
}

static bool fill_row(const idc_objective_call *c, const candidates *s, int i)
{
    size_t d = (size_t)c->in->width;
    const double *x = row_of(c, s->anchor, (size_t)i);
    int negatives = 0;
    for (int j = 0; j < s->n; j++) {
        size_t p, q;
        parts_of(c, s, i, j, &p, &q);
        const double *y = row_of(c, s->first, p), *z = row_of(c, s->second, q);
        double sum = 0;
        for (size_t k = 0; k < d; k++)
            sum += x[k] * y[k] * z[k];
        bool own = c->o->all > 0 ? (int)p == i && (int)q == i : j == i;
        s->z[j] = s->factor * sum;
        s->dz[j] = 0;
        s->y[j] = own;
        s->open[j] = own || !right_by_chance(c, s, i, p, q);
        negatives += s->open[j] && !own;
    }
    return negatives > 0;
}

static void row_back(const idc_objective_call *c, const candidates *s, int i)
{
    size_t d = (size_t)c->in->width;
    const double *x = row_of(c, s->anchor, (size_t)i);
    double *dx = gradient_row(c, s->anchor, (size_t)i);
    for (int j = 0; j < s->n; j++) {
        size_t p, q;
        parts_of(c, s, i, j, &p, &q);
        const double *y = row_of(c, s->first, p), *z = row_of(c, s->second, q);
        double *dy = gradient_row(c, s->first, p), *dz = gradient_row(c, s->second, q);
        double g = s->dz[j] * s->factor;
        for (size_t k = 0; k < d && dx != NULL; k++)
            dx[k] += g * y[k] * z[k];
        for (size_t k = 0; k < d && dy != NULL; k++)
            dy[k] += g * x[k] * z[k];
        for (size_t k = 0; k < d && dz != NULL; k++)
            dz[k] += g * x[k] * y[k];
        if (c->learned)
            c->r->log_scale += s->dz[j] * s->z[j];
    }
}

int idc_objective_symile(const idc_objective_call *c, idc_error *err)
{
    static const enum idc_vector ways[3][3] = {
        {IDC_VECTOR_BEFORE, IDC_VECTOR_AFTER, IDC_VECTOR_TEXT},
        {IDC_VECTOR_AFTER, IDC_VECTOR_BEFORE, IDC_VECTOR_TEXT},
        {IDC_VECTOR_TEXT, IDC_VECTOR_BEFORE, IDC_VECTOR_AFTER}};
    int rc = 0;
    for (int way = 0; way < 3 && rc == 0; way++) {
        candidates s = {.anchor = ways[way][0],
                        .first = ways[way][1],
                        .second = ways[way][2],
                        .factor = sqrt((double)c->in->width) * c->scale};
        rc = draw(c, &s, way, err);
        for (int i = 0; i < c->in->items && rc == 0; i++) {
            if (!fill_row(c, &s, i))
                continue;
            idc_softmax_row row = {.z = s.z,
                                   .y = s.y,
                                   .open = s.open,
                                   .dz = s.dz,
                                   .n = s.n,
                                   .weight = 1.0 / (3 * c->in->items)};
            c->r->loss += idc_softmax_row_loss(&row);
            row_back(c, &s, i);
        }
    }
    return rc;
}
