#include "model/data_batch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Streams of random numbers of a step: what they are for. */
enum { DRAW_LIGHT, DRAW_VIEW, DRAW_PAIRS, DRAW_SENTENCE, DRAWS };

static idc_random random_for(const idc_batch_maker *m, uint64_t step, int what, size_t item)
{
    return idc_random_at(m->seed, step * DRAWS + (uint64_t)what, (uint32_t)item);
}

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
        s->max_length < 4)
        return idc_fail(err, IDC_E_RANGE, "batch: %d pictures of %dx%d with a grid of %dx%d",
                        s->pictures, s->width, s->height, s->columns, s->rows);
    idc_arena *a = idc_arena_new(0);
    b->memory = a;
    size_t n = (size_t)s->pictures, p = (size_t)s->pairs, words = p * (size_t)(s->max_length + 1);
    if (a == NULL)
        return idc_fail(err, IDC_E_MEMORY, "batch: no memory");
    b->pixels = idc_arena_calloc(a, n, (size_t)s->width * (size_t)s->height * 3);
    b->picture = idc_arena_calloc(a, n, sizeof *b->picture);
    b->labels = idc_arena_calloc(a, n, sizeof *b->labels);
    b->type = idc_arena_calloc(a, p, sizeof *b->type);
    b->changed = idc_arena_calloc(a, p, sizeof *b->changed);
    b->ids = idc_arena_calloc(a, words, sizeof *b->ids);
    b->target = idc_arena_calloc(a, words, sizeof *b->target);
    b->sentence = idc_arena_calloc(a, words, sizeof *b->sentence);
    bool ok = b->pixels && b->picture && b->labels && b->type && b->changed && b->ids &&
              b->target && b->sentence;
    for (int k = 0; k < 2 && ok; k++) {
        b->view[k] = idc_arena_calloc(a, p, sizeof *b->view[k]);
        b->pointer[k] = idc_arena_calloc(a, p * (size_t)pointer_width(s), sizeof *b->pointer[k]);
        ok = b->view[k] && b->pointer[k];
        for (int i = 0; i < IDC_ATTRIBUTES && ok; i++)
            ok = (b->attribute[k][i] = idc_arena_calloc(a, p, sizeof *b->attribute[k][i])) != NULL;
    }
    if (!ok) {
        idc_batch_fini(b);
        return idc_fail(err, IDC_E_MEMORY, "batch of %d pictures: no memory", s->pictures);
    }
    for (size_t i = 0; i < n; i++)
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

static int draw_picture(const idc_batch_maker *m, uint64_t step, idc_batch *b, int at,
                        const idc_triple *t, int view_index, int group, idc_error *err)
{
    idc_random shared = random_for(m, step, DRAW_LIGHT, (size_t)group);
    idc_random r = random_for(m, step, DRAW_VIEW, (size_t)at);
    idc_light light;
    idc_view view;
    idc_light_draw(&light, &m->augment, &shared);
    bool mirror = idc_random_unit(&shared) < m->augment.mirror;
    idc_view_whole(&view, t->width, t->height, m->shape.width, m->shape.height);
    idc_view_draw(&view, &m->augment, &light, mirror, &r);
    return set_picture(m, b, at, t, view_index, &view, &r, err);
}

static int draw_pictures(idc_batch_maker *m, uint64_t step, idc_batch *b, idc_error *err)
{
    b->pictures = m->shape.pictures;
    for (int i = 0; i < b->pictures; i++) {
        idc_triple t;
        size_t drawn = idc_order_at(m->order, step * (uint64_t)b->pictures + (uint64_t)i);
        idc_dataset_triple(m->data, drawn / IDC_VIEWS, &t);
        int rc = draw_picture(m, step, b, i, &t, (int)(drawn % IDC_VIEWS), i, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- words ---- */

/* Left and right change places in a mirrored picture. */
static void mirror_words(const idc_vocabulary *v, int32_t *ids, int n)
{
    int left = idc_vocabulary_id(v, "left", 4), right = idc_vocabulary_id(v, "right", 5);
    for (int i = 0; i < n; i++)
        ids[i] = ids[i] == left ? right : ids[i] == right ? left : ids[i];
}

/* Words in and words to say of every pair, once all sentences are there (rows of max_length + 1). `masked`: 15 % of the
 * words and of the ends are to be said again, 80 % of them hidden, 10 % another word (Devlin et al. 2019, as in Yao et al. 2022). */
static void set_targets(const idc_batch_maker *m, uint64_t step, idc_batch *b)
{
    int longest = 2, row = m->shape.max_length + 1;
    for (int p = 0; p < b->pairs; p++)
        for (int i = 0; i < m->shape.max_length; i++)
            if (b->sentence[p * row + i] != IDC_PAD && i + 1 > longest)
                longest = i + 1;
    int length = m->text == IDC_TEXT_NEXT ? longest - 1 : longest;
    b->length =
        (length + 3) / 4 * 4 < m->shape.max_length ? (length + 3) / 4 * 4 : m->shape.max_length;
    for (int p = 0; p < b->pairs; p++) {
        const int32_t *s = b->sentence + p * row;
        int32_t *in = b->ids + p * b->length, *out = b->target + p * b->length;
        idc_random r = random_for(m, step, DRAW_SENTENCE, (size_t)(p + 0x100000));
        for (int i = 0; i < b->length; i++) {
            int32_t next = s[i + 1];
            in[i] = s[i] == IDC_EOS && m->text == IDC_TEXT_NEXT ? IDC_PAD : s[i];
            out[i] = m->text == IDC_TEXT_NEXT && next != IDC_PAD ? next : -1;
            if (m->text == IDC_TEXT_NEXT || s[i] == IDC_PAD || s[i] == IDC_BOS ||
                idc_random_unit(&r) >= 0.15)
                continue;
            double how = idc_random_unit(&r);
            out[i] = s[i];
            if (how < 0.8)
                in[i] = IDC_MASK;
            else if (how < 0.9)
                in[i] =
                    (int32_t)(IDC_SPECIALS +
                              idc_random_below(&r, (uint32_t)idc_vocabulary_size(m->vocabulary) -
                                                       IDC_SPECIALS));
        }
    }
}

static int set_sentence(const idc_batch_maker *m, idc_batch *b, const idc_captions *c,
                        const idc_ordered_pair *p, double plain, idc_random *r, idc_error *err)
{
    int row = m->shape.max_length + 1;
    size_t n = c->count[p->caption], which = 0;
    if (n > 1 && idc_random_unit(r) >= plain)
        which = 1 + idc_random_below(r, (uint32_t)n - 1);
    const char *text = c->sentence[p->caption][which];
    int32_t *ids = b->sentence + b->pairs * row;
    int used = idc_vocabulary_encode(m->vocabulary, text, ids, m->shape.max_length);
    ids[m->shape.max_length] = IDC_PAD;
    for (int i = 0; i < used; i++)
        if (ids[i] == IDC_UNK)
            return idc_fail(err, IDC_E_MISMATCH, "'%s' has a word that the vocabulary lacks", text);
    return 0;
}

/* ---- pairs ---- */

static int add_pair(const idc_batch_maker *m, idc_batch *b, const idc_triple *t, int first_picture,
                    const idc_ordered_pair *p)
{
    int at = b->pairs, width = pointer_width(&m->shape);
    b->type[at] = (int32_t)p->type;
    b->changed[at] = p->type != IDC_NONE;
    for (int k = 0; k < 2; k++) {
        int object = p->object[k], picture = first_picture + p->view[k];
        float *pointer = b->pointer[k] + at * width;
        b->view[k][at] = picture;
        pointer[width - 1] =
            idc_labels_pool(&b->labels[picture], object, m->shape.pool, pointer) == 0;
        for (int i = 0; i < IDC_ATTRIBUTES; i++)
            b->attribute[k][i][at] = object < 0 ? -1 : t->objects[p->view[k]][object].attribute[i];
    }
    b->pairs++;
    return 0;
}

/* Chooses `pairs` of 6 · triples: none_share of them of those without a change (as far as there are enough). */
static void choose_pairs(const idc_batch_maker *m, idc_random *r, const idc_triple *t,
                         uint32_t *chosen, int pairs)
{
    uint32_t none[6 * 256], some[6 * 256];
    int n_none = 0, n_some = 0;
    for (int i = 0; i < m->triples * IDC_PAIRS; i++) {
        if (idc_pair_of(&t[i / IDC_PAIRS], i % IDC_PAIRS).type == IDC_NONE)
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

static bool is_mirrored(const idc_batch_maker *m, uint64_t step, int triple)
{
    idc_random shared = random_for(m, step, DRAW_LIGHT, (size_t)triple);
    idc_light light;
    idc_light_draw(&light, &m->augment, &shared);
    return idc_random_unit(&shared) < m->augment.mirror;
}

static int draw_sentences(idc_batch_maker *m, uint64_t step, idc_batch *b, const idc_triple *t,
                          const uint32_t *chosen, idc_error *err)
{
    int rc = 0, pairs = m->shape.pairs;
    idc_captions *c = calloc((size_t)m->triples, sizeof *c);
    if (c == NULL)
        return idc_fail(err, IDC_E_MEMORY, "batch: no memory");
    for (int i = 0; i < m->triples && rc == 0; i++)
        rc = parse_captions(
            &t[i], idc_order_at(m->order, step * (uint64_t)m->triples + (uint64_t)i), &c[i], err);
    for (int i = 0; i < pairs && rc == 0; i++) {
        int of = (int)chosen[i] / IDC_PAIRS;
        idc_ordered_pair p = idc_pair_of(&t[of], (int)chosen[i] % IDC_PAIRS);
        idc_random r = random_for(m, step, DRAW_SENTENCE, (size_t)i);
        rc = set_sentence(m, b, &c[of], &p, m->plain_share, &r, err);
        if (rc == 0 && is_mirrored(m, step, of))
            mirror_words(m->vocabulary, b->sentence + b->pairs * (m->shape.max_length + 1),
                         m->shape.max_length);
        if (rc == 0)
            rc = add_pair(m, b, &t[of], of * IDC_VIEWS, &p);
    }
    for (int i = 0; i < m->triples; i++)
        idc_captions_fini(&c[i]);
    free(c);
    return rc;
}

int idc_batch_draw(idc_batch_maker *m, uint64_t step, idc_batch *b, idc_error *err)
{
    b->pictures = b->pairs = 0;
    if (m->shape.pairs == 0)
        return draw_pictures(m, step, b, err);
    if (m->triples < 1 || m->triples > 256 || m->triples * IDC_VIEWS > m->shape.pictures ||
        m->shape.pairs > m->triples * IDC_PAIRS)
        return idc_fail(err, IDC_E_RANGE, "%d pairs of %d triples: there are 6 of each triple",
                        m->shape.pairs, m->triples);
    idc_triple *t = calloc((size_t)m->triples, sizeof *t);
    uint32_t *chosen = calloc((size_t)m->shape.pairs, sizeof *chosen);
    int rc = t == NULL || chosen == NULL ? idc_fail(err, IDC_E_MEMORY, "batch: no memory") : 0;
    for (int i = 0; i < m->triples && rc == 0; i++) {
        idc_dataset_triple(
            m->data, idc_order_at(m->order, step * (uint64_t)m->triples + (uint64_t)i), &t[i]);
        for (int v = 0; v < IDC_VIEWS && rc == 0; v++)
            rc = draw_picture(m, step, b, b->pictures++, &t[i], v, i, err);
    }
    if (rc == 0) {
        idc_random r = random_for(m, step, DRAW_PAIRS, 0);
        choose_pairs(m, &r, t, chosen, m->shape.pairs);
        rc = draw_sentences(m, step, b, t, chosen, err);
    }
    if (rc == 0)
        set_targets(m, step, b);
    free(chosen);
    free(t);
    return rc;
}

static int add_whole_triple(idc_batch_maker *m, size_t number, idc_batch *b, idc_error *err)
{
    static const int pairs[IDC_VALIDATION_PAIRS] = {0, 2, 1, 4};
    idc_triple t;
    idc_captions c = {0};
    idc_view view;
    idc_random r = random_for(m, 0, DRAW_SENTENCE, number);
    idc_dataset_triple(m->data, number, &t);
    idc_view_whole(&view, t.width, t.height, m->shape.width, m->shape.height);
    int rc = m->shape.pairs > 0 ? parse_captions(&t, number, &c, err) : 0, first = b->pictures;
    for (int v = 0; v < IDC_VIEWS && rc == 0; v++)
        rc = set_picture(m, b, b->pictures++, &t, v, &view, &r, err);
    for (int i = 0; i < IDC_VALIDATION_PAIRS && rc == 0 && m->shape.pairs > 0; i++) {
        idc_ordered_pair p = idc_pair_of(&t, pairs[i]);
        rc = set_sentence(m, b, &c, &p, 1, &r, err);
        if (rc == 0)
            rc = add_pair(m, b, &t, first, &p);
    }
    idc_captions_fini(&c);
    return rc;
}

int idc_batch_validate(idc_batch_maker *m, size_t first, idc_batch *b, idc_error *err)
{
    int n = 0;
    b->pictures = b->pairs = 0;
    while (first + (size_t)n < idc_dataset_size(m->data) &&
           b->pictures + IDC_VIEWS <= m->shape.pictures &&
           (m->shape.pairs == 0 || b->pairs + IDC_VALIDATION_PAIRS <= m->shape.pairs)) {
        int rc = add_whole_triple(m, first + (size_t)n, b, err);
        if (rc < 0)
            return rc;
        n++;
    }
    if (m->shape.pairs > 0)
        set_targets(m, 0, b);
    return n;
}
