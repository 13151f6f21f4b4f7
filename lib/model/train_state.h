/* train_state.h: checkpoints: a model file that also holds what the next step needs.
 *
 *     idc_train_state_save("run.checkpoint", &model, optimizer, &progress, &err);
 *     idc_train_state_load("run.checkpoint", &model, optimizer, &progress, &err);
 *
 * A safetensors file with every parameter, the moments of AdamW, the configuration and the progress. Everything that is drawn
 * is a function of (seed, step), so no state of a random number generator has to be kept. Written whole or not at all.
 */
#ifndef IDC_MODEL_TRAIN_STATE_H
#define IDC_MODEL_TRAIN_STATE_H

#include "model/train_model.h"
#include "tensor/adamw.h"

typedef struct idc_train_progress {
    uint64_t step;  /* steps done */
    double seconds; /* spent in all runs so far */
    size_t triples; /* of the data: another number draws other batches */
    char *settings; /* as an INI file (malloc'ed; the caller frees) */
} idc_train_progress;

int idc_train_state_save(const char *path, const idc_train_model *m, const idc_adamw *optimizer,
                         const idc_train_progress *p, idc_error *err);
/* Every parameter must be there. IDC_E_MISMATCH when the file is no checkpoint. */
int idc_train_state_load(const char *path, idc_train_model *m, idc_adamw *optimizer,
                         idc_train_progress *p, idc_error *err);

#endif
