/* linear.c: linear layers. Many rows go through oneDNN's inner product with packed weights, few through sgemm. */
#include <omp.h>

#include "cpu/library.h"

static void fill_rows(float *y, const float *row, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++)
        memcpy(y + r * columns, row, (size_t)columns * sizeof(float));
}

/* Few rows are not worth the packing of weights, nor the copies in bf16. */
#define MANY_ROWS 64

static bool uses_bf16(const idc_call *call, int64_t rows)
{
    return rows >= MANY_ROWS && idc_cpu_bf16(call);
}

enum word { PASS, ROWS, IN, OUT, BIAS, TYPE, THREADS }; /* of the key */

static int forward_build(struct idc_library *lib, idc_primitive *p, idc_error *err)
{
    const int64_t *k = p->key.word;
    const dnnl_data_type_t type = (dnnl_data_type_t)k[TYPE];
    dnnl_dims_t x = {k[ROWS], k[IN]}, w = {k[OUT], k[IN]}, b = {k[OUT]}, y = {k[ROWS], k[OUT]};
    dnnl_memory_desc_t mx, any, plain, mb, my;
    dnnl_inner_product_desc_t d;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_memory_desc_init_by_tag(&mx, 2, x, type, dnnl_ab);
    dnnl_memory_desc_init_by_tag(&any, 2, w, type, dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&plain, 2, w, dnnl_f32, dnnl_ab);
    dnnl_memory_desc_init_by_tag(&mb, 1, b, dnnl_f32, dnnl_a);
    dnnl_memory_desc_init_by_tag(&my, 2, y, dnnl_f32, dnnl_ab);
    dnnl_status_t s = dnnl_inner_product_forward_desc_init(&d, dnnl_forward_inference, &mx, &any,
                                                           k[BIAS] ? &mb : NULL, &my);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_create(&attr);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (s == dnnl_success)
        s = dnnl_primitive_desc_create(&pd, &d, attr, lib->engine, NULL);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    if (s != dnnl_success)
        return idc_library_fail(err, "a linear layer", s);
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    const dnnl_memory_desc_t *mds[] = {&mx, packed, &my, &mb};
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS};
    int rc = idc_primitive_make(lib, p, pd, err);
    for (int i = 0; rc == 0 && i < (k[BIAS] ? 4 : 3); i++)
        rc = idc_primitive_arg(lib, p, arguments[i], mds[i], err);
    if (rc == 0)
        rc = idc_primitive_weights(lib, p, &plain, packed, err);
    dnnl_primitive_desc_destroy(pd);
    return rc;
}

static int forward_many(idc_call *call, int64_t rows, idc_error *err)
{
    const idc_tensor *x = call->in[0], *w = call->in[1], *b = call->in[2];
    bool bf16 = uses_bf16(call, rows);
    idc_key key = {{[PASS] = IDC_OP_linear * 4 + 1,
                    [ROWS] = rows,
                    [IN] = w->shape[1],
                    [OUT] = w->shape[0],
                    [BIAS] = b != NULL,
                    [TYPE] = bf16 ? dnnl_bf16 : dnnl_f32,
                    [THREADS] = omp_get_max_threads()}};
    idc_primitive *p = idc_primitive_get(call, &key, forward_build, err);
    void *packed = p ? idc_primitive_pack(call, p, w, err) : NULL;
    if (!packed)
        return IDC_E_UNSUPPORTED;
    void *from =
        bf16 ? (void *)idc_cpu_bf16_copy(call, IDC_SLOT_SOURCE, idc_f32(x), idc_tensor_count(x))
             : x->data;
    void *data[] = {from, packed, call->out->data, b ? b->data : NULL};
    return from ? idc_primitive_run(call, p, data, err) : idc_cpu_no_memory(err);
}

int idc_cpu_linear(idc_call *call, idc_error *err)
{
    const idc_tensor *x = call->in[0], *w = call->in[1], *b = call->in[2];
    int64_t out = w->shape[0], in = w->shape[1], rows = idc_tensor_count(x) / in;
    float *y = idc_f32(call->out);
    if (rows >= MANY_ROWS)
        return forward_many(call, rows, err);
    if (b)
        fill_rows(y, idc_f32(b), rows, out);
    idc_gemm g = {.transpose_b = true,
                  .m = rows,
                  .n = out,
                  .k = in,
                  .lda = in,
                  .ldb = in,
                  .ldc = out,
                  .alpha = 1.0f,
                  .beta = b ? 1.0f : 0.0f};
    return idc_cpu_gemm(&g, idc_f32(x), idc_f32(w), y) < 0 ? idc_cpu_gemm_failed(err) : 0;
}

/* dW = dY' X (weights), dX = dY W (data), in f32 or of bf16 copies. */
struct linear_back {
    idc_gemm weights, data;
    int64_t rows, out, in;
};

static int linear_back(idc_call *call, struct linear_back *l, idc_error *err)
{
    const idc_tensor *x = call->in[0], *w = call->in[1];
    bool fresh, bf16 = uses_bf16(call, l->rows);
    float *gy = call->out->grad, *gw = idc_call_grad_fresh(call, 1, &fresh);
    uint16_t *copy = bf16 ? idc_cpu_bf16_copy(call, IDC_SLOT_GRADIENT, gy, l->rows * l->out) : NULL;
    int rc = 0;
    l->weights.beta = fresh ? 0.0f : 1.0f;
    if (gw && bf16) {
        uint16_t *copies[] = {
            copy, idc_cpu_bf16_copy(call, IDC_SLOT_SOURCE, idc_f32(x), l->rows * l->in)};
        rc = idc_cpu_gemm_bf16(call, &l->weights, copies, gw, err);
    } else if (gw && idc_cpu_gemm(&l->weights, gy, idc_f32(x), gw) < 0) {
        rc = idc_cpu_gemm_failed(err);
    }
    float *gx = rc == 0 ? idc_call_grad_fresh(call, 0, &fresh) : NULL;
    l->data.beta = fresh ? 0.0f : 1.0f;
    if (gx && bf16) {
        uint16_t *copies[] = {
            copy, idc_cpu_bf16_copy(call, IDC_SLOT_WEIGHTS, idc_f32(w), l->out * l->in)};
        rc = idc_cpu_gemm_bf16(call, &l->data, copies, gx, err);
    } else if (gx && idc_cpu_gemm(&l->data, gy, idc_f32(w), gx) < 0) {
        rc = idc_cpu_gemm_failed(err);
    }
    return rc;
}

int idc_cpu_linear_back(idc_call *call, idc_error *err)
{
    int64_t out = call->in[1]->shape[0], in = call->in[1]->shape[1],
            rows = idc_tensor_count(call->in[0]) / in;
    float *gb = idc_call_grad(call, 2);
    if (gb && idc_cpu_sum_rows(call, gb, call->out->grad, rows, out) < 0)
        return idc_cpu_no_memory(err);
    struct linear_back l = {
        .weights = {.transpose_a = true,
                    .m = out,
                    .n = in,
                    .k = rows,
                    .lda = out,
                    .ldb = in,
                    .ldc = in,
                    .alpha = 1.0f},
        .data = {.m = rows, .n = in, .k = out, .lda = out, .ldb = in, .ldc = in, .alpha = 1.0f},
        .rows = rows,
        .out = out,
        .in = in};
    return linear_back(call, &l, err);
}
