/* cacr: far positives attract more, near negatives repel more.
 *
 *     c(u,v) = |u − v|² = 2 − 2 u·v of unit vectors
 *     attraction: Σ_k w_k c_k over the positives, w = softmax(+t₊ c / τ)
 *     repulsion:  −Σ_j w_j c_j over the negatives, w = softmax(−t₋ c / τ)
 *     L = ½ Σ over both directions of mean over the anchors of (attraction + repulsion)
 *
 * Zheng et al. 2021 (contrastive attraction and contrastive repulsion); τ = 1, attract t₊ = 1, repel t₋ = 1. The weights are
 * constants; attach: gradients go through them. rbf t > 0: the repulsion is log mean over the anchors of Σ_j w_j e^{−t c_j}.
 * Positives of a pair are its K sentences; of a sentence, its pair.
 */
#include "model/objective_parts.h"

#include <math.h>

double idc_cacr_force(const double *cost, int n, double t, bool attach, double *slope)
{
    double top = -INFINITY, sum = 0, mean = 0;
    for (int j = 0; j < n; j++)
        top = fmax(top, t * cost[j]);
    for (int j = 0; j < n; j++)
        sum += slope[j] = exp(t * cost[j] - top);
    for (int j = 0; j < n; j++) {
        slope[j] /= sum;
        mean += slope[j] * cost[j];
    }
    for (int j = 0; j < n && attach; j++)
        slope[j] *= 1 + t * (cost[j] - mean);
    return mean;
}

/* The row of an anchor: costs of its positives, then of its negatives, with their columns. */
typedef struct anchors {
    idc_scores s;
    double *cost, *slope;
    int *column;
    int positives, negatives;
    double rbf_sum; /* Σ over the anchors of Σ_j w_j e^{−t c_j} */
    int rbf_anchors;
} anchors;

static void gather(const idc_objective_call *c, anchors *a, int i)
{
    int captions = c->in->captions, n = a->s.columns;
    bool by_pair = a->s.query == IDC_VECTOR_PAIR;
    a->positives = a->negatives = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int j = 0; j < n; j++) {
            bool own = by_pair ? j / captions == i : i / captions == j;
            bool same = false;
            for (int k = 0; k < captions && !own; k++)
                same = same || (by_pair ? idc_same_sentence(c, i * captions + k, j)
                                        : idc_same_sentence(c, j * captions + k, i));
            bool right = own || (same && c->o->dedup == IDC_DEDUP_SHARE);
            if (pass == 0 ? !right : right || same)
                continue;
            int at = a->positives + a->negatives;
            a->cost[at] = 2 - 2 * a->s.z[(size_t)i * (size_t)n + (size_t)j];
            a->column[at] = j;
            if (pass == 0)
                a->positives++;
            else
                a->negatives++;
        }
}

/* Σ_j w_j e^{−t c_j} of the negatives and its slopes */
static double rbf(const idc_objective_call *c, anchors *a)
{
    double *cost = a->cost + a->positives, *slope = a->slope + a->positives;
    double t = c->o->rbf, u = -c->o->repel * c->scale, sum = 0;
    idc_cacr_force(cost, a->negatives, u, false, slope);
    for (int j = 0; j < a->negatives; j++)
        sum += slope[j] * exp(-t * cost[j]);
    for (int j = 0; j < a->negatives; j++) {
        double e = exp(-t * cost[j]), through = c->o->attach > 0 ? u * (e - sum) : 0;
        slope[j] *= -t * e + through;
    }
    return sum;
}

static void add_slopes(anchors *a, int i, int first, int count, double factor)
{
    for (int j = first; j < first + count; j++)
        a->s.dz[(size_t)i * (size_t)a->s.columns + (size_t)a->column[j]] -=
            2 * factor * a->slope[j];
}

static void anchor_loss(const idc_objective_call *c, anchors *a, int i)
{
    bool attach = c->o->attach > 0;
    double weight = 0.5 / a->s.rows;
    gather(c, a, i);
    if (a->negatives == 0)
        return;
    c->r->loss +=
        weight * idc_cacr_force(a->cost, a->positives, c->o->attract * c->scale, attach, a->slope);
    add_slopes(a, i, 0, a->positives, weight);
    if (c->o->rbf > 0)
        return;
    c->r->loss -= weight * idc_cacr_force(a->cost + a->positives, a->negatives,
                                          -c->o->repel * c->scale, attach, a->slope + a->positives);
    add_slopes(a, i, a->positives, a->negatives, -weight);
}

/* log mean of rbf over the anchors: twice over them, first for the sum. */
static void rbf_loss(const idc_objective_call *c, anchors *a)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < a->s.rows; i++) {
            gather(c, a, i);
            if (a->negatives == 0)
                continue;
            double sum = rbf(c, a);
            if (pass == 0) {
                a->rbf_sum += sum;
                a->rbf_anchors++;
            } else {
                add_slopes(a, i, a->positives, a->negatives, 0.5 / a->rbf_sum);
            }
        }
    if (a->rbf_anchors > 0)
        c->r->loss += 0.5 * log(a->rbf_sum / a->rbf_anchors);
}

static int one_way(const idc_objective_call *c, enum idc_vector query, enum idc_vector key,
                   idc_error *err)
{
    anchors a = {.s = {.query = query, .key = key, .plain = true}};
    int rc = idc_scores_make(&a.s, c, err);
    if (rc < 0)
        return rc;
    size_t n = (size_t)a.s.columns;
    a.cost = idc_arena_alloc(c->arena, n * sizeof *a.cost);
    a.slope = idc_arena_alloc(c->arena, n * sizeof *a.slope);
    a.column = idc_arena_alloc(c->arena, n * sizeof *a.column);
    if (a.cost == NULL || a.slope == NULL || a.column == NULL)
        return idc_objective_no_memory(err);
    for (int i = 0; i < a.s.rows; i++)
        anchor_loss(c, &a, i);
    if (c->o->rbf > 0)
        rbf_loss(c, &a);
    idc_scores_back(&a.s, c);
    return 0;
}

int idc_objective_cacr(const idc_objective_call *c, idc_error *err)
{
    int rc = one_way(c, IDC_VECTOR_PAIR, IDC_VECTOR_TEXT, err);
    return rc == 0 ? one_way(c, IDC_VECTOR_TEXT, IDC_VECTOR_PAIR, err) : rc;
}
