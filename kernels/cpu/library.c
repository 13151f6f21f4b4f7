#include "cpu/library.h"

#include <stdlib.h>

int idc_library_fail(idc_error *err, const char *what, dnnl_status_t status)
{
    int code = status == dnnl_out_of_memory ? IDC_E_MEMORY : IDC_E_UNSUPPORTED;
    return idc_fail(err, code, "oneDNN: %s failed with status %d", what, (int)status);
}

int idc_library_open(struct idc_library *lib, idc_error *err)
{
    dnnl_status_t s = dnnl_engine_create(&lib->engine, dnnl_cpu, 0);
    if (s == dnnl_success)
        s = dnnl_stream_create(&lib->stream, lib->engine, dnnl_stream_default_flags);
    return s == dnnl_success ? 0 : idc_library_fail(err, "starting", s);
}

dnnl_status_t idc_library_convert(dnnl_engine_t engine, dnnl_stream_t stream,
                                  const dnnl_memory_desc_t *from_layout, const void *from,
                                  const dnnl_memory_desc_t *to_layout, void *to)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t run = NULL;
    dnnl_exec_arg_t args[2] = {{DNNL_ARG_FROM, NULL}, {DNNL_ARG_TO, NULL}};
    dnnl_status_t s =
        dnnl_reorder_primitive_desc_create(&pd, from_layout, engine, to_layout, engine, NULL);
    if (s == dnnl_success)
        s = dnnl_primitive_create(&run, pd);
    if (s == dnnl_success)
        s = dnnl_memory_create(&args[0].memory, from_layout, engine, (void *)(uintptr_t)from);
    if (s == dnnl_success)
        s = dnnl_memory_create(&args[1].memory, to_layout, engine, to);
    if (s == dnnl_success)
        s = dnnl_primitive_execute(run, stream, 2, args);
    for (int i = 0; i < 2; i++)
        if (args[i].memory)
            dnnl_memory_destroy(args[i].memory);
    if (run)
        dnnl_primitive_destroy(run);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return s;
}

static void primitive_free(idc_primitive *p)
{
    if (p->run)
        dnnl_primitive_destroy(p->run);
    if (p->reorder)
        dnnl_primitive_destroy(p->reorder);
    for (int i = 0; i < p->n_args; i++)
        dnnl_memory_destroy(p->memory[i]);
    if (p->scratch)
        dnnl_memory_destroy(p->scratch);
    if (p->reorder_from)
        dnnl_memory_destroy(p->reorder_from);
    if (p->reorder_to)
        dnnl_memory_destroy(p->reorder_to);
    free(p);
}

static void drop_primitives(struct idc_library *lib)
{
    for (int i = 0; i < IDC_BUCKETS; i++)
        while (lib->primitives[i]) {
            idc_primitive *p = lib->primitives[i];
            lib->primitives[i] = p->next;
            primitive_free(p);
        }
    lib->count = 0;
}

void idc_library_close(struct idc_library *lib)
{
    drop_primitives(lib);
    for (int i = 0; i < IDC_BUCKETS; i++) {
        while (lib->packs[i]) {
            struct idc_pack *pack = lib->packs[i];
            lib->packs[i] = pack->next;
            free(pack->data);
            free(pack);
        }
    }
    if (lib->stream)
        dnnl_stream_destroy(lib->stream);
    if (lib->engine)
        dnnl_engine_destroy(lib->engine);
}

struct idc_library *idc_library_of(const idc_call *call)
{
    return &((struct idc_cpu *)idc_call_state(call))->library;
}

static unsigned key_bucket(const idc_key *key)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a over the words */
    for (int i = 0; i < IDC_KEY_WORDS; i++)
        h = (h ^ (uint64_t)key->word[i]) * 1099511628211u;
    return (unsigned)(h >> 40) % IDC_BUCKETS;
}

idc_primitive *idc_primitive_get(const idc_call *call, const idc_key *key,
                                 idc_primitive_build build, idc_error *err)
{
    struct idc_library *lib = idc_library_of(call);
    unsigned bucket = key_bucket(key);
    for (idc_primitive *p = lib->primitives[bucket]; p; p = p->next)
        if (!memcmp(&p->key, key, sizeof *key))
            return p;
    idc_primitive *p = calloc(1, sizeof *p);
    if (!p) {
        idc_cpu_no_memory(err);
        return NULL;
    }
    p->key = *key;
    if (build(lib, p, err) < 0) {
        primitive_free(p);
        return NULL;
    }
    if (lib->count == IDC_MAX_PRIMITIVES)
        drop_primitives(lib);
    lib->count++;
    p->next = lib->primitives[bucket];
    lib->primitives[bucket] = p;
    return p;
}

int idc_primitive_arg(struct idc_library *lib, idc_primitive *p, int arg,
                      const dnnl_memory_desc_t *md, idc_error *err)
{
    dnnl_status_t s = dnnl_memory_create(&p->memory[p->n_args], md, lib->engine, DNNL_MEMORY_NONE);
    if (s != dnnl_success)
        return idc_library_fail(err, "memory", s);
    p->arg[p->n_args++] = arg;
    return 0;
}

int idc_primitive_make(struct idc_library *lib, idc_primitive *p, const_dnnl_primitive_desc_t pd,
                       idc_error *err)
{
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    dnnl_status_t s = dnnl_primitive_create(&p->run, pd);
    if (s == dnnl_success && md && dnnl_memory_desc_get_size(md) > 0) {
        p->scratch_bytes = dnnl_memory_desc_get_size(md);
        s = dnnl_memory_create(&p->scratch, md, lib->engine, DNNL_MEMORY_NONE);
    }
    return s == dnnl_success ? 0 : idc_library_fail(err, "a primitive", s);
}

static int make_reorder(struct idc_library *lib, idc_primitive *p, const dnnl_memory_desc_t *from,
                        const dnnl_memory_desc_t *to, idc_error *err)
{
    dnnl_primitive_desc_t pd = NULL;
    if (dnnl_memory_desc_equal(from, to))
        return 0;
    dnnl_status_t s =
        dnnl_reorder_primitive_desc_create(&pd, from, lib->engine, to, lib->engine, NULL);
    if (s == dnnl_success)
        s = dnnl_primitive_create(&p->reorder, pd);
    if (s == dnnl_success)
        s = dnnl_memory_create(&p->reorder_from, from, lib->engine, DNNL_MEMORY_NONE);
    if (s == dnnl_success)
        s = dnnl_memory_create(&p->reorder_to, to, lib->engine, DNNL_MEMORY_NONE);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return s == dnnl_success ? 0 : idc_library_fail(err, "a reorder", s);
}

int idc_primitive_weights(struct idc_library *lib, idc_primitive *p,
                          const dnnl_memory_desc_t *plain, const dnnl_memory_desc_t *packed,
                          idc_error *err)
{
    p->packed = *packed;
    p->packed_bytes = dnnl_memory_desc_get_size(packed);
    return make_reorder(lib, p, plain, packed, err);
}

int idc_primitive_weights_back(struct idc_library *lib, idc_primitive *p,
                               const dnnl_memory_desc_t *packed, const dnnl_memory_desc_t *plain,
                               idc_error *err)
{
    p->packed = *packed;
    p->packed_bytes = dnnl_memory_desc_get_size(packed);
    return make_reorder(lib, p, packed, plain, err);
}

int idc_primitive_reorder(const idc_call *call, idc_primitive *p, void *from, void *to,
                          idc_error *err)
{
    dnnl_memory_set_data_handle(p->reorder_from, from);
    dnnl_memory_set_data_handle(p->reorder_to, to);
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, p->reorder_from}, {DNNL_ARG_TO, p->reorder_to}};
    dnnl_status_t s = dnnl_primitive_execute(p->reorder, idc_library_of(call)->stream, 2, args);
    return s == dnnl_success ? 0 : idc_library_fail(err, "a reorder", s);
}

static struct idc_pack *pack_of(struct idc_library *lib, const idc_primitive *p,
                                const idc_tensor *w)
{
    struct idc_pack **bucket = &lib->packs[((uintptr_t)w >> 6) % IDC_BUCKETS];
    for (struct idc_pack *pack = *bucket; pack; pack = pack->next)
        if (pack->tensor == w && dnnl_memory_desc_equal(&pack->layout, &p->packed))
            return pack;
    struct idc_pack *pack = calloc(1, sizeof *pack);
    if (!pack)
        return NULL;
    pack->data = aligned_alloc(64, (p->packed_bytes + 63) / 64 * 64);
    if (!pack->data) {
        free(pack);
        return NULL;
    }
    pack->tensor = w;
    pack->layout = p->packed;
    pack->next = *bucket;
    *bucket = pack;
    return pack;
}

void *idc_primitive_pack(const idc_call *call, idc_primitive *p, const idc_tensor *weights,
                         idc_error *err)
{
    if (!p->reorder)
        return weights->data;
    if (!weights->constant) {
        void *to = idc_cpu_scratch(call, IDC_SLOT_C, p->packed_bytes);
        if (!to)
            idc_cpu_no_memory(err);
        return to && idc_primitive_reorder(call, p, weights->data, to, err) == 0 ? to : NULL;
    }
    struct idc_pack *pack = pack_of(idc_library_of(call), p, weights);
    if (!pack) {
        idc_cpu_no_memory(err);
        return NULL;
    }
    if (pack->source != weights->data || pack->version != weights->version) {
        if (idc_primitive_reorder(call, p, weights->data, pack->data, err) < 0)
            return NULL;
        pack->source = weights->data;
        pack->version = weights->version;
    }
    return pack->data;
}

int idc_primitive_run(const idc_call *call, idc_primitive *p, void *const *data, idc_error *err)
{
    dnnl_exec_arg_t args[IDC_PRIMITIVE_ARGS + 1];
    int n = p->n_args;
    for (int i = 0; i < n; i++) {
        dnnl_memory_set_data_handle(p->memory[i], data[i]);
        args[i] = (dnnl_exec_arg_t){p->arg[i], p->memory[i]};
    }
    if (p->scratch) {
        void *scratch = idc_cpu_scratch(call, IDC_SLOT_LIBRARY, p->scratch_bytes);
        if (!scratch)
            return idc_cpu_no_memory(err);
        dnnl_memory_set_data_handle(p->scratch, scratch);
        args[n++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, p->scratch};
    }
    dnnl_status_t s = dnnl_primitive_execute(p->run, idc_library_of(call)->stream, n, args);
    return s == dnnl_success ? 0 : idc_library_fail(err, "a primitive", s);
}
