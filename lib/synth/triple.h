/* triple.h: three views of one scene: before, semantic (one change, new viewpoint), nonsemantic (new viewpoint alone).
 *
 *     idc_triple *t = …;
 *     idc_triple_make(t, renderer, &spec, 123, &err);
 *     for (int k = 0; k < IDC_VIEWS; k++)
 *         idc_triple_draw(t, renderer, spec.seed, k, &picture[k], ids[k]);
 *     printf("%s: %s\n", t->name, t->forward.text[0]);
 *
 * A triple depends on the seed and its number alone. Scenes are drawn until every object shows at least 200 of
 * 480 × 320 pixels in all three views and the changed object can be named.
 */
#ifndef IDC_SYNTH_TRIPLE_H
#define IDC_SYNTH_TRIPLE_H

#include "synth/render.h"
#include "synth/sentences.h"

enum { IDC_BEFORE, IDC_SEMANTIC, IDC_NONSEMANTIC, IDC_VIEWS };
extern const char *const idc_view_names[IDC_VIEWS];

/* How the triples of a run are drawn. */
typedef struct idc_triple_spec {
    uint64_t seed;
    double weight
        [IDC_TYPES];  /* of the change types; all 0: color, material, add, drop, move in turn */
    double max_move;  /* farthest move, in scene units; 0: anywhere */
    double max_shift; /* the camera's, along each axis, in scene units; 0: 1 */
} idc_triple_spec;

typedef struct idc_seen {
    int pixels, box[4]; /* visible part: x0 y0 x1 y1, ends exclusive */
} idc_seen;

typedef struct idc_triple {
    uint64_t number;
    char name[32];         /* s0000123 */
    int type, fresh_lamps; /* fresh: the two other views have lamps of their own */
    int index[2]; /* the changed object before and after (semantic), −1 where it does not exist */
    idc_view view[IDC_VIEWS];
    idc_seen seen[IDC_VIEWS][IDC_MAX_OBJECTS];
    idc_sentences forward, backward,
        none; /* before → semantic, semantic → before, before → nonsemantic */
} idc_triple;

/* Fills t but for what is seen. Uses the renderer for id maps. IDC_E_INVALID when no scene was found. */
int idc_triple_make(idc_triple *t, idc_renderer *r, const idc_triple_spec *spec, uint64_t number,
                    idc_error *err);
/* Renders a view; ids (width × height) and t->seen[view] are filled along. */
void idc_triple_draw(idc_triple *t, idc_renderer *r, uint64_t seed, int view, idc_image *picture,
                     uint8_t *ids);
/* The key of a view's picture. */
uint64_t idc_triple_key(uint64_t seed, uint64_t number, int view);
/* Boxes and counts of a view from its id map. */
void idc_seen_count(idc_seen *seen, const uint8_t *ids, const int size[2]);
/* Mean overlap (intersection over union) of the boxes of the unchanged objects, before against view 1 or 2. */
double idc_triple_overlap(const idc_triple *t, int view);

#endif
