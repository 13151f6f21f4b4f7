/* objective_parts.h: what the contrastive objectives share: scores, a softmax over a row of them, targets. Private to
 * lib/model/objective*.c.
 *
 *     idc_contrast k = {.query = IDC_VECTOR_PAIR, .key = IDC_VECTOR_TEXT, .weight = 0.5};
 *     idc_contrast_rows(call, &k, err);              // adds ½ · mean over the rows of the cross entropy, and its gradients
 */
#ifndef IDC_MODEL_OBJECTIVE_PARTS_H
#define IDC_MODEL_OBJECTIVE_PARTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/objective.h"

struct idc_objective_call {
    const idc_objective *row;
    const idc_objective_options *o;
    const idc_objective_input *in;
    idc_objective_result *r;
    idc_arena *arena; /* scratch of this call */
    double scale;     /* 1/τ */
    bool learned;     /* τ is */
};

int idc_objective_no_memory(idc_error *err);
/* Scores of two sets of vectors, z = a bᵀ / τ [rows,columns]. */
typedef struct idc_scores {
    enum idc_vector query, key;
    int rows, columns;
    bool plain;     /* the dot products themselves, without 1/τ */
    double *z, *dz; /* dz: cleared, for d loss / d z */
} idc_scores;
int idc_scores_make(idc_scores *s, const idc_objective_call *c, idc_error *err);
/* Adds what dz means for the vectors and the temperature. */
void idc_scores_back(const idc_scores *s, const idc_objective_call *c);
/* Adds slope = d loss / d (a_i·b_j) to the gradients of rows i of a and j of b. */
void idc_dot_back(const idc_objective_call *c, enum idc_vector a, int i, enum idc_vector b, int j,
                  double slope);

/* log Σ_k e^z over the open ones; −∞ when there is none. */
double idc_log_sum_exp(const double *z, const unsigned char *open, int n);

/* − weight · Σ_k y_k (1 − p_k)^focal log p_k with p = softmax(z) over the open ones; adds its gradient to dz. */
typedef struct idc_softmax_row {
    const double *z, *y;
    const unsigned char *open;
    double *dz;
    int n;
    double weight, focal;
} idc_softmax_row;
double idc_softmax_row_loss(const idc_softmax_row *r);

/* True when pair i's and pair j's sentences (rows of TEXT) are the same and that matters (dedup). */
bool idc_same_sentence(const idc_objective_call *c, int i, int j);

/* Cross entropy of each query against all keys, the own one being right: dedup and focal factor of the options; with `soft`
 * the targets are mixed with the twin's softmax, distill : 1 − distill. One sentence a pair. */
typedef struct idc_contrast {
    enum idc_vector query, key, twin_query, twin_key;
    double weight, distill;
    bool dedup;
} idc_contrast;
int idc_contrast_rows(const idc_objective_call *c, const idc_contrast *k, idc_error *err);

/* dcl with pair i's pull times pull[i]; adds d loss / d pull where pull_gradient is not NULL. */
int idc_decoupled(const idc_objective_call *c, const double *pull, double *pull_gradient,
                  idc_error *err);
/* The weights w [B] of dclw, and the softmax p [B] that they come from. */
int idc_dcl_weights(const idc_objective_call *c, double *w, double *p, idc_error *err);
/* The row loss of cwcl. */
int idc_cwcl_rows(const idc_objective_call *c, idc_error *err);
/* Σ w cost with w = softmax(t · cost); slope: its derivatives, through w where `attach` is set. */
double idc_cacr_force(const double *cost, int n, double t, bool attach, double *slope);

/* The objectives, a file each. */
int idc_objective_infonce(const idc_objective_call *c, idc_error *err);
int idc_objective_dcl(const idc_objective_call *c, idc_error *err);
int idc_objective_dclw(const idc_objective_call *c, idc_error *err);
int idc_objective_cwcl(const idc_objective_call *c, idc_error *err);
int idc_objective_onetok(const idc_objective_call *c, idc_error *err);
int idc_objective_symile(const idc_objective_call *c, idc_error *err);
int idc_objective_cacr(const idc_objective_call *c, idc_error *err);
int idc_objective_svco(const idc_objective_call *c, idc_error *err);
int idc_objective_coca(const idc_objective_call *c, idc_error *err);
int idc_objective_tcl(const idc_objective_call *c, idc_error *err);

#endif
