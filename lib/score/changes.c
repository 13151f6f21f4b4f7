#include "score/changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool idc_type_is_none(const char *type)
{
    static const char *const names[] = {"none",      "nonsemantic", "nochange",
                                        "no_change", "no change",   "no-change"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(type, names[k]) == 0)
            return true;
    return false;
}

/* Scores of some of the items: chosen[i] of them is a place in the measure's list. */
static int measure_group(idc_change_group *group, const idc_changes_input *in,
                         const uint32_t *chosen, idc_error *err)
{
    const idc_scores *s = in->scores;
    idc_measure m = *in->measure;
    uint32_t *items = malloc((group->items + 1) * sizeof *items);
    double *fresh = malloc((group->items + 1) * IDC_MAX_STATISTICS * sizeof *fresh),
           *values = group->values;
    int rc = items && fresh ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory for the tables by type");
    for (size_t i = 0; rc == 0 && i < group->items; i++)
        items[i] = in->measure->items[chosen[i]];
    m.items = items;
    m.item_count = group->items;
    for (int k = 0; rc == 0 && k < s->metric_count; k++) {
        const idc_metric *metric = s->metrics[k];
        size_t width = (size_t)metric->statistics;
        double sums[IDC_MAX_STATISTICS];
        if (metric->of_the_set)
            rc = metric->measure(&m, fresh, err);
        else
            for (size_t i = 0; i < group->items; i++)
                memcpy(fresh + i * width, s->statistics[k] + chosen[i] * width,
                       width * sizeof *fresh);
        idc_metric_sum(metric, fresh, rc == 0 ? group->items : 0, sums);
        metric->finish(sums, (double)group->items, values);
        values += metric->column_count;
    }
    free(items);
    free(fresh);
    return rc;
}

enum { TOTAL = -1, CHANGED = -2 };

static const char *type_of(const idc_changes_input *in, size_t i)
{
    return in->types ? in->types[in->measure->items[i]] : NULL;
}

static int add_group(idc_changes *x, const idc_changes_input *in, const char *name, int which,
                     uint32_t *chosen, idc_error *err)
{
    idc_change_group *group = &x->groups[x->group_count];
    *group = (idc_change_group){.name = name};
    for (size_t i = 0; i < in->measure->item_count; i++) {
        const char *type = type_of(in, i);
        bool in_it = which == TOTAL;
        if (type && which != TOTAL)
            in_it = which == CHANGED ? !idc_type_is_none(type) : strcmp(type, name) == 0;
        if (in_it)
            chosen[group->items++] = (uint32_t)i;
    }
    if (group->items == 0)
        return 0;
    x->group_count++;
    return measure_group(group, in, chosen, err);
}

static int add_groups(idc_changes *x, const idc_changes_input *in, idc_error *err)
{
    uint32_t *chosen = malloc((in->measure->item_count + 1) * sizeof *chosen);
    const char *names[IDC_MAX_GROUPS - 2];
    int count = 0,
        rc = chosen ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory for the tables by type");
    for (size_t i = 0; rc == 0 && i < in->measure->item_count; i++) {
        const char *type = type_of(in, i);
        int k = 0;
        while (type && k < count && strcmp(names[k], type) != 0)
            k++;
        if (type && k == count) {
            if (count == IDC_MAX_GROUPS - 2)
                rc = idc_fail(err, IDC_E_RANGE, "more than %d types of change", IDC_MAX_GROUPS - 2);
            else
                names[count++] = type;
        }
    }
    for (int k = 0; rc == 0 && k < count; k++)
        rc = add_group(x, in, names[k], 0, chosen, err);
    if (rc == 0)
        rc = add_group(x, in, "changed", CHANGED, chosen, err);
    if (rc == 0)
        rc = add_group(x, in, "total", TOTAL, chosen, err);
    free(chosen);
    return rc;
}

/* What all references state and agree on; *type: likewise. */
static idc_reading agreed(const idc_grammar *g, const idc_corpus *c, const idc_item *item)
{
    idc_reading all = {0};
    int slots = idc_grammar_slot_count(g);
    for (uint32_t k = 0, read = 0; k < item->reference_count; k++) {
        idc_reading r = idc_grammar_read(g, c->references[item->first_reference + k].text);
        if (!r.type)
            continue;
        if (read++ == 0) {
            all = r;
            continue;
        }
        if (all.type && strcmp(all.type, r.type) != 0)
            all.type = NULL;
        for (int s = 0; s < slots; s++)
            if (all.slots[s] && (!r.slots[s] || strcmp(all.slots[s], r.slots[s]) != 0))
                all.slots[s] = NULL;
        if (all.value && (!r.value || strcmp(all.value, r.value) != 0))
            all.value = NULL;
    }
    return all;
}

static void ask(idc_slot_score *slot, const char *wanted, const char *said)
{
    if (!wanted)
        return;
    slot->asked++;
    slot->right += said && strcmp(wanted, said) == 0;
}

static void read_sentences(idc_changes *x, const idc_changes_input *in)
{
    const idc_measure *m = in->measure;
    int slots = idc_grammar_slot_count(in->grammar);
    x->with_sentences = true;
    x->slot_count = slots + 2;
    x->slots[0].name = "type";
    x->slots[slots + 1].name = "new value";
    for (int s = 0; s < slots; s++)
        x->slots[s + 1].name = idc_grammar_slot(in->grammar, s);
    for (size_t i = 0; i < m->item_count; i++) {
        idc_reading wanted = agreed(in->grammar, m->corpus, &m->corpus->items[m->items[i]]);
        idc_reading said =
            idc_grammar_read(in->grammar, m->corpus->hypotheses[m->system][m->items[i]].text);
        const char *type = type_of(in, i) ? type_of(in, i) : wanted.type;
        x->unread += said.type == NULL;
        if (!type)
            continue;
        bool changed = !idc_type_is_none(type),
             says_change = !said.type || !idc_type_is_none(said.type);
        x->confusion[changed][says_change]++;
        if (changed) {
            ask(&x->slots[0], wanted.type ? wanted.type : type, said.type);
            for (int s = 0; s < slots; s++)
                ask(&x->slots[s + 1], wanted.slots[s], said.slots[s]);
            ask(&x->slots[slots + 1], wanted.value, said.value);
        }
    }
    double right = (double)x->confusion[1][1], false_alarm = (double)x->confusion[0][1];
    double missed = (double)x->confusion[1][0], quiet = (double)x->confusion[0][0];
    x->precision = right + false_alarm > 0 ? right / (right + false_alarm) : NAN;
    x->recall = right + missed > 0 ? right / (right + missed) : NAN;
    x->hallucination = false_alarm + quiet > 0 ? false_alarm / (false_alarm + quiet) : NAN;
}

int idc_changes_measure(idc_changes *x, const idc_changes_input *in, idc_error *err)
{
    *x = (idc_changes){0};
    int rc = in->types ? add_groups(x, in, err) : 0;
    if (rc == 0 && in->grammar)
        read_sentences(x, in);
    return rc;
}
