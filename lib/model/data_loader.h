/* data_loader.h: a thread that makes the batches of the next steps while one step is computed.
 *
 *     idc_batch_loader *loader;
 *     idc_batch_loader_start(&loader, &maker, first_step, last_step, &err);
 *     const idc_batch *b;
 *     while (idc_batch_loader_next(loader, &b, &err) > 0) …      // valid until the next call
 *     idc_batch_loader_stop(&loader);
 */
#ifndef IDC_MODEL_DATA_LOADER_H
#define IDC_MODEL_DATA_LOADER_H

#include "model/data_batch.h"

typedef struct idc_batch_loader idc_batch_loader;

/* Steps first … last − 1. The maker must not be used by others until the stop. */
int idc_batch_loader_start(idc_batch_loader **loader, const idc_batch_maker *maker, uint64_t first,
                           uint64_t last, idc_error *err);
/* 1: *batch is the next step's; 0: there is none left; negative: an error of the maker. */
int idc_batch_loader_next(idc_batch_loader *loader, const idc_batch **batch, idc_error *err);
void idc_batch_loader_stop(idc_batch_loader **loader);

#endif
