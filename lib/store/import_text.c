/* import_text.c: the sets whose captions and classes come as lines of text. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/import_parts.h"

static int read_text(idc_buffer *b, const char *path, const char *name, idc_error *err)
{
    int rc = idc_import_file(b, path, name, err);
    if (rc == 0 && idc_buffer_append(b, "", 1) < 0)
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    return rc;
}

/* Tab-separated, a heading, eleven columns; quotes are part of the text. */
int idc_import_birds_to_words(idc_import *im, const char *path, idc_error *err)
{
    enum { FIRST = 1, SELECTION = 7, SECOND = 5, SPLIT = 8, DESCRIPTION = 10, COLUMNS };
    idc_buffer b = {0};
    char place[4200], pair[2 * IDC_IMPORT_NAME], *column[COLUMNS], *line;
    int rc = read_text(&b, path, "birds-to-words-v1.0.tsv", err);
    char *at = rc == 0 ? (char *)b.data : NULL;
    for (int number = 1; rc == 0 && (line = idc_import_line(&at)); number++) {
        int n = 0;
        snprintf(place, sizeof place, "%s: line %d", path, number);
        for (char *p = line; p && n < COLUMNS; n++) {
            column[n] = p;
            if ((p = strchr(p, '\t')))
                *p++ = 0;
        }
        if (number == 1 && n == COLUMNS && strcmp(column[SPLIT], "split") == 0)
            continue;
        if (n != COLUMNS || !*column[FIRST] || !*column[SECOND] ||
            (size_t)snprintf(pair, sizeof pair, "%s:%s", column[FIRST], column[SECOND]) >=
                sizeof pair) {
            idc_import_refuse(im, place, "has not the 11 columns of the set");
            continue;
        }
        const char *text = column[DESCRIPTION];
        rc = idc_import_pair(im,
                             &(idc_import_entry){.name = pair,
                                                 .before = column[FIRST],
                                                 .after = column[SECOND],
                                                 .type = column[SELECTION],
                                                 .split = column[SPLIT],
                                                 .lines = &text,
                                                 .n = 1},
                             err);
    }
    idc_buffer_free(&b);
    return rc;
}

/* CLASS/IMAGE.txt: a sentence a line, of the picture CLASS/IMAGE.jpg. */
static int cub_picture(idc_import *im, const char *folder, const char *class, const char *file,
                       idc_error *err)
{
    enum { MOST = 1000 };
    char path[4200], name[600], *line;
    const char *lines[MOST];
    size_t n = 0, length = strlen(file);
    idc_buffer b = {0};
    if (length < 5 || strcmp(file + length - 4, ".txt") != 0)
        return 0;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    snprintf(name, sizeof name, "%s/%.*s.jpg", class, (int)(length - 4), file);
    idc_error why = IDC_NO_ERROR;
    int rc = read_text(&b, path, NULL, &why);
    if (rc < 0) {
        idc_buffer_free(&b);
        return rc == IDC_E_MEMORY ? idc_fail(err, rc, "%s", why.text)
                                  : idc_import_refuse(im, path, "cannot be read");
    }
    for (char *at = (char *)b.data; n < MOST && (line = idc_import_line(&at));)
        if (*line)
            lines[n++] = line;
    rc = idc_import_item(
        im, &(idc_import_entry){.name = name, .type = class, .lines = lines, .n = n}, err);
    idc_buffer_free(&b);
    return rc;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

typedef int (*file_function)(idc_import *im, const char *folder, const char *class,
                             const char *file, idc_error *err);

/* Each file of a folder by name; class: the folder's own name, handed on. */
static int each_file(idc_import *im, const char *folder, const char *class, file_function f,
                     idc_error *err)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, by_name), rc = 0;
    if (n < 0)
        return idc_fail(err, IDC_E_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (rc == 0 && entries[i]->d_name[0] != '.')
            rc = f(im, folder, class, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static int cub_class(idc_import *im, const char *folder, const char *ignored, const char *class,
                     idc_error *err)
{
    char path[4096];
    (void)ignored;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, class) >= sizeof path ||
        !idc_import_is_folder(path))
        return 0;
    return each_file(im, path, class, cub_picture, err);
}

int idc_import_cub(idc_import *im, const char *path, idc_error *err)
{
    char inside[4096];
    snprintf(inside, sizeof inside, "%s/text_c10", path);
    return each_file(im, idc_import_is_folder(inside) ? inside : path, "", cub_class, err);
}

/* Lines "key rest of the line" as an object; a file that is not there as an empty one. */
static int table(json_t **out, const char *path, const char *name, bool needed, idc_error *err)
{
    idc_buffer b = {0};
    char *line;
    idc_error why = IDC_NO_ERROR;
    *out = json_object();
    int rc = *out ? read_text(&b, path, name, &why) : idc_fail(&why, IDC_E_MEMORY, "no memory");
    if (rc == IDC_E_MISSING && !needed)
        rc = 0;
    else if (rc < 0)
        idc_fail(err, rc, "%s", why.text);
    for (char *at = rc == 0 && b.data ? (char *)b.data : (char[]){0};
         (line = idc_import_line(&at));) {
        char *rest = strchr(line, ' ');
        if (!rest)
            continue;
        *rest++ = 0;
        json_object_set_new(*out, line, json_string(rest));
    }
    idc_buffer_free(&b);
    return rc;
}

static bool parse_box(const char *text, double box[4])
{
    for (int i = 0; i < 4; i++) {
        char *end;
        box[i] = strtod(text, &end);
        if (end == text || !isfinite(box[i]))
            return false;
        text = end;
    }
    return true;
}

enum { IMAGES, LABELS, CLASSES, SPLITS, BOXES, TABLES };

static int nabirds_item(idc_import *im, json_t *const t[TABLES], const char *id, const char *name,
                        idc_error *err)
{
    double box[4];
    const char *label = json_string_value(json_object_get(t[LABELS], id));
    const char *class = label ? json_string_value(json_object_get(t[CLASSES], label)) : NULL;
    const char *training = json_string_value(json_object_get(t[SPLITS], id));
    const char *place = json_string_value(json_object_get(t[BOXES], id));
    if (!name)
        return idc_import_refuse(im, id, "images.txt names no file for it");
    if (!class)
        return idc_import_refuse(im, name, label ? "its class has no name" : "has no class");
    bool boxed = place && parse_box(place, box);
    return idc_import_item(im,
                           &(idc_import_entry){.name = name,
                                               .type = class,
                                               .split = !training          ? NULL
                                                        : *training == '1' ? "train"
                                                                           : "test",
                                               .box = boxed ? box : NULL},
                           err);
}

int idc_import_nabirds(idc_import *im, const char *path, idc_error *err)
{
    static const char *const files[TABLES] = {"images.txt", "image_class_labels.txt", "classes.txt",
                                              "train_test_split.txt", "bounding_boxes.txt"};
    json_t *t[TABLES] = {NULL}, *value;
    const char *id;
    int rc = idc_import_is_folder(path)
                 ? 0
                 : idc_fail(err, IDC_E_INVALID, "%s: is not the folder of the set", path);
    for (int i = 0; i < TABLES && rc == 0; i++)
        rc = table(&t[i], path, files[i], i < SPLITS, err);
    if (rc == 0)
        json_object_foreach(t[IMAGES], id, value)
        {
            rc = nabirds_item(im, t, id, json_string_value(value), err);
            if (rc < 0)
                break;
        }
    for (int i = 0; i < TABLES; i++)
        json_decref(t[i]);
    return rc;
}
