/* idc-train: from rendered triples to a model file, in stages. */
#define _GNU_SOURCE /* memrchr */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "base/tool.h"
#include "model/train.h"
#include "store/sentences.h"
#include "store/train_source.h"

struct job {
    const char *stage, *config, *model, *vocabulary, *init, *encoder, *save, *log;
    const char *contrast;
    const char *split, *validate_split, *negatives, *classes;
    idc_string_list data, validate, set;
    const char *shortcut[8]; /* values of the settings in `shortcuts` */
    int64_t threads;
    bool resume, half, print;
    idc_tool *tool;
};

static const char *const shortcuts[] = {
    "steps.count",    "batch.size",       "steps.lr",      "steps.seed", "report.checkpoint_every",
    "contrast.focal", "contrast.distill", "contrast.dedup"};
#define SHORTCUT(i) offsetof(struct job, shortcut) + (i) * sizeof(const char *)

/* clang-format off */
static const idc_option options[] = {
    {"stage", 0, IDC_OPT_STRING, offsetof(struct job, stage), "NAME", "encoder, pretrain, finetune or reinforce"},
    {"data", 'd', IDC_OPT_LIST, offsetof(struct job, data), "PATH", "shard, folder of shards or list.jsonl of pairs to train on (may be given again); or one store of features"},
    {"validate", 0, IDC_OPT_LIST, offsetof(struct job, validate), "PATH", "shards or lists to judge by (may be given again); or one store"},
    {"split", 0, IDC_OPT_STRING, offsetof(struct job, split), "NAME", "of a store: train on the pairs of this split (default train)"},
    {"validate-split", 0, IDC_OPT_STRING, offsetof(struct job, validate_split), "NAME", "of a store: judge by the pairs of this split (default val)"},
    {"model", 'm', IDC_OPT_STRING, offsetof(struct job, model), "FILE", "JSON with the sizes of encoder and network (default: those of --init)"},
    {"init", 0, IDC_OPT_STRING, offsetof(struct job, init), "FILE", "model or checkpoint to start from; what it lacks starts fresh"},
    {"encoder", 0, IDC_OPT_STRING, offsetof(struct job, encoder), "FILE", "model, or ImageNet weights, whose encoder alone is taken over"},
    {"vocabulary", 0, IDC_OPT_STRING, offsetof(struct job, vocabulary), "FILE", "JSON list of words (default: of --init, else made from the data)"},
    {"save", 's', IDC_OPT_STRING, offsetof(struct job, save), "FILE", "model file to write; FILE.checkpoint lies beside it"},
    {"negatives", 0, IDC_OPT_STRING, offsetof(struct job, negatives), "FILE", "pretrain: JSON Lines with ready-made hard negatives (default: made from the data)"},
    {"classes", 0, IDC_OPT_STRING, offsetof(struct job, classes), "FILE", "pretrain: JSON with classes of words, to make hard negatives (default: all are retrieved)"},
    {"resume", 0, IDC_OPT_FLAG, offsetof(struct job, resume), NULL, "go on from FILE.checkpoint"},
    {"log", 0, IDC_OPT_STRING, offsetof(struct job, log), "FILE", "append JSON Lines here"},
    {"config", 'c', IDC_OPT_STRING, offsetof(struct job, config), "FILE", "settings, an INI file"},
    {"set", 0, IDC_OPT_LIST, offsetof(struct job, set), "KEY=VALUE", "one setting (may be given again)"},
    {"print-config", 0, IDC_OPT_FLAG, offsetof(struct job, print), NULL, "print all settings as an INI file and end"},
    {"steps", 'n', IDC_OPT_STRING, SHORTCUT(0), "N", "steps.count"},
    {"batch", 0, IDC_OPT_STRING, SHORTCUT(1), "N", "batch.size"},
    {"lr", 0, IDC_OPT_STRING, SHORTCUT(2), "X", "steps.lr"},
    {"seed", 0, IDC_OPT_STRING, SHORTCUT(3), "N", "steps.seed"},
    {"checkpoint-every", 0, IDC_OPT_STRING, SHORTCUT(4), "SECONDS", "report.checkpoint_every"},
    {"contrast", 0, IDC_OPT_STRING, offsetof(struct job, contrast), "NAME[:OPT=X,...]", "contrastive objective of loss itc"},
    {"focal", 0, IDC_OPT_STRING, SHORTCUT(5), "GAMMA", "contrast.focal"},
    {"distill", 0, IDC_OPT_STRING, SHORTCUT(6), "SHARE", "contrast.distill"},
    {"dedup", 0, IDC_OPT_STRING, SHORTCUT(7), "HOW", "contrast.dedup: off, drop or share"},
    {"half", 0, IDC_OPT_FLAG, offsetof(struct job, half), NULL, "write the model in f16"},
    {"threads", 'j', IDC_OPT_INT, offsetof(struct job, threads), "N", "threads of the operators (default: usable cores); 1 repeats bit for bit"},
    IDC_QUIET_OPTIONS,
    IDC_OPTIONS_END,
};
/* clang-format on */

static const idc_tool_about about = {
    "idc-train",
    "train the model that describes what changed between two pictures",
    "--stage NAME --data PATH --save FILE [OPTION]...",
    "idc-train --stage encoder --data shards --validate held-out -m clevr.json --save "
    "encoder.safetensors",
    options,
    0};

static int stopped(void *user)
{
    return idc_tool_stopped(((struct job *)user)->tool);
}

static void say(void *user, const char *text)
{
    idc_tool_note(((struct job *)user)->tool, "%s", text);
}

static void progress(void *user, uint64_t done, uint64_t total)
{
    idc_tool_progress(((struct job *)user)->tool, done, total, "steps");
}

/* KEY=VALUE of --set. */
static int set_pair(idc_train_settings *s, const char *pair, idc_error *err)
{
    char key[128];
    const char *equals = strchr(pair, '=');
    if (equals == NULL || (size_t)(equals - pair) >= sizeof key)
        return idc_fail(err, IDC_E_INVALID, "--set %s: not KEY=VALUE", pair);
    memcpy(key, pair, (size_t)(equals - pair));
    key[equals - pair] = '\0';
    return idc_train_settings_set(s, key, equals + 1, err);
}

/* Defaults, then the file, then --contrast, then --set, then the shortcuts. */
static int settings_of(const struct job *job, idc_train_settings *s, idc_error *err)
{
    idc_train_settings_default(s, (enum idc_train_stage)idc_train_stage_from_name(job->stage));
    int rc = job->config != NULL ? idc_train_settings_read(s, job->config, err) : 0;
    if (rc == 0 && job->contrast != NULL)
        rc = idc_train_settings_contrast(s, job->contrast, err);
    for (int i = 0; i < job->set.count && rc == 0; i++)
        rc = set_pair(s, job->set.items[i], err);
    for (size_t i = 0; i < sizeof shortcuts / sizeof *shortcuts && rc == 0; i++)
        if (job->shortcut[i] != NULL)
            rc = idc_train_settings_set(s, shortcuts[i], job->shortcut[i], err);
    return rc;
}

/* Of a path only its last name: where files lay on this machine is nobody's business. Of --save=PATH as well, whose first
 * `kept` bytes go before it. */
static const char *last_name(const char *word, int *kept)
{
    const char *equals = word[0] == '-' ? strchr(word, '=') : NULL,
               *from = equals ? equals + 1 : word;
    size_t n = strlen(from);
    while (n > 1 && from[n - 1] == '/') /* a folder */
        n--;
    const char *slash = n > 1 ? memrchr(from, '/', n - 1) : NULL;
    *kept = equals ? (int)(equals + 1 - word) : 0;
    return slash ? slash + 1 : from;
}

/* The command line again, for the training record. */
static char *command_of(int argc, char **argv)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    for (int i = 0; i < argc && memory != NULL; i++) {
        int kept;
        const char *name = last_name(argv[i], &kept);
        fprintf(memory, "%s%.*s%s", i > 0 ? " " : "", kept, argv[i], name);
    }
    return memory != NULL && fclose(memory) == 0 ? text : NULL;
}

/* *source: the store that the list names, or NULL where it names none. */
static int open_store(idc_train_source **source, const idc_string_list *paths, const char *split,
                      enum idc_train_items items, idc_error *err)
{
    *source = NULL;
    for (int i = 0; i < paths->count; i++) {
        if (!idc_store_recognised(paths->items[i]))
            continue;
        if (paths->count > 1)
            return idc_fail(err, IDC_E_UNSUPPORTED, "%s: is a store, which other data cannot join",
                            paths->items[i]);
        return idc_store_train_open(source, paths->items[i], split, items, err);
    }
    return 0;
}

static int train(struct job *job, const idc_train_settings *s, const char *command, idc_error *err)
{
    idc_train_options o = {.settings = *s,
                           .data = job->data.items,
                           .n_data = (size_t)job->data.count,
                           .validate = job->validate.items,
                           .n_validate = (size_t)job->validate.count,
                           .config = job->model,
                           .vocabulary = job->vocabulary,
                           .init = job->init,
                           .encoder = job->encoder,
                           .save = job->save,
                           .log = job->log,
                           .negatives = job->negatives,
                           .classes = job->classes,
                           .command = command,
                           .resume = job->resume,
                           .half = job->half};
    idc_train_hooks hooks = {.user = job, .stopped = stopped, .note = say, .progress = progress};
    enum idc_train_items items = s->single != 0 ? IDC_TRAIN_SINGLE : IDC_TRAIN_PAIRS;
    int rc = open_store(&o.source, &job->data, job->split, items, err);
    rc = rc < 0 ? rc
                : open_store(&o.validate_source, &job->validate, job->validate_split, items, err);
    rc = rc < 0 ? rc : idc_train_run(&o, &hooks, err);
    idc_train_source_close(&o.source);
    idc_train_source_close(&o.validate_source);
    return rc;
}

int main(int argc, char **argv)
{
    struct job job = {.split = "train", .validate_split = "val"};
    char **operands, *command = command_of(argc, argv);
    idc_tool *tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    idc_train_settings s;
    job.tool = tool;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "'%s': paths are given by --data", operands[0]);
    if (job.stage == NULL)
        idc_tool_usage(tool, "--stage is missing: %s", idc_train_stages());
    if (idc_train_stage_from_name(job.stage) < 0)
        idc_tool_usage(tool, "--stage %s: it must be %s", job.stage, idc_train_stages());
    if (settings_of(&job, &s, &err) < 0)
        idc_tool_usage(tool, "%s", err.text);
    if (job.print) {
        idc_train_settings_print(&s, stdout);
    } else {
        if (job.data.count == 0 || job.save == NULL)
            idc_tool_usage(tool, "--data and --save are needed");
        omp_set_num_threads(job.threads > 0 ? (int)job.threads : idc_threads_default());
        train(&job, &s, command, &err);
    }
    free(command);
    return idc_tool_finish(tool, &err);
}
