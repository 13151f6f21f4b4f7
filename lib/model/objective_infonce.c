/* infonce: each pair picks its sentence among those of the batch, and each sentence its pair.
 *
 *     S_ij = a_i·b_j / τ,   L = ½ mean_i CE(S_i·, i) + ½ mean_j CE(S_·j, j)
 *
 * van den Oord, Li, Vinyals 2018 (InfoNCE); Radford et al. 2021 (CLIP) for both directions and the learned τ.
 * focal γ: CE = −log p becomes −(1 − p)^γ log p, the factor with its gradient (Lin et al. 2017; Park and Han 2023 use a focal
 * loss so). distill α (Li et al. 2021, ALBEF): keys are the twin's vectors a', b', and targets α softmax(a'_i·b'_j / τ) +
 * (1 − α) [i = j], L = −Σ y log p. dedup: other pairs with the same sentence leave the denominator, or share the target.
 */
#include "model/objective_parts.h"

int idc_objective_infonce(const idc_objective_call *c, idc_error *err)
{
    bool soft = c->o->distill > 0;
    idc_contrast row = {.query = IDC_VECTOR_PAIR,
                        .key = soft ? IDC_VECTOR_TWIN_TEXT : IDC_VECTOR_TEXT,
                        .twin_query = IDC_VECTOR_TWIN_PAIR,
                        .twin_key = IDC_VECTOR_TWIN_TEXT,
                        .weight = 0.5,
                        .distill = c->o->distill,
                        .dedup = true};
    idc_contrast column = {.query = IDC_VECTOR_TEXT,
                           .key = soft ? IDC_VECTOR_TWIN_PAIR : IDC_VECTOR_PAIR,
                           .twin_query = IDC_VECTOR_TWIN_TEXT,
                           .twin_key = IDC_VECTOR_TWIN_PAIR,
                           .weight = 0.5,
                           .distill = c->o->distill,
                           .dedup = true};
    int rc = idc_contrast_rows(c, &row, err);
    return rc == 0 ? idc_contrast_rows(c, &column, err) : rc;
}
