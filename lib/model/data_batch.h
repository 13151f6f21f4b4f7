/* data_batch.h: what one step of training needs, as plain arrays; a function of (seed, step) alone.
 *
 *     idc_batch_maker maker = {.data = data, .order = order, .vocabulary = words, .shape = …};
 *     idc_batch b;
 *     idc_batch_init(&b, &maker.shape, &err);
 *     idc_batch_draw(&maker, step, &b, &err);
 */
#ifndef IDC_MODEL_DATA_BATCH_H
#define IDC_MODEL_DATA_BATCH_H

#include "model/data_list.h"
#include "model/labels.h"
#include "model/mask_words.h"

/* Sizes that do not change in a run. */
typedef struct idc_batch_shape {
    int width, height; /* of the network's input */
    int rows, columns; /* of the encoder's grid */
    int pool;          /* 0 or 2 */
    int pictures;      /* at most */
    int pairs;         /* at most; 0: pictures only (the encoder's stage) */
    int max_length;    /* of a text */
    int channels;      /* of features, where pictures are encoded already; 0: pictures */
    int captions;      /* sentences of a pair for contrast; 0 as 1 */
    bool contrary;     /* pairs also get the sentence of the pair backwards … */
    bool still;        /* … or rather of its first picture twice */
} idc_batch_shape;

typedef struct idc_batch {
    idc_batch_shape shape; /* the most there is memory for */
    int pictures, pairs;   /* in this batch */
    int rendered; /* of idc_batch_validate: the first pictures, whose labels show every object */
    int length;   /* of its texts: a multiple of 4 that holds the longest */
    unsigned char *pixels; /* [pictures,height,width,3] */
    const unsigned char **picture;
    float *feature;     /* [pictures,rows,columns,channels] instead of pixels; NULL: pictures */
    int64_t *key;       /* of each feature in its source */
    idc_labels *labels; /* of each picture; scratch where there are features */
    int32_t *view[2];   /* [pairs]: which picture is before, after */
    int32_t *type, *changed; /* −1: not known */
    int32_t *origin;         /* [pairs]: the set of captions of its sentence (idc_caption_set) */
    bool *mirrored;          /* [pairs]: left and right have changed places */
    float *pointer
        [2]; /* [pairs, cells + 1]: where the changed object is in before, after; the last: nowhere */
    int32_t *
        class_of[2]; /* [pairs]: of the pictures; −1: not known. NULL where there are no features */
    float *located[2];                     /* [pairs]: 1 where `pointer` is known, else 0 */
    int32_t *attribute[2][IDC_ATTRIBUTES]; /* [pairs]; −1: no such object */
    int32_t *ids, *target; /* [pairs,length]: words in, words to say; target −1: does not count */
    int32_t *sentence;     /* [pairs,length + 1]: BOS, words, EOS, PAD */
    int32_t *more;     /* [pairs,captions − 1,max_length + 1]: further sentences of the pair */
    int32_t *contrary; /* [pairs,max_length + 1]: what would be said of the contrary pair */
    void *memory;
} idc_batch;

enum idc_batch_text { IDC_TEXT_NEXT, IDC_TEXT_MASKED };

typedef struct idc_batch_maker {
    const idc_dataset *data;
    idc_order *order, *list_order; /* of triples (pictures without pairs), of listed pairs */
    const idc_vocabulary *vocabulary;
    idc_batch_shape shape;
    idc_augment_options augment;
    uint64_t seed;
    int listed;        /* how many of the pairs come from lists */
    int triples;       /* whose pictures make the pairs of a batch */
    double none_share; /* of the pairs of a batch */
    double
        plain_share; /* how often the first, plain sentence is taken rather than one of the others */
    enum idc_batch_text text;
    idc_word_masking masking; /* of IDC_TEXT_MASKED */
    /* Changes a copy of the maker before a step is drawn (its shape may only shrink); NULL: every step is alike. */
    idc_order *class_order; /* of a source's pairs whose classes are known */
    bool classed;           /* pairs come from those */
    void (*plan)(struct idc_batch_maker *m, uint64_t step);
    const struct idc_train_settings *plan_settings; /* for plan */
} idc_batch_maker;

int idc_batch_init(idc_batch *b, const idc_batch_shape *shape, idc_error *err);
void idc_batch_fini(idc_batch *b);
/* The batch of a training step: augmented pictures of an epoch's order. With pairs: all three pictures of some triples, and
 * pairs drawn from their six orders each, none_share of them without a change; then `listed` pairs of the lists, each
 * forwards and backwards (shape.pictures must hold 3 · triples and 2 for each two of them). */
int idc_batch_draw(idc_batch_maker *m, uint64_t step, idc_batch *b, idc_error *err);
/* Triples first, first + 1, … as they are, plain sentences; pairs before → semantic, before → nonsemantic, semantic →
 * before, nonsemantic → semantic. After the last triple come the listed pairs, forwards and backwards. As many as fit;
 * returns how many triples and listed pairs, negative on errors. */
int idc_batch_validate(idc_batch_maker *m, size_t first, idc_batch *b, idc_error *err);
#define IDC_VALIDATION_PAIRS 4 /* of a triple */

#endif
