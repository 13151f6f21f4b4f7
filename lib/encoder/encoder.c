#include "encoder/encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "encoder/family.h"

#define MAX_SIDE 16384
#define MAX_WIDTH 4096

static const int blocks18[4] = {2, 2, 2, 2}, blocks34[4] = {3, 4, 6, 3},
                 blocks101[4] = {3, 4, 23, 3}, blocks152[4] = {3, 8, 36, 3};

/* clang-format off */
#define CALLS(name, same)                                                                          \
    .shape = same##_shape, .build = name##_build, .forward = name##_forward, .not_mine = name##_not_mine
#define RESNET(number, of, wide)                                                                   \
    {.kind = "resnet" #number, .stages = 4, .side = 224, .head = "fc", .blocks = of,               \
     .bottleneck = wide, CALLS(idc_resnet, idc_resnet)}
#define RESNET_V2(number, of)                                                                      \
    {.kind = "resnetv2-" #number, .stages = 4, .side = 224, .head = "head.fc", .blocks = of,          \
     .bottleneck = true, CALLS(idc_resnet_v2, idc_resnet)}
#define LITE(number, wide, deep, pixels)                                                           \
    {.kind = "efficientnet-lite" #number, .stages = 8, .side = pixels, .head = "_fc",              \
     .half_bytes = true, .widen = wide, .deepen = deep,                                            \
     CALLS(idc_efficientnet_lite, idc_efficientnet_lite)}
/* clang-format on */

static const idc_encoder_family families[] = {
    {.kind = "cnn", .shape = idc_cnn_shape, .build = idc_cnn_build, .forward = idc_cnn_forward},
    RESNET(18, blocks18, false),
    RESNET(34, blocks34, false),
    RESNET(50, blocks34, true),
    RESNET(101, blocks101, true),
    RESNET(152, blocks152, true),
    RESNET_V2(50, blocks34),
    RESNET_V2(101, blocks101),
    RESNET_V2(152, blocks152),
    LITE(0, 10, 10, 224),
    LITE(1, 10, 11, 240),
    LITE(2, 11, 12, 260),
    LITE(3, 12, 14, 280),
    LITE(4, 14, 18, 300),
};

const idc_encoder_family *idc_encoder_find_family(const char *kind)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strcmp(families[i].kind, kind) == 0)
            return &families[i];
    return NULL;
}

void idc_encoder_kinds(char *text, size_t size)
{
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (families[i].stages && at < size)
            at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", families[i].kind);
}

/* ---- parameters ---- */

/* FNV-1a (Fowler, Noll, Vo): a random stream of its own for each name, whatever the order of
 * creation. */
static uint64_t stream_of(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h;
}

static void initialise(idc_tensor *x, const idc_encoder_param *p, uint64_t seed)
{
    idc_random r = idc_random_at(seed, stream_of(x->name), 0);
    int64_t n = idc_tensor_count(x);
    double bound = 1 / sqrt(p->fan > 0 ? p->fan : 1), deviation = sqrt(2.0) * bound;
    float *v = idc_f32(x);
    for (int64_t i = 0; i < n; i++) {
        switch (p->init) {
        case IDC_INIT_UNIFORM:
            v[i] = (float)idc_random_range(&r, -bound, bound);
            break;
        case IDC_INIT_HE_FAN_OUT:
            v[i] = (float)(deviation * idc_random_normal(&r));
            break;
        case IDC_INIT_ONE:
        case IDC_INIT_ZERO:
            v[i] = p->init == IDC_INIT_ONE;
            break;
        }
    }
    x->version++;
}

int idc_encoder_add_param(idc_encoder *enc, idc_tensor **out, const idc_encoder_param *p,
                          idc_error *err)
{
    char name[sizeof p->name + sizeof IDC_ENCODER_PREFIX];
    snprintf(name, sizeof name, "%s%s", IDC_ENCODER_PREFIX, p->name);
    idc_tensor *x = idc_params_find(enc->params, name);
    if (!x) {
        x = idc_params_add(enc->params, name, p->ndim, p->shape, p->trainable);
        if (!x)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
        if (enc->seed)
            initialise(x, p, enc->seed);
    }
    bool same = x->ndim == p->ndim;
    for (int i = 0; same && i < p->ndim; i++)
        same = x->shape[i] == p->shape[i];
    if (!same || x->dtype != IDC_DTYPE_F32)
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: %s: its shape is not that of a %s with these sizes", enc->spec.kind,
                        name, enc->spec.kind);
    *out = x;
    return 0;
}

static int add_norm(idc_encoder *enc, idc_conv_norm *c, const idc_conv_shape *s, idc_error *err)
{
    const struct {
        const char *suffix;
        enum idc_encoder_init init;
        bool trainable;
        idc_tensor **to;
    } rows[] = {{"weight", IDC_INIT_ONE, true, &c->gain},
                {"bias", IDC_INIT_ZERO, true, &c->bias},
                {"running_mean", IDC_INIT_ZERO, false, &c->mean},
                {"running_var", IDC_INIT_ONE, false, &c->variance}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        idc_encoder_param p = {
            .ndim = 1, .shape = {s->out}, .init = rows[i].init, .trainable = rows[i].trainable};
        snprintf(p.name, sizeof p.name, "%s.%s", s->norm, rows[i].suffix);
        int rc = idc_encoder_add_param(enc, rows[i].to, &p, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int add_filters(idc_encoder *enc, idc_conv_norm *c, const idc_conv_shape *s, idc_error *err)
{
    idc_encoder_param p = {.ndim = 4,
                           .shape = {s->out, s->depthwise ? 1 : s->in, s->kernel, s->kernel},
                           .init = s->init,
                           .fan = (s->depthwise                     ? 1
                                   : s->init == IDC_INIT_HE_FAN_OUT ? s->out
                                                                    : s->in) *
                                  s->kernel * s->kernel,
                           .trainable = true};
    snprintf(p.name, sizeof p.name, "%s.weight", s->conv);
    c->spec = (idc_conv_spec){.stride = s->stride,
                              .pad = s->dilation * (s->kernel - 1) / 2,
                              .dilation = s->dilation,
                              .groups = s->depthwise ? s->in : 1,
                              .same = s->same};
    return idc_encoder_add_param(enc, &c->weight, &p, err);
}

int idc_encoder_add_conv(idc_encoder *enc, const idc_conv_shape *s, idc_error *err)
{
    idc_conv_norm *c = &enc->convs[enc->n_convs++];
    c->eps = s->eps > 0 ? s->eps : IDC_CONV_NORM_EPS;
    int rc = s->conv[0] ? add_filters(enc, c, s, err) : 0;
    return rc < 0 || !s->norm[0] ? rc : add_norm(enc, c, s, err);
}

idc_tensor *idc_encoder_conv(idc_encoder *enc, int layer, const idc_encoder_pass *pass,
                             idc_tensor *x, const idc_conv_end *end)
{
    return idc_conv_norm_forward(&enc->convs[layer], enc->folded, pass, x, end);
}

/* ---- the encoder ---- */

static int check_spec(const idc_encoder_spec *s, idc_error *err)
{
    const idc_encoder_family *f = idc_encoder_find_family(s->kind);
    char names[256];
    if (!f) {
        idc_encoder_kinds(names, sizeof names);
        return idc_fail(err, IDC_E_UNSUPPORTED, "encoder '%.24s': not one of cnn, %s", s->kind,
                        names);
    }
    if (s->width < 1 || s->height < 1 || s->width > MAX_SIDE || s->height > MAX_SIDE)
        return idc_fail(err, IDC_E_RANGE, "encoder %s: input of %dx%d (1 to %d)", s->kind, s->width,
                        s->height, MAX_SIDE);
    if (f->stages && (s->stage < 1 || s->stage > f->stages))
        return idc_fail(err, IDC_E_RANGE, "encoder %s: stage %d (1 to %d)", s->kind, s->stage,
                        f->stages);
    for (int i = 0; !f->stages && i < 4; i++)
        if (s->widths[i] < 1 || s->widths[i] > MAX_WIDTH)
            return idc_fail(err, IDC_E_RANGE, "encoder %s: width of %d (1 to %d)", s->kind,
                            s->widths[i], MAX_WIDTH);
    return 0;
}

int idc_encoder_shape(const idc_encoder_spec *spec, int *stride, int *feature, idc_error *err)
{
    int rc = check_spec(spec, err);
    if (rc < 0)
        return rc;
    const idc_encoder_family *f = idc_encoder_find_family(spec->kind);
    f->shape(f, spec, stride, feature);
    return 0;
}

static int build(idc_encoder *e, idc_error *err)
{
    e->folded = idc_params_new();
    if (!e->folded)
        return idc_fail(err, IDC_E_MEMORY, "encoder %s: no memory", e->spec.kind);
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            e->table[c][v] = (float)((v / 255.0 - e->spec.mean[c]) * e->spec.scale[c]);
    return e->family->build(e, err);
}

int idc_encoder_new(idc_encoder **out, const idc_encoder_spec *spec, idc_params *params,
                    uint64_t seed, idc_error *err)
{
    *out = NULL;
    int rc = check_spec(spec, err);
    if (rc < 0)
        return rc;
    idc_encoder *e = calloc(1, sizeof *e);
    if (!e)
        return idc_fail(err, IDC_E_MEMORY, "encoder %s: no memory", spec->kind);
    e->spec = *spec;
    e->family = idc_encoder_find_family(spec->kind);
    e->params = params;
    e->seed = seed;
    rc = build(e, err);
    if (rc < 0)
        idc_encoder_free(&e);
    *out = e;
    return rc;
}

void idc_encoder_free(idc_encoder **enc)
{
    if (!*enc)
        return;
    idc_params_free(&(*enc)->folded);
    for (int i = 0; i < 2; i++)
        idc_tape_free(&(*enc)->scratch[i]);
    free(*enc);
    *enc = NULL;
}

void idc_encoder_grid(const idc_encoder *enc, int *rows, int *columns, int *feature)
{
    *rows = (enc->spec.height + enc->stride - 1) / enc->stride;
    *columns = (enc->spec.width + enc->stride - 1) / enc->stride;
    *feature = enc->feature;
}

const idc_encoder_spec *idc_encoder_get_spec(const idc_encoder *enc)
{
    return &enc->spec;
}

idc_tensor *idc_encoder_input(const idc_encoder *enc, idc_tape *t,
                              const unsigned char *const *pictures, int n)
{
    int64_t shape[4] = {n, enc->spec.height, enc->spec.width, 3};
    idc_tensor *x = idc_tape_input(t, IDC_DTYPE_F32, 4, shape, NULL);
    if (!x)
        return NULL;
    int64_t rows = shape[0] * shape[1], row = shape[2] * 3;
    float *data = idc_f32(x);
#pragma omp parallel for if (rows * row > 100000)
    for (int64_t r = 0; r < rows; r++) {
        const unsigned char *from = pictures[r / shape[1]] + r % shape[1] * row;
        float *to = data + r * row;
        for (int64_t i = 0; i < row; i += 3)
            for (int c = 0; c < 3; c++)
                to[i + c] = enc->table[c][from[i + c]];
    }
    return x;
}

idc_encoder_output idc_encoder_forward(idc_encoder *enc, idc_tape *t, idc_tensor *x, bool training)
{
    idc_encoder_output out = {NULL, NULL};
    idc_encoder_pass pass = {
        .tape = t, .training = training, .folded = !training && !idc_tape_training(t)};
    if (x && (x->ndim != 4 || x->shape[3] != 3 || x->shape[1] != enc->spec.height ||
              x->shape[2] != enc->spec.width)) {
        idc_tape_fail(t, IDC_E_MISMATCH, "encoder %s: input is not [N,%d,%d,3]", enc->spec.kind,
                      enc->spec.height, enc->spec.width);
        return out;
    }
    enc->family->forward(enc, &pass, x, &out);
    return out;
}
