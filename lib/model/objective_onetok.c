/* onetok: a pair has K sentences, all of them right.
 *
 *     pairs:     mean_i (1/K) Σ_k −log softmax(S_i·)[iK + k]      over all B·K sentences
 *     sentences: mean over the B·K sentences of CE over the B pairs
 *     L = ½ (pairs + sentences)
 *
 * Nie et al. 2024 (1-to-K contrastive learning). All K share a denominator, so the best possible value of the first part is
 * log K. dedup: sentences of other pairs that equal one of the pair's own leave the denominator, or become right ones.
 */
#include "model/objective_parts.h"

/* Does sentence `text` equal one of pair i's? */
static bool says_the_same(const idc_objective_call *c, int i, int text)
{
    for (int k = 0; k < c->in->captions; k++)
        if (idc_same_sentence(c, i * c->in->captions + k, text))
            return true;
    return false;
}

/* Targets of n candidates, those that are right being 1 so far; false without a negative. */
static bool share(double *y, const unsigned char *open, int n)
{
    double sum = 0;
    int negatives = 0;
    for (int j = 0; j < n; j++) {
        sum += y[j];
        negatives += open[j] && y[j] == 0;
    }
    for (int j = 0; j < n; j++)
        y[j] /= sum;
    return negatives > 0;
}

static bool targets(const idc_objective_call *c, const idc_scores *s, int i, double *y,
                    unsigned char *open)
{
    int captions = c->in->captions;
    bool by_pair = s->query == IDC_VECTOR_PAIR;
    for (int j = 0; j < s->columns; j++) {
        bool own = by_pair ? j / captions == i : i / captions == j;
        bool same = !own && (by_pair ? says_the_same(c, i, j) : says_the_same(c, j, i));
        open[j] = !same || c->o->dedup == IDC_DEDUP_SHARE;
        y[j] = own || (same && open[j]);
    }
    return share(y, open, s->columns);
}

static int one_way(const idc_objective_call *c, enum idc_vector query, enum idc_vector key,
                   idc_error *err)
{
    idc_scores s = {.query = query, .key = key};
    int rc = idc_scores_make(&s, c, err);
    if (rc < 0)
        return rc;
    size_t n = (size_t)s.columns;
    double *y = idc_arena_alloc(c->arena, n * sizeof *y);
    unsigned char *open = idc_arena_alloc(c->arena, n);
    if (y == NULL || open == NULL)
        return idc_objective_no_memory(err);
    for (int i = 0; i < s.rows; i++) {
        if (!targets(c, &s, i, y, open))
            continue;
        idc_softmax_row row = {.z = s.z + (size_t)i * n,
                               .y = y,
                               .open = open,
                               .dz = s.dz + (size_t)i * n,
                               .n = s.columns,
                               .weight = 0.5 / s.rows,
                               .focal = c->o->focal};
        c->r->loss += idc_softmax_row_loss(&row);
    }
    idc_scores_back(&s, c);
    return 0;
}

int idc_objective_onetok(const idc_objective_call *c, idc_error *err)
{
    int rc = one_way(c, IDC_VECTOR_PAIR, IDC_VECTOR_TEXT, err);
    return rc == 0 ? one_way(c, IDC_VECTOR_TEXT, IDC_VECTOR_PAIR, err) : rc;
}
