/* library.h: oneDNN behind three calls: find or build a primitive, pack weights for it, run it.
 *
 * Primitives are kept in a hash table of the tape's state by (operator, pass, dtypes, shape,
 * threads). Weights are reordered into the layout that a primitive asks for: once a version for
 * parameters (idc_tensor.constant), each time for others. Scratch memory is ours, so that a call
 * allocates nothing once the shapes have been seen. Private to kernels/cpu.
 */
#ifndef IDC_CPU_LIBRARY_H
#define IDC_CPU_LIBRARY_H

#include <dnnl.h>

#include "cpu/cpu.h"

#define IDC_KEY_WORDS 20
#define IDC_PRIMITIVE_ARGS 5
#define IDC_BUCKETS 256
#define IDC_MAX_PRIMITIVES                                                                         \
    1024 /* then all are dropped: a stream of pictures of any size must not fill the memory */

typedef struct idc_key {
    int64_t word[IDC_KEY_WORDS]; /* word 0: operator and pass */
} idc_key;

typedef struct idc_primitive {
    struct idc_primitive *next;
    idc_key key;
    dnnl_primitive_t run;
    int n_args, arg[IDC_PRIMITIVE_ARGS];
    dnnl_memory_t memory[IDC_PRIMITIVE_ARGS], scratch;
    size_t scratch_bytes;
    /* Weights: between the plain layout and the primitive's own, NULL where they are the same. */
    dnnl_primitive_t reorder;
    dnnl_memory_t reorder_from, reorder_to;
    dnnl_memory_desc_t packed;
    size_t packed_bytes;
} idc_primitive;

struct idc_pack {
    struct idc_pack *next;
    const idc_tensor *tensor;
    const void *source;
    uint32_t version;
    dnnl_memory_desc_t layout;
    void *data;
};

struct idc_library {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    idc_primitive *primitives[IDC_BUCKETS];
    int count; /* of primitives */
    struct idc_pack *packs[IDC_BUCKETS];
};

struct idc_slot {
    void *data;
    size_t size;
};

struct idc_cpu {
    struct idc_library library;
    struct idc_slot slot[IDC_SLOT_COUNT];
};

int idc_library_open(struct idc_library *lib, idc_error *err);
void idc_library_close(struct idc_library *lib);
struct idc_library *idc_library_of(const idc_call *call);

/* Fills run, arguments and layouts of p for its key; called once a key. */
typedef int (*idc_primitive_build)(struct idc_library *lib, idc_primitive *p, idc_error *err);
idc_primitive *idc_primitive_get(const idc_call *call, const idc_key *key,
                                 idc_primitive_build build, idc_error *err);

/* For builders: the primitive of a descriptor; an argument (given in the order of `data` in
 * idc_primitive_run); the reorder of weights from plain to the layout of the primitive (or back,
 * for the gradient of weights). */
int idc_primitive_make(struct idc_library *lib, idc_primitive *p, const_dnnl_primitive_desc_t pd,
                       idc_error *err);
int idc_primitive_arg(struct idc_library *lib, idc_primitive *p, int arg,
                      const dnnl_memory_desc_t *md, idc_error *err);
int idc_primitive_weights(struct idc_library *lib, idc_primitive *p,
                          const dnnl_memory_desc_t *plain, const dnnl_memory_desc_t *packed,
                          idc_error *err);
int idc_primitive_weights_back(struct idc_library *lib, idc_primitive *p,
                               const dnnl_memory_desc_t *packed, const dnnl_memory_desc_t *plain,
                               idc_error *err);

/* Weights in the layout of p; NULL on failure. May use slot C. */
void *idc_primitive_pack(const idc_call *call, idc_primitive *p, const idc_tensor *weights,
                         idc_error *err);
int idc_primitive_reorder(const idc_call *call, idc_primitive *p, void *from, void *to,
                          idc_error *err);
int idc_primitive_run(const idc_call *call, idc_primitive *p, void *const *data, idc_error *err);

int idc_library_fail(idc_error *err, const char *what, dnnl_status_t status);
/* Copies from one layout or type to another, once. */
dnnl_status_t idc_library_convert(dnnl_engine_t engine, dnnl_stream_t stream,
                                  const dnnl_memory_desc_t *from_layout, const void *from,
                                  const dnnl_memory_desc_t *to_layout, void *to);

#endif
