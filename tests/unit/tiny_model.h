/* tiny_model.h: the model of tests/reference/make_tiny_model.py and records as idc-encode makes them for it. */
#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model_file.h"
#include "wire/record.h"

static inline const char *tiny_path(void)
{
    static char path[512];
    const char *tests = getenv("TESTS");
    snprintf(path, sizeof path, "%s/golden/tiny/tiny.safetensors", tests ? tests : "tests");
    return path;
}

static inline idc_model *tiny_open(unsigned parts)
{
    idc_error err = IDC_NO_ERROR;
    idc_model *m;
    if (idc_model_open(&m, tiny_path(), parts, &err) < 0)
        fail_msg("%s", err.text);
    return m;
}

/* A feature record with numbers that depend on `seed`; uses −1: without the field. */
static inline idc_record *tiny_feature(const idc_model *m, const char *id, int seed, int uses)
{
    const idc_network_config *c = &m->config.network;
    idc_array a = {IDC_DTYPE_F32, 3, {c->grid[0], c->grid[1], c->feature}, NULL};
    size_t n = idc_array_count(&a);
    float *v = malloc(n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)((i * 7 + (size_t)seed * 13) % 11) / 11.0f;
    a.data = v;
    idc_record *r = idc_record_new("feature");
    assert_int_equal(idc_record_set_string(r, "id", id), 0);
    assert_int_equal(idc_record_set_array(r, "feature", &a), 0);
    assert_int_equal(idc_record_set_string(r, "encoder", m->encoder_fingerprint), 0);
    assert_int_equal(idc_record_set_numbers(r, "size", (double[]){96, 64}, 2), 0);
    if (uses >= 0)
        assert_int_equal(idc_record_set_int(r, "uses", uses), 0);
    free(v);
    return r;
}

static inline idc_record *tiny_pair(const char *id, const char *before, const char *after)
{
    idc_record *r = idc_record_new("pair");
    assert_int_equal(idc_record_set_string(r, "id", id), 0);
    assert_int_equal(idc_record_set_string(r, "before", before), 0);
    assert_int_equal(idc_record_set_string(r, "after", after), 0);
    assert_int_equal(idc_record_set_string(r, "type", "color"), 0);
    return r;
}

#endif
