/* Operators by element, normalisations and those that move numbers are what their definitions say. */
#include "trial.h"

/* ---- one input: k[0] elements ---- */

static void unary_make(struct trial *t)
{
    int64_t a = pick(t, 1, 5), b = pick(t, 1, 40);
    t->k[0] = a * b;
    input(t, true, SHAPE(a, b));
    for (int64_t i = 0; i < a * b; i++)
        idc_f32(t->in[0])[i] *= 2.0f;
}

#define UNARY(name, call, expression)                                                              \
    static idc_tensor *name##_run(struct trial *t, idc_tape *tape)                                 \
    {                                                                                              \
        return call;                                                                               \
    }                                                                                              \
    static void name##_define(const struct trial *t, double *const *in, double *out)               \
    {                                                                                              \
        for (int64_t i = 0; i < t->k[0]; i++) {                                                    \
            double x = in[0][i];                                                                   \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    }
UNARY(scale, idc_scale(tape, t->in[0], -1.7f), (double)-1.7f * x)
UNARY(absolute, idc_abs(tape, t->in[0]), fabs(x))
UNARY(relu, idc_relu(tape, t->in[0]), fmax(x, 0))
UNARY(sigmoid, idc_sigmoid(tape, t->in[0]), 1 / (1 + exp(-x)))
UNARY(gelu, idc_gelu(tape, t->in[0]), x / 2 * (1 + erf(x / sqrt(2))))

/* ---- two inputs: k = 4 lengths of a, 4 of b (1 where broadcast) ---- */

static void binary_make(struct trial *t)
{
    int64_t lengths[4], other_lengths[4];
    for (int i = 0; i < 4; i++) {
        lengths[i] = pick(t, 1, 5);
        other_lengths[i] = pick(t, 0, 1) ? lengths[i] : 1;
    }
    int missing = t->round % 4;
    for (int i = 0; i < missing; i++)
        other_lengths[i] = 1;
    memcpy(t->k, lengths, sizeof lengths);
    memcpy(t->k + 4, other_lengths, sizeof other_lengths);
    input(t, true, 4, lengths);
    input(t, true, 4 - missing, other_lengths + missing);
}

static int64_t place_of_b(const struct trial *t, int64_t i)
{
    int64_t at = 0, step = 1;
    for (int d = 3; d >= 0; d--) {
        if (t->k[4 + d] > 1)
            at += i % t->k[d] * step;
        step *= t->k[4 + d];
        i /= t->k[d];
    }
    return at;
}

#define BINARY(name, expression)                                                                   \
    static idc_tensor *name##_run(struct trial *t, idc_tape *tape)                                 \
    {                                                                                              \
        return idc_##name(tape, t->in[0], t->in[1]);                                               \
    }                                                                                              \
    static void name##_define(const struct trial *t, double *const *in, double *out)               \
    {                                                                                              \
        for (int64_t i = 0; i < t->k[0] * t->k[1] * t->k[2] * t->k[3]; i++) {                      \
            double a = in[0][i], b = in[1][place_of_b(t, i)];                                      \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    }
BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a *b)

/* ---- layer_norm: k = rows, n, form; l2_normalize ---- */

static void layer_make(struct trial *t)
{
    int64_t rows = pick(t, 1, 6), n = pick(t, 2, 40);
    memcpy(t->k, (int64_t[]){rows, n, t->round % 2}, 3 * sizeof *t->k);
    input(t, true, SHAPE(rows, n));
    input(t, true, SHAPE(n));
    input(t, true, SHAPE(n));
}

static idc_tensor *layer_run(struct trial *t, idc_tape *tape)
{
    return idc_layer_norm(tape, t->in[0], t->in[1], t->in[2], 1e-3f, (enum idc_norm_form)t->k[2]);
}

static void layer_define(const struct trial *t, double *const *in, double *out)
{
    int64_t n = t->k[1];
    const double eps = (double)1e-3f;
    for (int64_t r = 0; r < t->k[0]; r++) {
        double mean = 0, sum = 0;
        for (int64_t i = 0; i < n; i++)
            mean += in[0][r * n + i] / (double)n;
        for (int64_t i = 0; i < n; i++)
            sum += (in[0][r * n + i] - mean) * (in[0][r * n + i] - mean);
        double d = t->k[2] == IDC_NORM_SAMPLE ? sqrt(sum / (double)(n - 1)) + eps
                                              : sqrt(sum / (double)n + eps);
        for (int64_t i = 0; i < n; i++)
            out[r * n + i] = (in[0][r * n + i] - mean) / d * in[1][i] + in[2][i];
    }
}

static void l2_make(struct trial *t)
{
    layer_make(t);
    for (int64_t i = 0; i < t->k[1] && t->round % 2; i++)
        idc_f32(t->in[0])[i] *= 1e-2f; /* a row shorter than eps */
}

static idc_tensor *l2_run(struct trial *t, idc_tape *tape)
{
    return idc_l2_normalize(tape, t->in[0], 0.25f);
}

static void l2_define(const struct trial *t, double *const *in, double *out)
{
    int64_t n = t->k[1];
    for (int64_t r = 0; r < t->k[0]; r++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += in[0][r * n + i] * in[0][r * n + i];
        for (int64_t i = 0; i < n; i++)
            out[r * n + i] = in[0][r * n + i] / fmax(sqrt(sum), 0.25);
    }
}

/* ---- batch_norm: k = rows, n, batch statistics, activation ---- */

static void batch_make(struct trial *t)
{
    int64_t rows = pick(t, 2, 150), n = pick(t, 1, 12);
    memcpy(t->k, (int64_t[]){rows, n, t->round % 2, t->round / 2 % 3}, 4 * sizeof *t->k);
    input(t, true, SHAPE(1, 1, rows, n));
    for (int i = 0; i < 4; i++)
        input(t, i < 2, SHAPE(n));
    for (int64_t i = 0; i < n; i++)
        idc_f32(t->in[4])[i] = fabsf(idc_f32(t->in[4])[i]) + 0.1f;
}

/* The running statistics change with each run, which must not disturb the next one. */
static idc_tensor *batch_run(struct trial *t, idc_tape *tape)
{
    idc_batch_norm_spec spec = {1e-3f, 0.1f, t->k[2], (enum idc_activation)t->k[3]};
    return idc_batch_norm(tape, t->in[0], t->in[1], t->in[2], t->in[3], t->in[4], &spec);
}

static void batch_define(const struct trial *t, double *const *in, double *out)
{
    int64_t rows = t->k[0], n = t->k[1];
    for (int64_t c = 0; c < n; c++) {
        double mean = in[3][c], variance = in[4][c];
        if (t->k[2]) {
            mean = variance = 0;
            for (int64_t r = 0; r < rows; r++)
                mean += in[0][r * n + c] / (double)rows;
            for (int64_t r = 0; r < rows; r++)
                variance += (in[0][r * n + c] - mean) * (in[0][r * n + c] - mean) / (double)rows;
        }
        for (int64_t r = 0; r < rows; r++) {
            double y =
                (in[0][r * n + c] - mean) / sqrt(variance + (double)1e-3f) * in[1][c] + in[2][c];
            y = t->k[3] == IDC_ACT_NONE ? y : fmax(y, 0);
            out[r * n + c] = t->k[3] == IDC_ACT_RELU6 ? fmin(y, 6) : y;
        }
    }
}

/* ---- concat, slice, expand: k = a, b, c of [a,b,c], and another b ---- */

static void cube_make(struct trial *t)
{
    int64_t a = pick(t, 1, 4), b = pick(t, 1, 5), c = pick(t, 1, 6), more = pick(t, 1, 4);
    memcpy(t->k, (int64_t[]){a, b, c, more}, 4 * sizeof *t->k);
    input(t, true, SHAPE(a, b, c));
    input(t, true, SHAPE(a, more, c));
}

/* The first input twice: its gradient has two parts. */
static idc_tensor *concat_run(struct trial *t, idc_tape *tape)
{
    return idc_concat(tape, (idc_tensor *[]){t->in[0], t->in[1], t->in[0]}, 3, -2);
}

static void concat_define(const struct trial *t, double *const *in, double *out)
{
    int64_t b = t->k[1], c = t->k[2], more = t->k[3], whole = 2 * b + more;
    for (int64_t i = 0; i < t->k[0] * whole * c; i++) {
        int64_t row = i / c % whole, item = i / c / whole, column = i % c;
        if (row >= b && row < b + more)
            out[i] = in[1][(item * more + row - b) * c + column];
        else
            out[i] = in[0][(item * b + (row < b ? row : row - b - more)) * c + column];
    }
}

static idc_tensor *slice_run(struct trial *t, idc_tape *tape)
{
    idc_tensor *joined = idc_concat(tape, (idc_tensor *[]){t->in[0], t->in[1]}, 2, 1);
    return idc_slice(tape, joined, 1, t->k[1] - 1, t->k[3]);
}

static void slice_define(const struct trial *t, double *const *in, double *out)
{
    int64_t b = t->k[1], c = t->k[2], more = t->k[3];
    for (int64_t i = 0; i < t->k[0] * more * c; i++) {
        int64_t row = i / c % more, item = i / c / more, column = i % c;
        out[i] = row == 0 ? in[0][(item * b + b - 1) * c + column]
                          : in[1][(item * more + row - 1) * c + column];
    }
}

/* A view used twice, beside its source, so that a shared gradient adds up. */
static idc_tensor *expand_run(struct trial *t, idc_tape *tape)
{
    idc_tensor *twice = idc_scale(tape, t->in[0], 2.0f);
    idc_tensor *flat = idc_reshape(tape, twice, SHAPE(1, -1));
    idc_tensor *rows = idc_expand(tape, flat, t->k[3]);
    return idc_add(tape, idc_mul(tape, rows, flat),
                   idc_reshape(tape, twice, SHAPE(t->k[0] * t->k[1] * t->k[2])));
}

static void expand_define(const struct trial *t, double *const *in, double *out)
{
    int64_t n = t->k[0] * t->k[1] * t->k[2];
    for (int64_t i = 0; i < t->k[3] * n; i++)
        out[i] = 4 * in[0][i % n] * in[0][i % n] + 2 * in[0][i % n];
}

/* ---- rows and embedding: k = rows, width, n ---- */

static void rows_make(struct trial *t)
{
    int64_t rows = pick(t, 1, 6), width = pick(t, 1, 9), n = pick(t, 1, 12);
    memcpy(t->k, (int64_t[]){rows, width, n}, 3 * sizeof *t->k);
    input(t, true, SHAPE(rows, width));
    idc_tensor *index = other(t, IDC_DTYPE_I32, SHAPE(n));
    for (int64_t i = 0; i < n; i++)
        idc_i32(index)[i] = (int32_t)pick(t, 0, rows - 1);
}

static idc_tensor *rows_run(struct trial *t, idc_tape *tape)
{
    return t->round % 2 ? idc_rows(tape, t->in[0], &t->other[0])
                        : idc_embedding(tape, t->in[0], &t->other[0]);
}

static void rows_define(const struct trial *t, double *const *in, double *out)
{
    for (int64_t i = 0; i < t->k[2] * t->k[1]; i++)
        out[i] = in[0][idc_i32(&t->other[0])[i / t->k[1]] * t->k[1] + i % t->k[1]];
}

static const struct subject subjects[] = {
    {"scale", unary_make, scale_run, scale_define, 0, false, false},
    {"abs", unary_make, absolute_run, absolute_define, 0, false, false},
    {"relu", unary_make, relu_run, relu_define, 0, false, false},
    {"sigmoid", unary_make, sigmoid_run, sigmoid_define, 1e-6, false, false},
    {"gelu", unary_make, gelu_run, gelu_define, 1e-6, false, false},
    {"add", binary_make, add_run, add_define, 0, false, false},
    {"sub", binary_make, sub_run, sub_define, 0, false, false},
    {"mul", binary_make, mul_run, mul_define, 0, false, false},
    {"layer_norm", layer_make, layer_run, layer_define, 0, false, false},
    {"batch_norm", batch_make, batch_run, batch_define, 1e-4, false, false},
    {"l2_normalize", l2_make, l2_run, l2_define, 0, false, false},
    {"concat", cube_make, concat_run, concat_define, 0, false, false},
    {"slice", cube_make, slice_run, slice_define, 0, false, false},
    {"expand", cube_make, expand_run, expand_define, 0, false, false},
    {"rows", rows_make, rows_run, rows_define, 0, false, false},
};

static void operators_are_as_defined(void **state)
{
    (void)state;
    trial_all(subjects, sizeof subjects / sizeof *subjects, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(operators_are_as_defined)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
