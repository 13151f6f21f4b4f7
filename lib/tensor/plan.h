/* plan.h: a chain of convolutions and poolings compiled once for a precision, then run as often as
 * wanted.
 *
 *     idc_plan *plan;
 *     idc_plan_new(&plan, &graph, &(idc_plan_options){IDC_DTYPE_BF16, 8}, &err);
 *     idc_plan_run(plan, n, fill, user, features, &err);     // [n,H,W,C] of the last value
 *
 * Where a tape runs operators one by one, a plan knows the whole chain: weights are packed once, each
 * convolution takes bias, residual and activation with it, all values lie in one arena where a value takes the place
 * of one that is no longer needed, and no value changes its layout on the way. Threads take pictures, not
 * parts of a layer, as long as there are enough of them.
 *
 * Precisions. F32: 3 × 3 convolutions of stride 1 by minimal filtering where that saves work (kernels/cpu/winograd.h).
 * BF16: weights and values are bf16, sums are f32. I8: weights s8 with a scale for each output channel; values u8 where
 * they follow a ReLU, else s8, with the scale of the value's range; sums s32; the last value is f32 in all of them.
 */
#ifndef IDC_TENSOR_PLAN_H
#define IDC_TENSOR_PLAN_H

#include "tensor/ops.h"

typedef struct idc_plan idc_plan;

enum idc_plan_kind { IDC_PLAN_CONV, IDC_PLAN_MAX_POOL };

/* Value 0 is the input; node i makes value i + 1. */
typedef struct idc_plan_node {
    enum idc_plan_kind kind;
    int in, residual; /* values; residual −1: none */
    const idc_tensor *weight,
        *bias; /* [O,C/groups,kh,kw] and [O] or NULL; not needed after idc_plan_new */
    idc_conv_spec conv;
    int kernel, stride, pad; /* of a pooling */
} idc_plan_node;

typedef struct idc_plan_value {
    int64_t height, width, channels;
    float low, high; /* I8: the range to be kept; what lies beyond is cut */
} idc_plan_value;

typedef struct idc_plan_graph {
    int n; /* nodes */
    const idc_plan_node *nodes;
    const idc_plan_value *values; /* n + 1 */
} idc_plan_graph;

typedef struct idc_plan_options {
    idc_dtype precision; /* F32, BF16 or I8 */
    int batch;           /* the most pictures that a thread takes at once: 1 … 64 */
} idc_plan_options;

/* Whether this processor has the instructions; F32 always. */
bool idc_plan_supports(idc_dtype precision);

/* Threads: omp_get_max_threads() of the moment. IDC_E_UNSUPPORTED: the processor or oneDNN lacks it. */
int idc_plan_new(idc_plan **plan, const idc_plan_graph *graph, const idc_plan_options *options,
                 idc_error *err);
void idc_plan_free(idc_plan **plan);

/* Writes picture `i` as f32 [H,W,C]; called by several threads at once. */
typedef void (*idc_plan_fill)(void *user, int64_t i, float *x);
/* out: the last value of each of the n pictures, f32. Not from two threads at once. */
int idc_plan_run(idc_plan *plan, int64_t n, idc_plan_fill fill, void *user, float *out,
                 idc_error *err);

#endif
