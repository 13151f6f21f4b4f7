#include "model/data_list.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "image/decode.h"
#include "image/lines.h"
#include "text/plain.h"

#define MAX_FILE ((size_t)256 << 20)

static const char *const type_names[IDC_CHANGE_TYPES] = {"none", "color", "material",
                                                         "add",  "drop",  "move"};
static const char *const attribute_names[IDC_ATTRIBUTES] = {"shape", "size", "color", "material"};
static const char *const values[IDC_ATTRIBUTES][9] = {
    {"cube", "sphere", "cylinder", NULL},
    {"large", "small", NULL},
    {"gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow", NULL},
    {"rubber", "metal", NULL}};
static const char *const side_names[2] = {"before", "after"};
static const char *const box_names[2] = {"box_before", "box_after"};

static int index_of(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n && names[i] != NULL && name != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* ---- sentences ---- */

static bool exists(const idc_listed_pair *p, int side)
{
    return p->attribute[side][0] >= 0;
}

static const char *value_of(const idc_listed_pair *p, int side, int attribute)
{
    return values[attribute][p->attribute[side][attribute]];
}

/* The plain sentence of from → to (0 before, 1 after). */
static void plain_sentence(char text[IDC_PLAIN_SIZE], const idc_listed_pair *p, int from)
{
    int to = 1 - from, side = exists(p, from) ? from : to;
    char object[64];
    snprintf(object, sizeof object, "%s %s %s %s", value_of(p, side, IDC_SIZE),
             value_of(p, side, IDC_COLOUR), value_of(p, side, IDC_MATTER),
             value_of(p, side, IDC_SHAPE));
    if (p->type == IDC_COLOR)
        idc_plain_sentence(text, IDC_PLAIN_COLOR, object, value_of(p, to, IDC_COLOUR));
    else if (p->type == IDC_MATERIAL)
        idc_plain_sentence(text, IDC_PLAIN_MATERIAL, object, value_of(p, to, IDC_MATTER));
    else if (exists(p, from) && exists(p, to))
        idc_plain_sentence(text, IDC_PLAIN_MOVE, object, NULL);
    else
        idc_plain_sentence(text, exists(p, from) ? IDC_PLAIN_DROP : IDC_PLAIN_ADD, object, NULL);
}

static int add_sentence(idc_captions *c, enum idc_caption_kind kind, const char *text)
{
    char **grown = realloc(c->sentence[kind], (c->count[kind] + 1) * sizeof *grown);
    if (grown == NULL)
        return IDC_E_MEMORY;
    c->sentence[kind] = grown;
    if ((grown[c->count[kind]] = strdup(text)) == NULL)
        return IDC_E_MEMORY;
    c->count[kind]++;
    return 0;
}

static int take_captions(idc_listed_pair *p, const json_t *o, idc_error *err)
{
    const json_t *list = json_object_get(o, "captions");
    enum idc_caption_kind kind = p->type == IDC_NONE ? IDC_UNCHANGED : IDC_FORWARD;
    char text[IDC_PLAIN_SIZE];
    if (p->type == IDC_NONE)
        idc_plain_sentence(text, IDC_PLAIN_NONE, NULL, NULL);
    else
        plain_sentence(text, p, 0);
    int rc = add_sentence(&p->captions, kind, text);
    if (rc == 0 && p->type != IDC_NONE) {
        plain_sentence(text, p, 1);
        rc = add_sentence(&p->captions, IDC_BACKWARD, text);
    }
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const char *s = json_string_value(json_array_get(list, i));
        if (s == NULL || s[0] == '\0')
            return idc_fail(err, IDC_E_INVALID, "caption %zu is not text", i);
        rc = add_sentence(&p->captions, kind, s);
    }
    return rc < 0 ? idc_fail(err, rc, "no memory") : 0;
}

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

static int take_attributes(idc_listed_pair *p, int side, const json_t *object, idc_error *err)
{
    for (int a = 0; a < IDC_ATTRIBUTES; a++) {
        const char *said = json_string_value(json_object_get(object, attribute_names[a]));
        int value = index_of(values[a], 9, said);
        if (value < 0)
            return idc_fail(err, IDC_E_INVALID, "changed.%s.%s: %s%s", side_names[side],
                            attribute_names[a], said != NULL ? "unknown value " : "missing",
                            said != NULL ? said : "");
        p->attribute[side][a] = value;
    }
    return 0;
}

static int take_box(idc_listed_pair *p, int side, const json_t *o, idc_error *err)
{
    const json_t *box = json_object_get(o, box_names[side]);
    for (int i = 0; i < 4; i++) {
        const json_t *number = json_array_get(box, (size_t)i);
        double x = json_is_number(number) ? json_number_value(number) : -1;
        if (json_array_size(box) != 4 || !(x >= 0 && x <= 1e6))
            return idc_fail(err, IDC_E_INVALID, "\"%s\" is not [x0,y0,x1,y1]", box_names[side]);
        p->box[side][i] = (int)x;
    }
    if (p->box[side][2] <= p->box[side][0] || p->box[side][3] <= p->box[side][1])
        return idc_fail(err, IDC_E_INVALID, "\"%s\" is empty", box_names[side]);
    return 0;
}

static int take_change(idc_listed_pair *p, const json_t *o, idc_error *err)
{
    static const bool there[IDC_CHANGE_TYPES][2] = {[IDC_COLOR] = {1, 1},
                                                    [IDC_MATERIAL] = {1, 1},
                                                    [IDC_ADD] = {0, 1},
                                                    [IDC_DROP] = {1, 0},
                                                    [IDC_MOVE] = {1, 1}};
    const json_t *changed = json_object_get(o, "changed");
    int rc = 0;
    for (int side = 0; side < 2 && rc == 0; side++) {
        const json_t *object = json_object_get(changed, side_names[side]);
        for (int a = 0; a < IDC_ATTRIBUTES; a++)
            p->attribute[side][a] = -1;
        if (!there[p->type][side])
            continue;
        if (!json_is_object(object))
            return idc_fail(err, IDC_E_INVALID, "type %s without changed.%s", type_names[p->type],
                            side_names[side]);
        rc = take_attributes(p, side, object, err);
        if (rc == 0)
            rc = take_box(p, side, o, err);
    }
    return rc;
}

static int take_pair(idc_listed_pair *p, const json_t *o, const char *list, idc_error *err)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    const char *type = json_string_value(json_object_get(o, "type"));
    int rc = 0, which = index_of(type_names, IDC_CHANGE_TYPES, type);
    if (which < 0)
        return idc_fail(err, IDC_E_INVALID,
                        "type %s: there are none, color, material, add, drop, move",
                        type != NULL ? type : "is missing");
    p->type = (enum idc_change_type)which;
    for (int side = 0; side < 2 && rc == 0; side++)
        rc = take_file(p, side, o, list, err);
    if (rc == 0)
        rc = take_change(p, o, err);
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

static int take_line(idc_listed *l, const char *line, const char *list, idc_error *err)
{
    if (line[strspn(line, " \t")] == '\0')
        return 0;
    json_error_t bad;
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &bad);
    if (!json_is_object(o)) {
        json_decref(o);
        return idc_fail(err, IDC_E_INVALID, "%s", o == NULL ? bad.text : "not a JSON object");
    }
    int rc = make_room(l, err);
    if (rc == 0) {
        idc_listed_pair *p = &l->pair[l->n];
        memset(p, 0, sizeof *p);
        rc = take_pair(p, o, list, err);
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
    idc_lines *lines;
    const char *line;
    int rc = idc_lines_open(&lines, path, err);
    if (rc < 0)
        return rc;
    while ((rc = idc_lines_next(lines, &line, err)) == 1) {
        idc_error why = IDC_NO_ERROR;
        rc = take_line(l, line, path, &why);
        if (rc < 0) {
            rc = idc_fail(err, rc, "%s: line %llu: %s", path,
                          (unsigned long long)idc_lines_number(lines), why.text);
            break;
        }
    }
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

/* The mask of one view: 0 under the box, 255 elsewhere; and the object's row. scale: file → picture. */
static void set_object(idc_triple *t, int view, unsigned char *mask, const int box[4],
                       const double scale[2])
{
    int mask_w = t->width / 2, mask_h = t->height / 2;
    for (int y = 0; y < mask_h; y++) {
        for (int x = 0; x < mask_w; x++) {
            double u = (2 * x + 1) / scale[0], v = (2 * y + 1) / scale[1];
            if (u >= box[0] && u < box[2] && v >= box[1] && v < box[3])
                mask[(size_t)y * (size_t)mask_w + (size_t)x] = 0;
        }
    }
    t->objects[view][0].u = (float)(scale[0] * (box[0] + box[2]) / 2);
    t->objects[view][0].v = (float)(scale[1] * (box[1] + box[3]) / 2);
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
            set_object(t, k, mask, p->box[k], scale);
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
