/* contrast.c: see contrast.h. */
#include "model/contrast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct idc_contrast {
    const idc_model *model;
    idc_tape *tape;
    bool strange;
};

int idc_contrast_new(idc_contrast **out, const idc_model *m, idc_error *err)
{
    *out = NULL;
    idc_contrast *c = calloc(1, sizeof *c);
    if (!c)
        return idc_fail(err, IDC_E_MEMORY, "contrast: no memory");
    c->model = m;
    c->tape = idc_tape_new(IDC_TAPE_INFER, err);
    if (!c->tape) {
        free(c);
        return IDC_E_MEMORY;
    }
    *out = c;
    return 0;
}

void idc_contrast_free(idc_contrast **c)
{
    if (!*c)
        return;
    idc_tape_free(&(*c)->tape);
    free(*c);
    *c = NULL;
}

double idc_domain_distance(const idc_model *m, const float *pooled)
{
    if (!m->domain_mean)
        return 0.0;
    const float *mean = idc_f32(m->domain_mean), *scale = idc_f32(m->domain_inverse_deviation);
    int n = m->config.network.feature;
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double z = ((double)pooled[i] - (double)mean[i]) * (double)scale[i];
        sum += z * z;
    }
    return sum / n;
}

double idc_change_probability(const idc_model_config *c, const float logits[2])
{
    double z = ((double)logits[1] - (double)logits[0] - c->none_bias) / c->temperature;
    return 1.0 / (1.0 + exp(-z));
}

idc_tensor *idc_diff_tokens(const idc_model *m, idc_tape *t, const idc_record *r)
{
    const idc_network_config *c = &m->config.network;
    const char *id = idc_record_id(r), *fingerprint;
    idc_array a;
    idc_error err = IDC_NO_ERROR;
    if (idc_record_get_string(r, "model", &fingerprint, &err) < 0 ||
        idc_record_get_array(r, "tokens", &a, &err) < 0)
        return idc_tape_fail(t, err.code, "%s", err.text);
    if (strcmp(fingerprint, m->fingerprint) != 0)
        return idc_tape_fail(t, IDC_E_MISMATCH, "diff '%s': made by model %.12s, %s is %.12s", id,
                             fingerprint, m->path, m->fingerprint);
    int64_t rows = 2 * (idc_network_cells(c, NULL, NULL) + 1), width = c->width;
    if (a.dtype != IDC_DTYPE_F32 || a.ndim != 2 || a.shape[0] != rows || a.shape[1] != width)
        return idc_tape_fail(t, IDC_E_MISMATCH, "diff '%s': tokens are not f32 [%lld,%lld]", id,
                             (long long)rows, (long long)width);
    idc_tensor *x = idc_tape_input(t, IDC_DTYPE_F32, 3, (int64_t[]){1, rows, width}, a.data);
    for (int64_t i = 0; x && i < rows * width; i++)
        if (!isfinite(idc_f32(x)[i]))
            return idc_tape_fail(t, IDC_E_NUMERIC, "diff '%s': a token is not finite", id);
    return x;
}

static int add_change(idc_contrast *c, idc_record *r, double min_change, idc_error *err)
{
    idc_network *net = c->model->network;
    idc_tape_reset(c->tape);
    idc_tensor *x = idc_diff_tokens(c->model, c->tape, r);
    idc_tensor *logits = idc_network_ask(net, c->tape, x, NULL, IDC_TEXT_CAUSAL).change;
    int rc = idc_tape_status(c->tape, err);
    if (rc < 0)
        return rc;
    double p = idc_change_probability(&c->model->config, idc_f32(logits));
    if (!isfinite(p))
        return idc_fail(err, IDC_E_NUMERIC, "diff '%s': the change is not a number",
                        idc_record_id(r));
    rc = idc_record_set_double(r, "change", p);
    return rc < 0 ? rc : idc_record_set_bool(r, "changed", p >= min_change);
}

const char *idc_contrast_unchanged(const idc_model *m, const idc_record *diff)
{
    bool changed;
    if (!m->config.no_change[0] || !idc_record_has(diff, "changed") ||
        idc_record_get_bool(diff, "changed", &changed, NULL) < 0 || changed)
        return NULL;
    return m->config.no_change;
}

static int add_domain(idc_contrast *c, idc_record *r, idc_error *err)
{
    const idc_model *m = c->model;
    idc_array a;
    size_t f = (size_t)m->config.network.feature;
    if (!m->domain_mean || m->config.domain_threshold <= 0.0 || !idc_record_has(r, "pooled"))
        return 0;
    int rc = idc_record_get_array(r, "pooled", &a, err);
    if (rc < 0)
        return rc;
    if (a.dtype != IDC_DTYPE_F32 || a.ndim != 2 || a.shape[0] != 2 || a.shape[1] != (int64_t)f)
        return idc_fail(err, IDC_E_MISMATCH, "diff '%s': pooled is not f32 [2,%zu]",
                        idc_record_id(r), f);
    float *pooled = malloc(2 * f * sizeof *pooled);
    if (!pooled)
        return idc_fail(err, IDC_E_MEMORY, "diff '%s': no memory", idc_record_id(r));
    memcpy(pooled, a.data, 2 * f * sizeof *pooled);
    double s = fmax(idc_domain_distance(m, pooled), idc_domain_distance(m, pooled + f));
    free(pooled);
    double domain = s >= 0.0 ? exp2(-s / m->config.domain_threshold) : 0.0;
    c->strange = c->strange || domain < 0.5;
    return idc_record_set_double(r, "domain", domain);
}

int idc_contrast_add(idc_contrast *c, idc_record *diff, double min_change, idc_error *err)
{
    int rc = add_change(c, diff, min_change, err);
    return rc < 0 ? rc : add_domain(c, diff, err);
}

bool idc_contrast_strange(const idc_contrast *c)
{
    return c->strange;
}
