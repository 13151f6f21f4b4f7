/* import_pairs.c: lists of pairs in the form that idc-synth writes and idc-decode --pairs and idc-train read. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/lines.h"
#include "image/pair_list.h"
#include "store/import_parts.h"
#include "wire/record_bytes.h"

/* What has columns or tables of its own is taken out of the record; what is left goes into the pair's fields. */
static int take_record(idc_import *im, idc_record *r, const char *place, idc_error *err)
{
    static const char *const own[] = {"id", "before", "after", "type", "split", "captions"};
    idc_import_entry e = {0};
    idc_buffer rest = {0};
    idc_record *copy = idc_record_copy(r);
    char *text = idc_record_json(r, "captions");
    json_t *captions = text ? json_loads(text, 0, NULL) : NULL;
    int rc = copy ? 0 : IDC_E_MEMORY;
    for (size_t i = 0; copy && i < sizeof own / sizeof own[0]; i++)
        idc_record_remove(copy, own[i]);
    rc = rc < 0 ? rc : idc_record_encode(copy, &rest);
    if (rc < 0) {
        idc_fail(err, rc, "%s: no memory", place);
        goto out;
    }
    e.name = idc_record_id(r);
    e.captions = captions;
    e.fields = rest.data;
    e.fields_bytes = rest.size;
    if (idc_record_get_string(r, "type", &e.type, NULL) < 0)
        e.type = NULL;
    if (idc_record_get_string(r, "split", &e.split, NULL) < 0)
        e.split = NULL;
    if (idc_record_get_string(r, "before", &e.before, NULL) < 0 ||
        idc_record_get_string(r, "after", &e.after, NULL) < 0)
        idc_import_refuse(im, place, "names no two pictures");
    else
        rc = idc_import_pair(im, &e, err);
out:
    json_decref(captions);
    free(text);
    idc_buffer_free(&rest);
    idc_record_free(&copy);
    return rc;
}

int idc_import_pairs(idc_import *im, const char *path, idc_error *err)
{
    idc_lines *lines = NULL;
    const char *line, *slash = strrchr(path, '/');
    char place[4200], folder[IDC_IMPORT_NAME];
    if (!im->images && slash && slash > path) { /* pictures lie beside their list */
        if ((size_t)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) >=
            sizeof folder)
            return idc_fail(err, IDC_E_RANGE, "%s: too long a path", path);
        im->images = folder;
    }
    int rc = idc_lines_open(&lines, path, err);
    while (rc >= 0 && (rc = idc_lines_next(lines, &line, err)) == 1) {
        idc_record *r;
        idc_error why = IDC_NO_ERROR;
        snprintf(place, sizeof place, "%s: line %llu", path,
                 (unsigned long long)idc_lines_number(lines));
        rc = idc_pair_parse(&r, line, &why);
        if (rc == IDC_E_INVALID)
            rc = idc_import_refuse(im, place, why.text);
        else if (rc < 0)
            idc_fail(err, rc, "%s: %s", place, why.text);
        else if (rc > 0)
            rc = take_record(im, r, place, err);
        idc_record_free(&r);
    }
    if (im->images == folder)
        im->images = NULL;
    idc_lines_close(&lines);
    return rc;
}
