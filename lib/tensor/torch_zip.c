#include "tensor/torch_zip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAX_MEMBERS (1u << 20)
#define END_SIZE 22u
#define LOCATOR_SIZE 20u
#define END64_SIZE 56u
#define ENTRY_SIZE 46u
#define LOCAL_SIZE 30u

struct reader {
    const uint8_t *bytes;
    size_t n;
    idc_error *err;
};

/* What the end of the archive says of its central directory. */
struct directory {
    uint64_t entries, size, offset;
};

static uint64_t little(const uint8_t *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static bool signature(const uint8_t *p, uint32_t wanted)
{
    return little(p, 4) == wanted;
}

static int bad(const struct reader *r, const char *what)
{
    return idc_fail(r->err, IDC_E_INVALID, "ZIP: %s", what);
}

static bool inside(const struct reader *r, uint64_t offset, uint64_t size)
{
    return offset <= r->n && size <= r->n - offset;
}

/* The end record lies at the end, before a comment of at most 65535 bytes. */
static const uint8_t *find_end(const struct reader *r)
{
    for (size_t back = END_SIZE; back <= r->n && back <= END_SIZE + 65535u; back++) {
        const uint8_t *p = r->bytes + r->n - back;
        if (signature(p, 0x06054b50u) && little(p + 20, 2) == back - END_SIZE)
            return p;
    }
    return NULL;
}

static int read_end64(const struct reader *r, size_t end_at, struct directory *d)
{
    const uint8_t *locator = r->bytes + end_at - LOCATOR_SIZE;
    if (end_at < LOCATOR_SIZE || !signature(locator, 0x07064b50u))
        return bad(r, "its directory is missing");
    uint64_t at = little(locator + 8, 8);
    if (!inside(r, at, END64_SIZE) || !signature(r->bytes + at, 0x06064b50u))
        return bad(r, "its directory is missing");
    d->entries = little(r->bytes + at + 32, 8);
    d->size = little(r->bytes + at + 40, 8);
    d->offset = little(r->bytes + at + 48, 8);
    return 0;
}

static int read_end(const struct reader *r, struct directory *d)
{
    const uint8_t *end = find_end(r);
    if (!end)
        return idc_fail(r->err, IDC_E_CUT, "ZIP: no end of the archive");
    *d = (struct directory){little(end + 10, 2), little(end + 12, 4), little(end + 16, 4)};
    bool large = d->entries == 0xffff || d->size == 0xffffffffu || d->offset == 0xffffffffu;
    int rc = large ? read_end64(r, (size_t)(end - r->bytes), d) : 0;
    if (rc < 0)
        return rc;
    if (!inside(r, d->offset, d->size) || d->entries > d->size / ENTRY_SIZE ||
        d->entries > MAX_MEMBERS)
        return bad(r, "its directory lies outside the file");
    return 0;
}

/* Where 32 bits do not do, the extra field 1 has 64, in this order and only those that are needed. */
static int widen(const struct reader *r, const uint8_t *extra, size_t n, uint64_t *value[3])
{
    while (n >= 4) {
        size_t id = (size_t)little(extra, 2), size = (size_t)little(extra + 2, 2);
        if (size > n - 4)
            break;
        for (int i = 0; id == 1 && i < 3; i++) {
            if (*value[i] != 0xffffffffu)
                continue;
            if (size < 8)
                return bad(r, "a member's size is missing");
            *value[i] = little(extra + 4, 8);
            extra += 8;
            n -= 8;
            size -= 8;
        }
        extra += 4 + size;
        n -= 4 + size;
    }
    return 0;
}

/* One entry of the directory; *used: its bytes. */
static int read_entry(const struct reader *r, const uint8_t *p, size_t left, size_t *used,
                      struct idc_zip_member *m)
{
    if (left < ENTRY_SIZE || !signature(p, 0x02014b50u))
        return bad(r, "its directory is damaged");
    uint64_t packed = little(p + 20, 4), size = little(p + 24, 4), local = little(p + 42, 4);
    size_t name = (size_t)little(p + 28, 2), extra = (size_t)little(p + 30, 2),
           comment = (size_t)little(p + 32, 2);
    *used = ENTRY_SIZE + name + extra + comment;
    if (*used > left)
        return bad(r, "its directory is damaged");
    *m = (struct idc_zip_member){.name = (const char *)p + ENTRY_SIZE, .length = name};
    int rc = widen(r, p + ENTRY_SIZE + name, extra, (uint64_t *[3]){&size, &packed, &local});
    if (rc < 0)
        return rc;
    if (little(p + 10, 2) != 0 || little(p + 8, 2) & 1 || packed != size)
        return idc_fail(r->err, IDC_E_INVALID, "ZIP: member '%.*s' is compressed or encrypted",
                        name < 80 ? (int)name : 80, m->name);
    if (!inside(r, local, LOCAL_SIZE) || !signature(r->bytes + local, 0x04034b50u))
        return bad(r, "a member lies outside the file");
    uint64_t at =
        local + LOCAL_SIZE + little(r->bytes + local + 26, 2) + little(r->bytes + local + 28, 2);
    if (!inside(r, at, size))
        return bad(r, "a member lies outside the file");
    m->data = r->bytes + at;
    m->size = (size_t)size;
    m->crc = (uint32_t)little(p + 16, 4);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct idc_zip_member *x = a, *y = b;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = n ? memcmp(x->name, y->name, n) : 0;
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

int idc_zip_open(struct idc_zip *zip, const uint8_t *bytes, size_t n, idc_error *err)
{
    struct reader r = {bytes, n, err};
    struct directory d = {0, 0, 0};
    *zip = (struct idc_zip){NULL, 0};
    int rc = read_end(&r, &d);
    if (rc < 0)
        return rc;
    zip->members = calloc((size_t)d.entries + 1, sizeof *zip->members);
    if (!zip->members)
        return idc_fail(err, IDC_E_MEMORY, "ZIP: no memory");
    size_t at = 0;
    while (rc == 0 && zip->n < d.entries) {
        size_t used = 0;
        rc = read_entry(&r, bytes + d.offset + at, (size_t)d.size - at, &used,
                        &zip->members[zip->n]);
        at += used;
        zip->n += rc == 0;
    }
    qsort(zip->members, zip->n, sizeof *zip->members, by_name);
    for (size_t i = 1; rc == 0 && i < zip->n; i++)
        if (by_name(&zip->members[i - 1], &zip->members[i]) == 0)
            rc = bad(&r, "two members have one name");
    if (rc < 0)
        idc_zip_close(zip);
    return rc;
}

void idc_zip_close(struct idc_zip *zip)
{
    free(zip->members);
    *zip = (struct idc_zip){NULL, 0};
}

const struct idc_zip_member *idc_zip_find(const struct idc_zip *zip, const char *name,
                                          size_t length)
{
    struct idc_zip_member key = {.name = name, .length = length};
    return bsearch(&key, zip->members, zip->n, sizeof key, by_name);
}

int idc_zip_check(const struct idc_zip_member *m, idc_error *err)
{
    if (crc32_z(crc32(0, NULL, 0), m->data, m->size) == m->crc)
        return 0;
    return idc_fail(err, IDC_E_INVALID, "ZIP: member '%.*s' is damaged (its CRC differs)",
                    m->length < 80 ? (int)m->length : 80, m->name);
}
