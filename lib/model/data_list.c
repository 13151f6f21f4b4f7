#include "model/data_list.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "image/decode.h"
#include "image/lines.h"
#include "model/data_label.h"

#define MAX_FILE ((size_t)256 << 20)

static const char *const side_names[2] = {"before", "after"};

/* ---- a line ---- */

static int take_file(idc_listed_pair *p, int side, const json_t *o, const char *list,
                     idc_error *err)
{
    const char *name = json_string_value(json_object_get(o, side_names[side]));
    if (name == NULL || name[0] == '\0')
        return idc_fail(err, IDC_E_INVALID, "no \"%s\"", side_names[side]);
    const char *slash = strrchr(list, '/');
    int folder = slash != NULL && name[0] != '/' ? (int)(slash - list) + 1 : 0;
    size_t size = (size_t)folder + strlen(name) + 1;
    if (folder > 4096 || (p->file[side] = malloc(size)) == NULL)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
    snprintf(p->file[side], size, "%.*s%s", folder, list, name);
    if (access(p->file[side], R_OK) != 0)
        return idc_fail(err, IDC_E_MISSING, "%s: no such file", p->file[side]);
    return 0;
}

static int take_labels(idc_listed_pair *p, const json_t *o, idc_error *err)
{
    int rc = idc_label_change(p, o, err);
    for (int side = 0; side < 2 && rc == 0; side++)
        rc = idc_label_exists(p->type, side) ? idc_label_box(p, side, o, err) : 0;
    return rc;
}

static int take_captions(idc_listed_pair *p, const json_t *o, idc_error *err)
{
    const json_t *list = json_object_get(o, "captions");
    int rc = idc_label_plain(p);
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const char *s = json_string_value(json_array_get(list, i));
        if (!idc_label_has_word(s))
            return idc_fail(err, IDC_E_INVALID, "caption %zu %s", i,
                            s != NULL ? "is empty" : "is not text");
        rc = idc_label_sentence(&p->captions, p->type == IDC_NONE ? IDC_UNCHANGED : IDC_FORWARD, s);
    }
    return rc < 0 ? idc_fail(err, rc, "no memory") : 0;
}

static int take_pair(idc_listed_pair *p, const json_t *o, const char *list, idc_error *err)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    const char *type = json_string_value(json_object_get(o, "type"));
    int rc = 0, which = idc_label_type(type);
    if (which < 0)
        return idc_fail(err, IDC_E_INVALID,
                        "type %s: there are none, color, material, add, drop, move",
                        type != NULL ? type : "is missing");
    p->type = (enum idc_change_type)which;
    for (int side = 0; side < 2 && rc == 0; side++)
        rc = take_file(p, side, o, list, err);
    if (rc == 0)
        rc = take_labels(p, o, err);
    if (rc == 0)
        rc = take_captions(p, o, err);
    if (rc == 0 && (p->id = strdup(id != NULL ? id : p->file[0])) == NULL)
        rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    return rc;
}

static void fini_pair(idc_listed_pair *p)
{
    idc_captions_fini(&p->captions);
    free(p->id);
    free(p->file[0]);
    free(p->file[1]);
}

/* For one more; room is for the next power of two. */
static int make_room(idc_listed *l, idc_error *err)
{
    if ((l->n & (l->n - 1)) != 0)
        return 0;
    idc_listed_pair *grown = realloc(l->pair, (l->n > 0 ? 2 * l->n : 1) * sizeof *grown);
    if (grown == NULL)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    l->pair = grown;
    return 0;
}

/* The ids of a list with their lines. */
static int take_id(json_t *ids, const json_t *o, uint64_t line, idc_error *err)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    const json_t *before = id != NULL ? json_object_get(ids, id) : NULL;
    if (before != NULL)
        return idc_fail(err, IDC_E_INVALID, "id '%s' is that of line %lld as well", id,
                        (long long)json_integer_value(before));
    if (id != NULL && json_object_set_new(ids, id, json_integer((json_int_t)line)) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return 0;
}

typedef struct reading {
    idc_listed *to;
    const char *list, *line;
    uint64_t number;
    json_t *ids;
} reading;

static int take_line(const reading *r, idc_error *err)
{
    idc_listed *l = r->to;
    const char *line = r->line;
    if (line[strspn(line, " \t")] == '\0')
        return 0;
    json_error_t bad;
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &bad);
    if (!json_is_object(o)) {
        json_decref(o);
        return idc_fail(err, IDC_E_INVALID, "%s", o == NULL ? bad.text : "not a JSON object");
    }
    int rc = take_id(r->ids, o, r->number, err);
    if (rc == 0)
        rc = make_room(l, err);
    if (rc == 0) {
        idc_listed_pair *p = &l->pair[l->n];
        memset(p, 0, sizeof *p);
        p->list = r->list;
        p->line = r->number;
        rc = take_pair(p, o, r->list, err);
        if (rc < 0)
            fini_pair(p);
        else
            l->n++;
    }
    json_decref(o);
    return rc;
}

int idc_listed_read(idc_listed *l, const char *path, idc_error *err)
{
    idc_lines *lines = NULL;
    reading r = {.to = l, .list = path, .ids = json_object()};
    size_t before = l->n;
    int rc = idc_lines_open(&lines, path, err);
    while (rc >= 0 && (rc = idc_lines_next(lines, &r.line, err)) == 1) {
        idc_error why = IDC_NO_ERROR;
        r.number = idc_lines_number(lines);
        rc = take_line(&r, &why);
        if (rc < 0)
            idc_fail(err, rc, "%s: line %llu: %s", path, (unsigned long long)r.number, why.text);
    }
    if (rc == 0 && l->n == before)
        rc = idc_fail(err, IDC_E_MISSING, "%s: no pair in it", path);
    json_decref(r.ids);
    idc_lines_close(&lines);
    return rc;
}

void idc_listed_fini(idc_listed *l)
{
    for (size_t i = 0; i < l->n; i++)
        fini_pair(&l->pair[i]);
    free(l->pair);
    memset(l, 0, sizeof *l);
}

/* ---- pictures ---- */

static int decode(idc_image *out, idc_decode_info *info, const char *path, int width, int height,
                  idc_error *err)
{
    idc_buffer bytes = {0};
    idc_decode_options how = {
        .max_pixels = IDC_MAX_PIXELS, .target_width = width, .target_height = height};
    int rc = idc_file_read(&bytes, path, MAX_FILE, err);
    if (rc == 0) {
        idc_error why = IDC_NO_ERROR;
        rc = idc_decode(out, bytes.data, bytes.size, &how, info, &why);
        if (rc < 0)
            rc = idc_fail(err, rc, "%s: %s", path, why.text);
    }
    idc_buffer_free(&bytes);
    return rc;
}

static int set_views(const idc_listed_pair *p, const idc_image image[2],
                     const idc_decode_info info[2], idc_triple *t, void **memory)
{
    size_t pixels = idc_image_bytes(&image[0]), cells = pixels / 3 / 4;
    unsigned char *block = malloc(2 * (pixels + cells));
    if (block == NULL)
        return IDC_E_MEMORY;
    *memory = block;
    memset(t, 0, sizeof *t);
    memset(t->objects, 0xff, sizeof t->objects); /* −1: no such object */
    t->width = image[0].width;
    t->height = image[0].height;
    t->type = p->type;
    t->changed[IDC_VIEW_NONSEMANTIC] = -1;
    for (int k = 0; k < 2; k++) {
        unsigned char *mask = block + 2 * pixels + (size_t)k * cells;
        double scale[2] = {(double)t->width / info[k].width, (double)t->height / info[k].height};
        memcpy(block + (size_t)k * pixels, image[k].rgb, pixels);
        memset(mask, 255, cells);
        t->images[k] = block + (size_t)k * pixels;
        t->masks[k] = mask;
        t->changed[k] = p->attribute[k][0] < 0 ? -1 : 0;
        memcpy(t->objects[k][0].attribute, p->attribute[k], sizeof p->attribute[k]);
        if (t->changed[k] == 0)
            idc_label_place(t, k, mask, p->box[k], scale);
    }
    return 0;
}

int idc_listed_load(const idc_listed_pair *p, int width, int height, idc_triple *t, void **memory,
                    idc_error *err)
{
    idc_image image[2] = {{0}, {0}};
    idc_decode_info info[2];
    int rc = decode(&image[0], &info[0], p->file[0], width, height, err);
    *memory = NULL;
    if (rc == 0)
        rc = decode(&image[1], &info[1], p->file[1], width, height, err);
    if (rc == 0 && (image[0].width != image[1].width || image[0].height != image[1].height))
        rc = idc_fail(err, IDC_E_MISMATCH, "pair '%s': pictures of %dx%d and %dx%d", p->id,
                      info[0].width, info[0].height, info[1].width, info[1].height);
    if (rc == 0 && (image[0].width < 16 || image[0].height < 16))
        rc = idc_fail(err, IDC_E_RANGE, "pair '%s': pictures of %dx%d", p->id, info[0].width,
                      info[0].height);
    if (rc == 0 && set_views(p, image, info, t, memory) < 0)
        rc = idc_fail(err, IDC_E_MEMORY, "pair '%s': no memory", p->id);
    idc_image_free(&image[0]);
    idc_image_free(&image[1]);
    return rc;
}
