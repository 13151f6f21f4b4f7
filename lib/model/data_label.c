#include "model/data_label.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/plain.h"

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

int idc_label_type(const char *name)
{
    return index_of(type_names, IDC_CHANGE_TYPES, name);
}

const char *idc_label_type_name(enum idc_change_type type)
{
    return type_names[type];
}

bool idc_label_exists(enum idc_change_type type, int side)
{
    static const bool there[IDC_CHANGE_TYPES][2] = {[IDC_COLOR] = {1, 1},
                                                    [IDC_MATERIAL] = {1, 1},
                                                    [IDC_ADD] = {0, 1},
                                                    [IDC_DROP] = {1, 0},
                                                    [IDC_MOVE] = {1, 1}};
    return there[type][side];
}

int idc_label_attributes(idc_listed_pair *p, int side, const json_t *object, idc_error *err)
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

int idc_label_box(idc_listed_pair *p, int side, const json_t *o, idc_error *err)
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

int idc_label_change(idc_listed_pair *p, const json_t *o, idc_error *err)
{
    const json_t *changed = json_object_get(o, "changed");
    int rc = 0;
    for (int side = 0; side < 2 && rc == 0; side++) {
        const json_t *object = json_object_get(changed, side_names[side]);
        for (int a = 0; a < IDC_ATTRIBUTES; a++)
            p->attribute[side][a] = -1;
        if (!idc_label_exists(p->type, side))
            continue;
        if (!json_is_object(object))
            return idc_fail(err, IDC_E_INVALID, "type %s without changed.%s", type_names[p->type],
                            side_names[side]);
        rc = idc_label_attributes(p, side, object, err);
    }
    return rc;
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

int idc_label_sentence(idc_captions *c, enum idc_caption_kind kind, const char *text)
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

int idc_label_plain(idc_listed_pair *p)
{
    char text[IDC_PLAIN_SIZE];
    if (p->type == IDC_NONE) {
        idc_plain_sentence(text, IDC_PLAIN_NONE, NULL, NULL);
        return idc_label_sentence(&p->captions, IDC_UNCHANGED, text);
    }
    plain_sentence(text, p, 0);
    int rc = idc_label_sentence(&p->captions, IDC_FORWARD, text);
    plain_sentence(text, p, 1);
    return rc < 0 ? rc : idc_label_sentence(&p->captions, IDC_BACKWARD, text);
}

bool idc_label_has_word(const char *text)
{
    return text != NULL && text[strspn(text, " \t\r\n.?")] != '\0';
}

/* ---- pictures ---- */

void idc_label_place(idc_triple *t, int view, unsigned char *mask, const int box[4],
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
