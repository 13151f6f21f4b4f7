#include "image/png_write.h"

#include <errno.h>
#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int encode(const idc_image *img, FILE *f, const char *path, idc_error *err)
{
    spng_ctx *ctx = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr head = {.width = (uint32_t)img->width,
                             .height = (uint32_t)img->height,
                             .bit_depth = 8,
                             .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    if (!ctx)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    int rc = spng_set_png_file(ctx, f);
    if (!rc)
        rc = spng_set_option(ctx, SPNG_IMG_COMPRESSION_LEVEL, 6);
    if (!rc)
        rc = spng_set_ihdr(ctx, &head);
    if (!rc)
        rc = spng_encode_image(ctx, img->rgb, idc_image_bytes(img), SPNG_FMT_PNG,
                               SPNG_ENCODE_FINALIZE);
    spng_ctx_free(ctx);
    return rc ? idc_fail(err, IDC_E_IO, "%s: %s", path, spng_strerror(rc)) : 0;
}

int idc_png_write(const idc_image *img, const char *path, idc_error *err)
{
    size_t n = strlen(path);
    char *part = malloc(n + 6);
    if (!part)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    memcpy(part, path, n);
    memcpy(part + n, ".part", 6);
    int rc;
    FILE *f = fopen(part, "wb");
    if (!f) {
        rc = idc_fail(err, IDC_E_IO, "%s: %s", part, strerror(errno));
        free(part);
        return rc;
    }
    rc = encode(img, f, path, err);
    if (fclose(f) != 0 && rc == 0)
        rc = idc_fail(err, IDC_E_IO, "%s: %s", part, strerror(errno));
    if (rc == 0 && rename(part, path) != 0)
        rc = idc_fail(err, IDC_E_IO, "%s: %s", path, strerror(errno));
    if (rc < 0)
        remove(part);
    free(part);
    return rc;
}
