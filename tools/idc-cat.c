/* idc-cat: plumbing for streams of records: pipe to socket and back, merge, look inside. */
#include <stdio.h>
#include <stdlib.h>

#include "base/tool.h"
#include "wire/deal.h"
#include "wire/pump.h"

struct job {
    bool json, all, deal, unordered;
    int64_t head, passed; /* head −1: all */
    int64_t window, timeout;
    idc_string_list kinds, merge;
};

static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"json", 0, IDC_OPT_FLAG, offsetof(struct job, json), NULL,
     "print one JSON line a record; of arrays the dtype, shape, least, greatest and mean value"},
    {"all", 'a', IDC_OPT_FLAG, offsetof(struct job, all), NULL,
     "with --json: hello and end as well"},
    {"head", 'n', IDC_OPT_INT, offsetof(struct job, head), "N", "stop after N records"},
    {"kind", 'k', IDC_OPT_LIST, offsetof(struct job, kinds), "KIND",
     "only records of this kind (may be given again)"},
    {"deal", 0, IDC_OPT_FLAG, offsetof(struct job, deal), NULL,
     "deal the records to the workers whose endpoints are the operands; needs --merge"},
    {"merge", 0, IDC_OPT_LIST, offsetof(struct job, merge), "ENDPOINT",
     "where the workers' answers come in (may be given again); they go out in the order of the "
     "input"},
    {"unordered", 0, IDC_OPT_FLAG, offsetof(struct job, unordered), NULL,
     "let answers go out as they come"},
    {"window", 0, IDC_OPT_INT, offsetof(struct job, window), "N",
     "records a worker may have unanswered (default 16)"},
    {"timeout", 0, IDC_OPT_INT, offsetof(struct job, timeout), "S",
     "a worker silent for S seconds loses its records to others (default 120; 0: never)"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-cat",
    "Pass records on: from pipe to socket and back, merged, or as JSON to read.",
    "[OPTION]... [--deal --merge ENDPOINT WORKER...]",
    "idc-decode --pair a.png b.png | idc-encode | idc-cat --json",
    options,
    IDC_TOOL_BINARY_IN,
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

static int deal(idc_tool *tool, const struct job *job, idc_error *err)
{
    char **operands;
    idc_deal_options o = {.answers = job->merge,
                          .window = job->window,
                          .timeout = job->timeout,
                          .unordered = job->unordered};
    int n = idc_tool_operands(tool, &operands);
    if (n < 1 || n > IDC_MAX_LIST || job->merge.count == 0)
        idc_tool_usage(
            tool, "--deal wants 1 to %d workers' endpoints, and --merge ENDPOINT for their answers",
            IDC_MAX_LIST);
    if (job->window < 1 || job->window > 1024)
        idc_tool_usage(tool, "--window: not within 1 and 1024");
    if (job->json || job->head >= 0 || job->kinds.count > 0)
        idc_tool_usage(
            tool,
            "--deal goes with none of --json, --head and --kind: put a second idc-cat behind it");
    for (; o.workers.count < n; o.workers.count++)
        o.workers.items[o.workers.count] = operands[o.workers.count];
    return idc_deal_run(tool, &o, err);
}

int main(int argc, char **argv)
{
    struct job job = {.head = -1, .window = 16, .timeout = 120};
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    char **operands;
    if (!job.deal && idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (job.deal)
        deal(tool, &job, &err);
    else if (job.json && job.all)
        idc_pump_drain_all(tool, on_record, &job, &err);
    else if (job.json)
        idc_pump_drain(tool, on_record, &job, &err);
    else
        idc_pump_run(tool, on_record, &job, &err);
    return idc_tool_finish(tool, &err);
}
