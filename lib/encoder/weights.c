#include "encoder/weights.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "encoder/family.h"

static const char *const prefixes[] = {
    IDC_ENCODER_PREFIX, "", "module.", "backbone.", "state_dict.", "model.", "state_dict.module."};

static const char *first_name(const idc_encoder *enc)
{
    return enc->convs[0].weight->name + strlen(IDC_ENCODER_PREFIX);
}

const char *idc_encoder_prefix(const idc_encoder *enc, const idc_safetensors *file)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", prefixes[i], first_name(enc));
        if (idc_safetensors_find(file, name))
            return prefixes[i];
    }
    return NULL;
}

/* Numbers of two bytes may lie at an odd offset: through a piece of memory that does not. */
static void widen(float *to, const void *from, size_t n,
                  void (*by)(float *, const uint16_t *, size_t))
{
    uint16_t piece[256];
    for (size_t at = 0; at < n; at += 256) {
        size_t take = n - at < 256 ? n - at : 256;
        memcpy(piece, (const char *)from + 2 * at, 2 * take);
        by(to + at, piece, take);
    }
}

int idc_encoder_convert(float *to, const idc_safetensor *from, const char *file, idc_error *err)
{
    size_t n = from->bytes / idc_dtype_size(from->dtype);
    switch (from->dtype) {
    case IDC_DTYPE_F32:
        memcpy(to, from->data, n * sizeof(float));
        break;
    case IDC_DTYPE_F16:
        widen(to, from->data, n, idc_f16_to_f32);
        break;
    case IDC_DTYPE_BF16:
        widen(to, from->data, n, idc_bf16_to_f32);
        break;
    default:
        return idc_fail(err, IDC_E_UNSUPPORTED, "%s: tensor '%s' is %s, not F32, F16 or BF16", file,
                        from->name, idc_dtype_safetensors(from->dtype));
    }
    for (size_t i = 0; i < n; i++)
        if (!isfinite(to[i]))
            return idc_fail(err, IDC_E_NUMERIC, "%s: tensor '%s' has a value that is not finite",
                            file, from->name);
    return 0;
}

static int load_one(idc_encoder *enc, idc_tensor *to, const idc_safetensors *file,
                    const char *where[2], idc_error *err)
{
    char name[sizeof to->name + 16];
    snprintf(name, sizeof name, "%s%s", where[1], to->name + strlen(IDC_ENCODER_PREFIX));
    const idc_safetensor *from = idc_safetensors_find(file, name);
    if (!from)
        return idc_fail(err, IDC_E_MISSING, "%s: no tensor '%s', which %s has", where[0], name,
                        enc->spec.kind);
    bool same = from->ndim == to->ndim;
    for (int i = 0; same && i < to->ndim; i++)
        same = from->shape[i] == to->shape[i];
    if (!same)
        return idc_fail(err, IDC_E_MISMATCH, "%s: tensor '%s' has not the shape that %s gives it",
                        where[0], name, enc->spec.kind);
    to->version++;
    return idc_encoder_convert(idc_f32(to), from, where[0], err);
}

static int check_depth(const idc_encoder *enc, const idc_safetensors *file, const char *where[2],
                       idc_error *err)
{
    char own[64], name[80];
    if (!enc->family->not_mine)
        return 0;
    enc->family->not_mine(enc, own, sizeof own);
    snprintf(name, sizeof name, "%s%s", where[1], own);
    if (idc_safetensors_find(file, name))
        return idc_fail(err, IDC_E_MISMATCH, "%s: has a tensor '%s', so it is deeper than %s",
                        where[0], name, enc->spec.kind);
    return 0;
}

int idc_encoder_load(idc_encoder *enc, const idc_safetensors *file, const char *name,
                     idc_error *err)
{
    const char *where[2] = {name, idc_encoder_prefix(enc, file)};
    if (!where[1])
        return idc_fail(err, IDC_E_MISSING, "%s: no tensor '%s': not the weights of %s", name,
                        first_name(enc), enc->spec.kind);
    int rc = check_depth(enc, file, where, err);
    for (int i = 0; rc == 0 && i < enc->n_convs; i++) {
        const idc_conv_norm *c = &enc->convs[i];
        idc_tensor *all[] = {c->weight, c->gain, c->bias, c->mean, c->variance};
        for (int k = 0; rc == 0 && k < 5; k++)
            rc = !all[k] ? 0 : load_one(enc, all[k], file, where, err);
    }
    if (rc == 0 && enc->head_weight)
        rc = load_one(enc, enc->head_weight, file, where, err);
    if (rc == 0 && enc->head_bias)
        rc = load_one(enc, enc->head_bias, file, where, err);
    return rc;
}

void idc_encoder_imagenet(idc_encoder_spec *spec, const char *kind, int stage, int width,
                          int height)
{
    static const float mean[3] = {0.485f, 0.456f, 0.406f},
                       scale[3] = {(float)(1 / 0.229), (float)(1 / 0.224), (float)(1 / 0.225)};
    *spec = (idc_encoder_spec){.stage = stage, .width = width, .height = height};
    snprintf(spec->kind, sizeof spec->kind, "%s", kind);
    for (char *c = spec->kind; *c; c++)
        *c = *c == '_' ? '-' : *c;
    const idc_encoder_family *f = idc_encoder_find_family(spec->kind);
    for (int c = 0; c < 3; c++) { /* (byte − 127) / 128 = (byte/255 − 127/255) · 255/128 */
        spec->mean[c] = f && f->half_bytes ? (float)(127.0 / 255) : mean[c];
        spec->scale[c] = f && f->half_bytes ? (float)(255.0 / 128) : scale[c];
    }
    if (f && stage == 0)
        spec->stage = f->stages;
    if (f && width == 0)
        spec->width = spec->height = f->side;
}
