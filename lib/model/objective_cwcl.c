/* cwcl: sentences that say nearly the same are right to that degree.
 *
 *     L_row = mean_i [ −(1 / Σ_j W_ij) Σ_j W_ij log softmax_j(S_i·) ],  W_ij in 0 … 1, W_ii = 1
 *     L = L_row + mean_j CE(S_·j, j)
 *
 * Srinivasa et al. 2023 (CWCL: continuously weighted contrastive loss), whose weights are similarities of a frozen encoder of
 * the one side. Here W is the cosine of the sentences' TF-IDF vectors (idc_sentence_likeness).
 */
#include "model/objective_parts.h"

#include <math.h>

static double weights_of(const double *w, double *y, unsigned char *open, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += w[j];
    for (size_t j = 0; j < n; j++) {
        y[j] = sum > 0 ? w[j] / sum : 0;
        open[j] = 1;
    }
    return sum;
}

int idc_cwcl_rows(const idc_objective_call *c, idc_error *err)
{
    idc_scores s = {.query = IDC_VECTOR_PAIR, .key = IDC_VECTOR_TEXT};
    size_t n = (size_t)c->in->items;
    double *y = idc_arena_alloc(c->arena, n * sizeof *y);
    unsigned char *open = idc_arena_alloc(c->arena, n);
    if (y == NULL || open == NULL)
        return idc_objective_no_memory(err);
    int rc = idc_scores_make(&s, c, err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (weights_of(c->in->alike + i * n, y, open, n) >= (double)n) /* no negative */
            continue;
        idc_softmax_row row = {.z = s.z + i * n,
                               .y = y,
                               .open = open,
                               .dz = s.dz + i * n,
                               .n = (int)n,
                               .weight = 1 / (double)n,
                               .focal = c->o->focal};
        c->r->loss += idc_softmax_row_loss(&row);
    }
    if (rc == 0)
        idc_scores_back(&s, c);
    return rc;
}

int idc_objective_cwcl(const idc_objective_call *c, idc_error *err)
{
    idc_contrast column = {
        .query = IDC_VECTOR_TEXT, .key = IDC_VECTOR_PAIR, .weight = 1, .dedup = true};
    int rc = idc_cwcl_rows(c, err);
    return rc == 0 ? idc_contrast_rows(c, &column, err) : rc;
}
