/* idc-decode: JPEG and PNG files become image records, lists of pairs become pair records. */
#include <stddef.h>

#include "base/threads.h"
#include "base/tool.h"
#include "image/feed.h"

struct job {
    bool pair, lenient;
    const char *pairs, *files_from, *filter, *crop;
    int size[2];
    int64_t threads, max_pixels;
};

static const idc_option options[] = {
    {"pair", 0, IDC_OPT_FLAG, offsetof(struct job, pair), NULL,
     "the operands are pairs, two by two: before after"},
    {"pairs", 0, IDC_OPT_STRING, offsetof(struct job, pairs), "LIST",
     "pairs from a list: JSON Lines with id, before, after, or TSV; - reads stdin"},
    {"files-from", 0, IDC_OPT_STRING, offsetof(struct job, files_from), "LIST",
     "files from a list, one a line; - reads stdin"},
    {"size", 's', IDC_OPT_SIZE, offsetof(struct job, size), "WxH",
     "resize to W by H pixels, or native (default: what the default model takes)"},
    {"crop", 0, IDC_OPT_STRING, offsetof(struct job, crop), "N/M",
     "keep only the middle: this share of the largest part that has the shape of --size"},
    {"filter", 0, IDC_OPT_STRING, offsetof(struct job, filter), "NAME",
     "bicubic, bilinear or box (default bicubic)"},
    {"lenient", 0, IDC_OPT_FLAG, offsetof(struct job, lenient), NULL,
     "keep what can be read of damaged files, and say so"},
    {"max-pixels", 0, IDC_OPT_INT, offsetof(struct job, max_pixels), "N",
     "refuse larger pictures (default 64000000)"},
    {"jobs", 'j', IDC_OPT_INT, offsetof(struct job, threads), "N",
     "decode with N threads (default: one a core, at most 16)"},
    IDC_STREAM_OPTIONS,
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-decode",
    "Decode JPEG and PNG files, turn them upright, resize them, say which form a pair.",
    "[OPTION]... [FILE|FOLDER]...",
    "idc-decode --pair a.png b.png | idc-encode | idc-diff",
    options,
    IDC_TOOL_BINARY_OUT,
};

static idc_prepare preparation(idc_tool *tool, const struct job *job)
{
    int filter = idc_filter_from_name(job->filter);
    if (filter < 0)
        idc_tool_usage(tool, "--filter: '%s' is not bicubic, bilinear or box", job->filter);
    if (job->max_pixels < 1)
        idc_tool_usage(tool, "--max-pixels: 0 would refuse everything");
    idc_prepare how = {.width = job->size[0],
                       .height = job->size[1],
                       .filter = (idc_filter)filter,
                       .lenient = job->lenient,
                       .max_pixels = job->max_pixels};
    if (job->crop && idc_prepare_crop(how.crop, job->crop) < 0)
        idc_tool_usage(tool, "--crop: '%s' is no share such as 7/8 or 1", job->crop);
    if (job->crop && how.width == 0)
        idc_tool_usage(tool, "--crop goes with a --size");
    return how;
}

static int threads_of(idc_tool *tool, const struct job *job)
{
    if (job->threads > 256)
        idc_tool_usage(tool, "--jobs: more than 256 threads");
    if (job->threads > 0)
        return (int)job->threads;
    int cores = idc_threads_default();
    return cores < 16 ? cores : 16;
}

/* One of: operands, --pair with operands, --pairs, --files-from. */
static int open_source(idc_source **source, idc_tool *tool, const struct job *job, idc_error *err)
{
    char **names;
    int n = idc_tool_operands(tool, &names);
    if ((job->pairs != NULL) + (job->files_from != NULL) + (n > 0 || job->pair) > 1)
        idc_tool_usage(tool, "files, --pair, --pairs and --files-from do not go together");
    if (job->pairs)
        return idc_source_pair_list(source, job->pairs, err);
    if (job->files_from)
        return idc_source_file_list(source, job->files_from, err);
    if (job->pair && (n == 0 || n % 2))
        idc_tool_usage(tool, "--pair: needs files two by two, not %d", n);
    if (n == 0)
        idc_tool_usage(tool, "no file is named");
    return job->pair ? idc_source_pairs(source, names, n, err)
                     : idc_source_files(source, names, n, err);
}

int main(int argc, char **argv)
{
    struct job job = {.size = {IDC_DEFAULT_WIDTH, IDC_DEFAULT_HEIGHT},
                      .filter = "bicubic",
                      .max_pixels = IDC_MAX_PIXELS};
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_feed feed = {
        .tool = tool, .prepare = preparation(tool, &job), .threads = threads_of(tool, &job)};
    idc_error err = IDC_NO_ERROR;
    idc_source *source = NULL;
    char name[IDC_PREPARE_NAME];
    idc_prepare_name(name, &feed.prepare);
    idc_tool_announce(tool, "prep", name);
    if (open_source(&source, tool, &job, &err) == 0 &&
        idc_pump_open_output(&feed.out, tool, &err) == 0) {
        idc_feed_run(&feed, source, &err);
        idc_pump_close(&feed.out, &err);
    }
    idc_source_close(&source);
    return idc_tool_finish(tool, &err);
}
