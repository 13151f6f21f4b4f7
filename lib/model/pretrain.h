/* pretrain.h: the tasks of pre-training (Yao, Wang, Jin, "Image Difference Captioning with Pre-training and Contrastive Learning",
 * AAAI 2022), one of which each step is about. docs/model.md, "Pre-training", has the formulas.
 *
 *     idc_pretrain *p;
 *     idc_pretrain_new(&p, &(idc_pretrain_options){.settings = s, .network = net, …}, params, &err);   // adds the tasks' parameters
 *     enum idc_task task = idc_pretrain_task_at(s, step);
 *     idc_task_input in;
 *     idc_pretrain_draw(p, task, batch, step, &in, &err);             // what is masked, which sentences are false …
 *     idc_task_said said = idc_pretrain_loss(p, task, tape, raw, &in);
 *     idc_pretrain_free(&p);
 *
 * Everything that is drawn is a function of (seed, step). A task is a file task_NAME.c and a row of the table in pretrain.c.
 * Letters as in docs/model.md: B pairs, n cells of a picture, R numbers of a raw cell, d width, L = max_length.
 */
#ifndef IDC_MODEL_PRETRAIN_H
#define IDC_MODEL_PRETRAIN_H

#include "model/data_batch.h"
#include "model/network.h"
#include "model/train_settings.h"

typedef struct idc_pretrain idc_pretrain;
typedef struct idc_negative_source idc_negative_source; /* negative_source.h */

typedef struct idc_pretrain_options {
    const idc_train_settings *settings;
    const idc_vocabulary *vocabulary;
    idc_network *network;
    int classes;   /* of pictures, for nabirds; 0: none are known */
    unsigned also; /* 1 << task of those whose parameters are wanted although their ratio is 0 */
} idc_pretrain_options;

/* Finds or adds the parameters of every task whose ratio is above 0. IDC_E_INVALID: all ratios are 0, or fda without a
 * negative. */
int idc_pretrain_new(idc_pretrain **p, const idc_pretrain_options *o, idc_params *params,
                     idc_error *err);
void idc_pretrain_free(idc_pretrain **p);
const idc_train_settings *idc_pretrain_settings(const idc_pretrain *p);
/* Where task fda has its negatives from; without it that task cannot be drawn. */
void idc_pretrain_use(idc_pretrain *p, idc_negative_source *negatives);

/* The twin of the network: for task itc where its objective needs one, and for softer targets of mlm and fda. */
void idc_pretrain_follow(idc_pretrain *p, idc_network *twin);

/* The task of a step: each with the probability that its ratio has in their sum. */
enum idc_task idc_pretrain_task_at(const idc_train_settings *s, uint64_t step);
const char *idc_task_name(enum idc_task task);
/* Hard negatives of each pair, K. */
int idc_pretrain_negatives(const idc_train_settings *s);
/* Pairs of a step: batch.size, but for fda, whose every pair is run 1 + K times, batch.size / (1 + K), at least one. */
int idc_pretrain_pairs(const idc_train_settings *s, enum idc_task task);

/* What a task reads of a step, beside the pictures. Only the fields of the task in hand are filled. */
typedef struct idc_task_input {
    int pairs, length;        /* B, L */
    int32_t *ids;             /* [B,L]: BOS, words, EOS, PAD … */
    int32_t *masked, *target; /* mlm [B,L]: words read, words to say or −1 */
    unsigned char
        *hidden; /* mvcl [2B,n]: 1 where a cell is masked; pictures before, then those after */
    const idc_batch *batch; /* itc: the batch itself */
    uint64_t step;
    int negatives;       /* fda: K */
    int32_t *candidates; /* fda [B,1+K,L]: the true sentence, then the false ones */
    int32_t *
        word; /* fda [B]: the row of the true sentence whose map masks cells, −1: none; NULL: no masks */
    int32_t *row[2],
        *text; /* itm [B]: rows of raw that are before and after; the pair whose sentence is read */
    int32_t
        *class_of;  /* nabirds [2B]: of the pictures before, then of those after; −1: not known */
    int32_t *label; /* itm [B]: 1 they belong together (are in order), 0 not, −1 does not count */
} idc_task_input;

typedef struct idc_task_said {
    idc_tensor *loss;         /* one element; NULL when the tape has failed */
    idc_tensor *logits;       /* [rows,classes] … */
    const idc_tensor *target; /* … and the right class of each row, −1 where it does not count */
    idc_tensor *more;         /* what the loss has beside theirs (soft masks); or NULL */
} idc_task_said;

/* Draws for the pairs of a batch; the arrays lie in p until its next draw. */
int idc_pretrain_draw(idc_pretrain *p, enum idc_task task, const idc_batch *b, uint64_t step,
                      idc_task_input *in, idc_error *err);
/* raw [2B,n,R] of idc_network_raw: the pictures before, then those after. Errors poison the tape. */
idc_task_said idc_pretrain_loss(const idc_pretrain *p, enum idc_task task, idc_tape *t,
                                idc_tensor *raw, const idc_task_input *in);

#endif
