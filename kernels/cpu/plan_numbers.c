/* plan_numbers.c: how the values and filters of a plan are held.
 *
 * I8: a value that follows a ReLU is u8, value = scale · number with scale = high / 255; any other is s8 with
 * scale = max(|low|, |high|) / 127. Weights are s8 with a scale of their own for each output channel,
 * max |w| / 127. A sum Σ x·w of scales sx and sw becomes a number of the result's scale sy by the factor sx · sw / sy;
 * oneDNN adds the bias before that factor, so it is kept as b / (sx · sw).
 *
 * Networks of depthwise convolutions begin with layers of few channels, whose errors nothing averages out; these stay
 * f32 (idc_plan_exact). */
#include <math.h>
#include <stdlib.h>

#include "cpu/plan.h"

#define MAX_TAPS 64

static const idc_plan_node *producer(const idc_plan *p, int value)
{
    return value > 0 ? &p->graph.nodes[value - 1] : NULL;
}

static void hold_i8(const idc_plan *p, int value)
{
    const idc_plan_node *node = producer(p, value);
    const idc_plan_value *v = &p->graph.values[value];
    idc_held *h = &p->held[value];
    if (node && node->kind == IDC_PLAN_MAX_POOL) {
        h->type = p->held[node->in].type;
        h->scale = p->held[node->in].scale;
        return;
    }
    bool positive = node && node->conv.activation != IDC_ACT_NONE;
    float reach = positive ? v->high : fmaxf(fabsf(v->low), fabsf(v->high));
    h->type = positive ? dnnl_u8 : dnnl_s8;
    h->scale = (reach > 1e-30f ? reach : 1) / (positive ? 255.0f : 127.0f);
}

static void hold(const idc_plan *p)
{
    for (int v = 0; v <= p->graph.n; v++) {
        idc_held *h = &p->held[v];
        h->scale = 1;
        h->type = p->precision == IDC_DTYPE_BF16 ? dnnl_bf16 : dnnl_f32;
        h->last_use = v == p->graph.n ? v : v - 1;
        if (v == p->graph.n || (p->exact > 0 && v <= p->exact))
            h->type = dnnl_f32;
        else if (p->precision == IDC_DTYPE_I8)
            hold_i8(p, v);
    }
    for (int i = 0; i < p->graph.n; i++) {
        const idc_plan_node *node = &p->graph.nodes[i];
        p->held[node->in].last_use = i;
        if (node->residual >= 0)
            p->held[node->residual].last_use = i;
    }
}

void idc_plan_quantise(int8_t *y, const float *x, float scale, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float q = nearbyintf(x[i] * (1 / scale));
        y[i] = (int8_t)(q > 127 ? 127 : q < -127 ? -127 : q);
    }
}

/* The filter of one channel of a depthwise convolution, rounded to multiples of `step`, or to bf16 where that is 0.
 * Neighbouring cells of a picture are alike, so that the error of a filter's sum does most of the harm: what rounding
 * takes from one tap is added to the next, from the largest to the smallest. */
static void round_filter(float *w, int64_t n, float step)
{
    bool done[MAX_TAPS] = {false};
    float carried = 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t at = -1;
        for (int64_t i = 0; i < n; i++)
            if (!done[i] && (at < 0 || fabsf(w[i]) > fabsf(w[at])))
                at = i;
        float want = w[at] + carried, got;
        if (step > 0)
            got = step * fminf(fmaxf(nearbyintf(want / step), -127), 127);
        else {
            uint16_t rounded;
            idc_f32_to_bf16(&rounded, &want, 1);
            idc_bf16_to_f32(&got, &rounded, 1);
        }
        carried = want - got;
        w[at] = got;
        done[at] = true;
    }
}

static bool depthwise(const idc_tensor *w)
{
    return w->shape[1] == 1 && w->shape[2] * w->shape[3] <= MAX_TAPS;
}

static void round_to_bf16(const idc_plan *p, int node, const idc_filters *f)
{
    const idc_tensor *w = p->graph.nodes[node].weight;
    const int64_t rest = w->shape[2] * w->shape[3];
    for (int64_t o = 0; depthwise(w) && o < w->shape[0]; o++)
        round_filter(f->weight + o * rest, rest, 0);
}

static void quantise(const idc_plan *p, int node, const idc_filters *f)
{
    const idc_tensor *w = p->graph.nodes[node].weight;
    const int64_t out = w->shape[0], rest = idc_tensor_count(w) / out;
    const float sx = p->held[p->graph.nodes[node].in].scale, sy = p->held[node + 1].scale;
    for (int64_t o = 0; o < out; o++) {
        float largest = 0;
        for (int64_t i = 0; i < rest; i++)
            largest = fmaxf(largest, fabsf(f->weight[o * rest + i]));
        float sw = largest > 1e-30f ? largest / 127.0f : 1;
        if (depthwise(w))
            round_filter(f->weight + o * rest, rest, sw);
        idc_plan_quantise(f->numbers + o * rest, f->weight + o * rest, sw, rest);
        f->scales[o] = sx * sw / sy;
        f->bias[o] /= sx * sw;
    }
}

static int take_filters(const idc_plan *p, int node, idc_error *err)
{
    const idc_plan_node *n = &p->graph.nodes[node];
    idc_filters *f = &p->filters[node];
    if (n->kind != IDC_PLAN_CONV)
        return 0;
    const size_t count = (size_t)idc_tensor_count(n->weight), out = (size_t)n->weight->shape[0];
    f->weight = malloc(count * sizeof(float));
    f->bias = calloc(out, sizeof(float));
    if (!f->weight || !f->bias)
        return idc_cpu_no_memory(err);
    memcpy(f->weight, n->weight->data, count * sizeof(float));
    if (n->bias)
        memcpy(f->bias, n->bias->data, out * sizeof(float));
    if (node < p->exact || p->precision == IDC_DTYPE_F32)
        return 0;
    if (p->precision == IDC_DTYPE_BF16) {
        round_to_bf16(p, node, f);
        return 0;
    }
    f->numbers = malloc(count);
    f->scales = malloc(out * sizeof(float));
    if (!f->numbers || !f->scales)
        return idc_cpu_no_memory(err);
    quantise(p, node, f);
    return 0;
}

int idc_plan_numbers(idc_plan *p, idc_error *err)
{
    const size_t n = (size_t)p->graph.n;
    p->held = calloc(n + 1, sizeof *p->held);
    p->filters = calloc(n + 1, sizeof *p->filters);
    if (!p->held || !p->filters)
        return idc_cpu_no_memory(err);
    hold(p);
    int rc = 0;
    for (int i = 0; rc == 0 && i < p->graph.n; i++)
        rc = take_filters(p, i, err);
    return rc;
}

void idc_plan_numbers_free(idc_plan *p)
{
    for (int i = 0; p->filters && i < p->graph.n; i++) {
        idc_filters *f = &p->filters[i];
        free(f->weight);
        free(f->bias);
        free(f->numbers);
        free(f->scales);
    }
    while (p->packed) {
        idc_packed *next = p->packed->next;
        free(p->packed->data);
        free(p->packed);
        p->packed = next;
    }
    free(p->filters);
    free(p->held);
}
