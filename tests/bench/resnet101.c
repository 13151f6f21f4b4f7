/* resnet101: speed of ResNet-101 to the end of stage 4 at 224 px, random weights.
 *
 *     resnet101 BATCH THREADS < REQUESTS
 *
 * For each line of stdin one round of BATCH pictures a few times over; its answer on stdout is the pictures/s of that round. So
 * tests/bench/resnet101.sh can let two programs take turns. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "encoder/weights.h"

#define SIDE 224
#define MAX_BATCH 64
#define ROUND_SECONDS 1.0

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int forward(idc_encoder *enc, idc_tape *tape, const unsigned char *const *pictures, int n,
                   idc_error *err)
{
    idc_tape_reset(tape);
    idc_encoder_forward(enc, tape, idc_encoder_input(enc, tape, pictures, n), false);
    return idc_tape_status(tape, err);
}

static int serve(idc_encoder *enc, idc_tape *tape, const unsigned char *const *pictures, int n,
                 idc_error *err)
{
    char line[16];
    int rc = forward(enc, tape, pictures, n, err);
    while (rc == 0 && fgets(line, sizeof line, stdin)) {
        double start = now(), spent = 0;
        int done = 0;
        for (; rc == 0 && spent < ROUND_SECONDS; spent = now() - start, done += n)
            rc = forward(enc, tape, pictures, n, err);
        printf("%.3f\n", done / spent);
        fflush(stdout);
    }
    return rc;
}

int main(int argc, char **argv)
{
    static unsigned char picture[SIDE * SIDE * 3];
    const unsigned char *pictures[MAX_BATCH];
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1;
    idc_error err = IDC_NO_ERROR;
    idc_encoder_spec spec;
    idc_encoder *enc = NULL;
    if (n < 1 || n > MAX_BATCH || argc != 3)
        return 2;
    omp_set_num_threads((int)strtol(argv[2], NULL, 10));
    for (size_t i = 0; i < sizeof picture; i++)
        picture[i] = (unsigned char)(i * 2654435761u >> 13);
    for (int i = 0; i < n; i++)
        pictures[i] = picture;
    idc_encoder_imagenet(&spec, "resnet101", 4, SIDE, SIDE);
    idc_params *params = idc_params_new();
    idc_tape *tape = idc_tape_new(IDC_TAPE_INFER, &err);
    int rc = idc_encoder_new(&enc, &spec, params, 1, &err);
    rc = rc < 0 ? rc : serve(enc, tape, pictures, n, &err);
    if (rc < 0)
        fprintf(stderr, "resnet101: %s\n", err.text);
    idc_tape_free(&tape);
    idc_encoder_free(&enc);
    idc_params_free(&params);
    return rc < 0;
}
