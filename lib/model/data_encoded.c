#include "model/data_encoded.h"

#include <stdlib.h>
#include <string.h>

#include "model/data_label.h"
#include "model/data_words.h"
#include "model/train_source.h"

/* A file larger than this is drawn smaller: its mask only says which cells hold the box. */
#define LARGEST 1024
#define FIRST_SENTENCE 2.0 /* of a validation */

static int cell_count(const idc_batch_shape *s)
{
    int step = s->pool > 0 ? s->pool : 1;
    return (s->rows / step) * (s->columns / step);
}

/* Puts a feature into the batch unless it is there; *at: its picture. */
static int add_feature(const idc_batch_maker *m, idc_batch *b, int64_t feature, int32_t *at,
                       idc_error *err)
{
    idc_train_source *s = idc_dataset_source(m->data);
    const idc_batch_shape *shape = &b->shape;
    for (int i = 0; i < b->pictures; i++) {
        if (b->key[i] == feature) {
            *at = i;
            return 0;
        }
    }
    if (b->pictures >= shape->pictures)
        return idc_fail(err, IDC_E_RANGE, "batch: more than %d pictures", shape->pictures);
    size_t count = (size_t)shape->rows * (size_t)shape->columns * (size_t)shape->channels;
    int rc = s->read(s, feature, b->feature + (size_t)b->pictures * count, err);
    b->key[b->pictures] = feature;
    *at = b->pictures++;
    return rc;
}

/* The cells of side `side` that show the box; the last: nowhere. As of a listed pair whose picture is not cropped. */
static int point(const idc_batch_maker *m, idc_labels *l, const idc_train_pair *p, int side,
                 float *pointer, idc_error *err)
{
    int w = p->size[side][0], h = p->size[side][1], cells = cell_count(&m->shape);
    memset(pointer, 0, ((size_t)cells + 1) * sizeof *pointer);
    pointer[cells] = 1;
    if (!idc_label_exists(p->said.type, side))
        return 0;
    while (w > LARGEST || h > LARGEST) {
        w /= 2;
        h /= 2;
    }
    w = w < 16 ? 16 : w & ~1;
    h = h < 16 ? 16 : h & ~1;
    idc_triple t = {.width = w, .height = h};
    memset(t.objects, 0xff, sizeof t.objects);
    memset(t.objects[0][0].attribute, 0, sizeof t.objects[0][0].attribute);
    size_t size = (size_t)(w / 2) * (size_t)(h / 2);
    unsigned char *mask = malloc(size);
    if (mask == NULL)
        return idc_fail(err, IDC_E_MEMORY, "batch: no memory");
    memset(mask, 255, size);
    t.masks[0] = mask;
    double scale[2] = {(double)w / p->size[side][0], (double)h / p->size[side][1]};
    idc_label_place(&t, 0, mask, p->said.box[side], scale);
    idc_view view;
    idc_view_whole(&view, w, h, m->shape.width, m->shape.height);
    idc_labels_make(l, &t, 0, &view, m->shape.rows, m->shape.columns);
    pointer[cells] = idc_labels_pool(l, 0, m->shape.pool, pointer) == 0;
    free(mask);
    return 0;
}

static int add_item(const idc_batch_maker *m, idc_batch *b, uint32_t item, double plain,
                    idc_random *r, idc_error *err)
{
    const idc_train_pair *p = &idc_dataset_source(m->data)->pair[item / 2];
    int backward = (int)(item % 2), at = b->pairs, width = cell_count(&m->shape) + 1, rc = 0;
    idc_triple t = {.type = p->said.type};
    idc_ordered_pair way = idc_pair_of(&t, backward);
    if (!p->typed)
        way.caption = IDC_FORWARD;
    if (p->said.captions.no_plain && plain < FIRST_SENTENCE)
        plain = 0;
    b->type[at] = p->typed ? (int32_t)way.type : -1;
    b->changed[at] = p->changed;
    b->origin[at] = idc_caption_set(item / 2, way.caption);
    b->mirrored[at] = false;
    for (int k = 0; k < 2 && rc == 0; k++) {
        int side = backward ? 1 - k : k;
        bool sized = p->size[side][0] > 0 || !idc_label_exists(p->said.type, side);
        rc = add_feature(m, b, p->feature[side], &b->view[k][at], err);
        for (int a = 0; a < IDC_ATTRIBUTES; a++)
            b->attribute[k][a][at] = p->said.attribute[side][a];
        b->located[k][at] = p->located && sized;
        b->class_of[k][at] = p->class_of[side];
        if (rc == 0 && p->located && sized)
            rc = point(m, b->labels, p, side, b->pointer[k] + (size_t)at * (size_t)width, err);
    }
    if (rc == 0)
        idc_batch_sentence(m, b, &p->said.captions, &way, plain, r);
    b->pairs += rc == 0;
    return rc;
}

int idc_batch_draw_encoded(idc_batch_maker *m, uint64_t step, idc_batch *b, idc_error *err)
{
    const idc_train_source *s = idc_dataset_source(m->data);
    uint64_t first = step * (uint64_t)m->shape.pairs;
    const uint32_t *item = m->classed ? s->class_item : s->item;
    idc_order *order = m->classed ? m->class_order : m->list_order;
    int rc = 0;
    b->pictures = b->pairs = 0;
    for (int i = 0; i < m->shape.pairs && rc == 0; i++) {
        idc_random r = idc_batch_random(m, step, IDC_DRAW_SENTENCE, (size_t)i);
        rc =
            add_item(m, b, item[idc_order_at(order, first + (uint64_t)i)], m->plain_share, &r, err);
    }
    if (rc == 0)
        idc_batch_targets(m, step, b);
    return rc;
}

int idc_batch_validate_encoded(idc_batch_maker *m, size_t first, idc_batch *b, idc_error *err)
{
    const idc_train_source *s = idc_dataset_source(m->data);
    int rc = 0;
    b->pictures = b->pairs = b->rendered = 0;
    while (first + (size_t)b->pairs < s->items && b->pairs < m->shape.pairs && rc == 0) {
        size_t at = first + (size_t)b->pairs;
        idc_random r = idc_batch_random(m, 0, IDC_DRAW_SENTENCE, at);
        rc = add_item(m, b, s->item[at], FIRST_SENTENCE, &r, err);
    }
    if (rc == 0)
        idc_batch_targets(m, 0, b);
    return rc < 0 ? rc : b->pairs;
}
