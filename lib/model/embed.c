#include "model/embed.h"

#include <math.h>
#include <string.h>

#include "model/parts.h"

#define UNIT_EPS 1e-12f
#define FIRST_SCALE (1 / 0.07f)
#define LEAST_SCALE 2.0f
#define LARGEST_SCALE 100.0f

void idc_embed_make(idc_embed *e, idc_builder *b, const idc_network *net)
{
    const idc_network_config *c = &net->c;
    e->pair = idc_build_dense(b, "model.itc.pair", "", 2 * c->width, c->itc);
    e->text = idc_build_dense(b, "model.itc.text", "", c->width, c->itc);
    e->log_scale =
        idc_build_start(b, "model.itc", ".log_scale", 1, (int64_t[]){1}, IDC_START_ZERO, 0);
    if (e->log_scale && b->seed && b->added)
        idc_f32(e->log_scale)[0] = logf(FIRST_SCALE);
}

static idc_tensor *no_head(idc_tape *t)
{
    return idc_tape_fail(t, IDC_E_MISSING,
                         "network: no head for retrieval (network.itc of the configuration is 0)");
}

/* x [B,1,n] → unit rows [B,D] */
static idc_tensor *project(idc_network *net, idc_tape *t, idc_tensor *x, const idc_dense *layer)
{
    idc_tensor *y = idc_dense_forward(t, x, layer);
    if (!y)
        return NULL;
    return idc_l2_normalize(t, idc_reshape(t, y, 2, (int64_t[]){y->shape[0], net->c.itc}),
                            UNIT_EPS);
}

idc_tensor *idc_network_embed_pair(idc_network *net, idc_tape *t, idc_tensor *tokens)
{
    if (!net->c.itc)
        return no_head(t);
    idc_tensor *cls[2] = {idc_slice(t, tokens, 1, 0, 1),
                          idc_slice(t, tokens, 1, net->cells + 1, 1)};
    return project(net, t, idc_concat(t, cls, 2, 2), &net->embed.pair);
}

static int64_t words_of(const idc_tensor *ids, int64_t item)
{
    const int32_t *row = idc_i32(ids) + item * ids->shape[1];
    int64_t n = ids->shape[1];
    while (n > 0 && row[n - 1] == IDC_PAD)
        n--;
    return n;
}

/* The texts of `length` words alone: their rows of CLS3 [n,1,d]; NULL when there is none. Their places are added to `order`. */
static idc_tensor *read_texts(idc_network *net, idc_tape *t, const idc_tensor *ids, int64_t length,
                              idc_tensor *order, int64_t *done)
{
    int64_t batch = ids->shape[0], n = 0;
    for (int64_t i = 0; i < batch; i++)
        n += words_of(ids, i) == length;
    if (n == 0)
        return NULL;
    idc_tensor *some =
        length ? idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){n, length}, NULL) : NULL;
    for (int64_t i = 0, at = 0; i < batch && (some || !length); i++) {
        if (words_of(ids, i) != length)
            continue;
        if (some)
            memcpy(idc_i32(some) + at++ * length, idc_i32(ids) + i * ids->shape[1],
                   (size_t)length * sizeof(int32_t));
        idc_i32(order)[i] = (int32_t)(*done)++;
    }
    idc_tensor *x = idc_embedding_cls(net, t, IDC_TYPE_CLS3, n);
    if (some)
        x = idc_concat(t, (idc_tensor *[]){x, idc_embedding_text(net, t, some, 0)}, 2, 1);
    static const idc_row_range cls3 = {0, 1};
    idc_stack_context context = {.wanted = &cls3, .ranges = 1};
    return x ? idc_stack_forward(net, &net->cross, t, x, &context) : NULL;
}

idc_tensor *idc_network_embed_text(idc_network *net, idc_tape *t, const idc_tensor *ids)
{
    if (!net->c.itc)
        return no_head(t);
    if (!ids)
        return idc_tape_fail(t, IDC_E_MISSING, "text: no words");
    int64_t batch = ids->shape[0], done = 0;
    idc_tensor *order = idc_tape_input(t, IDC_DTYPE_I32, 1, &batch, NULL), *all = NULL;
    for (int64_t length = 0; order && length <= ids->shape[1]; length++) {
        idc_tensor *some = read_texts(net, t, ids, length, order, &done);
        if (some)
            all = all ? idc_concat(t, (idc_tensor *[]){all, some}, 2, 0) : some;
    }
    if (!all || idc_tape_status(t, NULL) < 0)
        return NULL;
    return project(net, t, idc_rows(t, all, order), &net->embed.text);
}

idc_tensor *idc_network_log_scale(idc_network *net)
{
    idc_tensor *s = net->embed.log_scale;
    if (!s)
        return NULL;
    float x = idc_f32(s)[0], y = fminf(fmaxf(x, logf(LEAST_SCALE)), logf(LARGEST_SCALE));
    if (isfinite(x) && x != y) {
        idc_f32(s)[0] = y;
        s->version++;
    }
    return s;
}
