/* plan_program.c: the steps of a plan for one number of pictures, and where each value lies. */
#include <omp.h>
#include <stdlib.h>

#include "cpu/plan.h"

size_t idc_program_bytes(const idc_plan *p, const idc_program *program, int value)
{
    const idc_plan_value *v = &p->graph.values[value];
    const dnnl_data_type_t type = p->held[value].type;
    size_t size = type == dnnl_f32 ? 4 : type == dnnl_bf16 ? 2 : 1;
    return idc_plan_aligned((size_t)(program->pictures * v->height * v->width * v->channels) *
                            size);
}

void idc_program_layout(const idc_plan *p, const idc_program *program, int value,
                        dnnl_memory_desc_t *layout)
{
    const idc_plan_value *v = &p->graph.values[value];
    dnnl_dims_t dims = {program->pictures, v->channels, v->height, v->width};
    dnnl_memory_desc_init_by_tag(layout, 4, dims, p->held[value].type, dnnl_nhwc);
}

void idc_step_add(idc_step *s, int arg, const dnnl_memory_desc_t *layout, idc_place place)
{
    s->arg[s->n_args] = arg;
    s->layout[s->n_args] = *layout;
    s->place[s->n_args++] = place;
}

dnnl_status_t idc_step_make(idc_program *program, idc_step *s, const_dnnl_primitive_desc_t pd)
{
    dnnl_status_t status = dnnl_primitive_create(&s->run, pd);
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    size_t bytes = md ? dnnl_memory_desc_get_size(md) : 0;
    if (status != dnnl_success || bytes == 0)
        return status;
    if (program->scratch < bytes)
        program->scratch = bytes;
    idc_step_add(s, DNNL_ARG_SCRATCHPAD, md, (idc_place){NULL, SIZE_MAX});
    return dnnl_success;
}

/* ---- places ---- */

/* A value stays from its node to its last reader's. */
static bool alive(const idc_plan *p, int value, int node)
{
    return value <= node + 1 && p->held[value].last_use >= node;
}

/* The lowest place that no value holds while `value` is made. */
static size_t free_place(const idc_plan *p, const idc_program *program, int value)
{
    const size_t bytes = idc_program_bytes(p, program, value);
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int v = 0; v < value; v++) {
            size_t start = program->offset[v], size = idc_program_bytes(p, program, v);
            if (alive(p, v, value - 1) && at < start + size && start < at + bytes) {
                at = start + size;
                moved = true;
            }
        }
    }
    return at;
}

static size_t type_size(dnnl_data_type_t type)
{
    return type == dnnl_f32 ? 4 : type == dnnl_bf16 ? 2 : 1;
}

/* True when node's result may be added up where its residual lies. */
static bool in_place(const idc_plan *p, int node)
{
    int residual = p->graph.nodes[node].residual;
    return residual >= 0 && residual != p->graph.nodes[node].in &&
           p->held[residual].last_use == node &&
           type_size(p->held[residual].type) == type_size(p->held[node + 1].type);
}

static void place(const idc_plan *p, idc_program *program)
{
    program->values = 0;
    for (int v = 0; v <= p->graph.n; v++) {
        program->offset[v] = v > 0 && in_place(p, v - 1)
                                 ? program->offset[p->graph.nodes[v - 1].residual]
                                 : free_place(p, program, v);
        size_t end = program->offset[v] + idc_program_bytes(p, program, v);
        program->values = end > program->values ? end : program->values;
    }
}

/* ---- steps ---- */

/* A copy from one value's place to another's, the numbers multiplied by `factor` and turned into the type of `to`. */
static int add_copy(idc_plan *p, idc_program *program, const dnnl_memory_desc_t layout[2],
                    const size_t offset[2], float factor, idc_error *err)
{
    idc_step *s = &program->steps[program->n_steps++];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && factor != 1)
        status = dnnl_primitive_attr_set_output_scales(attr, 1, 0, &factor);
    if (status == dnnl_success)
        status = dnnl_reorder_primitive_desc_create(&pd, &layout[0], p->engine, &layout[1],
                                                    p->engine, attr);
    if (status == dnnl_success)
        status = idc_step_make(program, s, pd);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    idc_step_add(s, DNNL_ARG_FROM, &layout[0], (idc_place){NULL, offset[0]});
    idc_step_add(s, DNNL_ARG_TO, &layout[1], (idc_place){NULL, offset[1]});
    return status == dnnl_success ? 0 : idc_library_fail(err, "a copy in the plan", status);
}

/* The residual into the place of the result: its numbers as they are where they have the same size, else as f32. */
static int copy_residual(idc_plan *p, idc_program *program, int node, idc_error *err)
{
    const int residual = p->graph.nodes[node].residual;
    const size_t offset[2] = {program->offset[residual], program->offset[node + 1]};
    bool raw = type_size(p->held[residual].type) == type_size(p->held[node + 1].type);
    dnnl_memory_desc_t layout[2];
    idc_program_layout(p, program, residual, &layout[0]);
    layout[1] = layout[0];
    layout[1].data_type = raw ? layout[0].data_type : dnnl_f32;
    return add_copy(p, program, layout, offset, raw ? 1 : p->held[residual].scale, err);
}

static int add_convert(idc_plan *p, idc_program *program, int node, idc_error *err)
{
    const int in = p->graph.nodes[node].in;
    const size_t offset[2] = {program->offset[in], program->offset[node + 1]};
    dnnl_memory_desc_t layout[2];
    idc_program_layout(p, program, in, &layout[0]);
    idc_program_layout(p, program, node + 1, &layout[1]);
    return add_copy(p, program, layout, offset, p->held[in].scale / p->held[node + 1].scale, err);
}

static int add_pool(idc_plan *p, idc_program *program, int node, idc_error *err)
{
    const idc_plan_node *n = &p->graph.nodes[node];
    const idc_plan_value *x = &p->graph.values[n->in], *y = &p->graph.values[node + 1];
    idc_step *s = &program->steps[program->n_steps++];
    dnnl_memory_desc_t from, to;
    dnnl_pooling_desc_t d;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_dims_t stride = {n->stride, n->stride}, kernel = {n->kernel, n->kernel},
                pad = {n->pad, n->pad},
                pad_end = {(y->height - 1) * n->stride + n->kernel - x->height - n->pad,
                           (y->width - 1) * n->stride + n->kernel - x->width - n->pad};
    idc_program_layout(p, program, n->in, &from);
    idc_program_layout(p, program, node + 1, &to);
    dnnl_status_t status = dnnl_pooling_forward_desc_init(
        &d, dnnl_forward_inference, dnnl_pooling_max, &from, &to, stride, kernel, pad, pad_end);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&pd, &d, attr, p->engine, NULL);
    if (status == dnnl_success)
        status = idc_step_make(program, s, pd);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    idc_step_add(s, DNNL_ARG_SRC, &from, (idc_place){NULL, program->offset[n->in]});
    idc_step_add(s, DNNL_ARG_DST, &to, (idc_place){NULL, program->offset[node + 1]});
    return status == dnnl_success ? 0 : idc_library_fail(err, "a pooling of the plan", status);
}

static idc_sum sum_of(const idc_plan *p, int node)
{
    const int residual = p->graph.nodes[node].residual;
    if (residual < 0)
        return (idc_sum){.wanted = false};
    const idc_held *r = &p->held[residual], *y = &p->held[node + 1];
    bool raw = type_size(r->type) == type_size(y->type);
    return (idc_sum){true, raw ? r->type : dnnl_f32, raw ? r->scale / y->scale : 1};
}

static int add_node(idc_plan *p, idc_program *program, int node, idc_error *err)
{
    const idc_plan_node *n = &p->graph.nodes[node];
    if (n->kind == IDC_PLAN_MAX_POOL)
        return add_pool(p, program, node, err);
    if (n->kind == IDC_PLAN_CONVERT)
        return add_convert(p, program, node, err);
    bool filtered = false;
    idc_step *s = &program->steps[program->n_steps];
    int rc = idc_plan_winograd(p, program, node, s, &filtered, err);
    if (rc < 0)
        return rc;
    if (filtered) {
        program->n_steps++;
        idc_program_layout(p, program, n->in, &s->layout[0]); /* only for its places */
        s->place[0].offset = program->offset[n->in];
        s->place[1].offset = n->residual >= 0 ? program->offset[n->residual] : SIZE_MAX;
        s->place[2].offset = program->offset[node + 1];
        return 0;
    }
    const idc_sum sum = sum_of(p, node);
    if (sum.wanted && !in_place(p, node))
        rc = copy_residual(p, program, node, err);
    return rc < 0 ? rc
                  : idc_plan_conv(p, program, node, &sum, &program->steps[program->n_steps++], err);
}

static int add_steps(idc_plan *p, idc_program *program, idc_error *err)
{
    int rc = 0;
    program->n_steps = 1; /* the first fills in the pictures */
    if (p->held[0].type != dnnl_f32) {
        const idc_plan_value *v = &p->graph.values[0];
        program->scratch = (size_t)(v->height * v->width * v->channels) * sizeof(float);
    }
    /* oneDNN shares a primitive out among the threads that it finds when it is made. */
    int before = omp_get_max_threads();
    omp_set_num_threads(program->threads);
    for (int i = 0; rc == 0 && i < p->graph.n; i++)
        rc = add_node(p, program, i, err);
    omp_set_num_threads(before);
    return rc;
}

int idc_program_new(idc_program **out, idc_plan *p, int64_t pictures, int threads, idc_error *err)
{
    const size_t n = (size_t)p->graph.n;
    idc_program *program = calloc(1, sizeof *program);
    *out = program;
    if (!program)
        return idc_cpu_no_memory(err);
    program->pictures = pictures;
    program->threads = threads;
    program->offset = calloc(n + 1, sizeof *program->offset);
    program->steps = calloc(2 * n + 1, sizeof *program->steps);
    if (!program->offset || !program->steps)
        return idc_cpu_no_memory(err);
    place(p, program);
    return add_steps(p, program, err);
}

void idc_program_free(idc_program **program)
{
    idc_program *q = *program;
    if (!q)
        return;
    for (int w = 0; w < q->n_workers; w++) {
        idc_worker *worker = &q->workers[w];
        for (int i = 0; worker->memory && i < q->n_steps; i++)
            for (int k = 0; k < IDC_STEP_ARGS; k++)
                if (worker->memory[i][k])
                    dnnl_memory_destroy(worker->memory[i][k]);
        free(worker->memory);
        free(worker->arena);
    }
    for (int i = 0; q->steps && i < q->n_steps; i++) {
        if (q->steps[i].run)
            dnnl_primitive_destroy(q->steps[i].run);
        idc_winograd_free(&q->steps[i].winograd);
    }
    free(q->workers);
    free(q->steps);
    free(q->offset);
    free(q);
    *program = NULL;
}
