#include "model/train_loss.h"

#include <math.h>

#define LAST_AXIS 3
enum { LOGIT_FOREGROUND = 0, LOGIT_CENTRE = 1, LOGIT_ATTRIBUTES = 2, LOGIT_OFFSET = 17 };

void idc_loss_add(idc_tape *t, idc_losses *l, enum idc_loss which, idc_tensor *part)
{
    if (part == NULL)
        return;
    l->part[which] = part;
    idc_tensor *weighted = idc_scale(t, part, (float)l->weight[which]);
    l->total = l->total == NULL ? weighted : idc_add(t, l->total, weighted);
}

/* ---- encoder ---- */

typedef struct cells {
    idc_tensor *foreground, *centre, *centre_weight, *class_weight, *offset, *offset_weight;
    idc_tensor *attribute[IDC_ATTRIBUTES];
    float centres; /* how many */
} cells;

static bool cells_new(cells *c, idc_tape *t, int64_t n)
{
    c->foreground = idc_tape_input(t, IDC_DTYPE_F32, 1, &n, NULL);
    c->centre = idc_tape_input(t, IDC_DTYPE_F32, 1, &n, NULL);
    c->centre_weight = idc_tape_input(t, IDC_DTYPE_F32, 1, &n, NULL);
    c->class_weight = idc_tape_input(t, IDC_DTYPE_F32, 1, &n, NULL);
    c->offset = idc_tape_input(t, IDC_DTYPE_F32, 1, (int64_t[]){2 * n}, NULL);
    c->offset_weight = idc_tape_input(t, IDC_DTYPE_F32, 1, (int64_t[]){2 * n}, NULL);
    bool ok = c->foreground && c->centre && c->centre_weight && c->class_weight && c->offset &&
              c->offset_weight;
    for (int a = 0; a < IDC_ATTRIBUTES; a++)
        ok = (c->attribute[a] = idc_tape_input(t, IDC_DTYPE_I32, 1, &n, NULL)) != NULL && ok;
    return ok;
}

/* Weights of one cell. Classes: half of the weight is shared by all foreground cells, half by the centres. Centre map, with p
 * its probability now: (1 − p)² at a centre, p² elsewhere, 0.3 p² beside one (after Lin et al. 2017, and Zhou et al. 2019 for
 * the neighbours); p counts as a constant. */
static void cells_weigh(cells *c, const idc_labels *l, int cell, size_t at, double share_foreground,
                        float logit)
{
    bool is_centre = l->role[cell] == IDC_CELL_CENTRE, is_object = l->object[cell] >= 0;
    float p = 1 / (1 + expf(-logit));
    float beside = l->role[cell] == IDC_CELL_BESIDE ? 0.3f : 1.0f;
    idc_f32(c->foreground)[at] = is_object;
    idc_f32(c->centre)[at] = is_centre;
    idc_f32(c->centre_weight)[at] = (is_centre ? (1 - p) * (1 - p) : beside * p * p) / c->centres;
    idc_f32(c->class_weight)[at] = (float)((is_object ? 0.5 * share_foreground : 0) +
                                           (is_centre ? 0.5 / (double)c->centres : 0));
    for (int k = 0; k < 2; k++) {
        idc_f32(c->offset)[2 * at + (size_t)k] = l->offset[cell][k];
        idc_f32(c->offset_weight)[2 * at + (size_t)k] = is_object;
    }
    for (int a = 0; a < IDC_ATTRIBUTES; a++)
        idc_i32(c->attribute[a])[at] = is_object ? l->attribute[(int)l->object[cell]][a] : -1;
}

static bool cells_fill(cells *c, idc_tape *t, const idc_tensor *logits, const idc_batch *b)
{
    int per_picture = b->shape.rows * b->shape.columns;
    int64_t n = (int64_t)b->pictures * per_picture, width = idc_tensor_dim(logits, LAST_AXIS);
    if (!cells_new(c, t, n))
        return false;
    double foreground = 0, centres = 0;
    for (int64_t i = 0; i < n; i++) {
        foreground += b->labels[i / per_picture].object[i % per_picture] >= 0;
        centres += b->labels[i / per_picture].role[i % per_picture] == IDC_CELL_CENTRE;
    }
    c->centres = centres > 0 ? (float)centres : 1;
    for (int64_t i = 0; i < n; i++)
        cells_weigh(c, &b->labels[i / per_picture], (int)(i % per_picture), (size_t)i,
                    foreground > 0 ? 1 / foreground : 0, idc_f32(logits)[i * width + LOGIT_CENTRE]);
    return true;
}

void idc_loss_encoder(idc_tape *t, idc_tensor *logits, const idc_batch *b, idc_losses *l)
{
    cells c;
    if (logits == NULL || !cells_fill(&c, t, logits, b))
        return;
    idc_loss_add(t, l, IDC_LOSS_FOREGROUND,
                 idc_bce_logits(t, idc_slice(t, logits, LAST_AXIS, LOGIT_FOREGROUND, 1),
                                c.foreground, NULL, IDC_MEAN));
    idc_loss_add(t, l, IDC_LOSS_CENTRE,
                 idc_bce_logits(t, idc_slice(t, logits, LAST_AXIS, LOGIT_CENTRE, 1), c.centre,
                                c.centre_weight, IDC_SUM));
    for (int a = 0; a < IDC_ATTRIBUTES; a++) {
        idc_tensor *z = idc_slice(t, logits, LAST_AXIS, LOGIT_ATTRIBUTES + idc_attribute_first[a],
                                  idc_attribute_values[a]);
        idc_loss_add(t, l, (enum idc_loss)(IDC_LOSS_SHAPE + a),
                     idc_cross_entropy(t, z, c.attribute[a], c.class_weight, IDC_SUM));
    }
    idc_loss_add(t, l, IDC_LOSS_OFFSET,
                 idc_smooth_l1(t, idc_slice(t, logits, LAST_AXIS, LOGIT_OFFSET, 2), c.offset,
                               c.offset_weight, IDC_MEAN));
}

/* ---- pairs ---- */

static idc_tensor *integers(idc_tape *t, const int32_t *values, int64_t n)
{
    return idc_tape_input(t, IDC_DTYPE_I32, 1, &n, values);
}

/* What is not known of a pair does not count: NULL where all of it is known. */
static const idc_tensor *known(idc_tape *t, const float *weight, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (weight[i] != 1)
            return idc_tape_input(t, IDC_DTYPE_F32, 1, &n, weight);
    return NULL;
}

static void head_losses(idc_tape *t, const idc_batch *b, idc_losses *l)
{
    int64_t n = b->pairs;
    idc_tensor *pointer[2], *attributes = NULL;
    for (int k = 0; k < 2; k++) {
        int64_t shape[2] = {n, idc_tensor_dim(l->pair.pointer[k], 1)};
        const idc_tensor *mass = idc_tape_input(t, IDC_DTYPE_F32, 2, shape, b->pointer[k]);
        pointer[k] =
            idc_mass_loss(t, l->pair.pointer[k], mass, known(t, b->located[k], n), IDC_MEAN);
        for (int a = 0; a < IDC_ATTRIBUTES; a++) {
            idc_tensor *z = idc_slice(t, l->pair.attributes[k], 1, idc_attribute_first[a],
                                      idc_attribute_values[a]);
            idc_tensor *one =
                idc_cross_entropy(t, z, integers(t, b->attribute[k][a], n), NULL, IDC_MEAN);
            attributes = attributes == NULL ? one : idc_add(t, attributes, one);
        }
    }
    idc_loss_add(t, l, IDC_LOSS_TYPE,
                 idc_cross_entropy(t, l->pair.type, integers(t, b->type, n), NULL, IDC_MEAN));
    idc_loss_add(t, l, IDC_LOSS_POINTER, idc_add(t, pointer[0], pointer[1]));
    idc_loss_add(t, l, IDC_LOSS_ATTRIBUTES, attributes);
}

idc_tensor *idc_batch_feature(const idc_batch *b, idc_tape *t)
{
    int64_t shape[] = {b->pictures, b->shape.rows, b->shape.columns, b->shape.channels};
    return idc_tape_input(t, IDC_DTYPE_F32, 4, shape, b->feature);
}

void idc_loss_pairs(idc_network *net, idc_tape *t, idc_tensor *feature, const idc_batch *b,
                    idc_losses *l)
{
    int64_t n = b->pairs;
    idc_tensor *side[2];
    for (int k = 0; k < 2; k++)
        side[k] = idc_rows(t, feature, integers(t, b->view[k], n));
    l->raw = idc_network_raw(net, t, side[0], side[1]);
    if (l->raw != NULL)
        idc_network_pair_raw(net, t, l->raw, &l->pair);
    if (idc_tape_status(t, NULL) < 0)
        return;
    if (l->pair.type != NULL)
        head_losses(t, b, l);
    if (l->weight[IDC_LOSS_ITC] != 0) {
        idc_contrast_job job = {net, l->twin, l->contrast, l->seed, l->step};
        idc_contrast_pairs pairs = {l->raw, &l->pair, b};
        l->said = idc_contrast_loss(&job, t, &pairs);
        idc_loss_add(t, l, IDC_LOSS_ITC, l->said.loss);
    }
    if (l->weight[IDC_LOSS_WORDS] == 0 && l->weight[IDC_LOSS_CHANGE] == 0)
        return;
    const idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){n, b->length}, b->ids);
    idc_network_answer said = idc_network_ask(net, t, l->pair.tokens, ids, IDC_TEXT_CAUSAL);
    if (idc_tape_status(t, NULL) < 0)
        return;
    int64_t rows[] = {n * b->length, idc_tensor_dim(said.text, 2)};
    l->words = idc_network_words(net, t, idc_reshape(t, said.text, 2, rows));
    l->change = said.change;
    if (idc_tape_status(t, NULL) < 0)
        return;
    enum idc_reduction reduction = l->sum ? IDC_SUM : IDC_MEAN;
    idc_loss_add(
        t, l, IDC_LOSS_WORDS,
        idc_cross_entropy(t, l->words, integers(t, b->target, n * b->length), NULL, reduction));
    idc_loss_add(t, l, IDC_LOSS_CHANGE,
                 idc_cross_entropy(t, l->change, integers(t, b->changed, n), NULL, reduction));
}
