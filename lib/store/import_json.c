/* import_json.c: the sets whose captions come as JSON. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/import_parts.h"
#include "store/rows.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A string, or a whole number in digits. */
static const char *id_of(const json_t *object, const char *key, char digits[24])
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return json_string_value(value);
    snprintf(digits, 24, "%" PRId64, (int64_t)json_integer_value(value));
    return digits;
}

typedef int (*entry_function)(idc_import *im, const json_t *entry, const char *place,
                              const char *split, idc_error *err);

static int each(idc_import *im, const json_t *list, const char *path, const char *split,
                entry_function f, idc_error *err)
{
    char place[4200];
    int rc =
        json_is_array(list) ? 0 : idc_fail(err, IDC_E_INVALID, "%s: is no list of entries", path);
    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
        snprintf(place, sizeof place, "%s: entry %zu", path, i);
        rc = f(im, json_array_get(list, i), place, split, err);
    }
    return rc;
}

/* One file, or a folder with a file for each split. */
static int by_split(idc_import *im, const char *path, entry_function f, idc_error *err)
{
    static const char *const files[][2] = {
        {"train.json", "train"}, {"val.json", "val"}, {"valid.json", "val"}, {"test.json", "test"}};
    json_t *root;
    int rc, seen = 0;
    if (!idc_import_is_folder(path)) {
        rc = idc_import_json(&root, path, NULL, err);
        rc = rc < 0 ? rc : each(im, root, path, NULL, f, err);
        json_decref(root);
        return rc;
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        idc_error why = IDC_NO_ERROR;
        rc = idc_import_json(&root, path, files[i][0], &why);
        if (rc == IDC_E_MISSING)
            continue;
        if (rc < 0)
            return idc_fail(err, rc, "%s", why.text);
        rc = each(im, root, files[i][0], files[i][1], f, err);
        json_decref(root);
        if (rc < 0)
            return rc;
        seen++;
    }
    return seen ? 0
                : idc_fail(err, IDC_E_MISSING, "%s: has none of train.json, val.json, test.json",
                           path);
}

static int spot_entry(idc_import *im, const json_t *entry, const char *place, const char *split,
                      idc_error *err)
{
    char digits[24], name[300], after[300];
    const char *id = id_of(entry, "img_id", digits);
    if (!id || strlen(id) > 256)
        return idc_import_refuse(im, place, "has no img_id");
    snprintf(name, sizeof name, "%s.png", id);
    snprintf(after, sizeof after, "%s_2.png", id);
    return idc_import_pair(im,
                           &(idc_import_entry){.name = name,
                                               .before = name,
                                               .after = after,
                                               .split = split,
                                               .captions = json_object_get(entry, "sentences")},
                           err);
}

static int editing_entry(idc_import *im, const json_t *entry, const char *place, const char *split,
                         idc_error *err)
{
    char digits[24];
    idc_import_entry e = {.name = id_of(entry, "uid", digits),
                          .before = text_of(entry, "img0"),
                          .after = text_of(entry, "img1"),
                          .split = split,
                          .captions = json_object_get(entry, "sents")};
    if (!e.name || !e.before || !e.after)
        return idc_import_refuse(im, place, "lacks uid, img0 or img1");
    return idc_import_pair(im, &e, err);
}

int idc_import_editing_request(idc_import *im, const char *path, idc_error *err)
{
    return by_split(im, path, editing_entry, err);
}

/* images: what lies between the split and the folders A and B. */
static int karpathy_entry(idc_import *im, const json_t *entry, const char *place,
                          const char *images, idc_error *err)
{
    char before[600], after[600];
    const char *name = text_of(entry, "filename"), *split = text_of(entry, "split");
    const json_t *changed = json_object_get(entry, "changeflag");
    if (!name || !split || strlen(name) > 256 || strlen(split) > 256)
        return idc_import_refuse(im, place, "lacks filename or split");
    snprintf(before, sizeof before, "%s/%sA/%s", split, images, name);
    snprintf(after, sizeof after, "%s/%sB/%s", split, images, name);
    return idc_import_pair(
        im,
        &(idc_import_entry){
            .name = name,
            .before = before,
            .after = after,
            .split = split,
            .type = json_is_integer(changed) && json_integer_value(changed) == 0 ? "none" : NULL,
            .captions = json_object_get(entry, "sentences")},
        err);
}

static int karpathy(idc_import *im, const char *path, const char *name, const char *images,
                    idc_error *err)
{
    json_t *root;
    int rc = idc_import_json(&root, path, name, err);
    rc = rc < 0 ? rc : each(im, json_object_get(root, "images"), path, images, karpathy_entry, err);
    json_decref(root);
    return rc;
}

int idc_import_levir_cc(idc_import *im, const char *path, idc_error *err)
{
    return karpathy(im, path, "LevirCCcaptions.json", "", err);
}

int idc_import_second_cc(idc_import *im, const char *path, idc_error *err)
{
    return karpathy(im, path, "SECOND-CC-AUG.json", "rgb/", err);
}

/* A caption belongs to the pair of that name where the store has one (sets made for scoring), else to the picture. */
static int coco_entry(idc_import *im, const json_t *entry, const char *place, const json_t *names,
                      idc_error *err)
{
    char digits[24];
    int64_t pair;
    const char *id = id_of(entry, "image_id", digits), *text = text_of(entry, "caption");
    if (!id || !text)
        return idc_import_refuse(im, place, "lacks image_id or caption");
    const char *file = json_string_value(json_object_get(names, id));
    idc_import_entry e = {.name = file ? file : id, .lines = &text, .n = 1};
    int rc = idc_sql_int(im->store, &pair, err, "SELECT pair FROM pair WHERE name = ?", "t", id);
    if (rc == 0)
        return idc_import_item(im, &e, err);
    rc = rc < 0 ? rc : idc_row_caption(im->store, pair, 0, text, err);
    im->captions += rc > 0;
    im->duplicates += rc == 0;
    return rc < 0 ? rc : idc_import_step(im, err);
}

int idc_import_coco(idc_import *im, const char *path, idc_error *err)
{
    json_t *root, *names = json_object();
    char digits[24], place[4200];
    int rc = names ? idc_import_json(&root, path, NULL, err) : IDC_E_MEMORY;
    if (rc < 0) {
        json_decref(names);
        return rc;
    }
    const json_t *images = json_object_get(root, "images"),
                 *list = json_object_get(root, "annotations");
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        const char *id = id_of(image, "id", digits), *file = text_of(image, "file_name");
        if (id && file)
            json_object_set_new(names, id, json_string(file));
    }
    if (!json_is_array(list))
        rc = idc_fail(err, IDC_E_INVALID, "%s: has no list 'annotations'", path);
    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
        snprintf(place, sizeof place, "%s: annotation %zu", path, i);
        rc = coco_entry(im, json_array_get(list, i), place, names, err);
    }
    json_decref(names);
    json_decref(root);
    return rc;
}

/* {"train": [17, …], …} or {"color": ["000017.png", …], …}: scene → word, keyed by six digits. */
static void turn_over(const json_t *lists, json_t *words)
{
    const char *word;
    json_t *list;
    char key[24];
    json_object_foreach((json_t *)lists, word, list)
    {
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *scene = json_array_get(list, i);
            if (json_is_integer(scene))
                snprintf(key, sizeof key, "%06" PRId64, (int64_t)json_integer_value(scene));
            else
                snprintf(key, sizeof key, "%.6s",
                         json_is_string(scene) ? json_string_value(scene) : "");
            json_object_set_new(words, key, json_string(word));
        }
    }
}

/* Spot-the-Diff in CLEVR-Change's form: captions by NNNNNN.png, splits by number. */
static int spot_scenes(idc_import *im, const char *path, json_t *captions, idc_error *err)
{
    json_t *lists = NULL, *splits = json_object(), *list;
    const char *key;
    int rc = splits ? idc_import_json(&lists, path, "splits.json", err)
                    : idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc == 0)
        turn_over(lists, splits);
    if (rc == 0)
        json_object_foreach(captions, key, list)
        {
            char scene[8] = "", name[32], after[32];
            int end = 0;
            if (sscanf(key, "%6[0-9].png%n", scene, &end) != 1 || key[end] || end != 10) {
                idc_import_refuse(im, key, "is no NNNNNN.png");
                continue;
            }
            long number = strtol(scene, NULL, 10);
            snprintf(name, sizeof name, "%ld.png", number);
            snprintf(after, sizeof after, "%ld_2.png", number);
            idc_import_entry e = {.name = name,
                                  .before = name,
                                  .after = after,
                                  .split = json_string_value(json_object_get(splits, scene)),
                                  .captions = list};
            if ((rc = idc_import_pair(im, &e, err)) < 0)
                break;
        }
    json_decref(lists);
    json_decref(splits);
    return rc;
}

int idc_import_spot_the_diff(idc_import *im, const char *path, idc_error *err)
{
    json_t *captions;
    idc_error why = IDC_NO_ERROR;
    int rc = idc_import_is_folder(path)
                 ? idc_import_json(&captions, path, "change_multi_captions.json", &why)
                 : IDC_E_MISSING;
    if (rc == IDC_E_MISSING)
        return by_split(im, path, spot_entry, err);
    rc = rc < 0 ? idc_fail(err, rc, "%s", why.text) : spot_scenes(im, path, captions, err);
    json_decref(captions);
    return rc;
}

/* {"CLEVR_default_NNNNNN.png": [], …} of the scenes whose type is known. */
static json_t *scenes_of(const json_t *types)
{
    json_t *scenes = json_object(), *type;
    const char *scene;
    char key[40];
    json_object_foreach((json_t *)types, scene, type)
    {
        snprintf(key, sizeof key, "CLEVR_default_%s.png", scene);
        json_object_set_new(scenes, key, json_array());
    }
    return scenes;
}

/* Both files are keyed by the picture before: CLEVR_default_NNNNNN.png. Without a file its pairs are known, but no sentence. */
static int clevr_file(idc_import *im, const char *path, const char *file, const json_t *splits,
                      const json_t *types, idc_error *err)
{
    json_t *root, *list;
    const char *key;
    bool changed = strcmp(file, "change_captions.json") == 0;
    idc_error why = IDC_NO_ERROR;
    int rc = idc_import_json(&root, path, file, &why);
    if (rc == IDC_E_MISSING) {
        idc_import_refuse(im, why.text, "pairs are taken without their sentences");
        root = scenes_of(types);
        rc = root ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    } else if (rc < 0)
        idc_fail(err, rc, "%s", why.text);
    if (rc == 0 && !json_is_object(root))
        rc = idc_fail(err, IDC_E_INVALID, "%s/%s: is no object", path, file);
    if (rc == 0)
        json_object_foreach(root, key, list)
        {
            char scene[8] = "", name[32], before[64], after[64];
            if (sscanf(key, "CLEVR_default_%6[0-9].png", scene) != 1 || strlen(scene) != 6) {
                idc_import_refuse(im, key, "is no CLEVR_default_NNNNNN.png");
                continue;
            }
            snprintf(name, sizeof name, "%s.png%s", scene, changed ? "" : "_n");
            snprintf(before, sizeof before, "images/CLEVR_default_%s.png", scene);
            snprintf(after, sizeof after, "%s/CLEVR_%s_%s.png",
                     changed ? "sc_images" : "nsc_images", changed ? "semantic" : "nonsemantic",
                     scene);
            idc_import_entry e = {.name = name,
                                  .before = before,
                                  .after = after,
                                  .split = json_string_value(json_object_get(splits, scene)),
                                  .type = changed ? json_string_value(json_object_get(types, scene))
                                                  : "none",
                                  .captions = list};
            rc = idc_import_pair(im, &e, err);
            if (rc < 0)
                break;
        }
    json_decref(root);
    return rc;
}

int idc_import_clevr_change(idc_import *im, const char *path, idc_error *err)
{
    json_t *lists = NULL, *kinds = NULL, *splits = json_object(), *types = json_object();
    int rc = splits && types ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc == 0 && !idc_import_is_folder(path))
        rc = idc_fail(err, IDC_E_INVALID, "%s: is not the folder of the set's JSON files", path);
    rc = rc < 0 ? rc : idc_import_json(&lists, path, "splits.json", err);
    rc = rc < 0 ? rc : idc_import_json(&kinds, path, "type_mapping.json", err);
    if (rc == 0) {
        turn_over(lists, splits);
        turn_over(kinds, types);
        rc = clevr_file(im, path, "change_captions.json", splits, types, err);
    }
    rc = rc < 0 ? rc : clevr_file(im, path, "no_change_captions.json", splits, types, err);
    json_decref(lists);
    json_decref(kinds);
    json_decref(splits);
    json_decref(types);
    return rc;
}
