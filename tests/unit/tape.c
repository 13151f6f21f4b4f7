/* What a tape promises: the first error stays, a reset makes it as new, memory stops growing, and threads change nothing. */
#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

struct bench {
    idc_params *params;
    idc_tape *tape;
    idc_error err;
};

static idc_tensor *parameter(struct bench *b, const char *name, int ndim, const int64_t *shape)
{
    idc_tensor *x = idc_params_add(b->params, name, ndim, shape, true);
    idc_random r = idc_random_at(7, (uint64_t)idc_params_size(b->params), 0);
    assert_non_null(x);
    for (int64_t i = 0; i < idc_tensor_count(x); i++)
        idc_f32(x)[i] = 0.3f * (float)idc_random_normal(&r);
    return x;
}

static struct bench bench_open(enum idc_tape_mode mode)
{
    struct bench b = {.err = IDC_NO_ERROR};
    omp_set_num_threads(1);
    b.params = idc_params_new();
    b.tape = idc_tape_new(mode, &b.err);
    assert_non_null(b.tape);
    return b;
}

static void bench_close(struct bench *b)
{
    idc_tape_free(&b->tape);
    idc_params_free(&b->params);
}

static idc_tensor *zeros(idc_tape *tape, int ndim, const int64_t *shape)
{
    idc_tensor *x = idc_tape_input(tape, IDC_DTYPE_F32, ndim, shape, NULL);
    if (x)
        memset(x->data, 0, (size_t)idc_tensor_count(x) * sizeof(float));
    return x;
}

/* Half the sum of squares: a loss of any tensor below 1 in size. */
static idc_tensor *loss_of(idc_tape *tape, idc_tensor *x)
{
    return x ? idc_smooth_l1(tape, x, zeros(tape, x->ndim, x->shape), NULL, IDC_SUM) : NULL;
}

static void the_first_error_stays(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    idc_tensor *w = parameter(&b, "w", SHAPE(3, 4));
    (void)state;
    idc_tensor *x = zeros(b.tape, SHAPE(2, 5));
    assert_null(idc_linear(b.tape, x, w, NULL));
    assert_null(idc_relu(b.tape, x));
    assert_null(idc_tape_input(b.tape, IDC_DTYPE_F32, SHAPE(1), NULL));
    assert_null(idc_tape_fail(b.tape, IDC_E_RANGE, "later"));
    assert_int_equal(idc_tape_status(b.tape, &b.err), IDC_E_MISMATCH);
    assert_non_null(strstr(b.err.text, "linear"));
    assert_non_null(strstr(b.err.text, "[2,5] [3,4]"));
    assert_int_equal(idc_tape_backward(b.tape, NULL, &b.err), IDC_E_MISMATCH);
    idc_tape_reset(b.tape);
    assert_int_equal(idc_tape_status(b.tape, &b.err), 0);
    assert_non_null(idc_linear(b.tape, zeros(b.tape, SHAPE(2, 4)), w, NULL));
    bench_close(&b);
}

/* Calls on p [2,6,6,4], v [4] and an index that lies outside both. */
static idc_tensor *bad_call(idc_tape *t, int i, idc_tensor *p, idc_tensor *v)
{
    int32_t far = 9;
    idc_tensor *id = idc_tape_input(t, IDC_DTYPE_I32, SHAPE(1), &far);
    if (i < 4)
        return i == 0   ? idc_conv2d(t, p, p, NULL, NULL,
                                     &(idc_conv_spec){1, 0, 1, 1, IDC_ACT_NONE, false})
               : i == 1 ? idc_add(t, v, p)
               : i == 2 ? idc_rows(t, p, id)
                        : idc_cross_entropy(t, v, id, NULL, IDC_MEAN);
    if (i < 8)
        return i == 4   ? idc_slice(t, p, 1, 5, 2)
               : i == 5 ? idc_reshape(t, p, SHAPE(7, -1))
               : i == 6 ? idc_softmax(t, p, id)
                        : idc_relu(t, id);
    return i == 8    ? idc_concat(t, (idc_tensor *[]){p, v}, 2, 0)
           : i == 9  ? idc_pool2d(t, p, IDC_POOL_MAX, 9, 1, 0)
           : i == 10 ? idc_linear(t, p, NULL, NULL)
                     : idc_tape_input(t, IDC_DTYPE_F32, SHAPE(INT64_MAX, 8), NULL);
}

static void bad_calls_are_refused_in_words(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    idc_tensor *p = parameter(&b, "p", SHAPE(2, 6, 6, 4)), *v = parameter(&b, "v", SHAPE(4));
    (void)state;
    for (int i = 0; i < 12; i++) {
        idc_tape_reset(b.tape);
        assert_null(bad_call(b.tape, i, p, v));
        assert_true(idc_tape_status(b.tape, &b.err) < 0);
        assert_true(strlen(b.err.text) > 10);
    }
    bench_close(&b);
}

static void gradients_add_up_in_parameters(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    idc_tensor *w = parameter(&b, "w", SHAPE(5));
    (void)state;
    for (int round = 1; round <= 2; round++) {
        idc_tape_reset(b.tape);
        assert_int_equal(
            idc_tape_backward(b.tape, loss_of(b.tape, idc_scale(b.tape, w, 0.5f)), &b.err), 0);
        for (int i = 0; i < 5; i++)
            assert_true(fabsf(w->grad[i] - (float)round * 0.25f * idc_f32(w)[i]) < 1e-6f);
    }
    idc_params_zero_grad(b.params);
    assert_true(w->grad[0] >= 0 && w->grad[0] <= 0);
    bench_close(&b);
}

static void nothing_flows_past_a_detached_or_unrecorded_tensor(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    idc_tensor *w = parameter(&b, "w", SHAPE(5)), *u = parameter(&b, "u", SHAPE(5));
    (void)state;
    idc_tensor *x = idc_tape_detach(b.tape, idc_scale(b.tape, w, 2.0f));
    assert_int_equal(idc_tape_backward(b.tape, loss_of(b.tape, idc_mul(b.tape, x, u)), &b.err), 0);
    assert_true(fabsf(w->grad[0]) <= 0.0f && fabsf(u->grad[0]) > 0.0f);
    idc_tape_reset(b.tape);
    idc_params_zero_grad(b.params);
    idc_tape_record(b.tape, false);
    assert_false(idc_tape_training(b.tape));
    x = idc_scale(b.tape, w, 2.0f);
    assert_null(x->grad);
    idc_tape_record(b.tape, true);
    assert_int_equal(idc_tape_backward(b.tape, loss_of(b.tape, idc_mul(b.tape, x, u)), &b.err), 0);
    assert_true(fabsf(w->grad[0]) <= 0.0f && fabsf(u->grad[0]) > 0.0f);
    bench_close(&b);
}

static void backward_wants_one_element_that_depends_on_something(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    idc_tensor *w = parameter(&b, "w", SHAPE(5));
    (void)state;
    assert_int_equal(idc_tape_backward(b.tape, idc_relu(b.tape, w), &b.err), IDC_E_INVALID);
    assert_int_equal(idc_tape_backward(b.tape, zeros(b.tape, SHAPE(1)), &b.err), IDC_E_INVALID);
    idc_tensor *loss = loss_of(b.tape, w);
    assert_int_equal(idc_tape_backward(b.tape, loss, &b.err), 0);
    assert_int_equal(idc_tape_backward(b.tape, loss, &b.err), IDC_E_INVALID);
    bench_close(&b);
}

static void dropout_keeps_its_share_and_only_in_training(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    const int n = 40000;
    idc_tensor *w = parameter(&b, "w", SHAPE(n));
    int kept = 0;
    (void)state;
    for (int i = 0; i < n; i++)
        idc_f32(w)[i] = 1.0f;
    idc_tensor *y = idc_dropout(b.tape, w, 0.3f, 5, 6), *again = idc_dropout(b.tape, w, 0.3f, 5, 6);
    idc_tensor *other = idc_dropout(b.tape, w, 0.3f, 5, 7);
    assert_memory_equal(y->data, again->data, (size_t)n * sizeof(float));
    assert_memory_not_equal(y->data, other->data, (size_t)n * sizeof(float));
    assert_int_equal(
        idc_tape_backward(
            b.tape,
            idc_reshape(b.tape,
                        idc_matmul(b.tape, idc_reshape(b.tape, y, SHAPE(1, 1, n)),
                                   idc_reshape(b.tape, idc_tape_detach(b.tape, w), SHAPE(1, n, 1)),
                                   false),
                        SHAPE(1)),
            &b.err),
        0);
    for (int i = 0; i < n; i++) {
        float v = idc_f32(y)[i];
        kept += v > 0.0f;
        assert_true(fabsf(v - w->grad[i]) < 1e-6f && (v <= 0.0f || fabsf(v - 1.0f / 0.7f) < 1e-6f));
    }
    assert_true(abs(kept - n * 7 / 10) < 5 * 92); /* five deviations of a binomial */
    idc_tape_record(b.tape, false);
    assert_ptr_equal(idc_dropout(b.tape, w, 0.3f, 5, 6), w);
    bench_close(&b);
}

static void batch_norm_moves_its_running_statistics(void **state)
{
    struct bench b = bench_open(IDC_TAPE_TRAIN);
    const float values[] = {1, 10, 2, 20, 6, 30};
    idc_tensor *one = parameter(&b, "gain", SHAPE(2)), *mean = parameter(&b, "m", SHAPE(2)),
               *var = parameter(&b, "v", SHAPE(2));
    (void)state;
    idc_f32(mean)[0] = 5, idc_f32(var)[0] = 2;
    idc_tensor *x = idc_tape_input(b.tape, IDC_DTYPE_F32, SHAPE(3, 2), values);
    idc_batch_norm_spec spec = {1e-5f, 0.1f, true, IDC_ACT_NONE};
    uint32_t version = mean->version;
    assert_non_null(idc_batch_norm(b.tape, x, one, one, mean, var, &spec));
    assert_true(fabsf(idc_f32(mean)[0] - (0.9f * 5 + 0.1f * 3)) < 1e-5f);
    assert_true(fabsf(idc_f32(var)[0] - (0.9f * 2 + 0.1f * 7)) < 1e-5f); /* Σ(x − 3)² / 2 = 7 */
    assert_true(mean->version != version);
    bench_close(&b);
}

/* ---- a small network with most kernels in it, large enough for several threads ---- */

enum { ITEMS = 4, H = 48, W = 48, C = 8, T = 144, HEADS = 2 };

struct network {
    struct bench b;
    idc_tensor *picture, *conv, *gain, *bias, *mean, *variance, *up, *q, *k, *v, *w, *pos, *out;
};

static struct network network_open(void)
{
    struct network n = {.b = bench_open(IDC_TAPE_TRAIN)};
    struct bench *b = &n.b;
    n.picture = parameter(b, "picture", SHAPE(ITEMS, H, W, C));
    n.conv = parameter(b, "conv", SHAPE(16, C, 3, 3));
    n.gain = parameter(b, "gain", SHAPE(16));
    n.bias = parameter(b, "bias", SHAPE(16));
    n.mean = parameter(b, "mean", SHAPE(16));
    n.variance = parameter(b, "variance", SHAPE(16));
    n.q = parameter(b, "q", SHAPE(16, 16));
    n.k = parameter(b, "k", SHAPE(16, 16));
    n.v = parameter(b, "v", SHAPE(16, 16));
    n.w = parameter(b, "w", SHAPE(HEADS));
    n.pos = parameter(b, "pos", SHAPE(T, 2));
    n.out = parameter(b, "out", SHAPE(32));
    return n;
}

static idc_tensor *network_run(struct network *n)
{
    idc_tape *t = n->b.tape;
    idc_tape_reset(t);
    idc_params_zero_grad(n->b.params);
    idc_batch_norm_spec norm = {1e-5f, 0.0f, true, IDC_ACT_RELU};
    idc_tensor *x = idc_conv2d(t, n->picture, n->conv, NULL, NULL,
                               &(idc_conv_spec){2, 1, 1, 1, IDC_ACT_NONE, false});
    x = idc_batch_norm(t, x, n->gain, n->bias, n->mean, n->variance, &norm);
    x = idc_add(t, idc_pool2d(t, x, IDC_POOL_MAX, 2, 2, 0),
                idc_pool2d(t, x, IDC_POOL_MEAN, 2, 2, 0));
    x = idc_layer_norm(t, idc_reshape(t, x, SHAPE(ITEMS, T, 16)), n->gain, n->bias, 1e-5f,
                       IDC_NORM_SAMPLE);
    idc_tensor *q = idc_linear(t, x, n->q, n->bias), *k = idc_linear(t, x, n->k, NULL);
    idc_tensor *s = idc_attention_scores(t, q, k, HEADS, 0.3f);
    s = idc_softmax(t, idc_distance_bias(t, s, n->w, n->pos, n->pos), NULL);
    x = idc_add(t, idc_attention_mix(t, s, idc_linear(t, x, n->v, n->bias)),
                idc_dropout(t, x, 0.1f, 1, 2));
    x = idc_concat(t, (idc_tensor *[]){idc_gelu(t, x), idc_sigmoid(t, idc_mul(t, x, n->gain))}, 2,
                   -1);
    x = idc_l2_normalize(t, idc_sub(t, x, idc_abs(t, idc_mul(t, x, n->out))), 1e-3f);
    idc_tensor *loss = loss_of(t, idc_mul(t, x, n->out));
    if (idc_tape_backward(t, loss, &n->b.err) < 0)
        fail_msg("%s", n->b.err.text);
    return loss;
}

static float *all_gradients(const struct network *n, size_t *count)
{
    float *all = malloc((size_t)idc_params_count(n->b.params) * sizeof *all);
    *count = 0;
    for (size_t i = 0; i < idc_params_size(n->b.params); i++) {
        const idc_tensor *p = idc_params_at(n->b.params, i);
        memcpy(all + *count, p->grad, (size_t)idc_tensor_count(p) * sizeof *all);
        *count += (size_t)idc_tensor_count(p);
    }
    return all;
}

static void runs_repeat_bit_for_bit_and_threads_change_little(void **state)
{
    struct network n = network_open();
    size_t count;
    (void)state;
    float loss = idc_f32(network_run(&n))[0], *first = all_gradients(&n, &count), largest = 0;
    for (int threads = 1; threads <= 2; threads++) {
        omp_set_num_threads(threads);
        float one = idc_f32(network_run(&n))[0], *g = all_gradients(&n, &count);
        float two = idc_f32(network_run(&n))[0], *h = all_gradients(&n, &count);
        assert_memory_equal(&one, &two, sizeof one);
        assert_memory_equal(g, h, count * sizeof *g);
        if (threads == 1)
            assert_memory_equal(first, g, count * sizeof *g);
        assert_true(fabsf(one - loss) <= 1e-5f * loss);
        for (size_t i = 0; i < count; i++)
            largest = fmaxf(largest, fabsf(first[i]));
        for (size_t i = 0; i < count; i++)
            assert_true(fabsf(first[i] - g[i]) <= 1e-4f * largest);
        free(g);
        free(h);
    }
    omp_set_num_threads(1);
    free(first);
    bench_close(&n.b);
}

/* L(x + e d) − L(x − e d) along the gradient itself, in steps of several sizes: the best one fits the slope |g|². */
static void the_gradient_of_a_whole_network_points_uphill(void **state)
{
    struct network n = network_open();
    size_t count;
    (void)state;
    network_run(&n);
    float *g = all_gradients(&n, &count);
    double slope = 0, best = 1e9;
    int64_t m = idc_tensor_count(n.q);
    for (int64_t i = 0; i < m; i++)
        slope += (double)n.q->grad[i] * (double)n.q->grad[i];
    float *direction = malloc((size_t)m * sizeof *direction),
          *start = malloc((size_t)m * sizeof *start);
    memcpy(direction, n.q->grad, (size_t)m * sizeof *direction);
    memcpy(start, n.q->data, (size_t)m * sizeof *start);
    for (double step = 1e-1; step > 1e-4; step /= 4) {
        double e = step / sqrt(slope), at[2];
        for (int side = 0; side < 2; side++) {
            for (int64_t i = 0; i < m; i++)
                idc_f32(n.q)[i] = start[i] + (float)(side ? e : -e) * direction[i];
            n.q->version++;
            at[side] = (double)idc_f32(network_run(&n))[0];
        }
        best = fmin(best, fabs((at[1] - at[0]) / (2 * e * slope) - 1));
    }
    assert_true(best < 0.01);
    free(direction);
    free(start);
    free(g);
    bench_close(&n.b);
}

static void memory_stops_growing(void **state)
{
    struct network n = network_open();
    void *where[4];
    (void)state;
    for (int round = 0; round < 4; round++) {
        network_run(&n);
        where[round] = idc_tape_alloc(n.b.tape, 64);
    }
    assert_ptr_equal(where[2], where[3]); /* one block since the second reset */
    bench_close(&n.b);
}

static void a_stream_of_shapes_stays_right(void **state)
{
    struct bench b = bench_open(IDC_TAPE_INFER);
    idc_tensor *w = parameter(&b, "w", SHAPE(2, 3));
    float want = idc_f32(w)[3] + idc_f32(w)[4] + idc_f32(w)[5];
    (void)state;
    for (int64_t rows = 64; rows < 1300; rows++) { /* more than are kept */
        idc_tape_reset(b.tape);
        idc_tensor *x = zeros(b.tape, SHAPE(rows, 3));
        for (int64_t i = 0; i < 3 * rows; i++)
            idc_f32(x)[i] = 1.0f;
        idc_tensor *y = idc_linear(b.tape, x, w, NULL);
        assert_non_null(y);
        assert_true(fabsf(idc_f32(y)[2 * rows - 1] - want) < 1e-6f);
    }
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(bad_calls_are_refused_in_words),
        cmocka_unit_test(gradients_add_up_in_parameters),
        cmocka_unit_test(nothing_flows_past_a_detached_or_unrecorded_tensor),
        cmocka_unit_test(backward_wants_one_element_that_depends_on_something),
        cmocka_unit_test(dropout_keeps_its_share_and_only_in_training),
        cmocka_unit_test(batch_norm_moves_its_running_statistics),
        cmocka_unit_test(runs_repeat_bit_for_bit_and_threads_change_little),
        cmocka_unit_test(the_gradient_of_a_whole_network_points_uphill),
        cmocka_unit_test(memory_stops_growing),
        cmocka_unit_test(a_stream_of_shapes_stays_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
