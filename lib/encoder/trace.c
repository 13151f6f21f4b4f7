#include "encoder/trace.h"

#include <stdlib.h>

#include "tensor/device.h"

static int find_value(const idc_trace *t, const idc_tensor *x)
{
    for (int v = t->graph.n; v >= 0; v--)
        if (t->made[v] == x)
            return v;
    return -1;
}

static bool grow(idc_trace *t)
{
    if (t->graph.n + 2 <= t->capacity)
        return true;
    size_t capacity = 2 * (size_t)t->capacity + 64;
    idc_plan_node *nodes = realloc(t->nodes, capacity * sizeof *nodes);
    t->nodes = nodes ? nodes : t->nodes;
    idc_plan_value *values = realloc(t->values, capacity * sizeof *values);
    t->values = values ? values : t->values;
    const idc_tensor **made = realloc(t->made, capacity * sizeof *made);
    t->made = made ? made : t->made;
    t->capacity = nodes && values && made ? (int)capacity : t->capacity;
    t->graph.nodes = t->nodes;
    t->graph.values = t->values;
    /* cppcheck-suppress memleak ; t holds all three */
    return nodes && values && made;
}

static void add_value(idc_trace *t, int value, const idc_tensor *x, bool positive)
{
    t->values[value] = (idc_plan_value){x->shape[1], x->shape[2], x->shape[3], 0, 0};
    t->made[value] = x;
    if (t->on_value)
        t->on_value(t->user, value, x, positive);
}

static void refuse(idc_trace *t, const idc_call *call)
{
    idc_fail(&t->error, IDC_E_UNSUPPORTED, "encoder %s: its operator '%s' knows only f32", t->kind,
             idc_op_name(call->op));
}

static void on_call(void *user, const idc_call *call)
{
    idc_trace *t = user;
    idc_plan_node node = {.residual = -1};
    if (t->error.code < 0)
        return;
    if (!grow(t)) {
        idc_fail(&t->error, IDC_E_MEMORY, "no memory");
        return;
    }
    node.in = find_value(t, call->in[0]);
    bool known = node.in >= 0;
    if (call->op == IDC_OP_conv2d) {
        node.kind = IDC_PLAN_CONV;
        node.weight = call->in[1];
        node.bias = call->in[2];
        node.conv = call->attr.conv;
        node.residual = call->in[3] ? find_value(t, call->in[3]) : -1;
        known = known && node.conv.dilation == 1 && (!call->in[3] || node.residual >= 0);
    } else if (call->op == IDC_OP_pool2d && call->attr.pool.kind == IDC_POOL_MAX) {
        node.kind = IDC_PLAN_MAX_POOL;
        node.kernel = call->attr.pool.kernel;
        node.stride = call->attr.pool.stride;
        node.pad = call->attr.pool.pad;
    } else
        known = false;
    if (!known) {
        refuse(t, call);
        return;
    }
    t->nodes[t->graph.n++] = node;
    add_value(t, t->graph.n, call->out,
              node.kind == IDC_PLAN_CONV && node.conv.activation != IDC_ACT_NONE);
}

int idc_trace_run(idc_trace *t, idc_encoder *enc, idc_tape *tape, const unsigned char *picture,
                  idc_error *err)
{
    *t = (idc_trace){.on_value = t->on_value,
                     .user = t->user,
                     .kind = idc_encoder_get_spec(enc)->kind,
                     .error = IDC_NO_ERROR};
    if (!grow(t))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    idc_tape_reset(tape);
    idc_tensor *x = idc_encoder_input(enc, tape, &picture, 1);
    if (x) {
        add_value(t, 0, x, false);
        idc_tape_watch(tape, on_call, t);
        idc_tensor *feature = idc_encoder_forward(enc, tape, x, false).feature;
        idc_tape_watch(tape, NULL, NULL);
        if (t->error.code == 0 && find_value(t, feature) != t->graph.n)
            idc_fail(&t->error, IDC_E_UNSUPPORTED, "encoder %s: knows only f32", t->kind);
    }
    int rc = idc_tape_status(tape, err);
    if (rc == 0 && t->error.code < 0) {
        *err = t->error;
        rc = t->error.code;
    }
    return rc;
}

void idc_trace_free(idc_trace *t)
{
    free(t->nodes);
    free(t->values);
    free((void *)t->made);
    *t = (idc_trace){0};
}
