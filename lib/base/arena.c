#define _GNU_SOURCE /* madvise */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)

struct block {
    struct block *next; /* older blocks */
    size_t size, used;
    unsigned char *data;
};

struct idc_arena {
    struct block *top;
    size_t used;  /* over all blocks since the last reset */
    size_t first; /* smallest block */
};

int idc_mul_size(size_t *out, size_t a, size_t b)
{
    return __builtin_mul_overflow(a, b, out) ? IDC_E_RANGE : 0;
}

int idc_add_size(size_t *out, size_t a, size_t b)
{
    return __builtin_add_overflow(a, b, out) ? IDC_E_RANGE : 0;
}

static struct block *block_new(size_t size, struct block *next)
{
    struct block *b = malloc(sizeof *b);
    if (!b)
        return NULL;
    size_t alignment = size >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    void *data = NULL;
    if (posix_memalign(&data, alignment, size)) {
        free(b);
        return NULL;
    }
    b->data = data;
#ifdef MADV_HUGEPAGE
    /* first touches of gigabytes in small pages cost more than the arithmetic on them */
    if (alignment == HUGE_PAGE)
        madvise(b->data, size, MADV_HUGEPAGE);
#endif
    b->size = size;
    b->used = 0;
    b->next = next;
    return b;
}

static void blocks_free(struct block *b)
{
    while (b) {
        struct block *next = b->next;
        free(b->data);
        free(b);
        b = next;
    }
}

idc_arena *idc_arena_new(size_t first)
{
    idc_arena *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->first = first ? (first + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : (size_t)1 << 20;
    return a;
}

void *idc_arena_alloc(idc_arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        return NULL;
    size_t need = bytes ? (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    struct block *b = a->top;
    if (!b || b->size - b->used < need) {
        size_t size = b ? b->size * 2 : a->first;
        b = block_new(size > need ? size : need, a->top);
        if (!b && size > need)
            b = block_new(need, a->top);
        if (!b)
            return NULL;
        a->top = b;
    }
    void *p = b->data + b->used;
    b->used += need;
    a->used += need;
    return p;
}

void *idc_arena_calloc(idc_arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (idc_mul_size(&bytes, count, size) < 0)
        return NULL;
    void *p = idc_arena_alloc(a, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

char *idc_arena_strdup(idc_arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = idc_arena_alloc(a, n);
    return p ? memcpy(p, s, n) : NULL;
}

void idc_arena_reset(idc_arena *a)
{
    if (a->top && a->top->next) {
        size_t total = a->used + a->used / 8; /* rounds differ a little in what they need */
        blocks_free(a->top);
        a->top = block_new(total, NULL); /* NULL: the next allocation tries again */
    }
    if (a->top)
        a->top->used = 0;
    a->used = 0;
}

size_t idc_arena_used(const idc_arena *a)
{
    return a->used;
}

void idc_arena_free(idc_arena **a)
{
    if (!*a)
        return;
    blocks_free((*a)->top);
    free(*a);
    *a = NULL;
}
