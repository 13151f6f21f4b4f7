/* objective_tape.h: a contrastive objective as a loss on a tape.
 *
 *     idc_objective_tensors x = {.vector = {[IDC_VECTOR_PAIR] = a, [IDC_VECTOR_TEXT] = b}, .log_scale = s, .captions = 1};
 *     idc_tensor *loss = idc_objective_apply(tape, &options, &x);         // [1]
 */
#ifndef IDC_MODEL_OBJECTIVE_TAPE_H
#define IDC_MODEL_OBJECTIVE_TAPE_H

#include "model/objective.h"
#include "tensor/ops.h"

typedef struct idc_objective_tensors {
    idc_tensor *vector[IDC_VECTORS]; /* [rows,D], as objective.h has them; NULL: not there */
    idc_tensor *log_scale;           /* [1]; may be NULL where τ is given */
    idc_objective_input rest; /* of which captions, locals, sentence, alike, seed and step count */
} idc_objective_tensors;

/* [1]; what is wrong poisons the tape. */
idc_tensor *idc_objective_apply(idc_tape *t, const idc_objective_options *o,
                                const idc_objective_tensors *x);

/* Mean over the rows of logits [R,C] whose target [R] is not negative of −Σ_k y_k (1 − p_k)^focal log p_k, p = softmax(logits),
 * y = distill · softmax(teacher) + (1 − distill) [k = target]. teacher [R,C], a constant; NULL: distill counts as 0. */
typedef struct idc_soft_targets {
    const idc_tensor *target, *teacher;
    double distill, focal;
} idc_soft_targets;
idc_tensor *idc_soft_cross_entropy(idc_tape *t, idc_tensor *logits, const idc_soft_targets *soft);

/* Numbers for n sentences of `row` ids each, of which `length` are compared: equal ones for equal sentences. */
void idc_sentence_numbers(int32_t *number, const int32_t *ids, int n, int row, int length);

#endif
