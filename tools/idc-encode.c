/* idc-encode: pictures to grids of features. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "base/tool.h"
#include "encoder/encode.h"
#include "encoder/fingerprint.h"
#include "encoder/precision.h"
#include "encoder/weights.h"
#include "model/model_file.h"
#include "tensor/torch_file.h"
#include "wire/pump.h"

#define MAX_THREADS 1024

struct job {
    bool classify;
    const char *labels, *save;
    const char *model, *weights, *arch, *dtype, *device, *precision, *calibrate;
    int64_t stage, batch, max_wait, threads;
    int size[2];
    idc_model *from_model; /* one of the two is the source of the encoder */
    idc_params *params;
    idc_encoder *own;
    idc_classifier *classifier;
    char fingerprint[33]; /* of the encoder in f32 */
    idc_precision used;
    idc_encode *encode;
};

#define AT(field) offsetof(struct job, field)

static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"model", 'm', IDC_OPT_STRING, AT(model), "FILE",
     "model file (default: $IDC_MODEL, then the installed one)"},
    {"weights", 'w', IDC_OPT_STRING, AT(weights), "FILE",
     "weights of a known network (safetensors, or torch.save's .pth)"},
    {"arch", 0, IDC_OPT_STRING, AT(arch), "NAME",
     "with --weights: resnet18, 34, 50, 101, 152, resnetv2-50, -101, -152, "
     "efficientnet-lite0 to 4 (default: what the file says, else resnet101)"},
    {"stage", 0, IDC_OPT_INT, AT(stage), "N",
     "with --weights: features of this stage (default: the deepest)"},
    {"size", 0, IDC_OPT_SIZE, AT(size), "WxH",
     "with --weights: size of the pictures (default: what the network was trained on)"},
    {"classify", 0, IDC_OPT_FLAG, AT(classify), NULL,
     "with --weights: print the five likeliest classes of each picture as JSON Lines"},
    {"labels", 0, IDC_OPT_STRING, AT(labels), "FILE",
     "names of the classes, one a line (default: those in the weights' file)"},
    {"save", 0, IDC_OPT_STRING, AT(save), "FILE",
     "with --weights: write them (and --labels) as a safetensors file, and end"},
    {"dtype", 0, IDC_OPT_STRING, AT(dtype), "TYPE", "features as f32 (default) or f16"},
    {"precision", 0, IDC_OPT_STRING, AT(precision), "NAME",
     "compute in f32 (default), bf16, int8, or auto: the fastest that can be had"},
    {"calibrate", 0, IDC_OPT_STRING, AT(calibrate), "PATH",
     "int8: a folder of pictures to measure ranges on, or a file of them; "
     "without --precision: measure, write the file to -o"},
    {"batch", 'b', IDC_OPT_INT, AT(batch), "N", "compute N pictures at once (default 1)"},
    {"max-wait", 0, IDC_OPT_INT, AT(max_wait), "MS",
     "a batch holds no record longer than this (default 100)"},
    {"threads", 'j', IDC_OPT_INT, AT(threads), "N",
     "threads (default: 1 for the small CNN, else what affinity and quota allow)"},
    {"device", 0, IDC_OPT_STRING, AT(device), "NAME", "cpu or auto"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-encode",  "Turn pictures into grids of features.",
    "[OPTION]...", "idc-decode --pair a.png b.png | idc-encode | idc-diff",
    options,       0, /* both are seen to in check_options */
};

static void check_options(idc_tool *tool, const struct job *job)
{
    char **operands;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (!job->save)
        idc_tool_expect_input(tool);
    if (!job->classify && !job->save)
        idc_tool_refuse_terminal(tool);
    if ((job->classify || job->labels || job->save) && !job->weights)
        idc_tool_usage(tool, "--classify, --labels and --save go with --weights");
    if (job->classify && job->batch != 1)
        idc_tool_usage(tool, "--classify takes the pictures one by one: no --batch");
    if (job->model && job->weights)
        idc_tool_usage(tool, "--model and --weights: only one of them");
    if (!job->weights && (job->arch || job->stage || job->size[0]))
        idc_tool_usage(tool,
                       "--arch, --stage and --size go with --weights: a model file says its own");
    if (strcmp(job->dtype, "f32") != 0 && strcmp(job->dtype, "f16") != 0)
        idc_tool_usage(tool, "--dtype: '%s' is neither f32 nor f16", job->dtype);
    if (job->precision && !idc_precision_known(job->precision))
        idc_tool_usage(tool, "--precision: '%s' is none of f32, bf16, int8, auto", job->precision);
    if (job->precision && strcmp(job->precision, "int8") == 0 && !job->calibrate)
        idc_tool_usage(tool, "--precision int8 needs --calibrate FOLDER or FILE");
    if (job->calibrate && !job->precision && !idc_tool_stream_options(tool)->output)
        idc_tool_usage(tool, "--calibrate without --precision writes a file: -o FILE");
    if (strcmp(job->device, "cpu") != 0 && strcmp(job->device, "auto") != 0)
        idc_tool_usage(tool, "--device: '%s' is not there: cpu or auto", job->device);
    if (job->batch < 1 || job->batch > IDC_ENCODE_MAX_BATCH)
        idc_tool_usage(tool, "--batch: %lld is not within 1 and %d", (long long)job->batch,
                       IDC_ENCODE_MAX_BATCH);
    if (job->max_wait > 3600000)
        idc_tool_usage(tool, "--max-wait: %lld is more than an hour", (long long)job->max_wait);
    if (job->threads > MAX_THREADS)
        idc_tool_usage(tool, "--threads: %lld is more than %d", (long long)job->threads,
                       MAX_THREADS);
    if (job->stage > 8)
        idc_tool_usage(tool, "--stage: %lld is more than 8", (long long)job->stage);
}

/* The network that --arch names, or the file. */
static int choose(idc_encoder_spec *spec, struct job *job, const idc_safetensors *file,
                  idc_error *err)
{
    const char *said = idc_safetensors_metadata(file, "arch");
    char kinds[256];
    idc_encoder_imagenet(spec,
                         job->arch ? job->arch
                         : said    ? said
                                   : "resnet101",
                         (int)job->stage, job->size[0], job->size[1]);
    idc_encoder_kinds(kinds, sizeof kinds);
    if (spec->width == 0)
        return idc_fail(err, IDC_E_UNSUPPORTED, "--arch: '%s' is none of %s",
                        job->arch ? job->arch : said, kinds);
    job->params = idc_params_new();
    return job->params ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
}

static int open_weights(struct job *job, idc_error *err)
{
    idc_encoder_spec spec;
    idc_safetensors *file = NULL;
    int rc = idc_tensors_open(&file, job->weights, err);
    rc = rc < 0 ? rc : choose(&spec, job, file, err);
    rc = rc < 0 ? rc : idc_encoder_new(&job->own, &spec, job->params, 0, err);
    rc = rc < 0 ? rc : idc_encoder_load(job->own, file, job->weights, err);
    rc = rc < 0 ? rc : idc_encoder_fingerprint(&spec, job->params, job->fingerprint, err);
    if (rc == 0 && job->classify)
        rc = idc_classifier_new(&job->classifier, job->own, file, job->weights, err);
    if (rc == 0 && job->classify && job->labels)
        rc = idc_classifier_labels(job->classifier, job->labels, err);
    if (rc == 0 && job->save)
        rc = idc_weights_save(job->save, file, spec.kind, job->labels, err);
    idc_safetensors_close(&file);
    return rc;
}

static int open_model(struct job *job, idc_error *err)
{
    int rc = idc_model_open(&job->from_model, job->model, IDC_MODEL_ENCODER, err);
    if (rc == 0)
        snprintf(job->fingerprint, sizeof job->fingerprint, "%s",
                 job->from_model->encoder_fingerprint);
    return rc;
}

/* A picture takes the small CNN a few milliseconds: there the other programs of the pipe need the cores more. */
static int threads_of(const struct job *job)
{
    bool small = job->from_model && strcmp(job->from_model->config.encoder.kind, "cnn") == 0;
    return job->threads > 0 ? (int)job->threads : small ? 1 : idc_threads_default();
}

static int open_job(struct job *job, idc_tool *tool, idc_error *err)
{
    int rc = job->weights ? open_weights(job, err) : open_model(job, err);
    if (rc < 0 || job->save)
        return rc;
    omp_set_num_threads(threads_of(job));
    idc_encoder *enc = job->own ? job->own : job->from_model->encoder;
    if (job->calibrate && !job->precision)
        return idc_precision_calibrate(enc, job->calibrate, job->fingerprint,
                                       idc_tool_stream_options(tool)->output, err);
    const idc_precision_choice choice = {job->precision ? job->precision : "f32", job->calibrate};
    rc = idc_precision_open(&job->used, enc, &choice, job->fingerprint, err);
    if (rc < 0)
        return rc;
    idc_encode_options o = {.encoder = enc,
                            .compiled = job->used.compiled,
                            .precision = job->used.name,
                            .fingerprint = job->used.fingerprint,
                            .classifier = job->classifier,
                            .dtype = strcmp(job->dtype, "f16") == 0 ? IDC_DTYPE_F16 : IDC_DTYPE_F32,
                            .batch = (int)job->batch,
                            .max_wait = (int)job->max_wait};
    rc = idc_encode_new(&job->encode, &o, err);
    if (job->precision)
        idc_tool_detail(tool, "precision %s", job->used.name);
    return rc < 0 ? rc : idc_tool_announce(tool, "encoder", job->used.fingerprint);
}

static void close_job(struct job *job)
{
    idc_encode_free(&job->encode);
    idc_classifier_free(&job->classifier);
    idc_precision_close(&job->used);
    idc_encoder_free(&job->own);
    idc_params_free(&job->params);
    idc_model_close(&job->from_model);
}

static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    return idc_encode_add(((struct job *)user)->encode, r, out, err);
}

/* {"id": …, "classes": […]} */
static int print_classes(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    if (!idc_record_is(r, "image"))
        return 0;
    int rc = idc_encode_add(((struct job *)user)->encode, r, out, err);
    if (rc < 0)
        return rc;
    char *id = idc_record_json(r, "id"), *classes = idc_record_json(r, "classes");
    bool ok = id && classes && printf("{\"id\":%s,\"classes\":%s}\n", id, classes) > 0;
    free(id);
    free(classes);
    return ok ? 0 : idc_fail(err, IDC_E_CLOSED, "stdout: closed by its reader");
}

static int wait_for(void *user)
{
    return idc_encode_wait(((struct job *)user)->encode);
}

static int flush(void *user, idc_pump *out, idc_error *err)
{
    return idc_encode_flush(((struct job *)user)->encode, out, err);
}

int main(int argc, char **argv)
{
    struct job job = {.dtype = "f32", .device = "auto", .batch = 1, .max_wait = 100};
    const idc_gathering gathering = {wait_for, flush};
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    check_options(tool, &job);
    if (open_job(&job, tool, &err) < 0 || !job.encode)
        ;
    else if (job.classify)
        idc_pump_drain(tool, print_classes, &job, &err);
    else
        idc_pump_run_gathering(tool, on_record, &gathering, &job, &err);
    close_job(&job);
    return idc_tool_finish(tool, &err);
}
