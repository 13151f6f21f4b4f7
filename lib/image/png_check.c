#include "image/png_check.h"

#include <string.h>
#include <zlib.h>

#define SIGNATURE 8
#define CHUNK_FRAME 12 /* length, type, checksum */

struct chunk {
    const uint8_t *type, *data;
    size_t length;
};

/* The chunk at *at, which moves on; false at the end. */
static bool next_chunk(const uint8_t *bytes, size_t n, size_t *at, struct chunk *c)
{
    if (n - *at < CHUNK_FRAME)
        return false;
    const uint8_t *p = bytes + *at;
    c->length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (c->length > n - *at - CHUNK_FRAME)
        return false;
    c->type = p + 4;
    c->data = p + 8;
    *at += CHUNK_FRAME + c->length;
    return true;
}

bool idc_png_has_end(const uint8_t *bytes, size_t n)
{
    struct chunk c;
    for (size_t at = SIGNATURE; next_chunk(bytes, n, &at, &c);)
        if (memcmp(c.type, "IEND", 4) == 0)
            return c.length == 0 && memcmp(c.data, "\xae\x42\x60\x82", 4) == 0;
    return false;
}

uint64_t idc_png_data_size(uint32_t width, uint32_t height, unsigned bits, int interlaced)
{
    static const uint8_t passes[7][4] = {/* first x, first y, step x, step y */
                                         {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                         {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    static const uint8_t whole[1][4] = {{0, 0, 1, 1}};
    uint64_t sum = 0;
    for (int i = 0; i < (interlaced ? 7 : 1); i++) {
        const uint8_t *p = interlaced ? passes[i] : whole[i];
        uint64_t w = ((uint64_t)width + p[2] - 1 - p[0]) / p[2],
                 h = ((uint64_t)height + p[3] - 1 - p[1]) / p[3];
        sum += w ? h * (1 + (w * bits + 7) / 8) : 0;
    }
    return sum;
}

/* Inflates a piece and counts what comes out, up to a little more than `expected`. Returns zlib's
 * code. */
static int count_piece(z_stream *z, const struct chunk *c, uint64_t *total, uint64_t expected)
{
    uint8_t sink[1 << 15];
    int code = Z_OK;
    z->next_in = (Bytef *)(uintptr_t)c->data; /* zlib reads only, but is older than const */
    z->avail_in = (uInt)c->length;
    do {
        z->next_out = sink;
        z->avail_out = sizeof sink;
        code = inflate(z, Z_NO_FLUSH);
        *total += sizeof sink - z->avail_out;
    } while (code == Z_OK && (z->avail_in > 0 || z->avail_out == 0) && *total <= expected);
    return code;
}

int idc_png_check(const uint8_t *bytes, size_t n, uint64_t expected, idc_error *err)
{
    struct chunk c;
    uint64_t total = 0;
    int profiles = 0, code = Z_OK;
    z_stream z = {0};
    if (inflateInit(&z) != Z_OK)
        return idc_fail(err, IDC_E_MEMORY, "no memory to inflate the PNG");
    for (size_t at = SIGNATURE; next_chunk(bytes, n, &at, &c);) {
        profiles += memcmp(c.type, "iCCP", 4) == 0;
        if (memcmp(c.type, "IDAT", 4) == 0 && code != Z_STREAM_END && total <= expected &&
            c.length > 0)
            code = count_piece(&z, &c, &total, expected);
    }
    inflateEnd(&z);
    if (profiles > 1)
        return idc_fail(err, IDC_E_INVALID, "damaged PNG: two colour profiles (iCCP)");
    if (total != expected)
        return idc_fail(err, IDC_E_INVALID, "damaged PNG: too much image data");
    return 0;
}
