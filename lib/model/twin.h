/* twin.h: a second network whose parameters are a moving average of the first's: the teacher of momentum distillation (He et
 * al. 2020, Li et al. 2021).
 *
 *     idc_twin *twin;
 *     idc_twin_new(&twin, &config->network, params, &err);       // starts as a copy
 *     idc_twin_follow(twin, params, 0.995);                      // before each step: twin ← m · twin + (1 − m) · params
 *     idc_network *teacher = idc_twin_network(twin);
 *     idc_twin_free(&twin);
 *
 * Its tensors are named as the network's. It gets no gradients; run it with the tape's recording off.
 */
#ifndef IDC_MODEL_TWIN_H
#define IDC_MODEL_TWIN_H

#include "model/network.h"
#include "tensor/safetensors.h"

typedef struct idc_twin idc_twin;

/* params: those of a network of this configuration. */
int idc_twin_new(idc_twin **twin, const idc_network_config *config, const idc_params *params,
                 idc_error *err);
void idc_twin_free(idc_twin **twin);
void idc_twin_follow(idc_twin *twin, const idc_params *params, double momentum);
idc_network *idc_twin_network(const idc_twin *twin);

/* Its tensors as "twin.NAME", for idc_safetensors_write: they point into the twin. Returns how many there are; out is filled
 * when max is enough. */
size_t idc_twin_state(const idc_twin *twin, idc_safetensor *out, size_t max);
int idc_twin_restore(idc_twin *twin, const idc_safetensors *file, idc_error *err);

#endif
