#include "encoder/ranges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/trace.h"
#include "tensor/safetensors.h"

#define BINS 2048
#define CANDIDATES 256
#define MAX_VALUES 4096

struct histogram {
    bool positive, negative; /* follows a ReLU; has met a number below 0 */
    float limit;             /* of the last bin; 0: nothing yet */
    uint64_t count[BINS];
};

struct idc_ranges {
    idc_encoder *encoder;
    idc_tape *tape;
    struct histogram *values;
    int n;
    int64_t pictures;
    bool bad; /* the picture at hand has a value that is not finite */
};

int idc_ranges_new(idc_ranges **out, idc_encoder *enc, idc_error *err)
{
    idc_ranges *r = calloc(1, sizeof *r);
    *out = r;
    if (!r)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    r->encoder = enc;
    r->tape = idc_tape_new(IDC_TAPE_INFER, err);
    if (r->tape)
        return 0;
    idc_ranges_free(out);
    return IDC_E_MEMORY;
}

void idc_ranges_free(idc_ranges **r)
{
    if (!*r)
        return;
    idc_tape_free(&(*r)->tape);
    free((*r)->values);
    free(*r);
    *r = NULL;
}

int64_t idc_ranges_pictures(const idc_ranges *r)
{
    return r->pictures;
}

/* ---- counting ---- */

static void widen(struct histogram *h, float largest)
{
    if (h->limit == 0)
        h->limit = largest;
    while (h->limit < largest) {
        for (int i = 0; i < BINS / 2; i++)
            h->count[i] = h->count[2 * i] + h->count[2 * i + 1];
        memset(h->count + BINS / 2, 0, sizeof h->count / 2);
        h->limit *= 2;
    }
}

static void count(struct histogram *h, const idc_tensor *x)
{
    const int64_t n = idc_tensor_count(x);
    const float *v = idc_f32(x);
    float largest = 0;
    for (int64_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(v[i]));
        h->negative |= v[i] < 0;
    }
    widen(h, largest);
    const float factor = h->limit > 0 ? (float)BINS / h->limit : 0;
    for (int64_t i = 0; i < n; i++) {
        int bin = (int)(fabsf(v[i]) * factor);
        if (v[i] != 0) /* 0 is kept exactly, wherever the range ends */
            h->count[bin < BINS ? bin : BINS - 1]++;
    }
}

static bool all_finite(const idc_tensor *x)
{
    const float *v = idc_f32(x);
    const int64_t n = idc_tensor_count(x);
    bool finite = true;
    for (int64_t i = 0; i < n; i++)
        finite &= fabsf(v[i]) < INFINITY;
    return finite;
}

static void on_value(void *user, int value, const idc_tensor *x, bool positive)
{
    idc_ranges *r = user;
    r->bad = r->bad || !all_finite(x);
    if (r->bad || value >= MAX_VALUES)
        return;
    if (value >= r->n) {
        struct histogram *grown = realloc(r->values, (size_t)(value + 1) * sizeof *grown);
        if (!grown) {
            r->bad = true;
            return;
        }
        r->values = grown;
        memset(grown + r->n, 0, (size_t)(value + 1 - r->n) * sizeof *grown);
        r->n = value + 1;
    }
    r->values[value].positive = positive;
    count(&r->values[value], x);
}

int idc_ranges_add(idc_ranges *r, const unsigned char *picture, idc_error *err)
{
    idc_trace trace = {.on_value = on_value, .user = r};
    r->bad = false;
    int rc = idc_trace_run(&trace, r->encoder, r->tape, picture, err);
    idc_trace_free(&trace);
    if (rc == 0 && r->bad)
        rc = idc_fail(err, IDC_E_NUMERIC, "a value of the encoder is not finite");
    if (rc == 0)
        r->pictures++;
    return rc;
}

/* ---- choosing ---- */

static double squared_error(const struct histogram *h, double end, double levels)
{
    const double width = (double)h->limit / BINS, rounding = end / levels * (end / levels) / 12;
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
        double x = (i + 0.5) * width;
        sum += (double)h->count[i] * (x <= end ? rounding : (x - end) * (x - end));
    }
    return sum;
}

static float best_end(const struct histogram *h)
{
    double best = INFINITY;
    float end = h->limit;
    for (int k = CANDIDATES; k > CANDIDATES / 16; k--) {
        float c = h->limit * (float)k / CANDIDATES;
        double e = squared_error(h, (double)c, h->positive ? 255 : 127);
        if (e < best) {
            best = e;
            end = c;
        }
    }
    return end;
}

int idc_ranges_choose(const idc_ranges *r, idc_ranges_table *t, idc_error *err)
{
    *t = (idc_ranges_table){0};
    if (r->pictures == 0)
        return idc_fail(err, IDC_E_MISSING, "no picture to measure ranges on");
    if (!(t->values = malloc((size_t)r->n * 2 * sizeof *t->values)))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    t->n = r->n;
    for (int v = 0; v < r->n; v++) {
        float end = best_end(&r->values[v]);
        t->values[2 * v] = r->values[v].negative ? -end : 0;
        t->values[2 * v + 1] = end;
    }
    return 0;
}

int idc_ranges_write(const idc_ranges *r, const char *path, const char *fingerprint, idc_error *err)
{
    char pictures[32];
    idc_ranges_table t;
    int rc = idc_ranges_choose(r, &t, err);
    if (rc < 0)
        return rc;
    snprintf(pictures, sizeof pictures, "%lld", (long long)r->pictures);
    const idc_safetensor x = {"ranges", IDC_DTYPE_F32, 2,
                              {t.n, 2}, t.values,      (size_t)t.n * 2 * sizeof *t.values};
    const idc_safetensors_metadata_entry about[] = {{"encoder", fingerprint},
                                                    {"pictures", pictures}};
    rc = idc_safetensors_write(path, &x, 1, about, 2, err);
    free(t.values);
    return rc;
}

int idc_ranges_read(idc_ranges_table *t, const char *path, const char *fingerprint, idc_error *err)
{
    idc_safetensors *file = NULL;
    *t = (idc_ranges_table){0};
    int rc = idc_safetensors_open(&file, path, err);
    if (rc < 0)
        return rc;
    const idc_safetensor *x = idc_safetensors_find(file, "ranges");
    const char *encoder = idc_safetensors_metadata(file, "encoder");
    if (!x || !encoder || x->dtype != IDC_DTYPE_F32 || x->ndim != 2 || x->shape[1] != 2 ||
        x->shape[0] < 1 || x->shape[0] > MAX_VALUES)
        rc = idc_fail(err, IDC_E_INVALID, "%s: not a file of idc-encode --calibrate", path);
    else if (strcmp(encoder, fingerprint) != 0)
        rc = idc_fail(err, IDC_E_MISMATCH,
                      "%s: ranges of encoder %.32s, this one is %s: idc-encode --calibrate", path,
                      encoder, fingerprint);
    if (rc == 0 && !(t->values = malloc(x->bytes)))
        rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc == 0) {
        t->n = (int)x->shape[0];
        memcpy(t->values, x->data, x->bytes);
    }
    for (int i = 0; rc == 0 && i < 2 * t->n; i++)
        if (!(fabsf(t->values[i]) < 1e30f))
            rc = idc_fail(err, IDC_E_NUMERIC, "%s: value %d has no finite range", path, i / 2);
    if (rc < 0) {
        free(t->values);
        *t = (idc_ranges_table){0};
    }
    idc_safetensors_close(&file);
    return rc;
}
