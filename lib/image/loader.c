#include "image/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING, RUNNING, DONE };

struct idc_loader {
    idc_prepare how;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    idc_load *first, **last; /* waiting ones */
    bool closing;
    int threads;
    pthread_t thread[];
};

static idc_load *take(idc_loader *l)
{
    idc_load *load = l->first;
    l->first = load->next;
    if (!l->first)
        l->last = &l->first;
    load->state = RUNNING;
    return load;
}

static void *work(void *user)
{
    idc_loader *l = user;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->first && !l->closing)
            pthread_cond_wait(&l->work, &l->lock);
        if (!l->first)
            break;
        idc_load *load = take(l);
        pthread_mutex_unlock(&l->lock);
        load->code = idc_prepare_file(&load->image, load->path, &l->how, &load->info, &load->err);
        pthread_mutex_lock(&l->lock);
        load->state = DONE;
        pthread_cond_broadcast(&l->done);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Signals are the main thread's, whose reads they interrupt. */
static void start_threads(idc_loader *l, int threads)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (l->threads < threads && pthread_create(&l->thread[l->threads], NULL, work, l) == 0)
        l->threads++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

int idc_loader_open(idc_loader **out, const idc_prepare *how, int threads, idc_error *err)
{
    idc_loader *l = calloc(1, sizeof *l + (size_t)threads * sizeof(pthread_t));
    *out = l;
    if (!l)
        return idc_fail(err, IDC_E_MEMORY, "no memory for %d threads", threads);
    l->how = *how;
    l->last = &l->first;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->done, NULL);
    start_threads(l, threads);
    if (l->threads > 0)
        return 0;
    idc_loader_close(out);
    return idc_fail(err, IDC_E_MEMORY, "no thread can be started");
}

idc_load *idc_loader_submit(idc_loader *l, const char *path)
{
    idc_load *load = calloc(1, sizeof *load);
    if (!load || !(load->path = strdup(path))) {
        free(load);
        return NULL;
    }
    pthread_mutex_lock(&l->lock);
    *l->last = load;
    l->last = &load->next;
    pthread_cond_signal(&l->work);
    pthread_mutex_unlock(&l->lock);
    return load;
}

void idc_loader_wait(idc_loader *l, idc_load *load)
{
    pthread_mutex_lock(&l->lock);
    while (load->state != DONE)
        pthread_cond_wait(&l->done, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

void idc_loader_release(idc_loader *l, idc_load **load)
{
    idc_load *it = *load;
    if (!it)
        return;
    pthread_mutex_lock(&l->lock);
    for (idc_load **p = &l->first; it->state == WAITING && *p; p = &(*p)->next)
        if (*p == it) {
            *p = it->next;
            l->last = *p ? l->last : p;
            it->state = DONE;
            break;
        }
    while (it->state != DONE)
        pthread_cond_wait(&l->done, &l->lock);
    pthread_mutex_unlock(&l->lock);
    idc_image_free(&it->image);
    free(it->path);
    free(it);
    *load = NULL;
}

void idc_loader_close(idc_loader **l)
{
    if (!*l)
        return;
    pthread_mutex_lock(&(*l)->lock);
    (*l)->closing = true;
    pthread_cond_broadcast(&(*l)->work);
    pthread_mutex_unlock(&(*l)->lock);
    for (int i = 0; i < (*l)->threads; i++)
        pthread_join((*l)->thread[i], NULL);
    pthread_cond_destroy(&(*l)->work);
    pthread_cond_destroy(&(*l)->done);
    pthread_mutex_destroy(&(*l)->lock);
    free(*l);
    *l = NULL;
}
