/* dclw: dcl (objective_dcl.c) with the pull of pair i weighted by
 *
 *     w_i = 2 − B p_i,  p = softmax_i(a_i·b_i / σ)                         (Yeh et al. 2022, the von Mises-Fisher weights)
 *
 * Pairs that are already close pull less. w counts as a constant; attach: gradients go through it too, as in public code.
 */
#include "model/objective_parts.h"

#include <math.h>

static double own_dot(const idc_objective_call *c, int i)
{
    size_t d = (size_t)c->in->width;
    const double *a = c->in->vector[IDC_VECTOR_PAIR] + (size_t)i * d;
    const double *b = c->in->vector[IDC_VECTOR_TEXT] + (size_t)i * d;
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += a[k] * b[k];
    return sum;
}

int idc_dcl_weights(const idc_objective_call *c, double *w, double *p, idc_error *err)
{
    int n = c->in->items;
    unsigned char *open = idc_arena_alloc(c->arena, (size_t)n);
    if (open == NULL)
        return idc_objective_no_memory(err);
    for (int i = 0; i < n; i++) {
        open[i] = 1;
        w[i] = own_dot(c, i) / c->o->sigma;
    }
    double all = idc_log_sum_exp(w, open, n);
    for (int i = 0; i < n; i++) {
        p[i] = exp(w[i] - all);
        w[i] = 2 - n * p[i];
    }
    return 0;
}

int idc_objective_dclw(const idc_objective_call *c, idc_error *err)
{
    int n = c->in->items;
    double *w = idc_arena_alloc(c->arena, (size_t)n * sizeof *w);
    double *p = idc_arena_alloc(c->arena, (size_t)n * sizeof *p);
    double *dw = idc_arena_calloc(c->arena, (size_t)n, sizeof *dw);
    if (w == NULL || p == NULL || dw == NULL)
        return idc_objective_no_memory(err);
    int rc = idc_dcl_weights(c, w, p, err);
    if (rc == 0)
        rc = idc_decoupled(c, w, dw, err);
    if (rc < 0 || c->o->attach == 0)
        return rc;
    double mean = 0; /* d w_i / d u_j = −B p_i ([i = j] − p_j), u = a·b / σ */
    for (int i = 0; i < n; i++)
        mean += dw[i] * p[i];
    for (int j = 0; j < n; j++)
        idc_dot_back(c, IDC_VECTOR_PAIR, j, IDC_VECTOR_TEXT, j,
                     -n * p[j] * (dw[j] - mean) / c->o->sigma);
    return 0;
}
