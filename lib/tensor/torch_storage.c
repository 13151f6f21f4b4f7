/* torch_storage.c: where the storages of a file of torch.save lie, in its two forms. */
#include <stdlib.h>
#include <string.h>

#include "tensor/torch_opening.h"
#include "tensor/torch_zip.h"

#define MAX_NAME 256

static int bad(const struct idc_torch_opening *o, const char *what)
{
    return idc_fail(o->err, IDC_E_INVALID, "%s", what);
}

static int no_memory(const struct idc_torch_opening *o)
{
    return idc_fail(o->err, IDC_E_MEMORY, "no memory");
}

/* ---- storages ---- */

static int by_key(const void *a, const void *b)
{
    const idc_pickle_value *x = ((const struct idc_torch_storage *)a)->about,
                           *y = ((const struct idc_torch_storage *)b)->about;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = n ? memcmp(x->text, y->text, n) : 0;
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

struct idc_torch_storage *idc_torch_find_storage(const struct idc_torch_opening *o,
                                                 const idc_pickle_value *key)
{
    struct idc_torch_storage wanted = {key, NULL};
    return o->n_storages ? bsearch(&wanted, o->storages, o->n_storages, sizeof wanted, by_key)
                         : NULL;
}

/* Those that the pickle speaks of, each once. */
static int gather_storages(struct idc_torch_opening *o)
{
    size_t n = 0;
    const idc_pickle_value *v;
    for (v = idc_pickle_storages(o->pickle); v; v = v->next_storage)
        n++;
    o->storages = calloc(n + 1, sizeof *o->storages);
    if (!o->storages)
        return no_memory(o);
    for (v = idc_pickle_storages(o->pickle); v; v = v->next_storage)
        o->storages[o->n_storages++].about = v;
    qsort(o->storages, n, sizeof *o->storages, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct idc_torch_storage *s = &o->storages[i],
                                       *before = kept ? &o->storages[kept - 1] : NULL;
        if (before && by_key(before, s) == 0) {
            if (before->about->dtype != s->about->dtype ||
                before->about->number != s->about->number)
                return bad(o, "two storages have one key");
            continue;
        }
        o->storages[kept++] = *s;
    }
    o->n_storages = kept;
    return 0;
}

static int storage_bytes(const struct idc_torch_opening *o, const struct idc_torch_storage *s,
                         size_t *bytes)
{
    if (idc_mul_size(bytes, (size_t)s->about->number, idc_dtype_size(s->about->dtype)) < 0)
        return bad(o, "a storage is too large");
    return 0;
}

/* ---- the older form: after the pickles, for each key the number of elements and the elements ---- */

static int place_legacy(struct idc_torch_opening *o, const idc_pickle_value *key, size_t *at)
{
    struct idc_torch_storage *s =
        key->kind == IDC_PICKLE_STRING ? idc_torch_find_storage(o, key) : NULL;
    size_t bytes;
    uint64_t n = 0;
    if (!s || s->data)
        return bad(o, "its list of storages names one that no tensor has, or one twice");
    int rc = storage_bytes(o, s, &bytes);
    if (rc < 0)
        return rc;
    if (o->size - *at < 8 || bytes > o->size - *at - 8)
        return idc_fail(o->err, IDC_E_CUT, "cut off: storage '%.*s' needs %zu bytes",
                        key->length < 40 ? (int)key->length : 40, key->text, bytes);
    for (int i = 0; i < 8; i++)
        n |= (uint64_t)o->bytes[*at + (size_t)i] << (8 * i);
    if (n != (uint64_t)s->about->number)
        return bad(o, "a storage has another length than its tensors say");
    s->data = o->bytes + *at + 8;
    *at += 8 + bytes;
    return 0;
}

/* {'little_endian': True, …} */
static bool is_little_endian(const idc_pickle_value *about)
{
    static const char key[] = "little_endian";
    if (about->kind != IDC_PICKLE_DICT)
        return false;
    for (const idc_pickle_chunk *c = about->first; c; c = c->next)
        for (size_t i = 0; i + 1 < c->n; i += 2)
            if (c->item[i]->kind == IDC_PICKLE_STRING && c->item[i]->length == sizeof key - 1 &&
                !memcmp(c->item[i]->text, key, sizeof key - 1))
                return c->item[i + 1]->kind == IDC_PICKLE_BOOL && c->item[i + 1]->number;
    return false;
}

int idc_torch_open_legacy(struct idc_torch_opening *o, const idc_pickle_value **root)
{
    enum { MAGIC, PROTOCOL, ABOUT, ROOT, KEYS, PICKLES };
    const idc_pickle_value *part[PICKLES];
    size_t at = 0, used;
    for (int i = MAGIC; i < PICKLES; i++) {
        int rc = idc_pickle_read(o->pickle, o->bytes + at, o->size - at, &used, &part[i], o->err);
        if (rc < 0)
            return rc;
        at += used;
    }
    if (part[PROTOCOL]->kind != IDC_PICKLE_INT || part[PROTOCOL]->number != 1001)
        return idc_fail(o->err, IDC_E_INVALID, "another protocol of torch.save than 1001");
    if (!is_little_endian(part[ABOUT]))
        return idc_fail(o->err, IDC_E_INVALID, "not little-endian");
    if (part[KEYS]->kind != IDC_PICKLE_LIST)
        return bad(o, "no list of its storages");
    int rc = gather_storages(o);
    for (const idc_pickle_chunk *c = part[KEYS]->first; c; c = c->next)
        for (size_t i = 0; rc == 0 && i < c->n; i++)
            rc = place_legacy(o, c->item[i], &at);
    if (rc == 0 && at != o->size)
        rc = idc_fail(o->err, IDC_E_INVALID, "%zu bytes after its last storage", o->size - at);
    *root = part[ROOT];
    return rc;
}

/* ---- the ZIP archive: ARCHIVE/data.pkl, ARCHIVE/data/KEY ---- */

static const struct idc_zip_member *find_member(const struct idc_zip *zip, const char *folder,
                                                size_t length, const char *name, size_t n)
{
    char path[MAX_NAME];
    if (length + n > sizeof path)
        return NULL;
    memcpy(path, folder, length);
    memcpy(path + length, name, n);
    return idc_zip_find(zip, path, length + n);
}

static int place_members(struct idc_torch_opening *o, const struct idc_zip *zip, const char *folder,
                         size_t length)
{
    char data[MAX_NAME];
    if (length + 5 > sizeof data)
        return bad(o, "the archive's name is too long");
    memcpy(data, folder, length);
    memcpy(data + length, "data/", 5);
    for (size_t i = 0; i < o->n_storages; i++) {
        struct idc_torch_storage *s = &o->storages[i];
        const struct idc_zip_member *m =
            find_member(zip, data, length + 5, s->about->text, s->about->length);
        size_t bytes;
        int rc = storage_bytes(o, s, &bytes);
        if (rc == 0 && (!m || m->size != bytes))
            rc = idc_fail(o->err, IDC_E_INVALID, "storage '%.*s' is missing or has another length",
                          s->about->length < 40 ? (int)s->about->length : 40, s->about->text);
        rc = rc < 0 ? rc : idc_zip_check(m, o->err);
        if (rc < 0)
            return rc;
        s->data = m->data;
    }
    return 0;
}

static int read_archive(struct idc_torch_opening *o, const struct idc_zip *zip,
                        const idc_pickle_value **root)
{
    static const char pickle[] = "data.pkl";
    const size_t n = sizeof pickle - 1;
    const struct idc_zip_member *found = NULL;
    for (size_t i = 0; i < zip->n && !found; i++) {
        const struct idc_zip_member *m = &zip->members[i];
        if (m->length > n && m->name[m->length - n - 1] == '/' &&
            !memcmp(m->name + m->length - n, pickle, n))
            found = m;
    }
    if (!found)
        return bad(o, "a ZIP archive without data.pkl: not of torch.save");
    size_t folder = found->length - n, used;
    const struct idc_zip_member *order = find_member(zip, found->name, folder, "byteorder", 9);
    if (order && (order->size != 6 || memcmp(order->data, "little", 6) != 0))
        return idc_fail(o->err, IDC_E_INVALID, "not little-endian");
    int rc = idc_zip_check(found, o->err);
    rc = rc < 0 ? rc : idc_pickle_read(o->pickle, found->data, found->size, &used, root, o->err);
    rc = rc < 0 ? rc : gather_storages(o);
    return rc < 0 ? rc : place_members(o, zip, found->name, folder);
}

int idc_torch_open_archive(struct idc_torch_opening *o, const idc_pickle_value **root)
{
    struct idc_zip zip;
    int rc = idc_zip_open(&zip, o->bytes, o->size, o->err);
    rc = rc < 0 ? rc : read_archive(o, &zip, root);
    idc_zip_close(&zip);
    return rc;
}
