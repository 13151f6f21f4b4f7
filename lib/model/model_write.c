/* model_write.c: writing model files; see model_file.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_file.h"
#include "tensor/safetensors.h"

/* Running statistics of batch normalisation may lie outside f16's range and cost nothing. */
static bool kept_full(const char *name)
{
    return strstr(name, ".running_") != NULL;
}

static int as_half(idc_safetensor *s, idc_error *err)
{
    size_t n = s->bytes / sizeof(float);
    const float *v = s->data;
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(v[i]) < 65504.0f))
            return idc_fail(err, IDC_E_RANGE, "%s: %g does not fit f16", s->name, (double)v[i]);
    uint16_t *half = malloc((n ? n : 1) * sizeof *half);
    if (!half)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", s->name);
    idc_f32_to_f16(half, v, n);
    s->data = half;
    s->dtype = IDC_DTYPE_F16;
    s->bytes = n * sizeof *half;
    return 0;
}

static idc_safetensor describe(const idc_tensor *x)
{
    idc_safetensor s = {.name = x->name,
                        .dtype = x->dtype,
                        .ndim = x->ndim,
                        .data = x->data,
                        .bytes = (size_t)idc_tensor_count(x) * sizeof(float)};
    memcpy(s.shape, x->shape, sizeof s.shape);
    return s;
}

static void add_domain(const idc_model_content *c, idc_safetensor *list, size_t *n)
{
    const char *names[] = {"domain.mean", "domain.inverse_deviation"};
    const float *data[] = {c->domain_mean, c->domain_inverse_deviation};
    int64_t feature = c->config->network.feature;
    for (int i = 0; c->domain_mean && i < 2; i++)
        list[(*n)++] = (idc_safetensor){.name = names[i],
                                        .dtype = IDC_DTYPE_F32,
                                        .ndim = 1,
                                        .shape = {feature},
                                        .data = data[i],
                                        .bytes = (size_t)feature * sizeof(float)};
}

static int write_list(const char *path, const idc_model_content *c, const idc_safetensor *list,
                      size_t n, idc_error *err)
{
    char *config = idc_model_config_print(c->config);
    if (!config)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    idc_safetensors_metadata_entry entries[] = {{"format", "idc-model"},
                                                {"version", "1"},
                                                {"config", config},
                                                {"training", c->training ? c->training : "{}"}};
    int rc = idc_safetensors_write(path, list, n, entries, 4, err);
    free(config);
    return rc;
}

int idc_model_write(const char *path, const idc_model_content *c, idc_error *err)
{
    size_t count = idc_params_size(c->params), n = 0;
    idc_safetensor *list = calloc(count + 2, sizeof *list);
    bool *halved = calloc(count + 2, sizeof *halved);
    int rc = list && halved ? 0 : idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const idc_tensor *x = idc_params_at(c->params, i);
        if (strncmp(x->name, "domain.", 7) == 0)
            continue;
        list[n] = describe(x);
        if (c->half && !kept_full(x->name)) {
            rc = as_half(&list[n], err);
            halved[n] = rc == 0;
        }
        n++;
    }
    if (rc == 0) {
        add_domain(c, list, &n);
        rc = write_list(path, c, list, n, err);
    }
    for (size_t i = 0; list && halved && i < n; i++)
        if (halved[i])
            free((void *)list[i].data);
    free(list);
    free(halved);
    return rc;
}
