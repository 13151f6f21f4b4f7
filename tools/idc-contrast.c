/* idc-contrast: how probable is a change, and does the model know such pictures? */
#include <omp.h>
#include <string.h>

#include "base/tool.h"
#include "model/contrast.h"
#include "wire/pump.h"

struct job {
    idc_tool *tool;
    const char *model, *device;
    double min_change;
    int64_t threads;
    idc_contrast *contrast;
    bool warned;
};

static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"model", 'm', IDC_OPT_STRING, offsetof(struct job, model), "FILE",
     "model file (default: $IDC_MODEL, then the installed one)"},
    {"min-change", 0, IDC_OPT_UNIT, offsetof(struct job, min_change), "P",
     "call pairs whose change is less probable than P unchanged (default 0.5)"},
    {"threads", 'j', IDC_OPT_INT, offsetof(struct job, threads), "N",
     "threads (default 1: the programs of a pipe work beside one another)"},
    {"device", 0, IDC_OPT_STRING, offsetof(struct job, device), "NAME", "cpu or auto"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-contrast",
    "Say how probable a change is, and whether the model knows such pictures.",
    "[OPTION]...",
    "idc-decode --pair a.png b.png | idc-encode | idc-diff | idc-contrast | idc-cat --json",
    options,
    IDC_TOOL_BINARY_OUT | IDC_TOOL_BINARY_IN,
};

static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    if (!idc_record_is(r, "diff"))
        return idc_pump_send(out, r, err);
    int rc = idc_contrast_add(job->contrast, r, job->min_change, err);
    if (rc < 0)
        return rc;
    if (idc_contrast_strange(job->contrast) && !job->warned) {
        job->warned = true;
        idc_tool_note(job->tool,
                      "these pictures are unlike what the model was trained on (first: %s)",
                      idc_record_id(r));
    }
    return idc_pump_send(out, r, err);
}

int main(int argc, char **argv)
{
    struct job job = {.device = "auto", .threads = 1, .min_change = 0.5};
    idc_tool *tool = job.tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    idc_model *model = NULL;
    char **operands;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (strcmp(job.device, "cpu") != 0 && strcmp(job.device, "auto") != 0)
        idc_tool_usage(tool, "--device: '%s' is not there: cpu or auto", job.device);
    if (job.threads < 1 || job.threads > 1024)
        idc_tool_usage(tool, "-j: expected 1 to 1024 threads");
    omp_set_num_threads((int)job.threads);
    if (idc_model_open(&model, job.model, IDC_MODEL_NETWORK, &err) == 0 &&
        idc_contrast_new(&job.contrast, model, &err) == 0 &&
        idc_tool_announce(tool, "model", model->fingerprint) == 0)
        idc_pump_run(tool, on_record, &job, &err);
    idc_contrast_free(&job.contrast);
    idc_model_close(&model);
    return idc_tool_finish(tool, &err);
}
