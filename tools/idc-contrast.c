/* idc-contrast: how probable is a change, and which sentence fits? Also hard negatives, reranking and retrieval. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/tool.h"
#include "model/caption.h"
#include "model/contrast.h"
#include "model/model_options.h"
#include "model/rerank.h"
#include "score/negative_list.h"
#include "score/retriever.h"
#include "store/sentences.h"
#include "wire/pump.h"

#define MAX_WEIGHT 1e6

struct job {
    idc_tool *tool;
    idc_model_options model_options;
    const char *negatives, *captions, *words;
    double min_change, logprob_weight;
    int64_t seed, retrieve;
    bool rerank, records;
    /* what runs */
    idc_model *model;
    idc_contrast *contrast;
    idc_caption_list *list; /* or NULL */
    idc_aligner *aligner;   /* or NULL */
    idc_retriever *retriever;
    size_t unlisted; /* pairs without a sentence in the list */
    bool warned;
};

#define AT(field) offsetof(struct job, field)
static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    IDC_MODEL_OPTIONS(struct job, model_options),
    {"min-change", 0, IDC_OPT_UNIT, AT(min_change), "P",
     "call pairs whose change is less probable than P unchanged (default 0.5)"},
    {"captions", 0, IDC_OPT_STRING, AT(captions), "FILE",
     "say how well these sentences fit: JSON, JSON Lines, TSV, or a store"},
    {"rerank", 0, IDC_OPT_FLAG, AT(rerank), NULL,
     "order n-best lists by how well they fit, and print captions"},
    {"logprob-weight", 0, IDC_OPT_DOUBLE, AT(logprob_weight), "W",
     "with --rerank: add W times the decoder's logprob (default 0; try 1)"},
    {"records", 0, IDC_OPT_FLAG, AT(records), NULL, "with --rerank: write caption records"},
    {"retrieve", 0, IDC_OPT_INT, AT(retrieve), "K",
     "print the K best captions of each pair, and the K best pairs of each caption"},
    {"negatives", 0, IDC_OPT_STRING, AT(negatives), "RECIPE",
     "write hard negatives of the captions: R6, R2P2C2, … (retrieve, replace, confuse)"},
    {"words", 0, IDC_OPT_STRING, AT(words), "NAME",
     "word classes of --negatives: clevr-change (default), birds, or a file"},
    {"seed", 0, IDC_OPT_INT, AT(seed), "N", "seed of --negatives (default 1)"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-contrast",
    "Say how probable a change is, and which sentences fit a pair.",
    "[OPTION]...",
    "idc-decode --pair a.png b.png | idc-encode | idc-diff | idc-contrast | idc-cat --json",
    options,
    0,
};

/* ---- what every use of captions needs ---- */

static int open_captions(struct job *job, idc_error *err)
{
    const char *path = job->captions;
    return idc_caption_list_read(&job->list, path,
                                 idc_store_recognised(path) ? idc_store_sentences : NULL, err);
}

static void name_unknown_words(struct job *job)
{
    char word[64];
    const char *id;
    const idc_vocabulary *v = job->model->config.vocabulary;
    size_t n = idc_caption_list_unknown(job->list, v, word, sizeof word, &id);
    if (n > 0)
        idc_tool_note(job->tool, "%s: %zu words that the model does not know (first: '%s' of '%s')",
                      job->captions, n, word, id);
}

/* The sentences of a record's pair. */
static bool find_sentences(struct job *job, const idc_record *r, idc_sentence_list *out)
{
    ptrdiff_t i = idc_caption_list_find(job->list, idc_record_id(r));
    if (i < 0) {
        job->unlisted++;
        return false;
    }
    const idc_caption_pair *p = &job->list->pair[i];
    *out = (idc_sentence_list){job->list->sentence + p->start, p->count};
    return true;
}

/* ---- the modes ---- */

static int add_to_diff(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    idc_sentence_list said;
    if (!idc_record_is(r, "diff"))
        return idc_pump_send(out, r, err);
    int rc = idc_contrast_add(job->contrast, r, job->min_change, err);
    if (rc == 0 && job->list && find_sentences(job, r, &said))
        rc = idc_scores_add(job->aligner, r, said.text, said.count, err);
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

static int rerank(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    idc_sentence_list said;
    idc_record *caption = NULL;
    bool given = job->list && idc_record_is(r, "diff");
    if (!given && !idc_record_is(r, "caption")) {
        if (out)
            return idc_pump_send(out, r, err);
        return idc_record_is(r, "error") ? idc_caption_print(r, stdout, err) : 0;
    }
    const idc_rerank_by by = {given ? &said : NULL, job->logprob_weight};
    int rc = given && !find_sentences(job, r, &said)
                 ? idc_fail(err, IDC_E_MISSING, "%s: no sentences of '%s'", job->captions,
                            idc_record_id(r))
                 : idc_rerank(job->aligner, r, &by, &caption, err);
    if (rc == 0)
        rc = out ? idc_pump_send(out, caption, err) : idc_caption_print(caption, stdout, err);
    idc_record_free(&caption);
    return rc;
}

static int gather(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    (void)out;
    return idc_record_is(r, "diff") ? idc_retriever_add(job->retriever, r, err) : 0;
}

static bool stopped(void *tool)
{
    return idc_tool_stopped(tool);
}

/* To stdout, or into the file that -o names, which appears when it is whole. */
static void write_negatives(struct job *job, idc_error *err)
{
    const char *path = idc_tool_stream_options(job->tool)->output;
    idc_file_writer *file = NULL;
    idc_negative_list_options o = {
        .seed = (uint64_t)job->seed, .stopped = stopped, .user = job->tool};
    idc_word_classes *classes = NULL;
    int rc = idc_recipe_parse(&o.recipe, job->negatives, err);
    if (rc == 0)
        rc = idc_word_classes_open(&classes, job->words, err);
    o.classes = classes;
    if (rc == 0)
        rc = open_captions(job, err);
    if (rc == 0)
        rc = path && strcmp(path, "-") != 0 ? idc_file_writer_open(&file, path, err) : 0;
    if (rc == 0)
        rc = idc_negative_list_write(file ? idc_file_writer_stream(file) : stdout, job->list, &o,
                                     err);
    if (rc == 0 && file)
        idc_file_writer_commit(&file, err);
    else if (file)
        idc_file_writer_abort(&file);
    idc_word_classes_free(&classes);
}

/* ---- running ---- */

static int open_model(struct job *job, idc_error *err)
{
    int rc = idc_model_open(&job->model, job->model_options.file, IDC_MODEL_NETWORK, err);
    if (rc == 0 && job->captions)
        rc = open_captions(job, err);
    if (rc == 0 && (job->captions || job->rerank))
        rc = idc_aligner_new(&job->aligner, job->model, err);
    if (rc == 0 && job->captions)
        name_unknown_words(job);
    if (rc == 0 && job->retrieve > 0)
        rc = idc_retriever_new(&job->retriever, job->aligner, err);
    else if (rc == 0 && !job->rerank)
        rc = idc_contrast_new(&job->contrast, job->model, err);
    return rc < 0 ? rc : idc_tool_announce(job->tool, "model", job->model->fingerprint);
}

static void run(struct job *job, idc_error *err)
{
    bool text = job->retrieve > 0 || (job->rerank && !job->records);
    idc_tool_expect_input(job->tool);
    if (!text)
        idc_tool_refuse_terminal(job->tool);
    int rc = open_model(job, err);
    if (rc < 0)
        return;
    if (job->retrieve > 0) {
        rc = idc_pump_drain(job->tool, gather, job, err);
        if (rc == 0)
            rc = idc_retriever_write(job->retriever, job->list, (size_t)job->retrieve, stdout, err);
    } else if (text)
        rc = idc_pump_drain(job->tool, rerank, job, err);
    else
        rc = idc_pump_run(job->tool, job->rerank ? rerank : add_to_diff, job, err);
    if (rc == 0 && job->unlisted > 0 && !job->rerank)
        idc_tool_note(job->tool, "%s: no sentences of %zu pairs", job->captions, job->unlisted);
}

static void check_options(idc_tool *tool, const struct job *job)
{
    idc_model_options_check(tool, &job->model_options);
    if ((job->negatives != NULL) + job->rerank + (job->retrieve > 0) > 1)
        idc_tool_usage(tool, "--negatives, --rerank and --retrieve: one at a time");
    if (job->negatives && !job->captions)
        idc_tool_usage(tool, "--negatives: of which captions? give --captions FILE");
    if (job->retrieve > 0 && !job->captions)
        idc_tool_usage(tool, "--retrieve: among which captions? give --captions FILE");
    if (job->retrieve > 100000)
        idc_tool_usage(tool, "--retrieve: expected 1 to 100000");
    if ((job->records || job->logprob_weight != 0) && !job->rerank)
        idc_tool_usage(tool, "--records and --logprob-weight go with --rerank");
    if (!(job->logprob_weight >= 0 && job->logprob_weight <= MAX_WEIGHT))
        idc_tool_usage(tool, "--logprob-weight: a number from 0 to %g", MAX_WEIGHT);
}

int main(int argc, char **argv)
{
    struct job job = {.model_options = IDC_MODEL_OPTIONS_DEFAULT,
                      .words = "clevr-change",
                      .seed = 1,
                      .min_change = 0.5};
    idc_tool *tool = job.tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    check_options(tool, &job);
    if (job.negatives)
        write_negatives(&job, &err);
    else
        run(&job, &err);
    idc_retriever_free(&job.retriever);
    idc_aligner_free(&job.aligner);
    idc_contrast_free(&job.contrast);
    idc_caption_list_free(&job.list);
    idc_model_close(&job.model);
    return idc_tool_finish(tool, &err);
}
