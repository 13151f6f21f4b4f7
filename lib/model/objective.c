#include "model/objective.h"

#include <math.h>
#include <string.h>

#include "model/objective_parts.h"

/* clang-format off */
static const idc_objective table[] = {
    {"infonce", "each pair picks its sentence, each sentence its pair", idc_objective_infonce, 0, 0, " tau focal distill dedup "},
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

void idc_objective_defaults(idc_objective_options *o)
{
    *o = (idc_objective_options){0};
}

const idc_objective *idc_objective_of(const idc_objective_options *o)
{
    return &table[(size_t)o->objective < COUNT ? (size_t)o->objective : 0];
}

static int check(const idc_objective_options *o, const idc_objective_input *in, idc_error *err)
{
    const idc_objective *row = idc_objective_of(o);
    unsigned needs = row->needs | IDC_VECTOR_BIT(IDC_VECTOR_PAIR) | IDC_VECTOR_BIT(IDC_VECTOR_TEXT);
    if (o->distill > 0)
        needs |= IDC_VECTOR_BIT(IDC_VECTOR_TWIN_PAIR) | IDC_VECTOR_BIT(IDC_VECTOR_TWIN_TEXT);
    if (in->items < 1 || in->width < 1 || in->captions < 1)
        return idc_fail(err, IDC_E_RANGE, "objective %s: %d pairs of %d numbers, %d sentences each",
                        row->name, in->items, in->width, in->captions);
    for (int v = 0; v < IDC_VECTORS; v++)
        if ((needs & IDC_VECTOR_BIT(v)) != 0 && in->vector[v] == NULL)
            return idc_fail(err, IDC_E_MISSING, "objective %s: needs %s", row->name,
                            vector_names[v]);
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
