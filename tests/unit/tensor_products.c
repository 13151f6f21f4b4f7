/* Linear layers, convolutions and matrix products are what their definitions say, forwards and
 * backwards. */
#include "trial.h"

/* ---- linear: k = rows, in, out, bias ---- */

static void linear_make(struct trial *t)
{
    int64_t b = pick(t, 1, 3), n = pick(t, 1, 9), in = pick(t, 1, 20), out = pick(t, 1, 20);
    memcpy(t->k, (int64_t[]){b * n, in, out, t->round % 2}, 4 * sizeof *t->k);
    input(t, true, SHAPE(b, n, in));
    input(t, true, SHAPE(out, in));
    if (t->k[3])
        input(t, true, SHAPE(out));
}

static void linear_many_make(struct trial *t)
{
    int64_t n = pick(t, 64, 70), in = pick(t, 1, 20), out = pick(t, 1, 20);
    memcpy(t->k, (int64_t[]){n, in, out, t->round % 2}, 4 * sizeof *t->k);
    input(t, true, SHAPE(n, in));
    input(t, true, SHAPE(out, in));
    if (t->k[3])
        input(t, true, SHAPE(out));
}

static idc_tensor *linear_run(struct trial *t, idc_tape *tape)
{
    return idc_linear(tape, t->in[0], t->in[1], t->k[3] ? t->in[2] : NULL);
}

static void linear_define(const struct trial *t, double *const *in, double *out)
{
    for (int64_t r = 0; r < t->k[0]; r++)
        for (int64_t o = 0; o < t->k[2]; o++) {
            double s = t->k[3] ? in[2][o] : 0;
            for (int64_t i = 0; i < t->k[1]; i++)
                s += in[0][r * t->k[1] + i] * in[1][o * t->k[1] + i];
            out[r * t->k[2] + o] = s;
        }
}

/* ---- convolution: k = n h w c, o kh kw, stride pad dilation groups, bias residual activation same */

enum { N, H, W, C, O, KH, KW, STRIDE, PAD, DILATION, GROUPS, BIAS, RESIDUAL, ACTIVATION, SAME };

static int64_t length(const struct trial *t, int64_t in, int64_t kernel)
{
    if (t->k[SAME])
        return (in + t->k[STRIDE] - 1) / t->k[STRIDE];
    return (in + 2 * t->k[PAD] - t->k[DILATION] * (kernel - 1) - 1) / t->k[STRIDE] + 1;
}

/* Zeros before the first cell. */
static int64_t before(const struct trial *t, int64_t in, int64_t kernel)
{
    int64_t reach = (length(t, in, kernel) - 1) * t->k[STRIDE] + t->k[DILATION] * (kernel - 1) + 1;
    return !t->k[SAME] ? t->k[PAD] : reach > in ? (reach - in) / 2 : 0;
}

static void conv_fill(struct trial *t)
{
    int64_t *k = t->k;
    input(t, true, SHAPE(k[N], k[H], k[W], k[C]));
    input(t, true, SHAPE(k[O], k[C] / k[GROUPS], k[KH], k[KW]));
    input(t, true, SHAPE(k[O]));
    input(t, true, SHAPE(k[N], length(t, k[H], k[KH]), length(t, k[W], k[KW]), k[O]));
}

static void conv_make(struct trial *t)
{
    int64_t *k = t->k;
    k[SAME] = 0;
    k[GROUPS] = t->round % 4 == 3 ? 2 : 1;
    k[N] = pick(t, 1, 2), k[H] = pick(t, 6, 9), k[W] = pick(t, 6, 9);
    k[C] = k[GROUPS] * pick(t, 1, 5), k[O] = k[GROUPS] * pick(t, 1, 5);
    k[KH] = pick(t, 1, 3), k[KW] = pick(t, 1, 3);
    k[STRIDE] = pick(t, 1, 2), k[PAD] = pick(t, 0, 1), k[DILATION] = pick(t, 1, 2);
    k[BIAS] = t->round % 2, k[RESIDUAL] = t->round / 2 % 2, k[ACTIVATION] = t->round % 3;
    conv_fill(t);
}

/* As EfficientNet-Lite has them: a filter a channel, padded as SAME. */
static void conv_depthwise_sizes(struct trial *t)
{
    int64_t *k = t->k;
    k[SAME] = 1, k[PAD] = 0;
    k[N] = pick(t, 1, 2), k[H] = pick(t, 4, 7), k[W] = pick(t, 4, 7);
    k[C] = k[O] = k[GROUPS] = t->round % 3 == 0 ? 17 : pick(t, 1, 9);
    k[KH] = k[KW] = 3 + t->round % 2 * 2;
    k[STRIDE] = pick(t, 1, 2), k[DILATION] = 1;
    k[BIAS] = t->round % 2, k[RESIDUAL] = 0, k[ACTIVATION] = t->round % 3;
}

static void conv_depthwise_make(struct trial *t)
{
    conv_depthwise_sizes(t);
    conv_fill(t);
}

static void conv_same_make(struct trial *t)
{
    conv_depthwise_sizes(t);
    t->k[GROUPS] = 1, t->k[C] = pick(t, 1, 9), t->k[KH] = 1 + t->k[KH] % 3, t->k[RESIDUAL] = 1;
    conv_fill(t);
}

/* Without an activation, where a rounded 0 could go either way. */
static void conv_linear_make(struct trial *t)
{
    conv_make(t);
    t->k[ACTIVATION] = IDC_ACT_NONE;
}

static idc_tensor *conv_run(struct trial *t, idc_tape *tape)
{
    const int64_t *k = t->k;
    idc_conv_spec spec = {(int)k[STRIDE],
                          (int)k[PAD],
                          (int)k[DILATION],
                          (int)k[GROUPS],
                          (enum idc_activation)k[ACTIVATION],
                          k[SAME]};
    return idc_conv2d(tape, t->in[0], t->in[1], k[BIAS] ? t->in[2] : NULL,
                      k[RESIDUAL] ? t->in[3] : NULL, &spec);
}

static double conv_at(const struct trial *t, double *const *in, const int64_t at[4])
{
    const int64_t *k = t->k, cg = k[C] / k[GROUPS], group = at[3] / (k[O] / k[GROUPS]);
    double s = 0;
    for (int64_t y = 0; y < k[KH]; y++)
        for (int64_t x = 0; x < k[KW]; x++) {
            int64_t row = at[1] * k[STRIDE] - before(t, k[H], k[KH]) + y * k[DILATION];
            int64_t column = at[2] * k[STRIDE] - before(t, k[W], k[KW]) + x * k[DILATION];
            if (row < 0 || column < 0 || row >= k[H] || column >= k[W])
                continue;
            for (int64_t c = 0; c < cg; c++)
                s += in[0][((at[0] * k[H] + row) * k[W] + column) * k[C] + group * cg + c] *
                     in[1][((at[3] * cg + c) * k[KH] + y) * k[KW] + x];
        }
    return s;
}

static void conv_define(const struct trial *t, double *const *in, double *out)
{
    const int64_t *k = t->k, h = length(t, k[H], k[KH]), w = length(t, k[W], k[KW]);
    for (int64_t i = 0; i < k[N] * h * w * k[O]; i++) {
        int64_t o = i % k[O], x = i / k[O] % w, y = i / k[O] / w % h, n = i / k[O] / w / h;
        double s = conv_at(t, in, (int64_t[]){n, y, x, o});
        s += (k[BIAS] ? in[2][o] : 0) + (k[RESIDUAL] ? in[3][i] : 0);
        if (k[ACTIVATION] != IDC_ACT_NONE)
            s = fmax(s, 0);
        out[i] = k[ACTIVATION] == IDC_ACT_RELU6 ? fmin(s, 6) : s;
    }
}

/* ---- matmul: k = items of a, of b, m, n, k, transposed ---- */

static void matmul_make(struct trial *t)
{
    int64_t items = pick(t, 1, 3), m = pick(t, 1, 9), n = pick(t, 1, 9), depth = pick(t, 1, 9),
            tb = t->round % 2;
    int64_t a = t->round % 3 == 1 ? 1 : items, b = t->round % 3 == 2 ? 1 : items;
    memcpy(t->k, (int64_t[]){a, b, m, n, depth, tb}, 6 * sizeof *t->k);
    input(t, true, SHAPE(a, m, depth));
    if (tb)
        input(t, true, SHAPE(b, n, depth));
    else
        input(t, true, SHAPE(b, depth, n));
}

static idc_tensor *matmul_run(struct trial *t, idc_tape *tape)
{
    return idc_matmul(tape, t->in[0], t->in[1], t->k[5]);
}

static void matmul_define(const struct trial *t, double *const *in, double *out)
{
    int64_t m = t->k[2], n = t->k[3], depth = t->k[4],
            items = t->k[0] > t->k[1] ? t->k[0] : t->k[1];
    for (int64_t i = 0; i < items * m * n; i++) {
        int64_t item = i / (m * n), row = i / n % m, column = i % n;
        const double *a = in[0] + (t->k[0] > 1 ? item * m * depth : 0),
                     *b = in[1] + (t->k[1] > 1 ? item * n * depth : 0);
        out[i] = 0;
        for (int64_t d = 0; d < depth; d++)
            out[i] += a[row * depth + d] * (t->k[5] ? b[column * depth + d] : b[d * n + column]);
    }
}

static const struct subject subjects[] = {
    {"linear", linear_make, linear_run, linear_define, 0, false, true},
    {"linear, many rows", linear_many_make, linear_run, linear_define, 0, false, true},
    {"linear in bf16", linear_many_make, linear_run, linear_define, 2e-2, true, true},
    {"conv2d", conv_make, conv_run, conv_define, 0, false, true},
    {"conv2d of channels", conv_depthwise_make, conv_run, conv_define, 0, false, true},
    {"conv2d padded as SAME", conv_same_make, conv_run, conv_define, 0, false, true},
    {"conv2d in bf16", conv_linear_make, conv_run, conv_define, 2e-2, true, true},
    {"matmul", matmul_make, matmul_run, matmul_define, 0, false, true},
};

static void products_are_as_defined(void **state)
{
    (void)state;
    trial_all(subjects, sizeof subjects / sizeof *subjects, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_are_as_defined)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
