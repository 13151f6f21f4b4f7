/* model_file.c: see model_file.h. */
#include "model/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tree.h"
#include "encoder/fingerprint.h"
#include "tensor/safetensors.h"

#define DEFAULT_MODEL "default.safetensors"

/* ---- finding ---- */

int idc_model_find(char *path, size_t size, const char *given, idc_error *err)
{
    const char *named = given ? given : getenv("IDC_MODEL");
    if (named && named[0]) {
        if (strlen(named) >= size)
            return idc_fail(err, IDC_E_RANGE, "model file: path is longer than %zu bytes",
                            size - 1);
        memcpy(path, named, strlen(named) + 1);
        return 0;
    }
    if (idc_tree_find(path, size, "share/idc/models/" DEFAULT_MODEL,
                      "pipelines/models/" DEFAULT_MODEL))
        return 0;
    return idc_fail(err, IDC_E_MISSING,
                    "no model: give -m FILE or set IDC_MODEL (looked for %s in share/idc/models "
                    "and pipelines/models beside the program)",
                    DEFAULT_MODEL);
}

/* ---- reading ---- */

static int check_tensor(const char *name, const idc_tensor *x, const idc_safetensor *s,
                        idc_error *err)
{
    if (!s)
        return idc_fail(err, IDC_E_MISSING, "%s: tensor '%s' is missing", name, x->name);
    bool same = s->ndim == x->ndim;
    for (int i = 0; same && i < x->ndim; i++)
        same = s->shape[i] == x->shape[i];
    if (!same)
        return idc_fail(err, IDC_E_MISMATCH, "%s: tensor '%s' has not the configuration's shape",
                        name, x->name);
    if (s->dtype != IDC_DTYPE_F32 && s->dtype != IDC_DTYPE_F16 && s->dtype != IDC_DTYPE_BF16)
        return idc_fail(err, IDC_E_UNSUPPORTED, "%s: tensor '%s' is %s, expected F32, F16 or BF16",
                        name, x->name, idc_dtype_safetensors(s->dtype));
    return 0;
}

/* The exponent bits of every value, so that the compiler can make one vector loop of it. */
static bool all_finite(const float *v, size_t n)
{
    uint32_t worst = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, v + i, sizeof bits);
        bits &= 0x7f800000u;
        worst = bits > worst ? bits : worst;
    }
    return worst < 0x7f800000u;
}

static int read_tensor(const char *name, idc_tensor *x, const idc_safetensors *file, idc_error *err)
{
    const idc_safetensor *s = idc_safetensors_find(file, x->name);
    int rc = check_tensor(name, x, s, err);
    if (rc < 0)
        return rc;
    size_t n = (size_t)idc_tensor_count(x);
    void *aligned = NULL;
    if (s->dtype == IDC_DTYPE_F32) {
        memcpy(x->data, s->data, n * sizeof(float));
    } else {
        aligned = malloc(n * sizeof(uint16_t)); /* the file promises no alignment */
        if (!aligned)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
        memcpy(aligned, s->data, n * sizeof(uint16_t));
        if (s->dtype == IDC_DTYPE_F16)
            idc_f16_to_f32(x->data, aligned, n);
        else
            idc_bf16_to_f32(x->data, aligned, n);
    }
    free(aligned);
    x->version++;
    if (!all_finite(x->data, n))
        return idc_fail(err, IDC_E_NUMERIC, "%s: tensor '%s' holds a value that is not finite",
                        name, x->name);
    return 0;
}

static int read_all(idc_params *params, const char *name, const idc_safetensors *file,
                    idc_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < idc_params_size(params); i++)
        rc = read_tensor(name, idc_params_at(params, i), file, err);
    return rc;
}

static int read_config(idc_model *m, const idc_safetensors *file, idc_error *err)
{
    const char *format = idc_safetensors_metadata(file, "format");
    const char *version = idc_safetensors_metadata(file, "version");
    const char *config = idc_safetensors_metadata(file, "config");
    if (!format || strcmp(format, "idc-model") != 0)
        return idc_fail(err, IDC_E_INVALID, "%s: not a model of idc (format is '%s')", m->path,
                        format ? format : "");
    if (!version || strcmp(version, "1") != 0)
        return idc_fail(err, IDC_E_MISMATCH, "%s: version is '%s', this program reads '1'", m->path,
                        version ? version : "");
    if (!config)
        return idc_fail(err, IDC_E_MISSING, "%s: no configuration in the metadata", m->path);
    return idc_model_config_parse(&m->config, config, m->path, err);
}

static int read_domain(idc_model *m, const idc_safetensors *file, idc_error *err)
{
    if (!idc_safetensors_find(file, "domain.mean") &&
        !idc_safetensors_find(file, "domain.inverse_deviation"))
        return 0;
    int64_t shape[] = {m->config.network.feature};
    m->domain_mean = idc_params_add(m->params, "domain.mean", 1, shape, false);
    m->domain_inverse_deviation =
        idc_params_add(m->params, "domain.inverse_deviation", 1, shape, false);
    if (!m->domain_mean || !m->domain_inverse_deviation)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", m->path);
    int rc = read_tensor(m->path, m->domain_mean, file, err);
    return rc < 0 ? rc : read_tensor(m->path, m->domain_inverse_deviation, file, err);
}

/* A few tensors that the others' sizes follow from, looked at before memory is taken for what a configuration claims. */
typedef struct probe {
    const char *name;
    int ndim;
    int64_t shape[4];
} probe;

static int probe_all(const idc_model *m, const idc_safetensors *file, const probe *list,
                     idc_error *err)
{
    int rc = 0;
    for (; rc == 0 && list->name; list++) {
        idc_tensor x = {.ndim = list->ndim};
        memcpy(x.shape, list->shape, sizeof list->shape);
        memcpy(x.name, list->name, strlen(list->name) + 1);
        rc = check_tensor(m->path, &x, idc_safetensors_find(file, list->name), err);
    }
    return rc;
}

static int probe_network(const idc_model *m, const idc_safetensors *file, idc_error *err)
{
    const idc_network_config *c = &m->config.network;
    const idc_matching_config *a = &c->matching;
    int64_t d = c->width, raw = (int64_t)c->feature * (c->pool ? 2 : 1);
    int64_t seen = d + (int64_t)a->heads * (2 * a->reduce + 3);
    const probe list[] = {
        {"model.word_embedding.weight", 2, {c->words, d}},
        {"model.img_project.weight", 2, {d, raw}},
        {"model.encoder.layers.0.ffn.w1.weight", 2, {c->feed_forward, d}},
        {a->heads ? "model.matching.mlp.0.weight" : NULL, 2, {a->hidden, seen}},
        {NULL, 0, {0}},
    };
    return probe_all(m, file, list, err);
}

static int probe_encoder(const idc_model *m, const idc_safetensors *file, idc_error *err)
{
    const int *w = m->config.encoder.widths;
    const probe list[] = {
        {"encoder.conv1.weight", 4, {w[0], 3, 5, 5}},
        {"encoder.conv3.weight", 4, {w[1], w[1], 3, 3}},
        {"encoder.conv5.weight", 4, {w[2], w[2], 3, 3}},
        {"encoder.conv8.weight", 4, {w[3], w[3], 3, 3}},
        {NULL, 0, {0}},
    };
    return strcmp(m->config.encoder.kind, "cnn") == 0 ? probe_all(m, file, list, err) : 0;
}

/* The encoder goes into a set of its own, which is dropped again where only its fingerprint is wanted. */
static int read_encoder(idc_model *m, unsigned parts, const idc_safetensors *file, idc_error *err)
{
    if (!m->config.encoder.kind[0])
        return parts & IDC_MODEL_ENCODER
                   ? idc_fail(err, IDC_E_MISSING, "%s: the file has no encoder", m->path)
                   : 0;
    bool keep = parts & IDC_MODEL_ENCODER;
    idc_params *params = keep ? m->params : idc_params_new();
    idc_encoder *encoder = NULL;
    idc_encoder_spec spec;
    idc_model_encoder_spec(&spec, &m->config);
    int rc = params ? 0 : idc_fail(err, IDC_E_MEMORY, "%s: no memory", m->path);
    if (rc == 0)
        rc = probe_encoder(m, file, err);
    if (rc == 0)
        rc = idc_encoder_new(&encoder, &spec, params, 0, err);
    if (rc == 0)
        rc = read_all(params, m->path, file, err);
    if (rc == 0)
        rc = idc_encoder_fingerprint(&spec, params, m->encoder_fingerprint, err);
    if (rc == 0 && keep) {
        m->encoder = encoder;
        return 0;
    }
    if (encoder)
        idc_encoder_free(&encoder);
    if (!keep && params)
        idc_params_free(&params);
    return rc;
}

static int read_model(idc_model *m, unsigned parts, const idc_safetensors *file, idc_error *err)
{
    int rc = read_config(m, file, err);
    if (rc == 0)
        rc = read_encoder(m, parts, file, err);
    if (rc == 0 && parts & IDC_MODEL_NETWORK && !m->config.vocabulary)
        rc = idc_fail(err, IDC_E_MISSING, "%s: the configuration has no vocabulary", m->path);
    if (rc == 0 && parts & IDC_MODEL_NETWORK)
        rc = probe_network(m, file, err);
    if (rc == 0 && parts & IDC_MODEL_NETWORK) {
        size_t first = idc_params_size(m->params);
        rc = idc_network_new(&m->network, &m->config.network, m->params, 0, err);
        for (size_t i = first; rc == 0 && i < idc_params_size(m->params); i++)
            rc = read_tensor(m->path, idc_params_at(m->params, i), file, err);
    }
    if (rc == 0)
        rc = read_domain(m, file, err);
    if (rc == 0)
        rc = idc_params_set_trainable(m->params, "", false);
    idc_safetensors_fingerprint(file, m->fingerprint);
    return rc;
}

int idc_model_open(idc_model **out, const char *given, unsigned parts, idc_error *err)
{
    *out = NULL;
    idc_safetensors *file = NULL;
    idc_model *m = calloc(1, sizeof *m);
    if (!m || !(m->params = idc_params_new())) {
        free(m);
        return idc_fail(err, IDC_E_MEMORY, "model: no memory");
    }
    int rc = idc_model_find(m->path, sizeof m->path, given, err);
    if (rc == 0)
        rc = idc_safetensors_open(&file, m->path, err);
    if (rc == 0)
        rc = read_model(m, parts, file, err);
    if (file)
        idc_safetensors_close(&file);
    if (rc < 0)
        idc_model_close(&m);
    *out = m;
    return rc;
}

void idc_model_close(idc_model **out)
{
    idc_model *m = *out;
    if (!m)
        return;
    if (m->network)
        idc_network_free(&m->network);
    if (m->encoder)
        idc_encoder_free(&m->encoder);
    idc_params_free(&m->params);
    idc_model_config_fini(&m->config);
    free(m);
    *out = NULL;
}

void idc_model_encoder_spec(idc_encoder_spec *spec, const idc_model_config *config)
{
    *spec = (idc_encoder_spec){.stage = config->encoder.stage,
                               .width = config->input.size[0],
                               .height = config->input.size[1]};
    snprintf(spec->kind, sizeof spec->kind, "%s", config->encoder.kind);
    memcpy(spec->widths, config->encoder.widths, sizeof spec->widths);
    memcpy(spec->mean, config->input.mean, sizeof spec->mean);
    memcpy(spec->scale, config->input.scale, sizeof spec->scale);
}
