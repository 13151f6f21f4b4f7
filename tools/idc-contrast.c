/* idc-contrast: how probable is a change, and does the model know such pictures? Or: hard negatives of sentences. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/tool.h"
#include "model/contrast.h"
#include "score/negative_list.h"
#include "store/sentences.h"
#include "wire/pump.h"

struct job {
    idc_tool *tool;
    const char *model, *device, *negatives, *captions, *words;
    double min_change;
    int64_t threads, seed;
    idc_contrast *contrast;
    bool warned;
};

#define AT(field) offsetof(struct job, field)
static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"model", 'm', IDC_OPT_STRING, AT(model), "FILE",
     "model file (default: $IDC_MODEL, then the installed one)"},
    {"min-change", 0, IDC_OPT_UNIT, AT(min_change), "P",
     "call pairs whose change is less probable than P unchanged (default 0.5)"},
    {"captions", 0, IDC_OPT_STRING, AT(captions), "FILE",
     "sentences of pairs: JSON, JSON Lines, TSV, or a store"},
    {"negatives", 0, IDC_OPT_STRING, AT(negatives), "RECIPE",
     "write hard negatives of the captions: R6, R2P2C2, … (retrieve, replace, confuse)"},
    {"words", 0, IDC_OPT_STRING, AT(words), "NAME",
     "word classes of --negatives: clevr-change (default), birds, or a file"},
    {"seed", 0, IDC_OPT_INT, AT(seed), "N", "seed of --negatives (default 1)"},
    {"threads", 'j', IDC_OPT_INT, AT(threads), "N",
     "threads (default 1: the programs of a pipe work beside one another)"},
    {"device", 0, IDC_OPT_STRING, AT(device), "NAME", "cpu or auto"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-contrast",
    "Say how probable a change is, and whether the model knows such pictures.",
    "[OPTION]...",
    "idc-decode --pair a.png b.png | idc-encode | idc-diff | idc-contrast | idc-cat --json",
    options,
    0,
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

static void run_stream(struct job *job, idc_error *err)
{
    idc_model *model = NULL;
    idc_tool_expect_input(job->tool);
    idc_tool_refuse_terminal(job->tool);
    omp_set_num_threads((int)job->threads);
    if (idc_model_open(&model, job->model, IDC_MODEL_NETWORK, err) == 0 &&
        idc_contrast_new(&job->contrast, model, err) == 0 &&
        idc_tool_announce(job->tool, "model", model->fingerprint) == 0)
        idc_pump_run(job->tool, on_record, job, err);
    idc_contrast_free(&job->contrast);
    idc_model_close(&model);
}

static bool stopped(void *tool)
{
    return idc_tool_stopped(tool);
}

static int read_captions(idc_caption_list **list, const char *path, idc_error *err)
{
    return idc_caption_list_read(list, path,
                                 idc_store_recognised(path) ? idc_store_sentences : NULL, err);
}

static void write_negatives(struct job *job, idc_error *err)
{
    const char *path = idc_tool_stream_options(job->tool)->output;
    idc_negative_list_options o = {
        .seed = (uint64_t)job->seed, .stopped = stopped, .user = job->tool};
    idc_word_classes *classes = NULL;
    idc_caption_list *list = NULL;
    idc_file_writer *file = NULL;
    int rc = idc_recipe_parse(&o.recipe, job->negatives, err);
    if (rc == 0)
        rc = idc_word_classes_open(&classes, job->words, err);
    o.classes = classes;
    if (rc == 0)
        rc = read_captions(&list, job->captions, err);
    if (rc == 0 && path && strcmp(path, "-") != 0)
        rc = idc_file_writer_open(&file, path, err);
    if (rc == 0)
        rc = idc_negative_list_write(file ? idc_file_writer_stream(file) : stdout, list, &o, err);
    if (rc == 0 && file)
        idc_file_writer_commit(&file, err);
    else if (file)
        idc_file_writer_abort(&file);
    idc_caption_list_free(&list);
    idc_word_classes_free(&classes);
}

static void check_options(idc_tool *tool, const struct job *job)
{
    char **operands;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (strcmp(job->device, "cpu") != 0 && strcmp(job->device, "auto") != 0)
        idc_tool_usage(tool, "--device: '%s' is not there: cpu or auto", job->device);
    if (job->threads < 1 || job->threads > 1024)
        idc_tool_usage(tool, "-j: expected 1 to 1024 threads");
    if (job->negatives && !job->captions)
        idc_tool_usage(tool, "--negatives: of which captions? give --captions FILE");
}

int main(int argc, char **argv)
{
    struct job job = {
        .device = "auto", .words = "clevr-change", .threads = 1, .seed = 1, .min_change = 0.5};
    idc_tool *tool = job.tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    check_options(tool, &job);
    if (job.negatives)
        write_negatives(&job, &err);
    else
        run_stream(&job, &err);
    return idc_tool_finish(tool, &err);
}
