/* idc-decode-caption: from image-difference tokens to sentences. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tool.h"
#include "model/caption.h"
#include "wire/pump.h"

struct job {
    idc_tool *tool;
    const char *model, *device, *search;
    int64_t sentences, beam, block, top_k, seed;
    double length_penalty, alpha, temperature;
    idc_string_list require, forbid;
    bool greedy, exact, records, tokens, maps;
    enum idc_search how;
    idc_captioner *captioner;
};

#define AT(field) offsetof(struct job, field)
static const idc_option options[] = {
    IDC_STREAM_OPTIONS,
    {"model", 'm', IDC_OPT_STRING, AT(model), "FILE",
     "model file (default: $IDC_MODEL, then the installed one)"},
    {"number", 'n', IDC_OPT_INT, AT(sentences), "N", "say the N best sentences (default 1)"},
    {"beam", 'b', IDC_OPT_INT, AT(beam), "N",
     "sentences kept in the search (default 1: greedy; 4 with --require)"},
    {"greedy", 0, IDC_OPT_FLAG, AT(greedy), NULL, "take the likeliest word each time, whatever -b"},
    {"length-penalty", 0, IDC_OPT_DOUBLE, AT(length_penalty), "A",
     "compare sentences by logprob / ((5 + words) / 6)^A (default 0)"},
    {"search", 0, IDC_OPT_STRING, AT(search), "NAME", "beam (default), contrastive or sample"},
    {"top-k", 0, IDC_OPT_INT, AT(top_k), "K", "contrastive: candidates for a word (default 4)"},
    {"alpha", 0, IDC_OPT_DOUBLE, AT(alpha), "A",
     "contrastive: weight against likeness, 0 to 1 (default 0.6)"},
    {"temperature", 0, IDC_OPT_DOUBLE, AT(temperature), "T",
     "sample: probabilities to the power of 1/T (default 1)"},
    {"seed", 0, IDC_OPT_INT, AT(seed), "N", "sample: other words for another number (default 1)"},
    {"require", 0, IDC_OPT_LIST, AT(require), "WORD",
     "only sentences with this word (may be given again)"},
    {"forbid", 0, IDC_OPT_LIST, AT(forbid), "WORD",
     "only sentences without this word (may be given again)"},
    {"exact", 0, IDC_OPT_FLAG, AT(exact), NULL, "let <PAD>, <BOS>, <CLS> and <MASK> come as words"},
    {"maps", 0, IDC_OPT_FLAG, AT(maps), NULL, "say where in the pictures each word looks"},
    {"map-block", 0, IDC_OPT_INT, AT(block), "N",
     "by block N of the cross-modal encoder, from 1 (default: the last)"},
    {"records", 0, IDC_OPT_FLAG, AT(records), NULL, "write caption records instead of JSON Lines"},
    {"tokens", 0, IDC_OPT_FLAG, AT(tokens), NULL,
     "with --records: keep the tokens, for idc-contrast --rerank"},
    {"device", 0, IDC_OPT_STRING, AT(device), "NAME", "cpu or auto"},
    IDC_OPTIONS_END,
};

static const idc_tool_about about = {
    "idc-decode-caption",
    "Turn image-difference tokens into sentences.",
    "[OPTION]...",
    "idc-decode --pair a.png b.png | idc-encode | idc-diff | idc-contrast | idc-decode-caption",
    options,
    IDC_TOOL_BINARY_IN,
};

/* A pair that fails here gets its line, too. */
static int print_failure(struct job *job, const char *id, const idc_error *cause, idc_error *err)
{
    idc_record *r = idc_record_error("idc-decode-caption", id, cause);
    if (!r)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    idc_tool_item_failed(job->tool, cause);
    int rc = idc_caption_print(r, stdout, err);
    idc_record_free(&r);
    return rc;
}

static int send_maps(const struct job *job, const char *id, idc_pump *out, idc_error *err)
{
    const idc_caption_map *maps = idc_captioner_maps(job->captioner);
    int rc = 0;
    for (int i = 0; rc == 0 && maps && i < idc_caption_map_count(maps); i++) {
        idc_record *map;
        rc = idc_caption_map_record(maps, i, id, &map, err);
        if (rc == 0)
            rc = idc_pump_send(out, map, err);
        idc_record_free(&map);
    }
    return rc;
}

static int on_record(void *user, idc_record *r, idc_pump *out, idc_error *err)
{
    struct job *job = user;
    if (!idc_record_is(r, "diff")) {
        if (out)
            return idc_pump_send(out, r, err);
        return idc_record_is(r, "error") ? idc_caption_print(r, stdout, err) : 0;
    }
    idc_record *caption;
    idc_error cause = IDC_NO_ERROR;
    int rc = idc_captioner_say(job->captioner, r, &caption, &cause);
    if (rc == 0)
        rc = out ? idc_pump_send(out, caption, err) : idc_caption_print(caption, stdout, err);
    else if (out || rc == IDC_E_MEMORY)
        *err = cause;
    else
        rc = print_failure(job, idc_record_id(r), &cause, err);
    if (rc == 0 && caption && out)
        rc = send_maps(job, idc_record_id(r), out, err);
    idc_record_free(&caption);
    return rc;
}

static void check_options(idc_tool *tool, struct job *job)
{
    char **operands;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (strcmp(job->device, "cpu") != 0 && strcmp(job->device, "auto") != 0)
        idc_tool_usage(tool, "--device: '%s' is not there: cpu or auto", job->device);
    if (job->sentences < 1 || job->sentences > IDC_MAX_BEAM)
        idc_tool_usage(tool, "-n: expected 1 to %d sentences", IDC_MAX_BEAM);
    if (job->beam == 0)
        job->beam = job->require.count > 0 && !job->greedy ? 4 : 1;
    if (job->beam < 1 || job->beam > IDC_MAX_BEAM)
        idc_tool_usage(tool, "--beam: expected 1 to %d", IDC_MAX_BEAM);
    if (!(job->length_penalty >= 0 && job->length_penalty <= 10))
        idc_tool_usage(tool, "--length-penalty: expected 0 to 10");
    if (job->block > IDC_MAX_MAP_BLOCK)
        idc_tool_usage(tool, "--map-block: expected 1 to %d", IDC_MAX_MAP_BLOCK);
    if (idc_search_find(job->search, &job->how) < 0)
        idc_tool_usage(tool, "--search: '%s' is not there: beam, contrastive or sample",
                       job->search);
    if (job->how != IDC_SEARCH_BEAM && (job->sentences > 1 || job->beam > 1))
        idc_tool_usage(tool, "--search %s finds one sentence and %s", job->search,
                       job->require.count > 0 ? "cannot require words" : "keeps one");
    if (job->how == IDC_SEARCH_CONTRASTIVE && (job->top_k < 1 || job->top_k > IDC_MAX_TOP_K))
        idc_tool_usage(tool, "--top-k: expected 1 to %d", IDC_MAX_TOP_K);
    if (!(job->alpha >= 0 && job->alpha <= 1))
        idc_tool_usage(tool, "--alpha: expected 0 to 1");
    if (!(job->temperature >= 0.01 && job->temperature <= 100))
        idc_tool_usage(tool, "--temperature: expected 0.01 to 100");
    if (job->greedy && job->sentences > 1)
        idc_tool_usage(tool, "--greedy finds one sentence, -n asks for %d", (int)job->sentences);
}

static idc_decode_options decode_options(const struct job *job)
{
    return (idc_decode_options){.search = job->how,
                                .beam = job->greedy ? 1 : (int)job->beam,
                                .length_penalty = job->length_penalty,
                                .exact = job->exact,
                                .top_k = (int)job->top_k,
                                .alpha = job->alpha,
                                .temperature = job->temperature,
                                .seed = (uint64_t)job->seed};
}

static idc_word_list word_list(const idc_string_list *list)
{
    return (idc_word_list){(const char *const *)list->items, (int)list->count};
}

int main(int argc, char **argv)
{
    struct job job = {.device = "auto",
                      .search = "beam",
                      .sentences = 1,
                      .top_k = 4,
                      .alpha = 0.6,
                      .temperature = 1,
                      .seed = 1};
    idc_tool *tool = job.tool = idc_tool_start(&about, argc, argv, &job);
    idc_error err = IDC_NO_ERROR;
    idc_model *model = NULL;
    check_options(tool, &job);
    idc_constraints words = {0};
    idc_caption_options o = {.decode = decode_options(&job),
                             .sentences = (int)job.sentences,
                             .tokens = job.tokens && job.records,
                             .maps = !job.maps     ? IDC_MAPS_NONE
                                     : job.records ? IDC_MAPS_RECORDS
                                                   : IDC_MAPS_FIELD,
                             .map_block = (int)job.block - 1};
    o.decode.constraints = &words;
    if (idc_model_open(&model, job.model, IDC_MODEL_NETWORK, &err) == 0 &&
        idc_constraints_init(&words, model->config.vocabulary, word_list(&job.require),
                             word_list(&job.forbid), &err) == 0 &&
        idc_captioner_new(&job.captioner, model, &o, &err) == 0) {
        if (job.records)
            idc_pump_run(tool, on_record, &job, &err);
        else
            idc_pump_drain(tool, on_record, &job, &err);
    }
    if (job.captioner) {
        uint64_t decoded, unchanged;
        idc_captioner_counts(job.captioner, &decoded, &unchanged);
        idc_tool_detail(tool, "%llu pairs decoded, %llu unchanged without decoding",
                        (unsigned long long)decoded, (unsigned long long)unchanged);
    }
    idc_captioner_free(&job.captioner);
    idc_constraints_fini(&words);
    idc_model_close(&model);
    return idc_tool_finish(tool, &err);
}
