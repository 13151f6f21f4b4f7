#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "tensor/safetensors.h"

#define ALIGNMENT 64

/* Takes over `value` (jansson's *_new functions return what may be NULL). */
static int put(json_t *object, const char *key, json_t *value, const char *path, idc_error *err)
{
    if (json_object_get(object, key)) {
        json_decref(value);
        return idc_fail(err, IDC_E_INVALID, "%s: '%.120s' occurs twice", path, key);
    }
    if (json_object_set_new(object, key, value) < 0)
        return idc_fail(err, IDC_E_INVALID, "%s: '%.120s' is not UTF-8, or there is no memory",
                        path, key);
    return 0;
}

static json_t *entry_of(const idc_safetensor *t, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; shape && i < t->ndim; i++)
        json_array_append_new(shape, json_integer(t->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", idc_dtype_safetensors(t->dtype), "shape",
                     shape, "data_offsets", (json_int_t)begin, (json_int_t)(begin + t->bytes));
}

static int check(const idc_safetensor *t, const char *path, idc_error *err)
{
    size_t bytes = idc_dtype_size(t->dtype);
    for (int i = 0; i < t->ndim; i++)
        if (t->shape[i] < 0 || idc_mul_size(&bytes, bytes, (size_t)t->shape[i]) < 0)
            return idc_fail(err, IDC_E_RANGE, "%s: tensor '%.120s': bad shape", path, t->name);
    if (bytes != t->bytes || t->ndim > IDC_MAX_DIMS || idc_dtype_size(t->dtype) == 0)
        return idc_fail(err, IDC_E_INVALID, "%s: tensor '%.120s': shape and bytes disagree", path,
                        t->name);
    if (!strcmp(t->name, "__metadata__"))
        return idc_fail(err, IDC_E_INVALID, "%s: no tensor may be called __metadata__", path);
    return 0;
}

struct content {
    const idc_safetensor *tensors;
    size_t n;
    const idc_safetensors_metadata_entry *metadata;
    size_t n_metadata;
};

static int header_of(json_t *root, const struct content *c, const char *path, idc_error *err)
{
    size_t at = 0;
    int rc = 0;
    if (c->n_metadata) {
        json_t *metadata = json_object();
        for (size_t i = 0; rc == 0 && i < c->n_metadata; i++)
            rc = put(metadata, c->metadata[i].key, json_string(c->metadata[i].value), path, err);
        if (rc == 0)
            rc = put(root, "__metadata__", metadata, path, err);
        else
            json_decref(metadata);
    }
    for (size_t i = 0; rc == 0 && i < c->n; i++) {
        rc = check(&c->tensors[i], path, err);
        if (rc == 0)
            rc = put(root, c->tensors[i].name, entry_of(&c->tensors[i], at), path, err);
        at += c->tensors[i].bytes;
    }
    return rc;
}

static int write_header(idc_file_writer *w, const char *text, idc_error *err)
{
    static const char spaces[ALIGNMENT + 1] =
        "                                                                ";
    size_t n = strlen(text), padded = (n + 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - 8;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)padded >> (8 * i));
    int rc = idc_file_writer_append(w, length, sizeof length, err);
    if (rc == 0)
        rc = idc_file_writer_append(w, text, n, err);
    return rc == 0 ? idc_file_writer_append(w, spaces, padded - n, err) : rc;
}

int idc_safetensors_write(const char *path, const idc_safetensor *tensors, size_t n,
                          const idc_safetensors_metadata_entry *metadata, size_t n_metadata,
                          idc_error *err)
{
    const struct content c = {tensors, n, metadata, n_metadata};
    idc_file_writer *w = NULL;
    char *text = NULL;
    json_t *root = json_object();
    int rc =
        root ? header_of(root, &c, path, err) : idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    if (rc < 0)
        goto out;
    text = json_dumps(root, JSON_COMPACT);
    if (!text) {
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory for the header", path);
        goto out;
    }
    rc = idc_file_writer_open(&w, path, err);
    if (rc == 0)
        rc = write_header(w, text, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (tensors[i].bytes)
            rc = idc_file_writer_append(w, tensors[i].data, tensors[i].bytes, err);
    if (rc == 0)
        rc = idc_file_writer_commit(&w, err);
out:
    if (w)
        idc_file_writer_abort(&w);
    free(text);
    json_decref(root);
    return rc;
}
