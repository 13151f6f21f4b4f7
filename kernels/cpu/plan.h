/* plan.h: the parts of a compiled plan (tensor/plan.h). Private to kernels/cpu.
 *
 * A plan holds programs, one for each number of pictures that was met (powers of two up to the batch; for one thread, or
 * for all of them on one picture). A program is a list of steps and the place of each value in an arena. Each thread
 * (worker) has an arena of its own and oneDNN's memory objects that point into it. Pictures are NHWC throughout.
 */
#ifndef IDC_CPU_PLAN_H
#define IDC_CPU_PLAN_H

#include "cpu/library.h"
#include "cpu/winograd.h"
#include "tensor/plan.h"

#define IDC_STEP_ARGS 5

/* How a value is held, in every program. */
typedef struct idc_held {
    dnnl_data_type_t type;
    float scale;  /* value = scale · number; 1 but for I8 */
    int last_use; /* the node that reads it last */
} idc_held;

/* A convolution's numbers, in every program. */
typedef struct idc_filters {
    float *weight, *bias;
    int8_t *
        numbers; /* I8: weight = number · its channel's scale; bias and scales are oneDNN's then: result = scale · (sum +
                        bias) */
    float *scales; /* I8: of each channel, else NULL */
} idc_filters;

/* Filters as a primitive wants them, shared by the programs that want the same. */
typedef struct idc_packed {
    struct idc_packed *next;
    int node;
    dnnl_memory_desc_t layout;
    void *data;
} idc_packed;

typedef struct idc_place {
    const void *constant; /* packed for good, or NULL: */
    size_t offset;        /* in the arena */
} idc_place;

typedef struct idc_step {
    dnnl_primitive_t run; /* NULL: filtered by winograd, or else the pictures are filled in */
    int n_args, arg[IDC_STEP_ARGS];
    dnnl_memory_desc_t layout[IDC_STEP_ARGS];
    idc_place place[IDC_STEP_ARGS];
    idc_winograd *winograd;
    idc_winograd_data data; /* with offsets for addresses, but for the filters */
} idc_step;

typedef struct idc_worker {
    char *arena;
    dnnl_memory_t (*memory)[IDC_STEP_ARGS]; /* of each step */
} idc_worker;

typedef struct idc_program {
    struct idc_program *next;
    int64_t pictures;
    int threads; /* on one picture; 1: each thread runs the program on pictures of its own */
    idc_step *steps;
    int n_steps;
    size_t *offset;         /* of each value */
    size_t values, scratch; /* bytes; the scratch lies behind the values */
    idc_worker *workers;
    int n_workers;
} idc_program;

struct idc_plan {
    idc_plan_graph graph; /* nodes and values are the plan's */
    idc_held *held;
    idc_filters *filters;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    idc_dtype precision;
    int exact; /* so many nodes at the start are f32; the next one converts their result. 0: none */
    int64_t batch;
    int threads;
    idc_packed *packed;
    idc_program *programs;
};

#define IDC_PLAN_ALIGN 64
static inline size_t idc_plan_aligned(size_t bytes)
{
    return (bytes + IDC_PLAN_ALIGN - 1) / IDC_PLAN_ALIGN * IDC_PLAN_ALIGN;
}

/* In the plan's own graph only, beside tensor/plan.h's kinds: the same value in the type of what follows. */
#define IDC_PLAN_CONVERT ((enum idc_plan_kind)(IDC_PLAN_MAX_POOL + 1))

/* ---- the graph (plan_graph.c) ---- */
/* Own copies of nodes and values, with the node that converts after p->exact others, which it sets. */
int idc_plan_copy_graph(idc_plan *p, const idc_plan_graph *graph, idc_error *err);

/* ---- values and filters (plan_numbers.c) ---- */
/* held and filters of a plan whose graph is set. */
int idc_plan_numbers(idc_plan *p, idc_error *err);
void idc_plan_numbers_free(idc_plan *p);
/* Rounds n numbers to s8. */
void idc_plan_quantise(int8_t *y, const float *x, float scale, int64_t n);

/* ---- a program (plan_program.c) ---- */
int idc_program_new(idc_program **out, idc_plan *p, int64_t pictures, int threads, idc_error *err);
void idc_program_free(idc_program **program);
size_t idc_program_bytes(const idc_plan *p, const idc_program *program, int value);
void idc_program_layout(const idc_plan *p, const idc_program *program, int value,
                        dnnl_memory_desc_t *layout);
void idc_step_add(idc_step *s, int arg, const dnnl_memory_desc_t *layout, idc_place place);
/* Makes the primitive of a descriptor and takes note of its scratch memory. */
dnnl_status_t idc_step_make(idc_program *program, idc_step *s, const_dnnl_primitive_desc_t pd);

/* ---- convolutions (plan_conv.c) ---- */
/* sum: the value's place holds the residual already, as numbers of this type and scale. */
typedef struct idc_sum {
    bool wanted;
    dnnl_data_type_t type;
    float scale;
} idc_sum;
int idc_plan_conv(idc_plan *p, idc_program *program, int node, const idc_sum *sum, idc_step *s,
                  idc_error *err);
/* The same by minimal filtering; *used false: it is not for this node. */
int idc_plan_winograd(idc_plan *p, idc_program *program, int node, idc_step *s, bool *used,
                      idc_error *err);

#endif
