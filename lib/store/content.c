#include "store/content.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/file.h"
#include "base/simd.h"

int idc_content_stat(idc_content *c, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || access(path, R_OK) != 0)
        return 0;
    c->bytes = st.st_size;
    c->mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return 1;
}

int idc_content_hash(idc_content *c, const char *path, idc_error *err)
{
    idc_file_map map;
    int rc = idc_content_stat(c, path);
    if (rc <= 0)
        return rc;
    rc = idc_file_map_open(&map, path, err);
    if (rc < 0)
        return rc;
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical,
                             XXH3_128bits(map.data ? (const void *)map.data : "", map.size));
    memcpy(c->hash, canonical.digest, sizeof c->hash);
    idc_file_map_close(&map);
    return 1;
}

int64_t idc_content_checksum(const void *a, size_t n, const void *b, size_t m)
{
    XXH64_hash_t hash = XXH3_64bits(a, n);
    if (b)
        hash = XXH3_64bits_withSeed(b, m, hash);
    int64_t value;
    memcpy(&value, &hash, sizeof value);
    return value;
}

/* IEEE 754: the exponent of infinities and of what is no number is all ones. */
IDC_CLONES static bool finite_f32(const unsigned char *p, size_t count)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, p + 4 * i, sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return bad == 0;
}

IDC_CLONES static bool finite_f16(const unsigned char *p, size_t count)
{
    uint16_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t bits;
        memcpy(&bits, p + 2 * i, sizeof bits);
        bad = (uint16_t)(bad | ((bits & 0x7c00u) == 0x7c00u));
    }
    return bad == 0;
}

bool idc_content_finite(const void *data, idc_dtype dtype, size_t count)
{
    if (dtype == IDC_DTYPE_F32)
        return finite_f32(data, count);
    return dtype != IDC_DTYPE_F16 || finite_f16(data, count);
}
