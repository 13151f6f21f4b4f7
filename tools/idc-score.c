/* idc-score: how good sentences are against references: BLEU, METEOR, ROUGE-L, CIDEr, and what a change captioner got right. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/threads.h"
#include "base/tool.h"
#include "score/entries.h"
#include "score/report.h"
#include "score/signature.h"
#include "score/types.h"
#include "store/sentences.h"
#include "text/ptb.h"

struct job {
    idc_tool *tool;
    idc_string_list references;
    const char *format, *references_format, *metrics, *tokenize, *meteor_data, *meteor_stages;
    const char *df, *write_df, *types, *grammar, *compare, *by;
    int64_t bootstrap, samples, seed, threads, worst;
    bool tokenize_only, json, tsv, latex, per_item, seeds;
    /* made from them */
    idc_corpus *corpus;
    int system; /* whose sentences are being read */
    size_t failed;
    const idc_metric *chosen[IDC_MAX_METRICS];
    int chosen_count;
    idc_meteor *meteor;
    idc_frequency frequencies;
    idc_scores scores[IDC_MAX_SYSTEMS];
    idc_judgement judgement;
    idc_changes changes;
    idc_words *type_names;
    const char **types_of;
    idc_grammar *reader;
};

#define AT(member) offsetof(struct job, member)
/* clang-format off */
static const idc_option options[] = {
    {"references", 'r', IDC_OPT_LIST, AT(references), "FILE", "references (may be given again)"},
    {"metrics", 'm', IDC_OPT_STRING, AT(metrics), "LIST", "of bleu,meteor,rouge,cider (default: all)"},
    {"tokenize", 't', IDC_OPT_STRING, AT(tokenize), "HOW", "auto, ptb or none (default auto: ptb where text looks raw)"},
    {"tokenize-only", 0, IDC_OPT_FLAG, AT(tokenize_only), NULL, "tokenise standard input, line by line, and end"},
    {"json", 0, IDC_OPT_FLAG, AT(json), NULL, "print JSON, with the scores of every item"},
    {"tsv", 0, IDC_OPT_FLAG, AT(tsv), NULL, "print tab-separated values"},
    {"latex", 0, IDC_OPT_FLAG, AT(latex), NULL, "print a LaTeX table, scores times 100"},
    {"per-item", 0, IDC_OPT_FLAG, AT(per_item), NULL, "print the scores of every item, too"},
    {"worst", 0, IDC_OPT_INT, AT(worst), "N", "show the N worst items with their references"},
    {"by", 0, IDC_OPT_STRING, AT(by), "METRIC", "what --worst goes by (default CIDEr_D)"},
    {"bootstrap", 'b', IDC_OPT_INT, AT(bootstrap), "N", "95 % intervals from N resamples"},
    {"compare", 'c', IDC_OPT_STRING, AT(compare), "HOW", "test systems against the first: bootstrap or randomize"},
    {"samples", 0, IDC_OPT_INT, AT(samples), "N", "samples of --compare (default 1000)"},
    {"seed", 's', IDC_OPT_INT, AT(seed), "S", "seed of the resamples (default 1)"},
    {"seeds", 0, IDC_OPT_FLAG, AT(seeds), NULL, "the systems are runs of one: mean, deviation, interval"},
    {"types", 0, IDC_OPT_STRING, AT(types), "FILE", "types of change by item, for tables by type"},
    {"grammar", 0, IDC_OPT_STRING, AT(grammar), "FILE", "how to read sentences: change or none, slots right"},
    {"df", 0, IDC_OPT_STRING, AT(df), "FILE", "CIDEr's document frequencies from FILE"},
    {"write-df", 0, IDC_OPT_STRING, AT(write_df), "FILE", "write those of the references to FILE"},
    {"meteor-data", 0, IDC_OPT_STRING, AT(meteor_data), "DIR", "folder with METEOR's data"},
    {"meteor-stages", 0, IDC_OPT_STRING, AT(meteor_stages), "LIST", "first ones of exact,stem,synonym,paraphrase"},
    {"format", 'f', IDC_OPT_STRING, AT(format), "FORM", "of hypotheses: auto, json, tsv or text"},
    {"references-format", 0, IDC_OPT_STRING, AT(references_format), "FORM", "of references (default auto)"},
    {"threads", 'j', IDC_OPT_INT, AT(threads), "N", "threads (default: all processors)"},
    IDC_QUIET_OPTIONS,
    IDC_OPTIONS_END,
};
/* clang-format on */

static const idc_tool_about about = {
    "idc-score",
    "Score sentences against references: BLEU, METEOR, ROUGE-L, CIDEr, as the COCO caption "
    "evaluation does.",
    "[OPTION]... -r REFERENCES HYPOTHESES...",
    "idc-score -r refs.json results.json",
    options,
    0,
};

static int take_reference(void *user, const idc_entry *e, idc_error *err)
{
    struct job *job = user;
    return e->text ? idc_corpus_add_reference(job->corpus, e->id, e->text, e->length, err) : 0;
}

static int take_hypothesis(void *user, const idc_entry *e, idc_error *err)
{
    struct job *job = user;
    job->failed += e->text == NULL;
    return e->text && e->part == IDC_ENTRY_SAID
               ? idc_corpus_add_hypothesis(job->corpus, job->system, e->id, e->text, e->length, err)
               : 0;
}

static int form_of(struct job *job, const char *option, const char *name)
{
    int form = name ? idc_entries_form_named(name) : IDC_ENTRIES_AUTO;
    if (form < 0)
        idc_tool_usage(job->tool, "--%s: '%s' is not auto, json, tsv or text", option, name);
    return form;
}

static void choose_metrics(struct job *job)
{
    const char *at = "";
    job->chosen_count = idc_metrics_named(job->metrics, job->chosen, IDC_MAX_METRICS, &at);
    if (job->chosen_count <= 0)
        idc_tool_usage(job->tool, "--metrics: '%.*s' is not bleu, meteor, rouge or cider%s",
                       (int)strcspn(at, ","), at,
                       strncmp(at, "spice", 5) ? "" : " (SPICE needs a parser that is not here)");
}

static void say_building(void *user, const char *from)
{
    idc_tool_note(user, "building METEOR's index from %s, once", from);
}

static int open_meteor(struct job *job, idc_error *err)
{
    int stages = job->meteor_stages ? idc_meteor_stages_named(job->meteor_stages) : IDC_METEOR_ALL;
    if (stages < 0)
        idc_tool_usage(job->tool,
                       "--meteor-stages: not a beginning of exact,stem,synonym,paraphrase");
    int rc = idc_meteor_open(&job->meteor, job->meteor_data, stages, say_building, job->tool, err);
    if ((rc != IDC_E_MISSING && rc != IDC_E_IO) || job->meteor_data || job->meteor_stages ||
        job->metrics)
        return rc;
    idc_tool_note(job->tool, "%s; only exact and stemmed matches are counted", err->text);
    *err = (idc_error)IDC_NO_ERROR;
    return idc_meteor_open_bare(&job->meteor, err);
}

static int read_file(struct job *job, const char *path, int form, idc_entry_sink take,
                     idc_error *err)
{
    return idc_store_recognised(path)
               ? idc_store_sentences(path, take, job, err)
               : idc_entries_read(path, (idc_entries_form)form, take, job, err);
}

static int read_corpus(struct job *job, char **files, int count, idc_error *err)
{
    int form = form_of(job, "format", job->format), rc = 0;
    int references_form = form_of(job, "references-format", job->references_format);
    for (int k = 0; rc == 0 && k < job->references.count; k++)
        rc = read_file(job, job->references.items[k], references_form, take_reference, err);
    for (int k = 0; rc == 0 && k < count; k++) {
        job->system = k;
        rc = read_file(job, files[k], form, take_hypothesis, err);
        if (rc == 0 && job->corpus->system_count <= k)
            rc = idc_fail(err, IDC_E_MISSING, "%s: no sentence", files[k]);
    }
    bool ptb = strcmp(job->tokenize, "ptb") == 0 ||
               (strcmp(job->tokenize, "auto") == 0 && idc_corpus_looks_raw(job->corpus));
    return rc < 0 ? rc
                  : idc_corpus_close(job->corpus, ptb ? IDC_TOKENIZE_PTB : IDC_TOKENIZE_NONE, err);
}

/* What is not scored is named. */
static void say_left_out(struct job *job)
{
    const idc_corpus *c = job->corpus;
    if (c->repeated)
        idc_tool_note(job->tool, "%zu ids come more than once (%s): the last sentence counts",
                      c->repeated, c->a_repeated);
    if (job->failed)
        idc_tool_note(job->tool, "%zu records have an error in place of a sentence", job->failed);
    if (c->missing)
        idc_tool_error(job->tool, "%zu of %zu items have no sentence (%s): they are not scored",
                       c->missing, c->item_count, c->a_missing);
    if (c->unreferenced)
        idc_tool_error(job->tool, "%zu sentences have no reference (%s): they are not scored",
                       c->unreferenced, c->an_unreferenced);
    if (c->missing || c->unreferenced)
        idc_tool_mark_failed(job->tool);
    if (c->scored_count == 1 && !job->df)
        idc_tool_note(job->tool, "CIDEr of one item is 0 by its definition (log 1): --df FILE "
                                 "gives it other frequencies");
}

static int measure_changes(struct job *job, const idc_measure *m, idc_report *r, idc_error *err)
{
    int rc = job->types
                 ? idc_types_read(&job->type_names, &job->types_of, job->types, job->corpus, err)
                 : 0;
    if (rc == 0 && job->grammar)
        rc = idc_grammar_open(&job->reader, job->grammar, err);
    idc_changes_input in = {m, job->scores, job->types_of, job->reader};
    if (rc == 0)
        rc = idc_changes_measure(&job->changes, &in, err);
    r->changes = &job->changes;
    return rc;
}

static int score_all(struct job *job, char **files, int count, idc_error *err)
{
    const idc_corpus *c = job->corpus;
    const idc_frequency *df = job->df ? &job->frequencies : NULL;
    idc_measure m = {c, 0, c->scored, c->scored_count, (int)job->threads, df, job->meteor};
    idc_report r = {.corpus = c,
                    .scores = job->scores,
                    .systems = count,
                    .names = (const char *const *)files,
                    .per_item = job->per_item,
                    .worst = job->worst};
    int rc = job->df ? idc_cider_read_df(&job->frequencies, job->df, job->corpus->words, err) : 0;
    for (; rc == 0 && m.system < count; m.system++)
        rc = idc_scores_measure(&job->scores[m.system], job->chosen, job->chosen_count, &m, err);
    m.system = 0;
    if (rc == 0 && (job->types || job->grammar))
        rc = measure_changes(job, &m, &r, err);
    idc_judging how = {job->bootstrap,    job->samples, (uint64_t)job->seed,
                       (int)job->threads, job->compare, job->seeds};
    if (rc == 0)
        rc = idc_judge(&job->judgement, &how, job->scores, count, err);
    r.judgement = &job->judgement;
    idc_buffer signature = {0};
    if (rc == 0 && idc_signature(&signature, job->corpus, job->chosen, job->chosen_count,
                                 job->meteor, job->df) < 0)
        rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc == 0) {
        r.signature = (const char *)signature.data;
        r.by = idc_scores_column(job->scores, job->by ? job->by : "CIDEr_D");
        if (r.by < 0 && job->by)
            idc_tool_usage(job->tool, "--by: '%s' is not among the scores", job->by);
        r.by = r.by < 0 ? 0 : r.by;
        const char *no_colour = getenv("NO_COLOR");
        r.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
        idc_report_form plain = job->latex ? IDC_REPORT_LATEX : IDC_REPORT_TABLE;
        idc_report_print(&r,
                         job->json  ? IDC_REPORT_JSON
                         : job->tsv ? IDC_REPORT_TSV
                                    : plain,
                         stdout);
    }
    idc_buffer_free(&signature);
    return rc;
}

static void check(struct job *job, int count)
{
    if (strcmp(job->tokenize, "auto") && strcmp(job->tokenize, "ptb") &&
        strcmp(job->tokenize, "none"))
        idc_tool_usage(job->tool, "--tokenize: '%s' is not auto, ptb or none", job->tokenize);
    if (job->compare && strcmp(job->compare, "bootstrap") && strcmp(job->compare, "randomize"))
        idc_tool_usage(job->tool, "--compare: '%s' is not bootstrap or randomize", job->compare);
    if (count == 0 || job->references.count == 0)
        idc_tool_usage(job->tool, "give references by -r and one or more files of hypotheses");
    if (count > IDC_MAX_SYSTEMS)
        idc_tool_usage(job->tool, "more than %d files of hypotheses", IDC_MAX_SYSTEMS);
    if (job->compare && count < 2)
        idc_tool_usage(job->tool, "--compare needs two systems or more");
    if (job->samples < 1 || job->samples > 1000000 || job->bootstrap > 1000000 ||
        job->threads > 1024)
        idc_tool_usage(job->tool, "--samples, --bootstrap or --threads is out of range");
    if (job->threads == 0)
        job->threads = idc_threads_default();
    choose_metrics(job);
}

static void free_all(struct job *job)
{
    for (int k = 0; k < IDC_MAX_SYSTEMS; k++)
        idc_scores_free(&job->scores[k]);
    idc_corpus_free(&job->corpus);
    idc_meteor_close(&job->meteor);
    idc_frequency_free(&job->frequencies);
    idc_grammar_close(&job->reader);
    idc_words_free(&job->type_names);
    free(job->types_of);
}

int main(int argc, char **argv)
{
    static struct job job = {.tokenize = "auto", .samples = 1000, .seed = 1};
    idc_error err = IDC_NO_ERROR;
    char **files;
    job.tool = idc_tool_start(&about, argc, argv, &job);
    int count = idc_tool_operands(job.tool, &files), rc = 0;
    if (job.tokenize_only) {
        idc_ptb_filter(stdin, stdout, &err);
        return idc_tool_finish(job.tool, &err);
    }
    check(&job, count);
    job.corpus = idc_corpus_new();
    rc = job.corpus ? read_corpus(&job, files, count, &err)
                    : idc_fail(&err, IDC_E_MEMORY, "no memory");
    for (int k = 0; rc == 0 && k < job.chosen_count; k++)
        if (job.chosen[k] == &idc_metric_meteor && !job.meteor)
            rc = open_meteor(&job, &err);
    if (rc == 0) {
        say_left_out(&job);
        rc = job.write_df ? idc_cider_write_df(job.write_df, job.corpus, &err) : 0;
    }
    if (rc == 0)
        score_all(&job, files, count, &err);
    free_all(&job);
    return idc_tool_finish(job.tool, &err);
}
