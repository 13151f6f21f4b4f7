/* idc-view: captioned pairs of pictures as one picture, to look instead of read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/tool.h"
#include "image/draw.h"
#include "image/heat.h"
#include "image/lines.h"
#include "image/png_write.h"
#include "image/prepare.h"

struct job {
    idc_tool *tool;
    const char *png, *folder, *word;
    bool heat;
    idc_string_list ids;
    int64_t number;
    idc_image *sheets; /* one a pair */
    int count;
};

static const idc_option options[] = {
    {"png", 'o', IDC_OPT_STRING, offsetof(struct job, png), "FILE", "write this PNG file"},
    {"folder", 'C', IDC_OPT_STRING, offsetof(struct job, folder), "DIR",
     "the pictures' names are meant from here (default: the current folder)"},
    {"heat", 0, IDC_OPT_FLAG, offsetof(struct job, heat), NULL,
     "show where the sentence looks, of captions with a map"},
    {"word", 0, IDC_OPT_STRING, offsetof(struct job, word), "WORD", "show where this word looks"},
    {"id", 0, IDC_OPT_LIST, offsetof(struct job, ids), "ID",
     "show only the pair with this id (may be given again)"},
    {"number", 'n', IDC_OPT_INT, offsetof(struct job, number), "N",
     "show at most N pairs (default 20)"},
    IDC_QUIET_OPTIONS,
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-view",
    "Draw pairs of pictures side by side, with the sentence and boxes around what changed.",
    "--png FILE [OPTION]... [CAPTIONS.jsonl]",
    "idc-caption --json a.png b.png | idc-view --png change.png",
    options,
    IDC_TOOL_BINARY_IN,
};

/* The picture as it is in its file. */
static int load(idc_image *img, const struct job *job, const char *name, idc_error *err)
{
    idc_prepare native = {.filter = IDC_FILTER_BOX, .max_pixels = IDC_MAX_PIXELS};
    idc_decode_info info;
    bool inside = job->folder && name[0] != '/';
    size_t n = strlen(name) + (inside ? strlen(job->folder) + 1 : 0) + 1;
    char *path = malloc(n);
    if (!path)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    snprintf(path, n, "%s%s%s", inside ? job->folder : "", inside ? "/" : "", name);
    int rc = idc_prepare_file(img, path, &native, &info, err);
    free(path);
    return rc;
}

/* Adds the box of a list of four numbers; anything else counts as no box. */
static void take_box(idc_show_box *boxes, int *count, const json_t *list, int after)
{
    double v[4];
    if (json_array_size(list) != 4)
        return;
    for (size_t i = 0; i < 4; i++) {
        double x = json_number_value(json_array_get(list, i));
        v[i] = x < 0 ? 0 : x > IDC_IMAGE_MAX_SIDE ? IDC_IMAGE_MAX_SIDE : x;
    }
    boxes[(*count)++] = (idc_show_box){after, {(int)v[0], (int)v[1], (int)v[2], (int)v[3]}};
}

/* A caption without the word, or of an unchanged pair that has no map, is drawn without heat. */
static int draw_heat(struct job *job, const json_t *caption, idc_image *pictures[2], idc_error *err)
{
    const json_t *map = json_object_get(caption, "map");
    idc_heat heat;
    if ((!job->heat && !job->word) || (!map && json_is_false(json_object_get(caption, "changed"))))
        return 0;
    if (!map)
        return idc_fail(err, IDC_E_MISSING, "no \"map\": idc-decode-caption --maps writes it");
    int rc = idc_heat_read(&heat, map, job->word, err);
    for (int k = 0; rc > 0 && k < 2; k++)
        idc_heat_draw(pictures[k], &heat, k);
    const char *id = json_string_value(json_object_get(caption, "id"));
    if (rc == 0 && job->word)
        idc_tool_note(job->tool, "%s: the sentence has no word '%s'", id ? id : "?", job->word);
    idc_heat_free(&heat);
    return rc < 0 ? rc : 0;
}

static int draw(struct job *job, json_t *caption, idc_error *err)
{
    const char *before = json_string_value(json_object_get(caption, "before"));
    const char *after = json_string_value(json_object_get(caption, "after"));
    if (!before || !after)
        return idc_fail(err, IDC_E_INVALID, "no \"before\" and \"after\"");
    idc_image a = {0}, b = {0};
    idc_show_box boxes[2];
    idc_show what = {.before = &a, .after = &b, .boxes = boxes};
    what.sentence = json_string_value(json_object_get(caption, "text"));
    take_box(boxes, &what.box_count, json_object_get(caption, "box_before"), 0);
    take_box(boxes, &what.box_count, json_object_get(caption, "box_after"), 1);
    int rc = load(&a, job, before, err);
    if (rc == 0)
        rc = load(&b, job, after, err);
    if (rc == 0)
        rc = draw_heat(job, caption, (idc_image *[]){&a, &b}, err);
    if (rc == 0)
        rc = idc_show_pair(&job->sheets[job->count], &what, err);
    job->count += rc == 0;
    idc_image_free(&a);
    idc_image_free(&b);
    return rc;
}

static bool wanted(const struct job *job, const json_t *caption)
{
    const char *id = json_string_value(json_object_get(caption, "id"));
    for (int i = 0; i < job->ids.count; i++)
        if (id && strcmp(id, job->ids.items[i]) == 0)
            return true;
    return job->ids.count == 0;
}

/* A line that says why a pair has no caption is passed over: who wrote it has said so. */
static int on_line(struct job *job, const idc_lines *lines, const char *line, idc_error *err)
{
    json_error_t why;
    json_t *caption = json_loads(line, 0, &why);
    idc_error cause = IDC_NO_ERROR;
    int rc = 0;
    if (!json_is_object(caption))
        rc = idc_fail(&cause, IDC_E_INVALID, "not a JSON object");
    else if (!json_object_get(caption, "error") && wanted(job, caption))
        rc = draw(job, caption, &cause);
    json_decref(caption);
    if (rc == 0)
        return 0;
    return idc_fail(err, rc, "%s:%llu: %s", idc_lines_name(lines),
                    (unsigned long long)idc_lines_number(lines), cause.text);
}

static int read_captions(struct job *job, const char *path, idc_error *err)
{
    idc_lines *lines;
    const char *line;
    idc_error bad = IDC_NO_ERROR;
    int rc = idc_lines_open(&lines, path, err);
    if (rc < 0)
        return rc;
    while (job->count < job->number && (rc = idc_lines_next(lines, &line, &bad)) != 0) {
        if (rc > 0)
            rc = *line ? on_line(job, lines, line, &bad) : 0;
        if (rc == IDC_E_MEMORY || rc == IDC_E_IO || rc == IDC_E_STOPPED)
            break;
        if (rc < 0)
            idc_tool_item_failed(job->tool, &bad);
        rc = 0;
    }
    idc_lines_close(&lines);
    if (rc < 0)
        *err = bad;
    else if (job->count == 0)
        rc = idc_fail(err, IDC_E_MISSING, "no pair to show");
    return rc;
}

/* All sheets, one below the other. */
static int write_sheets(const struct job *job, idc_error *err)
{
    int64_t width = 0, height = 0;
    for (int i = 0; i < job->count; i++) {
        width = job->sheets[i].width > width ? job->sheets[i].width : width;
        height += job->sheets[i].height;
    }
    if (width * height > IDC_MAX_PIXELS * 2LL || height > IDC_IMAGE_MAX_SIDE)
        return idc_fail(err, IDC_E_RANGE, "%s: %d pairs are too many pixels for one picture",
                        job->png, job->count);
    idc_image all;
    int rc = idc_image_new(&all, (int)width, (int)height, err), y = 0;
    if (rc < 0)
        return rc;
    idc_draw_fill(&all, (idc_rect){0, 0, all.width, all.height}, 0xffffff);
    for (int i = 0; i < job->count; i++) {
        idc_draw_picture(&all, &job->sheets[i], 0, y);
        y += job->sheets[i].height;
    }
    rc = idc_png_write(&all, job->png, err);
    idc_image_free(&all);
    return rc;
}

int main(int argc, char **argv)
{
    struct job job = {.number = 20};
    char **operands;
    idc_tool *tool = job.tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    int files = idc_tool_operands(tool, &operands);
    if (!job.png)
        idc_tool_usage(tool, "--png FILE says where the picture goes");
    if (files > 1)
        idc_tool_usage(tool, "'%s': one list of captions at a time", operands[1]);
    if (job.number < 1 || job.number > 10000)
        idc_tool_usage(tool, "-n: expected 1 to 10000 pairs");
    job.sheets = calloc((size_t)job.number, sizeof *job.sheets);
    if (!job.sheets)
        idc_fail(&err, IDC_E_MEMORY, "no memory");
    else if (read_captions(&job, files ? operands[0] : "-", &err) == 0)
        write_sheets(&job, &err);
    for (int i = 0; i < job.count; i++)
        idc_image_free(&job.sheets[i]);
    free(job.sheets);
    return idc_tool_finish(tool, &err);
}
