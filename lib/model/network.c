/* network.c: the parts put together in the order of docs/model.md. */
#include "model/network.h"

#include <stdlib.h>
#include <string.h>

#include "model/parts.h"

static int check(const idc_network_config *c, idc_error *err)
{
    if (c->words < IDC_SPECIALS)
        return idc_fail(err, IDC_E_INVALID, "network: the configuration has no vocabulary");
    if (c->width < 2 || c->heads < 1 || c->width % 2 || c->width % c->heads ||
        (c->matching.heads && c->width % c->matching.heads))
        return idc_fail(err, IDC_E_INVALID, "network: width %d does not suit %d heads", c->width,
                        c->heads);
    if (c->single_blocks > IDC_MAX_BLOCKS || c->pair_blocks > IDC_MAX_BLOCKS ||
        c->cross_blocks > IDC_MAX_BLOCKS || c->matching.heads > 64)
        return idc_fail(err, IDC_E_RANGE, "network: more than %d blocks or 64 heads",
                        IDC_MAX_BLOCKS);
    return 0;
}

static void make_parts(idc_network *net, idc_builder *b)
{
    const idc_network_config *c = &net->c;
    idc_embedding_make(&net->embedding, b, net);
    idc_stack_make(&net->single, b, "model.single", c->single_blocks, c);
    if (c->matching.heads)
        idc_matching_make(&net->matching, b, net);
    idc_stack_make(&net->pair, b, "model.pair", c->pair_blocks, c);
    if (c->helper_heads)
        idc_heads_make(&net->heads, b, net);
    idc_stack_make(&net->cross, b, "model.encoder", c->cross_blocks, c);
    if (c->tied_output) {
        net->output.weight = net->embedding.words;
        net->output.bias = idc_build_start(b, "model.output", ".bias", 1, (int64_t[]){c->words},
                                           IDC_START_ZERO, 0);
    } else {
        net->output = idc_build_dense(b, "model.output", "", c->width, c->words);
    }
    net->pooler = idc_build_dense(b, "model.pooler", "", 2 * c->width, 2);
    if (c->itc)
        idc_embed_make(&net->embed, b, net);
}

int idc_network_new(idc_network **out, const idc_network_config *config, idc_params *params,
                    uint64_t seed, idc_error *err)
{
    *out = NULL;
    int rc = check(config, err);
    if (rc < 0)
        return rc;
    idc_network *net = calloc(1, sizeof *net);
    if (!net)
        return idc_fail(err, IDC_E_MEMORY, "network: no memory");
    net->c = *config;
    net->cells = idc_network_cells(config, &net->rows, &net->columns);
    net->raw = config->feature * (config->pool ? 2 : 1);
    idc_builder b = {.params = params, .seed = seed, .err = err};
    make_parts(net, &b);
    rc = b.rc < 0 ? b.rc : idc_embedding_tables(net, err);
    if (rc < 0)
        idc_network_free(&net);
    *out = net;
    return rc;
}

void idc_network_free(idc_network **net)
{
    if (!*net)
        return;
    free((*net)->positions);
    free((*net)->places);
    free(*net);
    *net = NULL;
}

const idc_network_config *idc_network_get_config(const idc_network *net)
{
    return &net->c;
}

void idc_network_begin_step(idc_network *net, uint64_t seed, uint64_t step)
{
    net->seed = seed;
    net->step = step;
    net->drops = 0;
}

void idc_network_watch(idc_network *net, idc_attention_watch *watch)
{
    net->watch = watch;
}

idc_tensor *idc_network_drop(idc_network *net, idc_tape *t, idc_tensor *x)
{
    if (net->c.dropout <= 0.0f || !idc_tape_training(t))
        return x;
    return idc_dropout(t, x, net->c.dropout, net->seed, (net->step << 16) + net->drops++);
}

idc_tensor *idc_network_raw(idc_network *net, idc_tape *t, idc_tensor *before, idc_tensor *after)
{
    idc_tensor *raws[2] = {idc_embedding_pool(net, t, before)};
    if (!after)
        return raws[0];
    raws[1] = idc_embedding_pool(net, t, after);
    return idc_concat(t, raws, 2, 0);
}

void idc_network_pair(idc_network *net, idc_tape *t, idc_tensor *before, idc_tensor *after,
                      idc_network_pair_output *out)
{
    idc_network_pair_raw(net, t, idc_network_raw(net, t, before, after), out);
}

void idc_network_pair_raw(idc_network *net, idc_tape *t, idc_tensor *raw,
                          idc_network_pair_output *out)
{
    *out = (idc_network_pair_output){0};
    idc_stack_context everything = {0};
    idc_tensor *x = idc_embedding_pictures(net, t, raw);
    x = out->single = idc_stack_forward(net, &net->single, t, x, &everything);
    if (net->c.matching.heads)
        x = idc_matching_forward(net, t, x, raw);
    if (!x)
        return;
    int64_t batch = x->shape[0] / 2;
    idc_tensor *sides[2] = {idc_slice(t, x, 0, 0, batch), idc_slice(t, x, 0, batch, batch)};
    out->tokens = idc_stack_forward(net, &net->pair, t, idc_concat(t, sides, 2, 1), &everything);
    if (net->c.helper_heads)
        idc_heads_forward(net, t, raw, out);
}

idc_tensor *idc_network_alone(idc_network *net, idc_tape *t, idc_tensor *raw)
{
    idc_stack_context everything = {0};
    idc_tensor *x = idc_embedding_alone(net, t, raw);
    x = idc_stack_forward(net, &net->single, t, x, &everything);
    if (!x)
        return NULL;
    idc_tensor *parts[2] = {x, idc_embedding_cls(net, t, IDC_TYPE_CLS2, x->shape[0])};
    return idc_stack_forward(net, &net->pair, t, idc_concat(t, parts, 2, 1), &everything);
}

/* Rows are queries, the last `text` of them words: `seen` columns are open to all, text rows also see the text up to
 * themselves. */
static idc_tensor *causal_mask(idc_tape *t, int64_t rows, int64_t seen, int64_t text)
{
    int64_t n = seen + text, pictures = rows - text;
    idc_tensor *mask = idc_tape_input(t, IDC_DTYPE_U8, 2, (int64_t[]){rows, n}, NULL);
    if (!mask)
        return NULL;
    for (int64_t i = 0; i < rows; i++) {
        int64_t open = i < pictures ? seen : seen + i - pictures + 1;
        unsigned char *row = (unsigned char *)mask->data + i * n;
        memset(row, 1, (size_t)open);
        memset(row + open, 0, (size_t)(n - open));
    }
    return mask;
}

idc_tensor *idc_network_cross(idc_network *net, idc_tape *t, idc_tensor *tokens,
                              const idc_tensor *ids, enum idc_text_mask mask, bool cls3)
{
    if (!tokens)
        return NULL;
    idc_tensor *parts[3] = {tokens};
    int n = 1;
    if (cls3)
        parts[n++] = idc_embedding_cls(net, t, IDC_TYPE_CLS3, tokens->shape[0]);
    if (ids)
        parts[n++] = idc_embedding_text(net, t, ids, 0);
    idc_tensor *x = n == 1 ? tokens : idc_concat(t, parts, n, 1);
    idc_stack_context context = {.watch = net->watch};
    if (ids && mask == IDC_TEXT_CAUSAL)
        context.mask = causal_mask(t, tokens->shape[1] + cls3 + ids->shape[1],
                                   tokens->shape[1] + cls3, ids->shape[1]);
    return idc_stack_forward(net, &net->cross, t, x, &context);
}

idc_tensor *idc_network_fuse(idc_network *net, idc_tape *t, idc_tensor *tokens,
                             const idc_tensor *ids, enum idc_fused_rows rows)
{
    if (!tokens || !ids)
        return NULL;
    int64_t n = net->cells, seen = tokens->shape[1];
    bool alone = seen == n + 2; /* of idc_network_alone: CLS2 has no cells */
    const struct {
        int count;
        idc_row_range range[3];
    } wanted[] = {[IDC_ROWS_CLS] = {3, {{0, 1}, {n + 1, 1}, {seen, 1}}},
                  [IDC_ROWS_CELLS] = {alone ? 1 : 2, {{1, n}, {n + 2, n}}},
                  [IDC_ROWS_TEXT] = {1, {{seen + 1, ids->shape[1]}}}};
    idc_tensor *parts[3] = {tokens, idc_embedding_cls(net, t, IDC_TYPE_CLS3, tokens->shape[0]),
                            idc_embedding_text(net, t, ids, 0)};
    idc_stack_context context = {.wanted = wanted[rows].range, .ranges = wanted[rows].count};
    return idc_stack_forward(net, &net->cross, t, idc_concat(t, parts, 3, 1), &context);
}

static idc_tensor *change_logits(idc_network *net, idc_tape *t, idc_tensor *cls[2])
{
    idc_tensor *logits = idc_dense_forward(t, idc_concat(t, cls, 2, 2), &net->pooler);
    return logits ? idc_reshape(t, logits, 2, (int64_t[]){logits->shape[0], 2}) : NULL;
}

idc_network_answer idc_network_ask(idc_network *net, idc_tape *t, idc_tensor *tokens,
                                   const idc_tensor *ids, enum idc_text_mask mask)
{
    idc_network_answer said = {0};
    if (!tokens)
        return said;
    int64_t seen = tokens->shape[1], text = ids ? ids->shape[1] : 0;
    idc_row_range wanted[] = {{0, 1}, {net->cells + 1, 1}, {seen, text}};
    idc_stack_context context = {.wanted = wanted, .ranges = ids ? 3 : 2, .watch = net->watch};
    idc_tensor *x = tokens;
    if (ids)
        x = idc_concat(t, (idc_tensor *[]){x, idc_embedding_text(net, t, ids, 0)}, 2, 1);
    if (ids && mask == IDC_TEXT_CAUSAL) {
        context.mask = causal_mask(t, seen + text, seen, text);
        context.wanted_mask = causal_mask(t, 2 + text, seen, text);
    }
    x = idc_stack_forward(net, &net->cross, t, x, &context);
    idc_tensor *cls[2] = {idc_slice(t, x, 1, 0, 1), idc_slice(t, x, 1, 1, 1)};
    said.change = change_logits(net, t, cls);
    if (ids)
        said.text = idc_slice(t, x, 1, 2, text);
    return said;
}

void idc_network_read_pair(idc_network *net, idc_tape *t, idc_tensor *tokens, idc_cache *cache)
{
    idc_stack_context context = {.cache = cache, .fill_only = true};
    idc_stack_forward(net, &net->cross, t, tokens, &context);
}

idc_tensor *idc_network_read_words(idc_network *net, idc_tape *t, const int32_t *words, int n,
                                   idc_cache *cache)
{
    int pictures = 2 * (net->cells + 1), seen = cache->length + n;
    idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){1, n}, words);
    idc_stack_context context = {.cache = cache};
    if (!ids)
        return NULL;
    if (n > 1) {
        idc_tensor *mask = idc_tape_input(t, IDC_DTYPE_U8, 2, (int64_t[]){n, seen}, NULL);
        for (int64_t i = 0; mask && i < n * seen; i++)
            ((unsigned char *)mask->data)[i] = i % seen <= cache->length + i / seen;
        context.mask = mask;
    }
    idc_tensor *x = idc_embedding_text(net, t, ids, cache->length - pictures);
    return idc_stack_forward(net, &net->cross, t, x, &context);
}

idc_tensor *idc_network_words(idc_network *net, idc_tape *t, idc_tensor *hidden)
{
    return idc_dense_forward(t, hidden, &net->output);
}

idc_tensor *idc_network_change(idc_network *net, idc_tape *t, idc_tensor *hidden)
{
    idc_tensor *cls[2] = {idc_slice(t, hidden, 1, 0, 1),
                          idc_slice(t, hidden, 1, net->cells + 1, 1)};
    return change_logits(net, t, cls);
}
