/* content.h: checksums, and what a file holds by its bytes, so that nothing is encoded twice. */
#ifndef IDC_STORE_CONTENT_H
#define IDC_STORE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"
#include "base/error.h"

typedef struct idc_content {
    uint8_t hash[16]; /* XXH3-128, big-endian as xxhsum prints it */
    int64_t bytes, mtime;
} idc_content;

/* Size and time only: 1, or 0 where path is no regular file that one may read. */
int idc_content_stat(idc_content *c, const char *path);
/* With the hash: 1, 0 as above, or IDC_E_IO. */
int idc_content_hash(idc_content *c, const char *path, idc_error *err);

/* XXH3-64 of b, begun with that of a: what columns `checksum` hold. b may be NULL. */
int64_t idc_content_checksum(const void *a, size_t n, const void *b, size_t m);
/* That of one whose checksum is hash, with b after it. */
int64_t idc_content_checksum_more(int64_t hash, const void *b, size_t m);
/* No value is infinite or not a number. Any alignment; dtypes without such values are finite. */
bool idc_content_finite(const void *data, idc_dtype dtype, size_t count);

#endif
