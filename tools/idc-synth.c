/* idc-synth: ray-traced CLEVR-like scenes in which one thing changes, with sentences. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/tool.h"
#include "synth/produce.h"

struct job {
    idc_tool *tool;
    const char *out, *pack, *scenes, *types;
    double max_move, max_shift;
    int64_t count, seed, start, threads, shard, samples;
    int size[2];
};

static const idc_option options[] = {
    {"count", 'n', IDC_OPT_INT, offsetof(struct job, count), "N", "triples to make (default 10)"},
    {"seed", 's', IDC_OPT_INT, offsetof(struct job, seed), "S", "seed (default 0)"},
    {"start", 0, IDC_OPT_INT, offsetof(struct job, start), "K",
     "number of the first triple (default 0)"},
    {"output", 'o', IDC_OPT_STRING, offsetof(struct job, out), "DIR",
     "write pictures, pairs.jsonl, refs.json and scenes.jsonl there"},
    {"pack", 0, IDC_OPT_STRING, offsetof(struct job, pack), "DIR",
     "write packed triples for training there; files that are there already are skipped"},
    {"shard", 0, IDC_OPT_INT, offsetof(struct job, shard), "N",
     "triples a packed file (default 250)"},
    {"scenes", 0, IDC_OPT_STRING, offsetof(struct job, scenes), "FILE",
     "render the views of a scenes.jsonl instead, as PNG files in the folder of -o"},
    {"max-move", 0, IDC_OPT_DOUBLE, offsetof(struct job, max_move), "D",
     "moved objects move at most this far, in scene units; more than 0.6 (default: anywhere)"},
    {"max-shift", 0, IDC_OPT_DOUBLE, offsetof(struct job, max_shift), "D",
     "the camera moves at most this far along each axis, in scene units, up to 3 (default 1)"},
    {"types", 0, IDC_OPT_STRING, offsetof(struct job, types), "LIST",
     "draw change types by weight: color=1,material=1,add=1,drop=1,move=2 (default: in turn)"},
    {"size", 0, IDC_OPT_SIZE, offsetof(struct job, size), "WxH",
     "size of the pictures (default 480x320)"},
    {"samples", 0, IDC_OPT_INT, offsetof(struct job, samples), "N",
     "samples a pixel: 1, 2, 4, … 64 (default 8)"},
    {"threads", 'j', IDC_OPT_INT, offsetof(struct job, threads), "N",
     "threads (default: all processors)"},
    IDC_QUIET_OPTIONS,
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-synth",
    "Make pictures of simple scenes in which one thing changes, and the sentences that say so.",
    "--count N --seed S -o DIR | --count N --seed S --pack DIR | --scenes FILE -o DIR",
    "idc-synth --count 20 --seed 1 -o set",
    options,
    0,
};

/* "color=1,move=2" → weights; types that are not named have none. */
static void read_types(struct job *job, double weight[IDC_TYPES])
{
    const char *at = job->types;
    double sum = 0;
    while (*at) {
        char name[16];
        size_t n = strcspn(at, "=");
        char *end = NULL;
        int type = IDC_NONE;
        if (n < sizeof name && at[n] == '=') {
            memcpy(name, at, n);
            name[n] = 0;
            type = idc_name_index(idc_type_names, IDC_TYPES, name);
        }
        double w = type > IDC_NONE ? strtod(at + n + 1, &end) : -1;
        if (!(w >= 0 && w <= 1e6) || end == at + n + 1 || (*end && *end != ','))
            idc_tool_usage(job->tool, "--types %s: not like color=1,material=1,add=1,drop=1,move=2",
                           job->types);
        else
            weight[type] = w;
        sum += w;
        at = *end ? end + 1 : end;
    }
    if (sum <= 0)
        idc_tool_usage(job->tool, "--types %s: no type has a weight above 0", job->types);
}

static void check(struct job *job)
{
    const int64_t most = 1000000000;
    char **rest;
    if (idc_tool_operands(job->tool, &rest) > 0)
        idc_tool_usage(job->tool, "%s: no operand is expected", rest[0]);
    if (!job->out == !job->pack)
        idc_tool_usage(job->tool, "give one of -o DIR and --pack DIR");
    if (job->pack && job->scenes)
        idc_tool_usage(job->tool, "--scenes writes pictures: give -o DIR, not --pack");
    if (job->samples < 1 || job->samples > IDC_MAX_SAMPLES || (job->samples & (job->samples - 1)))
        idc_tool_usage(job->tool, "--samples: a power of two from 1 to %d", IDC_MAX_SAMPLES);
    if (job->max_move != 0 && !(job->max_move > 0.6 && job->max_move < 1e3))
        idc_tool_usage(job->tool, "--max-move: more than 0.6");
    if (!(job->max_shift > 0 && job->max_shift <= 3))
        idc_tool_usage(job->tool, "--max-shift: more than 0, up to 3");
    if (job->threads > 1024 || job->count > most || job->start > most || job->shard < 1 ||
        job->shard > 10000)
        idc_tool_usage(job->tool, "--threads, --count, --start or --shard is out of range");
    if (job->size[0] < 16 || job->size[1] < 16 || job->size[0] > 4096 || job->size[1] > 4096)
        idc_tool_usage(job->tool, "--size: sides from 16 to 4096");
    if (job->pack && (job->size[0] % 2 || job->size[1] % 2))
        idc_tool_usage(job->tool, "--size: --pack needs even sides");
    if (job->pack && job->start % job->shard)
        idc_tool_usage(job->tool, "--start: --pack needs a multiple of --shard");
}

static bool stopped(void *user)
{
    return idc_tool_stopped(user);
}

static void progress(void *user, uint64_t done, uint64_t total)
{
    idc_tool_progress(user, done, total, "triples");
}

int main(int argc, char **argv)
{
    struct job job = {.count = 10, .shard = 250, .samples = 8, .size = {480, 320}, .max_shift = 1};
    idc_error err = IDC_NO_ERROR;
    job.tool = idc_tool_start(&about, argc, argv, &job);
    check(&job);
    idc_produce p = {
        .out = job.pack ? job.pack : job.out,
        .scenes = job.scenes,
        .shard = job.pack ? job.shard : 0,
        .start = job.start,
        .count = job.count,
        .size = {job.size[0], job.size[1]},
        .samples = (int)job.samples,
        .threads = job.threads > 0 ? (int)job.threads : omp_get_num_procs(),
        .spec = {.seed = (uint64_t)job.seed, .max_move = job.max_move, .max_shift = job.max_shift},
        .stopped = stopped,
        .progress = progress,
        .user = job.tool};
    if (job.types)
        read_types(&job, p.spec.weight);
    idc_produce_run(&p, &err);
    return idc_tool_finish(job.tool, &err);
}
