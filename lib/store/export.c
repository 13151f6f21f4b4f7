#include "store/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/npy.h"
#include "store/read.h"
#include "store/sql.h"
#include "tensor/safetensors.h"

#define SHARD_TENSORS 4096
#define TAR_BLOCK 512

/* One feature after the other; takes over the record unless it fails. */
typedef struct target {
    idc_export *e;
    const char *path;
    idc_file_writer *file; /* webdataset */
    idc_record *records[SHARD_TENSORS];
    size_t count, bytes;
    int shard;
} target;
typedef int (*feature_function)(target *t, idc_record *r, const idc_array *a, idc_error *err);

static int make_folder(const char *path, idc_error *err)
{
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    return 0;
}

static int write_npy(target *t, idc_record *r, const idc_array *a, idc_error *err)
{
    char name[250], path[4096];
    idc_buffer b = {0};
    if (idc_npy_escape(name, sizeof name, idc_record_id(r)) < 0)
        return idc_fail(err, IDC_E_RANGE, "%s: too long for the name of a file", idc_record_id(r));
    if ((size_t)snprintf(path, sizeof path, "%s/%s.npy", t->path, name) >= sizeof path)
        return idc_fail(err, IDC_E_RANGE, "%s: too long a path", t->path);
    int rc = idc_npy_write(&b, a);
    rc = rc < 0 ? idc_fail(err, rc, "no memory") : idc_file_write_atomic(path, b.data, b.size, err);
    idc_buffer_free(&b);
    if (rc == 0)
        idc_record_free(&r);
    return rc;
}

static int write_shard(target *t, idc_error *err)
{
    char path[4096];
    const char *encoder = "", *layer = "";
    idc_safetensor *tensors = calloc(t->count + 1, sizeof *tensors);
    if (!tensors)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    for (size_t i = 0; i < t->count; i++) {
        idc_array a;
        idc_record_get_array(t->records[i], "feature", &a, NULL);
        tensors[i] = (idc_safetensor){.name = idc_record_id(t->records[i]),
                                      .dtype = a.dtype,
                                      .ndim = a.ndim,
                                      .data = a.data,
                                      .bytes = idc_array_bytes(&a)};
        memcpy(tensors[i].shape, a.shape, sizeof a.shape);
    }
    idc_record_get_string(t->records[0], "encoder", &encoder, NULL);
    idc_record_get_string(t->records[0], "layer", &layer, NULL);
    const idc_safetensors_metadata_entry about[] = {{"encoder", encoder}, {"layer", layer}};
    snprintf(path, sizeof path, "%s/features-%05d.safetensors", t->path, t->shard++);
    int rc = idc_safetensors_write(path, tensors, t->count, about, 2, err);
    free(tensors);
    for (size_t i = 0; i < t->count; i++)
        idc_record_free(&t->records[i]);
    t->count = t->bytes = 0;
    return rc;
}

static int add_to_shard(target *t, idc_record *r, const idc_array *a, idc_error *err)
{
    t->records[t->count++] = r;
    t->bytes += idc_array_bytes(a);
    /* the record is the shard's from here on, also when writing fails */
    return t->count == SHARD_TENSORS || t->bytes >= IDC_EXPORT_SHARD ? write_shard(t, err) : 0;
}

/* POSIX.1-1988 ustar. The time is 0, so that equal stores give equal files. */
static int tar_member(target *t, const char *name, const void *data, size_t n, idc_error *err)
{
    char header[TAR_BLOCK + 1] = {0};
    static const char zeros[TAR_BLOCK], magic[8] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
    unsigned sum = 0;
    snprintf(header, 100, "%s", name);
    memcpy(header + 100, "0000644\0000000000\0000000000", 24);
    snprintf(header + 124, 13, "%011zo", n);
    memcpy(header + 136, "00000000000", 12);
    memset(header + 148, ' ', 8); /* the checksum, while it is counted */
    header[156] = '0';            /* a plain file */
    memcpy(header + 257, magic, sizeof magic);
    for (int i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06o", sum);
    int rc = idc_file_writer_append(t->file, header, TAR_BLOCK, err);
    rc = rc < 0 ? rc : idc_file_writer_append(t->file, data, n, err);
    if (rc == 0 && n % TAR_BLOCK)
        rc = idc_file_writer_append(t->file, zeros, TAR_BLOCK - n % TAR_BLOCK, err);
    return rc;
}

static int write_tar(target *t, idc_record *r, const idc_array *a, idc_error *err)
{
    char name[40];
    idc_buffer b = {0};
    sqlite3_stmt *q;
    int rc = idc_npy_write(&b, a);
    if (rc < 0)
        idc_fail(err, rc, "no memory");
    snprintf(name, sizeof name, "%08llu.npy", (unsigned long long)t->e->written);
    rc = rc < 0 ? rc : tar_member(t, name, b.data, b.size, err);
    rc = rc < 0 ? rc
                : idc_sql_open(t->e->store, &q, err,
                               "SELECT json_patch('{}', json_object('id', name, 'split', split, "
                               "'type', type)) FROM item WHERE name = ?",
                               "t", idc_record_id(r));
    rc = rc < 0 ? rc : idc_sql_next(t->e->store, q, err);
    snprintf(name, sizeof name, "%08llu.json", (unsigned long long)t->e->written);
    if (rc > 0)
        rc = tar_member(t, name, idc_sql_text(q, 0), strlen(idc_sql_text(q, 0)), err);
    idc_buffer_free(&b);
    if (rc == 0)
        idc_record_free(&r);
    return rc;
}

static int each_feature(target *t, feature_function f, idc_error *err)
{
    sqlite3_stmt *q;
    idc_store *s = t->e->store;
    int rc =
        idc_sql_open(s, &q, err,
                     "SELECT name FROM item JOIN feature f USING (picture) WHERE f.variant = ? "
                     "ORDER BY item",
                     "i", t->e->variant);
    while (rc == 0 && (rc = idc_sql_next(s, q, err)) > 0) {
        idc_record *r;
        idc_array a;
        idc_error why = IDC_NO_ERROR;
        rc = idc_read_feature(s, t->e->variant, idc_sql_text(q, 0), &r, &why);
        rc = rc > 0 ? idc_record_get_array(r, "feature", &a, &why) : rc;
        rc = rc < 0 ? rc : f(t, r, &a, &why);
        if (rc == 0) {
            t->e->written++;
            continue;
        }
        if (f != add_to_shard)
            idc_record_free(&r);
        if (rc == IDC_E_INVALID || rc == IDC_E_RANGE || rc == IDC_E_MISSING ||
            rc == IDC_E_MISMATCH) {
            t->e->refused(t->e->user, &why);
            rc = 0;
        } else
            idc_fail(err, rc, "%s", why.text);
    }
    idc_sql_done(s);
    return rc;
}

static int to_npy(target *t, idc_error *err)
{
    int rc = make_folder(t->path, err);
    return rc < 0 ? rc : each_feature(t, write_npy, err);
}

static int to_safetensors(target *t, idc_error *err)
{
    int rc = make_folder(t->path, err);
    rc = rc < 0 ? rc : each_feature(t, add_to_shard, err);
    if (rc == 0 && t->count > 0)
        rc = write_shard(t, err);
    for (size_t i = 0; i < t->count; i++)
        idc_record_free(&t->records[i]);
    return rc;
}

static int to_tar(target *t, idc_error *err)
{
    static const char end[2 * TAR_BLOCK];
    int rc = idc_file_writer_open(&t->file, t->path, err);
    if (rc < 0)
        return rc;
    rc = each_feature(t, write_tar, err);
    rc = rc < 0 ? rc : idc_file_writer_append(t->file, end, sizeof end, err);
    if (rc == 0)
        return idc_file_writer_commit(&t->file, err);
    idc_file_writer_abort(&t->file);
    return rc;
}

static int to_lines(target *t, const char *sql, idc_error *err)
{
    sqlite3_stmt *q;
    bool to_stdout = strcmp(t->path, "-") == 0;
    int rc = to_stdout ? 0 : idc_file_writer_open(&t->file, t->path, err);
    if (rc < 0)
        return rc;
    FILE *out = to_stdout ? stdout : idc_file_writer_stream(t->file);
    rc = idc_sql_open(t->e->store, &q, err, sql, "");
    while (rc == 0 && (rc = idc_sql_next(t->e->store, q, err)) > 0) {
        t->e->written++;
        rc = fprintf(out, "%s\n", idc_sql_text(q, 0)) < 0
                 ? idc_fail(err, IDC_E_CLOSED, "%s: closed by its reader", t->path)
                 : 0;
    }
    if (!to_stdout && rc == 0)
        return idc_file_writer_commit(&t->file, err);
    if (!to_stdout)
        idc_file_writer_abort(&t->file);
    return rc;
}

/* json_patch leaves out what is null. */
static int to_pairs(target *t, idc_error *err)
{
    return to_lines(
        t,
        "SELECT json_patch('{}', json_object('id', p.name, 'before', b.name, 'after', a.name, "
        "'type', p.type, 'split', p.split, 'captions', (SELECT nullif(json_group_array(text), "
        "'[]') "
        "FROM (SELECT text FROM caption c WHERE c.pair = p.pair ORDER BY caption)) -> '$')) FROM "
        "pair p JOIN item b ON b.item = p.before JOIN item a ON a.item = p.after ORDER BY p.pair",
        err);
}

static int to_items(target *t, idc_error *err)
{
    return to_lines(
        t,
        "SELECT json_patch('{}', json_object('id', i.name, 'hash', lower(hex(hash)), 'type', type, "
        "'split', split, 'captions', (SELECT nullif(json_group_array(text), '[]') FROM (SELECT "
        "text "
        "FROM caption c WHERE c.item = i.item ORDER BY caption)) -> '$', 'boxes', (SELECT "
        "nullif(json_group_array(json_array(x, y, w, h)), '[]') FROM box o WHERE o.item = i.item) "
        "-> "
        "'$')) FROM item i LEFT JOIN picture USING (picture) ORDER BY i.item",
        err);
}

int idc_export_run(idc_export *e, const char *format, const char *path, idc_error *err)
{
    static const struct {
        const char *name;
        int (*run)(target *t, idc_error *err);
    } formats[] = {{"npy", to_npy},
                   {"safetensors", to_safetensors},
                   {"webdataset", to_tar},
                   {"pairs", to_pairs},
                   {"items", to_items}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(format, formats[i].name) == 0) {
            target *t = calloc(1, sizeof *t);
            if (!t)
                return idc_fail(err, IDC_E_MEMORY, "no memory");
            t->e = e;
            t->path = path;
            int rc = formats[i].run(t, err);
            free(t);
            return rc;
        }
    return idc_fail(err, IDC_E_INVALID,
                    "'%s' is none of npy, safetensors, webdataset, pairs, items", format);
}
