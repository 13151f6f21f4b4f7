#include "synth/shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS 14
#define ALIGN 64
#define MAX_SIDE 4096

struct idc_shard {
    idc_shard_about about;
    size_t pixels;
    uint8_t *images, *masks;
    float (*objects)[IDC_VIEWS][IDC_MAX_OBJECTS][COLUMNS];
    float (*camera)[IDC_VIEWS][3];
    int32_t (*change)[4];
    int64_t *index;
    idc_triple *triple;
};

void idc_shard_free(idc_shard **shard)
{
    idc_shard *s = *shard;
    if (s) {
        free(s->images);
        free(s->masks);
        free(s->objects);
        free(s->camera);
        free(s->change);
        free(s->index);
        free(s->triple);
    }
    free(s);
    *shard = NULL;
}

idc_shard *idc_shard_new(const idc_shard_about *about, idc_error *err)
{
    const int w = about->size[0], h = about->size[1];
    if (w < 2 || h < 2 || w > MAX_SIDE || h > MAX_SIDE || w % 2 || h % 2) {
        idc_fail(err, IDC_E_RANGE, "size %dx%d: sides must be even, 2 to %d", w, h, MAX_SIDE);
        return NULL;
    }
    idc_shard *s = calloc(1, sizeof *s);
    if (!s) {
        idc_fail(err, IDC_E_MEMORY, "no memory for a shard");
        return NULL;
    }
    size_t n = (size_t)about->count;
    s->about = *about;
    s->pixels = (size_t)w * (size_t)h;
    s->images = calloc(n, IDC_VIEWS * s->pixels * 3);
    s->masks = calloc(n, IDC_VIEWS * s->pixels / 4);
    s->objects = calloc(n, sizeof *s->objects);
    s->camera = calloc(n, sizeof *s->camera);
    s->change = calloc(n, sizeof *s->change);
    s->index = calloc(n, sizeof *s->index);
    s->triple = calloc(n, sizeof *s->triple);
    if (!s->images || !s->masks || !s->objects || !s->camera || !s->change || !s->index ||
        !s->triple) {
        idc_fail(err, IDC_E_MEMORY, "no memory for a shard of %zu triples at %dx%d", n, w, h);
        idc_shard_free(&s);
    }
    return s;
}

/* The id that is most of a 2×2 block; an object before the ground where both have half. */
static uint8_t most_of(const uint8_t *a, const uint8_t *b)
{
    const uint8_t id[4] = {a[0], a[1], b[0], b[1]};
    int best = 0, best_count = 0;
    for (int i = 0; i < 4; i++) {
        int count = 0;
        for (int k = 0; k < 4; k++)
            count += id[k] == id[i];
        if (count > best_count || (count == best_count && id[best] == IDC_NO_OBJECT)) {
            best = i;
            best_count = count;
        }
    }
    return id[best];
}

static void halve(uint8_t *mask, const uint8_t *ids, const int size[2])
{
    for (int y = 0; y < size[1]; y += 2)
        for (int x = 0; x < size[0]; x += 2)
            *mask++ = most_of(ids + y * size[0] + x, ids + (y + 1) * size[0] + x);
}

static void fill_row(float row[COLUMNS], const idc_view *v, int k, const idc_seen *seen,
                     const int size[2])
{
    const idc_solid *o = &v->objects[k];
    double at[3] = {o->x, o->y, idc_solid_size(o)}, uv[2];
    idc_project(v->camera, at, size, uv);
    const float values[COLUMNS] = {(float)o->attr[IDC_ATTR_SHAPE],
                                   (float)o->attr[IDC_ATTR_SIZE],
                                   (float)o->attr[IDC_ATTR_COLOR],
                                   (float)o->attr[IDC_ATTR_MATERIAL],
                                   (float)o->x,
                                   (float)o->y,
                                   (float)o->theta,
                                   (float)uv[0],
                                   (float)uv[1],
                                   (float)seen->pixels,
                                   (float)seen->box[0],
                                   (float)seen->box[1],
                                   (float)seen->box[2],
                                   (float)seen->box[3]};
    memcpy(row, values, sizeof values);
}

int idc_shard_fill(idc_shard *s, int i, idc_renderer *r, idc_error *err)
{
    const int *size = s->about.size;
    idc_triple *t = &s->triple[i];
    uint64_t number = s->about.first + (uint64_t)i;
    int rc = idc_triple_make(t, r, &s->about.spec, number, err);
    uint8_t *ids = malloc(s->pixels);
    if (!ids && rc == 0)
        rc = idc_fail(err, IDC_E_MEMORY, "no memory for an id map");
    for (int k = 0; k < IDC_VIEWS && rc == 0; k++) {
        size_t slot = (size_t)i * IDC_VIEWS + (size_t)k;
        idc_image picture = {size[0], size[1], s->images + slot * s->pixels * 3};
        idc_triple_draw(t, r, s->about.spec.seed, k, &picture, ids);
        halve(s->masks + slot * s->pixels / 4, ids, size);
        for (int o = 0; o < IDC_MAX_OBJECTS; o++) {
            s->objects[i][k][o][0] = -1;
            if (o < t->view[k].count)
                fill_row(s->objects[i][k][o], &t->view[k], o, &t->seen[k][o], size);
        }
        for (int c = 0; c < 3; c++)
            s->camera[i][k][c] = (float)t->view[k].camera[c];
    }
    const int32_t change[4] = {t->type, t->index[0], t->index[1], t->fresh_lamps};
    memcpy(s->change[i], change, sizeof change);
    s->index[i] = (int64_t)number;
    free(ids);
    return rc;
}

/* The start of the header, which tells whether a file was made with the same options. */
static int about_json(char *out, size_t size, const idc_shard_about *a)
{
    const double *w = a->spec.weight;
    return snprintf(out, size,
                    "{\"__metadata__\":{\"format\":\"idc-shard\",\"version\":\"1\",\"seed\":\"%"
                    "llu\",\"size\":\"%dx%d\","
                    "\"first\":\"%llu\",\"count\":\"%d\",\"samples\":\"%d\",\"types\":\"%g %g %g "
                    "%g %g\",\"idc\":\"%s\"}",
                    (unsigned long long)a->spec.seed, a->size[0], a->size[1],
                    (unsigned long long)a->first, a->count, a->samples, w[1], w[2], w[3], w[4],
                    w[5], IDC_VERSION);
}

static void list(FILE *f, const char *name, const idc_sentences *s, const char *end)
{
    fprintf(f, "\"%s\":[", name);
    for (int i = 0; i < s->count; i++)
        fprintf(f, "%s\"%s\"", i ? "," : "", s->text[i]);
    fprintf(f, "]%s", end);
}

/* All lines of text, and where each begins. NULL when there is no memory. */
static char *make_text(const idc_shard *s, int64_t *offsets, size_t *length)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, length);
    if (!f)
        return NULL;
    for (int i = 0; i < s->about.count; i++) {
        const idc_triple *t = &s->triple[i];
        fprintf(f, "{\"triple\":\"%s\",\"captions\":{", t->name);
        list(f, "forward", &t->forward, ",");
        list(f, "backward", &t->backward, ",");
        list(f, "none", &t->none, "}}\n");
        offsets[i + 1] = ftell(f);
    }
    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

struct part {
    const char *name, *dtype;
    char shape[64];
    const void *data;
    size_t bytes;
};

#define PARTS 8
static int write_parts(const idc_shard *s, FILE *f, const struct part parts[PARTS])
{
    char head[4096];
    int n = about_json(head, sizeof head, &s->about);
    size_t at = 0;
    for (int i = 0; i < PARTS; i++) {
        n += snprintf(head + n, sizeof head - (size_t)n,
                      ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                      parts[i].name, parts[i].dtype, parts[i].shape, at, at + parts[i].bytes);
        at += parts[i].bytes;
    }
    head[n++] = '}';
    while ((n + 8) % ALIGN)
        head[n++] = ' ';
    unsigned char length[8] = {(unsigned char)(n & 255), (unsigned char)(n >> 8)};
    int ok = fwrite(length, 8, 1, f) == 1 && fwrite(head, (size_t)n, 1, f) == 1;
    for (int i = 0; i < PARTS; i++)
        ok = ok && fwrite(parts[i].data, 1, parts[i].bytes, f) == parts[i].bytes;
    return ok && fflush(f) == 0 && fsync(fileno(f)) == 0 ? 0 : -1;
}

static int save(const idc_shard *s, const struct part parts[PARTS], const char *path,
                idc_error *err)
{
    char part[4096];
    if ((size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part)
        return idc_fail(err, IDC_E_RANGE, "%s: path too long", path);
    FILE *f = fopen(part, "wb");
    if (!f)
        return idc_fail(err, IDC_E_IO, "%s: %s", part, strerror(errno));
    int bad = write_parts(s, f, parts) < 0, why = errno;
    if (fclose(f) != 0 && !bad) {
        bad = 1;
        why = errno;
    }
    if (!bad && rename(part, path) != 0) {
        bad = 1;
        why = errno;
    }
    if (bad)
        remove(part);
    return bad ? idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(why)) : 0;
}

int idc_shard_write(const idc_shard *s, const char *path, idc_error *err)
{
    const size_t n = (size_t)s->about.count;
    const int count = s->about.count, w = s->about.size[0], h = s->about.size[1];
    size_t length = 0;
    int64_t *offsets = calloc(n + 1, sizeof *offsets);
    char *text = offsets ? make_text(s, offsets, &length) : NULL;
    if (!text) {
        free(offsets);
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory for the sentences", path);
    }
    struct part parts[PARTS] = {{"images", "U8", "", s->images, n * IDC_VIEWS * s->pixels * 3},
                                {"objects", "F32", "", s->objects, n * sizeof *s->objects},
                                {"change", "I32", "", s->change, n * sizeof *s->change},
                                {"camera", "F32", "", s->camera, n * sizeof *s->camera},
                                {"index", "I64", "", s->index, n * sizeof *s->index},
                                {"text_offsets", "I64", "", offsets, (n + 1) * sizeof *offsets},
                                {"masks", "U8", "", s->masks, n * IDC_VIEWS * s->pixels / 4},
                                {"text", "U8", "", text, length}};
    snprintf(parts[0].shape, sizeof parts[0].shape, "%d,3,%d,%d,3", count, h, w);
    snprintf(parts[1].shape, sizeof parts[1].shape, "%d,3,%d,%d", count, IDC_MAX_OBJECTS, COLUMNS);
    snprintf(parts[2].shape, sizeof parts[2].shape, "%d,4", count);
    snprintf(parts[3].shape, sizeof parts[3].shape, "%d,3,3", count);
    snprintf(parts[4].shape, sizeof parts[4].shape, "%d", count);
    snprintf(parts[5].shape, sizeof parts[5].shape, "%d", count + 1);
    snprintf(parts[6].shape, sizeof parts[6].shape, "%d,3,%d,%d", count, h / 2, w / 2);
    snprintf(parts[7].shape, sizeof parts[7].shape, "%zu", length);
    int rc = save(s, parts, path, err);
    free(text);
    free(offsets);
    return rc;
}

int idc_shard_done(const idc_shard_about *about, const char *path, idc_error *err)
{
    char want[1024], have[1024 + 8] = {0};
    size_t n = (size_t)about_json(want, sizeof want, about);
    FILE *f = fopen(path, "rb");
    if (!f && errno == ENOENT)
        return 0;
    if (!f)
        return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    size_t got = fread(have, 1, n + 8, f);
    fclose(f);
    if (got < n + 8 || memcmp(have + 8, want, n) != 0)
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: made with other options; remove it or choose another folder", path);
    return 1;
}
