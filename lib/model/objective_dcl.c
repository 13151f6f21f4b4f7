/* dcl, dclw: the right one does not stand in its own denominator, so that it pulls with the same force however close it is.
 *
 *     L_row = mean_i [ −w_i S_ii + log Σ_{j≠i} e^{S_ij} ],  S_ij = a_i·b_j / τ,  L = ½ (L_row + L_column)
 *
 * Yeh, Hong, Hsu, Liu, Chen, LeCun 2022 (Decoupled Contrastive Learning), written for small batches. dcl: w_i = 1. dclw:
 * w_i = 2 − B · softmax_i(a_i·b_i / σ), so that pairs that are still apart pull more; a constant unless `attach` is set.
 * same: the anchor's own side gives negatives as well (a_i·a_j, as in SimCLR). The loss has no lower bound but −2/τ + log(B − 1).
 */
#include "model/objective_parts.h"

#include <math.h>

typedef struct decoupled {
    idc_scores cross, same;
    const double *pull; /* w */
    double *z, *p;      /* one row of both */
    unsigned char *open;
    double weight;
} decoupled;

static int prepare(const idc_objective_call *c, decoupled *d, idc_error *err)
{
    size_t n = (size_t)c->in->items;
    d->z = idc_arena_alloc(c->arena, 2 * n * sizeof *d->z);
    d->open = idc_arena_calloc(c->arena, 2 * n, 1);
    if (d->z == NULL || d->open == NULL)
        return idc_objective_no_memory(err);
    d->same.query = d->same.key = d->cross.query;
    int rc = idc_scores_make(&d->cross, c, err);
    return rc == 0 && c->o->same > 0 ? idc_scores_make(&d->same, c, err) : rc;
}

/* Row i; returns −∞ where there is no negative. */
static double negatives(const idc_objective_call *c, decoupled *d, size_t i)
{
    size_t n = (size_t)c->in->items;
    for (size_t j = 0; j < n; j++) {
        d->open[j] = j != i && !idc_same_sentence(c, (int)i, (int)j);
        d->z[j] = d->cross.z[i * n + j];
        d->open[n + j] = d->open[j] && c->o->same > 0;
        d->z[n + j] = c->o->same > 0 ? d->same.z[i * n + j] : 0;
    }
    return idc_log_sum_exp(d->z, d->open, 2 * (int)n);
}

static void loss_of_rows(const idc_objective_call *c, decoupled *d)
{
    size_t n = (size_t)c->in->items;
    for (size_t i = 0; i < n; i++) {
        double all = negatives(c, d, i), share = d->weight / (double)n;
        if (!isfinite(all))
            continue;
        c->r->loss += share * (all - d->pull[i] * d->cross.z[i * n + i]);
        d->cross.dz[i * n + i] -= share * d->pull[i];
        for (size_t j = 0; j < n; j++) {
            d->cross.dz[i * n + j] += d->open[j] ? share * exp(d->z[j] - all) : 0;
            if (d->open[n + j])
                d->same.dz[i * n + j] += share * exp(d->z[n + j] - all);
        }
        /* d L / d w_i, for dclw */
        if (d->p != NULL)
            d->p[i] -= share * d->cross.z[i * n + i];
    }
}

static int one_way(const idc_objective_call *c, decoupled *d, idc_error *err)
{
    int rc = prepare(c, d, err);
    if (rc < 0)
        return rc;
    loss_of_rows(c, d);
    idc_scores_back(&d->cross, c);
    if (c->o->same > 0)
        idc_scores_back(&d->same, c);
    return 0;
}

int idc_decoupled(const idc_objective_call *c, const double *pull, double *pull_gradient,
                  idc_error *err)
{
    decoupled row = {.cross = {.query = IDC_VECTOR_PAIR, .key = IDC_VECTOR_TEXT},
                     .pull = pull,
                     .p = pull_gradient,
                     .weight = 0.5};
    decoupled column = {.cross = {.query = IDC_VECTOR_TEXT, .key = IDC_VECTOR_PAIR},
                        .pull = pull,
                        .p = pull_gradient,
                        .weight = 0.5};
    int rc = one_way(c, &row, err);
    return rc == 0 ? one_way(c, &column, err) : rc;
}

int idc_objective_dcl(const idc_objective_call *c, idc_error *err)
{
    double *one = idc_arena_alloc(c->arena, (size_t)c->in->items * sizeof *one);
    if (one == NULL)
        return idc_objective_no_memory(err);
    for (int i = 0; i < c->in->items; i++)
        one[i] = 1;
    return idc_decoupled(c, one, NULL, err);
}
