/* data_words.h: the sentences of a batch, as numbers. Private to lib/model (data_batch.c).
 */
#ifndef IDC_MODEL_DATA_WORDS_H
#define IDC_MODEL_DATA_WORDS_H

#include "model/data_batch.h"

/* Random numbers of a step, apart for what they are for and for which of those. */
enum idc_draw { IDC_DRAW_LIGHT, IDC_DRAW_VIEW, IDC_DRAW_PAIRS, IDC_DRAW_SENTENCE, IDC_DRAWS };
idc_random idc_batch_random(const idc_batch_maker *m, uint64_t step, enum idc_draw what,
                            size_t item);

/* Pair b->pairs gets one of its sentences: the first with probability `plain`, else one of the others (of all, where none
 * is plain). Words that the vocabulary lacks are <UNK>: a training has looked for them before (idc_dataset_check_words). */
void idc_batch_sentence(const idc_batch_maker *m, idc_batch *b, const idc_captions *c,
                        const idc_ordered_pair *p, double plain, idc_random *r);
/* Left and right change places in a mirrored picture. */
void idc_batch_mirror_words(const idc_vocabulary *v, int32_t *ids, int n);
/* Once all sentences are there: words in and words to say of every pair. */
void idc_batch_targets(const idc_batch_maker *m, uint64_t step, idc_batch *b);

#endif
