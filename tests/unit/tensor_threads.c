/* On tensors large enough for several chunks, our own kernels give the same bits with one, two and three threads, and the
 * gradient of the sum of squares is what a step along it shows. */
#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "tensor/device.h"

#define SHAPE(...)                                                                                 \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[])                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

enum {
    B = 6,
    A = 4,
    T = 70,
    D = 64
}; /* maps [B,A,T,T] of 117,600 elements, sequences [B,T·A,D] of 107,520 */

static idc_tensor *map, *sequence, *picture, *row, *heads, *positions, *gain, *bias, *mean,
    *variance;

static idc_tensor *filled(idc_params *p, const char *name, int ndim, const int64_t *shape)
{
    idc_tensor *x = idc_params_add(p, name, ndim, shape, true);
    idc_random r = idc_random_at(11, (uint64_t)idc_params_size(p), 0);
    assert_non_null(x);
    for (int64_t i = 0; i < idc_tensor_count(x); i++)
        idc_f32(x)[i] = 0.5f * (float)idc_random_normal(&r);
    return x;
}

static idc_params *all_inputs(void)
{
    idc_params *p = idc_params_new();
    map = filled(p, "map", SHAPE(B, A, T, T));
    sequence = filled(p, "sequence", SHAPE(B, A * T, D));
    picture = filled(p, "picture", SHAPE(B, 40, 14, 32));
    row = filled(p, "row", SHAPE(A * T, 1));
    heads = filled(p, "heads", SHAPE(A));
    positions = filled(p, "positions", SHAPE(T, 2));
    gain = filled(p, "gain", SHAPE(D));
    bias = filled(p, "bias", SHAPE(D));
    mean = filled(p, "mean", SHAPE(D));
    variance = filled(p, "variance", SHAPE(D));
    return p;
}

#define RUN(name, expression)                                                                      \
    static idc_tensor *name(idc_tape *t)                                                           \
    {                                                                                              \
        return expression;                                                                         \
    }
RUN(run_scale, idc_scale(t, sequence, 0.7f))
RUN(run_gelu, idc_gelu(t, sequence))
RUN(run_sigmoid, idc_sigmoid(t, sequence))
RUN(run_dropout, idc_dropout(t, sequence, 0.2f, 3, 4))
RUN(run_add_row, idc_add(t, sequence, gain))
RUN(run_mul_column, idc_mul(t, sequence, row))
RUN(run_mul_itself, idc_mul(t, sequence, sequence))
RUN(run_layer_norm, idc_layer_norm(t, sequence, gain, bias, 1e-5f, IDC_NORM_SAMPLE))
RUN(run_l2, idc_mul(t, idc_l2_normalize(t, sequence, 1e-3f), gain))
RUN(run_softmax, idc_softmax(t, map, NULL))
RUN(run_distance, idc_distance_bias(t, map, heads, positions, positions))
RUN(run_peak, idc_attention_peak(t, map))
RUN(run_concat, idc_concat(t, (idc_tensor *[]){sequence, sequence}, 2, 2))
RUN(run_slice, idc_slice(t, sequence, 1, 3, 200))
RUN(run_expand, idc_expand(t, idc_reshape(t, gain, SHAPE(1, D)), 1000))
RUN(run_max, idc_pool2d(t, picture, IDC_POOL_MAX, 3, 1, 1))
RUN(run_mean, idc_pool2d(t, picture, IDC_POOL_MEAN, 3, 1, 1))
RUN(run_cells, idc_mean_cells(t, picture))

static idc_tensor *run_batch_norm(idc_tape *t)
{
    idc_batch_norm_spec spec = {1e-5f, 0.0f, true, IDC_ACT_RELU};
    return idc_batch_norm(t, sequence, gain, bias, mean, variance, &spec);
}

static const struct subject {
    const char *name;
    idc_tensor *(*run)(idc_tape *t);
    idc_tensor **input;
} subjects[] = {
    {"scale", run_scale, &sequence},
    {"gelu", run_gelu, &sequence},
    {"sigmoid", run_sigmoid, &sequence},
    {"dropout", run_dropout, &sequence},
    {"add a row", run_add_row, &gain},
    {"mul by a column", run_mul_column, &row},
    {"mul by itself", run_mul_itself, &sequence},
    {"layer_norm", run_layer_norm, &gain},
    {"l2_normalize", run_l2, &sequence},
    {"softmax", run_softmax, &map},
    {"distance_bias", run_distance, &heads},
    {"attention_peak", run_peak, &map},
    {"concat", run_concat, &sequence},
    {"slice", run_slice, &sequence},
    {"expand", run_expand, &gain},
    {"max pool", run_max, &picture},
    {"mean pool", run_mean, &picture},
    {"mean_cells", run_cells, &picture},
    {"batch_norm", run_batch_norm, &sequence},
};

/* Half the sum of squares (all values are below 1 in size), so that the gradient of the result is the result. */
static float loss_of(idc_tape *t, const struct subject *s)
{
    idc_error err = IDC_NO_ERROR;
    idc_tape_reset(t);
    idc_tensor *y = s->run(t),
               *zero = y ? idc_tape_input(t, IDC_DTYPE_F32, y->ndim, y->shape, NULL) : NULL;
    if (zero)
        memset(zero->data, 0, (size_t)idc_tensor_count(zero) * sizeof(float));
    idc_tensor *loss = zero ? idc_smooth_l1(t, y, zero, NULL, IDC_SUM) : NULL;
    if (idc_tape_backward(t, loss, &err) < 0)
        fail_msg("%s: %s", s->name, err.text);
    return idc_f32(loss)[0];
}

static float *gradients(idc_params *p, size_t *bytes)
{
    size_t at = 0;
    *bytes = (size_t)idc_params_count(p) * sizeof(float);
    float *all = malloc(*bytes);
    for (size_t i = 0; i < idc_params_size(p); i++) {
        const idc_tensor *x = idc_params_at(p, i);
        memcpy(all + at, x->grad, (size_t)idc_tensor_count(x) * sizeof(float));
        at += (size_t)idc_tensor_count(x);
    }
    return all;
}

static void threads_change_no_bit(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_params *p = all_inputs();
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        float *first = NULL, first_loss = 0;
        for (int threads = 1; threads <= 3; threads++) {
            size_t bytes;
            omp_set_num_threads(threads);
            idc_params_zero_grad(p);
            float loss = loss_of(t, &subjects[i]), *g = gradients(p, &bytes);
            if (threads == 1) {
                first = g;
                first_loss = loss;
                continue;
            }
            if (memcmp(first, g, bytes) || memcmp(&first_loss, &loss, sizeof loss))
                fail_msg("%s: %d threads give other bits", subjects[i].name, threads);
            free(g);
        }
        free(first);
    }
    omp_set_num_threads(1);
    idc_tape_free(&t);
    idc_params_free(&p);
}

/* (L(x + e d) − L(x − e d)) / 2e against g·d, d the gradient itself, at the best of several step sizes. */
static void large_gradients_point_uphill(void **state)
{
    idc_error err = IDC_NO_ERROR;
    idc_params *p = all_inputs();
    idc_tape *t = idc_tape_new(IDC_TAPE_TRAIN, &err);
    (void)state;
    omp_set_num_threads(2);
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        idc_tensor *x = *subjects[i].input;
        int64_t n = idc_tensor_count(x);
        float *start = malloc((size_t)n * sizeof(float)), *g = malloc((size_t)n * sizeof(float));
        double slope = 0, best = 1e9;
        idc_params_zero_grad(p);
        loss_of(t, &subjects[i]);
        memcpy(start, x->data, (size_t)n * sizeof(float));
        memcpy(g, x->grad, (size_t)n * sizeof(float));
        for (int64_t j = 0; j < n; j++)
            slope += (double)g[j] * (double)g[j];
        for (double size = 0.3; size > 1e-3; size /= 8) {
            double e = size / sqrt(slope), at[2];
            for (int side = 0; side < 2; side++) {
                for (int64_t j = 0; j < n; j++)
                    idc_f32(x)[j] = start[j] + (float)(side ? e : -e) * g[j];
                at[side] = (double)loss_of(t, &subjects[i]);
            }
            best = fmin(best, fabs((at[1] - at[0]) / (2 * e * slope) - 1));
        }
        memcpy(x->data, start, (size_t)n * sizeof(float));
        if (!(best < 0.01))
            fail_msg("%s: the slope is %.3g off", subjects[i].name, best);
        free(start);
        free(g);
    }
    omp_set_num_threads(1);
    idc_tape_free(&t);
    idc_params_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(large_gradients_point_uphill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
