#include "tensor/safetensors.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "tensor/safetensors_file.h"

#define MAX_HEADER 100000000u
#define MAX_DEPTH 8 /* three are needed */

static int bad(const struct idc_safetensors *f, idc_error *err, const char *what)
{
    return idc_fail(err, IDC_E_INVALID, "%s: %s", f->path, what);
}

static int bad_tensor(const struct idc_safetensors *f, const char *name, idc_error *err,
                      const char *what)
{
    return idc_fail(err, IDC_E_INVALID, "%s: tensor '%.120s': %s", f->path, name, what);
}

/* Brackets outside strings: a parser that recurses must not meet a million of them. */
static bool too_deep(const char *text, size_t n)
{
    int depth = 0;
    bool string = false;
    for (size_t i = 0; i < n; i++) {
        if (string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            string = !string;
        else if (!string && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!string && (text[i] == '}' || text[i] == ']'))
            depth--;
        if (depth > MAX_DEPTH)
            return true;
    }
    return false;
}

static int read_shape(struct idc_safetensors *f, idc_safetensor *t, const json_t *shape,
                      idc_error *err)
{
    size_t bytes = idc_dtype_size(t->dtype);
    if (!json_is_array(shape))
        return bad_tensor(f, t->name, err, "shape is no list");
    if (json_array_size(shape) > IDC_MAX_DIMS)
        return bad_tensor(f, t->name, err, "more than 5 axes");
    t->ndim = (int)json_array_size(shape);
    for (int i = 0; i < t->ndim; i++) {
        const json_t *v = json_array_get(shape, (size_t)i);
        if (!json_is_integer(v) || json_integer_value(v) < 0)
            return bad_tensor(f, t->name, err, "a length is no integer of at least 0");
        t->shape[i] = json_integer_value(v);
        if (idc_mul_size(&bytes, bytes, (size_t)t->shape[i]) < 0)
            return bad_tensor(f, t->name, err, "the shape is too large");
    }
    t->bytes = bytes;
    return 0;
}

static int read_span(struct idc_safetensors *f, idc_safetensor *t, const json_t *offsets,
                     idc_error *err)
{
    const json_t *from = json_array_get(offsets, 0), *to = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(from) || !json_is_integer(to))
        return bad_tensor(f, t->name, err, "data_offsets is no pair of integers");
    json_int_t begin = json_integer_value(from), end = json_integer_value(to);
    if (begin < 0 || end < begin || (uint64_t)end > f->data_size)
        return bad_tensor(f, t->name, err, "data_offsets lie outside the file");
    if ((uint64_t)(end - begin) != t->bytes)
        return idc_fail(err, IDC_E_INVALID,
                        "%s: tensor '%.120s': the shape needs %zu bytes, data_offsets give %lld",
                        f->path, t->name, t->bytes, (long long)(end - begin));
    t->data = f->data + begin;
    return 0;
}

static int read_tensor(struct idc_safetensors *f, const char *name, const json_t *entry,
                       idc_error *err)
{
    idc_safetensor *t = &f->tensors[f->size];
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    t->name = name;
    if (!json_is_object(entry))
        return bad_tensor(f, name, err, "no object");
    if (!dtype)
        return bad_tensor(f, name, err, "no dtype");
    int known = idc_dtype_from_safetensors(dtype);
    if (known < 0)
        return idc_fail(err, IDC_E_UNSUPPORTED, "%s: tensor '%.120s': unknown dtype '%.20s'",
                        f->path, name, dtype);
    t->dtype = (idc_dtype)known;
    int rc = read_shape(f, t, json_object_get(entry, "shape"), err);
    if (rc == 0)
        rc = read_span(f, t, json_object_get(entry, "data_offsets"), err);
    if (rc == 0)
        f->size++;
    return rc;
}

static int read_metadata(struct idc_safetensors *f, json_t *metadata, idc_error *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return bad(f, err, "__metadata__ is no object");
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return bad(f, err, "a value of __metadata__ is no string");
    }
    f->metadata = metadata;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const idc_safetensor *x = a, *y = b;
    const char *p = x->data, *q = y->data;
    if (p != q)
        return p < q ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    const idc_safetensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int check_places(struct idc_safetensors *f, idc_error *err)
{
    size_t at = 0;
    qsort(f->tensors, f->size, sizeof *f->tensors, by_place);
    for (size_t i = 0; i < f->size; i++) {
        const idc_safetensor *t = &f->tensors[i];
        size_t begin = (size_t)((const uint8_t *)t->data - f->data);
        if (begin != at)
            return bad_tensor(f, t->name, err,
                              begin < at ? "overlaps its neighbour"
                                         : "a hole lies before its data");
        at += t->bytes;
        f->by_name[i] = t;
    }
    if (at != f->data_size)
        return idc_fail(err, IDC_E_INVALID, "%s: %zu bytes after the last tensor", f->path,
                        f->data_size - at);
    qsort(f->by_name, f->size, sizeof *f->by_name, by_name);
    return 0;
}

static int read_header(struct idc_safetensors *f, const char *text, size_t length, idc_error *err)
{
    json_error_t problem;
    const char *name;
    json_t *entry;
    if (too_deep(text, length))
        return bad(f, err, "the header is nested too deeply");
    f->root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (!f->root)
        return idc_fail(err, IDC_E_INVALID, "%s: header: %.160s", f->path, problem.text);
    if (!json_is_object(f->root))
        return bad(f, err, "the header is no object");
    size_t n = json_object_size(f->root) + 1;
    f->tensors = calloc(n, sizeof *f->tensors);
    f->by_name = calloc(n, sizeof *f->by_name);
    if (!f->tensors || !f->by_name)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory for the header", f->path);
    json_object_foreach(f->root, name, entry)
    {
        int rc = strcmp(name, "__metadata__") ? read_tensor(f, name, entry, err)
                                              : read_metadata(f, entry, err);
        if (rc < 0)
            return rc;
    }
    return check_places(f, err);
}

static int read_file(struct idc_safetensors *f, const uint8_t *data, size_t size, idc_error *err)
{
    uint64_t length = 0;
    if (size < 8)
        return idc_fail(err, IDC_E_CUT, "%s: too short for a safetensors file (%zu bytes)", f->path,
                        size);
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)data[i] << (8 * i);
    if (length > MAX_HEADER)
        return bad(f, err, "the header claims more than 100 MB");
    if (length > size - 8)
        return idc_fail(err, IDC_E_CUT, "%s: the header claims %llu bytes, the file has %zu",
                        f->path, (unsigned long long)length, size - 8);
    f->data = data + 8 + length;
    f->data_size = size - 8 - (size_t)length;
    return read_header(f, (const char *)data + 8, (size_t)length, err);
}

int idc_safetensors_open_memory(idc_safetensors **file, const void *data, size_t size,
                                const char *name, idc_error *err)
{
    *file = NULL;
    idc_safetensors *f = calloc(1, sizeof *f);
    if (!f || !(f->path = strdup(name))) {
        free(f);
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
    }
    int rc = read_file(f, data, size, err);
    if (rc < 0)
        idc_safetensors_close(&f);
    *file = f;
    return rc;
}

int idc_safetensors_open(idc_safetensors **file, const char *path, idc_error *err)
{
    idc_file_map map;
    *file = NULL;
    int rc = idc_file_map_open(&map, path, err);
    if (rc < 0)
        return rc;
    rc = idc_safetensors_open_memory(file, map.data, map.size, path, err);
    if (rc < 0)
        idc_file_map_close(&map);
    else
        (*file)->map = map;
    return rc;
}

void idc_safetensors_close(idc_safetensors **file)
{
    struct idc_safetensors *f = *file;
    if (!f)
        return;
    json_decref(f->root);
    idc_arena_free(&f->arena);
    free(f->tensors);
    free(f->by_name);
    free(f->path);
    idc_file_map_close(&f->map);
    free(f);
    *file = NULL;
}

size_t idc_safetensors_size(const idc_safetensors *file)
{
    return file->size;
}

const idc_safetensor *idc_safetensors_at(const idc_safetensors *file, size_t i)
{
    return i < file->size ? &file->tensors[i] : NULL;
}

const idc_safetensor *idc_safetensors_find(const idc_safetensors *file, const char *name)
{
    idc_safetensor key = {.name = name};
    const idc_safetensor *wanted = &key, **found;
    found = bsearch(&wanted, file->by_name, file->size, sizeof *file->by_name, by_name);
    return found ? *found : NULL;
}

const char *idc_safetensors_metadata(const idc_safetensors *file, const char *key)
{
    return file->metadata ? json_string_value(json_object_get(file->metadata, key)) : NULL;
}
