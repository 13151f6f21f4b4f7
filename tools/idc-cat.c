/* idc-cat: plumbing for streams of records: pipe to socket and back, merge, look inside. */
#include <stdio.h>
#include <stdlib.h>

#include "base/tool.h"
#include "wire/pump.h"

struct job {
    idc_tool *tool;
    bool json, flush;
    int64_t head, passed; /* head −1: all */
    idc_string_list kinds;
};

static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"json", 0, IDC_OPT_FLAG, offsetof(struct job, json), NULL,
     "print one JSON line a record; of arrays the dtype, shape, least, greatest and mean value"},
    {"head", 'n', IDC_OPT_INT, offsetof(struct job, head), "N", "stop after N records"},
    {"kind", 'k', IDC_OPT_LIST, offsetof(struct job, kinds), "KIND",
     "only records of this kind (may be given again)"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-cat",     "Pass records on: from pipe to socket and back, merged, or as JSON to read.",
    "[OPTION]...", "idc-decode --pair a.png b.png | idc-encode | idc-cat --json",
    options,       IDC_TOOL_BINARY_IN,
};

static bool wanted(const struct job *job, const idc_record *r)
{
    if (job->kinds.count == 0)
        return true;
    for (int i = 0; i < job->kinds.count; i++)
        if (idc_record_is(r, job->kinds.items[i]))
            return true;
    return false;
}

static int print_json(const idc_record *r, idc_error *err)
{
    char *text = idc_record_json(r, NULL);
    if (!text)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    bool ok = puts(text) >= 0;
    free(text);
    return ok ? 0 : idc_fail(err, IDC_E_CLOSED, "stdout: closed by its reader");
}

static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    if (!wanted(job, r))
        return 0;
    if (job->head == 0)
        return idc_fail(err, IDC_E_STOPPED, "enough");
    int rc = out ? idc_pump_send(out, r, err) : print_json(r, err);
    if (rc == 0 && ++job->passed == job->head)
        return idc_fail(err, IDC_E_STOPPED, "enough");
    return rc;
}

int main(int argc, char **argv)
{
    struct job job = {.head = -1};
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    char **operands;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (job.json)
        idc_pump_drain(tool, on_record, &job, &err);
    else
        idc_pump_run(tool, on_record, &job, &err);
    return idc_tool_finish(tool, &err);
}
