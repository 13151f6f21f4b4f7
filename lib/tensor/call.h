/* call.h: how the functions of ops.h make, check, run and record a call. Private to lib/tensor.
 *
 *     idc_call c;
 *     idc_tensor *in[] = {x, gain, bias};
 *     if (!idc_call_start(&c, t, IDC_OP_layer_norm, 3, in))
 *         return NULL;                                  // the tape is poisoned, or is now
 *     if (gain->ndim != 1)
 *         return idc_call_refuse(&c, "gain must be [C]");
 *     c.attr.layer_norm.eps = eps;
 *     return idc_call_finish(&c, x->ndim, x->shape, flops);
 */
#ifndef IDC_TENSOR_CALL_H
#define IDC_TENSOR_CALL_H

#include "tensor/device.h"

/* Fills c; checks that the needed inputs are there and have the operator's dtypes. */
bool idc_call_start(idc_call *c, idc_tape *t, enum idc_op_id op, int n_in, idc_tensor *const *in);
/* Poisons the tape with "OPERATOR: what: [shapes of the inputs]"; returns NULL. */
idc_tensor *idc_call_refuse(const idc_call *c, const char *what);
/* Makes the result, runs the forward entry, records the call; NULL when that failed. */
idc_tensor *idc_call_finish(idc_call *c, int ndim, const int64_t *shape, double flops);

/* True when x's shape is the given one. */
bool idc_shape_is(const idc_tensor *x, int ndim, const int64_t *shape);
bool idc_shape_equal(const idc_tensor *a, const idc_tensor *b);

/* ---- of tape.c ---- */
struct idc_tape_parts {
    const idc_ops *ops;
    void *state;
    bool recording;
    bool fixed; /* parameters get no gradient */
    idc_dtype precision;
};
struct idc_tape_parts idc_tape_parts(const idc_tape *t);
bool idc_tape_failed(const idc_tape *t);
/* A tensor of the tape's arena; data (and grad) left uninitialised. Poisons the tape when it
 * cannot. */
idc_tensor *idc_tape_tensor(idc_tape *t, idc_dtype dtype, int ndim, const int64_t *shape);
/* The same without data. */
idc_tensor *idc_tape_header(idc_tape *t, idc_dtype dtype, int ndim, const int64_t *shape);
/* Memory for a call that the backward pass will visit; NULL poisons the tape. */
idc_call *idc_tape_push(idc_tape *t, const idc_call *c);
void idc_tape_drop_last(idc_tape *t);
/* Tells who watches the tape. */
void idc_tape_tell(const idc_tape *t, const idc_call *c);
void idc_tape_count_flops(idc_tape *t, double flops);

#endif
