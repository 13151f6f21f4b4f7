#include "model/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 112

struct idc_twin {
    idc_params *params;
    idc_network *network;
    char (*name)[NAME_BYTES]; /* of each tensor in a file */
};

int idc_twin_new(idc_twin **out, const idc_network_config *config, const idc_params *params,
                 idc_error *err)
{
    *out = NULL;
    idc_twin *twin = calloc(1, sizeof *twin);
    if (twin == NULL || (twin->params = idc_params_new()) == NULL) {
        free(twin);
        return idc_fail(err, IDC_E_MEMORY, "twin: no memory");
    }
    int rc = idc_network_new(&twin->network, config, twin->params, 0, err);
    size_t n = idc_params_size(twin->params);
    if (rc == 0 && idc_params_set_trainable(twin->params, "", false) < 0)
        rc = idc_fail(err, IDC_E_MEMORY, "twin: no memory");
    if (rc == 0 && (twin->name = calloc(n, sizeof *twin->name)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "twin: no memory");
    for (size_t i = 0; i < n && rc == 0; i++) {
        const idc_tensor *x = idc_params_at(twin->params, i);
        snprintf(twin->name[i], NAME_BYTES, "twin.%s", x->name);
        if (idc_params_find(params, x->name) == NULL)
            rc = idc_fail(err, IDC_E_MISSING, "twin: the network has no '%s'", x->name);
    }
    if (rc == 0)
        idc_twin_follow(twin, params, 0);
    else
        idc_twin_free(&twin);
    *out = twin;
    return rc;
}

void idc_twin_free(idc_twin **twin)
{
    if (*twin == NULL)
        return;
    idc_network_free(&(*twin)->network);
    idc_params_free(&(*twin)->params);
    free((*twin)->name);
    free(*twin);
    *twin = NULL;
}

void idc_twin_follow(idc_twin *twin, const idc_params *params, double momentum)
{
    float keep = (float)momentum, take = (float)(1 - momentum);
    for (size_t i = 0; i < idc_params_size(twin->params); i++) {
        idc_tensor *x = idc_params_at(twin->params, i);
        const idc_tensor *from = idc_params_find(params, x->name);
        float *to = idc_f32(x);
        const float *y = idc_f32(from);
        for (int64_t k = 0; k < idc_tensor_count(x); k++)
            to[k] = momentum > 0 ? keep * to[k] + take * y[k] : y[k];
        x->version++;
    }
}

idc_network *idc_twin_network(const idc_twin *twin)
{
    return twin->network;
}

size_t idc_twin_state(const idc_twin *twin, idc_safetensor *out, size_t max)
{
    size_t n = idc_params_size(twin->params);
    for (size_t i = 0; i < n && n <= max; i++) {
        const idc_tensor *x = idc_params_at(twin->params, i);
        out[i] = (idc_safetensor){.name = twin->name[i],
                                  .dtype = IDC_DTYPE_F32,
                                  .ndim = x->ndim,
                                  .data = x->data,
                                  .bytes = (size_t)idc_tensor_count(x) * sizeof(float)};
        memcpy(out[i].shape, x->shape, sizeof out[i].shape);
    }
    return n;
}

int idc_twin_restore(idc_twin *twin, const idc_safetensors *file, idc_error *err)
{
    for (size_t i = 0; i < idc_params_size(twin->params); i++) {
        idc_tensor *x = idc_params_at(twin->params, i);
        const idc_safetensor *from = idc_safetensors_find(file, twin->name[i]);
        if (from == NULL)
            return idc_fail(err, IDC_E_MISSING, "no tensor '%s'", twin->name[i]);
        if (from->dtype != IDC_DTYPE_F32 || from->ndim != x->ndim ||
            memcmp(from->shape, x->shape, (size_t)x->ndim * sizeof *x->shape) != 0)
            return idc_fail(err, IDC_E_MISMATCH, "'%s' has another shape than the network's",
                            twin->name[i]);
        memcpy(x->data, from->data, from->bytes);
        x->version++;
    }
    return 0;
}
