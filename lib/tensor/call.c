#include "tensor/call.h"

#include <stdio.h>
#include <string.h>

static const char *const names[IDC_OP_COUNT] = {
#define X(name) #name,
    IDC_OP_LIST(X)
#undef X
};

/* How many inputs an operator cannot do without, and which one is not f32. */
static const struct rule {
    int needed, other;
    idc_dtype dtype;
} rules[IDC_OP_COUNT] = {
    [IDC_OP_linear] = {2, -1, 0},
    [IDC_OP_conv2d] = {2, -1, 0},
    [IDC_OP_matmul] = {2, -1, 0},
    [IDC_OP_add] = {2, -1, 0},
    [IDC_OP_sub] = {2, -1, 0},
    [IDC_OP_mul] = {2, -1, 0},
    [IDC_OP_scale] = {1, -1, 0},
    [IDC_OP_abs] = {1, -1, 0},
    [IDC_OP_relu] = {1, -1, 0},
    [IDC_OP_sigmoid] = {1, -1, 0},
    [IDC_OP_gelu] = {1, -1, 0},
    [IDC_OP_dropout] = {1, -1, 0},
    [IDC_OP_layer_norm] = {3, -1, 0},
    [IDC_OP_batch_norm] = {5, -1, 0},
    [IDC_OP_l2_normalize] = {1, -1, 0},
    [IDC_OP_attention_scores] = {2, -1, 0},
    [IDC_OP_distance_bias] = {4, -1, 0},
    [IDC_OP_softmax] = {1, 1, IDC_DTYPE_U8},
    [IDC_OP_attention_mix] = {2, -1, 0},
    [IDC_OP_attention_share] = {2, -1, 0},
    [IDC_OP_attention_peak] = {1, -1, 0},
    [IDC_OP_reshape] = {1, -1, 0},
    [IDC_OP_concat] = {1, -1, 0},
    [IDC_OP_slice] = {1, -1, 0},
    [IDC_OP_expand] = {1, -1, 0},
    [IDC_OP_rows] = {2, 1, IDC_DTYPE_I32},
    [IDC_OP_embedding] = {2, 1, IDC_DTYPE_I32},
    [IDC_OP_pool2d] = {1, -1, 0},
    [IDC_OP_mean_cells] = {1, -1, 0},
    [IDC_OP_cross_entropy] = {2, 1, IDC_DTYPE_I32},
    [IDC_OP_bce_logits] = {2, -1, 0},
    [IDC_OP_smooth_l1] = {2, -1, 0},
    [IDC_OP_mass_loss] = {2, -1, 0},
    [IDC_OP_given] = {1, -1, 0},
};

const char *idc_op_name(enum idc_op_id op)
{
    return (unsigned)op < IDC_OP_COUNT ? names[op] : "?";
}

bool idc_shape_is(const idc_tensor *x, int ndim, const int64_t *shape)
{
    return x->ndim == ndim && !memcmp(x->shape, shape, (size_t)ndim * sizeof *shape);
}

bool idc_shape_equal(const idc_tensor *a, const idc_tensor *b)
{
    return idc_shape_is(a, b->ndim, b->shape);
}

bool idc_call_start(idc_call *c, idc_tape *t, enum idc_op_id op, int n_in, idc_tensor *const *in)
{
    if (idc_tape_failed(t))
        return false;
    *c = (idc_call){.op = op, .n_in = n_in, .tape = t};
    const struct rule *rule = &rules[op];
    for (int i = 0; i < n_in; i++) {
        c->in[i] = in[i];
        idc_dtype want = i == rule->other ? rule->dtype : IDC_DTYPE_F32;
        if (!in[i] && i < rule->needed) {
            idc_tape_fail(t, IDC_E_MISSING, "%s: input %d is missing", names[op], i);
            return false;
        }
        if (in[i] && in[i]->dtype != want) {
            idc_tape_fail(t, IDC_E_MISMATCH, "%s: input %d is %s, not %s", names[op], i,
                          idc_dtype_safetensors(in[i]->dtype), idc_dtype_safetensors(want));
            return false;
        }
    }
    return true;
}

static size_t shape_text(char *text, size_t room, const idc_tensor *x)
{
    size_t n = 0;
    for (int i = 0; i < x->ndim && n < room; i++) {
        int k = snprintf(text + n, room - n, "%s%lld", i ? "," : " [", (long long)x->shape[i]);
        n += k > 0 ? (size_t)k : 0;
    }
    if (n < room)
        n += (size_t)snprintf(text + n, room - n, "%s", x->ndim ? "]" : " []");
    return n < room ? n : room;
}

idc_tensor *idc_call_refuse(const idc_call *c, const char *what)
{
    char text[IDC_ERROR_TEXT / 2] = "";
    size_t n = 0;
    for (int i = 0; i < c->n_in && n < sizeof text; i++)
        if (c->in[i])
            n += shape_text(text + n, sizeof text - n, c->in[i]);
    return idc_tape_fail(c->tape, IDC_E_MISMATCH, "%s: %s:%s", names[c->op], what, text);
}

static bool input_wants_grad(const idc_call *c, int i)
{
    const idc_tensor *x = c->in[i];
    return x && x->grad && !(x->constant && idc_tape_parts(c->tape).fixed);
}

static bool wants_grad(const idc_call *c)
{
    for (int i = 0; i < c->n_in; i++)
        if (input_wants_grad(c, i))
            return true;
    return false;
}

idc_tensor *idc_call_finish(idc_call *c, int ndim, const int64_t *shape, double flops)
{
    idc_tape *t = c->tape;
    struct idc_tape_parts parts = idc_tape_parts(t);
    bool view = c->op == IDC_OP_reshape;
    idc_tensor *out = view ? idc_tape_header(t, IDC_DTYPE_F32, ndim, shape)
                           : idc_tape_tensor(t, IDC_DTYPE_F32, ndim, shape);
    if (!out)
        return NULL;
    c->out = out;
    c->training = parts.recording && wants_grad(c);
    idc_call *call = c;
    if (view) {
        out->data = c->in[0]->data;
        if (c->training) {
            out->grad = c->in[0]->grad;
            out->view_of = c->in[0];
        }
        return out; /* the gradient is the same memory: nothing to record */
    }
    if (c->training) {
        out->grad = idc_tape_alloc(t, (size_t)idc_tensor_count(out) * sizeof(float));
        call = out->grad ? idc_tape_push(t, c) : NULL;
        if (!call)
            return NULL;
    }
    idc_error err = IDC_NO_ERROR;
    int rc = parts.ops->row[c->op].forward(call, &err);
    if (rc < 0) {
        if (c->training)
            idc_tape_drop_last(t);
        return idc_tape_fail(t, rc, "%s: %s", names[c->op], err.text);
    }
    idc_tape_count_flops(t, flops);
    idc_tape_tell(t, call);
    return out;
}

void *idc_call_state(const idc_call *call)
{
    return idc_tape_parts(call->tape).state;
}

idc_dtype idc_call_precision(const idc_call *call)
{
    return idc_tape_parts(call->tape).precision;
}

void *idc_call_save(idc_call *call, size_t bytes)
{
    call->saved = idc_tape_alloc(call->tape, bytes);
    return call->saved;
}

float *idc_call_grad_fresh(idc_call *call, int i, bool *fresh)
{
    idc_tensor *x = call->in[i], *base = x;
    *fresh = false;
    if (!input_wants_grad(call, i))
        return NULL;
    while (base->view_of)
        base = base->view_of;
    *fresh = base->grad_empty;
    base->grad_empty = false;
    return x->grad;
}

float *idc_call_grad(idc_call *call, int i)
{
    bool fresh;
    float *g = idc_call_grad_fresh(call, i, &fresh);
    if (fresh)
        memset(g, 0, (size_t)idc_tensor_count(call->in[i]) * sizeof(float));
    return g;
}
