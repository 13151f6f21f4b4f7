#include "tensor/tape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/call.h"

struct node {
    idc_call call;
    struct node *before;
};

struct idc_tape {
    enum idc_tape_mode mode;
    bool recording, ran_backward;
    idc_arena *arena;
    struct node *last;
    const idc_ops *ops;
    void *state;
    double flops;
    idc_dtype precision;
    idc_tape_seen seen;
    void *seen_user;
    idc_error error;
};

idc_tape *idc_tape_new(enum idc_tape_mode mode, idc_error *err)
{
    idc_tape *t = calloc(1, sizeof *t);
    if (t)
        t->arena = idc_arena_new(0);
    if (!t || !t->arena) {
        free(t);
        idc_fail(err, IDC_E_MEMORY, "no memory for a tape");
        return NULL;
    }
    t->mode = mode;
    t->recording = mode != IDC_TAPE_INFER;
    t->ops = &idc_ops_cpu;
    if (t->ops->open(&t->state, err) < 0)
        idc_tape_free(&t);
    return t;
}

void idc_tape_free(idc_tape **t)
{
    if (!*t)
        return;
    if ((*t)->state)
        (*t)->ops->close(&(*t)->state);
    idc_arena_free(&(*t)->arena);
    free(*t);
    *t = NULL;
}

void idc_tape_reset(idc_tape *t)
{
    idc_arena_reset(t->arena);
    t->last = NULL;
    t->ran_backward = false;
    t->flops = 0;
    t->error.code = 0;
}

bool idc_tape_training(const idc_tape *t)
{
    return t->recording && t->mode == IDC_TAPE_TRAIN;
}

void idc_tape_record(idc_tape *t, bool on)
{
    t->recording = on && t->mode != IDC_TAPE_INFER;
}

void idc_tape_precision(idc_tape *t, idc_dtype dtype)
{
    t->precision = dtype;
}

void idc_tape_watch(idc_tape *t, idc_tape_seen seen, void *user)
{
    t->seen = seen;
    t->seen_user = user;
}

bool idc_tape_watched(const idc_tape *t)
{
    return t->seen != NULL;
}

void idc_tape_tell(const idc_tape *t, const idc_call *c)
{
    if (t->seen)
        t->seen(t->seen_user, c);
}

void *idc_tape_alloc(idc_tape *t, size_t bytes)
{
    void *p = idc_arena_alloc(t->arena, bytes);
    if (!p)
        idc_tape_fail(t, IDC_E_MEMORY, "no memory for %zu bytes of the tape", bytes);
    return p;
}

idc_tensor *idc_tape_header(idc_tape *t, idc_dtype dtype, int ndim, const int64_t *shape)
{
    size_t bytes = idc_dtype_size(dtype);
    if (idc_tape_failed(t))
        return NULL;
    if (bytes == 0 || ndim < 0 || ndim > IDC_MAX_DIMS)
        return idc_tape_fail(t, IDC_E_RANGE, "a tensor of %d axes", ndim);
    idc_tensor *x = idc_arena_calloc(t->arena, 1, sizeof *x);
    if (!x)
        return idc_tape_fail(t, IDC_E_MEMORY, "no memory for a tensor");
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 1 || idc_mul_size(&bytes, bytes, (size_t)shape[i]) < 0 ||
            bytes > PTRDIFF_MAX / 4)
            return idc_tape_fail(t, IDC_E_RANGE, "a tensor whose axis %d has length %lld", i,
                                 (long long)shape[i]);
        x->shape[i] = shape[i];
    }
    x->dtype = dtype;
    x->ndim = ndim;
    x->grad_empty = true;
    return x;
}

idc_tensor *idc_tape_tensor(idc_tape *t, idc_dtype dtype, int ndim, const int64_t *shape)
{
    idc_tensor *x = idc_tape_header(t, dtype, ndim, shape);
    if (x)
        x->data = idc_tape_alloc(t, (size_t)idc_tensor_count(x) * idc_dtype_size(dtype));
    return x && x->data ? x : NULL;
}

idc_tensor *idc_tape_input(idc_tape *t, idc_dtype dtype, int ndim, const int64_t *shape,
                           const void *data)
{
    idc_tensor *x = idc_tape_tensor(t, dtype, ndim, shape);
    if (x && data)
        memcpy(x->data, data, (size_t)idc_tensor_count(x) * idc_dtype_size(dtype));
    return x;
}

idc_tensor *idc_tape_detach(idc_tape *t, const idc_tensor *x)
{
    if (idc_tape_failed(t))
        return NULL;
    if (!x)
        return idc_tape_fail(t, IDC_E_MISSING, "detach: the tensor is missing");
    idc_tensor *y = idc_tape_header(t, x->dtype, x->ndim, x->shape);
    if (y)
        y->data = x->data;
    return y;
}

idc_tensor *idc_tape_leaf(idc_tape *t, const idc_tensor *x)
{
    idc_tensor *y = idc_tape_detach(t, x);
    if (!y)
        return NULL;
    size_t bytes = (size_t)idc_tensor_count(y) * sizeof(float);
    if (y->dtype != IDC_DTYPE_F32)
        return idc_tape_fail(t, IDC_E_MISMATCH, "leaf: the tensor is not f32");
    if ((y->grad = idc_tape_alloc(t, bytes)) == NULL)
        return NULL;
    memset(y->grad, 0, bytes);
    return y;
}

int idc_tape_status(const idc_tape *t, idc_error *err)
{
    if (t->error.code && err)
        *err = t->error;
    return t->error.code;
}

idc_tensor *idc_tape_fail(idc_tape *t, int code, const char *format, ...)
{
    if (t->error.code)
        return NULL;
    char text[IDC_ERROR_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    idc_fail(&t->error, code, "%s", text);
    return NULL;
}

bool idc_tape_failed(const idc_tape *t)
{
    return t->error.code != 0;
}

struct idc_tape_parts idc_tape_parts(const idc_tape *t)
{
    return (struct idc_tape_parts){t->ops, t->state, t->recording, t->mode == IDC_TAPE_PROBE,
                                   t->precision};
}

idc_call *idc_tape_push(idc_tape *t, const idc_call *c)
{
    struct node *n = idc_tape_alloc(t, sizeof *n);
    if (!n)
        return NULL;
    n->call = *c;
    n->before = t->last;
    t->last = n;
    return &n->call;
}

void idc_tape_drop_last(idc_tape *t)
{
    t->last = t->last->before;
}

void idc_tape_count_flops(idc_tape *t, double flops)
{
    t->flops += flops;
}

double idc_tape_flops(const idc_tape *t)
{
    return t->flops;
}

static bool grad_empty(const idc_tensor *x)
{
    while (x->view_of)
        x = x->view_of;
    return x->grad_empty;
}

int idc_tape_backward(idc_tape *t, idc_tensor *loss, idc_error *err)
{
    if (idc_tape_status(t, err) < 0)
        return t->error.code;
    if (!loss || idc_tensor_count(loss) != 1)
        return idc_fail(err, IDC_E_INVALID, "backward: the loss must be one element");
    if (!loss->grad)
        return idc_fail(err, IDC_E_INVALID,
                        "backward: the loss depends on nothing that is trained");
    if (t->ran_backward)
        return idc_fail(err, IDC_E_INVALID, "backward: ran already since the last reset");
    t->ran_backward = true;
    idc_tensor *base = loss;
    while (base->view_of)
        base = base->view_of;
    base->grad_empty = false;
    loss->grad[0] = 1.0f;
    for (struct node *n = t->last; n; n = n->before) {
        if (grad_empty(n->call.out))
            continue; /* the loss does not depend on it */
        idc_error inner = IDC_NO_ERROR;
        int rc = t->ops->row[n->call.op].backward(&n->call, &inner);
        if (rc < 0) {
            idc_tape_fail(t, rc, "%s, backward: %s", idc_op_name(n->call.op), inner.text);
            return idc_tape_status(t, err);
        }
    }
    return idc_tape_status(t, err);
}

static bool all_finite(const idc_tensor *x)
{
    for (int64_t i = 0; i < idc_tensor_count(x); i++)
        if (!isfinite(idc_f32(x)[i]))
            return false;
    return true;
}

bool idc_tape_first_bad(const idc_tape *t, char *text, size_t size)
{
    const struct node *first = NULL;
    int number = 0; /* of calls up to the first one */
    for (const struct node *n = t->last; n; n = n->before, number++)
        if (!all_finite(n->call.out)) {
            first = n;
            number = 0;
        }
    if (!first)
        return false;
    const idc_tensor *x = first->call.out;
    size_t at = (size_t)snprintf(text, size, "%s %d [", idc_op_name(first->call.op), number);
    for (int i = 0; i < x->ndim && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, i ? ",%lld" : "%lld", (long long)x->shape[i]);
    if (at < size)
        snprintf(text + at, size - at, "]");
    return true;
}
