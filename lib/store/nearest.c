#include "store/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"
#include "store/content.h"
#include "store/sql.h"

struct hit {
    int64_t feature;
    float cosine;
};

/* Blobs lie in SQLite's pages at any address. */
typedef float loose_float __attribute__((aligned(1), may_alias));

/* a·b and b·b */
IDC_CLONES static void products(const float *a, const void *b, size_t n, float sums[2])
{
    const loose_float *v = b;
    float ab = 0, bb = 0;
#pragma omp simd reduction(+ : ab, bb)
    for (size_t i = 0; i < n; i++) {
        ab += a[i] * v[i];
        bb += v[i] * v[i];
    }
    sums[0] = ab;
    sums[1] = bb;
}

/* A heap with the worst of the best at its top; of equal ones the later is worse. */
static bool worse(const struct hit *a, const struct hit *b)
{
    return a->cosine < b->cosine || (a->cosine == b->cosine && a->feature > b->feature);
}

static void sink(struct hit *heap, int count, int at)
{
    for (int child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &heap[at]))
            return;
        struct hit swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
    }
}

static void offer(struct hit *heap, int *count, int most, struct hit h)
{
    if (*count < most) {
        heap[(*count)++] = h;
        if (*count == most)
            for (int i = most / 2 - 1; i >= 0; i--)
                sink(heap, most, i);
    } else if (worse(&heap[0], &h)) {
        heap[0] = h;
        sink(heap, most, 0);
    }
}

static int best_first(const void *a, const void *b)
{
    return worse(a, b) ? 1 : worse(b, a) ? -1 : 0;
}

/* query: n values; own: a feature to leave out, or 0. Fills hits; returns how many, or a code. */
static int search(const idc_nearest *s, const float *query, size_t n, int64_t own, struct hit *hits,
                  idc_error *err)
{
    sqlite3_stmt *q;
    float sums[2];
    int count = 0;
    products(query, query, n, sums);
    float length = sqrtf(sums[1]);
    int rc = idc_sql_open(s->store, &q, err, "SELECT feature, data FROM pooled WHERE variant = ?",
                          "i", s->variant);
    while (rc == 0 && (rc = idc_sql_next(s->store, q, err)) > 0) {
        const void *data = sqlite3_column_blob(q, 1);
        struct hit h = {sqlite3_column_int64(q, 0), 0};
        rc = 0;
        if (h.feature == own || !data || (size_t)sqlite3_column_bytes(q, 1) != n * sizeof(float))
            continue;
        products(query, data, n, sums);
        h.cosine = sums[0] / (length * sqrtf(sums[1]));
        if (isfinite(h.cosine))
            offer(hits, &count, s->most, h);
    }
    qsort(hits, (size_t)count, sizeof *hits, best_first);
    return rc < 0 ? rc : count;
}

static int print(const idc_nearest *s, const char *id, const struct hit *hits, int count, FILE *out,
                 idc_error *err)
{
    int rc = 0;
    for (int i = 0; i < count && rc >= 0; i++) {
        sqlite3_stmt *q;
        rc =
            idc_sql_open(s->store, &q, err,
                         "SELECT json_object('id', ?1, 'near', (SELECT name FROM item WHERE "
                         "item.picture = f.picture ORDER BY item LIMIT 1), 'cosine', round(?2, 6)) "
                         "FROM feature f WHERE feature = ?3",
                         "tdi", id, (double)hits[i].cosine, hits[i].feature);
        rc = rc < 0 ? rc : idc_sql_next(s->store, q, err);
        if (rc > 0 && fprintf(out, "%s\n", idc_sql_text(q, 0)) < 0)
            rc = idc_fail(err, IDC_E_CLOSED, "stdout: closed by its reader");
        idc_sql_done(s->store);
    }
    return rc < 0 ? rc : 0;
}

static int find(const idc_nearest *s, const char *id, const void *query, size_t n, int64_t own,
                FILE *out, idc_error *err)
{
    float *aligned = malloc(n * sizeof *aligned + 1);
    struct hit *hits = calloc((size_t)s->most, sizeof *hits);
    int rc = aligned && hits ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc == 0) {
        memcpy(aligned, query, n * sizeof *aligned);
        rc = search(s, aligned, n, own, hits, err);
    }
    if (rc > 0)
        rc = print(s, id, hits, rc, out, err);
    free(aligned);
    free(hits);
    return rc;
}

int idc_nearest_named(const idc_nearest *n, const char *name, FILE *out, idc_error *err)
{
    sqlite3_stmt *q;
    idc_content c;
    int64_t picture;
    int rc =
        idc_sql_int(n->store, &picture, err, "SELECT picture FROM item WHERE name = ?", "t", name);
    if (rc >= 0 && picture == 0 && (rc = idc_content_hash(&c, name, err)) > 0)
        rc = idc_sql_int(n->store, &picture, err, "SELECT picture FROM picture WHERE hash = ?", "b",
                         c.hash, sizeof c.hash);
    if (rc < 0)
        return rc;
    rc = idc_sql_open(n->store, &q, err,
                      "SELECT feature, p.data FROM feature f JOIN pooled p USING (feature) WHERE "
                      "f.picture = ? AND f.variant = ?",
                      "ii", picture, n->variant);
    rc = rc < 0 ? rc : idc_sql_next(n->store, q, err);
    if (rc == 0)
        return idc_fail(err, IDC_E_MISSING, "%s: no feature of '%s'; encode it and pass it by '-'",
                        n->store->path, name);
    if (rc > 0)
        rc = find(n, name, sqlite3_column_blob(q, 1),
                  (size_t)sqlite3_column_bytes(q, 1) / sizeof(float), sqlite3_column_int64(q, 0),
                  out, err);
    sqlite3_reset(q);
    return rc;
}

int idc_nearest_record(const idc_nearest *n, const idc_record *r, FILE *out, idc_error *err)
{
    idc_array pooled;
    const char *encoder;
    int64_t same;
    int rc = idc_record_get_array(r, "pooled", &pooled, err);
    rc = rc < 0 ? rc : idc_record_get_string(r, "encoder", &encoder, err);
    rc = rc < 0 ? rc
                : idc_sql_int(n->store, &same, err,
                              "SELECT encoder = ? FROM variant WHERE variant = ?", "ti", encoder,
                              n->variant);
    if (rc < 0)
        return rc;
    if (!same)
        return idc_fail(err, IDC_E_MISMATCH, "%s: is of encoder %s, the features of %s are not",
                        idc_record_id(r), encoder, n->store->path);
    if (pooled.dtype != IDC_DTYPE_F32 || pooled.ndim != 1 || pooled.shape[0] < 1)
        return idc_fail(err, IDC_E_MISMATCH, "%s: pooled is no f32 vector", idc_record_id(r));
    return find(n, idc_record_id(r), pooled.data, (size_t)pooled.shape[0], 0, out, err);
}
