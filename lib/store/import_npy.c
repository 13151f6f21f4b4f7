/* import_npy.c: a folder of NAME.npy, each the features of the picture NAME. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/import_parts.h"
#include "store/npy.h"
#include "store/rows.h"
#include "wire/record_bytes.h"

/* [h, w, c] as it is; [cells, c] as a square where it is one, else a row; [c] as one cell. */
static int to_grid(idc_array *a, bool channels_first)
{
    if (a->ndim == 4 && a->shape[0] == 1) {
        memmove(a->shape, a->shape + 1, 3 * sizeof a->shape[0]);
        a->ndim = 3;
    }
    if (a->ndim == 3 && channels_first) {
        int64_t c = a->shape[0];
        a->shape[0] = a->shape[1];
        a->shape[1] = a->shape[2];
        a->shape[2] = c;
    } else if (a->ndim == 2) {
        int64_t cells = a->shape[0], c = a->shape[1];
        int64_t side = (int64_t)(sqrt((double)cells) + 0.5);
        a->shape[0] = side * side == cells ? side : 1;
        a->shape[1] = side * side == cells ? side : cells;
        a->shape[2] = c;
    } else if (a->ndim == 1) {
        a->shape[2] = a->shape[0];
        a->shape[0] = a->shape[1] = 1;
    } else if (a->ndim != 3)
        return -1;
    a->ndim = 3;
    return a->dtype == IDC_DTYPE_F32 || a->dtype == IDC_DTYPE_F16 ? 0 : -1;
}

/* [c, h, w] → [h, w, c]; grid has its final shape. */
static void turn(unsigned char *out, const unsigned char *in, const idc_array *grid)
{
    size_t size = idc_dtype_size(grid->dtype), c = (size_t)grid->shape[2];
    size_t cells = (size_t)(grid->shape[0] * grid->shape[1]);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < cells; j++)
            memcpy(out + (j * c + i) * size, in + (i * cells + j) * size, size);
}

static void mean(float *out, const idc_array *grid)
{
    size_t c = (size_t)grid->shape[2], cells = (size_t)(grid->shape[0] * grid->shape[1]);
    const unsigned char *p = grid->data;
    for (size_t i = 0; i < c; i++) {
        double sum = 0;
        for (size_t j = 0; j < cells; j++) {
            float value;
            uint16_t half;
            if (grid->dtype == IDC_DTYPE_F32)
                memcpy(&value, p + 4 * (j * c + i), sizeof value);
            else {
                memcpy(&half, p + 2 * (j * c + i), sizeof half);
                idc_f16_to_f32(&value, &half, 1);
            }
            sum += (double)value;
        }
        out[i] = (float)(sum / (double)cells);
    }
}

static int put(idc_import *im, const char *name, idc_feature_row *f, idc_error *err)
{
    int64_t picture;
    idc_buffer rest = {0};
    idc_content content;
    idc_error why = IDC_NO_ERROR;
    idc_record *empty = idc_record_new("feature");
    int rc = empty ? idc_record_encode(empty, &rest) : IDC_E_MEMORY;
    f->fields = rest.data;
    f->fields_bytes = rest.size;
    if (rc == 0 && idc_feature_row_check(f, name, &why) < 0)
        idc_import_refuse(im, name, "holds values that are not finite");
    else if (rc == 0) {
        int file = idc_content_hash(&content, name, err);
        rc = file < 0 ? file
                      : idc_row_picture(im->store, name, file ? &content : NULL, &picture, err);
        rc = rc < 0 ? rc : idc_row_feature(im->store, picture, f, err);
        im->taken += rc > 0;
        im->there += rc == 0;
    }
    idc_record_free(&empty);
    idc_buffer_free(&rest);
    return rc < 0 ? rc : idc_import_step(im, err);
}

static int one(idc_import *im, const char *path, const char *name, idc_error *err)
{
    idc_buffer b = {0};
    idc_error why = IDC_NO_ERROR;
    idc_feature_row f = {.encoder = im->encoder, .layer = im->layer ? im->layer : "npy"};
    unsigned char *turned = NULL;
    float *pooled = NULL;
    int rc = idc_file_read(&b, path, IDC_IMPORT_FILE, &why);
    rc = rc < 0 ? rc : idc_npy_read(&f.grid, b.data, b.size, &why);
    if (rc == 0 && to_grid(&f.grid, im->channels_first) < 0)
        rc = idc_fail(&why, IDC_E_UNSUPPORTED, "is not f32 or f16 [h, w, c], [cells, c] or [c]");
    if (rc < 0) {
        idc_buffer_free(&b);
        return rc == IDC_E_MEMORY ? idc_fail(err, rc, "%s: no memory", path)
                                  : idc_import_refuse(im, path, why.text);
    }
    pooled = malloc((size_t)f.grid.shape[2] * sizeof *pooled);
    turned = malloc(idc_array_bytes(&f.grid));
    if (!pooled || !turned)
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    if (rc == 0) {
        if (im->channels_first) {
            turn(turned, f.grid.data, &f.grid);
            f.grid.data = turned;
        }
        mean(pooled, &f.grid);
        f.pooled = (idc_array){IDC_DTYPE_F32, 1, {f.grid.shape[2]}, pooled};
        rc = put(im, name, &f, err);
    }
    free(pooled);
    free(turned);
    idc_buffer_free(&b);
    return rc;
}

static int is_npy(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 4 && strcmp(entry->d_name + n - 4, ".npy") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int idc_import_npy(idc_import *im, const char *path, idc_error *err)
{
    struct dirent **entries;
    char file[4096], name[IDC_IMPORT_NAME], bare[300];
    if (!im->encoder)
        return idc_fail(err, IDC_E_INVALID, "npy: --encoder is to say what made the features");
    int n = scandir(path, &entries, is_npy, by_name), rc = 0;
    if (n < 0)
        return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *entry = entries[i]->d_name;
        snprintf(bare, sizeof bare, "%.*s", (int)strlen(entry) - 4, entry);
        idc_npy_unescape(bare);
        if (rc == 0 && (size_t)snprintf(file, sizeof file, "%s/%s", path, entry) < sizeof file) {
            snprintf(name, sizeof name, "%s%s%s", im->images ? im->images : "",
                     im->images ? "/" : "", bare);
            rc = one(im, file, name, err);
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}
