#include "store/import.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/import_parts.h"
#include "store/rows.h"

#define STEPS_PER_COMMIT                                                                           \
    10000 /* with small ones the log holds each page of the indices many times */

static const struct {
    const char *name;
    idc_import_reader read;
} layouts[] = {
    {"birds-to-words", idc_import_birds_to_words},
    {"clevr-change", idc_import_clevr_change},
    {"coco", idc_import_coco},
    {"cub", idc_import_cub},
    {"image-editing-request", idc_import_editing_request},
    {"levir-cc", idc_import_levir_cc},
    {"lines", idc_import_lines},
    {"nabirds", idc_import_nabirds},
    {"npy", idc_import_npy},
    {"pairs", idc_import_pairs},
    {"second-cc", idc_import_second_cc},
    {"spot-the-diff", idc_import_spot_the_diff},
};

const char *idc_import_layouts(void)
{
    return "birds-to-words clevr-change coco cub image-editing-request levir-cc lines nabirds npy "
           "pairs second-cc spot-the-diff";
}

int idc_import_run(idc_import *im, const char *layout, const char *path, idc_error *err)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (strcmp(layouts[i].name, layout) == 0) {
            int rc = idc_store_begin(im->store, err);
            rc = rc < 0 ? rc : layouts[i].read(im, path, err);
            if (rc == 0)
                return idc_store_commit(im->store, err);
            idc_store_rollback(im->store);
            return rc;
        }
    return idc_fail(err, IDC_E_INVALID, "'%s' is none of %s", layout, idc_import_layouts());
}

int idc_import_step(idc_import *im, idc_error *err)
{
    if (++im->steps % STEPS_PER_COMMIT)
        return 0;
    int rc = idc_store_commit(im->store, err);
    return rc < 0 ? rc : idc_store_begin(im->store, err);
}

int idc_import_refuse(idc_import *im, const char *place, const char *why)
{
    idc_error said = IDC_NO_ERROR;
    idc_fail(&said, IDC_E_INVALID, "%s: %s", place, why);
    im->refusals++;
    im->refused(im->user, &said);
    return 0;
}

static int named(idc_import *im, char out[IDC_IMPORT_NAME], const char *name)
{
    int n = snprintf(out, IDC_IMPORT_NAME, "%s%s%s", im->images ? im->images : "",
                     im->images ? "/" : "", name);
    return n > 0 && n < IDC_IMPORT_NAME ? 0 : -1;
}

static int caption(idc_import *im, const char *name, int64_t pair, int64_t item, const char *text,
                   idc_error *err)
{
    while (text && (*text == ' ' || *text == '\t'))
        text++;
    if (!text || !*text)
        return idc_import_refuse(im, name, "a sentence is empty, or no string");
    int rc = idc_row_caption(im->store, pair, item, text, err);
    im->captions += rc > 0;
    im->duplicates += rc == 0;
    return rc < 0 ? rc : 0;
}

static int captions(idc_import *im, const idc_import_entry *e, int64_t pair, int64_t item,
                    idc_error *err)
{
    size_t i;
    json_t *value;
    int rc = 0;
    for (i = 0; i < e->n && rc == 0; i++)
        rc = caption(im, e->name, pair, item, e->lines[i], err);
    if (e->captions && !json_is_array(e->captions))
        return idc_import_refuse(im, e->name, "its sentences are no list");
    for (i = 0; rc == 0 && e->captions && (value = json_array_get(e->captions, i)); i++)
        rc = caption(
            im, e->name, pair, item,
            json_string_value(json_is_object(value) ? json_object_get(value, "raw") : value), err);
    return rc;
}

int idc_import_pair(idc_import *im, const idc_import_entry *e, idc_error *err)
{
    char before[IDC_IMPORT_NAME], after[IDC_IMPORT_NAME];
    int64_t pair;
    idc_error why = IDC_NO_ERROR;
    if (named(im, before, e->before) < 0 || named(im, after, e->after) < 0)
        return idc_import_refuse(im, e->name, "a name is too long");
    idc_pair_row row = {.name = e->name,
                        .before = before,
                        .after = after,
                        .type = e->type,
                        .split = e->split ? e->split : im->split,
                        .fields = e->fields,
                        .fields_bytes = e->fields_bytes};
    int rc = idc_row_pair(im->store, &row, &pair, &why);
    if (rc == IDC_E_MISMATCH)
        return idc_import_refuse(im, e->name, "the store has a pair of that name, of other items");
    if (rc < 0)
        return idc_fail(err, rc, "%s", why.text);
    im->taken += rc > 0;
    im->there += rc == 0;
    rc = captions(im, e, pair, 0, err);
    return rc < 0 ? rc : idc_import_step(im, err);
}

int idc_import_item(idc_import *im, const idc_import_entry *e, idc_error *err)
{
    char name[IDC_IMPORT_NAME];
    int64_t item, known;
    if (named(im, name, e->name) < 0)
        return idc_import_refuse(im, e->name, "a name is too long");
    int rc = idc_sql_int(im->store, &known, err, "SELECT item FROM item WHERE name = ?", "t", name);
    if (rc >= 0) {
        im->taken += rc == 0;
        im->there += rc > 0;
        rc = idc_row_item(im->store, name, &item, err);
    }
    rc =
        rc < 0 ? rc : idc_row_label(im->store, item, e->split ? e->split : im->split, e->type, err);
    if (rc == 0 && e->box)
        rc = idc_row_box(im->store, item, e->box, err);
    rc = rc < 0 ? rc : captions(im, e, 0, item, err);
    return rc < 0 ? rc : idc_import_step(im, err);
}

char *idc_import_line(char **at)
{
    char *line = *at;
    if (!*line)
        return NULL;
    size_t n = strcspn(line, "\n");
    *at = line + n + (line[n] == '\n');
    line[n] = 0;
    if (n > 0 && line[n - 1] == '\r')
        line[n - 1] = 0;
    return line;
}

int idc_import_class(idc_import *im, const char *name, const char *class, idc_error *err)
{
    char full[IDC_IMPORT_NAME];
    int64_t item;
    if (named(im, full, name) < 0)
        return idc_import_refuse(im, name, "a name is too long");
    int rc = idc_row_item(im->store, full, &item, err);
    return rc < 0 ? rc : idc_row_label(im->store, item, NULL, class, err);
}

bool idc_import_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int idc_import_file(idc_buffer *b, const char *path, const char *name, idc_error *err)
{
    char full[4096];
    if (!name || !idc_import_is_folder(path))
        return idc_file_read(b, path, IDC_IMPORT_FILE, err);
    if ((size_t)snprintf(full, sizeof full, "%s/%s", path, name) >= sizeof full)
        return idc_fail(err, IDC_E_RANGE, "%s: too long a path", path);
    return idc_file_read(b, full, IDC_IMPORT_FILE, err);
}

int idc_import_json(json_t **root, const char *path, const char *name, idc_error *err)
{
    idc_buffer b = {0};
    json_error_t wrong;
    *root = NULL;
    int rc = idc_import_file(&b, path, name, err);
    if (rc < 0) {
        idc_buffer_free(&b);
        return rc;
    }
    *root = json_loadb((const char *)b.data, b.size, 0, &wrong);
    idc_buffer_free(&b);
    return *root ? 0
                 : idc_fail(err, IDC_E_INVALID, "%s%s%s: line %d: %s", path, name ? "/" : "",
                            name ? name : "", wrong.line, wrong.text);
}
