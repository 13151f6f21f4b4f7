/* winograd.h: 3 × 3 convolution of stride 1 by minimal filtering (Winograd 1980; Lavin and Gray, Fast algorithms for
 * convolutional neural networks, CVPR 2016). Private to kernels/cpu.
 *
 * A tile of t × t results takes (t + 2)² products a pair of channels instead of 9 t²: 2.25 times fewer for t = 2, 4 times
 * for t = 4. Pictures are NHWC. For each tile d of (t + 2)² cells: V = Bᵀ d B; for each of the (t + 2)² places a matrix product
 * M = V U over the channels, U = G g Gᵀ of the filter g; y = Aᵀ M A, then bias, residual, activation.
 * t = 4 loses about a decimal digit, which f32 has to spare; bf16 rounds V and U and takes t = 2, whose Bᵀ and
 * Aᵀ hold only 0 and ±1; M and both transforms are f32 always.
 */
#ifndef IDC_CPU_WINOGRAD_H
#define IDC_CPU_WINOGRAD_H

#include <dnnl.h>

#include "tensor/ops.h"

typedef struct idc_winograd idc_winograd;

typedef struct idc_winograd_spec {
    int64_t n, h, w, in, out; /* pictures, size, channels (multiples of 16); padded by 1 */
    bool bf16;                /* x and y are bf16, else f32 */
    enum idc_activation activation;
    int threads;
    const float *bias; /* [out] or NULL; the caller keeps it */
} idc_winograd_spec;

/* t, or 0 where a direct convolution is as fast or the layer is another. */
int idc_winograd_tile(const idc_conv_spec *conv, const idc_tensor *weight, int64_t h, int64_t w,
                      bool bf16);
int idc_winograd_new(idc_winograd **out, const idc_winograd_spec *spec, int tile,
                     dnnl_engine_t engine, idc_error *err);
void idc_winograd_free(idc_winograd **w);
/* The filters as idc_winograd_run wants them: the layout of one of the (t + 2)² places, bytes of all of them, and
 * how they are made from [out, in, 3, 3]. */
const dnnl_memory_desc_t *idc_winograd_layout(const idc_winograd *w);
size_t idc_winograd_packed_bytes(const idc_winograd *w);
int idc_winograd_pack(const idc_winograd *w, dnnl_stream_t stream, const float *weight,
                      void *packed, idc_error *err);
size_t idc_winograd_scratch(const idc_winograd *w); /* bytes */

/* What a run works on. y may be the residual. */
typedef struct idc_winograd_data {
    const void *x, *residual; /* residual: NULL for none */
    void *y;
    const void *filters; /* packed */
    void *scratch;       /* 64-byte aligned */
} idc_winograd_data;
dnnl_status_t idc_winograd_run(const idc_winograd *w, dnnl_stream_t stream,
                               const idc_winograd_data *data);

#endif
