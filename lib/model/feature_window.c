#include "model/feature_window.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define BUCKETS 4096
#define MAX_BYTES ((size_t)4 << 30)

typedef struct item {
    idc_kept_feature kept;      /* first, so that a pointer to it is one to the item */
    struct item *chain;         /* of its bucket */
    struct item *older, *newer; /* of the queue */
    size_t bytes;
} item;

struct idc_feature_window {
    item *bucket[BUCKETS];
    item *oldest, *newest; /* without known uses */
    int window, queued;
    size_t bytes;
};

int idc_feature_window_new(idc_feature_window **w, int window, idc_error *err)
{
    *w = NULL;
    if (window < 1 || window > 65536)
        return idc_fail(err, IDC_E_RANGE, "window: %d is not from 1 to 65536", window);
    *w = calloc(1, sizeof **w);
    if (!*w)
        return idc_fail(err, IDC_E_MEMORY, "window: no memory");
    (*w)->window = window;
    return 0;
}

static item **place_of(const idc_feature_window *w, const char *id)
{
    item **p = (item **)&w->bucket[XXH3_64bits(id, strlen(id)) % BUCKETS];
    while (*p && strcmp((*p)->kept.id, id) != 0)
        p = &(*p)->chain;
    return p;
}

static bool is_queued(const idc_feature_window *w, const item *x)
{
    return x->older || x->newer || w->oldest == x;
}

static void leave_queue(idc_feature_window *w, item *x)
{
    if (!is_queued(w, x))
        return;
    *(x->older ? &x->older->newer : &w->oldest) = x->newer;
    *(x->newer ? &x->newer->older : &w->newest) = x->older;
    x->older = x->newer = NULL;
    w->queued--;
}

static void forget(idc_feature_window *w, item *x)
{
    item **p = place_of(w, x->kept.id);
    *p = x->chain;
    leave_queue(w, x);
    w->bytes -= x->bytes;
    free(x);
}

void idc_feature_window_free(idc_feature_window **w)
{
    if (!*w)
        return;
    for (int i = 0; i < BUCKETS; i++)
        while ((*w)->bucket[i])
            forget(*w, (*w)->bucket[i]);
    free(*w);
    *w = NULL;
}

int idc_feature_window_add(idc_feature_window *w, const char *id, size_t n, size_t f,
                           idc_kept_feature **kept, idc_error *err)
{
    item **p = place_of(w, id);
    if (*p)
        forget(w, *p);
    size_t length = strlen(id) + 1, numbers = (n + f) * sizeof(float);
    size_t head = (sizeof(item) + 63) / 64 * 64;
    size_t bytes = head + numbers + length;
    if (bytes > MAX_BYTES - w->bytes)
        return idc_fail(err, IDC_E_RANGE, "feature '%s': 4 GiB of features wait for their pairs",
                        id);
    void *memory = NULL;
    if (posix_memalign(&memory, 64, bytes) != 0)
        return idc_fail(err, IDC_E_MEMORY, "feature '%s': no memory", id);
    item *x = memset(memory, 0, sizeof *x);
    x->bytes = bytes;
    void *first = (char *)memory + head;
    x->kept.cells = first;
    x->kept.pooled = x->kept.cells + n;
    x->kept.id = memcpy((char *)memory + head + numbers, id, length);
    p = place_of(w, id);
    *p = x;
    w->bytes += bytes;
    *kept = &x->kept;
    return 0;
}

void idc_feature_window_settle(idc_feature_window *w, idc_kept_feature *kept, int64_t uses)
{
    item *x = (item *)kept;
    kept->uses = uses;
    if (uses == 0) {
        forget(w, x);
        return;
    }
    if (uses > 0)
        return;
    x->older = w->newest;
    *(w->newest ? &w->newest->newer : &w->oldest) = x;
    w->newest = x;
    w->queued++;
    while (w->queued > w->window)
        forget(w, w->oldest);
}

idc_kept_feature *idc_feature_window_find(const idc_feature_window *w, const char *id)
{
    item *x = *place_of(w, id);
    return x ? &x->kept : NULL;
}

void idc_feature_window_use(idc_feature_window *w, const char *id)
{
    item *x = *place_of(w, id);
    if (x && x->kept.uses > 0 && --x->kept.uses == 0)
        forget(w, x);
}
