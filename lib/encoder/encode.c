#include "encoder/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define F16_MAX 65504.0f

struct idc_encode {
    idc_encode_options options;
    char fingerprint[33], layer[16], precision[8]; /* precision: "" for f32 */
    int rows, columns, width;                      /* of `feature` */
    idc_tape *tape;
    uint16_t *half;
    idc_record **gathered; /* records of any kind, in order */
    int n, capacity, pictures;
    struct timespec oldest;
};

int idc_encode_new(idc_encode **out, const idc_encode_options *options, idc_error *err)
{
    idc_encode *e = calloc(1, sizeof *e);
    *out = e;
    if (!e)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    e->options = *options;
    snprintf(e->fingerprint, sizeof e->fingerprint, "%s", options->fingerprint);
    if (options->precision && strcmp(options->precision, "f32") != 0)
        snprintf(e->precision, sizeof e->precision, "%s", options->precision);
    const idc_encoder_spec *spec = idc_encoder_get_spec(options->encoder);
    if (spec->stage)
        snprintf(e->layer, sizeof e->layer, "layer%d", spec->stage);
    else
        snprintf(e->layer, sizeof e->layer, "fuse+head");
    idc_encoder_grid(options->encoder, &e->rows, &e->columns, &e->width);
    e->half = malloc((size_t)e->rows * (size_t)e->columns * (size_t)e->width * sizeof *e->half);
    e->tape = idc_tape_new(IDC_TAPE_INFER, err);
    if (e->half && e->tape)
        return 0;
    idc_encode_free(out);
    return idc_fail(err, IDC_E_MEMORY, "no memory for features");
}

void idc_encode_free(idc_encode **e)
{
    if (!*e)
        return;
    for (int i = 0; i < (*e)->n; i++)
        idc_record_free(&(*e)->gathered[i]);
    free((*e)->gathered);
    free((*e)->half);
    idc_tape_free(&(*e)->tape);
    free(*e);
    *e = NULL;
}

/* ---- one picture ---- */

static int check_picture(const idc_encode *e, const idc_record *r, const unsigned char **pixels,
                         idc_error *err)
{
    const idc_encoder_spec *s = idc_encoder_get_spec(e->options.encoder);
    const char *id = idc_record_id(r);
    idc_array image;
    int rc = idc_record_get_array(r, "image", &image, err);
    if (rc < 0)
        return rc;
    if (image.dtype != IDC_DTYPE_U8 || image.ndim != 3 || image.shape[2] != 3)
        return idc_fail(err, IDC_E_INVALID, "image '%s': field 'image' is not u8 [h,w,3]", id);
    if (image.shape[0] != s->height || image.shape[1] != s->width)
        return idc_fail(err, IDC_E_MISMATCH,
                        "image '%s' is %lldx%lld, the encoder wants %dx%d: idc-decode --size %dx%d",
                        id, (long long)image.shape[1], (long long)image.shape[0], s->width,
                        s->height, s->width, s->height);
    *pixels = image.data;
    return 0;
}

static int check_values(const idc_encode *e, const idc_record *r, const float *feature,
                        idc_error *err)
{
    float limit = e->options.dtype == IDC_DTYPE_F16 ? F16_MAX : INFINITY;
    size_t n = (size_t)e->rows * (size_t)e->columns * (size_t)e->width;
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        float v = fabsf(feature[i]);
        largest = v > largest ? v : largest;
        if (!(v < INFINITY))
            return idc_fail(err, IDC_E_NUMERIC, "image '%s': its features are not finite",
                            idc_record_id(r));
    }
    if (largest > limit)
        return idc_fail(err, IDC_E_RANGE,
                        "image '%s': a feature of %g is beyond f16 (%g): --dtype f32",
                        idc_record_id(r), (double)largest, (double)F16_MAX);
    return 0;
}

/* The record of a picture's classes in place of its image record. */
static int finish_classes(idc_encode *e, idc_record *r, const float *pooled, idc_error *err)
{
    int rc = idc_classifier_mark(e->options.classifier, r, pooled, err);
    if (rc < 0)
        return rc;
    idc_record_remove(r, "image");
    rc = idc_record_set_string(r, "kind", "classes");
    rc = rc < 0 ? rc : idc_record_set_string(r, "encoder", e->fingerprint);
    return rc < 0 ? idc_fail(err, rc, "image '%s': no memory for its classes", idc_record_id(r))
                  : 0;
}

/* Turns an image record into its feature record. */
static int finish(idc_encode *e, idc_record *r, const float *feature, const float *pooled,
                  idc_error *err)
{
    idc_array f = {e->options.dtype, 3, {e->rows, e->columns, e->width}, feature};
    idc_array p = {IDC_DTYPE_F32, 1, {e->width}, pooled};
    int rc = check_values(e, r, feature, err);
    if (rc < 0)
        return rc;
    if (e->options.classifier)
        return finish_classes(e, r, pooled, err);
    if (f.dtype == IDC_DTYPE_F16) {
        idc_f32_to_f16(e->half, feature, idc_array_count(&f));
        f.data = e->half;
    }
    idc_record_remove(r, "image");
    rc = idc_record_set_string(r, "kind", "feature");
    rc = rc < 0 ? rc : idc_record_set_array(r, "feature", &f);
    rc = rc < 0 ? rc : idc_record_set_array(r, "pooled", &p);
    rc = rc < 0 ? rc : idc_record_set_string(r, "encoder", e->fingerprint);
    rc = rc < 0 ? rc : idc_record_set_string(r, "layer", e->layer);
    if (rc == 0 && e->precision[0])
        rc = idc_record_set_string(r, "precision", e->precision);
    return rc < 0 ? idc_fail(err, rc, "image '%s': no memory for its features", idc_record_id(r))
                  : 0;
}

/* Features and their means of n pictures; both live until the next call. */
static int compute(idc_encode *e, const unsigned char *const *pictures, int n, idc_tensor *out[2],
                   idc_error *err)
{
    idc_encoder *enc = e->options.encoder;
    const int64_t shape[4] = {n, e->rows, e->columns, e->width};
    int rc = 0;
    idc_tape_reset(e->tape);
    if (e->options.compiled) {
        out[0] = idc_tape_input(e->tape, IDC_DTYPE_F32, 4, shape, NULL);
        if (out[0])
            rc = idc_compiled_run(e->options.compiled, pictures, n, idc_f32(out[0]), err);
    } else {
        idc_tensor *x = idc_encoder_input(enc, e->tape, pictures, n);
        out[0] = idc_encoder_forward(enc, e->tape, x, false).feature;
    }
    if (rc < 0)
        return rc;
    out[1] = idc_mean_cells(e->tape, out[0]);
    return idc_tape_status(e->tape, err);
}

static int send_on(const idc_record *r, idc_pump *out, idc_error *err)
{
    return out ? idc_pump_send(out, r, err) : 0;
}

static int encode_one(idc_encode *e, idc_record *r, idc_pump *out, idc_error *err)
{
    const unsigned char *pixels;
    idc_tensor *computed[2];
    int rc = check_picture(e, r, &pixels, err);
    rc = rc < 0 ? rc : compute(e, &pixels, 1, computed, err);
    rc = rc < 0 ? rc : finish(e, r, idc_f32(computed[0]), idc_f32(computed[1]), err);
    return rc < 0 ? rc : send_on(r, out, err);
}

/* ---- several ---- */

static int gather(idc_encode *e, const idc_record *r, idc_error *err)
{
    if (e->n == e->capacity) {
        int capacity = 2 * e->capacity + 16;
        idc_record **grown = realloc(e->gathered, (size_t)capacity * sizeof *grown);
        if (!grown)
            return idc_fail(err, IDC_E_MEMORY, "no memory");
        e->gathered = grown;
        e->capacity = capacity;
    }
    if (!(e->gathered[e->n] = idc_record_copy(r)))
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    if (e->n++ == 0)
        clock_gettime(CLOCK_MONOTONIC, &e->oldest);
    return 0;
}

int idc_encode_add(idc_encode *e, idc_record *r, idc_pump *out, idc_error *err)
{
    const unsigned char *pixels;
    bool image = idc_record_is(r, "image");
    if (e->options.batch == 1)
        return image ? encode_one(e, r, out, err) : send_on(r, out, err);
    if (!image && e->n == 0)
        return idc_pump_send(out, r, err);
    int rc = image ? check_picture(e, r, &pixels, err) : 0;
    rc = rc < 0 ? rc : gather(e, r, err);
    if (rc < 0)
        return rc;
    e->pictures += image;
    return e->pictures == e->options.batch ? idc_encode_flush(e, out, err) : 0;
}

int idc_encode_wait(const idc_encode *e)
{
    struct timespec now;
    if (e->n == 0)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double waited = (double)(now.tv_sec - e->oldest.tv_sec) * 1e3 +
                    (double)(now.tv_nsec - e->oldest.tv_nsec) * 1e-6;
    double left = ceil(e->options.max_wait - waited);
    return left > 0 ? (int)left : 0;
}

/* `failed`: the computation of the pictures did, for this reason. */
static int send_gathered(idc_encode *e, idc_tensor *const computed[2], const idc_error *failed,
                         idc_pump *out, idc_error *err)
{
    int64_t cells = (int64_t)e->rows * e->columns * e->width, picture = 0;
    int rc = 0;
    for (int i = 0; rc == 0 && i < e->n; i++) {
        idc_record *r = e->gathered[i];
        idc_error cause = *failed;
        bool image = idc_record_is(r, "image");
        if (image && cause.code == 0) {
            const float *feature = idc_f32(computed[0]) + picture * cells;
            finish(e, r, feature, idc_f32(computed[1]) + picture * e->width, &cause);
            picture++;
        }
        rc = image && cause.code < 0 ? idc_pump_fail(out, idc_record_id(r), &cause, err)
                                     : idc_pump_send(out, r, err);
    }
    return rc;
}

int idc_encode_flush(idc_encode *e, idc_pump *out, idc_error *err)
{
    const unsigned char *pictures[IDC_ENCODE_MAX_BATCH];
    idc_tensor *computed[2] = {NULL, NULL};
    idc_error failed = IDC_NO_ERROR;
    int n = 0;
    for (int i = 0; i < e->n; i++)
        if (idc_record_is(e->gathered[i], "image"))
            check_picture(e, e->gathered[i], &pictures[n++], &failed); /* has passed it before */
    if (n > 0 && failed.code == 0)
        compute(e, pictures, n, computed, &failed);
    int rc = send_gathered(e, computed, &failed, out, err);
    for (int i = 0; i < e->n; i++)
        idc_record_free(&e->gathered[i]);
    e->n = e->pictures = 0;
    return rc;
}
