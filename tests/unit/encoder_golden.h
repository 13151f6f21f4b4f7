/* encoder_golden.h: what the tests of the encoders share: golden files, and gains, biases and statistics drawn as
 * tests/reference/philox.py draws them. */
#ifndef TESTS_UNIT_ENCODER_GOLDEN_H
#define TESTS_UNIT_ENCODER_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "encoder/encoder.h"
#include "tensor/safetensors.h"

static inline void must(int rc, const idc_error *err)
{
    if (rc < 0)
        fail_msg("%s", err->text);
}

/* tests/golden/NAME, found through TESTS as tests/run.sh sets it. */
static inline idc_safetensors *open_golden(const char *name)
{
    char path[1024];
    const char *tests = getenv("TESTS");
    idc_error err = IDC_NO_ERROR;
    idc_safetensors *file = NULL;
    snprintf(path, sizeof path, "%s/golden/%s", tests ? tests : "tests", name);
    must(idc_safetensors_open(&file, path, &err), &err);
    return file;
}

static inline const idc_safetensor *golden(const idc_safetensors *file, const char *name)
{
    const idc_safetensor *x = idc_safetensors_find(file, name);
    if (!x)
        fail_msg("the golden file has no '%s'", name);
    return x;
}

static inline idc_random golden_stream(uint64_t seed, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s/golden", name);
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *c = full; *c; c++)
        h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    return idc_random_at(seed, h, 0);
}

static inline int ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Gains 0.75 + u/2, biases (u − ½)/5, running means (u − ½)/5, running variances 0.2 + u of every batch normalisation. */
static inline void draw_norms(idc_params *params, uint64_t seed)
{
    static const struct {
        const char *suffix;
        double base, factor;
    } rows[] = {{".running_mean", -0.1, 0.2},
                {".running_var", 0.2, 1},
                {".bias", -0.1, 0.2},
                {".weight", 0.75, 0.5}};
    for (size_t i = 0; i < idc_params_size(params); i++) {
        idc_tensor *x = idc_params_at(params, i);
        if (x->ndim != 1 || strcmp(x->name, "encoder.head.bias") == 0)
            continue;
        size_t row = 0;
        while (!ends_with(x->name, rows[row].suffix))
            row++;
        idc_random r = golden_stream(seed, x->name);
        for (int64_t k = 0; k < x->shape[0]; k++) {
            double u = idc_random_unit(&r);
            idc_f32(x)[k] =
                (float)(row < 3 ? rows[row].base + rows[row].factor * u : 0.75 + 0.5 * u);
        }
        x->version++;
    }
}

/* The largest |a − b|. */
static inline double distance(const float *a, const float *b, int64_t n)
{
    double worst = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - b[i]);
        if (!(d <= worst))
            worst = d;
    }
    return worst;
}

/* Cosine of every cell at least 0.99999, the bar; values as f32 sums allow. */
static inline void expect_cells(const idc_tensor *x, const float *want)
{
    int64_t width = x->shape[3], cells = idc_tensor_count(x) / width;
    for (int64_t i = 0; i < cells; i++) {
        const float *a = idc_f32(x) + i * width, *b = want + i * width;
        double ab = 0, aa = 0, bb = 0, dd = 0;
        for (int64_t c = 0; c < width; c++) {
            ab += (double)a[c] * b[c];
            aa += (double)a[c] * a[c];
            bb += (double)b[c] * b[c];
            dd += ((double)a[c] - b[c]) * ((double)a[c] - b[c]);
        }
        if (!(ab / sqrt(aa * bb) >= 0.99999) || !(dd <= 1e-8 * bb))
            fail_msg("cell %d: cosine %.8f, relative distance %g", (int)i, ab / sqrt(aa * bb),
                     sqrt(dd / bb));
    }
}

/* Means and variances in the order of the network's layers, which is that of the parameters. */
static inline void set_statistics(idc_params *params, const idc_safetensor *from)
{
    const uint16_t *at = from->data;
    for (size_t i = 0; i < idc_params_size(params); i++) {
        idc_tensor *x = idc_params_at(params, i);
        if (!ends_with(x->name, ".running_mean") && !ends_with(x->name, ".running_var"))
            continue;
        idc_f16_to_f32(idc_f32(x), at, (size_t)x->shape[0]);
        at += x->shape[0];
        x->version++;
    }
    assert_int_equal((const char *)at - (const char *)from->data, from->bytes);
}

#endif
