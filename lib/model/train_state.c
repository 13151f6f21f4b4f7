#include "model/train_state.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "idc-checkpoint"

static void add_params(const idc_params *params, idc_safetensor *out)
{
    for (size_t i = 0; i < idc_params_size(params); i++) {
        const idc_tensor *x = idc_params_at(params, i);
        out[i] = (idc_safetensor){.name = x->name,
                                  .dtype = IDC_DTYPE_F32,
                                  .ndim = x->ndim,
                                  .data = x->data,
                                  .bytes = (size_t)idc_tensor_count(x) * sizeof(float)};
        memcpy(out[i].shape, x->shape, sizeof out[i].shape);
    }
}

int idc_train_state_save(const char *path, const idc_train_model *m, const idc_adamw *optimizer,
                         const idc_train_progress *p, idc_error *err)
{
    size_t n = idc_params_size(m->params), moments = idc_adamw_state(optimizer, NULL, 0);
    size_t twins = m->twin != NULL ? idc_twin_state(m->twin, NULL, 0) : 0;
    idc_safetensor *out = calloc(n + moments + twins, sizeof *out);
    char *config = idc_model_config_print(&m->config);
    json_t *progress = json_pack("{s:I, s:f, s:I}", "step", (json_int_t)p->step, "seconds",
                                 p->seconds, "triples", (json_int_t)p->triples);
    char *text = progress != NULL ? json_dumps(progress, JSON_REAL_PRECISION(17)) : NULL;
    int rc;
    if (out == NULL || config == NULL || text == NULL) {
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    } else {
        idc_safetensors_metadata_entry entries[] = {
            {"format", FORMAT},
            {"version", "1"},
            {"config", config},
            {"progress", text},
            {"settings", p->settings != NULL ? p->settings : ""}};
        add_params(m->params, out);
        idc_adamw_state(optimizer, out + n, moments);
        if (m->twin != NULL)
            idc_twin_state(m->twin, out + n + moments, twins);
        rc = idc_safetensors_write(path, out, n + moments + twins, entries, 5, err);
    }
    json_decref(progress);
    free(text);
    free(config);
    free(out);
    return rc;
}

static int read_progress(idc_train_progress *p, const char *text, const char *path, idc_error *err)
{
    json_int_t step, triples;
    json_error_t bad;
    json_t *root = text != NULL ? json_loads(text, 0, &bad) : NULL;
    int wrong = json_unpack(root, "{s:I, s:F, s:I}", "step", &step, "seconds", &p->seconds,
                            "triples", &triples);
    json_decref(root);
    if (wrong != 0 || step < 0 || triples < 0)
        return idc_fail(err, IDC_E_INVALID, "%s: its progress cannot be read", path);
    p->step = (uint64_t)step;
    p->triples = (size_t)triples;
    return 0;
}

int idc_train_state_load(const char *path, idc_train_model *m, idc_adamw *optimizer,
                         idc_train_progress *p, idc_error *err)
{
    idc_safetensors *file;
    memset(p, 0, sizeof *p);
    int rc = idc_safetensors_open(&file, path, err);
    if (rc < 0)
        return rc;
    const char *format = idc_safetensors_metadata(file, "format");
    const char *settings = idc_safetensors_metadata(file, "settings");
    size_t missing = 0;
    if (format == NULL || strcmp(format, FORMAT) != 0)
        rc = idc_fail(err, IDC_E_MISMATCH, "%s: not a checkpoint", path);
    if (rc == 0)
        rc = read_progress(p, idc_safetensors_metadata(file, "progress"), path, err);
    if (rc == 0)
        rc = idc_train_load(m->params, file, path, &missing, err);
    if (rc == 0 && missing > 0)
        rc = idc_fail(err, IDC_E_MISSING, "%s: lacks %zu tensors of the model", path, missing);
    if (rc == 0)
        rc = idc_adamw_restore(optimizer, file, err);
    if (rc == 0 && m->twin != NULL && (rc = idc_twin_restore(m->twin, file, err)) < 0)
        rc = err != NULL ? idc_fail_in(err, rc, path) : rc;
    if (rc == 0 && (p->settings = strdup(settings != NULL ? settings : "")) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    idc_safetensors_close(&file);
    return rc;
}
