/* encoder: speed of ResNet-101 to the end of stage 4 at 224 px as idc-encode runs it, random weights.
 *
 *     encoder BATCH THREADS PRECISION < REQUESTS
 *     encoder weights FILE                          # its weights, for tests/bench/encode_store.sh
 *
 * For each line of stdin one round of BATCH pictures a few times over; its answer on stdout is the pictures/s of that round. So
 * tests/bench/encoder.sh can let several programs take turns. With IDC_BENCH_CLOCK=cpu seconds are those of the processor,
 * shared by the threads: what a machine without other work would show. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "encoder/compile.h"
#include "encoder/ranges.h"
#include "encoder/weights.h"

#define SIDE 224
#define MAX_BATCH 64
#define ROUND_SECONDS 1.0

static const struct {
    const char *name;
    idc_dtype dtype;
} precisions[] = {{"f32", IDC_DTYPE_F32}, {"bf16", IDC_DTYPE_BF16}, {"int8", IDC_DTYPE_I8}};

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int serve(idc_compiled *c, const unsigned char *const *pictures, int n, float *features,
                 idc_error *err)
{
    char line[16];
    const char *which = getenv("IDC_BENCH_CLOCK");
    const bool cpu = which && strcmp(which, "cpu") == 0;
    int rc = idc_compiled_run(c, pictures, n, features, err);
    while (rc == 0 && fgets(line, sizeof line, stdin)) {
        double start = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
        int done = 0;
        for (; rc == 0 && now(CLOCK_MONOTONIC) - start < ROUND_SECONDS; done += n)
            rc = idc_compiled_run(c, pictures, n, features, err);
        double spent = cpu ? (now(CLOCK_PROCESS_CPUTIME_ID) - used) / omp_get_max_threads()
                           : now(CLOCK_MONOTONIC) - start;
        printf("%.3f\n", done / spent);
        fflush(stdout);
    }
    return rc;
}

static int compile(idc_compiled **c, idc_encoder *enc, idc_dtype precision,
                   const unsigned char *picture, idc_error *err)
{
    idc_ranges *r = NULL;
    idc_ranges_table t = {0};
    int rc = 0;
    if (precision == IDC_DTYPE_I8) {
        rc = idc_ranges_new(&r, enc, err);
        rc = rc < 0 ? rc : idc_ranges_add(r, picture, err);
        rc = rc < 0 ? rc : idc_ranges_choose(r, &t, err);
        idc_ranges_free(&r);
    }
    const idc_compile_options o = {precision, 0, t.values, t.n};
    rc = rc < 0 ? rc : idc_compile(c, enc, &o, err);
    free(t.values);
    return rc;
}

static int run(int n, idc_dtype precision, idc_error *err)
{
    static unsigned char picture[SIDE * SIDE * 3];
    const unsigned char *pictures[MAX_BATCH];
    idc_encoder_spec spec;
    idc_encoder *enc = NULL;
    idc_compiled *c = NULL;
    for (size_t i = 0; i < sizeof picture; i++)
        picture[i] = (unsigned char)(i * 2654435761u >> 13);
    for (int i = 0; i < n; i++)
        pictures[i] = picture;
    idc_encoder_imagenet(&spec, "resnet101", 4, SIDE, SIDE);
    idc_params *params = idc_params_new();
    int rows, columns, width, rc = idc_encoder_new(&enc, &spec, params, 1, err);
    if (rc == 0) {
        idc_encoder_grid(enc, &rows, &columns, &width);
        float *features = malloc((size_t)(n * rows * columns * width) * sizeof *features);
        rc = features ? compile(&c, enc, precision, picture, err)
                      : idc_fail(err, IDC_E_MEMORY, "no memory");
        rc = rc < 0 ? rc : serve(c, pictures, n, features, err);
        free(features);
    }
    idc_compiled_free(&c);
    idc_encoder_free(&enc);
    idc_params_free(&params);
    return rc;
}

static int write_weights(const char *path, idc_error *err)
{
    idc_encoder_spec spec;
    idc_encoder *enc = NULL;
    idc_encoder_imagenet(&spec, "resnet101", 4, SIDE, SIDE);
    idc_params *params = idc_params_new();
    int rc = idc_encoder_new(&enc, &spec, params, 1, err);
    const size_t n = idc_params_size(params);
    idc_safetensor *rows = calloc(n + 1, sizeof *rows);
    for (size_t i = 0; rc == 0 && rows && i < n; i++) {
        const idc_tensor *x = idc_params_at(params, i);
        rows[i] = (idc_safetensor){.name = x->name,
                                   .dtype = IDC_DTYPE_F32,
                                   .ndim = x->ndim,
                                   .data = x->data,
                                   .bytes = (size_t)idc_tensor_count(x) * sizeof(float)};
        memcpy(rows[i].shape, x->shape, sizeof rows[i].shape);
    }
    if (rc == 0)
        rc = rows ? idc_safetensors_write(path, rows, n, NULL, 0, err)
                  : idc_fail(err, IDC_E_MEMORY, "no memory");
    free(rows);
    idc_encoder_free(&enc);
    idc_params_free(&params);
    return rc;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1, found = -1;
    idc_error err = IDC_NO_ERROR;
    if (argc == 3 && strcmp(argv[1], "weights") == 0)
        return write_weights(argv[2], &err) < 0;
    for (int i = 0; argc == 4 && i < 3; i++)
        found = strcmp(argv[3], precisions[i].name) == 0 ? i : found;
    if (n < 1 || n > MAX_BATCH || found < 0)
        return 2;
    omp_set_num_threads((int)strtol(argv[2], NULL, 10));
    if (run(n, precisions[found].dtype, &err) == 0)
        return 0;
    fprintf(stderr, "encoder: %s\n", err.text);
    return 1;
}
