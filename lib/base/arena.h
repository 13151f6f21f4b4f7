/* arena.h: memory that is given back all at once.
 *
 *     idc_arena *arena = idc_arena_new(0);
 *     float *x = idc_arena_alloc(arena, n * sizeof *x);   // 64-byte aligned, not cleared
 *     idc_arena_reset(arena);                             // everything is free again, the blocks are kept
 *     idc_arena_free(&arena);
 *
 * Grows by blocks; a reset merges them into one block of the high-water size, so a loop that needs the same memory each
 * round allocates only in its first two rounds. Not thread-safe: one arena a thread.
 */
#ifndef IDC_BASE_ARENA_H
#define IDC_BASE_ARENA_H

#include <stddef.h>

#include "base/error.h"

typedef struct idc_arena idc_arena;

/* first: bytes of the first block (0: 1 MiB). NULL when there is no memory. */
idc_arena *idc_arena_new(size_t first);
/* 64-byte aligned, uninitialised; NULL when there is no memory. bytes may be 0 (a valid pointer comes back). */
void *idc_arena_alloc(idc_arena *a, size_t bytes);
/* The same, cleared, for count × size with the product checked. */
void *idc_arena_calloc(idc_arena *a, size_t count, size_t size);
char *idc_arena_strdup(idc_arena *a, const char *s);
void idc_arena_reset(idc_arena *a);
/* Bytes handed out since the last reset. */
size_t idc_arena_used(const idc_arena *a);
void idc_arena_free(idc_arena **a);

/* *out = a·b (or a+b); IDC_E_RANGE on overflow. For every product of sizes that somebody else wrote. */
int idc_mul_size(size_t *out, size_t a, size_t b);
int idc_add_size(size_t *out, size_t a, size_t b);

#endif
