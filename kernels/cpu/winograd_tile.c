#include "cpu/winograd_tile.h"

#include <string.h>

#include "base/simd.h"

#define LANES IDC_WINOGRAD_LANES
#define EDGE 6 /* of the largest tile's input */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef uint16_t halves __attribute__((vector_size(LANES * sizeof(uint16_t))));

IDC_INLINE void load(lanes *to, const void *from, int64_t at, bool bf16)
{
    if (bf16) {
        halves h;
        memcpy(&h, (const uint16_t *)from + at, sizeof h);
        words u = __builtin_convertvector(h, words) << 16;
        memcpy(to, &u, sizeof *to);
    } else
        memcpy(to, (const float *)from + at, sizeof *to);
}

/* bf16: to the nearest, ties to even; a not-a-number may become infinite, which is refused later just as well. */
IDC_INLINE void store(void *to, int64_t at, const lanes *x, bool bf16)
{
    if (bf16) {
        words u;
        memcpy(&u, x, sizeof u);
        u = (u + 0x7fff + (u >> 16 & 1)) >> 16;
        halves h = __builtin_convertvector(u, halves);
        memcpy((uint16_t *)to + at, &h, sizeof h);
    } else
        memcpy((float *)to + at, x, sizeof *x);
}

/* b = Bᵀ a for t = 4 and 2; elements `step` apart. */
IDC_INLINE void before4(lanes *b, const lanes *a, int step)
{
    const lanes a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step], a4 = a[4 * step],
                a5 = a[5 * step];
    lanes even = a4 - 4.0f * a2, odd = a3 - 4.0f * a1, e = a4 - a2, o = 2.0f * (a3 - a1);
    b[0] = 4.0f * a0 - 5.0f * a2 + a4;
    b[step] = even + odd;
    b[2 * step] = even - odd;
    b[3 * step] = e + o;
    b[4 * step] = e - o;
    b[5 * step] = 4.0f * a1 - 5.0f * a3 + a5;
}

IDC_INLINE void before2(lanes *b, const lanes *a, int step)
{
    const lanes a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step];
    b[0] = a0 - a2;
    b[step] = a1 + a2;
    b[2 * step] = a2 - a1;
    b[3 * step] = a1 - a3;
}

/* y = Aᵀ m, in place. */
IDC_INLINE void after4(lanes *m, int step)
{
    lanes sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
    lanes far = m[3 * step] + m[4 * step], apart = m[3 * step] - m[4 * step], last = m[5 * step];
    m[0] = m[0] + sum + far;
    m[step] = difference + 2.0f * apart;
    m[2 * step] = sum + 4.0f * far;
    m[3 * step] = difference + 8.0f * apart + last;
}

IDC_INLINE void after2(lanes *m, int step)
{
    lanes first = m[0] + m[step] + m[2 * step];
    m[step] = m[step] - m[2 * step] - m[3 * step];
    m[0] = first;
}

/* The cells of a tile from (top, left) on, zeros outside the picture. */
IDC_INLINE void gather(lanes *d, const idc_tiles *t, const void *x, const int64_t at[3], int edge,
                       bool bf16)
{
    const int64_t picture = at[0], top = at[1], left = at[2];
    for (int i = 0; i < edge; i++)
        for (int j = 0; j < edge; j++) {
            int64_t row = top + i, column = left + j;
            if (row >= 0 && row < t->h && column >= 0 && column < t->w)
                load(&d[i * EDGE + j], x, ((picture * t->h + row) * t->w + column) * t->channels,
                     bf16);
            else
                d[i * EDGE + j] = (lanes){0};
        }
}

IDC_INLINE void input(const idc_tiles *t, const void *x, void *v, int tile, bool bf16)
{
    const int edge = tile + 2;
    lanes d[EDGE * EDGE];
    for (int64_t r = 0; r < t->count; r++)
        for (int64_t column = 0; column < t->columns; column++)
            for (int64_t c = 0; c < t->channels; c += LANES) {
                int64_t row = t->first + r;
                int64_t at[3] = {row / t->rows_each, row % t->rows_each * tile - 1,
                                 column * tile - 1};
                const char *from = (const char *)x + c * (bf16 ? 2 : 4);
                gather(d, t, from, at, edge, bf16);
                for (int j = 0; j < edge; j++)
                    tile == 4 ? before4(d + j, d + j, EDGE) : before2(d + j, d + j, EDGE);
                for (int i = 0; i < edge; i++) {
                    lanes *line = d + i * EDGE;
                    tile == 4 ? before4(line, line, 1) : before2(line, line, 1);
                    for (int j = 0; j < edge; j++)
                        store(v,
                              (i * edge + j) * t->place + (r * t->columns + column) * t->channels +
                                  c,
                              &line[j], bf16);
                }
            }
}

IDC_INLINE void finish(lanes *y, const idc_tile_end *end, int64_t at, bool bf16)
{
    if (end->residual) {
        lanes r;
        load(&r, end->residual, at, bf16);
        *y += r;
    }
    words u;
    memcpy(&u, y, sizeof u);
    if (end->activation != IDC_ACT_NONE)
        u &= ~(words)(*y <= 0.0f); /* a not-a-number stays */
    memcpy(y, &u, sizeof u);
    if (end->activation == IDC_ACT_RELU6) {
        const lanes six = (lanes){0} + 6.0f;
        const words beyond = (words)(*y > 6.0f);
        words limit;
        memcpy(&limit, &six, sizeof limit);
        u = (u & ~beyond) | (limit & beyond);
        memcpy(y, &u, sizeof u);
    }
}

IDC_INLINE void scatter(lanes *m, const idc_tiles *t, const idc_tile_end *end, void *y,
                        const int64_t at[4], int tile, bool bf16)
{
    for (int i = 0; i < tile && at[1] + i < t->h; i++)
        for (int j = 0; j < tile && at[2] + j < t->w; j++) {
            int64_t to = ((at[0] * t->h + at[1] + i) * t->w + at[2] + j) * t->channels + at[3];
            lanes *value = &m[i * EDGE + j];
            if (end->bias) {
                lanes b;
                load(&b, end->bias, at[3], false);
                *value += b;
            }
            finish(value, end, to, bf16);
            store(y, to, value, bf16);
        }
}

IDC_INLINE void output(const idc_tiles *t, const float *m, const idc_tile_end *end, void *y,
                       int tile, bool bf16)
{
    const int edge = tile + 2;
    lanes d[EDGE * EDGE];
    for (int64_t r = 0; r < t->count; r++)
        for (int64_t column = 0; column < t->columns; column++)
            for (int64_t c = 0; c < t->channels; c += LANES) {
                int64_t row = t->first + r, from = (r * t->columns + column) * t->channels + c;
                int64_t at[4] = {row / t->rows_each, row % t->rows_each * tile, column * tile, c};
                for (int i = 0; i < edge; i++) {
                    for (int j = 0; j < edge; j++)
                        load(&d[i * EDGE + j], m, (i * edge + j) * t->place + from, false);
                    tile == 4 ? after4(d + i * EDGE, 1) : after2(d + i * EDGE, 1);
                }
                for (int j = 0; j < tile; j++)
                    tile == 4 ? after4(d + j, EDGE) : after2(d + j, EDGE);
                scatter(d, t, end, y, at, tile, bf16);
            }
}

IDC_CLONES static void input4(const idc_tiles *t, const void *x, void *v)
{
    input(t, x, v, 4, false);
}

IDC_CLONES static void input2(const idc_tiles *t, const void *x, void *v)
{
    input(t, x, v, 2, false);
}

IDC_CLONES static void input2_bf16(const idc_tiles *t, const void *x, void *v)
{
    input(t, x, v, 2, true);
}

IDC_CLONES static void output4(const idc_tiles *t, const float *m, const idc_tile_end *end, void *y)
{
    output(t, m, end, y, 4, false);
}

IDC_CLONES static void output2(const idc_tiles *t, const float *m, const idc_tile_end *end, void *y)
{
    output(t, m, end, y, 2, false);
}

IDC_CLONES static void output2_bf16(const idc_tiles *t, const float *m, const idc_tile_end *end,
                                    void *y)
{
    output(t, m, end, y, 2, true);
}

idc_tile_input idc_winograd_input(int tile, bool bf16)
{
    return tile == 4 ? input4 : bf16 ? input2_bf16 : input2;
}

idc_tile_output idc_winograd_output(int tile, bool bf16)
{
    return tile == 4 ? output4 : bf16 ? output2_bf16 : output2;
}

static void filter_one(const double (*g)[3], int edge, const float *weight, double *u)
{
    double half[EDGE][3];
    for (int i = 0; i < edge; i++)
        for (int j = 0; j < 3; j++)
            half[i][j] = g[i][0] * (double)weight[j] + g[i][1] * (double)weight[3 + j] +
                         g[i][2] * (double)weight[6 + j];
    for (int i = 0; i < edge; i++)
        for (int j = 0; j < edge; j++)
            u[i * edge + j] = half[i][0] * g[j][0] + half[i][1] * g[j][1] + half[i][2] * g[j][2];
}

void idc_winograd_filter(int tile, int64_t in, int64_t out, const float *weight, float *u)
{
    static const double g4[6][3] = {{1 / 4., 0, 0},
                                    {-1 / 6., -1 / 6., -1 / 6.},
                                    {-1 / 6., 1 / 6., -1 / 6.},
                                    {1 / 24., 1 / 12., 1 / 6.},
                                    {1 / 24., -1 / 12., 1 / 6.},
                                    {0, 0, 1}},
                        g2[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
    const int edge = tile + 2;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < in; i++)
        for (int64_t o = 0; o < out; o++) {
            double one[EDGE * EDGE];
            filter_one(tile == 4 ? g4 : g2, edge, weight + (o * in + i) * 9, one);
            for (int k = 0; k < edge * edge; k++)
                u[(k * in + i) * out + o] = (float)one[k];
        }
}
