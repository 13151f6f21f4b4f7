#include "synth/produce.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/png_write.h"
#include "synth/listing.h"
#include "synth/shard.h"

#define PATH_SIZE 4096
#define BATCH 64 /* triples made before their lines are written, in order */

/* One renderer a thread. */
static idc_renderer **renderers_new(const idc_produce *p, idc_error *err)
{
    idc_renderer **r = calloc((size_t)p->threads + 1, sizeof *r);
    for (int i = 0; r && i < p->threads; i++)
        if (!(r[i] = idc_renderer_new(p->samples))) {
            idc_fail(err, IDC_E_MEMORY, "no memory for %d renderers", p->threads);
            break;
        }
    if (!r)
        idc_fail(err, IDC_E_MEMORY, "no memory");
    return r;
}

static void renderers_free(idc_renderer **r)
{
    for (int i = 0; r && r[i]; i++)
        idc_renderer_free(&r[i]);
    free(r);
}

static int make_folder(const char *path, idc_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
}

/* Keeps the first error of several threads. */
static void keep_error(idc_error *err, const idc_error *mine)
{
#pragma omp critical
    if (err->code == 0)
        *err = *mine;
}

static int failed(const idc_produce *p, const idc_error *err)
{
    int code;
#pragma omp atomic read
    code = err->code;
    return code != 0 || (p->stopped && p->stopped(p->user));
}

static void progress(const idc_produce *p, uint64_t done, uint64_t total)
{
    if (p->progress)
        p->progress(p->user, done, total);
}

static int pack_one(const idc_produce *p, const idc_shard_about *a, const char *path,
                    idc_renderer **r, idc_error *err)
{
    idc_shard *shard = idc_shard_new(a, err);
    if (!shard)
        return err->code;
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
    for (int i = 0; i < a->count; i++) {
        idc_error mine = IDC_NO_ERROR;
        if (!failed(p, err) && idc_shard_fill(shard, i, r[omp_get_thread_num()], &mine) < 0)
            keep_error(err, &mine);
    }
    if (!failed(p, err))
        idc_shard_write(shard, path, err);
    idc_shard_free(&shard);
    return err->code;
}

static int pack(const idc_produce *p, idc_renderer **r, idc_error *err)
{
    if (p->start % p->shard)
        return idc_fail(err, IDC_E_RANGE,
                        "the first triple must be a multiple of %lld, the triples a file",
                        (long long)p->shard);
    if (make_folder(p->out, err) < 0)
        return err->code;
    for (int64_t at = 0; at < p->count && !failed(p, err); at += p->shard) {
        int64_t left = p->count - at;
        idc_shard_about a = {.spec = p->spec,
                             .first = (uint64_t)(p->start + at),
                             .count = (int)(left < p->shard ? left : p->shard),
                             .size = {p->size[0], p->size[1]},
                             .samples = p->samples};
        char path[PATH_SIZE];
        if ((size_t)snprintf(path, sizeof path, "%s/%04lld.safetensors", p->out,
                             (long long)((p->start + at) / p->shard)) >= sizeof path)
            return idc_fail(err, IDC_E_RANGE, "%s: path too long", p->out);
        int done = idc_shard_done(&a, path, err);
        if (done == 0)
            pack_one(p, &a, path, r, err);
        progress(p, (uint64_t)(at + a.count), (uint64_t)p->count);
    }
    return err->code;
}

static int write_picture(const idc_produce *p, const idc_image *picture, const char *name,
                         idc_error *err)
{
    char path[PATH_SIZE];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", p->out, name) >= sizeof path)
        return idc_fail(err, IDC_E_RANGE, "%s: path too long", name);
    return idc_png_write(picture, path, err);
}

/* Renders and writes the pictures of one triple. */
static int triple_pictures(const idc_produce *p, idc_triple *t, uint64_t number, idc_renderer *r,
                           idc_error *err)
{
    idc_image picture = {0};
    uint8_t *ids = malloc((size_t)p->size[0] * (size_t)p->size[1]);
    int rc = idc_image_new(&picture, p->size[0], p->size[1], err);
    if (rc == 0 && !ids)
        rc = idc_fail(err, IDC_E_MEMORY, "no memory for an id map");
    if (rc == 0)
        rc = idc_triple_make(t, r, &p->spec, number, err);
    for (int k = 0; k < IDC_VIEWS && rc == 0; k++) {
        char name[64];
        snprintf(name, sizeof name, "img/%s_%c.png", t->name, idc_view_names[k][0]);
        idc_triple_draw(t, r, p->spec.seed, k, &picture, ids);
        rc = write_picture(p, &picture, name, err);
    }
    idc_image_free(&picture);
    free(ids);
    return rc;
}

struct lists {
    FILE *pairs, *refs, *scenes;
    int first;
};

static FILE *open_list(const idc_produce *p, const char *name, idc_error *err)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", p->out, name);
    FILE *f = fopen(path, "w");
    if (!f)
        idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    return f;
}

static void close_list(const idc_produce *p, FILE *f, idc_error *err)
{
    int bad = f && ferror(f);
    if (f && (fclose(f) != 0 || bad) && err->code == 0)
        idc_fail(err, IDC_E_IO, "%s: cannot write a list: %s", p->out, strerror(errno));
}

static int fill_lists(const idc_produce *p, idc_renderer **r, struct lists *lists, idc_error *err)
{
    idc_triple *t = calloc(BATCH, sizeof *t);
    if (!t)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    for (int64_t at = 0; at < p->count && !failed(p, err); at += BATCH) {
        int n = p->count - at < BATCH ? (int)(p->count - at) : BATCH;
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
        for (int i = 0; i < n; i++) {
            idc_error mine = IDC_NO_ERROR;
            if (!failed(p, err) && triple_pictures(p, &t[i], (uint64_t)(p->start + at + i),
                                                   r[omp_get_thread_num()], &mine) < 0)
                keep_error(err, &mine);
        }
        for (int i = 0; i < n && !failed(p, err); i++, lists->first = 0) {
            idc_pairs_print(lists->pairs, &t[i], "png");
            idc_scene_print(lists->scenes, &t[i], "png");
            idc_refs_print(lists->refs, &t[i], lists->first);
        }
        progress(p, (uint64_t)(at + n), (uint64_t)p->count);
    }
    free(t);
    return err->code;
}

static int pictures(const idc_produce *p, idc_renderer **r, idc_error *err)
{
    char folder[PATH_SIZE];
    if ((size_t)snprintf(folder, sizeof folder, "%s/img", p->out) >= sizeof folder - 32)
        return idc_fail(err, IDC_E_RANGE, "%s: path too long", p->out);
    if (make_folder(p->out, err) < 0 || make_folder(folder, err) < 0)
        return err->code;
    struct lists lists = {.first = 1};
    if ((lists.pairs = open_list(p, "pairs.jsonl", err)) &&
        (lists.scenes = open_list(p, "scenes.jsonl", err)) &&
        (lists.refs = open_list(p, "refs.json", err))) {
        fputc('{', lists.refs);
        fill_lists(p, r, &lists, err);
        fputs("\n}\n", lists.refs);
    }
    close_list(p, lists.pairs, err);
    close_list(p, lists.scenes, err);
    close_list(p, lists.refs, err);
    return err->code;
}

/* The file's own name without folder and extension, as PNG. */
static void png_name(char *out, size_t size, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file,
               *dot = strrchr(name, '.');
    snprintf(out, size, "%.*s.png", dot ? (int)(dot - name) : (int)strlen(name), name);
}

static int scene_pictures(const idc_produce *p, const idc_scene_line *line, uint64_t number,
                          idc_renderer *r, idc_error *err)
{
    idc_image picture = {0};
    int rc = idc_image_new(&picture, p->size[0], p->size[1], err);
    for (int k = 0; k < IDC_VIEWS && rc == 0; k++) {
        char name[300];
        png_name(name, sizeof name, line->file[k]);
        idc_render(r, &line->view[k], idc_triple_key(p->spec.seed, number, k), &picture);
        rc = write_picture(p, &picture, name, err);
    }
    idc_image_free(&picture);
    return rc;
}

/* Reads up to n lines; how many, or a negative code. */
static int read_lines(const idc_produce *p, FILE *f, idc_scene_line *lines, int n, int64_t at,
                      idc_error *err)
{
    char *text = NULL;
    size_t room = 0;
    int got = 0, rc = 0;
    ssize_t length;
    while (got < n && rc == 0 && (length = getline(&text, &room, f)) > 0) {
        rc = idc_scene_parse(&lines[got], text, (size_t)length, err);
        got++;
    }
    free(text);
    if (rc < 0) {
        char where[300];
        snprintf(where, sizeof where, "%.250s: line %lld", p->scenes, (long long)(at + got));
        return idc_fail_in(err, rc, where);
    }
    return got;
}

static int scenes(const idc_produce *p, idc_renderer **r, idc_error *err)
{
    FILE *f = fopen(p->scenes, "r");
    idc_scene_line *lines = calloc(BATCH, sizeof *lines);
    if (!f)
        idc_fail(err, IDC_E_IO, "%s: %s", p->scenes, strerror(errno));
    else if (!lines)
        idc_fail(err, IDC_E_MEMORY, "no memory");
    else
        make_folder(p->out, err);
    int64_t at = 0;
    int n;
    while (!failed(p, err) && (n = read_lines(p, f, lines, BATCH, at, err)) > 0) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
        for (int i = 0; i < n; i++) {
            idc_error mine = IDC_NO_ERROR;
            if (!failed(p, err) && scene_pictures(p, &lines[i], (uint64_t)(p->start + at + i),
                                                  r[omp_get_thread_num()], &mine) < 0)
                keep_error(err, &mine);
        }
        at += n;
        progress(p, (uint64_t)at, 0);
    }
    free(lines);
    if (f)
        fclose(f);
    return err->code;
}

int idc_produce_run(const idc_produce *p, idc_error *err)
{
    idc_renderer **r = renderers_new(p, err);
    if (err->code == 0) {
        if (p->scenes)
            scenes(p, r, err);
        else if (p->shard)
            pack(p, r, err);
        else
            pictures(p, r, err);
    }
    renderers_free(r);
    return err->code;
}
