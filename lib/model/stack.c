/* stack.c: pre-norm transformer blocks (Vaswani et al. 2017; layout of Yao, Wang, Jin 2022: a layer
 * norm at the entrance of the stack, none at its exit).
 *
 *     x = LN(x);  x += out(softmax(q kᵀ / √(d/heads)) v) of LN(x);  x += w2 relu(w1 LN(x))
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/parts.h"

#define STACK_EPS 1e-6f

void idc_stack_make(idc_stack *s, idc_builder *b, const char *prefix, int blocks,
                    const idc_network_config *c)
{
    s->blocks = blocks;
    s->norm = idc_build_norm(b, prefix, ".norm", c->width);
    for (int i = 0; i < blocks; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s.layers.%d", prefix, i);
        idc_block *k = &s->block[i];
        k->norm1 = idc_build_norm(b, path, ".norm1", c->width);
        k->q = idc_build_dense(b, path, ".attn.q", c->width, c->width);
        k->k = idc_build_dense(b, path, ".attn.k", c->width, c->width);
        k->v = idc_build_dense(b, path, ".attn.v", c->width, c->width);
        k->out = idc_build_dense(b, path, ".attn.out", c->width, c->width);
        k->norm2 = idc_build_norm(b, path, ".norm2", c->width);
        k->w1 = idc_build_dense(b, path, ".ffn.w1", c->width, c->feed_forward);
        k->w2 = idc_build_dense(b, path, ".ffn.w2", c->feed_forward, c->width);
    }
}

/* What all blocks of one run share. */
typedef struct run {
    idc_network *net;
    idc_tape *tape;
    const idc_tensor *mask;
    idc_cache *cache; /* NULL: a row sees the rows of this run only */
    idc_attention_watch *watch;
    int watched; /* the block of the watch */
} run;

static idc_tensor *normed(const run *r, idc_tensor *x, const idc_norm *n)
{
    return idc_layer_norm(r->tape, x, n->gain, n->bias, STACK_EPS, r->net->c.norm);
}

/* Appends rows [1,T,d] to a buffer of the cache and describes all of it as a tensor. */
static idc_tensor *remember(const run *r, idc_tensor *rows, float *buffer)
{
    if (!rows)
        return NULL;
    int64_t length = r->cache->length, d = rows->shape[2];
    if (rows->shape[0] != 1 || length + rows->shape[1] > r->cache->capacity)
        return idc_tape_fail(r->tape, IDC_E_RANGE,
                             "attention: %lld rows of %lld items, room for %lld of 1",
                             (long long)rows->shape[1], (long long)rows->shape[0],
                             (long long)(r->cache->capacity - length));
    idc_tensor *all = idc_tape_alloc(r->tape, sizeof *all);
    if (!all)
        return idc_tape_fail(r->tape, IDC_E_MEMORY, "attention: no memory");
    memcpy(buffer + length * d, rows->data, (size_t)(rows->shape[1] * d) * sizeof(float));
    *all = (idc_tensor){.dtype = IDC_DTYPE_F32,
                        .ndim = 3,
                        .shape = {1, length + rows->shape[1], d},
                        .data = buffer};
    return all;
}

/* The keys and values that the rows x may see: of the rows themselves, or of all that the cache holds with them. */
typedef struct seen {
    idc_tensor *keys, *values;
} seen;

static seen keys_and_values(const run *r, const idc_block *b, int layer, idc_tensor *x)
{
    seen s = {idc_dense_forward(r->tape, x, &b->k), idc_dense_forward(r->tape, x, &b->v)};
    if (r->cache) {
        s.keys = remember(r, s.keys, r->cache->keys[layer]);
        s.values = remember(r, s.values, r->cache->values[layer]);
    }
    return s;
}

/* asking: the rows of x that attend */
static idc_tensor *attention(const run *r, const idc_block *b, int layer, idc_tensor *x,
                             idc_tensor *asking)
{
    idc_tape *t = r->tape;
    int heads = r->net->c.heads;
    idc_tensor *q = idc_dense_forward(t, asking, &b->q);
    seen s = keys_and_values(r, b, layer, x);
    float factor = 1.0f / sqrtf((float)(r->net->c.width / heads));
    idc_tensor *p = idc_softmax(t, idc_attention_scores(t, q, s.keys, heads, factor), r->mask);
    if (r->watch && layer == r->watched && p)
        r->watch->probabilities = p = idc_tape_leaf(t, p);
    idc_tensor *mixed = idc_attention_mix(t, idc_network_drop(r->net, t, p), s.values);
    return idc_dense_forward(t, mixed, &b->out);
}

static idc_tensor *feed_forward(const run *r, const idc_block *b, idc_tensor *x)
{
    idc_tensor *h = idc_relu(r->tape, idc_dense_forward(r->tape, x, &b->w1));
    return idc_dense_forward(r->tape, idc_network_drop(r->net, r->tape, h), &b->w2);
}

static idc_tensor *wanted_rows(const run *r, idc_tensor *x, const idc_stack_context *context)
{
    idc_tensor *parts[4];
    for (int i = 0; i < context->ranges; i++)
        parts[i] = idc_slice(r->tape, x, 1, context->wanted[i].first, context->wanted[i].count);
    return idc_concat(r->tape, parts, context->ranges, 1);
}

idc_tensor *idc_stack_forward(idc_network *net, const idc_stack *s, idc_tape *t, idc_tensor *x,
                              const idc_stack_context *context)
{
    run r = {net, t, context->mask, context->cache, context->watch, -1};
    if (r.watch) {
        r.watched = r.watch->block < 0 ? s->blocks + r.watch->block : r.watch->block;
        if (r.watched < 0 || r.watched >= s->blocks)
            return idc_tape_fail(t, IDC_E_RANGE, "attention: block %d of %d is not there",
                                 r.watch->block, s->blocks);
        r.watch->probabilities = NULL;
    }
    x = normed(&r, x, &s->norm);
    for (int i = 0; i < s->blocks; i++) {
        const idc_block *b = &s->block[i];
        if (context->fill_only && i == s->blocks - 1) {
            keys_and_values(&r, b, i, normed(&r, x, &b->norm1));
            break;
        }
        idc_tensor *seen_rows = normed(&r, x, &b->norm1), *asking = seen_rows;
        if (context->wanted && i == s->blocks - 1) {
            x = wanted_rows(&r, x, context);
            asking = wanted_rows(&r, seen_rows, context);
            r.mask = context->wanted_mask;
        }
        idc_tensor *a = attention(&r, b, i, seen_rows, asking);
        x = idc_add(t, x, idc_network_drop(net, t, a));
        idc_tensor *f = feed_forward(&r, b, normed(&r, x, &b->norm2));
        x = idc_add(t, x, idc_network_drop(net, t, f));
    }
    if (r.cache && x)
        r.cache->length += (int)x->shape[1];
    return x;
}
