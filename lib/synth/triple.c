#include "synth/triple.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MIN_PIXELS 200 /* of 480 × 320, in each view */
#define CHECK_WIDTH 480
#define CHECK_HEIGHT 320
#define ATTEMPTS 2000
#define CAMERA_SHIFT 1.0        /* of the original CLEVR scenes */
#define STREAM_TYPE 0xFFFFFFFFu /* index of the generator that draws type and lamps */

const char *const idc_view_names[IDC_VIEWS] = {"before", "semantic", "nonsemantic"};

uint64_t idc_triple_key(uint64_t seed, uint64_t number, int view)
{
    return (seed * 0x9E3779B97F4A7C15u) ^ (number * IDC_VIEWS + (uint64_t)view);
}

void idc_seen_count(idc_seen *seen, const uint8_t *ids, const int size[2])
{
    for (int k = 0; k < IDC_MAX_OBJECTS; k++)
        seen[k] = (idc_seen){0, {size[0], size[1], 0, 0}};
    for (int y = 0; y < size[1]; y++)
        for (int x = 0; x < size[0]; x++) {
            int k = ids[y * size[0] + x];
            if (k >= IDC_MAX_OBJECTS)
                continue;
            idc_seen *s = &seen[k];
            s->pixels++;
            s->box[0] = s->box[0] < x ? s->box[0] : x;
            s->box[1] = s->box[1] < y ? s->box[1] : y;
            s->box[2] = s->box[2] > x + 1 ? s->box[2] : x + 1;
            s->box[3] = y + 1;
        }
    for (int k = 0; k < IDC_MAX_OBJECTS; k++)
        if (!seen[k].pixels)
            memset(&seen[k], 0, sizeof seen[k]);
}

/* Type and lamps depend on the number alone, so that trying again does not favour easy types. */
static void draw_kind(idc_triple *t, const idc_triple_spec *spec)
{
    double sum = 0;
    for (int k = IDC_COLOR; k < IDC_TYPES; k++)
        sum += spec->weight[k];
    if (sum <= 0) {
        t->type = IDC_COLOR + (int)(t->number % 5);
        t->fresh_lamps = t->number / 5 % 2 == 0;
        return;
    }
    idc_random r = idc_random_at(spec->seed, t->number, STREAM_TYPE);
    double u = idc_random_unit(&r) * sum;
    t->fresh_lamps = (int)idc_random_below(&r, 2);
    t->type = IDC_COLOR;
    while (t->type < IDC_TYPES - 1 && u >= spec->weight[t->type])
        u -= spec->weight[t->type++];
}

static int all_visible(idc_renderer *renderer, const idc_view *view)
{
    static const int size[2] = {CHECK_WIDTH, CHECK_HEIGHT};
    uint8_t ids[CHECK_WIDTH * CHECK_HEIGHT];
    idc_seen seen[IDC_MAX_OBJECTS];
    idc_render_ids(renderer, view, size, ids);
    idc_seen_count(seen, ids, size);
    for (int k = 0; k < view->count; k++)
        if (seen[k].pixels < MIN_PIXELS)
            return 0;
    return 1;
}

static double moved(const idc_triple *t)
{
    const idc_solid *a = &t->view[IDC_BEFORE].objects[t->index[0]],
                    *b = &t->view[IDC_SEMANTIC].objects[t->index[1]];
    return hypot(b->x - a->x, b->y - a->y);
}

/* One attempt; 0 when the scene keeps all rules. */
static int attempt(idc_triple *t, idc_renderer *renderer, const idc_triple_spec *spec,
                   idc_random *r)
{
    idc_view *v = t->view;
    idc_view_start(&v[IDC_BEFORE], r);
    idc_view_fill(&v[IDC_BEFORE], 3 + (int)idc_random_below(r, 8), r);
    if (idc_view_change(&v[IDC_BEFORE], t->type, &v[IDC_SEMANTIC], t->index, r) < 0 ||
        (t->type == IDC_MOVE && spec->max_move > 0 && moved(t) > spec->max_move))
        return -1;
    v[IDC_NONSEMANTIC] = v[IDC_BEFORE];
    double shift = spec->max_shift > 0 ? spec->max_shift : CAMERA_SHIFT;
    for (int k = IDC_SEMANTIC; k < IDC_VIEWS; k++) {
        idc_camera_shift(v[k].camera, shift, r);
        if (t->fresh_lamps)
            idc_lamps_draw(v[k].lamp, r);
    }
    static const int backward[IDC_TYPES] = {IDC_NONE, IDC_COLOR, IDC_MATERIAL,
                                            IDC_DROP, IDC_ADD,   IDC_MOVE};
    const idc_view turned[2] = {v[IDC_SEMANTIC], v[IDC_BEFORE]};
    const int index[2] = {t->index[1], t->index[0]};
    if (idc_sentences_change(&t->forward, t->type, v, t->index, r) < 0 ||
        idc_sentences_change(&t->backward, backward[t->type], turned, index, r) < 0)
        return -1;
    idc_sentences_none(&t->none, r);
    for (int k = 0; k < IDC_VIEWS; k++)
        if (!all_visible(renderer, &v[k]))
            return -1;
    return 0;
}

int idc_triple_make(idc_triple *t, idc_renderer *r, const idc_triple_spec *spec, uint64_t number,
                    idc_error *err)
{
    memset(t, 0, sizeof *t);
    t->number = number;
    snprintf(t->name, sizeof t->name, "s%07llu", (unsigned long long)number);
    draw_kind(t, spec);
    for (uint32_t i = 0; i < ATTEMPTS; i++) {
        idc_random random = idc_random_at(spec->seed, number, i);
        if (attempt(t, r, spec, &random) == 0)
            return 0;
    }
    return idc_fail(err, IDC_E_INVALID, "triple %llu: no scene keeps the rules",
                    (unsigned long long)number);
}

void idc_triple_draw(idc_triple *t, idc_renderer *r, uint64_t seed, int view, idc_image *picture,
                     uint8_t *ids)
{
    const int size[2] = {picture->width, picture->height};
    idc_render_ids(r, &t->view[view], size, ids);
    idc_seen_count(t->seen[view], ids, size);
    idc_render(r, &t->view[view], idc_triple_key(seed, t->number, view), picture);
}

static double overlap(const int a[4], const int b[4])
{
    int w = (a[2] < b[2] ? a[2] : b[2]) - (a[0] > b[0] ? a[0] : b[0]);
    int h = (a[3] < b[3] ? a[3] : b[3]) - (a[1] > b[1] ? a[1] : b[1]);
    if (w <= 0 || h <= 0)
        return 0;
    double both = (double)w * h;
    return both /
           ((double)(a[2] - a[0]) * (a[3] - a[1]) + (double)(b[2] - b[0]) * (b[3] - b[1]) - both);
}

double idc_triple_overlap(const idc_triple *t, int view)
{
    double sum = 0;
    int n = 0, changed = view == IDC_SEMANTIC ? t->index[0] : -1;
    int dropped = view == IDC_SEMANTIC && t->type == IDC_DROP;
    for (int k = 0; k < t->view[IDC_BEFORE].count; k++) {
        if (k == changed)
            continue;
        sum += overlap(t->seen[IDC_BEFORE][k].box,
                       t->seen[view][dropped && k > changed ? k - 1 : k].box);
        n++;
    }
    return n ? sum / n : 0;
}
