/* packer.h: msgpack-c's packer, writing to an idc_buffer.
 *
 *     msgpack_packer pk = idc_packer(&buffer);
 *     msgpack_pack_int64(&pk, 7);        // −1 without memory
 */
#ifndef IDC_WIRE_PACKER_H
#define IDC_WIRE_PACKER_H

#include <msgpack.h>
#include <string.h>

#include "base/buffer.h"

static inline int idc_packer_write(void *buffer, const char *bytes, size_t n)
{
    return idc_buffer_append(buffer, bytes, n) < 0 ? -1 : 0;
}

static inline msgpack_packer idc_packer(idc_buffer *b)
{
    msgpack_packer pk;
    msgpack_packer_init(&pk, b, idc_packer_write);
    return pk;
}

static inline int idc_pack_string(msgpack_packer *pk, const char *s)
{
    size_t n = strlen(s);
    return msgpack_pack_str(pk, n) < 0 || msgpack_pack_str_body(pk, s, n) < 0 ? -1 : 0;
}

static inline int idc_pack_binary(msgpack_packer *pk, const char *s)
{
    size_t n = strlen(s);
    return msgpack_pack_bin(pk, n) < 0 || (n > 0 && msgpack_pack_bin_body(pk, s, n) < 0) ? -1 : 0;
}

#endif
