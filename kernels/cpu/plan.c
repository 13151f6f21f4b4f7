/* plan.c: plans from their graph, and runs. */
#define _GNU_SOURCE /* madvise */
#include "cpu/plan.h"

#include <omp.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MAX_BATCH 64
#define HUGE_PAGE ((size_t)2 << 20)

bool idc_plan_supports(idc_dtype precision)
{
    const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    const bool bf16 = isa == dnnl_cpu_isa_avx512_core_bf16 || isa == dnnl_cpu_isa_avx512_core_amx;
    if (precision == IDC_DTYPE_I8)
        return bf16 || isa == dnnl_cpu_isa_avx512_core_vnni;
    return precision == IDC_DTYPE_F32 || (precision == IDC_DTYPE_BF16 && bf16);
}

static int check(const idc_plan_graph *g, const idc_plan_options *o, idc_error *err)
{
    if (!idc_plan_supports(o->precision))
        return idc_fail(err, IDC_E_UNSUPPORTED, "this processor has no instructions for %s",
                        o->precision == IDC_DTYPE_I8 ? "int8 (AVX-512 VNNI)"
                                                     : "bf16 (AVX-512 BF16)");
    if (g->n < 1 || o->batch < 1 || o->batch > MAX_BATCH)
        return idc_fail(err, IDC_E_RANGE, "a plan of %d nodes for %d pictures", g->n, o->batch);
    for (int i = 0; i < g->n; i++) {
        const idc_plan_node *n = &g->nodes[i];
        if (n->in < 0 || n->in > i || n->residual > i ||
            (n->kind == IDC_PLAN_CONV && n->conv.dilation != 1))
            return idc_fail(err, IDC_E_UNSUPPORTED, "a plan's node %d", i);
    }
    if (g->nodes[g->n - 1].kind != IDC_PLAN_CONV)
        return idc_fail(err, IDC_E_UNSUPPORTED, "a plan that does not end in a convolution");
    return 0;
}

int idc_plan_new(idc_plan **out, const idc_plan_graph *graph, const idc_plan_options *options,
                 idc_error *err)
{
    *out = NULL;
    int rc = check(graph, options, err);
    if (rc < 0)
        return rc;
    idc_plan *p = calloc(1, sizeof *p);
    if (!p)
        return idc_cpu_no_memory(err);
    p->precision = options->precision;
    p->batch = options->batch;
    p->threads = omp_get_max_threads();
    dnnl_status_t s = dnnl_engine_create(&p->engine, dnnl_cpu, 0);
    if (s == dnnl_success)
        s = dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags);
    rc = s == dnnl_success ? idc_plan_copy_graph(p, graph, err)
                           : idc_library_fail(err, "starting", s);
    rc = rc < 0 ? rc : idc_plan_numbers(p, err);
    *out = p;
    if (rc < 0)
        idc_plan_free(out);
    return rc;
}

void idc_plan_free(idc_plan **plan)
{
    idc_plan *p = *plan;
    if (!p)
        return;
    while (p->programs) {
        idc_program *q = p->programs;
        p->programs = q->next;
        idc_program_free(&q);
    }
    idc_plan_numbers_free(p);
    free((void *)(uintptr_t)p->graph.nodes);
    free((void *)(uintptr_t)p->graph.values);
    if (p->stream)
        dnnl_stream_destroy(p->stream);
    if (p->engine)
        dnnl_engine_destroy(p->engine);
    free(p);
    *plan = NULL;
}

/* ---- workers ---- */

static int open_worker(const idc_plan *p, const idc_program *q, idc_worker *w, idc_error *err)
{
    const size_t bytes = q->values + q->scratch;
    const size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : IDC_PLAN_ALIGN;
    w->memory = calloc((size_t)q->n_steps, sizeof *w->memory);
    w->arena = aligned_alloc(align, (bytes + align - 1) / align * align);
    if (!w->memory || !w->arena)
        return idc_cpu_no_memory(err);
#ifdef MADV_HUGEPAGE
    if (align == HUGE_PAGE)
        madvise(w->arena, bytes, MADV_HUGEPAGE); /* only for speed: may fail */
#endif
    dnnl_status_t s = dnnl_success;
    for (int i = 0; i < q->n_steps; i++)
        for (int k = 0; s == dnnl_success && k < q->steps[i].n_args; k++) {
            const idc_place *place = &q->steps[i].place[k];
            size_t offset = place->offset == SIZE_MAX ? q->values : place->offset;
            void *at = place->constant ? (void *)(uintptr_t)place->constant : w->arena + offset;
            s = dnnl_memory_create(&w->memory[i][k], &q->steps[i].layout[k], p->engine, at);
        }
    return s == dnnl_success ? 0 : idc_library_fail(err, "memory", s);
}

static int add_program(idc_plan *p, idc_program *q, idc_error *err)
{
    q->n_workers = q->threads > 1 ? 1 : p->threads;
    q->workers = calloc((size_t)q->n_workers, sizeof *q->workers);
    if (!q->workers)
        return idc_cpu_no_memory(err);
    int rc = 0;
    for (int i = 0; rc == 0 && i < q->n_workers; i++)
        rc = open_worker(p, q, &q->workers[i], err);
    if (rc == 0) {
        q->next = p->programs;
        p->programs = q;
    }
    return rc;
}

static idc_program *program_of(idc_plan *p, int64_t pictures, int threads, idc_error *err)
{
    for (idc_program *q = p->programs; q; q = q->next)
        if (q->pictures == pictures && q->threads == threads)
            return q;
    idc_program *q;
    if (idc_program_new(&q, p, pictures, threads, err) < 0 || add_program(p, q, err) < 0)
        idc_program_free(&q);
    return q;
}

/* ---- running ---- */

typedef struct job {
    const idc_plan *plan;
    const idc_program *program;
    idc_plan_fill fill;
    void *user;
    float *out;
} job;

static void fill_in(const job *j, idc_worker *w, int64_t first)
{
    const idc_plan *p = j->plan;
    const idc_plan_value *v = &p->graph.values[0];
    const int64_t each = v->height * v->width * v->channels;
    float *own = (float *)(void *)(w->arena + j->program->values);
    char *at = w->arena + j->program->offset[0];
    for (int64_t i = 0; i < j->program->pictures; i++) {
        if (p->held[0].type == dnnl_f32)
            j->fill(j->user, first + i, (float *)(void *)at + i * each);
        else
            j->fill(j->user, first + i, own);
        if (p->held[0].type == dnnl_bf16)
            idc_f32_to_bf16((uint16_t *)(void *)at + i * each, own, (size_t)each);
        else if (p->held[0].type == dnnl_s8)
            idc_plan_quantise((int8_t *)at + i * each, own, p->held[0].scale, each);
    }
}

static dnnl_status_t run_winograd(const idc_plan *p, const idc_program *q, const idc_step *s,
                                  idc_worker *w)
{
    idc_winograd_data data = s->data;
    data.x = w->arena + s->place[0].offset;
    data.residual = s->place[1].offset == SIZE_MAX ? NULL : w->arena + s->place[1].offset;
    data.y = w->arena + s->place[2].offset;
    data.scratch = w->arena + q->values;
    return idc_winograd_run(s->winograd, p->stream, &data);
}

/* The program once, for the pictures from `first` on. */
static dnnl_status_t run_once(const job *j, idc_worker *w, int64_t first)
{
    const idc_plan *p = j->plan;
    const idc_program *q = j->program;
    dnnl_status_t status = dnnl_success;
    fill_in(j, w, first);
    for (int i = 1; status == dnnl_success && i < q->n_steps; i++) {
        const idc_step *s = &q->steps[i];
        dnnl_exec_arg_t args[IDC_STEP_ARGS];
        for (int k = 0; k < s->n_args; k++)
            args[k] = (dnnl_exec_arg_t){s->arg[k], w->memory[i][k]};
        status = s->winograd ? run_winograd(p, q, s, w)
                             : dnnl_primitive_execute(s->run, p->stream, s->n_args, args);
    }
    const idc_plan_value *v = &p->graph.values[p->graph.n];
    const int64_t each = v->height * v->width * v->channels;
    memcpy(j->out + first * each, w->arena + q->offset[p->graph.n],
           (size_t)(q->pictures * each) * sizeof(float));
    return status;
}

/* `chunks` runs from picture `first` on, shared out among the workers. */
static dnnl_status_t run_chunks(const job *j, int64_t first, int64_t chunks)
{
    const idc_program *q = j->program;
    int failed = dnnl_success;
    if (q->n_workers == 1 || q->threads > 1) {
        for (int64_t c = 0; c < chunks && !failed; c++)
            failed = (int)run_once(j, &q->workers[0], first + c * q->pictures);
        return (dnnl_status_t)failed;
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(q->n_workers) reduction(max : failed)
    for (int64_t c = 0; c < chunks; c++) {
        int status = (int)run_once(j, &q->workers[omp_get_thread_num()], first + c * q->pictures);
        failed = status > failed ? status : failed;
    }
    return (dnnl_status_t)failed;
}

int idc_plan_run(idc_plan *p, int64_t n, idc_plan_fill fill, void *user, float *out, idc_error *err)
{
    job j = {p, NULL, fill, user, out};
    for (int64_t done = 0; done < n;) {
        int64_t share = (n - done) / p->threads, size = 1;
        while (2 * size <= idc_min64(share, p->batch))
            size *= 2;
        int64_t chunks = share > 0 ? (n - done) / size / p->threads * p->threads : 1;
        j.program = program_of(p, size, share > 0 ? 1 : p->threads, err);
        if (!j.program)
            return IDC_E_UNSUPPORTED;
        dnnl_status_t status = run_chunks(&j, done, chunks);
        if (status != dnnl_success)
            return idc_library_fail(err, "a step of the plan", status);
        done += chunks * size;
    }
    return 0;
}
