/* store: what a store does in a second, in the working directory: the best of some rounds. Inserts (medians) by the wall clock, as
 * the disk is what counts; the rest in this thread's own time, so that other programs on the machine do not count. Prints
 * JSON lines for tests/bench/run.sh. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/missing.h"
#include "store/nearest.h"
#include "store/put.h"
#include "store/read.h"

#define BLOBS 1024
#define CHANNELS 2048
#define CELLS 49 /* 7 × 7 × 2048 f32: 401,408 bytes */
#define VECTORS 10000
#define ITEMS 100000
#define ROUNDS 3
#define INSERT_ROUNDS 7

static idc_error err = IDC_NO_ERROR;

static void must(int rc)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "bench: store: %s\n", err.text);
    exit(1);
}

static double clock_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

static double own(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

/* MB of this process in memory. */
static double resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static double growth; /* of the memory between the first quarter and the end of what fill does */

static idc_record *feature(const float *data, int cells, int channels)
{
    idc_record *r = idc_record_new("feature");
    const idc_array grid = {IDC_DTYPE_F32, 3, {1, cells, channels}, data},
                    pooled = {IDC_DTYPE_F32, 1, {channels}, data};
    must(r ? idc_record_set_string(r, "id", "") : -1);
    must(idc_record_set_array(r, "feature", &grid));
    must(idc_record_set_array(r, "pooled", &pooled));
    must(idc_record_set_string(r, "encoder", "0123456789abcdef"));
    must(idc_record_set_string(r, "layer", "layer4"));
    return r;
}

/* n features named "0", "1", … into a new store. Seconds, without making the tables. */
static double fill(const char *path, int n, int cells, int channels, const float *data)
{
    idc_store *s;
    idc_put *p;
    char id[16];
    idc_record *r = feature(data, cells, channels);
    must(idc_store_open(&s, path, IDC_STORE_CREATE, &err));
    must(idc_put_open(&p, s, &err));
    double start = now();
    for (int i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%d", i);
        must(idc_record_set_string(r, "id", id));
        must(idc_put_add(p, r, &err));
        if (i == n / 4)
            growth = resident();
    }
    must(idc_put_flush(p, &err));
    growth = resident() - growth;
    idc_put_close(&p);
    idc_store_close(&s); /* the log goes into the file here */
    double seconds = now() - start;
    idc_record_free(&r);
    return seconds;
}

/* The same bytes as plain files, one a group of the store's transactions, each synced. */
static double plain_files(const float *data)
{
    size_t bytes = CELLS * CHANNELS * sizeof(float), group = 0;
    int fd = -1;
    char name[32];
    double start = now();
    for (int i = 0; i < BLOBS; i++) {
        if (group == 0) {
            snprintf(name, sizeof name, "plain-%d", i);
            fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0666);
        }
        if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
            exit(1);
        group += bytes;
        if (group >= IDC_PUT_BYTES || i == BLOBS - 1) {
            if (fsync(fd) < 0 || close(fd) < 0)
                exit(1);
            group = 0;
        }
    }
    double seconds = now() - start;
    for (int i = 0; i < BLOBS; i++) {
        snprintf(name, sizeof name, "plain-%d", i);
        unlink(name);
    }
    return seconds;
}

static void forget(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-001.blob"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

/* In turn, as others use the disk, too: medians, also of what two neighbours have to each other. */
static void inserts(const float *data)
{
    double store[INSERT_ROUNDS], plain[INSERT_ROUNDS], ratio[INSERT_ROUNDS];
    double mb = BLOBS * CELLS * CHANNELS * 4e-6;
    for (int i = 0; i < INSERT_ROUNDS; i++) {
        forget("blobs.db");
        plain[i] = plain_files(data);
        store[i] = fill("blobs.db", BLOBS, CELLS, CHANNELS, data);
        ratio[i] = plain[i] / store[i];
    }
    double r = median(ratio, INSERT_ROUNDS);
    printf("{\"name\":\"store-insert\",\"value\":%.0f,\"unit\":\"MB/s\",\"peer\":\"plain "
           "files\",\"peer_value\":%.0f,\"ratio\":%.2f}\n",
           mb / median(store, INSERT_ROUNDS), mb / median(plain, INSERT_ROUNDS), r);
    printf("{\"name\":\"store-insert-ratio\",\"value\":%.2f,\"unit\":\"x\",\"goal\":0.85}\n", r);
}

static void memory(double mb)
{
    printf("{\"name\":\"store-put-growth\",\"value\":%.1f,\"unit\":\"MB\",\"goal\":17,\"better\":"
           "\"lower\"}\n",
           mb);
}

static void reads(void)
{
    idc_store *s;
    idc_record *r;
    int64_t variant;
    char id[16];
    double best = 1e9;
    must(idc_store_open(&s, "blobs.db", IDC_STORE_READ, &err));
    must(idc_store_variant(s, &(idc_store_choice){0}, &variant, &err));
    for (int round = 0; round <= ROUNDS; round++) { /* the first warms */
        double start = own();
        for (int i = 0; i < BLOBS; i++) {
            snprintf(id, sizeof id, "%d", (i * 97 + round) % BLOBS);
            must(idc_read_feature(s, variant, id, &r, &err));
            idc_record_free(&r);
        }
        best = round > 0 && own() - start < best ? own() - start : best;
    }
    idc_store_close(&s);
    printf("{\"name\":\"store-read\",\"value\":%.2f,\"unit\":\"GB/s\",\"goal\":2.5}\n",
           BLOBS * CELLS * CHANNELS * 4e-9 / best);
}

static void searches(const float *data)
{
    idc_store *s;
    FILE *out = fopen("/dev/null", "w");
    idc_nearest n = {.most = 10};
    double best = 1e9;
    fill("vectors.db", VECTORS, 1, CHANNELS, data);
    must(idc_store_open(&s, "vectors.db", IDC_STORE_READ, &err));
    n.store = s;
    must(idc_store_variant(s, &(idc_store_choice){0}, &n.variant, &err));
    for (int round = 0; round <= ROUNDS; round++) {
        double start = own();
        must(idc_nearest_named(&n, "77", out, &err));
        best = round > 0 && own() - start < best ? own() - start : best;
    }
    fclose(out);
    idc_store_close(&s);
    printf("{\"name\":\"store-nearest\",\"value\":%.2f,\"unit\":\"GB/s\",\"goal\":5}\n",
           VECTORS * (double)CHANNELS * 4e-9 / best);
}

static int count(void *user, const char *name, idc_error *e)
{
    (void)user;
    (void)name;
    (void)e;
    return 0;
}

static void items(const float *data)
{
    idc_store *s;
    idc_source *source;
    idc_missing m = {.line = count};
    FILE *list = fopen("names", "w");
    fill("items.db", ITEMS, 1, 8, data);
    memory(growth);
    for (int i = 0; list && i < ITEMS; i++)
        fprintf(list, "%d\n", i);
    if (!list || fclose(list) != 0)
        exit(1);
    double start = own();
    must(idc_store_open(&s, "items.db", IDC_STORE_WRITE, &err));
    printf("{\"name\":\"store-open\",\"value\":%.1f,\"unit\":\"ms\",\"goal\":50,\"better\":"
           "\"lower\"}\n",
           1e3 * (own() - start));
    m.store = s;
    must(idc_store_variant(s, &(idc_store_choice){0}, &m.variant, &err));
    start = own();
    must(idc_source_file_list(&source, "names", &err));
    must(idc_missing_files(&m, source, &err));
    double seconds = own() - start;
    idc_source_close(&source);
    idc_store_close(&s);
    if (m.asked != ITEMS || m.found != 0)
        exit(1);
    printf("{\"name\":\"store-missing\",\"value\":%.2f,\"unit\":\"s\",\"goal\":1,\"better\":"
           "\"lower\"}\n",
           seconds);
}

int main(void)
{
    static float data[CELLS * CHANNELS];
    for (size_t i = 0; i < CELLS * CHANNELS; i++)
        data[i] = (float)(i * 2654435761u % 1000) / 1000;
    inserts(data);
    reads();
    searches(data);
    items(data);
    return 0;
}
