/* pipe_source: writes N records with one tensor each, ids r0, r1, …, as fast as the reader takes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tool.h"
#include "wire/pump.h"

struct job {
    int64_t records, bytes;
};

static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"records", 0, IDC_OPT_INT, offsetof(struct job, records), "N", "records to write"},
    {"bytes", 0, IDC_OPT_INT, offsetof(struct job, bytes), "N", "bytes of each tensor"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "pipe_source", "Write records with tensors, for measuring.",
    "[OPTION]...", "pipe_source --records=4000 | idc-cat > /dev/null",
    options,       IDC_TOOL_BINARY_OUT,
};

static int write_records(idc_pump *out, const struct job *job, idc_error *err)
{
    uint8_t *data = malloc((size_t)job->bytes + 1);
    idc_record *r = idc_record_new("feature");
    if (!data || !r)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    memset(data, 7, (size_t)job->bytes + 1);
    idc_array a = {.dtype = IDC_DTYPE_U8, .ndim = 1, .shape = {job->bytes}, .data = data};
    int rc = 0;
    for (int64_t i = 0; i < job->records && rc == 0; i++) {
        char id[24];
        snprintf(id, sizeof id, "r%lld", (long long)i);
        idc_record_set_string(r, "id", id);
        rc = idc_record_set_array(r, "feature",
                                  &a); /* a new tensor each time, as an encoder has it */
        if (rc == 0)
            rc = idc_pump_send(out, r, err);
    }
    idc_record_free(&r);
    free(data);
    return rc;
}

int main(int argc, char **argv)
{
    struct job job = {.records = 4000, .bytes = 1 << 20};
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    idc_pump *out;
    if (idc_pump_open_output(&out, tool, &err) == 0) {
        write_records(out, &job, &err);
        idc_pump_close(&out, &err);
    }
    return idc_tool_finish(tool, &err);
}
