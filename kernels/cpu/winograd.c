#include "cpu/winograd.h"

#include <omp.h>
#include <stdlib.h>

#include "cpu/library.h"
#include "cpu/winograd_tile.h"

#define LANES IDC_WINOGRAD_LANES
#define BLOCK_BYTES                                                                                \
    (3 << 20) /* V and M of the tiles that are worked on at once: within the last cache */

struct idc_winograd {
    idc_winograd_spec spec;
    int tile, places;             /* (tile + 2)² */
    int64_t rows, columns, block; /* rows of tiles in all pictures, tiles in a row, rows at once */
    dnnl_engine_t engine;
    dnnl_primitive_t product;
    dnnl_memory_desc_t v, packed, m, plain, scratch;
    size_t v_bytes, m_bytes, scratch_bytes;
};

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

int idc_winograd_tile(const idc_conv_spec *conv, const idc_tensor *weight, int64_t h, int64_t w,
                      bool bf16)
{
    const int64_t *s = weight->shape;
    if (s[2] != 3 || s[3] != 3 || conv->stride != 1 || conv->dilation != 1 || conv->groups != 1 ||
        s[0] % LANES || s[1] % LANES || s[0] < 64 || s[1] < 64 ||
        idc_conv_pad(conv, h, h, 3) != 1 || idc_conv_pad(conv, w, w, 3) != 1)
        return 0;
    int64_t direct = 9 * h * w, best = direct * 7 / 8;
    int tile = 0;
    for (int t = 2; t <= (bf16 ? 2 : 4); t += 2) {
        int64_t tiles = idc_chunks(h, t) * idc_chunks(w, t), work = tiles * (t + 2) * (t + 2);
        /* Where a product has few rows, reading the filters is what takes the time. */
        bool filters_rule = tiles < 16;
        if (work < best && !filters_rule) {
            best = work;
            tile = t;
        }
    }
    return tile;
}

static void set_block(idc_winograd *w)
{
    const idc_winograd_spec *s = &w->spec;
    int64_t a_row =
        w->columns * w->places * (s->in * (s->bf16 ? 2 : 4) + s->out * (int64_t)sizeof(float));
    w->block = w->rows;
    while (w->block > 1 && (w->rows % w->block || w->block * a_row > BLOCK_BYTES))
        w->block--;
}

static dnnl_status_t make_product(idc_winograd *w)
{
    const idc_winograd_spec *s = &w->spec;
    const dnnl_data_type_t type = s->bf16 ? dnnl_bf16 : dnnl_f32;
    const int64_t tiles = w->block * w->columns;
    dnnl_dims_t v = {tiles, s->in}, u = {s->in, s->out}, m = {tiles, s->out};
    dnnl_memory_desc_t any;
    dnnl_matmul_desc_t d;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_memory_desc_init_by_tag(&w->v, 2, v, type, dnnl_ab);
    dnnl_memory_desc_init_by_tag(&any, 2, u, type, dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&w->m, 2, m, dnnl_f32, dnnl_ab);
    dnnl_memory_desc_init_by_tag(&w->plain, 2, u, dnnl_f32, dnnl_ab);
    dnnl_status_t status = dnnl_matmul_desc_init(&d, &w->v, &any, NULL, &w->m);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&pd, &d, attr, w->engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(&w->product, pd);
    if (status == dnnl_success) {
        w->packed = *dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
        w->scratch = *dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return status;
}

int idc_winograd_new(idc_winograd **out, const idc_winograd_spec *spec, int tile,
                     dnnl_engine_t engine, idc_error *err)
{
    idc_winograd *w = calloc(1, sizeof *w);
    *out = w;
    if (!w)
        return idc_cpu_no_memory(err);
    w->spec = *spec;
    w->tile = tile;
    w->places = (tile + 2) * (tile + 2);
    w->rows = spec->n * idc_chunks(spec->h, tile);
    w->columns = idc_chunks(spec->w, tile);
    w->engine = engine;
    set_block(w);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* of threads that share a picture each takes places of its own */
    dnnl_status_t s = make_product(w);
    omp_set_num_threads(threads);
    if (s != dnnl_success) {
        idc_winograd_free(out);
        return idc_library_fail(err, "a product", s);
    }
    int64_t tiles = w->block * w->columns * w->places;
    w->v_bytes = aligned((size_t)(tiles * spec->in) * (spec->bf16 ? 2 : 4));
    w->m_bytes = aligned((size_t)(tiles * spec->out) * sizeof(float));
    w->scratch_bytes = aligned(dnnl_memory_desc_get_size(&w->scratch));
    return 0;
}

void idc_winograd_free(idc_winograd **w)
{
    if (*w && (*w)->product)
        dnnl_primitive_destroy((*w)->product);
    free(*w);
    *w = NULL;
}

const dnnl_memory_desc_t *idc_winograd_layout(const idc_winograd *w)
{
    return &w->packed;
}

size_t idc_winograd_packed_bytes(const idc_winograd *w)
{
    return (size_t)w->places * dnnl_memory_desc_get_size(&w->packed);
}

size_t idc_winograd_scratch(const idc_winograd *w)
{
    return w->v_bytes + w->m_bytes + (size_t)w->spec.threads * w->scratch_bytes;
}

int idc_winograd_pack(const idc_winograd *w, dnnl_stream_t stream, const float *weight,
                      void *packed, idc_error *err)
{
    const size_t a_place = (size_t)(w->spec.in * w->spec.out);
    const size_t bytes = dnnl_memory_desc_get_size(&w->packed);
    float *u = malloc((size_t)w->places * a_place * sizeof *u);
    if (!u)
        return idc_cpu_no_memory(err);
    idc_winograd_filter(w->tile, w->spec.in, w->spec.out, weight, u);
    dnnl_status_t s = dnnl_success;
    for (int i = 0; s == dnnl_success && i < w->places; i++)
        s = idc_library_convert(w->engine, stream, &w->plain, u + (size_t)i * a_place, &w->packed,
                                (char *)packed + (size_t)i * bytes);
    free(u);
    return s == dnnl_success ? 0 : idc_library_fail(err, "a reorder", s);
}

/* The products of places first, first + step …, each of the tiles of one block. */
static dnnl_status_t multiply_some(const idc_winograd *w, dnnl_stream_t stream,
                                   const idc_winograd_data *d, int first, int step)
{
    const size_t u_step = dnnl_memory_desc_get_size(&w->packed);
    const size_t v_step = dnnl_memory_desc_get_size(&w->v),
                 m_step = dnnl_memory_desc_get_size(&w->m);
    char *v = d->scratch, *m = v + w->v_bytes,
         *scratch = m + w->m_bytes + (size_t)first * w->scratch_bytes;
    const dnnl_memory_desc_t *layouts[] = {&w->v, &w->packed, &w->m, &w->scratch};
    static const int names[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
    dnnl_exec_arg_t args[4] = {{0}};
    dnnl_status_t s = dnnl_success;
    for (int i = 0; s == dnnl_success && i < 4; i++) {
        args[i].arg = names[i];
        s = dnnl_memory_create(&args[i].memory, layouts[i], w->engine,
                               i == 3 ? (void *)scratch : DNNL_MEMORY_NONE);
    }
    for (int i = first; s == dnnl_success && i < w->places; i += step) {
        dnnl_memory_set_data_handle(args[0].memory, v + (size_t)i * v_step);
        dnnl_memory_set_data_handle(args[1].memory,
                                    (char *)(uintptr_t)d->filters + (size_t)i * u_step);
        dnnl_memory_set_data_handle(args[2].memory, m + (size_t)i * m_step);
        s = dnnl_primitive_execute(w->product, stream, w->scratch_bytes > 0 ? 4 : 3, args);
    }
    for (int i = 0; i < 4; i++)
        if (args[i].memory)
            dnnl_memory_destroy(args[i].memory);
    return s;
}

static dnnl_status_t multiply(const idc_winograd *w, dnnl_stream_t stream,
                              const idc_winograd_data *d)
{
    const int threads = w->spec.threads;
    dnnl_status_t status = dnnl_success;
    if (threads == 1)
        return multiply_some(w, stream, d, 0, 1);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int i = 0; i < threads; i++) {
        dnnl_status_t s = multiply_some(w, stream, d, i, threads);
        if (s != dnnl_success) {
#pragma omp critical
            status = s;
        }
    }
    return status;
}

dnnl_status_t idc_winograd_run(const idc_winograd *w, dnnl_stream_t stream,
                               const idc_winograd_data *d)
{
    const idc_winograd_spec *s = &w->spec;
    const idc_tile_input input = idc_winograd_input(w->tile, s->bf16);
    const idc_tile_output output = idc_winograd_output(w->tile, s->bf16);
    const idc_tile_end end = {s->bias, d->residual, s->activation};
    const int64_t tiles = w->block * w->columns, v_size = s->bf16 ? 2 : 4;
    const idc_tiles in = {s->h,       s->w, s->in, idc_chunks(s->h, w->tile),
                          w->columns, 0,    1,     tiles * s->in},
                    out = {s->h,       s->w, s->out, idc_chunks(s->h, w->tile),
                           w->columns, 0,    1,      tiles * s->out};
    char *v = d->scratch;
    float *m = (float *)(void *)(v + w->v_bytes);
    dnnl_status_t status = dnnl_success;
    for (int64_t first = 0; status == dnnl_success && first < w->rows; first += w->block) {
#pragma omp parallel for schedule(static) num_threads(s->threads) if (s->threads > 1)
        for (int64_t r = 0; r < w->block; r++) {
            idc_tiles row = in;
            row.first = first + r;
            input(&row, d->x, v + r * w->columns * s->in * v_size);
        }
        status = multiply(w, stream, d);
#pragma omp parallel for schedule(static) num_threads(s->threads) if (s->threads > 1)
        for (int64_t r = 0; r < w->block; r++) {
            idc_tiles row = out;
            row.first = first + r;
            output(&row, m + r * w->columns * s->out, &end, d->y);
        }
    }
    return status;
}
