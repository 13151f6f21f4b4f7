#include "store/train_source.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/read.h"
#include "store/sql.h"
#include "wire/record_bytes.h"

typedef struct own {
    idc_store *store;
    int64_t variant;
    const struct kind *kind;
} own;

/* Columns of `rows`: key, name, type, before's picture, after's, fields, classes of both. */
static const struct kind {
    const char *noun, *rows, *sentences, *splits;
} kinds[] = {
    [IDC_TRAIN_PAIRS] =
        {"pair",
         "SELECT pair, pair.name, pair.type, b.picture, a.picture, fields, b.type, a.type FROM "
         "pair JOIN item b ON b.item = before JOIN item a ON a.item = after WHERE pair.split = ?1 "
         "OR NOT EXISTS (SELECT 1 FROM pair WHERE split IS NOT NULL) ORDER BY pair",
         "SELECT text FROM caption WHERE pair = ? ORDER BY caption",
         "SELECT coalesce(split, 'without one'), count(*) FROM pair GROUP BY split ORDER BY split"},
    [IDC_TRAIN_SINGLE] = {
        "picture",
        "SELECT item, name, NULL, picture, picture, NULL, NULL, NULL FROM item WHERE EXISTS "
        "(SELECT 1 FROM caption WHERE caption.item = item.item) AND (split = ?1 OR NOT EXISTS "
        "(SELECT 1 FROM item WHERE split IS NOT NULL)) ORDER BY item",
        "SELECT text FROM caption WHERE item = ? ORDER BY caption",
        "SELECT coalesce(split, 'without one'), count(*) FROM item WHERE EXISTS (SELECT 1 FROM "
        "caption WHERE caption.item = item.item) GROUP BY split ORDER BY split"}};

/* ---- pairs ---- */

/* The labels among a pair's other fields; NULL: none. */
static json_t *labels_of(sqlite3_stmt *q, int column)
{
    idc_record *rest = NULL;
    size_t bytes = (size_t)sqlite3_column_bytes(q, column);
    if (bytes == 0 || idc_record_decode(&rest, sqlite3_column_blob(q, column), bytes, NULL) < 0)
        return NULL;
    char *text = idc_record_json(rest, NULL);
    json_t *o = text != NULL ? json_loads(text, 0, NULL) : NULL;
    free(text);
    idc_record_free(&rest);
    return o;
}

static idc_train_pair *new_pair(idc_train_source *s, size_t *room, idc_error *err)
{
    if (s->n == *room) {
        size_t more = *room > 0 ? 2 * *room : 256;
        idc_train_pair *grown = realloc(s->pair, more * sizeof *grown);
        if (grown == NULL) {
            idc_fail(err, IDC_E_MEMORY, "%s: no memory for %zu pairs", s->name, more);
            return NULL;
        }
        s->pair = grown;
        *room = more;
    }
    memset(&s->pair[s->n], 0, sizeof *s->pair);
    return &s->pair[s->n];
}

typedef struct texts {
    char **at;
    size_t n, room;
} texts;

/* What a reading needs of memory. */
typedef struct reading {
    texts text, classes;
    size_t room; /* for pairs */
} reading;

static int add_text(texts *t, const char *text)
{
    if (t->n == t->room) {
        size_t room = t->room > 0 ? 2 * t->room : 16;
        char **grown = realloc(t->at, room * sizeof *grown);
        if (grown == NULL)
            return IDC_E_MEMORY;
        t->at = grown;
        t->room = room;
    }
    if ((t->at[t->n] = strdup(text)) == NULL)
        return IDC_E_MEMORY;
    t->n++;
    return 0;
}

/* The first column of all rows of an open query. */
static int collect(texts *t, idc_store *store, sqlite3_stmt *q, idc_error *err)
{
    int rc;
    while ((rc = idc_sql_next(store, q, err)) > 0)
        if (add_text(t, idc_sql_text(q, 0)) < 0)
            return idc_fail(err, IDC_E_MEMORY, "%s: no memory", idc_store_path(store));
    return rc;
}

static int texts_of(texts *t, const own *o, int64_t key, idc_error *err)
{
    sqlite3_stmt *q;
    int rc = idc_sql_open(o->store, &q, err, o->kind->sentences, "i", key);
    t->n = 0;
    return rc < 0 ? rc : collect(t, o->store, q, err);
}

static void texts_clear(texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->at[i]);
    t->n = 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The number of a class among all that the store names; −1: none. */
static int class_number(const texts *classes, const char *name)
{
    char **found = name == NULL || classes->n == 0
                       ? NULL
                       : bsearch(&name, classes->at, classes->n, sizeof name, compare_names);
    return found != NULL ? (int)(found - classes->at) : -1;
}

static int take_pair(idc_train_source *s, reading *r, sqlite3_stmt *q, idc_error *err)
{
    const own *o = s->own;
    texts *t = &r->text;
    int class_of[2] = {class_number(&r->classes, idc_sql_null(q, 6)),
                       class_number(&r->classes, idc_sql_null(q, 7))};
    bool classed = class_of[0] >= 0 && class_of[1] >= 0;
    idc_error why = IDC_NO_ERROR;
    int rc = texts_of(t, o, sqlite3_column_int64(q, 0), err);
    bool wanted = rc == 0 && (t->n > 0 || classed);
    s->silent += rc == 0 && !wanted;
    idc_train_pair *p = wanted ? new_pair(s, &r->room, err) : NULL;
    if (p == NULL) {
        texts_clear(t);
        return wanted ? IDC_E_MEMORY : rc;
    }
    memcpy(p->class_of, class_of, sizeof class_of);
    json_t *labels = labels_of(q, 5);
    p->picture[0] = sqlite3_column_int64(q, 3);
    p->picture[1] = sqlite3_column_int64(q, 4);
    p->said.id = strdup(idc_sql_text(q, 1));
    rc = p->said.id == NULL ? idc_fail(&why, IDC_E_MEMORY, "no memory")
                            : idc_train_pair_label(p, idc_sql_null(q, 2), labels,
                                                   (const char *const *)t->at, t->n, &why);
    s->n++; /* its parts are freed with the others */
    if (rc < 0)
        idc_fail(err, rc, "%s: %s '%s': %s", s->name, o->kind->noun, idc_sql_text(q, 1), why.text);
    json_decref(labels);
    texts_clear(t);
    return rc;
}

/* "train 120, val 12" */
static int splits_of(const own *o, char *text, size_t size, idc_error *err)
{
    idc_store *store = o->store;
    sqlite3_stmt *q;
    size_t used = 0;
    int rc = idc_sql_open(store, &q, err, o->kind->splits, "");
    text[0] = '\0';
    while (rc == 0 && (rc = idc_sql_next(store, q, err)) > 0) {
        int n = snprintf(text + used, size - used, "%s%s %lld", used > 0 ? ", " : "",
                         idc_sql_text(q, 0), (long long)sqlite3_column_int64(q, 1));
        used += n > 0 && used + (size_t)n < size ? (size_t)n : 0;
        rc = 0;
    }
    return rc;
}

static int none_found(const idc_train_source *s, const char *split, idc_error *err)
{
    char there[200];
    const own *o = s->own;
    int rc = splits_of(o, there, sizeof there, err);
    if (rc == 0 && s->silent > 0)
        rc = idc_fail(err, IDC_E_MISSING, "%s: none of the %zu pairs of split '%s' has a sentence",
                      s->name, s->silent, split);
    else if (rc == 0)
        rc = idc_fail(err, IDC_E_MISSING, "%s: no %s of split '%s' (there are: %s)", s->name,
                      o->kind->noun, split, there[0] != '\0' ? there : "none at all");
    return rc;
}

static int read_pairs(idc_train_source *s, const char *split, idc_error *err)
{
    idc_store *store = ((own *)s->own)->store;
    sqlite3_stmt *q;
    reading r = {.room = 0};
    int rc = idc_sql_open(
        store, &q, err, "SELECT DISTINCT type FROM item WHERE type IS NOT NULL ORDER BY type", "");
    rc = rc < 0 ? rc : collect(&r.classes, store, q, err);
    s->classes = r.classes.n < INT32_MAX ? (int)r.classes.n : 0;
    rc = rc < 0 ? rc : idc_sql_open(store, &q, err, ((own *)s->own)->kind->rows, "t", split);
    while (rc == 0 && (rc = idc_sql_next(store, q, err)) > 0)
        rc = take_pair(s, &r, q, err);
    texts_clear(&r.text);
    texts_clear(&r.classes);
    free(r.text.at);
    free(r.classes.at);
    return rc == 0 && s->n == 0 ? none_found(s, split, err) : rc;
}

/* ---- features ---- */

/* The most exact kind of the encoder's features. */
static int choose_variant(idc_train_source *s, const char *encoder, idc_error *err)
{
    own *o = s->own;
    sqlite3_stmt *q;
    char there[200] = "";
    size_t used = 0;
    int rc = idc_sql_open(o->store, &q, err,
                          "SELECT variant, dtype, encoder, encoder = ? FROM variant ORDER BY dtype "
                          "DESC",
                          "t", encoder); /* <f4, <f2; |i1 has no scale here */
    o->variant = 0;
    while (rc == 0 && (rc = idc_sql_next(o->store, q, err)) > 0) {
        const char *type = idc_sql_text(q, 1);
        int dtype = idc_dtype_from_numpy(type, strlen(type));
        bool fit = dtype == IDC_DTYPE_F32 || dtype == IDC_DTYPE_F16;
        if (o->variant == 0 && fit && sqlite3_column_int(q, 3)) {
            o->variant = sqlite3_column_int64(q, 0);
        }
        int n = snprintf(there + used, sizeof there - used, "%s%.8s %s", used > 0 ? ", " : "",
                         idc_sql_text(q, 2), type);
        used += n > 0 && used + (size_t)n < sizeof there ? (size_t)n : 0;
        rc = 0;
    }
    if (rc == 0 && o->variant == 0)
        rc = idc_fail(err, IDC_E_MISMATCH,
                      "%s: no features of the model's encoder %.8s in f32 or f16 (there are: %s)",
                      s->name, encoder, there[0] != '\0' ? there : "none");
    return rc;
}

/* Width and height of the file that the feature was made of. */
static void size_of(sqlite3_stmt *q, int column, int size[2])
{
    idc_record *rest = NULL;
    double wh[2];
    size_t bytes = (size_t)sqlite3_column_bytes(q, column);
    if (bytes > 0 && idc_record_decode(&rest, sqlite3_column_blob(q, column), bytes, NULL) == 0 &&
        idc_record_get_numbers(rest, "size", wh, 2, NULL) == 2 && wh[0] >= 1 && wh[0] <= 1e6 &&
        wh[1] >= 1 && wh[1] <= 1e6) {
        size[0] = (int)wh[0];
        size[1] = (int)wh[1];
    }
    idc_record_free(&rest);
}

static int no_feature(const idc_train_source *s, const idc_train_pair *p, int side, idc_error *err)
{
    static const char *const names[2] = {"before", "after"};
    if (((own *)s->own)->kind == &kinds[IDC_TRAIN_SINGLE])
        return idc_fail(err, IDC_E_MISSING,
                        "%s: picture '%s': no feature (idc-store missing lists what is left to "
                        "encode)",
                        s->name, p->said.id);
    return idc_fail(err, IDC_E_MISSING,
                    "%s: pair '%s': no feature of its picture '%s' (idc-store missing lists what "
                    "is left to encode)",
                    s->name, p->said.id, names[side]);
}

static int find_feature(idc_train_source *s, idc_train_pair *p, int side, idc_error *err)
{
    own *o = s->own;
    sqlite3_stmt *q;
    int rc = idc_sql_open(o->store, &q, err,
                          "SELECT feature, height, width, channels, fields FROM feature WHERE "
                          "picture = ? AND variant = ?",
                          "ii", p->picture[side], o->variant);
    rc = rc < 0 ? rc : idc_sql_next(o->store, q, err);
    if (rc <= 0)
        return rc < 0 ? rc : no_feature(s, p, side, err);
    int64_t shape[3];
    for (int i = 0; i < 3; i++) {
        shape[i] = sqlite3_column_int64(q, 1 + i);
        if (shape[i] < 1 || shape[i] > 1 << 20)
            shape[i] = 0;
    }
    p->feature[side] = sqlite3_column_int64(q, 0);
    size_of(q, 4, p->size[side]);
    sqlite3_reset(q);
    if (s->channels == 0) {
        s->rows = (int)shape[0];
        s->columns = (int)shape[1];
        s->channels = (int)shape[2];
    }
    if (shape[0] != s->rows || shape[1] != s->columns || shape[2] != s->channels || shape[2] == 0)
        return idc_fail(err, IDC_E_MISMATCH,
                        "%s: pair '%s': a feature of %lldx%lldx%lld among %dx%dx%d", s->name,
                        p->said.id, (long long)shape[0], (long long)shape[1], (long long)shape[2],
                        s->rows, s->columns, s->channels);
    return 0;
}

static int choose(idc_train_source *s, const char *encoder, idc_error *err)
{
    s->rows = s->columns = s->channels = 0;
    int rc = choose_variant(s, encoder, err);
    for (size_t i = 0; i < s->n && rc == 0; i++)
        for (int side = 0; side < 2 && rc == 0; side++)
            rc = find_feature(s, &s->pair[i], side, err);
    return rc;
}

static int read_feature(idc_train_source *s, int64_t feature, float *out, idc_error *err)
{
    idc_store *store = ((own *)s->own)->store;
    sqlite3_stmt *q;
    idc_array grid;
    char name[32];
    size_t count = (size_t)s->rows * (size_t)s->columns * (size_t)s->channels;
    snprintf(name, sizeof name, "feature %lld", (long long)feature);
    int rc = idc_sql_open(store, &q, err,
                          "SELECT height, width, channels, dtype, checksum, fields, data, segment, "
                          "start FROM feature JOIN variant USING (variant) WHERE feature = ?",
                          "i", feature);
    rc = rc < 0 ? rc : idc_sql_next(store, q, err);
    if (rc == 0)
        return idc_fail(err, IDC_E_MISSING, "%s: %s has gone", s->name, name);
    rc = rc < 0 ? rc : idc_read_columns(&(idc_read_row){store, q, 0, name}, &grid, err);
    if (rc == 0 && (idc_array_count(&grid) != count || grid.dtype == IDC_DTYPE_I8))
        rc = idc_fail(err, IDC_E_MISMATCH, "%s: has another shape than before", name);
    if (rc == 0 && grid.dtype == IDC_DTYPE_F16 && (uintptr_t)grid.data % sizeof(uint16_t) != 0)
        rc = idc_fail(err, IDC_E_INVALID, "%s: begins at an odd byte", name);
    if (rc == 0 && grid.dtype == IDC_DTYPE_F16)
        idc_f16_to_f32(out, grid.data, count);
    else if (rc == 0)
        memcpy(out, grid.data, count * sizeof *out);
    sqlite3_reset(q);
    return rc < 0 ? idc_fail_in(err, rc, s->name) : 0;
}

/* ---- opening and closing ---- */

static void close_own(idc_train_source *s)
{
    own *o = s->own;
    if (o == NULL)
        return;
    idc_store_close(&o->store);
    free(o);
}

int idc_store_train_open(idc_train_source **out, const char *path, const char *split,
                         enum idc_train_items items, idc_error *err)
{
    idc_train_source *s = *out = calloc(1, sizeof *s);
    own *o = s != NULL ? s->own = calloc(1, sizeof *o) : NULL;
    if (o == NULL || (s->name = strdup(path)) == NULL) {
        free(o);
        free(s);
        *out = NULL;
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    }
    o->kind = &kinds[items];
    s->choose = choose;
    s->read = read_feature;
    s->close = close_own;
    int rc = idc_store_open(&o->store, path, IDC_STORE_READ, err);
    rc = rc < 0 ? rc : read_pairs(s, split, err);
    if (rc < 0)
        idc_train_source_close(out);
    return rc;
}
