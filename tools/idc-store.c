/* idc-store: features, pairs and captions, kept so that they survive crashes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/tool.h"
#include "store/check.h"
#include "store/export.h"
#include "store/import.h"
#include "store/merge.h"
#include "store/missing.h"
#include "store/nearest.h"
#include "store/put.h"
#include "store/read.h"
#include "wire/pump.h"

struct job {
    idc_store_choice choice;
    const char *files_from, *images, *split;
    bool channels_first, one_file;
    int64_t most;
    idc_tool *tool;
    idc_store *store;
    char **operands; /* after the store */
    int n;
};

static const idc_option options[] = {
    {"encoder", 'e', IDC_OPT_STRING, offsetof(struct job, choice.encoder), "HEX",
     "features of the encoder whose fingerprint begins so"},
    {"layer", 0, IDC_OPT_STRING, offsetof(struct job, choice.layer), "NAME",
     "features of this layer"},
    {"dtype", 0, IDC_OPT_STRING, offsetof(struct job, choice.dtype), "TYPE",
     "features written as f32, f16 or i8"},
    {"files-from", 0, IDC_OPT_STRING, offsetof(struct job, files_from), "LIST",
     "missing: files from a list, one a line; - reads stdin"},
    {"most", 'k', IDC_OPT_INT, offsetof(struct job, most), "N",
     "nearest: print the N best (default 10)"},
    {"images", 0, IDC_OPT_STRING, offsetof(struct job, images), "FOLDER",
     "import: put FOLDER/ before the names of pictures"},
    {"split", 0, IDC_OPT_STRING, offsetof(struct job, split), "NAME",
     "import: the split of what the set says none of"},
    {"channels-first", 0, IDC_OPT_FLAG, offsetof(struct job, channels_first), NULL,
     "import npy: the arrays are [c, h, w]"},
    {"one-file", 0, IDC_OPT_FLAG, offsetof(struct job, one_file), NULL,
     "put, merge, import: from now on keep large features, too, in the store's own file"},
    IDC_STREAM_OPTIONS,
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-store",
    "Keep features, pairs and captions in one file, large features in files beside it. Commands: "
    "put (records in), cat (all records out), get ID... (some), missing [FILE...] (names left to "
    "encode), merge STORE... (others into this one), nearest ID|FILE|- (by pooled vectors), export "
    "FORMAT PATH (npy, safetensors, webdataset, pairs, items), import LAYOUT PATH (npy, pairs, "
    "coco, "
    "lines "
    "and public sets), stats, check (every blob), query SQL (read-only).",
    "COMMAND STORE [OPTION]... [ARG]...",
    "idc-store missing s.db photos | idc-decode --files-from - | idc-encode | idc-store put s.db",
    options,
    0,
};

static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    (void)out;
    return idc_put_add(user, r, err);
}

static int put_wait(void *user)
{
    return idc_put_wait(user);
}

static int put_flush(void *user, idc_pump *out, idc_error *err)
{
    (void)out;
    return idc_put_flush(user, err);
}

static int put(struct job *job, idc_error *err)
{
    static const idc_gathering gathering = {put_wait, put_flush};
    idc_put *p;
    int rc = idc_put_open(&p, job->store, err);
    if (rc < 0)
        return rc;
    rc = idc_pump_drain_gathering(job->tool, on_record, &gathering, p, err);
    if (idc_put_failure(p)->code)
        *err = *idc_put_failure(p);
    const idc_put_counts *c = idc_put_counted(p);
    idc_tool_note(job->tool,
                  "%" PRIu64 " features, %" PRIu64 " pairs, %" PRIu64 " captions put; %" PRIu64
                  " were there already",
                  c->features, c->pairs, c->captions, c->there);
    if (c->passed)
        idc_tool_note(job->tool, "%" PRIu64 " records of kinds that a store does not keep",
                      c->passed);
    idc_put_close(&p);
    return rc;
}

static int variant_of(struct job *job, int64_t *variant, idc_error *err)
{
    return idc_store_variant_held(job->store, &job->choice, variant, err);
}

static int send_named(struct job *job, int64_t variant, idc_pump *out, idc_error *err)
{
    int rc = 0;
    for (int i = 0; i < job->n && rc == 0 && !idc_tool_stopped(job->tool); i++)
        rc = idc_read_named(job->store, variant, job->operands[i], out, err);
    return rc;
}

static int cat(struct job *job, idc_error *err)
{
    idc_pump *out;
    int64_t variant;
    idc_tool_refuse_terminal(job->tool);
    int rc = variant_of(job, &variant, err);
    rc = rc < 0 ? rc : idc_pump_open_output(&out, job->tool, err);
    if (rc < 0)
        return rc;
    (void)(job->n > 0 ? send_named(job, variant, out, err)
                      : idc_read_all(job->store, variant, out, err));
    return idc_pump_close(&out, err);
}

static int print_name(void *user, const char *name, idc_error *err)
{
    (void)user;
    return puts(name) < 0 ? idc_fail(err, IDC_E_CLOSED, "stdout: closed by its reader") : 0;
}

static int missing(struct job *job, idc_error *err)
{
    idc_missing m = {.store = job->store, .line = print_name};
    idc_source *source = NULL;
    int rc = idc_store_variant(job->store, &job->choice, &m.variant, err);
    if (rc == 0 && job->files_from)
        rc = idc_source_file_list(&source, job->files_from, err);
    else if (rc == 0 && job->n > 0)
        rc = idc_source_files(&source, job->operands, job->n, err);
    if (rc == 0)
        rc = source ? idc_missing_files(&m, source, err) : idc_missing_items(&m, err);
    idc_source_close(&source);
    return rc;
}

static void on_refused(void *user, const idc_error *why)
{
    idc_tool_item_failed(user, why);
}

static int on_stop(void *user)
{
    return idc_tool_stopped(user);
}

static int merge(struct job *job, idc_error *err)
{
    idc_merge m = {.into = job->store, .refused = on_refused, .stop = on_stop, .user = job->tool};
    int rc = 0;
    for (int i = 0; i < job->n && rc == 0; i++) {
        rc = idc_store_open(&m.from, job->operands[i], IDC_STORE_READ, err);
        rc = rc < 0 ? rc : idc_merge_run(&m, err);
        idc_store_close(&m.from);
    }
    idc_tool_note(job->tool, "%" PRIu64 " features, %" PRIu64 " pairs, %" PRIu64 " captions merged",
                  m.features, m.pairs, m.captions);
    return rc;
}

static int export(struct job *job, idc_error *err)
{
    idc_export e = {.store = job->store, .refused = on_refused, .user = job->tool};
    const char *format = job->operands[0], *path = job->operands[1];
    bool lines = strcmp(format, "pairs") == 0 || strcmp(format, "items") == 0;
    int rc = lines ? 0 : variant_of(job, &e.variant, err);
    rc = rc < 0 ? rc : idc_export_run(&e, format, path, err);
    idc_tool_note(job->tool, "%" PRIu64 " %s written", e.written, lines ? format : "features");
    return rc;
}

static int import(struct job *job, idc_error *err)
{
    idc_import im = {.store = job->store,
                     .images = job->images,
                     .split = job->split,
                     .encoder = job->choice.encoder,
                     .layer = job->choice.layer,
                     .channels_first = job->channels_first,
                     .refused = on_refused,
                     .user = job->tool};
    int rc = idc_import_run(&im, job->operands[0], job->operands[1], err);
    if (rc == 0)
        printf("{\"taken\": %" PRIu64 ", \"there\": %" PRIu64 ", \"captions\": %" PRIu64
               ", \"duplicates\": %" PRIu64 ", \"refused\": %" PRIu64 "}\n",
               im.taken, im.there, im.captions, im.duplicates, im.refusals);
    return rc;
}

static int on_query(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    (void)out;
    return idc_record_is(r, "feature") ? idc_nearest_record(user, r, stdout, err) : 0;
}

static int nearest(struct job *job, idc_error *err)
{
    idc_nearest n = {.store = job->store, .most = (int)job->most};
    if (job->most < 1 || job->most > IDC_NEAREST_MOST)
        idc_tool_usage(job->tool, "--most: not within 1 and %d", IDC_NEAREST_MOST);
    int rc = variant_of(job, &n.variant, err);
    if (rc == 0 && strcmp(job->operands[0], "-") == 0)
        return idc_pump_drain(job->tool, on_query, &n, err);
    return rc < 0 ? rc : idc_nearest_named(&n, job->operands[0], stdout, err);
}

static int stats(struct job *job, idc_error *err)
{
    return idc_stats_print(job->store, stdout, err);
}

static int on_progress(void *user, uint64_t done, uint64_t total)
{
    idc_tool_progress(user, done, total, "features");
    return idc_tool_stopped(user) ? -1 : 0;
}

static int check(struct job *job, idc_error *err)
{
    idc_check c = {
        .store = job->store, .broken = on_refused, .progress = on_progress, .user = job->tool};
    int rc = idc_check_run(&c, err);
    if (rc == 0)
        printf("{\"features\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"broken\": %" PRIu64 "}\n",
               c.features, c.bytes, c.broken_count);
    return rc;
}

static int query(struct job *job, idc_error *err)
{
    return idc_query_print(job->store, job->operands[0], stdout, err);
}

static const struct command {
    const char *name;
    int (*run)(struct job *job, idc_error *err);
    idc_store_mode mode;
    int least, most; /* operands after the store */
    const char *operands;
} commands[] = {
    {"put", put, IDC_STORE_CREATE, 0, 0, ""},
    {"cat", cat, IDC_STORE_READ, 0, 0, ""},
    {"get", cat, IDC_STORE_READ, 1, 1 << 30, "ID..."},
    {"missing", missing, IDC_STORE_CREATE, 0, 1 << 30, "[FILE|FOLDER]..."},
    {"merge", merge, IDC_STORE_CREATE, 1, 1 << 30, "STORE..."},
    {"nearest", nearest, IDC_STORE_READ, 1, 1, "ID|FILE|-"},
    {"export", export, IDC_STORE_READ, 2, 2, "FORMAT PATH"},
    {"import", import, IDC_STORE_CREATE, 2, 2, "LAYOUT PATH"},
    {"stats", stats, IDC_STORE_READ, 0, 0, ""},
    {"check", check, IDC_STORE_READ, 0, 0, ""},
    {"query", query, IDC_STORE_READ, 1, 1, "SQL"},
};

static const struct command *find_command(idc_tool *tool, const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    idc_tool_usage(tool, "unknown command '%s'", name);
}

int main(int argc, char **argv)
{
    struct job job = {.most = 10};
    idc_error err = IDC_NO_ERROR;
    char **operands;
    job.tool = idc_tool_start(&about, argc, argv, &job);
    int n = idc_tool_operands(job.tool, &operands);
    if (n == 0)
        idc_tool_usage(job.tool, "no command is named");
    const struct command *c = find_command(job.tool, operands[0]);
    if (n < 2 || n - 2 < c->least || n - 2 > c->most)
        idc_tool_usage(job.tool, "usage: idc-store %s STORE %s", c->name, c->operands);
    job.operands = operands + 2;
    job.n = n - 2;
    int rc = idc_store_open(&job.store, operands[1], c->mode, &err);
    if (rc == 0 && job.one_file && c->mode != IDC_STORE_READ)
        rc = idc_store_keep_one_file(job.store, &err);
    if (rc == 0)
        c->run(&job, &err);
    idc_store_close(&job.store);
    if (err.code == IDC_E_CLOSED)
        clearerr(stdout); /* its reader has gone: no failure of ours */
    return idc_tool_finish(job.tool, &err);
}
