/* shard.h: triples packed for training: one safetensors file.
 *
 *     idc_shard *s = idc_shard_new(&about, &err);
 *     for each i < about.count:                     // any order, any thread
 *         idc_shard_fill(s, i, renderer, &err);
 *     idc_shard_write(s, "0000.safetensors", &err);
 *     idc_shard_free(&s);
 *
 * Tensors, N triples, views 0 before, 1 semantic (one change), 2 nonsemantic:
 *   images       U8  [N,3,H,W,3]      sRGB
 *   masks        U8  [N,3,H/2,W/2]    object that covers most of the 2×2 pixels: row of `objects`; 255 is ground
 *   objects      F32 [N,3,11,14]      shape (−1: no such row), size, color, material (the enums of scene.h), x, y, theta,
 *                                     projected centre u, v (pixels), visible pixels, box x0 y0 x1 y1 (ends exclusive)
 *   change       I32 [N,4]            type, index in view 0 and in view 1 (−1: not there), lamps (0 kept, 1 fresh)
 *   camera       F32 [N,3,3]
 *   index        I64 [N]              number of the triple
 *   text         U8  [bytes]          a line of JSON a triple: {"triple": name, "captions": {"forward": […], "backward": […],
 *                                     "none": […]}}; the first sentence of forward and backward is the canonical one
 *   text_offsets I64 [N+1]
 * The data begin on a multiple of 64 bytes.
 */
#ifndef IDC_SYNTH_SHARD_H
#define IDC_SYNTH_SHARD_H

#include "synth/triple.h"

typedef struct idc_shard idc_shard;

typedef struct idc_shard_about {
    idc_triple_spec spec;
    uint64_t first; /* number of the first triple */
    int count;      /* ≥ 1 */
    int size[2];    /* width and height, even */
    int samples;
} idc_shard_about;

/* IDC_E_RANGE, IDC_E_MEMORY. */
idc_shard *idc_shard_new(const idc_shard_about *about, idc_error *err);
/* Makes and renders triple i of the shard; slots are independent. */
int idc_shard_fill(idc_shard *s, int i, idc_renderer *r, idc_error *err);
/* Under a temporary name, synced, renamed. */
int idc_shard_write(const idc_shard *s, const char *path, idc_error *err);
void idc_shard_free(idc_shard **s);

/* 1: the file is there and was made with the same options; 0: it is not there; IDC_E_MISMATCH: it is another. */
int idc_shard_done(const idc_shard_about *about, const char *path, idc_error *err);

#endif
