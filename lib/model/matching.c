/* matching.c: a soft warp of each picture onto the other, between the single and the pair encoder.
 *
 *     S_ij = q_i·k_j / √(d/a) − exp(log_weight_a) |p_i − p_j|²,  P = softmax_j S,  r = reduce(raw)
 *     x_i += mlp1 relu(mlp0 [x_i; r_i − P r; |r_i − P r|; 5 (P p − p_i); max_j P])
 *
 * The distance term looks near by first and lets a head widen what it sees; what is handed over is
 * the difference to the warped picture, so that camera jitter alone leaves next to nothing.
 */
#include <math.h>

#include "model/parts.h"

#define SHIFT_SCALE 5.0f

void idc_matching_make(idc_matching *m, idc_builder *b, const idc_network *net)
{
    static const float starts[] = {150, 40, 10,
                                   1}; /* exp(log_weight) of the heads, from near to far */
    const idc_network_config *c = &net->c;
    int a = c->matching.heads, reduce = c->matching.reduce, hidden = c->matching.hidden;
    m->q = idc_build_dense(b, "model.matching.q", "", c->width, c->width);
    m->k = idc_build_dense(b, "model.matching.k", "", c->width, c->width);
    m->reduce = idc_build_dense(b, "model.matching.reduce", "", net->raw, reduce);
    m->log_weight =
        idc_build_start(b, "model.matching.log_weight", "", 1, (int64_t[]){a}, IDC_START_ZERO, 0);
    if (m->log_weight && b->seed && b->added)
        for (int i = 0; i < a; i++)
            idc_f32(m->log_weight)[i] = logf(starts[i % 4]);
    m->mlp[0] =
        idc_build_dense(b, "model.matching.mlp.0", "", c->width + a * (2 * reduce + 3), hidden);
    m->mlp[1] = idc_build_dense(b, "model.matching.mlp.1", "", hidden, c->width);
}

/* Each half of axis 0 in the place of the other. */
static idc_tensor *swapped(idc_tape *t, idc_tensor *x)
{
    if (!x)
        return NULL;
    int64_t half = x->shape[0] / 2;
    return idc_concat(
        t, (idc_tensor *[]){idc_slice(t, x, 0, half, half), idc_slice(t, x, 0, 0, half)}, 2, 0);
}

/* x [B,n,r] times over → [B,n,times·r] */
static idc_tensor *repeated(idc_tape *t, idc_tensor *x, int times)
{
    idc_tensor *xs[64];
    for (int i = 0; i < times; i++)
        xs[i] = x;
    return times == 1 ? x : idc_concat(t, xs, times, 2);
}

idc_tensor *idc_matching_forward(idc_network *net, idc_tape *t, idc_tensor *tokens, idc_tensor *raw)
{
    const idc_matching *m = &net->matching;
    int heads = net->c.matching.heads, n = net->cells;
    idc_tensor *x = idc_slice(t, tokens, 1, 1, n);
    idc_tensor *q = idc_dense_forward(t, x, &m->q);
    idc_tensor *k = swapped(t, idc_dense_forward(t, x, &m->k));
    idc_tensor *p = idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){n, 2}, net->places);
    float factor = 1.0f / sqrtf((float)(net->c.width / heads));
    idc_tensor *s = idc_attention_scores(t, q, k, heads, factor);
    idc_tensor *P = idc_softmax(t, idc_distance_bias(t, s, m->log_weight, p, p), NULL);

    idc_tensor *r = idc_dense_forward(t, raw, &m->reduce);
    idc_tensor *warped = idc_attention_share(t, P, swapped(t, r));
    idc_tensor *difference = idc_sub(t, repeated(t, r, heads), warped);
    idc_tensor *place = idc_reshape(t, p, 3, (int64_t[]){1, n, 2});
    idc_tensor *moved = idc_attention_share(t, P, place);
    idc_tensor *shift = idc_scale(t, idc_sub(t, moved, repeated(t, place, heads)), SHIFT_SCALE);
    idc_tensor *parts[] = {x, difference, idc_abs(t, difference), shift, idc_attention_peak(t, P)};

    idc_tensor *h = idc_relu(t, idc_dense_forward(t, idc_concat(t, parts, 5, 2), &m->mlp[0]));
    x = idc_add(t, x, idc_dense_forward(t, h, &m->mlp[1]));
    return idc_concat(t, (idc_tensor *[]){idc_slice(t, tokens, 1, 0, 1), x}, 2, 1);
}
