/* trace.h: an encoder as the list of its operators; internal to lib/encoder.
 *
 *     idc_trace trace = {0};
 *     idc_trace_run(&trace, enc, tape, picture, &err);    // one picture through the encoder in f32, watched
 *     … trace.graph …                                     // tensor/plan.h; values without ranges
 *     idc_trace_free(&trace);
 *
 * So a family is written once, as operators on a tape, and compiled from what it does.
 */
#ifndef IDC_ENCODER_TRACE_H
#define IDC_ENCODER_TRACE_H

#include "encoder/encoder.h"
#include "tensor/plan.h"

/* A value as it has been computed: value 0 is the input, value i what node i − 1 made. */
typedef void (*idc_trace_value)(void *user, int value, const idc_tensor *x, bool positive);

typedef struct idc_trace {
    idc_plan_graph graph;
    idc_plan_node *nodes;
    idc_plan_value *values;
    const idc_tensor **made; /* the tensor of each value, while the trace runs */
    int capacity;
    idc_trace_value on_value; /* or NULL */
    void *user;
    const char *kind;
    idc_error error; /* the first thing that cannot be copied down */
} idc_trace;

/* on_value and user may be set before; the rest is cleared. picture: u8 [h,w,3]. IDC_E_UNSUPPORTED names the operator that no
 * plan knows. */
int idc_trace_run(idc_trace *trace, idc_encoder *enc, idc_tape *tape, const unsigned char *picture,
                  idc_error *err);
void idc_trace_free(idc_trace *trace);

#endif
