/* precision: how far bf16 and int8 features are from f32's, on photographs.
 *
 *     precision WEIGHTS FOLDER
 *
 * WEIGHTS: EfficientNet-Lite0 with its classifier, _fc. FOLDER: photographs. int8 is calibrated twice, on every other
 * picture, and each picture is looked at with ranges that were measured on the others. Prints a JSON line for each figure: the mean
 * and the least cosine of a cell to the cell of f32, and how often the class is the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/compile.h"
#include "encoder/ranges.h"
#include "encoder/weights.h"
#include "image/folder.h"
#include "image/prepare.h"
#include "tensor/plan.h"

#define SIDE 224
#define MAX_PICTURES 1000
#define CLASSES 1000
#define WIDTH 1280

static idc_image pictures[MAX_PICTURES];
static int n_pictures, cells;
static const float *fc_weight, *fc_bias;

static int load_pictures(const char *path, idc_error *err)
{
    idc_folder *folder = NULL;
    idc_prepare how = IDC_PREPARE_DEFAULT;
    idc_decode_info info;
    const char *name;
    how.width = how.height = SIDE;
    int rc = idc_folder_open(&folder, path, err);
    while (rc == 0 && n_pictures < MAX_PICTURES && (name = idc_folder_next(folder)))
        rc = idc_prepare_file(&pictures[n_pictures++], name, &how, &info, err);
    idc_folder_close(&folder);
    return rc;
}

static int class_of(const float *feature)
{
    float pooled[WIDTH] = {0}, best = -INFINITY;
    int found = 0;
    for (int i = 0; i < cells; i++)
        for (int k = 0; k < WIDTH; k++)
            pooled[k] += feature[i * WIDTH + k] / (float)cells;
    for (int c = 0; c < CLASSES; c++) {
        float sum = fc_bias[c];
        for (int k = 0; k < WIDTH; k++)
            sum += fc_weight[c * WIDTH + k] * pooled[k];
        if (sum > best) {
            best = sum;
            found = c;
        }
    }
    return found;
}

static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 1e-30, bb = 1e-30;
    for (int k = 0; k < WIDTH; k++) {
        ab += (double)a[k] * (double)b[k];
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
    }
    return ab / sqrt(aa * bb);
}

/* Features of every second picture from `first` on, into all[picture]. */
static int encode(idc_encoder *enc, const idc_compile_options *o, int first, float *all,
                  idc_error *err)
{
    idc_compiled *c;
    int rc = idc_compile(&c, enc, o, err);
    for (int i = first; rc == 0 && i < n_pictures; i += 2) {
        const unsigned char *picture = pictures[i].rgb;
        rc = idc_compiled_run(c, &picture, 1, all + (size_t)i * (size_t)cells * WIDTH, err);
    }
    idc_compiled_free(&c);
    return rc;
}

static int encode_int8(idc_encoder *enc, int first, float *all, idc_error *err)
{
    idc_ranges *r;
    idc_ranges_table t = {0};
    int rc = idc_ranges_new(&r, enc, err);
    for (int i = 1 - first; rc == 0 && i < n_pictures; i += 2)
        rc = idc_ranges_add(r, pictures[i].rgb, err);
    rc = rc < 0 ? rc : idc_ranges_choose(r, &t, err);
    idc_ranges_free(&r);
    const idc_compile_options o = {IDC_DTYPE_I8, 0, t.values, t.n};
    rc = rc < 0 ? rc : encode(enc, &o, first, all, err);
    free(t.values);
    return rc;
}

static void report(const char *name, const float *a, const float *b, double goal)
{
    double sum = 0, least = 1;
    int same = 0;
    for (int i = 0; i < n_pictures * cells; i++) {
        double c = cosine(a + (size_t)i * WIDTH, b + (size_t)i * WIDTH);
        sum += c;
        least = c < least ? c : least;
    }
    for (int i = 0; i < n_pictures; i++) {
        size_t at = (size_t)i * (size_t)cells * WIDTH;
        same += class_of(a + at) == class_of(b + at);
    }
    printf("{\"name\":\"lite0_%s_cosine\",\"value\":%.5f,\"unit\":\"mean\",\"goal\":%g}\n", name,
           sum / (n_pictures * cells), goal);
    printf("{\"name\":\"lite0_%s_cosine_least\",\"value\":%.5f,\"unit\":\"of a cell\"}\n", name,
           least);
    printf("{\"name\":\"lite0_%s_same_class\",\"value\":%.1f,\"unit\":\"%%\",\"goal\":95}\n", name,
           100.0 * same / n_pictures);
}

static int compare(idc_encoder *enc, idc_error *err)
{
    const size_t n = (size_t)n_pictures * (size_t)cells * WIDTH;
    float *exact = malloc(n * sizeof *exact), *other = malloc(n * sizeof *other);
    const idc_compile_options f32 = {IDC_DTYPE_F32, 0, NULL, 0},
                              bf16 = {IDC_DTYPE_BF16, 0, NULL, 0};
    int rc = exact && other ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = encode(enc, &f32, k, exact, err);
    for (int k = 0; rc == 0 && idc_plan_supports(IDC_DTYPE_BF16) && k < 2; k++)
        rc = encode(enc, &bf16, k, other, err);
    if (rc == 0 && idc_plan_supports(IDC_DTYPE_BF16))
        report("bf16", exact, other, 0.9995);
    for (int k = 0; rc == 0 && idc_plan_supports(IDC_DTYPE_I8) && k < 2; k++)
        rc = encode_int8(enc, k, other, err);
    if (rc == 0 && idc_plan_supports(IDC_DTYPE_I8))
        report("int8", exact, other, 0.99);
    free(exact);
    free(other);
    return rc;
}

int main(int argc, char **argv)
{
    idc_error err = IDC_NO_ERROR;
    idc_encoder_spec spec;
    idc_encoder *enc = NULL;
    idc_safetensors *file = NULL;
    int rows, columns, width;
    if (argc != 3)
        return 2;
    idc_encoder_imagenet(&spec, "efficientnet-lite0", 0, SIDE, SIDE);
    idc_params *params = idc_params_new();
    int rc = idc_encoder_new(&enc, &spec, params, 0, &err);
    rc = rc < 0 ? rc : idc_safetensors_open(&file, argv[1], &err);
    rc = rc < 0 ? rc : idc_encoder_load(enc, file, argv[1], &err);
    rc = rc < 0 ? rc : load_pictures(argv[2], &err);
    const idc_safetensor *w = file ? idc_safetensors_find(file, "_fc.weight") : NULL,
                         *b = file ? idc_safetensors_find(file, "_fc.bias") : NULL;
    if (rc == 0 && (!w || !b || w->bytes != CLASSES * WIDTH * 4 || b->bytes != CLASSES * 4))
        rc = idc_fail(&err, IDC_E_MISSING, "%s: no classifier _fc", argv[1]);
    if (rc == 0) {
        fc_weight = w->data;
        fc_bias = b->data;
        idc_encoder_grid(enc, &rows, &columns, &width);
        cells = rows * columns;
        rc = compare(enc, &err);
    }
    if (rc < 0)
        fprintf(stderr, "precision: %s\n", err.text);
    for (int i = 0; i < n_pictures; i++)
        idc_image_free(&pictures[i]);
    idc_safetensors_close(&file);
    idc_encoder_free(&enc);
    idc_params_free(&params);
    return rc < 0;
}
