/* constraints.c: see constraints.h. */
#include "model/constraints.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int lookup(int32_t *id, const idc_vocabulary *v, const char *word, idc_error *err)
{
    *id = idc_vocabulary_id(v, word, strlen(word));
    if (*id < IDC_SPECIALS)
        return idc_fail(err, IDC_E_MISSING, "the model has no word '%s'", word);
    return 0;
}

static bool has(const int32_t *ids, int n, int32_t id)
{
    for (int i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static int require(idc_constraints *c, int32_t id, const char *word, idc_error *err)
{
    if (has(c->forbidden, c->n_forbidden, id))
        return idc_fail(err, IDC_E_INVALID, "'%s' is both required and forbidden", word);
    if (has(c->required, c->n_required, id))
        return 0;
    if (c->n_required == IDC_MAX_REQUIRED)
        return idc_fail(err, IDC_E_RANGE, "more than %d words are required", IDC_MAX_REQUIRED);
    c->required[c->n_required++] = id;
    return 0;
}

int idc_constraints_init(idc_constraints *c, const idc_vocabulary *v, idc_word_list required,
                         idc_word_list forbidden, idc_error *err)
{
    int32_t id;
    int rc = 0;
    *c = (idc_constraints){0};
    c->forbidden = malloc(((size_t)forbidden.count + 1) * sizeof *c->forbidden);
    if (!c->forbidden)
        return idc_fail(err, IDC_E_MEMORY, "constraints: no memory");
    for (int i = 0; rc == 0 && i < forbidden.count; i++)
        if ((rc = lookup(&id, v, forbidden.words[i], err)) == 0)
            c->forbidden[c->n_forbidden++] = id;
    for (int i = 0; rc == 0 && i < required.count; i++)
        if ((rc = lookup(&id, v, required.words[i], err)) == 0)
            rc = require(c, id, required.words[i], err);
    if (rc < 0)
        idc_constraints_fini(c);
    return rc;
}

void idc_constraints_fini(idc_constraints *c)
{
    free(c->forbidden);
    *c = (idc_constraints){0};
}
