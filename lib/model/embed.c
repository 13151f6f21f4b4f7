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

/* x [B,k,n] → unit rows [B·k,D] */
static idc_tensor *project(idc_network *net, idc_tape *t, idc_tensor *x, const idc_dense *layer)
{
    idc_tensor *y = idc_dense_forward(t, x, layer);
    return y ? idc_l2_normalize(t, idc_reshape(t, y, 2, (int64_t[]){-1, net->c.itc}), UNIT_EPS)
             : NULL;
}

idc_tensor *idc_network_embed_pair(idc_network *net, idc_tape *t, idc_tensor *tokens)
{
    if (!net->c.itc)
        return no_head(t);
    idc_tensor *cls[2] = {idc_slice(t, tokens, 1, 0, 1),
                          idc_slice(t, tokens, 1, net->cells + 1, 1)};
    return project(net, t, idc_concat(t, cls, 2, 2), &net->embed.pair);
}

idc_tensor *idc_network_embed_side(idc_network *net, idc_tape *t, idc_tensor *rows, int side)
{
    if (!net->c.itc)
        return no_head(t);
    int64_t d = net->c.width;
    idc_dense half = {idc_slice(t, net->embed.pair.weight, 1, side * d, d), net->embed.pair.bias};
    return project(net, t, rows, &half);
}

static int64_t words_of(const idc_tensor *ids, int64_t item)
{
    const int32_t *row = idc_i32(ids) + item * ids->shape[1];
    int64_t n = ids->shape[1];
    while (n > 0 && row[n - 1] == IDC_PAD)
        n--;
    return n;
}

/* The texts of one length, and what is made of them so far. */
typedef struct texts {
    const idc_tensor *ids;
    bool words;        /* the rows of the words are wanted [n,L,d], else those of CLS3 [n,1,d] */
    idc_tensor *order; /* where each text's rows are in `all` */
    idc_tensor *all;
    int64_t done;
} texts;

static idc_tensor *take_ids(texts *x, idc_tape *t, int64_t length, int64_t n)
{
    idc_tensor *some = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){n, length}, NULL);
    for (int64_t i = 0, at = 0; i < x->ids->shape[0] && some; i++) {
        if (words_of(x->ids, i) != length)
            continue;
        memcpy(idc_i32(some) + at++ * length, idc_i32(x->ids) + i * x->ids->shape[1],
               (size_t)length * sizeof(int32_t));
        idc_i32(x->order)[i] = (int32_t)x->done++;
    }
    return some;
}

/* Rows of the words [n,length,d], and zeros up to L. */
static idc_tensor *pad(idc_tape *t, idc_tensor *rows, int64_t length, int64_t most)
{
    rows = idc_slice(t, rows, 1, 1, length);
    if (!rows || length == most)
        return rows;
    int64_t shape[] = {rows->shape[0], most - length, rows->shape[2]};
    idc_tensor *nothing = idc_tape_input(t, IDC_DTYPE_F32, 3, shape, NULL);
    if (!nothing)
        return NULL;
    memset(nothing->data, 0, (size_t)idc_tensor_count(nothing) * sizeof(float));
    return idc_concat(t, (idc_tensor *[]){rows, nothing}, 2, 1);
}

static void read_texts(idc_network *net, idc_tape *t, texts *x, int64_t length)
{
    static const idc_row_range cls3 = {0, 1};
    int64_t n = 0;
    for (int64_t i = 0; i < x->ids->shape[0]; i++)
        n += words_of(x->ids, i) == length;
    if (n == 0)
        return;
    idc_tensor *some = take_ids(x, t, length, n);
    if (!some)
        return;
    idc_tensor *parts[] = {idc_embedding_cls(net, t, IDC_TYPE_CLS3, n),
                           idc_embedding_text(net, t, some, 0)};
    idc_stack_context context = {.wanted = x->words ? NULL : &cls3, .ranges = 1};
    idc_tensor *rows = idc_concat(t, parts, 2, 1);
    rows = rows ? idc_stack_forward(net, &net->cross, t, rows, &context) : NULL;
    if (x->words)
        rows = pad(t, rows, length, x->ids->shape[1]);
    x->all = x->all && rows ? idc_concat(t, (idc_tensor *[]){x->all, rows}, 2, 0) : rows;
}

static idc_tensor *embed_texts(idc_network *net, idc_tape *t, const idc_tensor *ids, bool words)
{
    if (!net->c.itc)
        return no_head(t);
    if (!ids)
        return idc_tape_fail(t, IDC_E_MISSING, "text: no words");
    texts x = {.ids = ids, .words = words};
    x.order = idc_tape_input(t, IDC_DTYPE_I32, 1, &ids->shape[0], NULL);
    for (int64_t i = 0; i < ids->shape[0]; i++)
        if (words_of(ids, i) == 0)
            return idc_tape_fail(t, IDC_E_INVALID, "text: number %lld is empty", (long long)i);
    for (int64_t length = 1; length <= ids->shape[1] && idc_tape_status(t, NULL) == 0; length++)
        read_texts(net, t, &x, length);
    return idc_tape_status(t, NULL) == 0
               ? project(net, t, idc_rows(t, x.all, x.order), &net->embed.text)
               : NULL;
}

idc_tensor *idc_network_embed_text(idc_network *net, idc_tape *t, const idc_tensor *ids)
{
    return embed_texts(net, t, ids, false);
}

idc_tensor *idc_network_embed_words(idc_network *net, idc_tape *t, const idc_tensor *ids,
                                    int32_t *words)
{
    for (int64_t i = 0; ids && i < ids->shape[0]; i++)
        words[i] = (int32_t)words_of(ids, i);
    return embed_texts(net, t, ids, true);
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
