/* config.c: the configuration's JSON, read with every size checked, and written again. */
#include "model/config.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "encoder/encoder.h"
#include "model/config_json.h"

static const char *const projections[] = {"linear", "sigmoid", NULL};
static const char *const positions[] = {"doubled", "standard", "fourier", NULL};
static const char *const norms[] = {"sample", "variance", NULL};
static const char *const captions[] = {"unmask", "next", NULL};
static const char *const filters[] = {"bicubic", "bilinear", "box", NULL};
static const char *const default_types[] = {"none", "color", "material", "add", "drop", "move"};

/* What the small encoder's head tells apart, in the order of its logits. */
static const char attributes_text[] =
    "{\"shape\": [\"cube\", \"sphere\", \"cylinder\"], \"size\": [\"large\", \"small\"], "
    "\"color\": [\"gray\", \"red\", \"blue\", \"green\", \"brown\", \"purple\", \"cyan\", "
    "\"yellow\"], \"material\": [\"rubber\", \"metal\"]}";

static void parse_input(idc_json_reader *r, json_t *o, idc_input_config *c)
{
    static const char *const known[] = {"size", "filter", "mean", "scale", NULL};
    idc_json_known(r, o, "input", known);
    idc_json_ints(r, o, "input.size", c->size, 2, 8, 4096);
    int filter = idc_json_choice(r, o, "input.filter", filters, 0);
    idc_json_copy(c->filter, sizeof c->filter, filters[filter]);
    idc_json_floats(r, o, "input.mean", c->mean, 3);
    idc_json_floats(r, o, "input.scale", c->scale, 3);
}

static void parse_encoder(idc_json_reader *r, json_t *o, idc_encoder_config *c)
{
    static const char *const known[] = {"kind", "widths", "stage", "attributes", NULL};
    idc_json_known(r, o, "encoder", known);
    const char *kind = json_string_value(json_object_get(o, "kind"));
    if (!kind || strlen(kind) >= sizeof c->kind) {
        idc_json_fail(r, IDC_E_INVALID, "encoder.kind: expected the name of an encoder");
        return;
    }
    idc_json_copy(c->kind, sizeof c->kind, kind);
    if (strcmp(kind, "cnn") != 0) {
        c->stage = idc_json_int(r, o, "encoder.stage", 1, 8, 4);
        return;
    }
    idc_json_ints(r, o, "encoder.widths", c->widths, 4, 1, 4096);
    json_t *given = json_object_get(o, "attributes");
    json_t *ours = json_loads(attributes_text, 0, NULL);
    if (given && ours && !json_equal(given, ours))
        idc_json_fail(r, IDC_E_UNSUPPORTED, "encoder.attributes: only CLEVR's are known");
    json_decref(ours);
}

static void parse_matching(idc_json_reader *r, json_t *o, idc_matching_config *m)
{
    static const char *const known[] = {"heads", "reduce", "hidden", NULL};
    if (!o || json_is_null(o) || json_is_false(o))
        return;
    idc_json_known(r, o, "network.matching", known);
    m->heads = idc_json_int(r, o, "network.matching.heads", 1, 64, -1);
    m->reduce = idc_json_int(r, o, "network.matching.reduce", 1, 4096, -1);
    m->hidden = idc_json_int(r, o, "network.matching.hidden", 1, 65536, -1);
}

static void parse_network(idc_json_reader *r, json_t *o, idc_network_config *c)
{
    static const char *const known[] = {"width",         "heads",        "feed_forward",
                                        "single_blocks", "pair_blocks",  "cross_blocks",
                                        "feature",       "grid",         "pool",
                                        "projection",    "position",     "norm",
                                        "matching",      "helper_heads", "caption",
                                        "tied_output",   "max_length",   "dropout",
                                        "itc",           "fda",          NULL};
    idc_json_known(r, o, "network", known);
    c->width = idc_json_int(r, o, "network.width", 2, 4096, -1);
    c->heads = idc_json_int(r, o, "network.heads", 1, 64, -1);
    c->feed_forward = idc_json_int(r, o, "network.feed_forward", 1, 65536, -1);
    c->single_blocks = idc_json_int(r, o, "network.single_blocks", 0, 32, 1);
    c->pair_blocks = idc_json_int(r, o, "network.pair_blocks", 0, 32, 1);
    c->cross_blocks = idc_json_int(r, o, "network.cross_blocks", 1, 32, -1);
    c->feature = idc_json_int(r, o, "network.feature", 1, 8192, -1);
    idc_json_ints(r, o, "network.grid", c->grid, 2, 1, 256);
    c->pool = idc_json_int(r, o, "network.pool", 0, 2, 0);
    c->max_length = idc_json_int(r, o, "network.max_length", 4, 512, 40);
    c->dropout = (float)idc_json_double(r, o, "network.dropout", 0.0, 0.95, 0.0);
    c->itc = idc_json_int(r, o, "network.itc", 0, 4096, 0);
    c->projection =
        (enum idc_projection)idc_json_choice(r, o, "network.projection", projections, 0);
    c->position = (enum idc_position)idc_json_choice(r, o, "network.position", positions, 0);
    c->norm = (enum idc_norm_form)idc_json_choice(r, o, "network.norm", norms, 0);
    c->caption = (enum idc_caption_task)idc_json_choice(r, o, "network.caption", captions, 0);
    c->helper_heads = idc_json_bool(r, o, "network.helper_heads", false);
    c->tied_output = idc_json_bool(r, o, "network.tied_output", false);
    c->fda = idc_json_bool(r, o, "network.fda", false);
    parse_matching(r, json_object_get(o, "matching"), &c->matching);
}

static void parse_types(idc_json_reader *r, json_t *list, idc_model_config *c)
{
    size_t n = sizeof default_types / sizeof *default_types;
    if (list)
        n = json_array_size(list);
    if (n < 2 || n > IDC_MAX_TYPES) {
        idc_json_fail(r, IDC_E_RANGE, "types: expected a list of 2 to %d names", IDC_MAX_TYPES);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *s = list ? json_string_value(json_array_get(list, i)) : default_types[i];
        if (!s || !*s || strlen(s) >= sizeof c->types[i]) {
            idc_json_fail(r, IDC_E_INVALID, "types: name %zu is no string of 1 to %zu bytes", i,
                          sizeof c->types[i] - 1);
            return;
        }
        idc_json_copy(c->types[i], sizeof c->types[i], s);
    }
    c->network.types = (int)n;
}

static void parse_vocabulary(idc_json_reader *r, json_t *list, idc_model_config *c)
{
    size_t n = json_array_size(list);
    if (!list || r->rc < 0)
        return;
    const char **words = calloc(n ? n : 1, sizeof *words);
    if (!words) {
        idc_json_fail(r, IDC_E_MEMORY, "vocabulary: no memory");
        return;
    }
    for (size_t i = 0; i < n && r->rc == 0; i++) {
        words[i] = json_string_value(json_array_get(list, i));
        if (!words[i])
            idc_json_fail(r, IDC_E_INVALID, "vocabulary: word %zu is no string", i);
    }
    idc_error err = IDC_NO_ERROR;
    if (r->rc == 0 && idc_vocabulary_new(&c->vocabulary, words, n, &err) < 0)
        idc_json_fail(r, err.code, "%s", err.text);
    if (c->vocabulary)
        c->network.words = (int)idc_vocabulary_size(c->vocabulary);
    free(words);
}

/* Of older files the plain sentence, where the vocabulary has its words. */
static void parse_no_change(idc_json_reader *r, const json_t *given, idc_model_config *c)
{
    static const char plain[] = "there is no change";
    const char *s = json_string_value(given), *rest = plain;
    char lacking[32];
    if (given && (!s || strlen(s) >= sizeof c->no_change))
        idc_json_fail(r, IDC_E_INVALID, "no_change: expected a sentence of at most %zu bytes",
                      sizeof c->no_change - 1);
    else if (s)
        idc_json_copy(c->no_change, sizeof c->no_change, s);
    else if (c->vocabulary &&
             !idc_vocabulary_next_unknown(c->vocabulary, &rest, lacking, sizeof lacking))
        idc_json_copy(c->no_change, sizeof c->no_change, plain);
}

/* The encoder's grid and width, which the network's must equal. */
static void check_encoder(idc_json_reader *r, const idc_model_config *c)
{
    idc_encoder_spec spec = {
        .stage = c->encoder.stage, .width = c->input.size[0], .height = c->input.size[1]};
    idc_error err = IDC_NO_ERROR;
    int stride, feature;
    idc_json_copy(spec.kind, sizeof spec.kind, c->encoder.kind);
    memcpy(spec.widths, c->encoder.widths, sizeof spec.widths);
    if (idc_encoder_shape(&spec, &stride, &feature, &err) < 0) {
        idc_json_fail(r, err.code, "%s", err.text);
        return;
    }
    int rows = (c->input.size[1] + stride - 1) / stride;
    int columns = (c->input.size[0] + stride - 1) / stride;
    if (c->network.grid[0] != rows || c->network.grid[1] != columns ||
        c->network.feature != feature)
        idc_json_fail(r, IDC_E_MISMATCH,
                      "network expects %d x %d cells of %d numbers, encoder gives %d x %d of %d",
                      c->network.grid[0], c->network.grid[1], c->network.feature, rows, columns,
                      feature);
}

static void check(idc_json_reader *r, const idc_model_config *c)
{
    const idc_network_config *n = &c->network;
    if (n->width % 2 != 0 || n->width % n->heads != 0)
        idc_json_fail(r, IDC_E_INVALID, "network.width %d is not even, or no multiple of %d heads",
                      n->width, n->heads);
    else if (n->matching.heads && n->width % n->matching.heads != 0)
        idc_json_fail(r, IDC_E_INVALID, "network.width %d is no multiple of %d matching heads",
                      n->width, n->matching.heads);
    else if (n->pool == 1 || (n->pool && (n->grid[0] % 2 || n->grid[1] % 2)))
        idc_json_fail(r, IDC_E_INVALID, "network.pool must be 0, or 2 over an even grid");
    else if (idc_network_cells(n, NULL, NULL) > 4096)
        idc_json_fail(r, IDC_E_RANGE, "network.grid: more than 4096 cells");
    else if (c->encoder.kind[0])
        check_encoder(r, c);
}

int idc_model_config_parse(idc_model_config *config, const char *json, const char *name,
                           idc_error *err)
{
    static const char *const known[] = {"name",        "input",  "encoder",    "network",   "types",
                                        "calibration", "domain", "vocabulary", "no_change", NULL};
    memset(config, 0, sizeof *config);
    idc_json_reader r = {.name = name, .err = err};
    json_error_t where;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(root)) {
        json_decref(root);
        return idc_fail(err, IDC_E_INVALID, "%s: configuration: %s", name,
                        root ? "not an object" : where.text);
    }
    idc_json_known(&r, root, "configuration", known);
    const char *title = json_string_value(json_object_get(root, "name"));
    idc_json_copy(config->name, sizeof config->name, title ? title : "");
    json_t *encoder = json_object_get(root, "encoder");
    if (encoder) {
        parse_input(&r, json_object_get(root, "input"), &config->input);
        parse_encoder(&r, encoder, &config->encoder);
    }
    parse_network(&r, json_object_get(root, "network"), &config->network);
    parse_types(&r, json_object_get(root, "types"), config);
    json_t *calibration = json_object_get(root, "calibration");
    config->temperature = idc_json_double(&r, calibration, "calibration.temperature", 1e-3, 1e3, 1);
    config->none_bias = idc_json_double(&r, calibration, "calibration.none_bias", -1e3, 1e3, 0);
    json_t *domain = json_object_get(root, "domain");
    config->domain_threshold = idc_json_double(&r, domain, "domain.threshold", 0, 1e30, 0);
    parse_vocabulary(&r, json_object_get(root, "vocabulary"), config);
    parse_no_change(&r, json_object_get(root, "no_change"), config);
    if (r.rc == 0)
        check(&r, config);
    json_decref(root);
    if (r.rc < 0)
        idc_model_config_fini(config);
    return r.rc;
}

static json_t *numbers(const float *values, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_real((double)values[i]));
    return list;
}

static json_t *print_encoder(const idc_encoder_config *c)
{
    if (strcmp(c->kind, "cnn") != 0)
        return json_pack("{s:s, s:i}", "kind", c->kind, "stage", c->stage);
    return json_pack("{s:s, s:[i,i,i,i], s:o}", "kind", c->kind, "widths", c->widths[0],
                     c->widths[1], c->widths[2], c->widths[3], "attributes",
                     json_loads(attributes_text, 0, NULL));
}

static json_t *print_network(const idc_network_config *c)
{
    json_t *o = json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:[i,i], s:i, s:s, s:s, s:s}", "width", c->width,
        "heads", c->heads, "feed_forward", c->feed_forward, "single_blocks", c->single_blocks,
        "pair_blocks", c->pair_blocks, "cross_blocks", c->cross_blocks, "feature", c->feature,
        "grid", c->grid[0], c->grid[1], "pool", c->pool, "projection", projections[c->projection],
        "position", positions[c->position], "norm", norms[c->norm]);
    if (c->matching.heads)
        json_object_set_new(o, "matching",
                            json_pack("{s:i, s:i, s:i}", "heads", c->matching.heads, "reduce",
                                      c->matching.reduce, "hidden", c->matching.hidden));
    json_object_set_new(o, "helper_heads", json_boolean(c->helper_heads));
    json_object_set_new(o, "caption", json_string(captions[c->caption]));
    json_object_set_new(o, "tied_output", json_boolean(c->tied_output));
    json_object_set_new(o, "max_length", json_integer(c->max_length));
    json_object_set_new(o, "dropout", json_real((double)c->dropout));
    if (c->fda)
        json_object_set_new(o, "fda", json_true());
    if (c->itc)
        json_object_set_new(o, "itc", json_integer(c->itc));
    return o;
}

char *idc_model_config_print(const idc_model_config *c)
{
    json_t *o = json_pack("{s:s}", "name", c->name);
    if (c->encoder.kind[0]) {
        json_object_set_new(o, "input",
                            json_pack("{s:[i,i], s:s, s:o, s:o}", "size", c->input.size[0],
                                      c->input.size[1], "filter", c->input.filter, "mean",
                                      numbers(c->input.mean, 3), "scale",
                                      numbers(c->input.scale, 3)));
        json_object_set_new(o, "encoder", print_encoder(&c->encoder));
    }
    json_object_set_new(o, "network", print_network(&c->network));
    json_t *types = json_array();
    for (int i = 0; i < c->network.types; i++)
        json_array_append_new(types, json_string(c->types[i]));
    json_object_set_new(o, "types", types);
    json_object_set_new(
        o, "calibration",
        json_pack("{s:f, s:f}", "temperature", c->temperature, "none_bias", c->none_bias));
    json_object_set_new(o, "domain", json_pack("{s:f}", "threshold", c->domain_threshold));
    if (c->no_change[0])
        json_object_set_new(o, "no_change", json_string(c->no_change));
    if (c->vocabulary) {
        json_t *words = json_array();
        for (size_t i = 0; i < idc_vocabulary_size(c->vocabulary); i++)
            json_array_append_new(words, json_string(idc_vocabulary_word(c->vocabulary, (int)i)));
        json_object_set_new(o, "vocabulary", words);
    }
    char *text = json_dumps(o, JSON_REAL_PRECISION(9));
    json_decref(o);
    return text;
}

void idc_model_config_fini(idc_model_config *config)
{
    if (config->vocabulary)
        idc_vocabulary_free(&config->vocabulary);
}

int idc_network_cells(const idc_network_config *c, int *rows, int *columns)
{
    int h = c->pool ? c->grid[0] / c->pool : c->grid[0];
    int w = c->pool ? c->grid[1] / c->pool : c->grid[1];
    if (rows)
        *rows = h;
    if (columns)
        *columns = w;
    return h * w;
}
