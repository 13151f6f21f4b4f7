#include "model/objective.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/objective_parts.h"

#define V(name) IDC_VECTOR_BIT(IDC_VECTOR_##name)
#define TWIN (V(TWIN_PAIR) | V(TWIN_TEXT))

/* clang-format off */
static const idc_objective table[] = {
    {"infonce", "each pair picks its sentence, each sentence its pair", idc_objective_infonce, 0, 0, 0, " tau focal distill momentum ramp dedup "},
    {"dcl",     "the right one is not in its own denominator", idc_objective_dcl, 0, 0.1, 0, " tau dedup same "},
    {"dclw",    "dcl, where pairs that are far apart pull more", idc_objective_dclw, 0, 0.1, 0, " tau dedup same sigma attach "},
    {"cwcl",    "sentences alike are right to that degree", idc_objective_cwcl, IDC_NEEDS_ALIKE, 0, 0, " tau focal dedup "},
    {"onetok",  "several sentences of a pair, all right", idc_objective_onetok, IDC_TAKES_CAPTIONS, 0, 0, " tau focal dedup captions "},
    {"symile",  "both pictures and the sentence at once", idc_objective_symile, V(BEFORE) | V(AFTER), 0, 0, " tau dedup all "},
    {"cacr",    "far positives attract, near negatives repel more", idc_objective_cacr, IDC_TAKES_CAPTIONS, 1, 0, " tau dedup attract repel rbf attach captions "},
    {"svco",    "better than no pictures, and those better than contrary ones", idc_objective_svco, V(ABSENT) | V(CONTRARY) | V(CONTRARY_TEXT), 0.1, 0, " tau contrary "},
    {"coca",    "infonce with words and with hidden cells", idc_objective_coca, 0, 0, 0, " tau focal distill momentum ramp dedup words cells ratio "},
    {"tcl",     "across, within, and wholes with parts, against a twin", idc_objective_tcl, TWIN | V(LOCAL_PAIR) | V(LOCAL_TEXT), 0, 0.4, " tau focal distill momentum ramp dedup "},
};

#define O(field) offsetof(idc_objective_options, field)
static const idc_objective_option option_table[] = {
    {"tau",      O(tau),      0,     0,    100,    0, "temperature; 0: the objective's own, of most a learned one", {NULL}},
    {"focal",    O(focal),    0,     0,    20,     0, "exponent of the focal factor (1 - p)^focal", {NULL}},
    {"distill",  O(distill),  0,     0,    1,      0, "share of a twin's softmax in the targets", {NULL}},
    {"momentum", O(momentum), 0.995, 0,    1,      0, "of the twin, a moving average of the network", {NULL}},
    {"ramp",     O(ramp),     0,     0,    1e9,    1, "steps over which distill rises to its value", {NULL}},
    {"dedup",    O(dedup),    1,     0,    2,      1, "other pairs with the same sentence: off (negatives), drop (left out) or share (positives)", {"off", "drop", "share"}},
    {"captions", O(captions), 4,     1,    16,     1, "onetok, cacr: sentences of a pair", {NULL}},
    {"same",     O(same),     0,     0,    1,      1, "dcl, dclw: other pairs are negatives of a pair, other sentences of a sentence", {NULL}},
    {"sigma",    O(sigma),    0.5,   1e-3, 1e3,    0, "dclw: of the weights", {NULL}},
    {"attach",   O(attach),   0,     0,    1,      1, "dclw, cacr: gradients go through the weights", {NULL}},
    {"attract",  O(attract),  1,     0,    100,    0, "cacr: how much more far positives attract", {NULL}},
    {"repel",    O(repel),    1,     0,    100,    0, "cacr: how much more near negatives repel", {NULL}},
    {"rbf",      O(rbf),      0,     0,    100,    0, "cacr: repulsion by exp(-rbf d), under a logarithm; 0: by distance", {NULL}},
    {"all",      O(all),      0,     0,    1,      1, "symile: every candidate (1) or as many drawn as pairs (0)", {NULL}},
    {"contrary", O(contrary), 0,     0,    1,      1, "svco: the contrary pair is the pair backwards (swapped) or its first picture twice (still)", {"swapped", "still"}},
    {"words",    O(words),    2,     0,    1e6,    0, "coca: weight of the words", {NULL}},
    {"cells",    O(cells),    1,     0,    1e6,    0, "coca: weight of the hidden cells", {NULL}},
    {"ratio",    O(ratio),    0.5,   0,    1,      0, "coca: share of hidden cells", {NULL}},
};
/* clang-format on */
#define COUNT (sizeof table / sizeof table[0])

static const char *const vector_names[IDC_VECTORS] = {"pairs",
                                                      "sentences",
                                                      "pictures before",
                                                      "pictures after",
                                                      "pairs with hidden cells",
                                                      "contrary pairs",
                                                      "contrary sentences",
                                                      "the twin's pairs",
                                                      "the twin's sentences",
                                                      "the twin's cells",
                                                      "the twin's words"};

const idc_objective *idc_objectives(size_t *n)
{
    *n = COUNT;
    return table;
}

int idc_objective_from_name(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(name, table[i].name) == 0)
            return (int)i;
    return -1;
}

const idc_objective_option *idc_objective_option_table(size_t *n)
{
    *n = sizeof option_table / sizeof option_table[0];
    return option_table;
}

void idc_objective_defaults(idc_objective_options *o)
{
    *o = (idc_objective_options){0};
    for (size_t i = 0; i < sizeof option_table / sizeof option_table[0]; i++)
        *(double *)(void *)((char *)o + option_table[i].offset) = option_table[i].start;
}

const idc_objective *idc_objective_of(const idc_objective_options *o)
{
    return &table[(size_t)o->objective < COUNT ? (size_t)o->objective : 0];
}

idc_objective_options idc_objective_at(const idc_objective_options *o, uint64_t step)
{
    idc_objective_options now = *o;
    if (o->ramp > 0)
        now.distill *= fmin(1, ((double)step + 1) / o->ramp);
    return now;
}

bool idc_objective_takes(const idc_objective *row, const char *option)
{
    size_t n = strlen(option);
    for (const char *at = row->options; (at = strstr(at, option)) != NULL; at++)
        if (at[-1] == ' ' && at[n] == ' ')
            return true;
    return false;
}

unsigned idc_objective_needs(const idc_objective_options *o)
{
    const idc_objective *row = idc_objective_of(o);
    return row->needs | V(PAIR) | V(TEXT) |
           (o->distill > 0 && idc_objective_takes(row, "distill") ? TWIN : 0);
}

static int check(const idc_objective_options *o, const idc_objective_input *in, idc_error *err)
{
    const char *name = idc_objective_of(o)->name;
    unsigned needs = idc_objective_needs(o);
    if (in->items < 1 || in->width < 1 || in->captions < 1)
        return idc_fail(err, IDC_E_RANGE, "objective %s: %d pairs of %d numbers, %d sentences each",
                        name, in->items, in->width, in->captions);
    for (int v = 0; v < IDC_VECTORS; v++)
        if ((needs & IDC_VECTOR_BIT(v)) != 0 && in->vector[v] == NULL)
            return idc_fail(err, IDC_E_MISSING, "objective %s: needs %s", name, vector_names[v]);
    if ((needs & IDC_NEEDS_ALIKE) != 0 && in->alike == NULL)
        return idc_fail(err, IDC_E_MISSING, "objective %s: needs the likeness of sentences", name);
    if ((needs & IDC_TAKES_CAPTIONS) == 0 && in->captions > 1)
        return idc_fail(err, IDC_E_UNSUPPORTED, "objective %s: one sentence a pair, not %d", name,
                        in->captions);
    if ((needs & V(LOCAL_PAIR)) != 0 && (in->locals[0] < 1 || in->locals[1] < 1))
        return idc_fail(err, IDC_E_RANGE, "objective %s: %d parts of a pair, %d of a sentence",
                        name, in->locals[0], in->locals[1]);
    return 0;
}

int idc_objective_compute(const idc_objective_options *o, const idc_objective_input *in,
                          idc_objective_result *r, idc_error *err)
{
    int rc = check(o, in, err);
    if (rc < 0)
        return rc;
    const idc_objective *row = idc_objective_of(o);
    double tau = o->tau > 0 ? o->tau : row->tau;
    idc_objective_call c = {.row = row,
                            .o = o,
                            .in = in,
                            .r = r,
                            .arena = idc_arena_new(0),
                            .scale = tau > 0 ? 1 / tau : exp(in->log_scale),
                            .learned = tau <= 0};
    if (c.arena == NULL)
        return idc_objective_no_memory(err);
    r->loss = r->log_scale = 0;
    for (int v = 0; v < IDC_VECTORS_TRAINED; v++)
        if (r->gradient[v] != NULL)
            memset(r->gradient[v], 0,
                   (size_t)idc_objective_rows(in, (enum idc_vector)v) * (size_t)in->width *
                       sizeof(double));
    rc = row->compute(&c, err);
    idc_arena_free(&c.arena);
    return rc;
}
