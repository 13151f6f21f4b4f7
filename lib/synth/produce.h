/* produce.h: whole sets of pictures on several threads, as files.
 *
 *     idc_produce p = {.out = "set", .count = 20, .size = {480, 320}, .samples = 8, .threads = 2, .spec = {.seed = 1}};
 *     idc_produce_run(&p, &err);
 *
 * The files do not depend on the number of threads. A run that is stopped leaves no half file; a packed set goes on
 * where it stopped when run again.
 */
#ifndef IDC_SYNTH_PRODUCE_H
#define IDC_SYNTH_PRODUCE_H

#include <stdbool.h>

#include "synth/triple.h"

typedef struct idc_produce {
    const char *out;    /* folder; made when it is not there */
    const char *scenes; /* a scenes.jsonl to render, or NULL: draw scenes */
    int64_t
        shard; /* > 0: packed files of so many triples (shard.h); 0: pictures and lists (listing.h) */
    int64_t start, count;
    int size[2], samples, threads;
    idc_triple_spec spec;
    /* Both may be NULL; stopped is asked from several threads. total 0: unknown. */
    bool (*stopped)(void *user);
    void (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
} idc_produce;

/* err must be given and empty. Stopping is no error. */
int idc_produce_run(const idc_produce *p, idc_error *err);

#endif
