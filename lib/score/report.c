#include "score/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Columns of text as wide as their widest cell, the first to the left, the others to the right. */
enum { CELL = 64 };
struct sheet {
    char (*cells)[CELL];
    int columns, rows;
};

static char *cell(const struct sheet *s, int row, int column)
{
    return s->cells[row * s->columns + column];
}

static struct sheet new_sheet(int columns, int rows)
{
    struct sheet s = {calloc((size_t)(columns * rows) + 1, CELL), columns, rows};
    return s;
}

/* Letters, not bytes: every byte of a UTF-8 letter but the first begins with the bits 10. */
static int width_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += (*text & 0xC0) != 0x80;
    return n;
}

static void print_sheet(const struct sheet *s, const idc_report *r, FILE *to)
{
    for (int row = 0; row < s->rows; row++) {
        fputs(r->colour && row == 0 ? "\033[1m" : "", to);
        for (int c = 0; c < s->columns; c++) {
            int width = 0, own = width_of(cell(s, row, c));
            for (int k = 0; k < s->rows; k++)
                width = width_of(cell(s, k, c)) > width ? width_of(cell(s, k, c)) : width;
            bool last_left = c == 0;
            fprintf(to, "%s%*s%s%*s", c ? "  " : "", last_left ? 0 : width - own, "",
                    cell(s, row, c), last_left && s->columns > 1 ? width - own : 0, "");
        }
        fputs(r->colour && row == 0 ? "\033[0m\n" : "\n", to);
    }
    free(s->cells);
}

static void put_score(const idc_report *r, char *to, int system, int c)
{
    const idc_scores *s = &r->scores[system];
    int k = system * s->column_count + c, n = snprintf(to, CELL, "%.4f", s->overall[c]);
    if (r->judgement->has_intervals)
        n += snprintf(to + n, (size_t)(CELL - n), " [%.4f, %.4f]", r->judgement->intervals[k].low,
                      r->judgement->intervals[k].high);
    if (r->judgement->has_p && system > 0)
        snprintf(to + n, (size_t)(CELL - n), " p %.4f", r->judgement->p[k]);
}

static void print_scores(const idc_report *r, FILE *to)
{
    int columns = r->scores->column_count;
    double mean = idc_scores_mean_of_four(r->scores, r->scores->overall);
    struct sheet s =
        new_sheet(r->systems + 1 + r->judgement->has_seeds, columns + 1 + isfinite(mean));
    if (!s.cells)
        return;
    snprintf(cell(&s, 0, 0), CELL, "metric");
    for (int k = 0; k < r->systems; k++)
        snprintf(cell(&s, 0, k + 1), CELL, "%.60s", r->names[k]);
    if (r->judgement->has_seeds)
        snprintf(cell(&s, 0, r->systems + 1), CELL, "mean ± sd [95 %%]");
    for (int c = 0; c < columns; c++) {
        snprintf(cell(&s, c + 1, 0), CELL, "%s", r->scores->names[c]);
        for (int k = 0; k < r->systems; k++)
            put_score(r, cell(&s, c + 1, k + 1), k, c);
        if (r->judgement->has_seeds)
            snprintf(cell(&s, c + 1, r->systems + 1), CELL, "%.4f ± %.4f [%.4f, %.4f]",
                     r->judgement->seeds[c].mean, r->judgement->seeds[c].sd,
                     r->judgement->seeds[c].low, r->judgement->seeds[c].high);
    }
    if (isfinite(mean)) {
        snprintf(cell(&s, columns + 1, 0), CELL, "S*m");
        for (int k = 0; k < r->systems; k++)
            snprintf(cell(&s, columns + 1, k + 1), CELL, "%.4f",
                     idc_scores_mean_of_four(&r->scores[k], r->scores[k].overall));
    }
    print_sheet(&s, r, to);
}

static void print_groups(const idc_report *r, FILE *to)
{
    const idc_changes *x = r->changes;
    int columns = r->scores->column_count;
    struct sheet s = new_sheet(columns + 2, x->group_count + 1);
    if (!s.cells)
        return;
    snprintf(cell(&s, 0, 0), CELL, "type");
    snprintf(cell(&s, 0, 1), CELL, "items");
    for (int c = 0; c < columns; c++)
        snprintf(cell(&s, 0, c + 2), CELL, "%s", r->scores->names[c]);
    for (int g = 0; g < x->group_count; g++) {
        snprintf(cell(&s, g + 1, 0), CELL, "%.60s", x->groups[g].name);
        snprintf(cell(&s, g + 1, 1), CELL, "%zu", x->groups[g].items);
        for (int c = 0; c < columns; c++)
            snprintf(cell(&s, g + 1, c + 2), CELL, "%.4f", x->groups[g].values[c]);
    }
    print_sheet(&s, r, to);
}

static void put_share(char *to, double share)
{
    if (isfinite(share))
        snprintf(to, CELL, "%.4f", share);
    else
        snprintf(to, CELL, "-");
}

static void print_sentences(const idc_report *r, FILE *to)
{
    const idc_changes *x = r->changes;
    struct sheet c = new_sheet(3, 3), s = new_sheet(3, x->slot_count + 4);
    if (c.cells && s.cells) {
        snprintf(cell(&c, 0, 0), CELL, "is \\ said");
        snprintf(cell(&c, 0, 1), CELL, "no change");
        snprintf(cell(&c, 0, 2), CELL, "change");
        for (int is = 0; is < 2; is++) {
            snprintf(cell(&c, is + 1, 0), CELL, is ? "change" : "no change");
            for (int said = 0; said < 2; said++)
                snprintf(cell(&c, is + 1, said + 1), CELL, "%zu", x->confusion[is][said]);
        }
        static const char *const names[] = {"change precision", "change recall", "hallucination"};
        const double shares[] = {x->precision, x->recall, x->hallucination};
        snprintf(cell(&s, 0, 0), CELL, "what is said");
        snprintf(cell(&s, 0, 1), CELL, "share");
        snprintf(cell(&s, 0, 2), CELL, "of");
        for (int k = 0; k < 3; k++) {
            snprintf(cell(&s, k + 1, 0), CELL, "%s", names[k]);
            put_share(cell(&s, k + 1, 1), shares[k]);
        }
        for (int k = 0; k < x->slot_count; k++) {
            snprintf(cell(&s, k + 4, 0), CELL, "%.50s right", x->slots[k].name);
            put_share(cell(&s, k + 4, 1), (double)x->slots[k].right / (double)x->slots[k].asked);
            snprintf(cell(&s, k + 4, 2), CELL, "%zu", x->slots[k].asked);
        }
        print_sheet(&c, r, to);
        fputc('\n', to);
        print_sheet(&s, r, to);
    } else {
        free(c.cells);
        free(s.cells);
    }
    if (x->unread)
        fprintf(to,
                "%zu sentences fit no template of the grammar; they count as stating a change\n",
                x->unread);
}

struct ranked {
    double score;
    size_t item;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->score != y->score ? (x->score > y->score) - (x->score < y->score)
                                : (x->item > y->item) - (x->item < y->item);
}

static void print_worst(const idc_report *r, FILE *to)
{
    size_t n = r->scores->item_count;
    struct ranked *list = malloc((n + 1) * sizeof *list);
    double values[IDC_MAX_SCORES];
    for (size_t i = 0; list && i < n; i++) {
        idc_scores_item(&r->scores[0], i, values);
        list[i] = (struct ranked){values[r->by], i};
    }
    if (list)
        qsort(list, n, sizeof *list, by_score);
    for (size_t k = 0; list && k < n && k < (size_t)r->worst; k++) {
        const idc_item *item = &r->corpus->items[r->corpus->scored[list[k].item]];
        fprintf(to, "\n%s  %s %.4f\n", item->id, r->scores->names[r->by], list[k].score);
        fprintf(to, "  %s%s%s\n", r->colour ? "\033[1m" : "",
                r->corpus->hypotheses[0][r->corpus->scored[list[k].item]].text,
                r->colour ? "\033[0m" : "");
        for (uint32_t f = 0; f < item->reference_count; f++)
            fprintf(to, "  = %s\n", r->corpus->references[item->first_reference + f].text);
    }
    free(list);
}

static void print_item_rows(const idc_report *r, int digits, FILE *to)
{
    double values[IDC_MAX_SCORES];
    fputs(r->systems > 1 ? "system\tid" : "id", to);
    for (int c = 0; c < r->scores->column_count; c++)
        fprintf(to, "\t%s", r->scores->names[c]);
    fputc('\n', to);
    for (int k = 0; k < r->systems; k++)
        for (size_t i = 0; i < r->scores[k].item_count; i++) {
            if (r->systems > 1)
                fprintf(to, "%s\t", r->names[k]);
            fputs(r->corpus->items[r->corpus->scored[i]].id, to);
            idc_scores_item(&r->scores[k], i, values);
            for (int c = 0; c < r->scores->column_count; c++)
                fprintf(to, "\t%.*g", digits, values[c]);
            fputc('\n', to);
        }
}

static void print_table(const idc_report *r, FILE *to)
{
    print_scores(r, to);
    if (r->changes && r->changes->group_count) {
        fputc('\n', to);
        print_groups(r, to);
    }
    if (r->changes && r->changes->with_sentences) {
        fputc('\n', to);
        print_sentences(r, to);
    }
    fprintf(to, "\n%s\n", r->signature);
    if (r->per_item) {
        fputc('\n', to);
        print_item_rows(r, 6, to);
    }
    if (r->worst)
        print_worst(r, to);
}

static void print_tsv(const idc_report *r, FILE *to)
{
    const idc_scores *s = r->scores;
    if (r->per_item) {
        print_item_rows(r, 17, to);
        return;
    }
    fputs("system\tmetric\tscore\tlow\thigh\tp\tsignature\n", to);
    for (int k = 0; k < r->systems; k++)
        for (int c = 0; c < s->column_count; c++) {
            int at = k * s->column_count + c;
            fprintf(to, "%s\t%s\t%.17g\t", r->names[k], s->names[c], r->scores[k].overall[c]);
            if (r->judgement->has_intervals)
                fprintf(to, "%.17g\t%.17g", r->judgement->intervals[at].low,
                        r->judgement->intervals[at].high);
            else
                fputc('\t', to);
            fputc('\t', to);
            if (r->judgement->has_p && k > 0)
                fprintf(to, "%.17g", r->judgement->p[at]);
            fprintf(to, "\t%s\n", r->signature);
        }
    for (int g = 0; r->changes && g < r->changes->group_count; g++)
        for (int c = 0; c < s->column_count; c++)
            fprintf(to, "%s: %s\t%s\t%.17g\t\t\t\t%s\n", r->names[0], r->changes->groups[g].name,
                    s->names[c], r->changes->groups[g].values[c], r->signature);
}

static void latex_text(const char *s, FILE *to)
{
    for (; *s; s++) {
        if (strchr("_&%#$", *s))
            fputc('\\', to);
        fputs(*s == '\\'  ? "\\textbackslash{}"
              : *s == '~' ? "\\textasciitilde{}"
                          : (char[]){*s, 0},
              to);
    }
}

/* As papers have it: times 100, one digit. */
static void latex_row(const idc_report *r, const char *name, const double *values, FILE *to)
{
    latex_text(name, to);
    for (int c = 0; c < r->scores->column_count; c++)
        fprintf(to, " & %.1f", 100 * values[c]);
    fputs(" \\\\\n", to);
}

static void print_latex(const idc_report *r, FILE *to)
{
    fprintf(to, "%% %s\n\\begin{tabular}{l", r->signature);
    for (int c = 0; c < r->scores->column_count; c++)
        fputc('r', to);
    fputs("}\n\\hline\n", to);
    for (int c = 0; c < r->scores->column_count; c++) {
        fputs(" & ", to);
        latex_text(r->scores->names[c], to);
    }
    fputs(" \\\\\n\\hline\n", to);
    for (int k = 0; k < r->systems; k++)
        latex_row(r, r->names[k], r->scores[k].overall, to);
    for (int g = 0; r->changes && g < r->changes->group_count; g++) {
        fputs(g ? "" : "\\hline\n", to);
        latex_row(r, r->changes->groups[g].name, r->changes->groups[g].values, to);
    }
    fputs("\\hline\n\\end{tabular}\n", to);
}

void idc_report_print(const idc_report *r, idc_report_form form, FILE *to)
{
    static void (*const print[])(const idc_report *, FILE *) = {print_table, idc_report_json,
                                                                print_tsv, print_latex};
    print[form](r, to);
}
