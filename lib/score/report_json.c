#include <math.h>
#include <string.h>

#include "score/report.h"
#include "text/unicode.h"

void idc_report_json_string(const char *s, FILE *to)
{
    size_t length = strlen(s);
    fputc('"', to);
    for (size_t at = 0; at < length;) {
        uint32_t c = idc_utf8_next(s, length, &at);
        char bytes[4];
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", (char)c);
        else if (c < 0x20)
            fprintf(to, "\\u%04x", c);
        else
            fwrite(bytes, 1, idc_utf8_put(bytes, c), to);
    }
    fputc('"', to);
}

static void number(double x, FILE *to)
{
    if (isfinite(x))
        fprintf(to, "%.17g", x);
    else
        fputs("null", to);
}

static void print_values(const idc_report *r, const double *values, FILE *to)
{
    for (int c = 0; c < r->scores->column_count; c++) {
        fprintf(to, "%s\"%s\": ", c ? ", " : "", r->scores->names[c]);
        number(values[c], to);
    }
}

static void print_overall(const idc_report *r, int system, FILE *to)
{
    const idc_scores *s = &r->scores[system];
    double mean = idc_scores_mean_of_four(s, s->overall);
    fputs("\"overall\": {", to);
    print_values(r, s->overall, to);
    fputs("}", to);
    if (isfinite(mean))
        fprintf(to, ", \"S*m\": %.17g", mean);
    for (int c = 0; r->judgement->has_intervals && c < s->column_count; c++) {
        const idc_interval *i = &r->judgement->intervals[system * s->column_count + c];
        fprintf(to, "%s\"%s\": [%.17g, %.17g]", c ? ", " : ", \"intervals\": {", s->names[c],
                i->low, i->high);
    }
    fputs(r->judgement->has_intervals ? "}" : "", to);
    for (int c = 0; r->judgement->has_p && system > 0 && c < s->column_count; c++)
        fprintf(to, "%s\"%s\": %.17g", c ? ", " : ", \"p\": {", s->names[c],
                r->judgement->p[system * s->column_count + c]);
    fputs(r->judgement->has_p && system > 0 ? "}" : "", to);
}

static void print_items(const idc_report *r, int system, FILE *to)
{
    double values[IDC_MAX_SCORES];
    fputs("\"per_item\": {", to);
    for (size_t i = 0; i < r->scores[system].item_count; i++) {
        fputs(i ? ",\n" : "\n", to);
        idc_report_json_string(r->corpus->items[r->corpus->scored[i]].id, to);
        fputs(": {", to);
        idc_scores_item(&r->scores[system], i, values);
        print_values(r, values, to);
        fputs("}", to);
    }
    fputs("}", to);
}

static void print_changes(const idc_report *r, FILE *to)
{
    const idc_changes *x = r->changes;
    for (int g = 0; g < x->group_count; g++) {
        fputs(g ? ", " : ",\n\"by_type\": {", to);
        idc_report_json_string(x->groups[g].name, to);
        fprintf(to, ": {\"items\": %zu, ", x->groups[g].items);
        print_values(r, x->groups[g].values, to);
        fputs("}", to);
    }
    fputs(x->group_count ? "}" : "", to);
    if (!x->with_sentences)
        return;
    fprintf(to,
            ",\n\"change\": {\"said_changed\": %zu, \"missed\": %zu, \"false_alarm\": %zu, "
            "\"said_unchanged\": %zu",
            x->confusion[1][1], x->confusion[1][0], x->confusion[0][1], x->confusion[0][0]);
    fprintf(to, ", \"unread\": %zu, \"precision\": ", x->unread);
    number(x->precision, to);
    fputs(", \"recall\": ", to);
    number(x->recall, to);
    fputs(", \"hallucination\": ", to);
    number(x->hallucination, to);
    fputs("},\n\"slots\": {", to);
    for (int s = 0; s < x->slot_count; s++) {
        fputs(s ? ", " : "", to);
        idc_report_json_string(x->slots[s].name, to);
        fprintf(to, ": {\"right\": %zu, \"asked\": %zu}", x->slots[s].right, x->slots[s].asked);
    }
    fputs("}", to);
}

static void print_seeds(const idc_report *r, FILE *to)
{
    for (int c = 0; c < r->scores->column_count; c++) {
        const idc_seed_summary *s = &r->judgement->seeds[c];
        fprintf(to, "%s\"%s\": {\"mean\": %.17g, \"sd\": ", c ? ", " : ",\n\"seeds\": {",
                r->scores->names[c], s->mean);
        number(s->sd, to);
        fputs(", \"interval\": [", to);
        number(s->low, to);
        fputs(", ", to);
        number(s->high, to);
        fputs("]}", to);
    }
    fputs("}", to);
}

void idc_report_json(const idc_report *r, FILE *to)
{
    fputs("{\"signature\": ", to);
    idc_report_json_string(r->signature, to);
    if (r->systems > 1)
        fputs(",\n\"systems\": {", to);
    for (int k = 0; k < r->systems; k++) {
        fputs(k ? ",\n" : r->systems > 1 ? "\n" : ",\n", to);
        if (r->systems > 1) {
            idc_report_json_string(r->names[k], to);
            fputs(": {", to);
        }
        print_overall(r, k, to);
        fputs(",\n", to);
        print_items(r, k, to);
        fputs(r->systems > 1 ? "}" : "", to);
    }
    fputs(r->systems > 1 ? "}" : "", to);
    if (r->changes)
        print_changes(r, to);
    if (r->judgement->has_seeds)
        print_seeds(r, to);
    fputs("}\n", to);
}
