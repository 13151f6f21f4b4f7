/* tcl: across the two sides, within each, and between a whole and its parts; the keys are the twin's.
 *
 *     L = ⅙ (pair→text + text→pair + pair→pair + text→text + parts of the pair + parts of the text)
 *     x→y: mean_i CE(x_i·y'_· / τ, i), the first two with targets mixed with the twin's (distill, 0.4 in the paper)
 *     parts: mean over local vectors l'_{n,p} of −log [ e^{l'_{n,p}·m_n/τ} / (e^{l'_{n,p}·m_n/τ} + Σ_{k≠n,q} e^{m_n·l'_{k,q}/τ}) ]
 *
 * Yang et al. 2022 (Triple Contrastive Learning). Primes are the twin's vectors; m is the vector of the pair or sentence;
 * local vectors are cells, averaged over 3 × 3 places of a 7 × 7 grid, and words. Of a sentence the mean is over its words
 * first.
 */
#include "model/objective_parts.h"

#include <math.h>

typedef struct parts {
    enum idc_vector whole, local;
    int count; /* of an item */
    bool text;
} parts;

static int real_parts(const idc_objective_call *c, const parts *p, size_t i)
{
    int n = p->text && c->in->local_words != NULL ? c->in->local_words[i] : p->count;
    return n < p->count ? n : p->count;
}

/* Which local vectors are negatives of item i. */
static void negatives_of(const idc_objective_call *c, const parts *p, size_t i, unsigned char *open)
{
    for (size_t k = 0; k < (size_t)c->in->items; k++) {
        bool out = k == i || (p->text && idc_same_sentence(c, (int)i, (int)k));
        for (int q = 0; q < p->count; q++)
            open[k * (size_t)p->count + (size_t)q] = !out && q < real_parts(c, p, k);
    }
}

static int parts_loss(const idc_objective_call *c, const parts *p, double weight, idc_error *err)
{
    idc_scores s = {.query = p->whole, .key = p->local};
    int rc = idc_scores_make(&s, c, err);
    if (rc < 0)
        return rc;
    size_t n = (size_t)s.columns;
    unsigned char *open = idc_arena_alloc(c->arena, n);
    if (open == NULL)
        return idc_objective_no_memory(err);
    for (size_t i = 0; i < (size_t)s.rows; i++) {
        const double *z = s.z + i * n;
        double *dz = s.dz + i * n;
        negatives_of(c, p, i, open);
        double others = idc_log_sum_exp(z, open, (int)n), slope = 0;
        int real = real_parts(c, p, i);
        if (!isfinite(others))
            continue;
        for (size_t q = i * (size_t)p->count; q < i * (size_t)p->count + (size_t)real; q++) {
            double x = others - z[q], share = weight / (s.rows * (double)real);
            c->r->loss += share * (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)));
            double g = share / (1 + exp(-x));
            dz[q] -= g;
            slope += g;
        }
        for (size_t k = 0; k < n; k++)
            dz[k] += open[k] ? slope * exp(z[k] - others) : 0;
    }
    idc_scores_back(&s, c);
    return 0;
}

int idc_objective_tcl(const idc_objective_call *c, idc_error *err)
{
    static const idc_contrast ways[4] = {
        {IDC_VECTOR_PAIR, IDC_VECTOR_TWIN_TEXT, IDC_VECTOR_TWIN_PAIR, IDC_VECTOR_TWIN_TEXT, 0, 1,
         true},
        {IDC_VECTOR_TEXT, IDC_VECTOR_TWIN_PAIR, IDC_VECTOR_TWIN_TEXT, IDC_VECTOR_TWIN_PAIR, 0, 1,
         true},
        {IDC_VECTOR_PAIR, IDC_VECTOR_TWIN_PAIR, IDC_VECTOR_PAIR, IDC_VECTOR_PAIR, 0, 0, false},
        {IDC_VECTOR_TEXT, IDC_VECTOR_TWIN_TEXT, IDC_VECTOR_TEXT, IDC_VECTOR_TEXT, 0, 0, true}};
    const parts whole[2] = {{IDC_VECTOR_PAIR, IDC_VECTOR_LOCAL_PAIR, c->in->locals[0], false},
                            {IDC_VECTOR_TEXT, IDC_VECTOR_LOCAL_TEXT, c->in->locals[1], true}};
    const double weight = 1.0 / 6;
    int rc = 0;
    for (int k = 0; k < 4 && rc == 0; k++) {
        idc_contrast way = ways[k];
        way.weight = weight;
        way.distill *= c->o->distill;
        rc = idc_contrast_rows(c, &way, err);
    }
    for (int k = 0; k < 2 && rc == 0; k++)
        rc = parts_loss(c, &whole[k], weight, err);
    return rc;
}
