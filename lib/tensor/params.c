#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define ALIGNMENT 64

struct idc_params {
    idc_tensor **items;
    size_t size, room;
};

static void *alloc_zero(size_t count, size_t size)
{
    size_t bytes;
    if (idc_mul_size(&bytes, count, size) < 0 || bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *p = aligned_alloc(ALIGNMENT, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

idc_params *idc_params_new(void)
{
    return calloc(1, sizeof(idc_params));
}

static void tensor_free(idc_tensor *x)
{
    if (!x)
        return;
    free(x->data);
    free(x->grad);
    free(x);
}

void idc_params_free(idc_params **p)
{
    if (!*p)
        return;
    for (size_t i = 0; i < (*p)->size; i++)
        tensor_free((*p)->items[i]);
    free((*p)->items);
    free(*p);
    *p = NULL;
}

static int grow(idc_params *p)
{
    if (p->size < p->room)
        return 0;
    size_t room = p->room ? 2 * p->room : 64;
    idc_tensor **items = realloc(p->items, room * sizeof(idc_tensor *));
    if (!items)
        return IDC_E_MEMORY;
    p->items = items;
    p->room = room;
    return 0;
}

idc_tensor *idc_params_add(idc_params *p, const char *name, int ndim, const int64_t *shape,
                           bool trainable)
{
    size_t count = 1, length = strlen(name);
    idc_tensor *x = NULL;
    if (ndim < 0 || ndim > IDC_MAX_DIMS || length >= sizeof x->name || idc_params_find(p, name) ||
        grow(p) < 0)
        return NULL;
    x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 1 || idc_mul_size(&count, count, (size_t)shape[i]) < 0)
            goto fail;
        x->shape[i] = shape[i];
    }
    x->dtype = IDC_DTYPE_F32;
    x->ndim = ndim;
    x->version = 1;
    x->constant = true;
    memcpy(x->name, name, length + 1);
    x->data = alloc_zero(count, sizeof(float));
    if (trainable)
        x->grad = alloc_zero(count, sizeof(float));
    if (!x->data || (trainable && !x->grad))
        goto fail;
    p->items[p->size++] = x;
    return x;
fail:
    tensor_free(x);
    return NULL;
}

idc_tensor *idc_params_find(const idc_params *p, const char *name)
{
    for (size_t i = 0; i < p->size; i++)
        if (!strcmp(p->items[i]->name, name))
            return p->items[i];
    return NULL;
}

size_t idc_params_size(const idc_params *p)
{
    return p->size;
}

idc_tensor *idc_params_at(const idc_params *p, size_t i)
{
    return p->items[i];
}

int64_t idc_params_count(const idc_params *p)
{
    int64_t n = 0;
    for (size_t i = 0; i < p->size; i++)
        if (p->items[i]->grad)
            n += idc_tensor_count(p->items[i]);
    return n;
}

int idc_params_set_trainable(idc_params *p, const char *prefix, bool trainable)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < p->size; i++) {
        idc_tensor *x = p->items[i];
        if (strncmp(x->name, prefix, length))
            continue;
        if (!trainable) {
            free(x->grad);
            x->grad = NULL;
        } else if (!x->grad) {
            x->grad = alloc_zero((size_t)idc_tensor_count(x), sizeof(float));
            if (!x->grad)
                return IDC_E_MEMORY;
        }
    }
    return 0;
}

void idc_params_zero_grad(idc_params *p)
{
    for (size_t i = 0; i < p->size; i++)
        if (p->items[i]->grad)
            memset(p->items[i]->grad, 0, (size_t)idc_tensor_count(p->items[i]) * sizeof(float));
}
