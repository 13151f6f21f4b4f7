#include "image/png.h"

#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/png_check.h"

/* Text, profiles and the like beyond these sizes (bytes) are not read. */
#define CHUNK_LIMIT ((size_t)8 << 20)
#define CACHE_LIMIT ((size_t)32 << 20)

static int failed(int code, idc_error *err)
{
    if (code == SPNG_EMEM)
        return idc_fail(err, IDC_E_MEMORY, "no memory to decode the PNG");
    return idc_fail(err, IDC_E_INVALID, "damaged PNG: %s", spng_strerror(code));
}

/* Rows of RGBA become rows of RGB over white, in place. */
static void over_white(uint8_t *p, size_t pixels)
{
    uint8_t *to = p;
    for (size_t i = 0; i < pixels; i++, p += 4)
        for (int c = 0; c < 3; c++) {
            unsigned v = p[c] * (unsigned)p[3] + 255u * (255u - p[3]) + 127u;
            *to++ = (uint8_t)(v / 255u);
        }
}

static bool has_alpha(spng_ctx *ctx, const struct spng_ihdr *ihdr)
{
    struct spng_trns trns;
    return ihdr->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
           ihdr->color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA || spng_get_trns(ctx, &trns) == 0;
}

/* The pixels, into new memory of 3 or 4 bytes each; the rest is cut off by the caller. */
static int decode_pixels(spng_ctx *ctx, idc_image *out, idc_error *err)
{
    struct spng_ihdr ihdr;
    int code = spng_get_ihdr(ctx, &ihdr);
    if (code)
        return failed(code, err);
    bool alpha = has_alpha(ctx, &ihdr);
    int format = alpha ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8;
    size_t pixels = (size_t)ihdr.width * ihdr.height, bytes = pixels * (alpha ? 4 : 3), need;
    code = spng_decoded_image_size(ctx, format, &need);
    if (code || need != bytes)
        return failed(code ? code : SPNG_EINTERNAL, err);
    *out = (idc_image){(int)ihdr.width, (int)ihdr.height, malloc(bytes)};
    if (!out->rgb)
        return failed(SPNG_EMEM, err);
    code = spng_decode_image(ctx, out->rgb, bytes, format, alpha ? SPNG_DECODE_TRNS : 0);
    if (code)
        return failed(code, err);
    if (alpha) {
        over_white(out->rgb, pixels);
        unsigned char *less = realloc(out->rgb, pixels * 3);
        if (less)
            out->rgb = less;
    }
    return 0;
}

/* ICC.1:2010, 7.2: a profile begins with its own length, and has 'acsp' at byte 36. */
static int check_profile(spng_ctx *ctx, idc_error *err)
{
    struct spng_iccp iccp;
    if (spng_get_iccp(ctx, &iccp) != 0)
        return 0;
    const uint8_t *p = (const uint8_t *)iccp.profile;
    size_t n = iccp.profile_len;
    bool good = n >= 132 && memcmp(p + 36, "acsp", 4) == 0 &&
                ((size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]) == n;
    return good ? 0
                : idc_fail(err, IDC_E_INVALID, "damaged PNG: the colour profile (iCCP) is none");
}

static int check(spng_ctx *ctx, const uint8_t *bytes, size_t n, idc_error *err)
{
    static const unsigned samples[7] = {1, 0, 3, 1, 2, 0, 4}; /* of a pixel, by colour type */
    struct spng_ihdr ihdr;
    int rc = check_profile(ctx, err);
    if (rc < 0 || spng_get_ihdr(ctx, &ihdr) != 0)
        return rc;
    unsigned bits = samples[ihdr.color_type] * ihdr.bit_depth;
    return idc_png_check(
        bytes, n, idc_png_data_size(ihdr.width, ihdr.height, bits, ihdr.interlace_method), err);
}

static int decode(idc_image *out, const uint8_t *bytes, size_t n, bool strict, idc_error *err)
{
    spng_ctx *ctx = spng_ctx_new(0);
    if (!ctx)
        return failed(SPNG_EMEM, err);
    spng_set_crc_action(ctx, SPNG_CRC_ERROR, strict ? SPNG_CRC_ERROR : SPNG_CRC_DISCARD);
    spng_set_chunk_limits(ctx, CHUNK_LIMIT, CACHE_LIMIT);
    spng_set_png_buffer(ctx, bytes, n);
    int rc = decode_pixels(ctx, out, err);
    if (rc == 0) {
        int code = spng_decode_chunks(ctx);
        if (code)
            rc = failed(code, err);
    }
    if (rc == 0 && strict)
        rc = check(ctx, bytes, n, err);
    if (rc < 0)
        idc_image_free(out);
    spng_ctx_free(ctx);
    return rc;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The size, from the header at its fixed place (PNG 1.2, 11.2.2), before any memory is taken. */
static int check_size(const uint8_t *bytes, size_t n, int64_t max_pixels, idc_decode_info *info,
                      idc_error *err)
{
    if (n < 33 || memcmp(bytes + 12, "IHDR", 4) != 0)
        return idc_fail(err, IDC_E_INVALID, "damaged PNG: no header");
    uint32_t w = big_endian(bytes + 16), h = big_endian(bytes + 20);
    if (w < 1 || h < 1)
        return idc_fail(err, IDC_E_INVALID, "damaged PNG: %u×%u pixels", w, h);
    if (w > IDC_IMAGE_MAX_SIDE || h > IDC_IMAGE_MAX_SIDE || (int64_t)w * h > max_pixels)
        return idc_fail(err, IDC_E_RANGE, "%u×%u pixels are more than allowed (%lld)", w, h,
                        (long long)max_pixels);
    info->width = (int)w;
    info->height = (int)h;
    return 0;
}

int idc_png_decode(idc_image *out, const uint8_t *bytes, size_t n, const idc_decode_options *how,
                   idc_decode_info *info, idc_error *err)
{
    idc_error strict = IDC_NO_ERROR;
    *out = (idc_image){0, 0, NULL};
    int rc = check_size(bytes, n, how->max_pixels, info, err);
    if (rc < 0)
        return rc;
    if (!idc_png_has_end(bytes, n))
        return idc_fail(err, IDC_E_INVALID, "damaged PNG: the end (IEND) is missing");
    rc = decode(out, bytes, n, true, &strict);
    if (rc == IDC_E_INVALID && how->lenient) {
        rc = decode(out, bytes, n, false, err);
        if (rc == 0)
            snprintf(info->note, sizeof info->note, "%.*s", IDC_NOTE_TEXT - 1, strict.text);
        return rc;
    }
    return rc < 0 ? idc_fail(err, rc, "%s", strict.text) : 0;
}
