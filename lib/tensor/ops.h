/* ops.h: the operators, as functions on a tape.
 *
 * Each is a row of the operator table (idc_ops, device.h) with a forward and a backward entry a device. All take f32 unless said; all check
 * shapes and poison the tape with a sentence that names the operator and both shapes. Broadcasting aligns shapes at the
 * last axis, and each axis of `b` is 1, missing, or equal to that of `a`.
 */
#ifndef IDC_TENSOR_OPS_H
#define IDC_TENSOR_OPS_H

#include "tensor/tape.h"

enum idc_reduction { IDC_MEAN, IDC_SUM };
enum idc_activation { IDC_ACT_NONE, IDC_ACT_RELU, IDC_ACT_RELU6 };
enum idc_norm_form {
    IDC_NORM_SAMPLE, /* (x − mean) / (s + eps), s with n − 1: Yao, Wang, Jin 2022 (their code) */
    IDC_NORM_VARIANCE /* (x − mean) / sqrt(var + eps), var with n: Ba, Kiros, Hinton 2016 */
};
enum idc_pool { IDC_POOL_MAX, IDC_POOL_MEAN };

/* ---- products ---- */
/* x [..., in], w [out, in], b [out] or NULL → [..., out] */
idc_tensor *idc_linear(idc_tape *t, idc_tensor *x, idc_tensor *w, idc_tensor *b);

typedef struct idc_conv_spec {
    int stride, pad, dilation, groups;
    enum idc_activation activation; /* applied after bias and residual */
    bool
        same; /* pad is not looked at: H' = ⌈H / stride⌉, of the zeros that this takes half before (rounded down) and
                  the rest after, as TensorFlow's SAME */
} idc_conv_spec;
/* The zeros before the first row (or column) of `in` cells, of which `out` come out. */
int64_t idc_conv_pad(const idc_conv_spec *spec, int64_t in, int64_t out, int64_t kernel);
/* x [N,H,W,C], w [O,C/groups,kh,kw], b [O] or NULL, residual [N,H',W',O] or NULL (added before the activation)
 * → [N,H',W',O], H' = (H + 2 pad − dilation (kh − 1) − 1) / stride + 1 */
idc_tensor *idc_conv2d(idc_tape *t, idc_tensor *x, idc_tensor *w, idc_tensor *b,
                       idc_tensor *residual, const idc_conv_spec *spec);
/* a [B,M,K], b [B,K,N] → [B,M,N]; transpose_b: b [B,N,K]. B of either may be 1. */
idc_tensor *idc_matmul(idc_tape *t, idc_tensor *a, idc_tensor *b, bool transpose_b);

/* ---- element by element ---- */
idc_tensor *idc_add(idc_tape *t, idc_tensor *a, idc_tensor *b); /* b is broadcast */
idc_tensor *idc_sub(idc_tape *t, idc_tensor *a, idc_tensor *b);
idc_tensor *idc_mul(idc_tape *t, idc_tensor *a, idc_tensor *b);
idc_tensor *idc_scale(idc_tape *t, idc_tensor *x, float factor);
idc_tensor *idc_abs(idc_tape *t, idc_tensor *x); /* derivative 0 at 0 */
idc_tensor *idc_relu(idc_tape *t, idc_tensor *x);
idc_tensor *idc_sigmoid(idc_tape *t, idc_tensor *x);
idc_tensor *idc_gelu(idc_tape *t, idc_tensor *x); /* x/2 (1 + erf(x/√2)) */
/* Inverted dropout: kept with probability 1 − p and scaled by 1/(1 − p). Only in training and for p > 0. The mask is a
 * function of (seed, stream) and the element's index. */
idc_tensor *idc_dropout(idc_tape *t, idc_tensor *x, float p, uint64_t seed, uint64_t stream);

/* ---- normalisation ---- */
/* over the last axis; gain, bias [C] */
idc_tensor *idc_layer_norm(idc_tape *t, idc_tensor *x, idc_tensor *gain, idc_tensor *bias,
                           float eps, enum idc_norm_form form);
typedef struct idc_batch_norm_spec {
    /* running = (1 − momentum) running + momentum batch, variance with n − 1 there (PyTorch) */
    float eps, momentum;
    bool batch_statistics; /* true in training; false: the running ones, as constants */
    enum idc_activation activation;
} idc_batch_norm_spec;
/* over all axes but the last; gain, bias, mean, variance [C]; mean and variance are updated with batch_statistics */
idc_tensor *idc_batch_norm(idc_tape *t, idc_tensor *x, idc_tensor *gain, idc_tensor *bias,
                           idc_tensor *mean, idc_tensor *variance, const idc_batch_norm_spec *spec);
/* x / max(‖x‖, eps) over the last axis */
idc_tensor *idc_l2_normalize(idc_tape *t, idc_tensor *x, float eps);

/* ---- attention ---- */
/* q [B,Tq,D], k [B,Tk,D] → [B,A,Tq,Tk]: q·k · factor for each head (head a owns columns a·D/A … ). */
idc_tensor *idc_attention_scores(idc_tape *t, idc_tensor *q, idc_tensor *k, int heads,
                                 float factor);
/* s [B,A,Tq,Tk] − exp(log_weight[a]) · |pos_q[i] − pos_k[j]|²; pos [T,2], without gradient */
idc_tensor *idc_distance_bias(idc_tape *t, idc_tensor *s, idc_tensor *log_weight,
                              const idc_tensor *pos_q, const idc_tensor *pos_k);
/* over the last axis; mask u8 [Tq,Tk] or NULL: where it is 0 the score is replaced by −1e9 first */
idc_tensor *idc_softmax(idc_tape *t, idc_tensor *x, const idc_tensor *mask);
/* p [B,A,Tq,Tk], v [B,Tk,D] → [B,Tq,D]: head a mixes its own D/A columns of v */
idc_tensor *idc_attention_mix(idc_tape *t, idc_tensor *p, idc_tensor *v);
/* p [B,A,Tq,Tk], v [B or 1,Tk,R] → [B,Tq,A·R]: every head mixes all R columns */
idc_tensor *idc_attention_share(idc_tape *t, idc_tensor *p, idc_tensor *v);
/* p [B,A,Tq,Tk] → [B,Tq,A]: the largest probability of each row */
idc_tensor *idc_attention_peak(idc_tape *t, idc_tensor *p);

/* ---- shapes ---- */
/* A view; one −1 is allowed. */
idc_tensor *idc_reshape(idc_tape *t, idc_tensor *x, int ndim, const int64_t *shape);
idc_tensor *idc_concat(idc_tape *t, idc_tensor *const *xs, int n, int axis);
idc_tensor *idc_slice(idc_tape *t, idc_tensor *x, int axis, int64_t start, int64_t length);
idc_tensor *idc_expand(idc_tape *t, idc_tensor *x, int64_t n); /* [1,…] → [n,…] */
/* rows of axis 0: out[i] = x[index[i]]; index i32 [n]; an index may occur often (gradients add up) */
idc_tensor *idc_rows(idc_tape *t, idc_tensor *x, const idc_tensor *index);
/* table [V,D], ids i32 [...] → [..., D] */
idc_tensor *idc_embedding(idc_tape *t, idc_tensor *table, const idc_tensor *ids);

/* ---- pictures ---- */
/* x [N,H,W,C] → [N,H',W',C], H' = (H + 2 pad − kernel) / stride + 1, pad < kernel. Cells outside the picture count neither
 * for the largest value nor for the mean. */
idc_tensor *idc_pool2d(idc_tape *t, idc_tensor *x, enum idc_pool kind, int kernel, int stride,
                       int pad);
idc_tensor *idc_mean_cells(idc_tape *t, idc_tensor *x); /* [N,H,W,C] → [N,C] */

/* ---- losses: one element ---- */
/* logits [...,C] (R rows), target i32 (R values; negative: ignored), weight f32 (R values) or NULL.
 * MEAN divides by the sum of the weights of the rows that count (0 when none does). */
idc_tensor *idc_cross_entropy(idc_tape *t, idc_tensor *logits, const idc_tensor *target,
                              const idc_tensor *weight, enum idc_reduction reduction);
/* −w [y log σ(x) + (1 − y) log(1 − σ(x))]; target and weight (or NULL) have as many elements as x. MEAN: by Σw. */
idc_tensor *idc_bce_logits(idc_tape *t, idc_tensor *x, const idc_tensor *target,
                           const idc_tensor *weight, enum idc_reduction reduction);
/* w · (½d² where |d| < 1, |d| − ½ elsewhere), d = x − target */
idc_tensor *idc_smooth_l1(idc_tape *t, idc_tensor *x, const idc_tensor *target,
                          const idc_tensor *weight, enum idc_reduction reduction);
/* p [R,C] probabilities, target f32 [R,C] of 0 and 1, weight [R] or NULL: −log(Σ_c p·target + 1e-9) */
idc_tensor *idc_mass_loss(idc_tape *t, idc_tensor *p, const idc_tensor *target,
                          const idc_tensor *weight, enum idc_reduction reduction);
/* A loss that was computed elsewhere, with its gradients: d value / d x[i] is gradient[i], as many numbers as x[i], in memory
 * of the tape; NULL: none. At most 8 inputs. */
idc_tensor *idc_given(idc_tape *t, float value, idc_tensor *const *x, float *const *gradient,
                      int n);

#endif
