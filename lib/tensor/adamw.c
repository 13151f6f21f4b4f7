#include "tensor/adamw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"

#define MAX_GROUPS 32

struct slot {
    idc_tensor *parameter;
    float *m, *v;
    size_t n;
    char name_m[112], name_v[112];
};

struct group {
    char prefix[96];
    float lr_scale;
    bool decay;
};

struct idc_adamw {
    idc_adamw_options options;
    struct slot *slots;
    size_t size;
    struct group groups[MAX_GROUPS];
    int n_groups;
    int64_t steps;
};

static int slot_open(struct slot *s, idc_tensor *parameter)
{
    s->parameter = parameter;
    s->n = (size_t)idc_tensor_count(parameter);
    s->m = calloc(s->n, sizeof(float));
    s->v = calloc(s->n, sizeof(float));
    snprintf(s->name_m, sizeof s->name_m, "optimizer.m.%s", parameter->name);
    snprintf(s->name_v, sizeof s->name_v, "optimizer.v.%s", parameter->name);
    return s->m && s->v ? 0 : IDC_E_MEMORY;
}

int idc_adamw_new(idc_adamw **opt, idc_params *params, const idc_adamw_options *options,
                  idc_error *err)
{
    size_t n = idc_params_size(params);
    idc_adamw *o = calloc(1, sizeof *o);
    *opt = o;
    if (o)
        o->slots = calloc(n + 1, sizeof *o->slots);
    if (!o || !o->slots)
        goto fail;
    o->options = *options;
    for (size_t i = 0; i < n; i++)
        if (idc_params_at(params, i)->grad &&
            slot_open(&o->slots[o->size++], idc_params_at(params, i)) < 0)
            goto fail;
    return 0;
fail:
    idc_adamw_free(opt);
    return idc_fail(err, IDC_E_MEMORY, "no memory for the optimiser");
}

void idc_adamw_free(idc_adamw **opt)
{
    if (!*opt)
        return;
    for (size_t i = 0; i < (*opt)->size; i++) {
        free((*opt)->slots[i].m);
        free((*opt)->slots[i].v);
    }
    free((*opt)->slots);
    free(*opt);
    *opt = NULL;
}

int idc_adamw_group(idc_adamw *opt, const char *prefix, float lr_scale, bool decay)
{
    if (opt->n_groups == MAX_GROUPS || strlen(prefix) >= sizeof opt->groups[0].prefix)
        return IDC_E_RANGE;
    struct group *g = &opt->groups[opt->n_groups++];
    snprintf(g->prefix, sizeof g->prefix, "%s", prefix);
    g->lr_scale = lr_scale;
    g->decay = decay;
    return 0;
}

static struct group group_of(const idc_adamw *opt, const char *name)
{
    struct group found = {.lr_scale = 1.0f, .decay = true};
    for (int i = 0; i < opt->n_groups; i++)
        if (!strncmp(name, opt->groups[i].prefix, strlen(opt->groups[i].prefix)))
            found = opt->groups[i];
    return found;
}

IDC_CLONES static double squares(const float *g, size_t n)
{
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++)
        s += (double)g[i] * (double)g[i];
    return s;
}

struct rates {
    float lr, decay, l2, beta1, beta2, eps,
        clip;          /* lr / (1 − β1^t), lr · weight decay, …, scale of the gradient */
    float correction2; /* 1 / sqrt(1 − β2^t) */
};

/* m = β1 m + (1 − β1) g, v = β2 v + (1 − β2) g², x −= lr m̂ / (sqrt(v̂) + eps), weight decay before. */
IDC_CLONES static void update(float *x, const float *grad, float *m, float *v, size_t n,
                              struct rates k)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        float w = x[i], g = grad[i] * k.clip + k.l2 * w;
        w -= k.decay * w;
        m[i] = k.beta1 * m[i] + (1.0f - k.beta1) * g;
        v[i] = k.beta2 * v[i] + (1.0f - k.beta2) * g * g;
        x[i] = w - k.lr * m[i] / (__builtin_sqrtf(v[i]) * k.correction2 + k.eps);
    }
}

double idc_adamw_step(idc_adamw *opt, double lr, double clip)
{
    const idc_adamw_options *o = &opt->options;
    double sum = 0;
    for (size_t i = 0; i < opt->size; i++)
        if (opt->slots[i].parameter->grad)
            sum += squares(opt->slots[i].parameter->grad, opt->slots[i].n);
    double norm = sqrt(sum);
    if (!isfinite(norm))
        return norm;
    opt->steps++;
    double first = 1.0 - pow((double)o->beta1, (double)opt->steps);
    double second = 1.0 - pow((double)o->beta2, (double)opt->steps);
    for (size_t i = 0; i < opt->size; i++) {
        struct slot *s = &opt->slots[i];
        struct group group = group_of(opt, s->parameter->name);
        bool decay = group.decay && (!o->decoupled || s->parameter->ndim > 1);
        double rate = lr * (double)group.lr_scale;
        if (!s->parameter->grad)
            continue; /* frozen since */
        struct rates k = {.lr = (float)(rate / first),
                          .beta1 = o->beta1,
                          .beta2 = o->beta2,
                          .eps = o->eps,
                          .decay = decay && o->decoupled ? (float)(rate * (double)o->weight_decay)
                                                         : 0.0f,
                          .l2 = decay && !o->decoupled ? o->weight_decay : 0.0f,
                          .clip = clip > 0 && norm > clip ? (float)(clip / norm) : 1.0f,
                          .correction2 = (float)(1.0 / sqrt(second))};
        update(idc_f32(s->parameter), s->parameter->grad, s->m, s->v, s->n, k);
        s->parameter->version++;
    }
    return norm;
}

/* ---- checkpoints ---- */

static void put(idc_safetensor *out, size_t i, const char *name, const idc_tensor *like,
                const void *data)
{
    out[i] = (idc_safetensor){.name = name,
                              .dtype = IDC_DTYPE_F32,
                              .ndim = like->ndim,
                              .data = data,
                              .bytes = (size_t)idc_tensor_count(like) * sizeof(float)};
    memcpy(out[i].shape, like->shape, sizeof out[i].shape);
}

size_t idc_adamw_state(const idc_adamw *opt, idc_safetensor *out, size_t max)
{
    size_t n = 2 * opt->size + 1;
    if (max < n)
        return n;
    for (size_t i = 0; i < opt->size; i++) {
        put(out, 2 * i, opt->slots[i].name_m, opt->slots[i].parameter, opt->slots[i].m);
        put(out, 2 * i + 1, opt->slots[i].name_v, opt->slots[i].parameter, opt->slots[i].v);
    }
    out[n - 1] = (idc_safetensor){.name = "optimizer.steps",
                                  .dtype = IDC_DTYPE_I64,
                                  .ndim = 1,
                                  .shape = {1},
                                  .data = &opt->steps,
                                  .bytes = sizeof opt->steps};
    return n;
}

static const idc_safetensor *find(const idc_safetensors *file, const char *name,
                                  const idc_tensor *like, idc_error *err)
{
    const idc_safetensor *t = idc_safetensors_find(file, name);
    if (!t) {
        idc_fail(err, IDC_E_MISSING, "the checkpoint lacks '%s'", name);
        return NULL;
    }
    if (t->dtype != IDC_DTYPE_F32 || t->ndim != like->ndim ||
        memcmp(t->shape, like->shape, sizeof t->shape)) {
        idc_fail(err, IDC_E_MISMATCH, "'%s' of the checkpoint has another shape than the parameter",
                 name);
        return NULL;
    }
    return t;
}

int idc_adamw_restore(idc_adamw *opt, const idc_safetensors *file, idc_error *err)
{
    const idc_safetensor *steps = idc_safetensors_find(file, "optimizer.steps");
    int64_t count;
    if (!steps || steps->dtype != IDC_DTYPE_I64 || steps->bytes != sizeof count)
        return idc_fail(err, IDC_E_MISSING, "the checkpoint lacks 'optimizer.steps'");
    memcpy(&count, steps->data, sizeof count);
    if (count < 0)
        return idc_fail(err, IDC_E_INVALID, "the checkpoint's 'optimizer.steps' is negative");
    for (int pass = 0; pass < 2; pass++) /* look at all before changing any */
        for (size_t i = 0; i < opt->size; i++) {
            struct slot *s = &opt->slots[i];
            const idc_safetensor *m = find(file, s->name_m, s->parameter, err);
            const idc_safetensor *v = m ? find(file, s->name_v, s->parameter, err) : NULL;
            if (!v)
                return IDC_E_MISMATCH;
            if (pass == 1) {
                memcpy(s->m, m->data, m->bytes);
                memcpy(s->v, v->data, v->bytes);
            }
        }
    opt->steps = count;
    return 0;
}
