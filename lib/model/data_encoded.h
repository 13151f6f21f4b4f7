/* data_encoded.h: batches of pairs that are encoded already (train_source.h). Private to lib/model (data_batch.c).
 */
#ifndef IDC_MODEL_DATA_ENCODED_H
#define IDC_MODEL_DATA_ENCODED_H

#include "model/data_batch.h"

/* shape.pairs items of the order m->list_order, one sentence each. */
int idc_batch_draw_encoded(idc_batch_maker *m, uint64_t step, idc_batch *b, idc_error *err);
/* Items first, first + 1, … with their first sentence; returns how many. */
int idc_batch_validate_encoded(idc_batch_maker *m, size_t first, idc_batch *b, idc_error *err);

#endif
