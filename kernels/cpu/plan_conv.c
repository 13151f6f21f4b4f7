/* plan_conv.c: the convolutions of a plan, by oneDNN or by minimal filtering. */
#include <stdlib.h>

#include "cpu/plan.h"

/* The entry of the node's filters in this layout, made when `bytes` > 0 and there is none; fresh: to be filled. */
static idc_packed *packed_of(idc_plan *p, int node, const dnnl_memory_desc_t *layout, size_t bytes,
                             bool *fresh)
{
    *fresh = false;
    for (idc_packed *k = p->packed; k; k = k->next)
        if (k->node == node && dnnl_memory_desc_equal(&k->layout, layout))
            return k;
    idc_packed *k = calloc(1, sizeof *k);
    if (k)
        k->data = aligned_alloc(IDC_PLAN_ALIGN, idc_plan_aligned(bytes));
    if (!k || !k->data) {
        free(k);
        return NULL;
    }
    k->node = node;
    k->layout = *layout;
    k->next = p->packed;
    p->packed = k;
    *fresh = true;
    return k;
}

/* The node's filters in the layout of the primitive; NULL on failure. */
static const void *pack(idc_plan *p, int node, const dnnl_memory_desc_t *layout, idc_error *err)
{
    const idc_plan_node *n = &p->graph.nodes[node];
    const idc_filters *f = &p->filters[node];
    const int64_t *s = n->weight->shape, g = n->conv.groups;
    bool fresh;
    idc_packed *k = packed_of(p, node, layout, dnnl_memory_desc_get_size(layout), &fresh);
    if (!k) {
        idc_cpu_no_memory(err);
        return NULL;
    }
    if (!fresh)
        return k->data;
    dnnl_memory_desc_t plain;
    dnnl_dims_t w = {s[0], s[1], s[2], s[3]}, wg = {g, s[0] / g, s[1], s[2], s[3]};
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&plain, g > 1 ? 5 : 4, g > 1 ? wg : w,
                                                        f->numbers ? dnnl_s8 : dnnl_f32,
                                                        g > 1 ? dnnl_goihw : dnnl_oihw);
    if (status == dnnl_success)
        status = idc_library_convert(p->engine, p->stream, &plain,
                                     f->numbers ? (void *)f->numbers : f->weight, layout, k->data);
    if (status != dnnl_success)
        idc_library_fail(err, "a reorder of filters", status);
    return status == dnnl_success ? k->data : NULL;
}

static dnnl_status_t attributes(dnnl_primitive_attr_t *attr, const idc_plan *p, int node,
                                const idc_sum *sum)
{
    const enum idc_activation activation = p->graph.nodes[node].conv.activation;
    const idc_held *y = &p->held[node + 1];
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dnnl_primitive_attr_create(attr);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (s == dnnl_success && p->filters[node].scales)
        s = dnnl_primitive_attr_set_output_scales(*attr, p->graph.nodes[node].weight->shape[0], 2,
                                                  p->filters[node].scales);
    if (s == dnnl_success)
        s = dnnl_post_ops_create(&ops);
    if (s == dnnl_success && sum->wanted)
        s = dnnl_post_ops_append_sum_v2(ops, sum->scale, sum->type);
    /* u8 is cut at 0 anyway. */
    if (s == dnnl_success && activation == IDC_ACT_RELU && y->type != dnnl_u8)
        s = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0, 0);
    if (s == dnnl_success && activation == IDC_ACT_RELU6)
        s = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_clip, 0, 6.0f / y->scale);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_post_ops(*attr, ops);
    if (ops)
        dnnl_post_ops_destroy(ops);
    return s;
}

/* Source, filters (any layout), bias, result. */
static dnnl_status_t layouts(const idc_plan *p, const idc_program *program, int node,
                             dnnl_memory_desc_t l[4])
{
    const idc_plan_node *n = &p->graph.nodes[node];
    const int64_t *s = n->weight->shape, g = n->conv.groups;
    const dnnl_data_type_t type = p->filters[node].numbers           ? dnnl_s8
                                  : p->held[n->in].type == dnnl_bf16 ? dnnl_bf16
                                                                     : dnnl_f32;
    dnnl_dims_t w = {s[0], s[1], s[2], s[3]}, wg = {g, s[0] / g, s[1], s[2], s[3]}, b = {s[0]};
    idc_program_layout(p, program, n->in, &l[0]);
    idc_program_layout(p, program, node + 1, &l[3]);
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&l[1], g > 1 ? 5 : 4, g > 1 ? wg : w, type,
                                                        dnnl_format_tag_any);
    return status == dnnl_success ? dnnl_memory_desc_init_by_tag(&l[2], 1, b, dnnl_f32, dnnl_x)
                                  : status;
}

static dnnl_status_t describe(dnnl_primitive_desc_t *pd, const idc_plan *p, int node,
                              const dnnl_memory_desc_t l[4], const idc_sum *sum)
{
    const idc_plan_node *n = &p->graph.nodes[node];
    const idc_plan_value *x = &p->graph.values[n->in], *y = &p->graph.values[node + 1];
    const idc_conv_spec *c = &n->conv;
    const int64_t *s = n->weight->shape;
    int64_t top = idc_conv_pad(c, x->height, y->height, s[2]),
            left = idc_conv_pad(c, x->width, y->width, s[3]);
    int64_t span_h = (y->height - 1) * c->stride + s[2], span_w = (y->width - 1) * c->stride + s[3];
    dnnl_dims_t stride = {c->stride, c->stride}, pad = {top, left},
                pad_end = {span_h - x->height - top, span_w - x->width - left};
    dnnl_convolution_desc_t d;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status =
        dnnl_convolution_forward_desc_init(&d, dnnl_forward_inference, dnnl_convolution_direct,
                                           &l[0], &l[1], &l[2], &l[3], stride, pad, pad_end);
    if (status == dnnl_success)
        status = attributes(&attr, p, node, sum);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(pd, &d, attr, p->engine, NULL);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return status;
}

int idc_plan_conv(idc_plan *p, idc_program *program, int node, const idc_sum *sum, idc_step *s,
                  idc_error *err)
{
    dnnl_memory_desc_t l[4];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = layouts(p, program, node, l);
    if (status == dnnl_success)
        status = describe(&pd, p, node, l, sum);
    if (status == dnnl_success)
        status = idc_step_make(program, s, pd);
    if (status != dnnl_success) {
        if (pd)
            dnnl_primitive_desc_destroy(pd);
        return idc_library_fail(err, "a convolution of the plan", status);
    }
    const dnnl_memory_desc_t w = *dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    const void *filters = pack(p, node, &w, err);
    dnnl_primitive_desc_destroy(pd);
    if (!filters)
        return IDC_E_UNSUPPORTED;
    const size_t *offset = program->offset;
    idc_step_add(s, DNNL_ARG_SRC, &l[0], (idc_place){NULL, offset[p->graph.nodes[node].in]});
    idc_step_add(s, DNNL_ARG_WEIGHTS, &w, (idc_place){filters, 0});
    idc_step_add(s, DNNL_ARG_BIAS, &l[2], (idc_place){p->filters[node].bias, 0});
    idc_step_add(s, DNNL_ARG_DST, &l[3], (idc_place){NULL, offset[node + 1]});
    return 0;
}

int idc_plan_winograd(idc_plan *p, idc_program *program, int node, idc_step *s, bool *used,
                      idc_error *err)
{
    const idc_plan_node *n = &p->graph.nodes[node];
    const idc_plan_value *x = &p->graph.values[n->in];
    const bool bf16 = p->held[n->in].type == dnnl_bf16;
    *used = false;
    if (p->precision == IDC_DTYPE_I8 || p->held[n->in].type != p->held[node + 1].type)
        return 0;
    int tile = idc_winograd_tile(&n->conv, n->weight, x->height, x->width, bf16);
    if (tile == 0)
        return 0;
    const idc_winograd_spec spec = {.n = program->pictures,
                                    .h = x->height,
                                    .w = x->width,
                                    .in = n->weight->shape[1],
                                    .out = n->weight->shape[0],
                                    .bf16 = bf16,
                                    .activation = n->conv.activation,
                                    .threads = program->threads,
                                    .bias = p->filters[node].bias};
    int rc = idc_winograd_new(&s->winograd, &spec, tile, p->engine, err);
    if (rc < 0)
        return rc;
    bool fresh;
    idc_packed *k = packed_of(p, node, idc_winograd_layout(s->winograd),
                              idc_winograd_packed_bytes(s->winograd), &fresh);
    if (!k)
        return idc_cpu_no_memory(err);
    s->data.filters = k->data;
    if (program->scratch < idc_winograd_scratch(s->winograd))
        program->scratch = idc_winograd_scratch(s->winograd);
    *used = true;
    return fresh ? idc_winograd_pack(s->winograd, p->stream, p->filters[node].weight, k->data, err)
                 : 0;
}
