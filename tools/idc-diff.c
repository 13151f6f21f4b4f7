/* idc-diff: from the features of two pictures to image-difference tokens. */
#include <string.h>

#include "base/tool.h"
#include "model/model_options.h"
#include "model/pairing.h"
#include "wire/pump.h"

struct job {
    idc_model_options model;
    int64_t window;
    idc_pairing *pairing;
};

static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    IDC_MODEL_OPTIONS(struct job, model),
    {"window", 0, IDC_OPT_INT, offsetof(struct job, window), "N",
     "pictures kept for later pairs when nothing says how often they are used (default 64)"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-diff",    "Turn the features of two pictures into tokens that say what differs.",
    "[OPTION]...", "idc-decode --pair a.png b.png | idc-encode | idc-diff | idc-cat --json",
    options,       IDC_TOOL_BINARY_OUT | IDC_TOOL_BINARY_IN,
};

static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    if (idc_record_is(r, "feature"))
        return idc_pairing_add(job->pairing, r, err);
    if (!idc_record_is(r, "pair"))
        return idc_pump_send(out, r, err);
    idc_record *diff;
    int rc = idc_pairing_join(job->pairing, r, &diff, err);
    if (rc == 0)
        rc = idc_pump_send(out, diff, err);
    idc_record_free(&diff);
    return rc;
}

int main(int argc, char **argv)
{
    struct job job = {.model = IDC_MODEL_OPTIONS_DEFAULT, .window = 64};
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    idc_model *model = NULL;
    idc_model_options_check(tool, &job.model);
    if (job.window < 1 || job.window > 65536)
        idc_tool_usage(tool, "--window: expected 1 to 65536");
    if (idc_model_open(&model, job.model.file, IDC_MODEL_NETWORK, &err) == 0 &&
        idc_pairing_new(&job.pairing, model, (int)job.window, &err) == 0 &&
        idc_tool_announce(tool, "model", model->fingerprint) == 0)
        idc_pump_run(tool, on_record, &job, &err);
    idc_pairing_free(&job.pairing);
    idc_model_close(&model);
    return idc_tool_finish(tool, &err);
}
