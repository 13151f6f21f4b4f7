#include "tensor/torch_file.h"

#include <stdlib.h>
#include <string.h>

#include "tensor/torch_opening.h"

#define MAX_DEPTH 3
#define MAX_TENSORS (1u << 16)
#define MAX_VISITED (1u << 20)
#define MAX_NAME 256

/* The pickle of 0x1950a86a20f9469cfc6c, with which the older form begins. */
static const uint8_t magic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

static bool is_legacy(const uint8_t *bytes, size_t n)
{
    return n >= sizeof magic && !memcmp(bytes, magic, sizeof magic);
}

static bool is_archive(const uint8_t *bytes, size_t n)
{
    return n >= 4 && !memcmp(bytes, "PK\3\4", 4);
}

/* ---- one tensor ---- */

struct view {
    int64_t offset, stride[IDC_MAX_DIMS]; /* elements */
    const struct idc_torch_storage *storage;
};

static int bad_tensor(const struct idc_torch_opening *o, const char *name, const char *what)
{
    return idc_fail(o->err, IDC_E_INVALID, "tensor '%.120s': %s", name, what);
}

/* Sizes or strides. */
static int read_numbers(const struct idc_torch_opening *o, const char *name,
                        const idc_pickle_value *tuple, int64_t *to, int *n)
{
    const idc_pickle_chunk *c = tuple->first;
    *n = 0;
    if (c && c->n > IDC_MAX_DIMS)
        return bad_tensor(o, name, "more than 5 axes");
    for (size_t i = 0; c && i < c->n; i++) {
        const idc_pickle_value *v = c->item[i];
        if (v->kind != IDC_PICKLE_INT || v->text || v->number < 0)
            return bad_tensor(o, name, "a size or stride is no number of at least 0");
        to[(*n)++] = v->number;
    }
    return 0;
}

/* The last element must lie inside the storage. */
static int check_reach(const struct idc_torch_opening *o, idc_safetensor *t, const struct view *v)
{
    int64_t last = v->offset;
    size_t bytes = idc_dtype_size(t->dtype);
    bool empty = false;
    for (int i = 0; i < t->ndim; i++) {
        int64_t step;
        empty = empty || t->shape[i] == 0;
        if (idc_mul_size(&bytes, bytes, (size_t)t->shape[i]) < 0)
            return bad_tensor(o, t->name, "its shape is too large");
        if (t->shape[i] > 0 && (__builtin_mul_overflow(t->shape[i] - 1, v->stride[i], &step) ||
                                __builtin_add_overflow(last, step, &last)))
            return bad_tensor(o, t->name, "it reaches past its storage");
    }
    t->bytes = bytes;
    if (empty ? v->offset > v->storage->about->number : last >= v->storage->about->number)
        return bad_tensor(o, t->name, "it reaches past its storage");
    return 0;
}

static bool in_order(const idc_safetensor *t, const struct view *v)
{
    int64_t expected = 1;
    for (int i = t->ndim - 1; i >= 0; i--) {
        if (t->shape[i] != 1 && v->stride[i] != expected)
            return false;
        expected *= t->shape[i] > 0 ? t->shape[i] : 1;
    }
    return true;
}

/* A copy with the last axis fastest. What is copied is never more than the file has, whatever the strides say. */
static int put_in_order(struct idc_torch_opening *o, idc_safetensor *t, const struct view *v)
{
    size_t size = idc_dtype_size(t->dtype), count = t->bytes / size;
    if (t->bytes > o->size - o->copied)
        return bad_tensor(o, t->name, "it shows elements of its storage more than once");
    o->copied += t->bytes;
    uint8_t *to = idc_arena_alloc(o->file->arena, t->bytes);
    int64_t index[IDC_MAX_DIMS] = {0}, at = v->offset;
    if (!to)
        return idc_fail(o->err, IDC_E_MEMORY, "no memory");
    t->data = to;
    for (size_t i = 0; i < count; i++, to += size) {
        memcpy(to, v->storage->data + (size_t)at * size, size);
        for (int d = t->ndim - 1; d >= 0; d--) {
            at += v->stride[d];
            if (++index[d] < t->shape[d])
                break;
            at -= v->stride[d] * t->shape[d];
            index[d] = 0;
        }
    }
    return 0;
}

/* For one tensor more. */
static int make_room(struct idc_torch_opening *o)
{
    struct idc_safetensors *f = o->file;
    if (f->size == MAX_TENSORS)
        return idc_fail(o->err, IDC_E_RANGE, "more than %u tensors", MAX_TENSORS);
    if (f->size & (f->size - 1)) /* room doubles at each power of two, and at 0 */
        return 0;
    idc_safetensor *grown = realloc(f->tensors, (2 * f->size + 1) * sizeof *grown);
    if (!grown)
        return idc_fail(o->err, IDC_E_MEMORY, "no memory");
    f->tensors = grown;
    return 0;
}

static int add_tensor(struct idc_torch_opening *o, const char *name, const idc_pickle_value *from)
{
    struct idc_safetensors *f = o->file;
    idc_pickle_value *const *argument = from->first->item;
    int rc = make_room(o);
    if (rc < 0)
        return rc;
    idc_safetensor *t = &f->tensors[f->size];
    *t = (idc_safetensor){0};
    struct view v = {.offset = argument[1]->number,
                     .storage = idc_torch_find_storage(o, argument[0])};
    int strides;
    if (!(t->name = idc_arena_strdup(f->arena, name)))
        return idc_fail(o->err, IDC_E_MEMORY, "no memory");
    if (!v.storage || !v.storage->data || v.offset < 0 || argument[1]->text)
        return bad_tensor(o, name, "its storage is not in the file");
    t->dtype = argument[0]->dtype;
    rc = read_numbers(o, name, argument[2], t->shape, &t->ndim);
    rc = rc < 0 ? rc : read_numbers(o, name, argument[3], v.stride, &strides);
    if (rc == 0 && strides != t->ndim)
        rc = bad_tensor(o, name, "it has not as many strides as axes");
    for (int i = 0; rc == 0 && i < t->ndim; i++)
        v.stride[i] = t->shape[i] == 1 ? 0 : v.stride[i]; /* any, and it is never taken */
    rc = rc < 0 ? rc : check_reach(o, t, &v);
    if (rc < 0)
        return rc;
    t->data = v.storage->data + (size_t)v.offset * idc_dtype_size(t->dtype);
    rc = t->bytes == 0 || in_order(t, &v) ? 0 : put_in_order(o, t, &v);
    f->size += rc == 0;
    return rc;
}

/* ---- dictionaries ---- */

/* PREFIX.KEY, or KEY without a prefix. */
static int join_name(struct idc_torch_opening *o, char name[MAX_NAME], const char *prefix,
                     const idc_pickle_value *key)
{
    size_t n = strlen(prefix), dot = n > 0;
    if (key->length == 0 || memchr(key->text, 0, key->length) || n + dot + key->length >= MAX_NAME)
        return idc_fail(o->err, IDC_E_INVALID, "a tensor's name is empty or too long");
    memcpy(name, prefix, n);
    name[n] = '.';
    memcpy(name + n + dot, key->text, key->length);
    name[n + dot + key->length] = 0;
    return 0;
}

static int add_dictionary(struct idc_torch_opening *o, const char *prefix,
                          const idc_pickle_value *dict, int depth)
{
    for (const idc_pickle_chunk *c = dict->first; c; c = c->next)
        for (size_t i = 0; i + 1 < c->n; i += 2) {
            const idc_pickle_value *key = c->item[i], *value = c->item[i + 1];
            char name[MAX_NAME];
            bool tensor = value->kind == IDC_PICKLE_TENSOR;
            if (++o->visited > MAX_VISITED)
                return idc_fail(o->err, IDC_E_RANGE, "its dictionaries are too large");
            if (key->kind != IDC_PICKLE_STRING ||
                (!tensor && (value->kind != IDC_PICKLE_DICT || depth == MAX_DEPTH)))
                continue;
            int rc = join_name(o, name, prefix, key);
            rc = rc < 0   ? rc
                 : tensor ? add_tensor(o, name, value)
                          : add_dictionary(o, name, value, depth + 1);
            if (rc < 0)
                return rc;
        }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const idc_safetensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int sort_names(struct idc_torch_opening *o)
{
    struct idc_safetensors *f = o->file;
    f->by_name = calloc(f->size + 1, sizeof *f->by_name);
    if (!f->by_name)
        return idc_fail(o->err, IDC_E_MEMORY, "no memory");
    for (size_t i = 0; i < f->size; i++)
        f->by_name[i] = &f->tensors[i];
    qsort(f->by_name, f->size, sizeof *f->by_name, by_name);
    for (size_t i = 1; i < f->size; i++)
        if (strcmp(f->by_name[i - 1]->name, f->by_name[i]->name) == 0)
            return bad_tensor(o, f->by_name[i]->name, "it occurs twice");
    return f->size ? 0 : idc_fail(o->err, IDC_E_MISSING, "no tensor in its dictionary");
}

static int read_tensors(struct idc_torch_opening *o)
{
    const idc_pickle_value *root = NULL;
    int rc = is_archive(o->bytes, o->size) ? idc_torch_open_archive(o, &root)
             : is_legacy(o->bytes, o->size)
                 ? idc_torch_open_legacy(o, &root)
                 : idc_fail(o->err, IDC_E_INVALID, "not a file of torch.save");
    if (rc == 0 && root->kind != IDC_PICKLE_DICT)
        rc = idc_fail(o->err, IDC_E_INVALID,
                      "no dictionary of tensors: save the model's state_dict()");
    if (rc < 0)
        return rc;
    rc = add_dictionary(o, "", root, 0);
    return rc < 0 ? rc : sort_names(o);
}

/* ---- */

int idc_torch_open_memory(idc_safetensors **file, const void *data, size_t size, const char *name,
                          idc_error *err)
{
    struct idc_safetensors *f = calloc(1, sizeof *f);
    idc_error own = IDC_NO_ERROR;
    struct idc_torch_opening o = {.bytes = data, .size = size, .err = err ? err : &own, .file = f};
    *file = f;
    if (!f || !(f->path = strdup(name)) || !(f->arena = idc_arena_new(0)) ||
        !(o.pickle = idc_pickle_new(err))) {
        idc_safetensors_close(file);
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
    }
    int rc = read_tensors(&o);
    if (rc < 0) {
        idc_fail_in(o.err, rc, name);
        idc_safetensors_close(file);
    }
    idc_pickle_free(&o.pickle);
    free(o.storages);
    return rc;
}

/* The opener by the first bytes; the mapping belongs to the file. */
static int open_mapped(idc_safetensors **file, const char *path, bool torch_only, idc_error *err)
{
    idc_file_map map;
    *file = NULL;
    int rc = idc_file_map_open(&map, path, err);
    if (rc < 0)
        return rc;
    bool torch = torch_only || is_archive(map.data, map.size) || is_legacy(map.data, map.size);
    rc = torch ? idc_torch_open_memory(file, map.data, map.size, path, err)
               : idc_safetensors_open_memory(file, map.data, map.size, path, err);
    if (rc < 0)
        idc_file_map_close(&map);
    else
        (*file)->map = map;
    return rc;
}

int idc_torch_open(idc_safetensors **file, const char *path, idc_error *err)
{
    return open_mapped(file, path, true, err);
}

int idc_tensors_open(idc_safetensors **file, const char *path, idc_error *err)
{
    return open_mapped(file, path, false, err);
}
