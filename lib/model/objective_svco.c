/* svco: the sentence fits its pair better than no pictures, and a contrary pair worse; both ways.
 *
 *     s(P,t) = P·t,  P the pair, P₀ its cells hidden, P₋ the contrary pair with its sentence t₋,  β = 1/τ
 *     L = ¼ mean_i [ f(s(P,t) − s(P₀,t)) + f(s(P₀,t) − s(P₋,t)) + f(s(P₋,t₋) − s(P₀,t₋)) + f(s(P₀,t₋) − s(P,t₋)) ]
 *     f(x) = −log σ(β x) = log(1 + e^{−βx})
 *
 * After Wu et al. 2025 (Symmetrical Visual Contrastive Optimization): attend to the picture that fits, reject its minimal
 * contrast, the missing picture being the reference; cosines stand for their log probabilities. τ = 0.1.
 */
#include "model/objective_parts.h"

#include <math.h>

typedef struct comparison {
    enum idc_vector better, worse, text; /* f(s(better,text) − s(worse,text)) */
} comparison;

static double dot(const idc_objective_call *c, enum idc_vector a, enum idc_vector b, int i)
{
    size_t d = (size_t)c->in->width, at = (size_t)i * d;
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += c->in->vector[a][at + k] * c->in->vector[b][at + k];
    return sum;
}

int idc_objective_svco(const idc_objective_call *c, idc_error *err)
{
    static const comparison all[] = {
        {IDC_VECTOR_PAIR, IDC_VECTOR_ABSENT, IDC_VECTOR_TEXT},
        {IDC_VECTOR_ABSENT, IDC_VECTOR_CONTRARY, IDC_VECTOR_TEXT},
        {IDC_VECTOR_CONTRARY, IDC_VECTOR_ABSENT, IDC_VECTOR_CONTRARY_TEXT},
        {IDC_VECTOR_ABSENT, IDC_VECTOR_PAIR, IDC_VECTOR_CONTRARY_TEXT}};
    double weight = 0.25 / c->in->items;
    (void)err;
    for (int i = 0; i < c->in->items; i++)
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            const comparison *m = &all[k];
            double x = c->scale * (dot(c, m->better, m->text, i) - dot(c, m->worse, m->text, i));
            double slope = -weight / (1 + exp(x)) * c->scale;
            c->r->loss += weight * (x > 0 ? log1p(exp(-x)) : log1p(exp(x)) - x);
            idc_dot_back(c, m->better, i, m->text, i, slope);
            idc_dot_back(c, m->worse, i, m->text, i, -slope);
            if (c->learned)
                c->r->log_scale += slope / c->scale * x;
        }
    return 0;
}
