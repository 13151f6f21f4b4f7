#include "model/data_loader.h"

#include <pthread.h>
#include <stdlib.h>

#define DEPTH 3 /* one in use, two ahead */

struct idc_batch_loader {
    idc_batch_maker maker;
    idc_batch ring[DEPTH];
    uint64_t made, taken, last; /* steps: made and taken so far (the first not yet …), the end */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool started, holding, stop;
    int rc;
    idc_error err;
};

static void *run(void *argument)
{
    idc_batch_loader *l = argument;
    pthread_mutex_lock(&l->mutex);
    while (!l->stop && l->rc == 0 && l->made < l->last) {
        /* the batch before `taken` may still be in use: its slot is free one call later */
        if (l->made - l->taken + (l->holding ? 1 : 0) >= DEPTH) {
            pthread_cond_wait(&l->changed, &l->mutex);
            continue;
        }
        uint64_t step = l->made;
        pthread_mutex_unlock(&l->mutex);
        int rc = idc_batch_draw(&l->maker, step, &l->ring[step % DEPTH], &l->err);
        pthread_mutex_lock(&l->mutex);
        l->rc = rc;
        if (rc == 0)
            l->made++;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

int idc_batch_loader_start(idc_batch_loader **loader, const idc_batch_maker *maker, uint64_t first,
                           uint64_t last, idc_error *err)
{
    idc_batch_loader *l = calloc(1, sizeof *l);
    *loader = l;
    if (l == NULL)
        return idc_fail(err, IDC_E_MEMORY, "loader: no memory");
    l->maker = *maker;
    l->made = l->taken = first;
    l->last = last;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->changed, NULL);
    int rc = 0;
    for (int i = 0; i < DEPTH && rc == 0; i++)
        rc = idc_batch_init(&l->ring[i], &maker->shape, err);
    if (rc == 0 && pthread_create(&l->thread, NULL, run, l) != 0)
        rc = idc_fail(err, IDC_E_IO, "loader: no thread");
    l->started = rc == 0;
    if (rc < 0)
        idc_batch_loader_stop(loader);
    return rc;
}

int idc_batch_loader_next(idc_batch_loader *l, const idc_batch **batch, idc_error *err)
{
    pthread_mutex_lock(&l->mutex);
    l->holding = false;
    pthread_cond_broadcast(&l->changed);
    while (l->made == l->taken && l->rc == 0 && l->taken < l->last)
        pthread_cond_wait(&l->changed, &l->mutex);
    int rc = 0;
    if (l->made > l->taken) {
        *batch = &l->ring[l->taken % DEPTH];
        l->taken++;
        l->holding = true;
        rc = 1;
    } else if (l->rc < 0) {
        rc = idc_fail(err, l->rc, "%s", l->err.text);
    }
    pthread_mutex_unlock(&l->mutex);
    return rc;
}

void idc_batch_loader_stop(idc_batch_loader **loader)
{
    idc_batch_loader *l = *loader;
    if (l == NULL)
        return;
    pthread_mutex_lock(&l->mutex);
    l->stop = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    if (l->started)
        pthread_join(l->thread, NULL);
    for (int i = 0; i < DEPTH; i++)
        idc_batch_fini(&l->ring[i]);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    free(l);
    *loader = NULL;
}
