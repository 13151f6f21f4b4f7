/* Attention, pooling and losses are what their definitions say, forwards and backwards. */
#include "trial.h"

/* ---- attention: k = b heads tq tk depth r, items of v ---- */

enum { B, A, TQ, TK, D, R, BV };

static void sizes_make(struct trial *t)
{
    for (int i = B; i <= R; i++)
        t->k[i] = pick(t, 1, 5);
    t->k[BV] = t->round % 2 ? 1 : t->k[B];
}

static void scores_make(struct trial *t)
{
    sizes_make(t);
    input(t, true, SHAPE(t->k[B], t->k[TQ], t->k[A] * t->k[D]));
    input(t, true, SHAPE(t->k[B], t->k[TK], t->k[A] * t->k[D]));
}

static idc_tensor *scores_run(struct trial *t, idc_tape *tape)
{
    return idc_attention_scores(tape, t->in[0], t->in[1], (int)t->k[A], 0.3f);
}

/* Element i of [B,A,Tq,Tk] */
struct cell {
    int64_t item, head, q, k;
};

static struct cell cell_of(const struct trial *t, int64_t i)
{
    const int64_t *k = t->k;
    return (struct cell){i / (k[TK] * k[TQ] * k[A]), i / (k[TK] * k[TQ]) % k[A], i / k[TK] % k[TQ],
                         i % k[TK]};
}

static int64_t cells(const struct trial *t)
{
    return t->k[B] * t->k[A] * t->k[TQ] * t->k[TK];
}

static void scores_define(const struct trial *t, double *const *in, double *out)
{
    const int64_t *k = t->k, width = k[A] * k[D];
    for (int64_t i = 0; i < cells(t); i++) {
        struct cell c = cell_of(t, i);
        out[i] = 0;
        for (int64_t d = c.head * k[D]; d < (c.head + 1) * k[D]; d++)
            out[i] += (double)0.3f * in[0][(c.item * k[TQ] + c.q) * width + d] *
                      in[1][(c.item * k[TK] + c.k) * width + d];
    }
}

static void map_make(struct trial *t)
{
    sizes_make(t);
    input(t, true, SHAPE(t->k[B], t->k[A], t->k[TQ], t->k[TK]));
}

static void mix_make(struct trial *t)
{
    map_make(t);
    t->k[BV] = t->k[B];
    input(t, true, SHAPE(t->k[B], t->k[TK], t->k[A] * t->k[D]));
}

static idc_tensor *mix_run(struct trial *t, idc_tape *tape)
{
    return idc_attention_mix(tape, t->in[0], t->in[1]);
}

static void mix_define(const struct trial *t, double *const *in, double *out)
{
    const int64_t *k = t->k, width = k[A] * k[D];
    memset(out, 0, (size_t)(k[B] * k[TQ] * width) * sizeof *out);
    for (int64_t i = 0; i < cells(t); i++) {
        struct cell c = cell_of(t, i);
        for (int64_t d = c.head * k[D]; d < (c.head + 1) * k[D]; d++)
            out[(c.item * k[TQ] + c.q) * width + d] +=
                in[0][i] * in[1][(c.item * k[TK] + c.k) * width + d];
    }
}

static void share_make(struct trial *t)
{
    map_make(t);
    input(t, true, SHAPE(t->k[BV], t->k[TK], t->k[R]));
}

static idc_tensor *share_run(struct trial *t, idc_tape *tape)
{
    return idc_attention_share(tape, t->in[0], t->in[1]);
}

static void share_define(const struct trial *t, double *const *in, double *out)
{
    const int64_t *k = t->k;
    memset(out, 0, (size_t)(k[B] * k[TQ] * k[A] * k[R]) * sizeof *out);
    for (int64_t i = 0; i < cells(t); i++) {
        struct cell c = cell_of(t, i);
        int64_t item = k[BV] > 1 ? c.item : 0;
        for (int64_t r = 0; r < k[R]; r++)
            out[((c.item * k[TQ] + c.q) * k[A] + c.head) * k[R] + r] +=
                in[0][i] * in[1][(item * k[TK] + c.k) * k[R] + r];
    }
}

static void distance_make(struct trial *t)
{
    map_make(t);
    input(t, true, SHAPE(t->k[A]));
    input(t, false, SHAPE(t->k[TQ], 2));
    input(t, false, SHAPE(t->k[TK], 2));
}

static idc_tensor *distance_run(struct trial *t, idc_tape *tape)
{
    return idc_distance_bias(tape, t->in[0], t->in[1], t->in[2], t->in[3]);
}

static void distance_define(const struct trial *t, double *const *in, double *out)
{
    for (int64_t i = 0; i < cells(t); i++) {
        struct cell c = cell_of(t, i);
        double x = in[2][2 * c.q] - in[3][2 * c.k], y = in[2][2 * c.q + 1] - in[3][2 * c.k + 1];
        out[i] = in[0][i] - exp(in[1][c.head]) * (x * x + y * y);
    }
}

static void softmax_make(struct trial *t)
{
    map_make(t);
    idc_tensor *mask = other(t, IDC_DTYPE_U8, SHAPE(t->k[TQ], t->k[TK]));
    for (int64_t i = 0; i < t->k[TQ] * t->k[TK]; i++)
        ((uint8_t *)mask->data)[i] = pick(t, 0, 2) > 0; /* now and then a whole row is masked */
}

static idc_tensor *softmax_run(struct trial *t, idc_tape *tape)
{
    return idc_softmax(tape, t->in[0], t->round % 2 ? &t->other[0] : NULL);
}

static void softmax_define(const struct trial *t, double *const *in, double *out)
{
    const uint8_t *mask = t->round % 2 ? t->other[0].data : NULL;
    int64_t n = t->k[TK], a_map = t->k[TQ] * n;
    for (int64_t row = 0; row < cells(t) / n; row++) {
        double top = -1e300, sum = 0;
        for (int64_t i = row * n; i < (row + 1) * n; i++) {
            out[i] = mask && !mask[i % a_map] ? -1e9 : in[0][i];
            top = fmax(top, out[i]);
        }
        for (int64_t i = row * n; i < (row + 1) * n; i++)
            sum += out[i] = exp(out[i] - top);
        for (int64_t i = row * n; i < (row + 1) * n; i++)
            out[i] /= sum;
    }
}

static idc_tensor *peak_run(struct trial *t, idc_tape *tape)
{
    return idc_attention_peak(tape, t->in[0]);
}

static void peak_define(const struct trial *t, double *const *in, double *out)
{
    for (int64_t i = 0; i < cells(t); i++) {
        struct cell c = cell_of(t, i);
        double *y = &out[(c.item * t->k[TQ] + c.q) * t->k[A] + c.head];
        *y = c.k == 0 ? in[0][i] : fmax(*y, in[0][i]);
    }
}

/* ---- pool2d: k = n h w c, kernel stride pad kind ---- */

enum { N, H, W, C, KERNEL, STRIDE, PAD, KIND };

static void pool_make(struct trial *t)
{
    int64_t *k = t->k;
    k[N] = pick(t, 1, 2), k[H] = pick(t, 4, 7), k[W] = pick(t, 4, 7), k[C] = pick(t, 1, 4);
    k[KERNEL] = pick(t, 2, 3), k[STRIDE] = pick(t, 1, 2), k[PAD] = pick(t, 0, 1),
    k[KIND] = t->round % 2;
    input(t, true, SHAPE(k[N], k[H], k[W], k[C]));
}

static idc_tensor *pool_run(struct trial *t, idc_tape *tape)
{
    const int64_t *k = t->k;
    return idc_pool2d(tape, t->in[0], (enum idc_pool)k[KIND], (int)k[KERNEL], (int)k[STRIDE],
                      (int)k[PAD]);
}

static void pool_define(const struct trial *t, double *const *in, double *out)
{
    const int64_t *k = t->k, h = (k[H] + 2 * k[PAD] - k[KERNEL]) / k[STRIDE] + 1;
    int64_t w = (k[W] + 2 * k[PAD] - k[KERNEL]) / k[STRIDE] + 1;
    for (int64_t i = 0; i < k[N] * h * w * k[C]; i++) {
        int64_t c = i % k[C], column = i / k[C] % w, row = i / k[C] / w % h, n = i / k[C] / w / h;
        double top = -1e300, sum = 0, count = 0;
        for (int64_t j = 0; j < k[KERNEL] * k[KERNEL]; j++) {
            int64_t y = row * k[STRIDE] - k[PAD] + j / k[KERNEL],
                    x = column * k[STRIDE] - k[PAD] + j % k[KERNEL];
            if (y < 0 || x < 0 || y >= k[H] || x >= k[W])
                continue;
            double v = in[0][((n * k[H] + y) * k[W] + x) * k[C] + c];
            top = fmax(top, v);
            sum += v;
            count++;
        }
        out[i] = k[KIND] == IDC_POOL_MAX ? top : sum / count;
    }
}

static idc_tensor *cells_run(struct trial *t, idc_tape *tape)
{
    return idc_mean_cells(tape, t->in[0]);
}

static void cells_define(const struct trial *t, double *const *in, double *out)
{
    const int64_t *k = t->k;
    memset(out, 0, (size_t)(k[N] * k[C]) * sizeof *out);
    for (int64_t i = 0; i < k[N] * k[H] * k[W] * k[C]; i++)
        out[i / (k[H] * k[W] * k[C]) * k[C] + i % k[C]] += in[0][i] / (double)(k[H] * k[W]);
}

/* ---- losses: k = rows, classes; weights are used in odd rounds, MEAN in the first two of four ---- */

static void loss_make(struct trial *t, idc_dtype target, bool weight_each)
{
    int64_t rows = pick(t, 1, 6), n = pick(t, 2, 9);
    memcpy(t->k, (int64_t[]){rows, n}, 2 * sizeof *t->k);
    input(t, true, SHAPE(rows, n));
    idc_tensor *y =
        target == IDC_DTYPE_I32 ? other(t, target, SHAPE(rows)) : other(t, target, SHAPE(rows, n));
    idc_tensor *w = weight_each ? other(t, IDC_DTYPE_F32, SHAPE(rows, n))
                                : other(t, IDC_DTYPE_F32, SHAPE(rows));
    for (int64_t i = 0; i < idc_tensor_count(w); i++)
        idc_f32(w)[i] = (float)idc_random_unit(&t->random);
    for (int64_t i = 0; i < idc_tensor_count(y); i++)
        if (target == IDC_DTYPE_I32)
            idc_i32(y)[i] = (int32_t)pick(t, -1, n - 1);
        else
            idc_f32(y)[i] = (float)pick(t, 0, 1);
}

static const idc_tensor *weight_of(const struct trial *t)
{
    return t->round % 2 ? &t->other[1] : NULL;
}

static enum idc_reduction reduction_of(const struct trial *t)
{
    return t->round / 2 % 2 ? IDC_SUM : IDC_MEAN;
}

static double weight_at(const struct trial *t, int64_t i)
{
    return t->round % 2 ? (double)idc_f32(&t->other[1])[i] : 1;
}

static double reduced(const struct trial *t, double sum, double weights)
{
    return reduction_of(t) == IDC_SUM ? sum : (weights > 0 ? sum / weights : 0);
}

static void entropy_make(struct trial *t)
{
    loss_make(t, IDC_DTYPE_I32, false);
}

static idc_tensor *entropy_run(struct trial *t, idc_tape *tape)
{
    return idc_cross_entropy(tape, t->in[0], &t->other[0], weight_of(t), reduction_of(t));
}

static void entropy_define(const struct trial *t, double *const *in, double *out)
{
    double sum = 0, weights = 0;
    int64_t n = t->k[1];
    for (int64_t r = 0; r < t->k[0]; r++) {
        int32_t y = idc_i32(&t->other[0])[r];
        double z = 0;
        for (int64_t i = 0; i < n; i++)
            z += exp(in[0][r * n + i]);
        if (y < 0)
            continue;
        sum += weight_at(t, r) * (log(z) - in[0][r * n + y]);
        weights += weight_at(t, r);
    }
    *out = reduced(t, sum, weights);
}

static void each_make(struct trial *t)
{
    loss_make(t, IDC_DTYPE_F32, true);
}

static double target_at(const struct trial *t, int64_t i)
{
    return (double)idc_f32(&t->other[0])[i];
}

static idc_tensor *bce_run(struct trial *t, idc_tape *tape)
{
    return idc_bce_logits(tape, t->in[0], &t->other[0], weight_of(t), reduction_of(t));
}

static void bce_define(const struct trial *t, double *const *in, double *out)
{
    double sum = 0, weights = 0;
    for (int64_t i = 0; i < t->k[0] * t->k[1]; i++) {
        double y = target_at(t, i), s = 1 / (1 + exp(-in[0][i]));
        sum -= weight_at(t, i) * (y * log(s) + (1 - y) * log(1 - s));
        weights += weight_at(t, i);
    }
    *out = reduced(t, sum, weights);
}

static idc_tensor *smooth_run(struct trial *t, idc_tape *tape)
{
    return idc_smooth_l1(tape, t->in[0], &t->other[0], weight_of(t), reduction_of(t));
}

static void smooth_define(const struct trial *t, double *const *in, double *out)
{
    double sum = 0, weights = 0;
    for (int64_t i = 0; i < t->k[0] * t->k[1]; i++) {
        double d = fabs(in[0][i] - target_at(t, i));
        sum += weight_at(t, i) * (d < 1 ? d * d / 2 : d - 0.5);
        weights += weight_at(t, i);
    }
    *out = reduced(t, sum, weights);
}

static void mass_make(struct trial *t)
{
    loss_make(t, IDC_DTYPE_F32, false);
    for (int64_t i = 0; i < t->k[0] * t->k[1]; i++)
        idc_f32(t->in[0])[i] = 0.05f + fabsf(idc_f32(t->in[0])[i]);
    for (int64_t r = 0; r < t->k[0]; r++)
        idc_f32(&t->other[0])[r * t->k[1]] = 1; /* some mass in each row */
}

static idc_tensor *mass_run(struct trial *t, idc_tape *tape)
{
    return idc_mass_loss(tape, t->in[0], &t->other[0], weight_of(t), reduction_of(t));
}

static void mass_define(const struct trial *t, double *const *in, double *out)
{
    double sum = 0, weights = 0;
    for (int64_t r = 0; r < t->k[0]; r++) {
        double mass = 1e-9;
        for (int64_t i = r * t->k[1]; i < (r + 1) * t->k[1]; i++)
            mass += in[0][i] * target_at(t, i);
        sum -= weight_at(t, r) * log(mass);
        weights += weight_at(t, r);
    }
    *out = reduced(t, sum, weights);
}

static const struct subject subjects[] = {
    {"attention_scores", scores_make, scores_run, scores_define, 0, false, false},
    {"attention_mix", mix_make, mix_run, mix_define, 0, false, false},
    {"attention_share", share_make, share_run, share_define, 0, false, false},
    {"distance_bias", distance_make, distance_run, distance_define, 0, false, false},
    {"softmax", softmax_make, softmax_run, softmax_define, 1e-5, false, false},
    {"attention_peak", map_make, peak_run, peak_define, 0, false, false},
    {"pool2d", pool_make, pool_run, pool_define, 0, false, false},
    {"mean_cells", pool_make, cells_run, cells_define, 0, false, false},
    {"cross_entropy", entropy_make, entropy_run, entropy_define, 0, false, false},
    {"bce_logits", each_make, bce_run, bce_define, 0, false, false},
    {"smooth_l1", each_make, smooth_run, smooth_define, 0, false, false},
    {"mass_loss", mass_make, mass_run, mass_define, 0, false, false},
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
