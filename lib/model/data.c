#include "model/data.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/random.h"
#include "model/data_list.h"
#include "tensor/safetensors.h"

const int idc_attribute_values[IDC_ATTRIBUTES] = {3, 2, 8, 2};
const int idc_attribute_first[IDC_ATTRIBUTES] = {0, 3, 5, 13};

/* Columns of a shard's object table. */
enum { COLUMN_X = 4, COLUMN_Y = 5, COLUMN_U = 7, COLUMN_V = 8, COLUMNS = 14 };

typedef struct shard {
    idc_safetensors *file;
    char *path;
    size_t first, n; /* running number of its first triple, how many */
    int width, height;
    const unsigned char *images, *masks, *objects, *change, *text, *offsets;
} shard;

struct idc_dataset {
    shard *shards;
    size_t n_shards, size;
    idc_listed list;
    struct idc_train_source *source; /* or NULL */
};

static const idc_safetensor *want(const idc_safetensors *file, const char *name, idc_dtype dtype,
                                  const char *path, idc_error *err)
{
    const idc_safetensor *t = idc_safetensors_find(file, name);
    if (t == NULL)
        idc_fail(err, IDC_E_MISSING, "%s: not a shard: no tensor '%s'", path, name);
    else if (t->dtype != dtype) {
        idc_fail(err, IDC_E_MISMATCH, "%s: tensor '%s' has type %s, not %s", path, name,
                 idc_dtype_safetensors(t->dtype), idc_dtype_safetensors(dtype));
        t = NULL;
    }
    return t;
}

static bool has_shape(const idc_safetensor *t, int ndim, const int64_t *shape)
{
    return t->ndim == ndim && memcmp(t->shape, shape, (size_t)ndim * sizeof *shape) == 0;
}

static int64_t offset_at(const shard *s, size_t i)
{
    int64_t v;
    memcpy(&v, s->offsets + i * sizeof v, sizeof v);
    return v;
}

static void row_at(const shard *s, size_t i, int view, int object, float row[COLUMNS])
{
    size_t at = (i * IDC_VIEWS + (size_t)view) * IDC_OBJECTS + (size_t)object;
    memcpy(row, s->objects + at * COLUMNS * sizeof *row, COLUMNS * sizeof *row);
}

static bool row_is_valid(const float row[COLUMNS])
{
    if (row[0] == -1)
        return true;
    for (int a = 0; a < IDC_ATTRIBUTES; a++)
        if (!(row[a] >= 0 && row[a] < (float)idc_attribute_values[a]))
            return false;
    return row[COLUMN_U] > -1e6f && row[COLUMN_U] < 1e6f && row[COLUMN_V] > -1e6f &&
           row[COLUMN_V] < 1e6f;
}

/* Indices that a later step would follow blindly. */
static int check_triples(const shard *s, size_t text_bytes, const char *path, idc_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        int32_t c[4];
        memcpy(c, s->change + i * sizeof c, sizeof c);
        if (c[0] < 0 || c[0] >= IDC_CHANGE_TYPES || c[1] < -1 || c[1] >= IDC_OBJECTS || c[2] < -1 ||
            c[2] >= IDC_OBJECTS)
            return idc_fail(err, IDC_E_RANGE, "%s: triple %zu: change %d of objects %d and %d",
                            path, i, c[0], c[1], c[2]);
        if (offset_at(s, i) < 0 || offset_at(s, i + 1) < offset_at(s, i) ||
            (uint64_t)offset_at(s, i + 1) > text_bytes)
            return idc_fail(err, IDC_E_RANGE, "%s: triple %zu: its text lies outside 'text'", path,
                            i);
        for (int v = 0; v < IDC_VIEWS; v++) {
            for (int o = 0; o < IDC_OBJECTS; o++) {
                float row[COLUMNS];
                row_at(s, i, v, o, row);
                bool named = c[0] != IDC_NONE && o == c[v == IDC_VIEW_SEMANTIC ? 2 : 1];
                if (!row_is_valid(row) || (named && row[0] == -1))
                    return idc_fail(err, IDC_E_RANGE,
                                    "%s: triple %zu: object %d of view %d is out of range", path, i,
                                    o, v);
            }
        }
    }
    return 0;
}

static int shard_open(shard *s, const char *path, idc_error *err)
{
    int rc = idc_safetensors_open(&s->file, path, err);
    if (rc < 0)
        return rc;
    const idc_safetensor *images = want(s->file, "images", IDC_DTYPE_U8, path, err);
    const idc_safetensor *masks = images ? want(s->file, "masks", IDC_DTYPE_U8, path, err) : NULL;
    const idc_safetensor *objects =
        masks ? want(s->file, "objects", IDC_DTYPE_F32, path, err) : NULL;
    const idc_safetensor *change =
        objects ? want(s->file, "change", IDC_DTYPE_I32, path, err) : NULL;
    const idc_safetensor *text = change ? want(s->file, "text", IDC_DTYPE_U8, path, err) : NULL;
    const idc_safetensor *offsets =
        text ? want(s->file, "text_offsets", IDC_DTYPE_I64, path, err) : NULL;
    if (offsets == NULL)
        return err != NULL ? err->code : IDC_E_INVALID;
    if (images->ndim != 5)
        return idc_fail(err, IDC_E_MISMATCH, "%s: images has %d axes, not 5", path, images->ndim);
    int64_t n = images->shape[0], h = images->shape[2], w = images->shape[3];
    if (h < 16 || w < 16 || h > 4096 || w > 4096 || h % 2 != 0 || w % 2 != 0)
        return idc_fail(err, IDC_E_RANGE, "%s: pictures of %lldx%lld", path, (long long)w,
                        (long long)h);
    if (!has_shape(images, 5, (int64_t[]){n, IDC_VIEWS, h, w, 3}) ||
        !has_shape(masks, 4, (int64_t[]){n, IDC_VIEWS, h / 2, w / 2}) ||
        !has_shape(objects, 4, (int64_t[]){n, IDC_VIEWS, IDC_OBJECTS, COLUMNS}) ||
        !has_shape(change, 2, (int64_t[]){n, 4}) || !has_shape(offsets, 1, (int64_t[]){n + 1}) ||
        text->ndim != 1)
        return idc_fail(err, IDC_E_MISMATCH, "%s: the shapes of its tensors do not fit together",
                        path);
    s->n = (size_t)n;
    s->width = (int)w;
    s->height = (int)h;
    s->images = images->data;
    s->masks = masks->data;
    s->objects = objects->data;
    s->change = change->data;
    s->text = text->data;
    s->offsets = offsets->data;
    return check_triples(s, text->bytes, path, err);
}

static int add_shard(idc_dataset *d, const char *path, idc_error *err)
{
    shard *grown = realloc(d->shards, (d->n_shards + 1) * sizeof *grown);
    if (grown == NULL)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    d->shards = grown;
    shard *s = &d->shards[d->n_shards];
    memset(s, 0, sizeof *s);
    int rc = shard_open(s, path, err);
    if (rc == 0 && (s->path = strdup(path)) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    if (rc < 0) {
        idc_safetensors_close(&s->file);
        return rc;
    }
    s->first = d->size;
    d->size += s->n;
    d->n_shards++;
    return 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static int is_shard_name(const struct dirent *e)
{
    return e->d_name[0] != '.' && ends_with(e->d_name, ".safetensors");
}

static int add_folder(idc_dataset *d, const char *folder, idc_error *err)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_shard_name, alphasort), rc = 0;
    if (n < 0)
        return idc_fail(err, IDC_E_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        char path[4096];
        if (rc == 0 &&
            snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name) < (int)sizeof path)
            rc = add_shard(d, path, err);
        free(names[i]);
    }
    free(names);
    return rc;
}

static int add_path(idc_dataset *d, const char *path, idc_error *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return idc_fail(err, errno == ENOENT ? IDC_E_MISSING : IDC_E_IO, "%s: %s", path,
                        strerror(errno));
    if (S_ISDIR(st.st_mode))
        return add_folder(d, path, err);
    return ends_with(path, ".jsonl") ? idc_listed_read(&d->list, path, err)
                                     : add_shard(d, path, err);
}

int idc_dataset_open(idc_dataset **data, const char *const *paths, size_t n, idc_error *err)
{
    idc_dataset *d = calloc(1, sizeof *d);
    int rc = d == NULL ? idc_fail(err, IDC_E_MEMORY, "data: no memory") : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_path(d, paths[i], err);
    if (rc == 0 && d->size == 0 && d->list.n == 0)
        rc = idc_fail(err, IDC_E_MISSING, "%s: no shard with a triple in it, nor a pair",
                      n > 0 ? paths[0] : "data");
    if (rc == 0 && d->size > UINT32_MAX)
        rc = idc_fail(err, IDC_E_RANGE, "more than 2^32 triples");
    if (rc < 0)
        idc_dataset_close(&d);
    *data = d;
    return rc;
}

int idc_dataset_encoded(idc_dataset **data, struct idc_train_source *source, idc_error *err)
{
    if ((*data = calloc(1, sizeof **data)) == NULL)
        return idc_fail(err, IDC_E_MEMORY, "data: no memory");
    (*data)->source = source;
    return 0;
}

struct idc_train_source *idc_dataset_source(const idc_dataset *data)
{
    return data->source;
}

void idc_dataset_close(idc_dataset **data)
{
    idc_dataset *d = *data;
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->n_shards; i++) {
        idc_safetensors_close(&d->shards[i].file);
        free(d->shards[i].path);
    }
    free(d->shards);
    idc_listed_fini(&d->list);
    free(d);
    *data = NULL;
}

size_t idc_dataset_size(const idc_dataset *data)
{
    return data->size;
}

size_t idc_dataset_pairs(const idc_dataset *data)
{
    return data->list.n;
}

const idc_listed_pair *idc_dataset_pair(const idc_dataset *data, size_t i)
{
    return &data->list.pair[i];
}

int idc_dataset_fit(const idc_dataset *data, int width, int height, idc_error *err)
{
    for (size_t i = 0; i < data->n_shards; i++) {
        const shard *s = &data->shards[i];
        if ((int64_t)s->width * height != (int64_t)s->height * width)
            return idc_fail(err, IDC_E_MISMATCH,
                            "%s: its pictures are %dx%d, which is another shape than the model's "
                            "%dx%d",
                            s->path, s->width, s->height, width, height);
    }
    return 0;
}

static const shard *shard_of(const idc_dataset *d, size_t i)
{
    size_t low = 0, high = d->n_shards;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (d->shards[middle].first <= i)
            low = middle;
        else
            high = middle;
    }
    return &d->shards[low];
}

void idc_dataset_place(const idc_dataset *data, size_t i, char *text, size_t size)
{
    const shard *s = shard_of(data, i);
    snprintf(text, size, "%s: triple %zu", s->path, i - s->first);
}

void idc_dataset_triple(const idc_dataset *data, size_t i, idc_triple *t)
{
    const shard *s = shard_of(data, i);
    i -= s->first;
    size_t pixels = (size_t)s->width * (size_t)s->height;
    int32_t c[4];
    memcpy(c, s->change + i * sizeof c, sizeof c);
    t->width = s->width;
    t->height = s->height;
    t->type = (enum idc_change_type)c[0];
    for (int v = 0; v < IDC_VIEWS; v++) {
        size_t view = i * IDC_VIEWS + (size_t)v;
        t->images[v] = s->images + view * pixels * 3;
        t->masks[v] = s->masks + view * (pixels / 4);
        t->changed[v] = c[0] == IDC_NONE ? -1 : c[v == IDC_VIEW_SEMANTIC ? 2 : 1];
        for (int o = 0; o < IDC_OBJECTS; o++) {
            float row[COLUMNS];
            row_at(s, i, v, o, row);
            idc_scene_object *object = &t->objects[v][o];
            *object = (idc_scene_object){
                .x = row[COLUMN_X], .y = row[COLUMN_Y], .u = row[COLUMN_U], .v = row[COLUMN_V]};
            for (int a = 0; a < IDC_ATTRIBUTES; a++)
                object->attribute[a] = row[0] < 0 ? -1 : (int)row[a];
        }
    }
    t->text = (const char *)s->text + offset_at(s, i);
    t->text_bytes = (size_t)(offset_at(s, i + 1) - offset_at(s, i));
}

idc_ordered_pair idc_pair_of(const idc_triple *t, int pair)
{
    static const int views[IDC_PAIRS][2] = {{0, 1}, {1, 0}, {0, 2}, {2, 0}, {2, 1}, {1, 2}};
    static const enum idc_change_type reversed[IDC_CHANGE_TYPES] = {
        IDC_NONE, IDC_COLOR, IDC_MATERIAL, IDC_DROP, IDC_ADD, IDC_MOVE};
    idc_ordered_pair p = {.view = {views[pair][0], views[pair][1]}, .object = {-1, -1}};
    if (!idc_pair_changes(pair) || t->type == IDC_NONE) {
        p.caption = IDC_UNCHANGED;
        return p;
    }
    bool forward = p.view[1] == IDC_VIEW_SEMANTIC;
    p.type = forward ? t->type : reversed[t->type];
    p.caption = forward ? IDC_FORWARD : IDC_BACKWARD;
    p.object[0] = t->changed[p.view[0]];
    p.object[1] = t->changed[p.view[1]];
    return p;
}

struct idc_order {
    uint64_t seed, epoch;
    size_t n;
    uint32_t *index;
};

int idc_order_new(idc_order **order, uint64_t seed, size_t n, idc_error *err)
{
    idc_order *o = calloc(1, sizeof *o);
    *order = o;
    if (o == NULL || (o->index = calloc(n, sizeof *o->index)) == NULL) {
        idc_order_free(order);
        return idc_fail(err, IDC_E_MEMORY, "order of %zu triples: no memory", n);
    }
    o->seed = seed;
    o->n = n;
    o->epoch = UINT64_MAX;
    return 0;
}

void idc_order_free(idc_order **order)
{
    if (*order != NULL)
        free((*order)->index);
    free(*order);
    *order = NULL;
}

size_t idc_order_at(idc_order *o, uint64_t position)
{
    uint64_t epoch = position / o->n;
    if (epoch != o->epoch) {
        for (size_t i = 0; i < o->n; i++)
            o->index[i] = (uint32_t)i;
        idc_random r = idc_random_at(o->seed, epoch, 0x0bde7u);
        idc_random_shuffle(&r, o->index, o->n);
        o->epoch = epoch;
    }
    return o->index[position % o->n];
}
