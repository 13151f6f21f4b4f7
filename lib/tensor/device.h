/* device.h: the operator table, a row an operator, a column a device. kernels/cpu fills idc_ops_cpu. */
#ifndef IDC_TENSOR_DEVICE_H
#define IDC_TENSOR_DEVICE_H

#include "tensor/ops.h"

/* clang-format off */
#define IDC_OP_LIST(X)                                                                                                 \
    X(linear) X(conv2d) X(matmul) X(add) X(sub) X(mul) X(scale) X(abs) X(relu) X(sigmoid) X(gelu) X(dropout)           \
    X(layer_norm) X(batch_norm) X(l2_normalize) X(attention_scores) X(distance_bias) X(softmax) X(attention_mix)       \
    X(attention_share) X(attention_peak) X(reshape) X(concat) X(slice) X(expand) X(rows) X(embedding) X(pool2d)        \
    X(mean_cells) X(cross_entropy) X(bce_logits) X(smooth_l1) X(mass_loss) X(given)
/* clang-format on */

enum idc_op_id {
#define X(name) IDC_OP_##name,
    IDC_OP_LIST(X)
#undef X
        IDC_OP_COUNT
};

#define IDC_OP_MAX_INPUTS 8

/* One call of an operator. Inputs that the operator lacks are NULL. `saved` is memory of the tape that the forward entry
 * fills for the backward entry (idc_call_save); attributes are the numbers that ops.h's functions were given. */
typedef struct idc_call {
    enum idc_op_id op;
    int n_in;
    idc_tensor *in[IDC_OP_MAX_INPUTS];
    idc_tensor *out;
    void *saved;
    bool training; /* a backward will follow */
    idc_tape *tape;
    union {
        idc_conv_spec conv;
        idc_batch_norm_spec batch_norm;
        /* clang-format off */
        struct { float eps; enum idc_norm_form form; } layer_norm;
        struct { int heads; float factor; } attention;
        struct { float factor; } scale;
        struct { float p; uint64_t seed, stream; } dropout;
        struct { bool transpose_b; } matmul;
        struct { int axis; int64_t start; } axis;
        struct { enum idc_pool kind; int kernel, stride, pad; } pool;
        struct { float value; float **gradient; } given;
        /* clang-format on */
        enum idc_reduction reduction;
    } attr;
} idc_call;

/* The forward entry writes out->data; the backward entry adds into in[i]->grad where it is not NULL, from out->grad. */
typedef int (*idc_kernel)(idc_call *call, idc_error *err);

typedef struct idc_ops {
    const char *device;
    /* What the device keeps for a tape: compiled primitives, packed weights, scratch. */
    int (*open)(void **state, idc_error *err);
    void (*close)(void **state);
    struct {
        idc_kernel forward, backward;
    } row[IDC_OP_COUNT];
} idc_ops;

extern const idc_ops idc_ops_cpu;
const char *idc_op_name(enum idc_op_id op);

/* ---- for kernels ---- */
/* The device's state of the call's tape. */
void *idc_call_state(const idc_call *call);
/* What idc_tape_precision asked for. */
idc_dtype idc_call_precision(const idc_call *call);
/* bytes of the tape, kept until the reset, as call->saved (NULL: no memory). */
void *idc_call_save(idc_call *call, size_t bytes);
/* The gradient of input i to write into, or NULL where none is wanted. *fresh: it holds nothing and must be overwritten,
 * all of it; else it must be added to. One asks right before writing, since two inputs may be the same tensor. */
float *idc_call_grad_fresh(idc_call *call, int i, bool *fresh);
/* The same, cleared where it was fresh: always to be added to. */
float *idc_call_grad(idc_call *call, int i);

#endif
