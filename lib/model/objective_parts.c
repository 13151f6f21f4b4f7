#include "model/objective_parts.h"

#include <math.h>
#include <string.h>

int idc_objective_no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "objective: no memory");
}

int idc_objective_rows(const idc_objective_input *in, enum idc_vector v)
{
    switch (v) {
    case IDC_VECTOR_TEXT:
    case IDC_VECTOR_TWIN_TEXT:
        return in->items * in->captions;
    case IDC_VECTOR_LOCAL_PAIR:
        return in->items * in->locals[0];
    case IDC_VECTOR_LOCAL_TEXT:
        return in->items * in->locals[1];
    default:
        return in->items;
    }
}

static double factor_of(const idc_scores *s, const idc_objective_call *c)
{
    return s->plain ? 1 : c->scale;
}

int idc_scores_make(idc_scores *s, const idc_objective_call *c, idc_error *err)
{
    const double *a = c->in->vector[s->query], *b = c->in->vector[s->key];
    int d = c->in->width;
    s->rows = idc_objective_rows(c->in, s->query);
    s->columns = idc_objective_rows(c->in, s->key);
    size_t n = (size_t)s->rows * (size_t)s->columns;
    s->z = idc_arena_calloc(c->arena, n, sizeof *s->z);
    s->dz = idc_arena_calloc(c->arena, n, sizeof *s->dz);
    if (s->z == NULL || s->dz == NULL)
        return idc_objective_no_memory(err);
    for (int i = 0; i < s->rows; i++)
        for (int j = 0; j < s->columns; j++) {
            const double *x = a + (size_t)i * (size_t)d, *y = b + (size_t)j * (size_t)d;
            double sum = 0;
            for (int k = 0; k < d; k++)
                sum += x[k] * y[k];
            s->z[(size_t)i * (size_t)s->columns + (size_t)j] = factor_of(s, c) * sum;
        }
    return 0;
}

static double *gradient_of(const idc_objective_call *c, enum idc_vector v)
{
    return v < IDC_VECTORS_TRAINED ? c->r->gradient[v] : NULL;
}

void idc_scores_back(const idc_scores *s, const idc_objective_call *c)
{
    const double *a = c->in->vector[s->query], *b = c->in->vector[s->key];
    double *da = gradient_of(c, s->query), *db = gradient_of(c, s->key);
    size_t d = (size_t)c->in->width;
    for (size_t i = 0; i < (size_t)s->rows; i++)
        for (size_t j = 0; j < (size_t)s->columns; j++) {
            double g = s->dz[i * (size_t)s->columns + j], f = factor_of(s, c);
            if (g == 0)
                continue;
            for (size_t k = 0; k < d && da != NULL; k++)
                da[i * d + k] += g * f * b[j * d + k];
            for (size_t k = 0; k < d && db != NULL; k++)
                db[j * d + k] += g * f * a[i * d + k];
            if (c->learned && !s->plain)
                c->r->log_scale += g * s->z[i * (size_t)s->columns + j];
        }
}

void idc_dot_back(const idc_objective_call *c, enum idc_vector a, int i, enum idc_vector b, int j,
                  double slope)
{
    size_t d = (size_t)c->in->width, ai = (size_t)i * d, bj = (size_t)j * d;
    double *da = gradient_of(c, a), *db = gradient_of(c, b);
    for (size_t k = 0; k < d && da != NULL; k++)
        da[ai + k] += slope * c->in->vector[b][bj + k];
    for (size_t k = 0; k < d && db != NULL; k++)
        db[bj + k] += slope * c->in->vector[a][ai + k];
}

double idc_log_sum_exp(const double *z, const unsigned char *open, int n)
{
    double top = -INFINITY, sum = 0;
    for (int k = 0; k < n; k++)
        if (open[k])
            top = fmax(top, z[k]);
    if (!isfinite(top))
        return top;
    for (int k = 0; k < n; k++)
        if (open[k])
            sum += exp(z[k] - top);
    return top + log(sum);
}

/* p f'(p) of f = −(1 − p)^g log p, which is (1 − p)^g (g p log p / (1 − p) − 1); 1 − p without cancellation. */
static double focal_slope(double log_p, double g)
{
    double rest = -expm1(log_p), ratio = rest > 0 ? exp(log_p) * log_p / rest : -1;
    return pow(rest, g) * (g * ratio - 1);
}

double idc_softmax_row_loss(const idc_softmax_row *r)
{
    double all = idc_log_sum_exp(r->z, r->open, r->n), loss = 0, slopes = 0;
    if (!isfinite(all))
        return 0;
    for (int k = 0; k < r->n; k++) {
        if (!r->open[k] || r->y[k] == 0)
            continue;
        double log_p = r->z[k] - all;
        double factor = r->focal > 0 ? pow(-expm1(log_p), r->focal) : 1;
        double slope = r->focal > 0 ? focal_slope(log_p, r->focal) : -1;
        loss -= r->y[k] * factor * log_p;
        slopes += r->y[k] * slope;
        r->dz[k] += r->weight * r->y[k] * slope;
    }
    for (int k = 0; k < r->n; k++)
        if (r->open[k])
            r->dz[k] -= r->weight * slopes * exp(r->z[k] - all);
    return r->weight * loss;
}

bool idc_same_sentence(const idc_objective_call *c, int i, int j)
{
    const int32_t *s = c->in->sentence;
    return c->o->dedup != IDC_DEDUP_OFF && s != NULL && s[i] == s[j];
}

/* Targets and open keys of row i; false when it has no negative. */
static bool row_targets(const idc_objective_call *c, const idc_contrast *k, int i, double *y,
                        unsigned char *open)
{
    int n = c->in->items, right = 0, negatives = 0;
    for (int j = 0; j < n; j++) {
        bool same = j != i && k->dedup && idc_same_sentence(c, i, j);
        open[j] = !same || c->o->dedup == IDC_DEDUP_SHARE;
        y[j] = j == i || (same && open[j]);
        right += y[j] != 0;
        negatives += open[j] && y[j] == 0;
    }
    for (int j = 0; j < n; j++)
        y[j] /= right;
    return negatives > 0;
}

/* y ← distill · softmax of the twin + (1 − distill) y */
static void soften(const idc_contrast *k, const double *twin, const unsigned char *open, double *y,
                   int n)
{
    double all = idc_log_sum_exp(twin, open, n);
    for (int j = 0; j < n; j++)
        y[j] = (1 - k->distill) * y[j] + (open[j] ? k->distill * exp(twin[j] - all) : 0);
}

int idc_contrast_rows(const idc_objective_call *c, const idc_contrast *k, idc_error *err)
{
    idc_scores s = {.query = k->query, .key = k->key};
    idc_scores twin = {.query = k->twin_query, .key = k->twin_key};
    size_t n = (size_t)c->in->items;
    double *y = idc_arena_alloc(c->arena, n * sizeof *y);
    unsigned char *open = idc_arena_alloc(c->arena, n);
    int rc = y == NULL || open == NULL ? idc_objective_no_memory(err) : 0;
    if (rc == 0)
        rc = idc_scores_make(&s, c, err);
    if (rc == 0 && k->distill > 0)
        rc = idc_scores_make(&twin, c, err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (!row_targets(c, k, (int)i, y, open))
            continue;
        if (k->distill > 0)
            soften(k, twin.z + i * n, open, y, (int)n);
        idc_softmax_row row = {.z = s.z + i * n,
                               .y = y,
                               .open = open,
                               .dz = s.dz + i * n,
                               .n = (int)n,
                               .weight = k->weight / (double)n,
                               .focal = c->o->focal};
        c->r->loss += idc_softmax_row_loss(&row);
    }
    if (rc == 0)
        idc_scores_back(&s, c);
    return rc;
}
