/* winograd_tile.h: the transforms of tiles for winograd.c. Private to kernels/cpu. */
#ifndef IDC_CPU_WINOGRAD_TILE_H
#define IDC_CPU_WINOGRAD_TILE_H

#include "tensor/ops.h"

#define IDC_WINOGRAD_LANES 16

/* A span of rows of tiles; rows are counted through all pictures. V and M are [(t + 2)²][tiles][channels]. */
typedef struct idc_tiles {
    int64_t h, w, channels;     /* of the picture at hand: x or y */
    int64_t rows_each, columns; /* rows of tiles in a picture, tiles in a row */
    int64_t first, count;       /* rows of tiles */
    int64_t place;              /* numbers from one place of V or M to the next */
} idc_tiles;

typedef struct idc_tile_end {
    const float *bias;    /* or NULL */
    const void *residual; /* or NULL */
    enum idc_activation activation;
} idc_tile_end;

/* V from x, y from M; v and m point at the first tile of the span. bf16: x, v, y and residual are. tile: 2 or 4 (f32), 2 (bf16). */
typedef void (*idc_tile_input)(const idc_tiles *tiles, const void *x, void *v);
typedef void (*idc_tile_output)(const idc_tiles *tiles, const float *m, const idc_tile_end *end,
                                void *y);
idc_tile_input idc_winograd_input(int tile, bool bf16);
idc_tile_output idc_winograd_output(int tile, bool bf16);
/* u [(t + 2)²][in][out] of weight [out][in][3][3] */
void idc_winograd_filter(int tile, int64_t in, int64_t out, const float *weight, float *u);

#endif
