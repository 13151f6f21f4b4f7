/* network_golden.h: a golden of tests/reference/make_network_golden.py, its network made, its inputs at hand. */
#ifndef NETWORK_GOLDEN_H
#define NETWORK_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "model/network.h"
#include "tensor/safetensors.h"

typedef struct golden {
    idc_safetensors *file;
    idc_model_config config;
    idc_params *params;
    idc_network *net;
} golden;

static inline const idc_safetensor *golden_tensor(const golden *g, const char *name)
{
    const idc_safetensor *s = idc_safetensors_find(g->file, name);
    if (!s)
        fail_msg("the golden has no tensor %s", name);
    return s;
}

static inline void golden_open(golden *g, const char *name)
{
    char path[512];
    idc_error err = IDC_NO_ERROR;
    const char *tests = getenv("TESTS");
    snprintf(path, sizeof path, "%s/golden/network/%s.safetensors", tests ? tests : "tests", name);
    if (idc_safetensors_open(&g->file, path, &err) < 0)
        fail_msg("%s", err.text);
    const char *json = idc_safetensors_metadata(g->file, "config");
    if (idc_model_config_parse(&g->config, json, name, &err) < 0)
        fail_msg("%s", err.text);
    g->params = idc_params_new();
    if (idc_network_new(&g->net, &g->config.network, g->params, 0, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < idc_params_size(g->params); i++) {
        idc_tensor *x = idc_params_at(g->params, i);
        const idc_safetensor *s = golden_tensor(g, x->name);
        assert_int_equal(s->bytes, (size_t)idc_tensor_count(x) * sizeof(float));
        memcpy(x->data, s->data, s->bytes);
        x->version++;
    }
}

static inline void golden_close(golden *g)
{
    idc_network_free(&g->net);
    idc_params_free(&g->params);
    idc_model_config_fini(&g->config);
    idc_safetensors_close(&g->file);
}

/* A tensor of the golden as an input of the tape. */
static inline idc_tensor *golden_input(const golden *g, idc_tape *t, const char *name)
{
    const idc_safetensor *s = golden_tensor(g, name);
    return idc_tape_input(t, s->dtype, s->ndim, s->shape, s->data);
}

/* The largest difference is at most `relative` times the largest number of the golden; numbers below `floor` do not count
 * as larger than zero. */
typedef struct tolerance {
    double relative, floor;
} tolerance;

static inline void golden_compare(const golden *g, const char *name, const float *values,
                                  int64_t count, tolerance allowed)
{
    const idc_safetensor *s = golden_tensor(g, name);
    const float *expected = s->data;
    double worst = 0.0, largest = 0.0;
    assert_int_equal(s->bytes, (size_t)count * sizeof(float));
    for (int64_t i = 0; i < count; i++) {
        double d = fabs((double)values[i] - (double)expected[i]);
        worst = !(d <= worst) ? d : worst;
        largest = fmax(largest, fabs((double)expected[i]));
    }
    if (!(worst <= allowed.relative * fmax(largest, allowed.floor)))
        fail_msg("%s: differs by %g where numbers reach %g", name, worst, largest);
}

#endif
