#include "store/content.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined __x86_64__ && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* the library's functions for AVX2 and AVX-512, where the processor has them */
#else
#define XXH_INLINE_ALL
#include <xxhash.h>
#endif

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
    int64_t value;
    memcpy(&value, &hash, sizeof value);
    return b ? idc_content_checksum_more(value, b, m) : value;
}

int64_t idc_content_checksum_more(int64_t hash, const void *b, size_t m)
{
    XXH64_hash_t seed;
    memcpy(&seed, &hash, sizeof seed);
    seed = XXH3_64bits_withSeed(b, m, seed);
    memcpy(&hash, &seed, sizeof hash);
    return hash;
}

/* IEEE 754: the exponent of infinities and of what is no number is all ones; without the sign, bits are ordered as the
 * values are. */
IDC_CLONES static bool finite_f32(const unsigned char *p, size_t count)
{
    int32_t most = 0;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < count; i++) {
        int32_t bits;
        memcpy(&bits, p + 4 * i, sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    return most < 0x7f800000;
}

IDC_CLONES static bool finite_f16(const unsigned char *p, size_t count)
{
    int16_t most = 0;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < count; i++) {
        int16_t bits;
        memcpy(&bits, p + 2 * i, sizeof bits);
        bits &= 0x7fff;
        most = bits > most ? bits : most;
    }
    return most < 0x7c00;
}

bool idc_content_finite(const void *data, idc_dtype dtype, size_t count)
{
    if (dtype == IDC_DTYPE_F32)
        return finite_f32(data, count);
    return dtype != IDC_DTYPE_F16 || finite_f16(data, count);
}
