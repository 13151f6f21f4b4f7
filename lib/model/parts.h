/* parts.h: the parts a network is made of (network.c, embedding.c, stack.c, matching.c, heads.c);
 * private to lib/model.
 *
 * Every part has a struct of parameters, a `make` function that finds or adds them under their
 * names in docs/model.md, and forward functions on the tape. Letters as in docs/model.md: B pairs,
 * n cells, d width, R numbers of a raw cell.
 */
#ifndef IDC_MODEL_PARTS_H
#define IDC_MODEL_PARTS_H

#include "model/network.h"

#define IDC_MAX_BLOCKS 32

typedef struct idc_dense {
    idc_tensor *weight, *bias; /* [out,in], [out] */
} idc_dense;

typedef struct idc_norm {
    idc_tensor *gain, *bias; /* [d] */
} idc_norm;

/* ---- finding and adding parameters ---- */

enum idc_start {
    IDC_START_ZERO,
    IDC_START_ONE,
    IDC_START_NORMAL, /* mean 0, deviation `scale` */
    IDC_START_UNIFORM /* −scale … scale */
};

typedef struct idc_builder {
    idc_params *params;
    uint64_t seed; /* 0: zeros everywhere */
    uint64_t made; /* parameters so far; the stream of the next one's random numbers */
    bool added;    /* the last one was added, not found */
    int rc;
    idc_error *err;
} idc_builder;

/* The parameter `prefix` + `name`, of exactly this shape. NULL once the builder has failed. */
idc_tensor *idc_build_start(idc_builder *b, const char *prefix, const char *name, int ndim,
                            const int64_t *shape, enum idc_start start, float scale);
/* NAME.weight and NAME.bias, both uniform within 1/sqrt(in), as PyTorch starts linear layers. */
idc_dense idc_build_dense(idc_builder *b, const char *prefix, const char *name, int in, int out);
idc_norm idc_build_norm(idc_builder *b, const char *prefix, const char *name, int width);

/* ---- stack.c: a transformer stack ---- */

typedef struct idc_block {
    idc_dense q, k, v, out, w1, w2;
    idc_norm norm1, norm2;
} idc_block;

typedef struct idc_stack {
    idc_norm norm;
    int blocks;
    idc_block block[IDC_MAX_BLOCKS];
} idc_stack;

/* Keys and values of the rows that a stack has seen, one item only: [capacity,d] f32 each, the
 * caller's memory. */
typedef struct idc_cache {
    int length, capacity; /* rows in use, rows there are */
    float *keys[IDC_MAX_BLOCKS], *values[IDC_MAX_BLOCKS];
} idc_cache;

void idc_stack_make(idc_stack *s, idc_builder *b, const char *prefix, int blocks,
                    const idc_network_config *c);

/* ---- embedding.c ---- */

enum {
    IDC_TYPE_CLS1 = 1,
    IDC_TYPE_BEFORE,
    IDC_TYPE_CLS2,
    IDC_TYPE_AFTER,
    IDC_TYPE_CLS3,
    IDC_TYPE_TEXT,
    IDC_TYPES
};

typedef struct idc_embedding_part {
    idc_tensor *words, *types; /* [V,d], [7,d] */
    idc_dense project, fourier[2];
    idc_norm norm;
} idc_embedding_part;

typedef struct idc_matching {
    idc_dense q, k, reduce, mlp[2];
    idc_tensor *log_weight; /* [heads] */
} idc_matching;

typedef struct idc_heads {
    idc_dense pointer, nothing, attributes, type, summary;
} idc_heads;

typedef struct idc_embed {
    idc_dense pair, text;  /* [D,2d], [D,d] */
    idc_tensor *log_scale; /* [1] */
} idc_embed;

struct idc_network {
    idc_network_config c;
    int rows, columns, cells, raw; /* after pooling; raw: numbers of a cell */
    idc_embedding_part embedding;
    idc_stack single, pair, cross;
    idc_matching matching;
    idc_heads heads;
    idc_dense output, pooler;
    idc_embed embed;
    float *positions; /* [max(cells, max_length), d]: the sinusoids of words and, unless fourier,
                         cells */
    float *places;    /* [cells,2]: x, y in units of the grid's width */
    uint64_t seed, step, drops; /* dropout */
    idc_attention_watch *watch; /* of the cross-modal encoder, or NULL */
};

/* Dropout with the configuration's probability; each call of a step has its own stream. */
idc_tensor *idc_network_drop(idc_network *net, idc_tape *t, idc_tensor *x);

/* mask: u8 [T,T] or NULL. With a cache (B = 1) the T rows are appended to it and see all rows
 * before them; the mask is then [T, length + T]. */
typedef struct idc_row_range {
    int64_t first, count;
} idc_row_range;
typedef struct idc_stack_context {
    const idc_tensor *mask;
    idc_cache *cache;
    const idc_row_range
        *wanted; /* the rows whose result is wanted; NULL: all. The last block skips the others */
    int ranges;
    const idc_tensor *wanted_mask; /* as mask, of the wanted rows */
    idc_attention_watch *watch;    /* or NULL */
    bool fill_only; /* only the cache is wanted: the last block stops at its keys and values */
} idc_stack_context;

/* x [B,T,d] → the same shape, or [B, rows wanted, d] */
idc_tensor *idc_stack_forward(idc_network *net, const idc_stack *s, idc_tape *t, idc_tensor *x,
                              const idc_stack_context *context);

void idc_embedding_make(idc_embedding_part *e, idc_builder *b, const idc_network *net);
int idc_embedding_tables(idc_network *net, idc_error *err);
/* [N,h,w,F] → [N,n,R] */
idc_tensor *idc_embedding_pool(idc_network *net, idc_tape *t, idc_tensor *feature);
/* raw [2B,n,R], the pictures before and then those after → [2B,n+1,d] */
idc_tensor *idc_embedding_pictures(idc_network *net, idc_tape *t, idc_tensor *raw);
/* raw [B,n,R] → [B,n+1,d], as pictures before */
idc_tensor *idc_embedding_alone(idc_network *net, idc_tape *t, idc_tensor *raw);
/* ids i32 [B,L], the first at position `start` → [B,L,d] */
idc_tensor *idc_embedding_text(idc_network *net, idc_tape *t, const idc_tensor *ids, int start);
/* A CLS token of a type: [B,1,d] */
idc_tensor *idc_embedding_cls(idc_network *net, idc_tape *t, int type, int64_t batch);

void idc_matching_make(idc_matching *m, idc_builder *b, const idc_network *net);
/* tokens [2B,n+1,d], raw [2B,n,R] → [2B,n+1,d] */
idc_tensor *idc_matching_forward(idc_network *net, idc_tape *t, idc_tensor *tokens,
                                 idc_tensor *raw);

void idc_heads_make(idc_heads *h, idc_builder *b, const idc_network *net);
/* out->tokens is E; the helper heads' outputs are added and the CLS rows get their summaries. */
void idc_heads_forward(idc_network *net, idc_tape *t, idc_tensor *raw,
                       idc_network_pair_output *out);

void idc_embed_make(idc_embed *e, idc_builder *b, const idc_network *net); /* embed.c */

/* ---- network.c: the cross-modal encoder row by row, for decoding ---- */

/* Fills an empty cache with the keys and values of tokens [1,M,d]: picture rows never see the text. */
void idc_network_read_pair(idc_network *net, idc_tape *t, idc_tensor *tokens, idc_cache *cache);
/* n more words; each sees the pictures and the words up to itself → [1,n,d]. */
idc_tensor *idc_network_read_words(idc_network *net, idc_tape *t, const int32_t *words, int n,
                                   idc_cache *cache);

/* linear with a dense layer's parameters */
static inline idc_tensor *idc_dense_forward(idc_tape *t, idc_tensor *x, const idc_dense *layer)
{
    return idc_linear(t, x, layer->weight, layer->bias);
}

#endif
