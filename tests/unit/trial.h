/* trial.h: checks an operator against its definition in double precision.
 *
 * A subject makes random inputs of random ragged shapes, runs the operator on a tape, and has the
 * definition as plain loops over doubles. The harness compares the results, and the gradients of L
 * = Σ r · out (random r) with signed central differences of the definition (its error at step 1e-5
 * is about 1e-9, far below f32's), and one thread with two.
 */
#ifndef IDC_TESTS_TRIAL_H
#define IDC_TESTS_TRIAL_H

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "tensor/device.h"

#define TRIAL_INPUTS 6
#define TRIAL_OTHERS 3

struct trial {
    idc_random random;
    int round;
    idc_params *params;
    int n_in;
    idc_tensor *in[TRIAL_INPUTS];   /* f32, differentiated where they have a gradient */
    idc_tensor other[TRIAL_OTHERS]; /* masks, indices, targets */
    int n_other;
    int64_t k[16]; /* sizes and attributes, as the subject likes */
    float f[4];
};

struct subject {
    const char *name;
    void (*make)(struct trial *t);
    idc_tensor *(*run)(struct trial *t, idc_tape *tape);
    void (*define)(const struct trial *t, double *const *in, double *out);
    double tolerance;        /* relative to the largest value of the tensor compared; 0: 2e-5 */
    bool bf16;               /* on a tape of that precision */
    bool threads_may_differ; /* the library splits sums by threads: compared within the tolerance */
};

static inline int64_t pick(struct trial *t, int64_t low, int64_t high)
{
    return low + (int64_t)idc_random_below(&t->random, (uint32_t)(high - low + 1));
}

static inline idc_tensor *input(struct trial *t, bool trainable, int ndim, const int64_t *shape)
{
    char name[16];
    snprintf(name, sizeof name, "in%d", t->n_in);
    idc_tensor *x = idc_params_add(t->params, name, ndim, shape, trainable);
    assert_non_null(x);
    for (int64_t i = 0; i < idc_tensor_count(x); i++)
        idc_f32(x)[i] = (float)idc_random_normal(&t->random);
    return t->in[t->n_in++] = x;
}

static inline idc_tensor *other(struct trial *t, idc_dtype dtype, int ndim, const int64_t *shape)
{
    idc_tensor *x = &t->other[t->n_other++];
    *x = (idc_tensor){.dtype = dtype, .ndim = ndim};
    for (int i = 0; i < ndim; i++)
        x->shape[i] = shape[i];
    x->data = calloc((size_t)idc_tensor_count(x) + 1, idc_dtype_size(dtype));
    assert_non_null(x->data);
    return x;
}

#define SHAPE(...)                                                                                 \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[])                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* Runs the operator and the backward pass; the result's values come back (malloc). */
static inline float *trial_run(struct trial *t, const struct subject *s, const float *r,
                               int64_t *count)
{
    idc_error err = IDC_NO_ERROR;
    idc_tape *tape = idc_tape_new(IDC_TAPE_TRAIN, &err);
    assert_non_null(tape);
    if (s->bf16)
        idc_tape_precision(tape, IDC_DTYPE_BF16);
    idc_params_zero_grad(t->params);
    idc_tensor *out = s->run(t, tape);
    if (!out) {
        idc_tape_status(tape, &err);
        fail_msg("%s: %s", s->name, err.text);
    }
    *count = idc_tensor_count(out);
    float *values = malloc((size_t)*count * sizeof *values);
    memcpy(values, out->data, (size_t)*count * sizeof *values);
    if (r) {
        idc_tensor *weights = idc_tape_input(tape, IDC_DTYPE_F32, SHAPE(1, *count, 1), r);
        idc_tensor *loss =
            idc_matmul(tape, idc_reshape(tape, out, SHAPE(1, 1, -1)), weights, false);
        if (idc_tape_backward(tape, loss, &err) < 0)
            fail_msg("%s: %s", s->name, err.text);
    }
    idc_tape_free(&tape);
    return values;
}

static inline void compare(const struct subject *s, const char *what, const double *want,
                           const float *got, int64_t n)
{
    double largest = 1e-3, worst = 0, tolerance = s->tolerance > 0 ? s->tolerance : 2e-5;
    int64_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        double error = fabs(want[i] - (double)got[i]);
        largest = fmax(largest, fabs(want[i]));
        if (!(error <= worst)) {
            worst = error;
            at = i;
        }
    }
    if (!(worst <= tolerance * largest))
        fail_msg("%s, %s: element %lld is %.9g, should be %.9g (largest %.3g)", s->name, what,
                 (long long)at, (double)got[at], want[at], largest);
}

static inline double weighted(const struct trial *t, const struct subject *s, double *const *in,
                              const float *r, double *out, int64_t n)
{
    double sum = 0;
    s->define(t, in, out);
    for (int64_t i = 0; i < n; i++)
        sum += out[i] * (double)r[i];
    return sum;
}

static inline void check_gradients(const struct trial *t, const struct subject *s,
                                   double *const *in, const float *r, int64_t n)
{
    double *out = malloc((size_t)n * sizeof *out);
    const double step = 1e-5;
    for (int i = 0; i < t->n_in; i++) {
        int64_t m = idc_tensor_count(t->in[i]);
        double *want = t->in[i]->grad ? malloc((size_t)m * sizeof *want) : NULL;
        char what[32];
        snprintf(what, sizeof what, "gradient of input %d", i);
        for (int64_t j = 0; want && j < m; j++) {
            double x = in[i][j];
            in[i][j] = x + step;
            double above = weighted(t, s, in, r, out, n);
            in[i][j] = x - step;
            double below = weighted(t, s, in, r, out, n);
            in[i][j] = x;
            want[j] = (above - below) / (2 * step);
        }
        if (want)
            compare(s, what, want, t->in[i]->grad, m);
        free(want);
    }
    free(out);
}

/* With another number of threads the result and all gradients are the same bits (or, for the
 * library's sums, close). */
static inline void check_threads(struct trial *t, const struct subject *s, const float *r,
                                 const float *first)
{
    int64_t n;
    float *grads[TRIAL_INPUTS];
    for (int i = 0; i < t->n_in; i++) {
        size_t bytes = (size_t)idc_tensor_count(t->in[i]) * sizeof(float);
        grads[i] = t->in[i]->grad ? malloc(bytes) : NULL;
        if (grads[i])
            memcpy(grads[i], t->in[i]->grad, bytes);
    }
    omp_set_num_threads(2);
    float *second = trial_run(t, s, r, &n);
    omp_set_num_threads(1);
    for (int64_t i = 0; i < n && !s->threads_may_differ; i++)
        if (memcmp(&first[i], &second[i], sizeof(float)))
            fail_msg("%s: two threads change element %lld", s->name, (long long)i);
    for (int i = 0; i < t->n_in; i++) {
        for (int64_t j = 0; grads[i] && j < idc_tensor_count(t->in[i]) && !s->threads_may_differ;
             j++)
            if (memcmp(&grads[i][j], &t->in[i]->grad[j], sizeof(float)))
                fail_msg("%s: two threads change gradient %lld of input %d", s->name, (long long)j,
                         i);
        free(grads[i]);
    }
    free(second);
}

static inline void trial_round(const struct subject *s, int round)
{
    struct trial t = {.random = idc_random_at(2026, (uint64_t)round, 0), .round = round};
    double *in[TRIAL_INPUTS];
    int64_t n;
    t.params = idc_params_new();
    s->make(&t);
    for (int i = 0; i < t.n_in; i++) {
        int64_t m = idc_tensor_count(t.in[i]);
        in[i] = malloc((size_t)m * sizeof(double));
        for (int64_t j = 0; j < m; j++)
            in[i][j] = (double)idc_f32(t.in[i])[j];
    }
    float *values = trial_run(&t, s, NULL, &n), *r = malloc((size_t)n * sizeof *r);
    double *want = malloc((size_t)n * sizeof *want);
    s->define(&t, in, want);
    compare(s, "result", want, values, n);
    for (int64_t i = 0; i < n; i++)
        r[i] = (float)idc_random_normal(&t.random);
    free(values);
    values = trial_run(&t, s, r, &n);
    check_gradients(&t, s, in, r, n);
    check_threads(&t, s, r, values);
    for (int i = 0; i < t.n_in; i++)
        free(in[i]);
    for (int i = 0; i < t.n_other; i++)
        free(t.other[i].data);
    free(values);
    free(r);
    free(want);
    idc_params_free(&t.params);
}

static inline void trial_all(const struct subject *subjects, size_t n, int rounds)
{
    omp_set_num_threads(1);
    for (size_t i = 0; i < n; i++)
        for (int round = 0; round < rounds; round++)
            trial_round(&subjects[i], round);
}

#endif
