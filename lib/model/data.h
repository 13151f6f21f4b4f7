/* data.h: triples of pictures to train on: before, changed (semantic), distractor (nonsemantic).
 *
 *     idc_dataset *data;
 *     if (idc_dataset_open(&data, (const char *[]){"shards"}, 1, &err) == 0) {
 *         idc_triple t;
 *         idc_dataset_triple(data, idc_order_at(order, position), &t);
 *         idc_dataset_close(&data);
 *     }
 *
 * Sources are shards that `idc-synth --pack` wrote (mapped, never copied) and folders of them. Every number of a shard that
 * is used as an index is checked when it is opened. Lists of labelled pairs (data_list.h) may lie beside them.
 */
#ifndef IDC_MODEL_DATA_H
#define IDC_MODEL_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/vocabulary.h"

#define IDC_VIEWS 3
#define IDC_OBJECTS 11 /* rows of an object table */

enum idc_view_name { IDC_VIEW_BEFORE, IDC_VIEW_SEMANTIC, IDC_VIEW_NONSEMANTIC };
enum idc_change_type {
    IDC_NONE,
    IDC_COLOR,
    IDC_MATERIAL,
    IDC_ADD,
    IDC_DROP,
    IDC_MOVE,
    IDC_CHANGE_TYPES
};
enum idc_attribute { IDC_SHAPE, IDC_SIZE, IDC_COLOUR, IDC_MATTER, IDC_ATTRIBUTES };

/* Shapes, sizes, colours, materials: 3, 2, 8, 2; the first logit of each among the 15. */
extern const int idc_attribute_values[IDC_ATTRIBUTES], idc_attribute_first[IDC_ATTRIBUTES];

typedef struct idc_scene_object {
    int attribute[IDC_ATTRIBUTES]; /* −1 in all: no such object */
    float x, y;                    /* on the ground */
    float u, v;                    /* the projected centre, in pixels of the picture as stored */
} idc_scene_object;

typedef struct idc_triple {
    int width, height;                      /* of the pictures */
    const unsigned char *images[IDC_VIEWS]; /* [height,width,3] sRGB */
    const unsigned char
        *masks[IDC_VIEWS]; /* [height/2,width/2]: object of each 2×2 block, 255 ground */
    idc_scene_object objects[IDC_VIEWS][IDC_OBJECTS];
    enum idc_change_type type;
    int changed[IDC_VIEWS]; /* the changed object's row in each view, −1 where it does not exist */
    const char *text;       /* one JSON object with the sentences */
    size_t text_bytes;
} idc_triple;

typedef struct idc_dataset idc_dataset;

/* paths: shards, folders of *.safetensors (read in the order of their names), lists NAME.jsonl of labelled pairs.
 * IDC_E_MISSING when there is neither triple nor pair. */
int idc_dataset_open(idc_dataset **data, const char *const *paths, size_t n, idc_error *err);
/* Pairs that are encoded already; the source stays the caller's. It has neither triples nor listed pairs. */
struct idc_train_source; /* train_source.h */
int idc_dataset_encoded(idc_dataset **data, struct idc_train_source *source, idc_error *err);
/* NULL of other data. */
struct idc_train_source *idc_dataset_source(const idc_dataset *data);
void idc_dataset_close(idc_dataset **data);
size_t idc_dataset_size(const idc_dataset *data);
/* IDC_E_MISMATCH with the shard named when pictures have to be stretched to become width × height. */
int idc_dataset_fit(const idc_dataset *data, int width, int height, idc_error *err);
/* Pairs of the lists, and one of them. */
size_t idc_dataset_pairs(const idc_dataset *data);
const struct idc_listed_pair *idc_dataset_pair(const idc_dataset *data, size_t i);
/* i < size. The triple points into the mapping. */
void idc_dataset_triple(const idc_dataset *data, size_t i, idc_triple *t);

/* The sentences of a triple. */
enum idc_caption_kind { IDC_FORWARD, IDC_BACKWARD, IDC_UNCHANGED, IDC_CAPTION_KINDS };
typedef struct idc_captions {
    char **sentence[IDC_CAPTION_KINDS];
    size_t count[IDC_CAPTION_KINDS];
    bool no_plain; /* the first is one like the others */
} idc_captions;
/* `name` is for messages. Each kind has at least one sentence. */
int idc_captions_parse(idc_captions *c, const char *text, size_t bytes, const char *name,
                       idc_error *err);
void idc_captions_fini(idc_captions *c);
/* Does one of the sentences say left, right, up, down, top, bottom, front, behind or where the wind comes from? */
bool idc_captions_name_a_side(const idc_captions *c);

/* The number of a set of captions among the data: triple by triple, then listed pair by listed pair (or those of the source),
 * one for each kind. */
static inline int32_t idc_caption_set(size_t item, enum idc_caption_kind kind)
{
    return (int32_t)(item * IDC_CAPTION_KINDS) + (int32_t)kind;
}

/* Where triple i lies, for messages: "shards/0000.safetensors: triple 3". */
void idc_dataset_place(const idc_dataset *data, size_t i, char *text, size_t size);

/* The specials and every word of the data's sentences, sorted; only the first sentence of each kind when `plain`. */
int idc_dataset_vocabulary(const idc_dataset *data, bool plain, idc_vocabulary **v, idc_error *err);
/* IDC_E_MISMATCH names the first sentence with a word that v lacks, by its place, the word, and v by its `name`. */
int idc_dataset_check_words(const idc_dataset *data, bool plain, const idc_vocabulary *v,
                            const char *name, idc_error *err);

/* The sentence of no change that comes most often (among equals, the first bytewise), of at most 4096 triples that lie evenly
 * over the data and all listed pairs; only the first sentence of each when `plain`. "" when there is none, or none that fits. */
int idc_dataset_no_change(const idc_dataset *data, bool plain, char *out, size_t size,
                          idc_error *err);

/* ---- the order in which triples are drawn: shuffled anew each epoch, a function of (seed, position) alone ---- */
typedef struct idc_order idc_order;
int idc_order_new(idc_order **order, uint64_t seed, size_t n, idc_error *err);
void idc_order_free(idc_order **order);
/* position counts on over the epochs: n positions are one epoch, in which every index < n occurs once. */
size_t idc_order_at(idc_order *order, uint64_t position);

/* ---- the six ordered pairs of a triple ---- */
typedef struct idc_ordered_pair {
    int view[2]; /* before, after */
    enum idc_change_type type;
    int object
        [2]; /* the changed object's row in either view, −1 where it does not exist or nothing changed */
    enum idc_caption_kind caption;
} idc_ordered_pair;
#define IDC_PAIRS 6
/* 0 b-s, 1 s-b, 2 b-n, 3 n-b, 4 n-s, 5 s-n. Backwards add and drop change places, old and new values as well. */
idc_ordered_pair idc_pair_of(const idc_triple *t, int pair);
static inline bool idc_pair_changes(int pair)
{
    return pair != 2 && pair != 3;
}

#endif
