#include <jansson.h>
#include <string.h>

#include "synth/listing.h"

#define COORDINATE_MAX 1000.0

static int number(double *out, json_t *from, const char *name, idc_error *err)
{
    double v = json_number_value(from);
    if (!json_is_number(from) || !(v > -COORDINATE_MAX && v < COORDINATE_MAX))
        return idc_fail(err, IDC_E_INVALID, "%s: not a number within %g", name, COORDINATE_MAX);
    *out = v;
    return 0;
}

static int point(double out[3], json_t *from, const char *name, idc_error *err)
{
    if (!json_is_array(from) || json_array_size(from) != 3)
        return idc_fail(err, IDC_E_INVALID, "%s: not a list of three numbers", name);
    for (size_t k = 0; k < 3; k++)
        if (number(&out[k], json_array_get(from, k), name, err) < 0)
            return IDC_E_INVALID;
    return 0;
}

static int solid(idc_solid *o, json_t *from, idc_error *err)
{
    for (int a = 0; a < IDC_ATTRS; a++) {
        const char *word = json_string_value(json_object_get(from, idc_attr_names[a]));
        o->attr[a] = word ? idc_name_index(idc_attr_values[a], idc_attr_counts[a], word) : -1;
        if (o->attr[a] < 0)
            return idc_fail(err, IDC_E_INVALID, "object: %s is missing or unknown",
                            idc_attr_names[a]);
    }
    if (number(&o->x, json_object_get(from, "x"), "x", err) < 0 ||
        number(&o->y, json_object_get(from, "y"), "y", err) < 0)
        return IDC_E_INVALID;
    return number(&o->theta, json_object_get(from, "theta"), "theta", err);
}

static int view(idc_view *v, char file[256], json_t *from, idc_error *err)
{
    const char *name = json_string_value(json_object_get(from, "file"));
    json_t *objects = json_object_get(from, "objects"), *lamps = json_object_get(from, "lamp");
    memset(v, 0, sizeof *v);
    if (!name || !*name || strlen(name) >= 256)
        return idc_fail(err, IDC_E_INVALID, "file: missing, empty or longer than 255 bytes");
    strncpy(file, name, 255);
    file[255] = 0;
    if (point(v->camera, json_object_get(from, "camera"), "camera", err) < 0)
        return IDC_E_INVALID;
    if (v->camera[0] * v->camera[0] + v->camera[1] * v->camera[1] < 1e-6)
        return idc_fail(err, IDC_E_INVALID, "camera: looks straight down");
    for (int k = 0; k < IDC_LAMPS; k++)
        if (point(v->lamp[k], json_object_get(lamps, idc_lamp_names[k]), idc_lamp_names[k], err) <
            0)
            return IDC_E_INVALID;
    size_t n = json_array_size(objects);
    if (!json_is_array(objects) || n > IDC_MAX_OBJECTS)
        return idc_fail(err, IDC_E_INVALID, "objects: missing, or more than %d", IDC_MAX_OBJECTS);
    for (; v->count < (int)n; v->count++)
        if (solid(&v->objects[v->count], json_array_get(objects, (size_t)v->count), err) < 0)
            return IDC_E_INVALID;
    return 0;
}

int idc_scene_parse(idc_scene_line *line, const char *text, size_t length, idc_error *err)
{
    json_error_t bad;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &bad);
    if (!root)
        return idc_fail(err, IDC_E_INVALID, "not JSON: %s", bad.text);
    json_t *views = json_object_get(root, "views");
    int rc = 0;
    for (int k = 0; k < IDC_VIEWS && rc == 0; k++) {
        rc = view(&line->view[k], line->file[k], json_object_get(views, idc_view_names[k]), err);
        if (rc < 0)
            idc_fail_in(err, rc, idc_view_names[k]);
    }
    json_decref(root);
    return rc;
}
