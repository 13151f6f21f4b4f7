/* task_mvcl.c: masked cells, told from others by contrast.
 *
 * One of the two pictures has cells hidden: their raw numbers are 0 before img_project. With h_i the rows of the masked cells
 * and u_j those of all other cells of the batch,
 *
 *     g(h) = LN(gelu(W1 h + b1)) Wp + c            Wp: the weight of img_project, used the other way round
 *     p_i = g(h_i)/‖g(h_i)‖,  t_i = raw_i/‖raw_i‖,  n_j = g(u_j)/‖g(u_j)‖
 *     loss = mean_i CE([p_i·t_1 … p_i·t_N, p_i·n_1 … p_i·n_M]/τ, i)
 *
 * No gradient flows through t. The sentence is read as it is.
 */
#include "model/task.h"

#define LEAST_NORM 1e-12f
#define REGRESS_EPS 1e-12f

static void make(idc_pretrain *p, idc_builder *b)
{
    int d = p->net->c.width;
    p->regress = idc_build_dense(b, "model.feat_regress.net.0", "", d, d);
    p->regress_norm = idc_build_norm(b, "model.feat_regress.net.2", "", d);
    p->regress_bias = idc_build_start(b, "model.feat_regress", ".bias", 1, (int64_t[]){p->net->raw},
                                      IDC_START_ZERO, 0);
}

static int draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                idc_error *err)
{
    int n = p->net->cells, sides = idc_task_sides(p);
    in->hidden = idc_task_memory(p, (size_t)(sides * in->pairs) * (size_t)n, 1);
    if (!in->hidden)
        return idc_fail(err, IDC_E_MEMORY, "mvcl: no memory");
    for (int i = 0; i < b->pairs; i++) {
        idc_random r = idc_task_random(p, step, i);
        int side = (int)idc_random_below(&r, (uint32_t)sides), chosen = 0;
        unsigned char *cells = in->hidden + (size_t)(side * in->pairs + i) * (size_t)n;
        for (int c = 0; c < n; c++)
            chosen += cells[c] = idc_random_unit(&r) < p->s->mask_cells;
        if (chosen == 0)
            cells[idc_random_below(&r, (uint32_t)n)] = 1;
        int rc = idc_task_mask_text(p, &r, in->ids + (size_t)i * (size_t)in->length, 1, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* raw with the hidden cells 0 */
static idc_tensor *with_hidden(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                               const idc_task_input *in)
{
    int64_t n = p->net->cells, rows = (int64_t)idc_task_sides(p) * in->pairs;
    idc_tensor *keep = idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){rows, n, 1}, NULL);
    for (int64_t i = 0; keep && i < rows * n; i++)
        idc_f32(keep)[i] = in->hidden[i] ? 0.0f : 1.0f;
    return idc_mul(t, raw, keep);
}

/* Which rows of the cells [B · S n] are hidden, which rows of raw [S B · n] those are, and which are not hidden; S pictures of a
 * pair. */
typedef struct split {
    int32_t *hidden, *source, *open, *target;
    int64_t n_hidden, n_open;
} split;

static bool split_cells(split *s, const idc_pretrain *p, idc_tape *t, const idc_task_input *in)
{
    int64_t n = p->net->cells, sides = idc_task_sides(p), all = sides * in->pairs * n;
    *s = (split){.hidden = idc_tape_alloc(t, 4 * (size_t)all * sizeof(int32_t))};
    if (!s->hidden)
        return false;
    s->source = s->hidden + all;
    s->open = s->source + all;
    s->target = s->open + all;
    for (int64_t row = 0; row < all; row++) {
        int64_t pair = row / (sides * n), side = row / n % sides;
        int64_t at = (side * in->pairs + pair) * n + row % n;
        if (!in->hidden[at]) {
            s->open[s->n_open++] = (int32_t)row;
            continue;
        }
        s->target[s->n_hidden] = (int32_t)s->n_hidden;
        s->source[s->n_hidden] = (int32_t)at;
        s->hidden[s->n_hidden++] = (int32_t)row;
    }
    if (s->n_hidden == 0 || s->n_open == 0)
        idc_tape_fail(t, IDC_E_INVALID, "mvcl: %lld cells are masked, %lld are not",
                      (long long)s->n_hidden, (long long)s->n_open);
    return s->n_hidden > 0 && s->n_open > 0;
}

/* g of rows [rows,d], of length 1: [1,rows,R] */
static idc_tensor *predict(const idc_pretrain *p, idc_tape *t, idc_tensor *rows)
{
    const idc_embedding_part *e = &p->net->embedding;
    idc_tensor *x = idc_gelu(t, idc_dense_forward(t, rows, &p->regress));
    x = idc_layer_norm(t, x, p->regress_norm.gain, p->regress_norm.bias, REGRESS_EPS,
                       p->net->c.norm);
    int64_t d = p->net->c.width;
    x = idc_reshape(t, x, 3, (int64_t[]){1, -1, d});
    idc_tensor *w = idc_reshape(t, e->project.weight, 3, (int64_t[]){1, d, p->net->raw});
    return idc_l2_normalize(t, idc_add(t, idc_matmul(t, x, w, false), p->regress_bias), LEAST_NORM);
}

static idc_task_said loss(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                          const idc_task_input *in)
{
    split s;
    if (!split_cells(&s, p, t, in))
        return (idc_task_said){0};
    idc_tensor *tokens = idc_task_tokens(p, t, with_hidden(p, t, raw, in));
    idc_tensor *ids = idc_task_ids(t, in->ids, in->pairs, in->length);
    idc_tensor *h = idc_network_fuse(p->net, t, tokens, ids, IDC_ROWS_CELLS);
    h = idc_reshape(t, h, 2, (int64_t[]){-1, p->net->c.width});
    idc_tensor *guess = predict(p, t, idc_rows(t, h, idc_task_integers(t, s.hidden, s.n_hidden)));
    idc_tensor *others = predict(p, t, idc_rows(t, h, idc_task_integers(t, s.open, s.n_open)));
    idc_tensor *truth = idc_reshape(t, idc_tape_detach(t, raw), 2, (int64_t[]){-1, p->net->raw});
    truth = idc_rows(t, truth, idc_task_integers(t, s.source, s.n_hidden));
    truth = idc_reshape(t, idc_l2_normalize(t, truth, LEAST_NORM), 3,
                        (int64_t[]){1, s.n_hidden, p->net->raw});
    idc_tensor *both[2] = {truth, others};
    idc_tensor *z = idc_matmul(t, guess, idc_concat(t, both, 2, 1), true);
    z = idc_scale(t, z, 1.0f / (float)p->s->mvcl_temperature);
    idc_task_said said = {.logits =
                              idc_reshape(t, z, 2, (int64_t[]){s.n_hidden, s.n_hidden + s.n_open}),
                          .target = idc_task_integers(t, s.target, s.n_hidden)};
    said.loss = idc_cross_entropy(t, said.logits, said.target, NULL, IDC_MEAN);
    return said;
}

const idc_task_row idc_task_mvcl = {"mvcl", make, draw, loss};
