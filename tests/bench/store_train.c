/* store_train: features read at random for training, from a store in the working directory that this makes: f32 and f16 of
 * 7 × 7 × 2048, once in files beside the store and once in its rows. GB a second of stored bytes, checksum compared, as f32
 * in the caller's memory; the best of some rounds, in this thread's own time. Prints JSON lines for tests/bench/run.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "store/put.h"
#include "store/train_source.h"

#define PICTURES 400
#define CELLS 49
#define CHANNELS 2048
#define COUNT (CELLS * CHANNELS)
#define ROUNDS 5

static idc_error err = IDC_NO_ERROR;

static void must(int rc)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "bench: store_train: %s\n", err.text);
    exit(1);
}

static double own(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void put_feature(idc_put *p, idc_dtype dtype, const void *data, const float *pooled, int i)
{
    char id[16];
    idc_record *r = idc_record_new("feature");
    const idc_array grid = {dtype, 3, {7, 7, CHANNELS}, data},
                    mean = {IDC_DTYPE_F32, 1, {CHANNELS}, pooled};
    snprintf(id, sizeof id, "%d", i);
    must(r ? idc_record_set_string(r, "id", id) : -1);
    must(idc_record_set_array(r, "feature", &grid));
    must(idc_record_set_array(r, "pooled", &mean));
    must(idc_record_set_string(r, "encoder", "bench"));
    must(idc_record_set_string(r, "layer", "layer4"));
    must(idc_put_add(p, r, &err));
    idc_record_free(&r);
}

static void put_pair(idc_put *p, int i)
{
    char id[16], before[16], after[16];
    static const char *const said[] = {"the cube has moved"};
    idc_record *r = idc_record_new("pair");
    snprintf(id, sizeof id, "p%d", i);
    snprintf(before, sizeof before, "%d", i);
    snprintf(after, sizeof after, "%d", i + 1);
    must(r ? idc_record_set_string(r, "id", id) : -1);
    must(idc_record_set_string(r, "before", before));
    must(idc_record_set_string(r, "after", after));
    must(idc_record_set_strings(r, "captions", said, 1));
    must(idc_put_add(p, r, &err));
    idc_record_free(&r);
}

static void fill(const char *path, idc_dtype dtype, bool one_file)
{
    static float data[COUNT];
    static uint16_t half[COUNT];
    idc_random random = idc_random_at(1, 0, 0);
    idc_store *s;
    idc_put *p;
    must(idc_store_open(&s, path, IDC_STORE_CREATE, &err));
    must(one_file ? idc_store_keep_one_file(s, &err) : 0);
    must(idc_put_open(&p, s, &err));
    for (int i = 0; i < PICTURES; i++) {
        for (int k = 0; k < COUNT; k++)
            data[k] = (float)idc_random_unit(&random);
        idc_f32_to_f16(half, data, COUNT);
        put_feature(p, dtype, dtype == IDC_DTYPE_F16 ? (const void *)half : data, data, i);
    }
    for (int i = 0; i + 1 < PICTURES; i += 2)
        put_pair(p, i);
    must(idc_put_flush(p, &err));
    idc_put_close(&p);
    idc_store_close(&s);
}

/* Stored bytes a second. */
static double reads(const char *path, idc_dtype dtype)
{
    static float out[COUNT];
    idc_train_source *s;
    double best = 0;
    idc_random random = idc_random_at(2, 0, 0);
    must(idc_store_train_open(&s, path, "train", IDC_TRAIN_PAIRS, &err));
    must(s->choose(s, "bench", &err));
    for (int round = 0; round < ROUNDS; round++) {
        double start = own();
        for (int i = 0; i < PICTURES; i++) {
            uint32_t at = idc_random_below(&random, (uint32_t)(2 * s->n));
            must(s->read(s, s->pair[at / 2].feature[at % 2], out, &err));
        }
        double seconds = own() - start;
        double rate = (double)PICTURES * COUNT * (double)idc_dtype_size(dtype) / seconds;
        best = rate > best ? rate : best;
    }
    idc_train_source_close(&s);
    return best;
}

int main(void)
{
    static const struct {
        const char *name;
        idc_dtype dtype;
        bool one_file;
    } kinds[] = {{"training reads, f32", IDC_DTYPE_F32, false},
                 {"training reads, f16", IDC_DTYPE_F16, false},
                 {"training reads, f32 in rows", IDC_DTYPE_F32, true}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char path[16];
        snprintf(path, sizeof path, "bench%zu.db", i);
        fill(path, kinds[i].dtype, kinds[i].one_file);
        double rate = reads(path, kinds[i].dtype);
        printf("{\"name\":\"%s\",\"value\":%.2f,\"unit\":\"GB/s\"%s}\n", kinds[i].name, rate / 1e9,
               i == 0 ? ",\"goal\":3" : "");
        fflush(stdout);
        must(remove(path));
    }
    return 0;
}
