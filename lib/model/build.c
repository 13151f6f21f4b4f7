/* build.c: finding a network's parameters by name, or adding fresh ones. */
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "model/parts.h"

static void fill(idc_builder *b, idc_tensor *x, enum idc_start start, float scale)
{
    float *v = idc_f32(x);
    int64_t n = idc_tensor_count(x);
    idc_random r = idc_random_at(b->seed, b->made, 0);
    for (int64_t i = 0; i < n; i++) {
        switch (start) {
        case IDC_START_ZERO:
            v[i] = 0.0f;
            break;
        case IDC_START_ONE:
            v[i] = 1.0f;
            break;
        case IDC_START_NORMAL:
            v[i] = scale * (float)idc_random_normal(&r);
            break;
        case IDC_START_UNIFORM:
            v[i] = (float)idc_random_range(&r, -(double)scale, (double)scale);
            break;
        }
    }
    x->version++;
}

static int check_shape(idc_builder *b, const idc_tensor *x, int ndim, const int64_t *shape)
{
    bool same = x->ndim == ndim && x->dtype == IDC_DTYPE_F32;
    for (int i = 0; same && i < ndim; i++)
        same = x->shape[i] == shape[i];
    if (same)
        return 0;
    char text[2][128];
    for (int k = 0; k < 2; k++) {
        int used = 0, n = k ? x->ndim : ndim;
        const int64_t *s = k ? x->shape : shape;
        text[k][0] = '\0';
        for (int i = 0; i < n; i++)
            used += snprintf(text[k] + used, sizeof text[k] - (size_t)used, "%s%lld", i ? "," : "",
                             (long long)s[i]);
    }
    return idc_fail(b->err, IDC_E_MISMATCH, "%s: shape is [%s], the configuration says [%s]",
                    x->name, text[1], text[0]);
}

idc_tensor *idc_build_start(idc_builder *b, const char *prefix, const char *name, int ndim,
                            const int64_t *shape, enum idc_start start, float scale)
{
    char full[96];
    b->made++;
    b->added = false;
    if (b->rc < 0)
        return NULL;
    int length = snprintf(full, sizeof full, "%s%s", prefix, name);
    if (length < 0 || (size_t)length >= sizeof full) {
        b->rc = idc_fail(b->err, IDC_E_RANGE, "%s%s: name too long", prefix, name);
        return NULL;
    }
    idc_tensor *x = idc_params_find(b->params, full);
    if (x) {
        b->rc = check_shape(b, x, ndim, shape);
        return b->rc < 0 ? NULL : x;
    }
    x = idc_params_add(b->params, full, ndim, shape, true);
    b->added = x != NULL;
    if (!x)
        b->rc = idc_fail(b->err, IDC_E_MEMORY, "%s: no memory", full);
    else if (b->seed)
        fill(b, x, start, scale);
    return x;
}

idc_dense idc_build_dense(idc_builder *b, const char *prefix, const char *name, int in, int out)
{
    char path[96];
    float bound = 1.0f / sqrtf((float)in);
    snprintf(path, sizeof path, "%s%s", prefix, name);
    idc_dense d;
    d.weight =
        idc_build_start(b, path, ".weight", 2, (int64_t[]){out, in}, IDC_START_UNIFORM, bound);
    d.bias = idc_build_start(b, path, ".bias", 1, (int64_t[]){out}, IDC_START_UNIFORM, bound);
    return d;
}

idc_norm idc_build_norm(idc_builder *b, const char *prefix, const char *name, int width)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s", prefix, name);
    idc_norm n;
    n.gain = idc_build_start(b, path, ".weight", 1, (int64_t[]){width}, IDC_START_ONE, 0);
    n.bias = idc_build_start(b, path, ".bias", 1, (int64_t[]){width}, IDC_START_ZERO, 0);
    return n;
}
