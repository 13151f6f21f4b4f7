/* tape.h: runs operators as they are called and remembers what their backward needs.
 *
 *     idc_tape *tape = idc_tape_new(IDC_TAPE_TRAIN, &err);
 *     for (step …) {
 *         idc_tape_reset(tape);
 *         idc_tensor *x = idc_tape_input(tape, IDC_DTYPE_F32, 2, (int64_t[]){B, D}, data);
 *         idc_tensor *loss = idc_cross_entropy(tape, idc_linear(tape, x, w, b), labels, NULL, IDC_MEAN);
 *         if (idc_tape_backward(tape, loss, &err) < 0) …      // also reports the first operator that failed
 *     }
 *
 * An operator that fails poisons the tape: it and all later ones return NULL, and idc_tape_status (or _backward) gives the
 * first error. So network code needs no check after each line. Every tensor an operator returns lives until the next
 * reset. Gradients add up into parameters (idc_params_zero_grad clears them); activations start at zero. A tape keeps packed
 * copies of the parameters it has used, by address and version: free the tape before the parameters, and raise `version`
 * after writing to their data. One tape a thread.
 */
#ifndef IDC_TENSOR_TAPE_H
#define IDC_TENSOR_TAPE_H

#include "base/arena.h"
#include "tensor/tensor.h"

typedef struct idc_tape idc_tape;

enum idc_tape_mode {
    IDC_TAPE_INFER, /* nothing is recorded, no gradients */
    IDC_TAPE_TRAIN,
    IDC_TAPE_PROBE /* recorded, but parameters are constants and nothing drops out: gradients reach what
                      idc_tape_leaf made, for maps of what a score looks at */
};

idc_tape *idc_tape_new(enum idc_tape_mode mode, idc_error *err);
void idc_tape_free(idc_tape **t);
void idc_tape_reset(idc_tape *t);
/* A TRAIN tape whose recording is on: dropout drops. */
bool idc_tape_training(const idc_tape *t);
/* While off, a tape records nothing (a frozen encoder, a pass without gradient). */
void idc_tape_record(idc_tape *t, bool on);

/* IDC_DTYPE_BF16: convolutions and linear layers (of 64 rows and more), forwards and backwards, multiply bf16 copies of
 * their operands and sum in f32, on processors that have instructions for it; others go on in f32. The default is
 * IDC_DTYPE_F32. Outlives resets. */
void idc_tape_precision(idc_tape *t, idc_dtype dtype);

/* A leaf without gradient; `data` is copied when not NULL, else the memory is uninitialised for the caller to fill. */
idc_tensor *idc_tape_input(idc_tape *t, idc_dtype dtype, int ndim, const int64_t *shape,
                           const void *data);
/* The same values as a new leaf without gradient (no copy). */
idc_tensor *idc_tape_detach(idc_tape *t, const idc_tensor *x);
/* The same values as a new leaf with a gradient, zeros in it until the backward pass reaches it (no copy). */
idc_tensor *idc_tape_leaf(idc_tape *t, const idc_tensor *x);
/* `seen` is told of every call that an operator makes (tensor/device.h), after it has run; NULL: nobody. A network that
 * keeps to this tape alone while it is watched can thus be copied down call by call. Outlives resets. */
struct idc_call;
typedef void (*idc_tape_seen)(void *user, const struct idc_call *call);
void idc_tape_watch(idc_tape *t, idc_tape_seen seen, void *user);
bool idc_tape_watched(const idc_tape *t);
/* Memory of the tape's arena, for scratch that lives until the reset. */
void *idc_tape_alloc(idc_tape *t, size_t bytes);

/* 0 or the first error. */
int idc_tape_status(const idc_tape *t, idc_error *err);
/* Poisons the tape from outside an operator (shape checks of network code). Always returns NULL. */
idc_tensor *idc_tape_fail(idc_tape *t, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* loss: a tensor of one element. Runs all backward entries in reverse order. */
int idc_tape_backward(idc_tape *t, idc_tensor *loss, idc_error *err);
/* For a loss that is not finite: the operator that was first to give such a value, as "softmax 12 [4,7]" (12 recorded
 * calls after the reset). False: no recorded call did. */
bool idc_tape_first_bad(const idc_tape *t, char *text, size_t size);
/* Floating-point operations of the forward calls since the last reset (multiply and add count as two). */
double idc_tape_flops(const idc_tape *t);

#endif
