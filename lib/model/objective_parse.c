/* NAME[:option=value,…] of an objective. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "model/objective.h"

static int no_objective(const char *name, size_t n, idc_error *err)
{
    size_t count;
    const idc_objective *all = idc_objectives(&count), *near = all;
    for (size_t i = 1; i < count; i++)
        if (idc_near_edits(name, n, all[i].name) < idc_near_edits(name, n, near->name))
            near = &all[i];
    return idc_fail(err, IDC_E_MISSING, "no objective '%.*s' (did you mean '%s'?)", (int)n, name,
                    near->name);
}

static int no_option(const idc_objective *row, const char *name, size_t n, idc_error *err)
{
    size_t count;
    const idc_objective_option *all = idc_objective_option_table(&count), *near = NULL;
    for (size_t i = 0; i < count; i++)
        if (idc_objective_takes(row, all[i].name) &&
            (near == NULL ||
             idc_near_edits(name, n, all[i].name) < idc_near_edits(name, n, near->name)))
            near = &all[i];
    return idc_fail(err, IDC_E_MISSING, "%s: no option '%.*s' (did you mean '%s'? all:%s)",
                    row->name, (int)n, name, near != NULL ? near->name : "", row->options);
}

static int set_value(idc_objective_options *o, const idc_objective_option *row, const char *value,
                     idc_error *err)
{
    const char *name = idc_objective_of(o)->name;
    double *to = (void *)((char *)o + row->offset);
    for (int k = 0; row->names[k] != NULL; k++)
        if (strcmp(row->names[k], value) == 0) {
            *to = k;
            return 0;
        }
    char *end;
    errno = 0;
    double x = strtod(value, &end);
    if (end == value || *end != '\0' || errno != 0 || !isfinite(x))
        return idc_fail(err, IDC_E_INVALID, "%s: %s: '%s' is not a number%s%s", name, row->name,
                        value, row->names[0] != NULL ? ", nor one of its names as " : "",
                        row->names[0] != NULL ? row->names[0] : "");
    if (x < row->low || x > row->high || (row->whole && x != floor(x)))
        return idc_fail(err, IDC_E_RANGE, "%s: %s: %s is not a%s number in %g … %g", name,
                        row->name, value, row->whole ? " whole" : "", row->low, row->high);
    *to = x;
    return 0;
}

static int set_option(idc_objective_options *o, const char *text, size_t n, idc_error *err)
{
    const idc_objective *row = idc_objective_of(o);
    const char *equals = memchr(text, '=', n);
    size_t count, name = equals != NULL ? (size_t)(equals - text) : n;
    const idc_objective_option *all = idc_objective_option_table(&count);
    char value[40];
    if (equals == NULL || n - name - 1 >= sizeof value)
        return idc_fail(err, IDC_E_INVALID, "%s: '%.*s' is not OPTION=VALUE", row->name, (int)n,
                        text);
    snprintf(value, sizeof value, "%.*s", (int)(n - name - 1), equals + 1);
    for (size_t i = 0; i < count; i++) {
        if (strlen(all[i].name) != name || strncmp(all[i].name, text, name) != 0 ||
            !idc_objective_takes(row, all[i].name))
            continue;
        return set_value(o, &all[i], value, err);
    }
    return no_option(row, text, name, err);
}

int idc_objective_parse(idc_objective_options *o, const char *text, idc_error *err)
{
    size_t n = strcspn(text, ":");
    char name[32] = "";
    if (n < sizeof name)
        memcpy(name, text, n);
    int found = idc_objective_from_name(name), rc = 0;
    if (found < 0)
        return no_objective(text, n, err);
    idc_objective_defaults(o);
    o->objective = found;
    o->distill = idc_objective_of(o)->distill;
    for (const char *at = text[n] == ':' ? text + n + 1 : NULL; at != NULL && rc == 0;) {
        size_t length = strcspn(at, ",");
        rc = set_option(o, at, length, err);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return rc;
}
