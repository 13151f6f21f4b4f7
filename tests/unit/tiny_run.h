/* tiny_run.h: runs of training of a tiny model on a made-up shard, in a folder of their own. */
#ifndef IDC_TESTS_TINY_RUN_H
#define IDC_TESTS_TINY_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <omp.h>
#include <unistd.h>

#include "make_shard.h"
#include "model/train.h"

static const char config_text[] = "{\"name\": \"tiny\", \"input\": {\"size\": [64, 32], "
                                  "\"filter\": \"bicubic\", \"mean\": [0.45, 0.45, 0.45], "
                                  "\"scale\": [4, 4, 4]}, \"encoder\": {\"kind\": \"cnn\", "
                                  "\"widths\": [4, 4, 8, 8]}, \"network\": {\"width\": 16, "
                                  "\"heads\": 2, \"feed_forward\": 32, \"single_blocks\": 1, "
                                  "\"pair_blocks\": 1, \"cross_blocks\": 1, \"feature\": 27, "
                                  "\"grid\": [4, 8], \"pool\": 2, \"projection\": \"linear\", "
                                  "\"position\": \"fourier\", \"norm\": \"sample\", "
                                  "\"matching\": {\"heads\": 2, \"reduce\": 4, \"hidden\": 16}, "
                                  "\"helper_heads\": true, \"caption\": \"next\", "
                                  "\"tied_output\": true, \"max_length\": 12, \"dropout\": 0}}";

static char folder[] = "/tmp/idc-train-run-XXXXXX";
static char shard[80], config[80];

static inline const char *file(const char *name)
{
    static char path[4][96];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static inline int make(void **state)
{
    (void)state;
    omp_set_num_threads(1);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(shard, sizeof shard, "%s/shard.safetensors", folder);
    snprintf(config, sizeof config, "%s/config.json", folder);
    FILE *f = fopen(config, "w");
    if (f == NULL || fputs(config_text, f) == EOF || fclose(f) != 0)
        return -1;
    return shard_make(shard, 18);
}

static inline int unmake(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : -1;
}

typedef struct watch {
    uint64_t done, stop_at;
} watch;

static inline int stop(void *user)
{
    watch *w = user;
    return ++w->done == w->stop_at;
}

static const char *const shards[] = {shard};

static inline idc_train_options options(enum idc_train_stage stage, const char *save,
                                        const char *init)
{
    idc_train_options o = {
        .data = shards, .n_data = 1, .config = config, .save = save, .init = init};
    idc_train_settings_default(&o.settings, stage);
    o.settings.steps = 20;
    o.settings.warmup = 2;
    o.settings.batch = 8;
    o.settings.triples = 3;
    o.settings.encoder_lr = stage == IDC_STAGE_ENCODER ? 1 : 0.1;
    return o;
}

static inline void assert_same_tensors(const char *a, const char *b)
{
    idc_safetensors *x, *y;
    assert_int_equal(idc_safetensors_open(&x, a, NULL), 0);
    assert_int_equal(idc_safetensors_open(&y, b, NULL), 0);
    assert_int_equal(idc_safetensors_size(x), idc_safetensors_size(y));
    for (size_t i = 0; i < idc_safetensors_size(x); i++) {
        const idc_safetensor *p = idc_safetensors_at(x, i), *q = idc_safetensors_find(y, p->name);
        assert_non_null(q);
        assert_int_equal(p->bytes, q->bytes);
        if (memcmp(p->data, q->data, p->bytes) != 0)
            fail_msg("%s differs", p->name);
    }
    idc_safetensors_close(&x);
    idc_safetensors_close(&y);
}

/* A run as o says, stopped after 10 steps and resumed, gives the model of one that was not stopped. */
static inline void straight_equals_resumed(idc_train_options *o, const char *name)
{
    char straight[96], halves[96];
    snprintf(straight, sizeof straight, "%s/%s-straight", folder, name);
    snprintf(halves, sizeof halves, "%s/%s-halves", folder, name);
    idc_error err = IDC_NO_ERROR;
    o->save = straight;
    if (idc_train_run(o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    watch w = {.stop_at = 10};
    idc_train_hooks hooks = {.user = &w, .stopped = stop};
    o->save = halves;
    assert_int_equal(idc_train_run(o, &hooks, &err), IDC_E_STOPPED);
    assert_int_equal(access(halves, F_OK), -1); /* no model from half a run */
    o->resume = 1;
    err = (idc_error)IDC_NO_ERROR;
    if (idc_train_run(o, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_same_tensors(straight, halves);
}

static inline double logged(const char *path, int line, const char *key)
{
    char text[4096], quoted[64];
    FILE *f = fopen(path, "r");
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    for (int i = 0; i <= line; i++)
        if (f == NULL || fgets(text, sizeof text, f) == NULL)
            fail_msg("%s: no line %d", path, i);
    fclose(f);
    const char *at = strstr(text, quoted);
    if (at == NULL)
        fail_msg("no %s in %s", key, text);
    return strtod(at + strlen(quoted), NULL);
}

#endif
