#include "image/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/folder.h"
#include "image/lines.h"
#include "image/pair_list.h"

struct idc_source {
    int (*next)(idc_source *, idc_source_item *, idc_error *);
    char *const *names; /* operands */
    int count, at;
    idc_folder *folder; /* the operand names[at], being walked */
    idc_lines *lines;
    char *root; /* "img/" of img/pairs.jsonl; "" */
};

static int no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory for a list");
}

static char *join(const char *root, const char *path)
{
    size_t n = strlen(root) + strlen(path) + 1;
    char *s = malloc(n);
    if (s)
        snprintf(s, n, "%s%s", *path == '/' ? "" : root, path);
    return s;
}

static int set_picture(idc_source_item *item, int k, const char *root, const char *id,
                       idc_error *err)
{
    item->id[k] = strdup(id);
    item->path[k] = join(root, id);
    return item->id[k] && item->path[k] ? 1 : no_memory(err);
}

static int set_pair(idc_source_item *item, const char *root, idc_error *err)
{
    const char *before, *after;
    if (!item->pair || idc_record_get_string(item->pair, "before", &before, err) < 0 ||
        idc_record_get_string(item->pair, "after", &after, err) < 0)
        return no_memory(err);
    int rc = set_picture(item, 0, root, before, err);
    return rc < 0 ? rc : set_picture(item, 1, root, after, err);
}

/* A bad entry gets its name as id. */
static int bad(idc_source_item *item, const char *id, int rc, idc_error *err)
{
    free(item->id[0]);
    item->id[0] = strdup(id);
    return item->id[0] ? rc : no_memory(err);
}

static int next_of_folder(idc_source *s, idc_source_item *item, idc_error *err)
{
    const char *path = idc_folder_next(s->folder);
    if (path)
        return set_picture(item, 0, "", path, err);
    idc_folder_close(&s->folder);
    s->at++;
    return 0;
}

static int next_file(idc_source *s, idc_source_item *item, idc_error *err)
{
    struct stat st;
    while (s->folder || s->at < s->count) {
        int rc = s->folder ? next_of_folder(s, item, err) : 0;
        if (rc != 0)
            return rc;
        if (s->at == s->count)
            break;
        const char *name = s->names[s->at];
        if (stat(name, &st) < 0 || !S_ISDIR(st.st_mode)) {
            s->at++;
            return set_picture(item, 0, "", name, err);
        }
        rc = idc_folder_open(&s->folder, name, err);
        if (rc < 0) {
            s->at++;
            return bad(item, name, rc, err);
        }
    }
    return 0;
}

static int next_pair(idc_source *s, idc_source_item *item, idc_error *err)
{
    if (s->at + 1 >= s->count)
        return 0;
    item->pair = idc_pair_record(NULL, s->names[s->at], s->names[s->at + 1]);
    s->at += 2;
    return set_pair(item, "", err);
}

/* 1 with the next line that is not empty. */
static int next_line(idc_source *s, idc_source_item *item, const char **line, idc_error *err)
{
    for (;;) {
        int rc = idc_lines_next(s->lines, line, err);
        if (rc == 0 || (rc > 0 && **line))
            return rc;
        char id[512];
        snprintf(id, sizeof id, "%s:%llu", idc_lines_name(s->lines),
                 (unsigned long long)idc_lines_number(s->lines));
        if (rc < 0)
            return bad(item, id, rc, err);
    }
}

static int next_listed_file(idc_source *s, idc_source_item *item, idc_error *err)
{
    const char *line;
    int rc = next_line(s, item, &line, err);
    return rc > 0 ? set_picture(item, 0, "", line, err) : rc;
}

static int next_listed_pair(idc_source *s, idc_source_item *item, idc_error *err)
{
    for (;;) {
        const char *line;
        int rc = next_line(s, item, &line, err);
        if (rc <= 0)
            return rc;
        rc = idc_pair_parse(&item->pair, line, err);
        if (rc > 0)
            return set_pair(item, s->root, err);
        if (rc < 0) {
            char id[512];
            snprintf(id, sizeof id, "%s:%llu", idc_lines_name(s->lines),
                     (unsigned long long)idc_lines_number(s->lines));
            idc_fail_in(err, rc, id);
            return bad(item, id, rc, err);
        }
    }
}

static int open_source(idc_source **out, int (*next)(idc_source *, idc_source_item *, idc_error *),
                       idc_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return no_memory(err);
    (*out)->next = next;
    return 0;
}

int idc_source_files(idc_source **out, char *const *names, int n, idc_error *err)
{
    int rc = open_source(out, next_file, err);
    if (rc == 0) {
        (*out)->names = names;
        (*out)->count = n;
    }
    return rc;
}

int idc_source_pairs(idc_source **out, char *const *names, int n, idc_error *err)
{
    int rc = idc_source_files(out, names, n, err);
    if (rc == 0)
        (*out)->next = next_pair;
    return rc;
}

int idc_source_file_list(idc_source **out, const char *path, idc_error *err)
{
    int rc = open_source(out, next_listed_file, err);
    if (rc == 0)
        rc = idc_lines_open(&(*out)->lines, path, err);
    if (rc < 0)
        idc_source_close(out);
    return rc;
}

int idc_source_pair_list(idc_source **out, const char *path, idc_error *err)
{
    int rc = idc_source_file_list(out, path, err);
    if (rc < 0)
        return rc;
    (*out)->next = next_listed_pair;
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    (*out)->root = malloc(n + 1);
    if (!(*out)->root) {
        idc_source_close(out);
        return no_memory(err);
    }
    memcpy((*out)->root, path, n);
    (*out)->root[n] = 0;
    return 0;
}

int idc_source_next(idc_source *s, idc_source_item *item, idc_error *err)
{
    *item = (idc_source_item){0};
    return s->next(s, item, err);
}

bool idc_source_ready(const idc_source *s)
{
    return !s->lines || idc_lines_ready(s->lines);
}

void idc_source_item_fini(idc_source_item *item)
{
    idc_record_free(&item->pair);
    for (int i = 0; i < 2; i++) {
        free(item->id[i]);
        free(item->path[i]);
    }
    *item = (idc_source_item){0};
}

void idc_source_close(idc_source **s)
{
    if (!*s)
        return;
    idc_folder_close(&(*s)->folder);
    idc_lines_close(&(*s)->lines);
    free((*s)->root);
    free(*s);
    *s = NULL;
}
