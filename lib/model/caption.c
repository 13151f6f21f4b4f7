/* caption.c: see caption.h. */
#include "model/caption.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/contrast.h"

struct idc_captioner {
    const idc_model *model;
    idc_caption_options options;
    idc_decoder *decoder;
    idc_tape *tape;
    idc_caption_map *maps; /* or NULL */
    bool unchanged;        /* the latest caption was said without the decoder */
    uint64_t decoded, gated;
};

int idc_captioner_new(idc_captioner **out, const idc_model *m, const idc_caption_options *options,
                      idc_error *err)
{
    *out = NULL;
    if (options->sentences < 1 || options->sentences > IDC_MAX_BEAM)
        return idc_fail(err, IDC_E_RANGE, "sentences: %d is not from 1 to %d", options->sentences,
                        IDC_MAX_BEAM);
    idc_captioner *c = calloc(1, sizeof *c);
    if (!c)
        return idc_fail(err, IDC_E_MEMORY, "captions: no memory");
    c->model = m;
    c->options = *options;
    if (c->options.decode.beam < options->sentences)
        c->options.decode.beam = options->sentences;
    int rc = idc_decode_check(&c->options.decode, &m->config.network, err);
    if (rc == 0)
        rc = idc_decoder_new(&c->decoder, m->network, err);
    if (rc == 0 && !(c->tape = idc_tape_new(IDC_TAPE_INFER, err)))
        rc = IDC_E_MEMORY;
    if (rc == 0 && options->maps != IDC_MAPS_NONE)
        rc = idc_caption_map_new(&c->maps, m, options->map_block, err);
    if (rc < 0)
        idc_captioner_free(&c);
    *out = c;
    return rc;
}

void idc_captioner_free(idc_captioner **c)
{
    if (!*c)
        return;
    if ((*c)->decoder)
        idc_decoder_free(&(*c)->decoder);
    if ((*c)->tape)
        idc_tape_free(&(*c)->tape);
    idc_caption_map_free(&(*c)->maps);
    free(*c);
    *c = NULL;
}

/* ---- boxes ---- */

/* Marks the cells joined to `start` whose mass is at least `least`; `stack` has room for all cells. */
static void flood(unsigned char *marked, int *stack, const float *map, const int grid[2], int start)
{
    int n = 0;
    float least = 0.2f * map[start];
    stack[n++] = start;
    marked[start] = 1;
    while (n > 0) {
        int cell = stack[--n], y = cell / grid[1], x = cell % grid[1];
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                int v = y + dy, u = x + dx, next = v * grid[1] + u;
                if (v < 0 || v >= grid[0] || u < 0 || u >= grid[1] || marked[next] ||
                    !(map[next] >= least))
                    continue;
                marked[next] = 1;
                stack[n++] = next;
            }
    }
}

bool idc_pointer_box(double box[4], const float *map, const int grid[2], const double size[2])
{
    int n = grid[0] * grid[1], peak = 0;
    double sum = 0.0;
    if (n < 1)
        return false;
    for (int i = 0; i < n; i++) {
        sum += (double)map[i];
        peak = map[i] > map[peak] ? i : peak;
    }
    unsigned char *marked = calloc((size_t)n, 1);
    int *stack = malloc((size_t)n * sizeof *stack);
    bool found = marked && stack && sum >= 0.5;
    if (found) {
        int low[2] = {grid[1], grid[0]}, high[2] = {0, 0};
        flood(marked, stack, map, grid, peak);
        for (int i = 0; i < n; i++) {
            int at[2] = {i % grid[1], i / grid[1]};
            for (int k = 0; marked[i] && k < 2; k++) {
                low[k] = at[k] < low[k] ? at[k] : low[k];
                high[k] = at[k] + 1 > high[k] ? at[k] + 1 : high[k];
            }
        }
        for (int k = 0; k < 2; k++) {
            box[k] = round(low[k] * size[k] / grid[1 - k]);
            box[2 + k] = round(high[k] * size[k] / grid[1 - k]);
        }
    }
    free(marked);
    free(stack);
    return found;
}

static int set_boxes(idc_record *caption, const idc_record *diff, idc_error *err)
{
    static const char *const keys[] = {"box_before", "box_after"};
    idc_array a;
    double size[2][2];
    bool changed = true;
    if (!idc_record_has(diff, "pointer") ||
        idc_record_get_numbers(diff, "size", size[0], 2, NULL) != 2)
        return 0;
    if (idc_record_get_numbers(diff, "size_after", size[1], 2, NULL) != 2)
        memcpy(size[1], size[0], sizeof size[1]);
    idc_record_get_bool(diff, "changed", &changed, NULL);
    int rc = idc_record_get_array(diff, "pointer", &a, err);
    if (rc < 0)
        return rc;
    if (a.dtype != IDC_DTYPE_F32 || a.ndim != 3 || a.shape[0] != 2 || a.shape[1] < 1 ||
        a.shape[2] < 1 || a.shape[1] > 256 || a.shape[2] > 256)
        return idc_fail(err, IDC_E_MISMATCH, "diff '%s': pointer is not f32 [2,h,w]",
                        idc_record_id(diff));
    int grid[2] = {(int)a.shape[1], (int)a.shape[2]};
    size_t n = (size_t)(grid[0] * grid[1]);
    float *map = malloc(n * sizeof *map);
    for (size_t k = 0; map && rc == 0 && k < 2; k++) {
        double box[4];
        memcpy(map, (const char *)a.data + k * n * sizeof *map, n * sizeof *map);
        if (changed && idc_pointer_box(box, map, grid, size[k]))
            rc = idc_record_set_numbers(caption, keys[k], box, 4);
        else
            rc = idc_record_set_json(caption, keys[k], "null", err);
    }
    free(map);
    return map ? rc : idc_fail(err, IDC_E_MEMORY, "diff '%s': no memory", idc_record_id(diff));
}

/* ---- sentences ---- */

/* Six decimals: what is left after rounding differs between processors. */
static double rounded(double x)
{
    return round(x * 1e6) / 1e6;
}

static int set_nbest(idc_captioner *c, idc_record *caption, const idc_decoding *d, idc_error *err)
{
    json_t *list = json_array();
    int n = d->count < c->options.sentences ? d->count : c->options.sentences;
    for (int i = 0; i < n; i++) {
        const idc_sentence *s = &d->best[i];
        char *text = idc_vocabulary_decode(c->model->config.vocabulary, s->ids, s->length);
        if (text)
            json_array_append_new(
                list, json_pack("{s:s, s:f}", "text", text, "logprob", rounded(s->logprob)));
        free(text);
    }
    char *json = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    int rc = json ? idc_record_set_json(caption, "nbest", json, err)
                  : idc_fail(err, IDC_E_MEMORY, "captions: no memory");
    free(json);
    return rc;
}

static int set_sentences(idc_captioner *c, idc_record *caption, const idc_decoding *d,
                         idc_error *err)
{
    const idc_sentence *best = &d->best[0];
    char *text = idc_vocabulary_decode(c->model->config.vocabulary, best->ids, best->length);
    int rc = text ? idc_record_set_string(caption, "text", text) : IDC_E_MEMORY;
    free(text);
    if (rc == 0)
        rc = idc_record_set_double(caption, "logprob", rounded(best->logprob));
    if (rc < 0)
        return idc_fail(err, rc, "captions: no memory");
    return c->options.sentences > 1 ? set_nbest(c, caption, d, err) : 0;
}

static int set_maps(const idc_captioner *c, idc_record *caption, idc_error *err)
{
    if (c->options.maps != IDC_MAPS_FIELD)
        return 0;
    char *json = idc_caption_map_json(c->maps);
    int rc = json ? idc_record_set_json(caption, "map", json, err)
                  : idc_fail(err, IDC_E_MEMORY, "captions: no memory");
    free(json);
    return rc;
}

const idc_caption_map *idc_captioner_maps(const idc_captioner *c)
{
    return c->unchanged ? NULL : c->maps;
}

void idc_captioner_counts(const idc_captioner *c, uint64_t *decoded, uint64_t *unchanged)
{
    *decoded = c->decoded;
    *unchanged = c->gated;
}

static int round_field(idc_record *r, const char *key)
{
    double x;
    return idc_record_get_double(r, key, &x, NULL) == 0 ? idc_record_set_double(r, key, rounded(x))
                                                        : 0;
}

/* The sentences of tokens [M,d]. */
static int decode(idc_captioner *c, const float *tokens, idc_decoding *d, idc_error *err)
{
    int rc = idc_decoder_run(c->decoder, tokens, &c->options.decode, d, err);
    if (rc == 0 && c->maps)
        rc = idc_caption_map_look(c->maps, tokens, &d->best[0], err);
    return rc;
}

/* Only the decoder heeds which words must or may not come. */
static bool constrained(const idc_decode_options *o)
{
    return o->constraints && (o->constraints->n_required > 0 || o->constraints->n_forbidden > 0);
}

int idc_caption_begin(idc_record **caption, const idc_record *diff, bool tokens, idc_error *err)
{
    static const char *const tensors[] = {"grid", "pooled", "pointer"};
    idc_record *r = *caption = idc_record_copy(diff);
    if (!r)
        return idc_fail(err, IDC_E_MEMORY, "captions: no memory");
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        idc_record_remove(r, tensors[i]);
    if (!tokens)
        idc_record_remove(r, "tokens");
    int rc = idc_record_set_string(r, "kind", "caption");
    if (rc == 0)
        rc = round_field(r, "change");
    if (rc == 0)
        rc = round_field(r, "domain");
    if (rc == 0)
        rc = set_boxes(r, diff, err);
    if (rc < 0)
        idc_record_free(caption);
    return rc;
}

int idc_captioner_say(idc_captioner *c, const idc_record *diff, idc_record **caption,
                      idc_error *err)
{
    const char *unchanged =
        constrained(&c->options.decode) ? NULL : idc_contrast_unchanged(c->model, diff);
    idc_decoding d;
    *caption = NULL;
    c->unchanged = unchanged != NULL;
    idc_tape_reset(c->tape);
    idc_tensor *tokens = idc_diff_tokens(c->model, c->tape, diff);
    int rc = idc_tape_status(c->tape, err);
    if (rc == 0 && !unchanged)
        rc = decode(c, idc_f32(tokens), &d, err);
    c->options.decode.stream++;
    if (rc == 0)
        rc = idc_caption_begin(caption, diff, c->options.tokens, err);
    if (rc < 0)
        return rc;
    *(unchanged ? &c->gated : &c->decoded) += 1;
    if (unchanged)
        rc = idc_record_set_string(*caption, "text", unchanged);
    else
        rc = set_sentences(c, *caption, &d, err);
    if (rc == 0 && !unchanged)
        rc = set_maps(c, *caption, err);
    if (rc < 0)
        idc_record_free(caption);
    return rc;
}

char *idc_caption_json(idc_record *r)
{
    const char *text;
    if (idc_record_is(r, "error")) {
        json_t *o = json_object();
        json_t *id = json_string(idc_record_id(r));
        if (idc_record_get_string(r, "text", &text, NULL) < 0)
            text = "failed";
        json_t *why = json_string(text);
        json_object_set_new(o, "id", id ? id : json_string("?"));
        json_object_set_new(o, "error", why ? why : json_string("?"));
        char *json = json_dumps(o, JSON_COMPACT);
        json_decref(o);
        return json;
    }
    idc_record_remove(r, "kind");
    idc_record_remove(r, "model");
    if (idc_record_get_string(r, "guess", &text, NULL) == 0) {
        if (idc_record_set_string(r, "kind", text) < 0)
            return NULL;
        idc_record_remove(r, "guess");
    }
    return idc_record_json(r, NULL);
}

int idc_caption_print(idc_record *r, FILE *to, idc_error *err)
{
    char *line = idc_caption_json(r);
    if (!line)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    bool written = fprintf(to, "%s\n", line) >= 0;
    free(line);
    return written ? 0 : idc_fail(err, IDC_E_CLOSED, "stdout: closed by its reader");
}
