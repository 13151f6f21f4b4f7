/* record.c: making, copying, looking up and freeing records; their bytes. */
#include "wire/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "wire/ndarray.h"
#include "wire/record_state.h"

size_t idc_array_count(const idc_array *a)
{
    size_t n = 1;
    for (int i = 0; i < a->ndim; i++)
        if (a->shape[i] < 0 || idc_mul_size(&n, n, (size_t)a->shape[i]) < 0)
            return SIZE_MAX;
    return n;
}

size_t idc_array_bytes(const idc_array *a)
{
    size_t n = idc_array_count(a);
    return n == SIZE_MAX || idc_mul_size(&n, n, idc_dtype_size(a->dtype)) < 0 ? SIZE_MAX : n;
}

idc_block *idc_block_new(size_t capacity)
{
    idc_block *b = calloc(1, sizeof *b);
    if (b && !(b->data = malloc(capacity ? capacity : 1))) {
        free(b);
        b = NULL;
    }
    if (!b)
        return NULL;
    b->capacity = capacity;
    b->references = 1;
    return b;
}

idc_block *idc_block_keep(idc_block *b)
{
    atomic_fetch_add(&b->references, 1);
    return b;
}

void idc_block_drop(idc_block **b)
{
    if (*b && atomic_fetch_sub(&(*b)->references, 1) == 1) {
        if ((*b)->release)
            (*b)->release(*b);
        else
            free((*b)->data);
        free(*b);
    }
    *b = NULL;
}

idc_record *idc_record_new(const char *kind)
{
    idc_record *r = calloc(1, sizeof *r);
    if (r && idc_record_set_string(r, "kind", kind) < 0)
        idc_record_free(&r);
    return r;
}

void idc_record_free(idc_record **r)
{
    if (!*r)
        return;
    for (int i = 0; i < (*r)->count; i++)
        free((*r)->fields[i].own);
    free((*r)->fields);
    free((*r)->texts);
    idc_block_drop(&(*r)->block);
    free(*r);
    *r = NULL;
}

idc_record *idc_record_copy(const idc_record *r)
{
    idc_block *block = idc_block_new(idc_record_bytes(r));
    if (!block)
        return NULL;
    idc_buffer out = {.data = block->data, .capacity = block->capacity};
    idc_record *copy = NULL;
    if (idc_record_encode(r, &out) == 0)
        idc_record_decode_in(&copy, block, block->data, out.size, NULL);
    idc_block_drop(&block);
    return copy;
}

idc_field *idc_record_find(const idc_record *r, const char *key)
{
    size_t n = strlen(key);
    for (int i = 0; i < r->count; i++) {
        idc_field *f = &r->fields[i];
        if (f->key_length == n && memcmp(f->bytes + f->key_at, key, n) == 0)
            return f;
    }
    return NULL;
}

static const char *text_of(const idc_record *r, const char *key)
{
    const idc_field *f = idc_record_find(r, key);
    return f && f->text ? f->text : "";
}

const char *idc_record_kind(const idc_record *r)
{
    return text_of(r, "kind");
}

bool idc_record_is(const idc_record *r, const char *kind)
{
    return strcmp(idc_record_kind(r), kind) == 0;
}

const char *idc_record_id(const idc_record *r)
{
    return text_of(r, "id");
}

bool idc_record_has(const idc_record *r, const char *key)
{
    return idc_record_find(r, key) != NULL;
}

int idc_record_complain(const idc_record *r, int code, const char *key, const char *what,
                        idc_error *err)
{
    const char *id = idc_record_id(r);
    return idc_fail(err, code, "%.40s%s%.200s%s: field '%.60s' %s", idc_record_kind(r),
                    *id ? " '" : "", id, *id ? "'" : "", key, what);
}

static int write_head(const idc_record *r, uint8_t *head)
{
    unsigned n = (unsigned)r->count;
    if (n < 16) {
        head[0] = (uint8_t)(0x80 | n);
        return 1;
    }
    head[0] = 0xde;
    head[1] = (uint8_t)(n >> 8);
    head[2] = (uint8_t)n;
    return 3;
}

size_t idc_record_bytes(const idc_record *r)
{
    size_t n = r->count < 16 ? 1 : 3;
    for (int i = 0; i < r->count; i++)
        n += r->fields[i].size;
    return n;
}

int idc_record_pieces(const idc_record *r, uint8_t *head, struct iovec *pieces, int max)
{
    int n = 0;
    pieces[n++] = (struct iovec){head, (size_t)write_head(r, head)};
    for (int i = 0; i < r->count; i++) {
        const idc_field *f = &r->fields[i];
        struct iovec *last = &pieces[n - 1];
        if ((const uint8_t *)last->iov_base + last->iov_len == f->bytes && n > 1) {
            last->iov_len += f->size;
            continue;
        }
        if (n == max)
            return -1;
        /* writev takes the bytes as not const, and does not write to them. */
        pieces[n++] = (struct iovec){(void *)(uintptr_t)f->bytes, f->size};
    }
    return n;
}

int idc_record_encode(const idc_record *r, idc_buffer *out)
{
    uint8_t head[IDC_RECORD_HEAD];
    size_t start = out->size;
    int rc = idc_buffer_append(out, head, (size_t)write_head(r, head));
    for (int i = 0; i < r->count && rc == 0; i++)
        rc = idc_buffer_append(out, r->fields[i].bytes, r->fields[i].size);
    if (rc < 0)
        out->size = start;
    return rc;
}

bool idc_record_field(const idc_record *r, int i, const char **name, size_t *length,
                      const uint8_t **value, size_t *bytes)
{
    if (i >= r->count)
        return false;
    const idc_field *f = &r->fields[i];
    *name = (const char *)f->bytes + f->key_at;
    *length = f->key_length;
    *value = f->bytes + f->value_at;
    *bytes = f->size - f->value_at;
    return true;
}

bool idc_record_raw(const idc_record *r, const char *key, const uint8_t **value, size_t *n)
{
    const idc_field *f = idc_record_find(r, key);
    if (!f)
        return false;
    *value = f->bytes + f->value_at;
    *n = f->size - f->value_at;
    return true;
}
