#include "wire/hello.h"

#include <stdio.h>

#include "wire/inputs.h"
#include "wire/packer.h"
#include "wire/record_bytes.h"
#include "wire/token.h"

static void from_of(char *out, size_t n, const idc_tool *tool)
{
    snprintf(out, n, "%s %s", idc_tool_name(tool), IDC_VERSION);
}

/* {"from": "idc-encode 0.1.0", key: value, …} */
static int pack_entry(msgpack_packer *pk, const idc_tool *tool)
{
    const char *key, *value;
    char from[96];
    size_t facts = 0;
    while (idc_tool_fact(tool, (int)facts, &key, &value))
        facts++;
    from_of(from, sizeof from, tool);
    int rc =
        msgpack_pack_map(pk, facts + 1) | idc_pack_string(pk, "from") | idc_pack_string(pk, from);
    for (int i = 0; idc_tool_fact(tool, i, &key, &value); i++)
        rc |= idc_pack_string(pk, key) | idc_pack_string(pk, value);
    return rc;
}

static int append_to_chain(idc_record *hello, const idc_tool *tool, idc_error *err)
{
    const uint8_t *old = NULL;
    size_t n = 0;
    idc_token t = {.size = 0};
    int header = 0;
    if (idc_record_raw(hello, "chain", &old, &n)) {
        header = idc_token_read(&t, old, n);
        if (t.type != IDC_TOKEN_ARRAY || t.size >= IDC_MAX_CHAIN)
            return idc_fail(err, IDC_E_INVALID,
                            "hello: the chain is no list of at most %d programs", IDC_MAX_CHAIN);
    }
    idc_buffer b = {0};
    msgpack_packer pk = idc_packer(&b);
    int rc = msgpack_pack_array(&pk, t.size + 1u);
    rc |= old ? idc_buffer_append(&b, old + header, n - (size_t)header) : 0;
    rc |= pack_entry(&pk, tool);
    rc = rc ? IDC_E_MEMORY : idc_record_set_raw(hello, "chain", b.data, b.size);
    idc_buffer_free(&b);
    return rc < 0 ? idc_fail(err, rc, "hello: no memory for the chain") : 0;
}

int idc_hello_make(idc_record **hello, const idc_tool *tool, const idc_record *earlier,
                   idc_error *err)
{
    char from[96];
    from_of(from, sizeof from, tool);
    idc_record *r = earlier ? idc_record_copy(earlier) : idc_record_new("hello");
    *hello = r;
    if (!r || idc_record_set_int(r, "idc", IDC_FORMAT_VERSION) < 0 ||
        idc_record_set_string(r, "from", from) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return append_to_chain(r, tool, err);
}

int idc_end_make(idc_record **end, const idc_tool *tool, uint64_t count, uint64_t errors,
                 idc_error *err)
{
    char from[96];
    from_of(from, sizeof from, tool);
    idc_record *r = idc_record_new("end");
    *end = r;
    if (!r || idc_record_set_string(r, "from", from) < 0 ||
        idc_record_set_int(r, "count", (int64_t)count) < 0 ||
        idc_record_set_int(r, "errors", (int64_t)errors) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return 0;
}
