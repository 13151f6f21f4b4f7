/* embedding.c: cells, words and CLS tokens to rows of the network's width: projection or table,
 * type row, position, norm. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/parts.h"

#define EMBEDDING_EPS 1e-12f
#define OCTAVES 6

void idc_embedding_make(idc_embedding_part *e, idc_builder *b, const idc_network *net)
{
    const idc_network_config *c = &net->c;
    /* A tied table is also the output layer: √d times smaller, so that the first logits are of
     * size 1. */
    float scale = c->tied_output ? 1.0f / sqrtf((float)c->width) : 1.0f;
    e->words = idc_build_start(b, "model.word_embedding", ".weight", 2,
                               (int64_t[]){c->words, c->width}, IDC_START_NORMAL, scale);
    e->project = idc_build_dense(b, "model.img_project", "", net->raw, c->width);
    e->types = idc_build_start(b, "model.position_encoding.type_pe", ".weight", 2,
                               (int64_t[]){IDC_TYPES, c->width}, IDC_START_NORMAL, 1);
    e->norm = idc_build_norm(b, "model.position_encoding.layernorm", "", c->width);
    if (c->position == IDC_POSITION_FOURIER) {
        e->fourier[0] =
            idc_build_dense(b, "model.position_encoding.fourier.0", "", 4 * OCTAVES, c->width);
        e->fourier[1] =
            idc_build_dense(b, "model.position_encoding.fourier.1", "", c->width, c->width);
    }
}

/* Vaswani et al. 2017 has sin and cos of p / 10000^(i/d) for even channels i. Yao, Wang, Jin 2022
 * (their code) doubles i once more and gives the cosine of channel i + 1 a frequency of its own. */
static void sinusoid(float *row, int p, int d, bool doubled)
{
    for (int i = 0; i < d; i += 2) {
        double sine = doubled ? 2.0 * i : i, cosine = doubled ? 2.0 * (i + 1) : i;
        row[i] = (float)sin(p / pow(10000.0, sine / d));
        row[i + 1] = (float)cos(p / pow(10000.0, cosine / d));
    }
}

int idc_embedding_tables(idc_network *net, idc_error *err)
{
    const idc_network_config *c = &net->c;
    int rows = net->cells > c->max_length ? net->cells : c->max_length;
    net->positions = malloc((size_t)rows * (size_t)c->width * sizeof(float));
    net->places = malloc((size_t)net->cells * 2 * sizeof(float));
    if (!net->positions || !net->places)
        return idc_fail(err, IDC_E_MEMORY, "network: no memory for %d positions", rows);
    for (int p = 0; p < rows; p++)
        sinusoid(net->positions + (size_t)p * (size_t)c->width, p, c->width,
                 c->position != IDC_POSITION_STANDARD);
    for (int i = 0; i < net->cells; i++) {
        net->places[2 * i] = ((float)(i % net->columns) + 0.5f) / (float)net->columns;
        net->places[2 * i + 1] = ((float)(i / net->columns) + 0.5f) / (float)net->columns;
    }
    return 0;
}

idc_tensor *idc_embedding_pool(idc_network *net, idc_tape *t, idc_tensor *feature)
{
    const idc_network_config *c = &net->c;
    if (!feature)
        return NULL;
    if (feature->ndim != 4 || feature->shape[1] != c->grid[0] || feature->shape[2] != c->grid[1] ||
        feature->shape[3] != c->feature)
        return idc_tape_fail(t, IDC_E_MISMATCH,
                             "feature: shape is not [N,%d,%d,%d], which the model expects",
                             c->grid[0], c->grid[1], c->feature);
    idc_tensor *cells = feature;
    if (c->pool)
        cells = idc_concat(t,
                           (idc_tensor *[]){idc_pool2d(t, feature, IDC_POOL_MEAN, 2, 2, 0),
                                            idc_pool2d(t, feature, IDC_POOL_MAX, 2, 2, 0)},
                           2, 3);
    return idc_reshape(t, cells, 3, (int64_t[]){feature->shape[0], net->cells, net->raw});
}

/* What every token gets at last: the row of its type, the norm, dropout. */
static idc_tensor *finish(idc_network *net, idc_tape *t, idc_tensor *x, int type)
{
    const idc_embedding_part *e = &net->embedding;
    x = idc_add(t, x, idc_slice(t, e->types, 0, type, 1));
    x = idc_layer_norm(t, x, e->norm.gain, e->norm.bias, EMBEDDING_EPS, net->c.norm);
    return idc_network_drop(net, t, x);
}

idc_tensor *idc_embedding_cls(idc_network *net, idc_tape *t, int type, int64_t batch)
{
    idc_tensor *word = idc_slice(t, net->embedding.words, 0, IDC_CLS, 1);
    word = idc_reshape(t, word, 3, (int64_t[]){1, 1, net->c.width});
    return finish(net, t, idc_expand(t, word, batch), type);
}

/* Fourier features of the places (Mildenhall et al. 2020) through two layers: [n,d]. */
static idc_tensor *fourier_positions(idc_network *net, idc_tape *t)
{
    idc_tensor *f = idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){net->cells, 4 * OCTAVES}, NULL);
    if (!f)
        return NULL;
    for (int i = 0; i < net->cells; i++) {
        float *row = idc_f32(f) + (size_t)i * 4 * OCTAVES;
        for (int axis = 0; axis < 2; axis++)
            for (int k = 0; k < OCTAVES; k++) {
                double a = ldexp(3.141592653589793, k) * (double)net->places[2 * i + axis];
                row[2 * axis * OCTAVES + k] = (float)sin(a);
                row[(2 * axis + 1) * OCTAVES + k] = (float)cos(a);
            }
    }
    const idc_embedding_part *e = &net->embedding;
    idc_tensor *h = idc_relu(t, idc_dense_forward(t, f, &e->fourier[0]));
    return idc_dense_forward(t, h, &e->fourier[1]);
}

static idc_tensor *table_positions(idc_network *net, idc_tape *t, int start, int64_t rows)
{
    int64_t d = net->c.width;
    return idc_tape_input(t, IDC_DTYPE_F32, 2, (int64_t[]){rows, d}, net->positions + start * d);
}

/* Raw cells projected, with their places: [N,n,d]. */
static idc_tensor *placed_cells(idc_network *net, idc_tape *t, idc_tensor *raw)
{
    idc_tensor *x = idc_dense_forward(t, raw, &net->embedding.project);
    if (net->c.projection == IDC_PROJECTION_SIGMOID)
        x = idc_sigmoid(t, x);
    idc_tensor *position = net->c.position == IDC_POSITION_FOURIER
                               ? fourier_positions(net, t)
                               : table_positions(net, t, 0, net->cells);
    return idc_add(t, x, position);
}

/* [CLS; cells] of the pictures before (0) or after (1). */
static idc_tensor *side_of(idc_network *net, idc_tape *t, idc_tensor *cells, int k)
{
    if (!cells)
        return NULL;
    int cls = k ? IDC_TYPE_CLS2 : IDC_TYPE_CLS1, cell = k ? IDC_TYPE_AFTER : IDC_TYPE_BEFORE;
    idc_tensor *parts[2] = {idc_embedding_cls(net, t, cls, cells->shape[0]),
                            finish(net, t, cells, cell)};
    return idc_concat(t, parts, 2, 1);
}

idc_tensor *idc_embedding_pictures(idc_network *net, idc_tape *t, idc_tensor *raw)
{
    if (!raw)
        return NULL;
    int64_t batch = raw->shape[0] / 2;
    idc_tensor *x = placed_cells(net, t, raw), *sides[2];
    for (int k = 0; k < 2; k++)
        sides[k] = side_of(net, t, idc_slice(t, x, 0, k * batch, batch), k);
    return idc_concat(t, sides, 2, 0);
}

idc_tensor *idc_embedding_alone(idc_network *net, idc_tape *t, idc_tensor *raw)
{
    return raw ? side_of(net, t, placed_cells(net, t, raw), 0) : NULL;
}

idc_tensor *idc_embedding_text(idc_network *net, idc_tape *t, const idc_tensor *ids, int start)
{
    int64_t length = ids->shape[1];
    if (start + length > net->c.max_length)
        return idc_tape_fail(t, IDC_E_RANGE, "text: %lld words, the model reads at most %d",
                             (long long)(start + length), net->c.max_length);
    idc_tensor *x = idc_embedding(t, net->embedding.words, ids);
    x = idc_scale(t, x, sqrtf((float)net->c.width));
    return finish(net, t, idc_add(t, x, table_positions(net, t, start, length)), IDC_TYPE_TEXT);
}
