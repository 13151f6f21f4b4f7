/* torch_zip.h: the members of a ZIP archive that are stored as they are. Private to lib/tensor/torch_*.c.
 *
 *     struct idc_zip zip;
 *     idc_zip_open(&zip, bytes, n, &err);                       // reads the central directory
 *     const struct idc_zip_member *m = idc_zip_find(&zip, "archive/data/", "17");
 *     idc_zip_close(&zip);
 *
 * Refused: compressed, encrypted or split archives, members outside the bytes. ZIP64 is read.
 */
#ifndef IDC_TENSOR_TORCH_ZIP_H
#define IDC_TENSOR_TORCH_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct idc_zip_member {
    const char *name; /* not terminated */
    size_t length;
    const uint8_t *data;
    size_t size;
    uint32_t crc;
};

struct idc_zip {
    struct idc_zip_member *members; /* sorted by name */
    size_t n;
};

/* The texts of errors do not name the file. */
int idc_zip_open(struct idc_zip *zip, const uint8_t *bytes, size_t n, idc_error *err);
void idc_zip_close(struct idc_zip *zip);
/* The member of this name; NULL: there is none. */
const struct idc_zip_member *idc_zip_find(const struct idc_zip *zip, const char *name,
                                          size_t length);
/* IDC_E_INVALID where its bytes have another CRC-32 than the directory says. */
int idc_zip_check(const struct idc_zip_member *m, idc_error *err);

#endif
