#include "model/data_batch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/data_encoded.h"
#include "model/data_words.h"

static int pointer_width(const idc_batch_shape *s)
{
    int step = s->pool > 0 ? s->pool : 1;
    return (s->rows / step) * (s->columns / step) + 1;
}

int idc_batch_init(idc_batch *b, const idc_batch_shape *s, idc_error *err)
{
    memset(b, 0, sizeof *b);
    b->shape = *s;
    if (s->rows < 1 || s->columns < 1 || s->rows * s->columns > IDC_MAX_CELLS ||
        s->width % s->columns != 0 || s->height % s->rows != 0 || s->pictures < 1 || s->pairs < 0 ||
        s->max_length < 4 || s->channels < 0 || s->channels > 1 << 20)
        return idc_fail(err, IDC_E_RANGE, "batch: %d pictures of %dx%d with a grid of %dx%d",
                        s->pictures, s->width, s->height, s->columns, s->rows);
    idc_arena *a = idc_arena_new(0);
    b->memory = a;
    size_t n = (size_t)s->pictures, p = (size_t)s->pairs, words = p * (size_t)(s->max_length + 1);
    if (a == NULL)
        return idc_fail(err, IDC_E_MEMORY, "batch: no memory");
    bool ok;
    if (s->channels > 0) {
        size_t cells = (size_t)s->rows * (size_t)s->columns;
        b->feature = idc_arena_calloc(a, n, cells * (size_t)s->channels * sizeof *b->feature);
        b->key = idc_arena_calloc(a, n, sizeof *b->key);
        b->labels = idc_arena_calloc(a, 1, sizeof *b->labels);
        ok = b->feature && b->key && b->labels;
    } else {
        b->pixels = idc_arena_calloc(a, n, (size_t)s->width * (size_t)s->height * 3);
        b->picture = idc_arena_calloc(a, n, sizeof *b->picture);
        b->labels = idc_arena_calloc(a, n, sizeof *b->labels);
        ok = b->pixels && b->picture && b->labels;
    }
    b->type = idc_arena_calloc(a, p, sizeof *b->type);
    b->changed = idc_arena_calloc(a, p, sizeof *b->changed);
    b->origin = idc_arena_calloc(a, p, sizeof *b->origin);
    b->mirrored = idc_arena_calloc(a, p, sizeof *b->mirrored);
    b->ids = idc_arena_calloc(a, words, sizeof *b->ids);
    b->target = idc_arena_calloc(a, words, sizeof *b->target);
    b->sentence = idc_arena_calloc(a, words, sizeof *b->sentence);
    size_t further = s->captions > 1 ? (size_t)s->captions - 1 : 0;
    b->more = idc_arena_calloc(a, words, further * sizeof *b->more);
    b->contrary = idc_arena_calloc(a, words, s->contrary ? sizeof *b->contrary : 0);
    ok = ok && b->type && b->changed && b->origin && b->mirrored && b->ids && b->target &&
         b->sentence && b->more && b->contrary;
    for (int k = 0; k < 2 && ok && s->channels > 0; k++)
        ok = (b->class_of[k] = idc_arena_calloc(a, p, sizeof *b->class_of[k])) != NULL;
    for (int k = 0; k < 2 && ok; k++) {
        b->view[k] = idc_arena_calloc(a, p, sizeof *b->view[k]);
        b->pointer[k] = idc_arena_calloc(a, p * (size_t)pointer_width(s), sizeof *b->pointer[k]);
        b->located[k] = idc_arena_calloc(a, p, sizeof *b->located[k]);
        ok = b->view[k] && b->pointer[k] && b->located[k];
        for (int i = 0; i < IDC_ATTRIBUTES && ok; i++)
            ok = (b->attribute[k][i] = idc_arena_calloc(a, p, sizeof *b->attribute[k][i])) != NULL;
    }
    if (!ok) {
        idc_batch_fini(b);
        return idc_fail(err, IDC_E_MEMORY, "batch of %d pictures: no memory", s->pictures);
    }
    for (size_t i = 0; i < n && b->pixels != NULL; i++)
        b->picture[i] = b->pixels + i * (size_t)s->width * (size_t)s->height * 3;
    return 0;
}

void idc_batch_fini(idc_batch *b)
{
    idc_arena *a = b->memory;
    idc_arena_free(&a);
    memset(b, 0, sizeof *b);
}

/* Picture `at` of the batch: a view of a triple, and its labels. */
static int set_picture(const idc_batch_maker *m, idc_batch *b, int at, const idc_triple *t,
                       int view_index, const idc_view *view, idc_random *r, idc_error *err)
{
    idc_labels_make(&b->labels[at], t, view_index, view, m->shape.rows, m->shape.columns);
    return idc_view_picture(view, t->images[view_index], b->pixels + (b->picture[at] - b->pixels),
                            r, err);
}

/* Numbers of random streams that pictures do not reach. */
#define TOGETHER 0x200000

/* A group of pictures, those of a triple or of a listed pair, that are mirrored together or not. said: NULL where nothing is. */
static bool is_mirrored(const idc_batch_maker *m, uint64_t step, int group,
                        const idc_captions *said)
{
    idc_random shared = idc_batch_random(m, step, IDC_DRAW_LIGHT, (size_t)group);
    idc_light light;
    idc_light_draw(&light, &m->augment, &shared);
    if (!(idc_random_unit(&shared) < m->augment.mirror))
        return false;
    return said == NULL || !m->augment.keep_sides || !idc_captions_name_a_side(said);
}

typedef struct group {
    const idc_triple *t;
    int number;
    bool mirror;
} group;

static int draw_picture(const idc_batch_maker *m, uint64_t step, idc_batch *b, const group *g,
                        int view_index, idc_error *err)
{
    int at = b->pictures++;
    const idc_triple *t = g->t;
    idc_random shared = idc_batch_random(m, step, IDC_DRAW_LIGHT, (size_t)g->number);
    idc_random r = idc_batch_random(m, step, IDC_DRAW_VIEW, (size_t)at);
    idc_light light;
    idc_view view;
    idc_light_draw(&light, &m->augment, &shared);
    idc_view_whole(&view, t->width, t->height, m->shape.width, m->shape.height);
    idc_view_draw(&view, &m->augment, &light, g->mirror, &r);
    if (m->augment.together) {
        idc_random same = idc_batch_random(m, step, IDC_DRAW_VIEW, TOGETHER + (size_t)g->number);
        idc_view_crop(&view, &m->augment, &same);
    }
    return set_picture(m, b, at, t, view_index, &view, &r, err);
}

static int draw_pictures(idc_batch_maker *m, uint64_t step, idc_batch *b, idc_error *err)
{
    int pictures = m->shape.pictures;
    for (int i = 0; i < pictures; i++) {
        idc_triple t;
        size_t picture = idc_order_at(m->order, step * (uint64_t)pictures + (uint64_t)i);
        idc_dataset_triple(m->data, picture / IDC_VIEWS, &t);
        group g = {&t, i, is_mirrored(m, step, i, NULL)};
        int rc = draw_picture(m, step, b, &g, (int)(picture % IDC_VIEWS), err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- pairs ---- */

static void add_pair(const idc_batch_maker *m, idc_batch *b, const idc_triple *t, int first_picture,
                     const idc_ordered_pair *p)
{
    int at = b->pairs, width = pointer_width(&m->shape);
    b->type[at] = (int32_t)p->type;
    b->changed[at] = p->type != IDC_NONE;
    for (int k = 0; k < 2; k++) {
        int object = p->object[k], picture = first_picture + p->view[k];
        float *pointer = b->pointer[k] + at * width;
        b->view[k][at] = picture;
        b->located[k][at] = 1;
        pointer[width - 1] =
            idc_labels_pool(&b->labels[picture], object, m->shape.pool, pointer) == 0;
        for (int i = 0; i < IDC_ATTRIBUTES; i++)
            b->attribute[k][i][at] = object < 0 ? -1 : t->objects[p->view[k]][object].attribute[i];
    }
    b->pairs++;
}

/* A triple of a batch. */
typedef struct drawn {
    idc_triple t;
    idc_captions said;
    size_t number; /* among the data */
    bool mirror;
} drawn;

/* Chooses `pairs` of 6 · triples: none_share of them of those without a change (as far as there are enough). */
static void choose_pairs(const idc_batch_maker *m, idc_random *r, const drawn *d, uint32_t *chosen,
                         int pairs)
{
    uint32_t none[6 * 256], some[6 * 256];
    int n_none = 0, n_some = 0;
    for (int i = 0; i < m->triples * IDC_PAIRS; i++) {
        if (idc_pair_of(&d[i / IDC_PAIRS].t, i % IDC_PAIRS).type == IDC_NONE)
            none[n_none++] = (uint32_t)i;
        else
            some[n_some++] = (uint32_t)i;
    }
    idc_random_shuffle(r, none, (size_t)n_none);
    idc_random_shuffle(r, some, (size_t)n_some);
    int want = (int)lround(m->none_share * pairs);
    want = want > n_none ? n_none : want;
    want = pairs - want > n_some ? pairs - n_some : want;
    for (int i = 0; i < pairs; i++)
        chosen[i] = i < want ? none[i] : some[i - want];
}

static int parse_captions(const idc_triple *t, size_t number, idc_captions *c, idc_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "triple %zu of the data", number);
    return idc_captions_parse(c, t->text, t->text_bytes, name, err);
}

/* Where the sentence of the pair that is being added comes from; its words follow the mirror. */
static void set_origin(const idc_batch_maker *m, idc_batch *b, int32_t set, bool mirrored)
{
    b->origin[b->pairs] = set;
    b->mirrored[b->pairs] = mirrored;
    if (!mirrored)
        return;
    int row = m->shape.max_length + 1, further = m->shape.captions > 1 ? m->shape.captions - 1 : 0;
    idc_batch_mirror_words(m->vocabulary, b->sentence + b->pairs * row, row - 1);
    idc_batch_mirror_words(m->vocabulary, b->more + b->pairs * further * row, further * row);
    if (m->shape.contrary)
        idc_batch_mirror_words(m->vocabulary, b->contrary + b->pairs * row, row - 1);
}

/* The pairs that were chosen, each with one of its sentences. */
static void draw_sentences(idc_batch_maker *m, uint64_t step, idc_batch *b, const drawn *d,
                           const uint32_t *chosen)
{
    int pairs = m->shape.pairs - m->listed;
    for (int i = 0; i < pairs; i++) {
        int of = (int)chosen[i] / IDC_PAIRS;
        idc_ordered_pair p = idc_pair_of(&d[of].t, (int)chosen[i] % IDC_PAIRS);
        idc_random r = idc_batch_random(m, step, IDC_DRAW_SENTENCE, (size_t)i);
        idc_batch_sentence(m, b, &d[of].said, &p, m->plain_share, &r);
        set_origin(m, b, idc_caption_set(d[of].number, p.caption), d[of].mirror);
        add_pair(m, b, &d[of].t, of * IDC_VIEWS, &p);
    }
}

/* Triple i of a batch: its pictures, its sentences. */
static int draw_triple(idc_batch_maker *m, uint64_t step, idc_batch *b, int i, drawn *d,
                       idc_error *err)
{
    d->number = idc_order_at(m->order, step * (uint64_t)m->triples + (uint64_t)i);
    idc_dataset_triple(m->data, d->number, &d->t);
    int rc = parse_captions(&d->t, d->number, &d->said, err);
    if (rc < 0)
        return rc;
    d->mirror = is_mirrored(m, step, i, &d->said);
    group g = {&d->t, i, d->mirror};
    for (int v = 0; v < IDC_VIEWS && rc == 0; v++)
        rc = draw_picture(m, step, b, &g, v, err);
    return rc;
}

/* Pair `number` of those from lists in a batch: both pictures, then forwards and backwards. */
static int draw_listed(idc_batch_maker *m, uint64_t step, idc_batch *b, int number, idc_error *err)
{
    int per_batch = (m->listed + 1) / 2, first = b->pictures;
    size_t which = idc_order_at(m->list_order, step * (uint64_t)per_batch + (uint64_t)number);
    const idc_listed_pair *pair = idc_dataset_pair(m->data, which);
    idc_triple t;
    group g = {&t, m->triples + number, is_mirrored(m, step, m->triples + number, &pair->captions)};
    void *memory;
    int rc = idc_listed_load(pair, m->shape.width, m->shape.height, &t, &memory, err);
    for (int v = 0; v < 2 && rc == 0; v++)
        rc = draw_picture(m, step, b, &g, v, err);
    for (int k = 0; k < 2 && rc == 0 && b->pairs < m->shape.pairs; k++) {
        idc_ordered_pair p = idc_pair_of(&t, k);
        idc_random r = idc_batch_random(m, step, IDC_DRAW_SENTENCE, (size_t)b->pairs);
        idc_batch_sentence(m, b, &pair->captions, &p, m->plain_share, &r);
        set_origin(m, b, idc_caption_set(idc_dataset_size(m->data) + which, p.caption), g.mirror);
        add_pair(m, b, &t, first, &p);
    }
    free(memory);
    return rc;
}

int idc_batch_draw(idc_batch_maker *maker, uint64_t step, idc_batch *b, idc_error *err)
{
    idc_batch_maker planned = *maker, *m = &planned;
    if (m->plan != NULL)
        m->plan(m, step);
    b->pictures = b->pairs = 0;
    if (idc_dataset_source(m->data) != NULL)
        return idc_batch_draw_encoded(m, step, b, err);
    if (m->shape.pairs == 0)
        return draw_pictures(m, step, b, err);
    int listed = m->listed, rendered = m->shape.pairs - listed;
    if (m->triples < (rendered > 0) || m->triples > 256 || listed < 0 || rendered < 0 ||
        m->triples * IDC_VIEWS + (listed + 1) / 2 * 2 > m->shape.pictures ||
        rendered > m->triples * IDC_PAIRS)
        return idc_fail(err, IDC_E_RANGE, "%d pairs of %d triples: there are 6 of each triple",
                        rendered, m->triples);
    drawn *d = calloc((size_t)m->triples + 1, sizeof *d);
    uint32_t *chosen = calloc((size_t)m->shape.pairs, sizeof *chosen);
    int rc = d == NULL || chosen == NULL ? idc_fail(err, IDC_E_MEMORY, "batch: no memory") : 0;
    for (int i = 0; i < m->triples && rc == 0; i++)
        rc = draw_triple(m, step, b, i, &d[i], err);
    if (rc == 0) {
        idc_random r = idc_batch_random(m, step, IDC_DRAW_PAIRS, 0);
        choose_pairs(m, &r, d, chosen, rendered);
        draw_sentences(m, step, b, d, chosen);
    }
    for (int i = 0; i < (listed + 1) / 2 && rc == 0; i++)
        rc = draw_listed(m, step, b, i, err);
    if (rc == 0)
        idc_batch_targets(m, step, b);
    for (int i = 0; d != NULL && i < m->triples; i++)
        idc_captions_fini(&d[i].said);
    free(chosen);
    free(d);
    return rc;
}

static int add_whole_triple(idc_batch_maker *m, size_t number, idc_batch *b, idc_error *err)
{
    static const int pairs[IDC_VALIDATION_PAIRS] = {0, 2, 1, 4};
    idc_triple t;
    idc_captions c = {0};
    idc_view view;
    idc_random r = idc_batch_random(m, 0, IDC_DRAW_SENTENCE, number);
    idc_dataset_triple(m->data, number, &t);
    idc_view_whole(&view, t.width, t.height, m->shape.width, m->shape.height);
    int rc = m->shape.pairs > 0 ? parse_captions(&t, number, &c, err) : 0, first = b->pictures;
    for (int v = 0; v < IDC_VIEWS && rc == 0; v++)
        rc = set_picture(m, b, b->pictures++, &t, v, &view, &r, err);
    for (int i = 0; i < IDC_VALIDATION_PAIRS && rc == 0 && m->shape.pairs > 0; i++) {
        idc_ordered_pair p = idc_pair_of(&t, pairs[i]);
        idc_batch_sentence(m, b, &c, &p, 1, &r);
        set_origin(m, b, idc_caption_set(number, p.caption), false);
        add_pair(m, b, &t, first, &p);
    }
    idc_captions_fini(&c);
    return rc;
}

/* A listed pair as it is, forwards and backwards. */
static int add_whole_pair(idc_batch_maker *m, size_t number, idc_batch *b, idc_error *err)
{
    const idc_listed_pair *pair = idc_dataset_pair(m->data, number);
    idc_triple t;
    void *memory;
    idc_view view;
    idc_random r = idc_batch_random(m, 0, IDC_DRAW_SENTENCE, number);
    int first = b->pictures;
    int rc = idc_listed_load(pair, m->shape.width, m->shape.height, &t, &memory, err);
    if (rc == 0)
        idc_view_whole(&view, t.width, t.height, m->shape.width, m->shape.height);
    for (int v = 0; v < 2 && rc == 0; v++)
        rc = set_picture(m, b, b->pictures++, &t, v, &view, &r, err);
    for (int i = 0; i < 2 && rc == 0 && m->shape.pairs > 0; i++) {
        idc_ordered_pair p = idc_pair_of(&t, i);
        idc_batch_sentence(m, b, &pair->captions, &p, 1, &r);
        set_origin(m, b, idc_caption_set(idc_dataset_size(m->data) + number, p.caption), false);
        add_pair(m, b, &t, first, &p);
    }
    free(memory);
    return rc;
}

int idc_batch_validate(idc_batch_maker *m, size_t first, idc_batch *b, idc_error *err)
{
    if (idc_dataset_source(m->data) != NULL)
        return idc_batch_validate_encoded(m, first, b, err);
    int n = 0;
    size_t triples = idc_dataset_size(m->data), all = triples + idc_dataset_pairs(m->data);
    b->pictures = b->pairs = b->rendered = 0;
    while (first + (size_t)n < all && b->pictures + IDC_VIEWS <= m->shape.pictures &&
           (m->shape.pairs == 0 || b->pairs + IDC_VALIDATION_PAIRS <= m->shape.pairs)) {
        size_t at = first + (size_t)n;
        int rc = at < triples ? add_whole_triple(m, at, b, err)
                              : add_whole_pair(m, at - triples, b, err);
        if (rc < 0)
            return rc;
        b->rendered = at < triples ? b->pictures : b->rendered;
        n++;
    }
    if (m->shape.pairs > 0)
        idc_batch_targets(m, 0, b);
    return n;
}
