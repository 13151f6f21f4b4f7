/* task.h: what a task of pre-training is made of; private to lib/model (pretrain.c, task_NAME.c).
 *
 * A task draws what is masked or false, and has a loss on the tape. Its own parameters, if it has any, are made when its
 * ratio is above 0.
 */
#ifndef IDC_MODEL_TASK_H
#define IDC_MODEL_TASK_H

#include "base/random.h"
#include "model/parts.h"
#include "model/pretrain.h"

struct idc_pretrain {
    const idc_train_settings *s;
    const idc_vocabulary *vocabulary;
    idc_network *net;
    idc_negative_source *negatives;
    idc_network *twin; /* NULL: none */
    idc_arena *arena;  /* what the last draw made */
    /* model.feat_regress: from a row of the cross-modal encoder back to a raw cell; its last product has the weight of
     * img_project (mvcl) */
    idc_dense regress;
    idc_norm regress_norm;
    idc_tensor *regress_bias;
    idc_dense match, order;              /* model.matcher, model.aligner (itm) */
    idc_tape *probe;                     /* of soft masks (soft_mask.c), NULL without them */
    int classes;                         /* of pictures, C */
    idc_dense classifier, class_aligner; /* nabirds */
};

typedef struct idc_task_row {
    const char *name;
    void (*make)(idc_pretrain *p, idc_builder *b); /* or NULL */
    int (*draw)(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                idc_error *err);
    idc_task_said (*loss)(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                          const idc_task_input *in);
} idc_task_row;

extern const idc_task_row idc_task_mlm, idc_task_mvcl, idc_task_fda, idc_task_itm_a, idc_task_itm_b,
    idc_task_itc, idc_task_nabirds;

/* Zeroed memory until the next draw; NULL: none. */
void *idc_task_memory(idc_pretrain *p, size_t count, size_t size);
/* Random numbers of a pair of a step. */
idc_random idc_task_random(const idc_pretrain *p, uint64_t step, int pair);
/* With tasks.mask_text: words of rows [rows,L] are masked in place. */
int idc_task_mask_text(idc_pretrain *p, idc_random *r, int32_t *ids, int rows, idc_error *err);
/* Pictures of a pair: 2; with batch.single 1, and raw is [B,n,R]. */
int idc_task_sides(const idc_pretrain *p);
/* E of raw [2B,n,R]. */
idc_tensor *idc_task_tokens(const idc_pretrain *p, idc_tape *t, idc_tensor *raw);
idc_tensor *idc_task_ids(idc_tape *t, const int32_t *ids, int64_t rows, int64_t length);
/* Of nabirds: f [n,d] with n classes; −1: not known. [1] */
idc_tensor *idc_task_class_contrast(idc_tape *t, idc_tensor *f, const int32_t *class_of, int64_t n);
idc_tensor *idc_task_integers(idc_tape *t, const int32_t *values, int64_t n);
/* z [B,C], of which the first is right: mean over rows of −(1 − p)^focal log p, p = softmax(z)[0] (Lin et al. 2017). The factor has
 * a gradient as well. */
idc_tensor *idc_task_first(idc_tape *t, idc_tensor *z, double focal);

/* ---- task_fda.c and soft_mask.c ---- */

/* CLS rows of the cross-modal encoder [rows,3,d] → cos((CLS1 + CLS2)/2, CLS3) [rows,1] */
idc_tensor *idc_task_cosines(idc_tape *t, idc_tensor *cls);
/* Draws the word of each pair whose map is to be made, −1 where nothing has changed; in->word stays NULL before soft.from. */
int idc_soft_draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                  idc_error *err);
/* E [B,M,d] of raw [2B,n,R] and its tokens with each cell times 1 − its heat: the cells of E, or with soft.raw those of raw.
 * Nothing flows back through the heat. */
idc_tensor *idc_soft_tokens(const idc_pretrain *p, idc_tape *t, idc_tensor *raw, idc_tensor *tokens,
                            const idc_task_input *in);

#endif
