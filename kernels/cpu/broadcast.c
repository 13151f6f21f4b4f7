/* broadcast.c: add, sub, mul of two tensors, the second broadcast to the first. */
#include "cpu/cpu.h"

/* The axes of a, neighbours joined where b goes along both or stands still on both. */
struct walk {
    int ndim;
    int64_t length[IDC_MAX_DIMS];
    bool moves[IDC_MAX_DIMS]; /* b has this axis; else it is broadcast along it */
};

static struct walk walk_of(const idc_tensor *a, const idc_tensor *b)
{
    struct walk w = {0};
    for (int i = 0; i < a->ndim; i++) {
        int j = i - (a->ndim - b->ndim);
        bool moves = j >= 0 && b->shape[j] == a->shape[i];
        if (a->shape[i] == 1)
            continue;
        if (w.ndim && w.moves[w.ndim - 1] == moves) {
            w.length[w.ndim - 1] *= a->shape[i];
        } else {
            w.moves[w.ndim] = moves;
            w.length[w.ndim++] = a->shape[i];
        }
    }
    if (w.ndim == 0) {
        w.length[0] = 1;
        w.moves[0] = true;
        w.ndim = 1;
    }
    return w;
}

/* Where b is at row r, a row being the last joined axis. */
static int64_t row_of_b(const struct walk *w, int64_t r)
{
    int64_t at = 0, step = w->moves[w->ndim - 1] ? w->length[w->ndim - 1] : 1;
    for (int i = w->ndim - 2; i >= 0; i--) {
        if (w->moves[i]) {
            at += r % w->length[i] * step;
            step *= w->length[i];
        }
        r /= w->length[i];
    }
    return at;
}

#define ROW(name, expression)                                                                      \
    IDC_CLONES static void name##_row(float *y, const float *a, const float *b, int64_t n,         \
                                      bool moves)                                                  \
    {                                                                                              \
        if (moves) {                                                                               \
            _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                    \
            {                                                                                      \
                float v = b[i];                                                                    \
                y[i] = (expression);                                                               \
            }                                                                                      \
        } else {                                                                                   \
            float v = *b;                                                                          \
            _Pragma("omp simd") for (int64_t i = 0; i < n; i++) y[i] = (expression);               \
        }                                                                                          \
    }
ROW(add, a[i] + v)
ROW(sub, a[i] - v)
ROW(mul, a[i] * v)
ROW(add_mul, y[i] + a[i] * v)

typedef void (*row_function)(float *y, const float *a, const float *b, int64_t n, bool moves);

/* Rows in blocks of about IDC_GRAIN elements; a long single row is cut as well. */
static void walk_rows(float *y, const float *a, const float *b, const struct walk *w,
                      row_function row)
{
    int64_t n = w->length[w->ndim - 1], rows = 1;
    bool moves = w->moves[w->ndim - 1];
    for (int i = 0; i < w->ndim - 1; i++)
        rows *= w->length[i];
    int64_t parts = n > 2 * IDC_GRAIN ? idc_chunks(n, IDC_GRAIN) : 1,
            width = parts > 1 ? IDC_GRAIN : n;
    int64_t step = n < IDC_GRAIN ? IDC_GRAIN / n : 1, chunks = idc_chunks(rows, step);
#pragma omp parallel for schedule(static) collapse(2) if (chunks * parts > 1)
    for (int64_t c = 0; c < chunks; c++)
        for (int64_t part = 0; part < parts; part++)
            for (int64_t r = c * step; r < idc_min64(rows, (c + 1) * step); r++) {
                int64_t at = part * width;
                row(y + r * n + at, a + r * n + at, b + row_of_b(w, r) + (moves ? at : 0),
                    idc_min64(width, n - at), moves);
            }
}

static int forward(idc_call *call, row_function row)
{
    struct walk w = walk_of(call->in[0], call->in[1]);
    walk_rows(idc_f32(call->out), idc_f32(call->in[0]), idc_f32(call->in[1]), &w, row);
    return 0;
}

IDC_CLONES static float dot(const float *a, const float *b, int64_t n)
{
    float s = 0;
    if (b) {
#pragma omp simd reduction(+ : s)
        for (int64_t i = 0; i < n; i++)
            s += a[i] * b[i];
    } else {
#pragma omp simd reduction(+ : s)
        for (int64_t i = 0; i < n; i++)
            s += a[i];
    }
    return s;
}

IDC_CLONES static void add_scaled(float *y, const float *g, const float *a, int64_t n, float sign)
{
    if (a) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            y[i] += sign * g[i] * a[i];
    } else {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            y[i] += sign * g[i];
    }
}

/* gb += sign · the sum of g · a (a NULL: of g) over the axes along which b stands still. Columns
 * are shared out among threads where b moves along the last axis; every element is summed in the
 * order of the rows. */
static void reduce(float *gb, const float *g, const float *a, const struct walk *w, float sign)
{
    int64_t n = w->length[w->ndim - 1], rows = 1;
    for (int i = 0; i < w->ndim - 1; i++)
        rows *= w->length[i];
    if (!w->moves[w->ndim - 1]) {
        for (int64_t r = 0; r < rows; r++)
            gb[row_of_b(w, r)] += sign * dot(g + r * n, a ? a + r * n : NULL, n);
        return;
    }
    int64_t width = 512, parts = idc_chunks(n, width);
#pragma omp parallel for schedule(static) if (parts > 1 && rows * n > IDC_GRAIN)
    for (int64_t part = 0; part < parts; part++)
        for (int64_t r = 0; r < rows; r++) {
            int64_t at = r * n + part * width;
            add_scaled(gb + row_of_b(w, r) + part * width, g + at, a ? a + at : NULL,
                       idc_min64(width, n - part * width), sign);
        }
}

static int backward(idc_call *call, float sign, bool product)
{
    struct walk w = walk_of(call->in[0], call->in[1]);
    const float *g = call->out->grad;
    int64_t n = idc_tensor_count(call->out);
    bool fresh;
    float *ga = product ? idc_call_grad(call, 0) : idc_call_grad_fresh(call, 0, &fresh);
    if (ga && product)
        walk_rows(ga, g, idc_f32(call->in[1]), &w, add_mul_row);
    else if (ga)
        idc_cpu_write_or_add(ga, g, n, fresh);
    float *gb = idc_call_grad(call, 1);
    if (gb)
        reduce(gb, g, product ? idc_f32(call->in[0]) : NULL, &w, sign);
    return 0;
}

int idc_cpu_add(idc_call *call, idc_error *err)
{
    (void)err;
    return forward(call, add_row);
}

int idc_cpu_sub(idc_call *call, idc_error *err)
{
    (void)err;
    return forward(call, sub_row);
}

int idc_cpu_mul(idc_call *call, idc_error *err)
{
    (void)err;
    return forward(call, mul_row);
}

int idc_cpu_add_back(idc_call *call, idc_error *err)
{
    (void)err;
    return backward(call, 1.0f, false);
}

int idc_cpu_sub_back(idc_call *call, idc_error *err)
{
    (void)err;
    return backward(call, -1.0f, false);
}

int idc_cpu_mul_back(idc_call *call, idc_error *err)
{
    (void)err;
    return backward(call, 1.0f, true);
}
