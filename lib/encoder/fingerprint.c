#include "encoder/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "encoder/family.h"

static int by_name(const void *a, const void *b)
{
    return strcmp((*(idc_tensor *const *)a)->name, (*(idc_tensor *const *)b)->name);
}

static void add_spec(XXH3_state_t *state, const idc_encoder_spec *s)
{
    char json[512];
    int n =
        snprintf(json, sizeof json,
                 "{\"kind\":\"%.24s\",\"widths\":[%d,%d,%d,%d],\"stage\":%d,\"size\":[%d,%d],"
                 "\"mean\":[%.9g,%.9g,%.9g],\"scale\":[%.9g,%.9g,%.9g]}",
                 s->kind, s->widths[0], s->widths[1], s->widths[2], s->widths[3], s->stage,
                 s->width, s->height, (double)s->mean[0], (double)s->mean[1], (double)s->mean[2],
                 (double)s->scale[0], (double)s->scale[1], (double)s->scale[2]);
    XXH3_128bits_update(state, json, (size_t)n);
}

static void add_tensor(XXH3_state_t *state, const idc_tensor *x)
{
    XXH3_128bits_update(state, x->name, strlen(x->name) + 1);
    XXH3_128bits_update(state, x->shape, (size_t)x->ndim * sizeof x->shape[0]);
    XXH3_128bits_update(state, x->data, (size_t)idc_tensor_count(x) * sizeof(float));
}

int idc_encoder_fingerprint(const idc_encoder_spec *spec, const idc_params *params, char hex[33],
                            idc_error *err)
{
    size_t n = idc_params_size(params), used = 0;
    idc_tensor **sorted = malloc((n + 1) * sizeof *sorted);
    XXH3_state_t *state = XXH3_createState();
    int rc =
        sorted && state ? 0 : idc_fail(err, IDC_E_MEMORY, "fingerprint of the encoder: no memory");
    if (rc < 0)
        goto out;
    for (size_t i = 0; i < n; i++) {
        idc_tensor *x = idc_params_at(params, i);
        if (strncmp(x->name, IDC_ENCODER_PREFIX, strlen(IDC_ENCODER_PREFIX)) == 0)
            sorted[used++] = x;
    }
    qsort(sorted, used, sizeof *sorted, by_name);
    XXH3_128bits_reset(state);
    add_spec(state, spec);
    for (size_t i = 0; i < used; i++)
        add_tensor(state, sorted[i]);
    XXH128_hash_t h = XXH3_128bits_digest(state);
    snprintf(hex, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
out:
    XXH3_freeState(state);
    free(sorted);
    return rc;
}
