#include "image/resize.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/simd.h"

/* A pixel and one sample more: what a vector register of every processor holds. */
typedef float pixel __attribute__((vector_size(16)));
#define PAD 1 /* samples past a row that may be read and written with its last pixel */

/* Where an output sample takes its inputs from, and with what weights. */
struct axis {
    int in, out;   /* samples along this axis */
    int taps;      /* weights an output sample has room for */
    int *first;    /* [out]: its first input */
    int *count;    /* [out]: how many inputs */
    float *weight; /* [out][taps] */
};

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Cubic convolution with a = −1/2 (Keys, "Cubic convolution interpolation for digital image
 * processing", 1981, eq. 15). */
static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

static const struct {
    const char *name;
    double support; /* the filter is 0 beyond ± support */
    double (*value)(double);
} filters[IDC_FILTER_COUNT] = {
    [IDC_FILTER_BOX] = {"box", 0.5, box},
    [IDC_FILTER_BILINEAR] = {"bilinear", 1.0, triangle},
    [IDC_FILTER_BICUBIC] = {"bicubic", 2.0, cubic},
};

const char *idc_filter_name(idc_filter filter)
{
    return filters[filter].name;
}

int idc_filter_from_name(const char *name)
{
    for (int i = 0; i < IDC_FILTER_COUNT; i++)
        if (strcmp(filters[i].name, name) == 0)
            return i;
    return -1;
}

static void axis_fini(struct axis *a)
{
    free(a->first);
    free(a->count);
    free(a->weight);
}

static int axis_alloc(struct axis *a, idc_error *err)
{
    size_t n;
    a->first = malloc((size_t)a->out * sizeof *a->first);
    a->count = malloc((size_t)a->out * sizeof *a->count);
    a->weight = NULL;
    if (idc_mul_size(&n, (size_t)a->out * sizeof *a->weight, (size_t)a->taps) == 0)
        a->weight = malloc(n);
    if (!a->first || !a->count || !a->weight)
        return idc_fail(err, IDC_E_MEMORY, "no memory to resize from %d to %d samples", a->in,
                        a->out);
    return 0;
}

/* Output sample i lies at (i + 1/2) · in/out; its inputs are the samples whose centres lie within
 * the support, counted as Pillow counts them. */
static int axis_init(struct axis *a, int in, int out, idc_filter filter, idc_error *err)
{
    double scale = (double)in / out, stretch = scale > 1.0 ? scale : 1.0;
    double support = filters[filter].support * stretch;
    *a = (struct axis){.in = in, .out = out, .taps = (int)ceil(support) * 2 + 1};
    if (a->taps > in)
        a->taps = in;
    int rc = axis_alloc(a, err);
    if (rc < 0)
        return rc;
    for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale, sum = 0.0;
        int first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);
        first = first < 0 ? 0 : first;
        last = last > in ? in : last;
        a->first[i] = first;
        a->count[i] = last - first;
        for (int k = first; k < last; k++)
            sum += filters[filter].value((k - centre + 0.5) / stretch);
        float *w = a->weight + (size_t)i * (size_t)a->taps;
        for (int k = first; k < last; k++) {
            double v = filters[filter].value((k - centre + 0.5) / stretch);
            w[k - first] = (float)(sum != 0.0 ? v / sum : v);
        }
    }
    return 0;
}

IDC_CLONES static void widen(float *restrict to, const unsigned char *restrict from, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        to[i] = from[i];
}

/* Each pixel is Σ weight · pixel; the fourth number is the next pixel's and is overwritten by it. */
static void convolve(float *restrict to, const float *restrict from, const struct axis *a)
{
    for (int x = 0; x < a->out; x++) {
        const float *w = a->weight + (size_t)x * (size_t)a->taps;
        const float *at = from + (size_t)a->first[x] * 3;
        pixel sum = {0}, v;
        for (int k = 0; k < a->count[x]; k++, at += 3) {
            memcpy(&v, at, sizeof v);
            sum += w[k] * v;
        }
        memcpy(to + (size_t)x * 3, &sum, sizeof sum);
    }
}

/* To whole numbers of 0 … 255. */
IDC_CLONES static void settle(float *row, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float v = row[i] < 0.0f ? 0.0f : row[i] > 255.0f ? 255.0f : row[i];
        row[i] = (float)(int)(v + 0.5f);
    }
}

IDC_CLONES static void add_row(float *restrict sum, const float *restrict row, float weight, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        sum[i] += weight * row[i];
}

IDC_CLONES static void store_row(unsigned char *restrict to, const float *restrict sum, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float v = sum[i] < 0.0f ? 0.0f : sum[i] > 255.0f ? 255.0f : sum[i];
        to[i] = (unsigned char)(int)(v + 0.5f);
    }
}

/* How many output samples may be under way at once, when inputs come one after the other. */
static int axis_open(const struct axis *a)
{
    int most = 1;
    for (int i = 0, j = 0; i < a->out; i++) {
        while (a->first[j] + a->count[j] <= a->first[i])
            j++;
        most = i - j + 1 > most ? i - j + 1 : most;
    }
    return most;
}

struct passes {
    struct axis x, y;
    bool along_x;        /* false: the width stays */
    int open;            /* rows of `sums` */
    int begun, finished; /* output rows */
    float *wide, *row;   /* [in · 3 + PAD], [out · 3 + PAD] */
    float *sums;         /* [open][out · 3] */
};

static int passes_init(struct passes *p, const idc_image *src, const idc_image *dst,
                       idc_filter filter, idc_error *err)
{
    int rc = axis_init(&p->x, src->width, dst->width, filter, err);
    if (rc == 0)
        rc = axis_init(&p->y, src->height, dst->height, filter, err);
    if (rc < 0)
        return rc;
    p->along_x = src->width != dst->width;
    p->open = axis_open(&p->y);
    p->wide = calloc((size_t)src->width * 3 + PAD, sizeof(float));
    p->row = calloc((size_t)dst->width * 3 + PAD, sizeof(float));
    p->sums = malloc((size_t)p->open * (size_t)dst->width * 3 * sizeof(float));
    if (!p->wide || !p->row || !p->sums)
        return idc_fail(err, IDC_E_MEMORY, "no memory to resize to %d×%d", dst->width, dst->height);
    return 0;
}

static void passes_fini(struct passes *p)
{
    axis_fini(&p->x);
    axis_fini(&p->y);
    free(p->wide);
    free(p->row);
    free(p->sums);
}

/* Source row y, convolved along x, goes into every output row that it touches. */
static void push_row(struct passes *p, const float *row, int y, idc_image *dst)
{
    const struct axis *a = &p->y;
    int n = a->out, width = dst->width * 3;
    while (p->begun < n && a->first[p->begun] <= y) {
        memset(p->sums + (size_t)(p->begun % p->open) * (size_t)width, 0,
               (size_t)width * sizeof(float));
        p->begun++;
    }
    for (int i = p->finished; i < p->begun; i++) {
        int k = y - a->first[i];
        if (k < a->count[i])
            add_row(p->sums + (size_t)(i % p->open) * (size_t)width, row,
                    a->weight[(size_t)i * (size_t)a->taps + (size_t)k], width);
    }
    while (p->finished < p->begun && a->first[p->finished] + a->count[p->finished] <= y + 1) {
        store_row(dst->rgb + (size_t)p->finished * (size_t)width,
                  p->sums + (size_t)(p->finished % p->open) * (size_t)width, width);
        p->finished++;
    }
}

static void run(struct passes *p, const idc_image *src, idc_image *dst)
{
    for (int y = 0; y < src->height; y++) {
        widen(p->wide, src->rgb + (size_t)y * (size_t)src->width * 3, src->width * 3);
        if (p->along_x) {
            convolve(p->row, p->wide, &p->x);
            settle(p->row, dst->width * 3);
        }
        push_row(p, p->along_x ? p->row : p->wide, y, dst);
    }
}

int idc_resize(idc_image *dst, const idc_image *src, int width, int height, idc_filter filter,
               idc_error *err)
{
    struct passes p = {0};
    int rc = idc_image_new(dst, width, height, err);
    if (rc < 0)
        return rc;
    rc = passes_init(&p, src, dst, filter, err);
    if (rc == 0)
        run(&p, src, dst);
    else
        idc_image_free(dst);
    passes_fini(&p);
    return rc;
}
