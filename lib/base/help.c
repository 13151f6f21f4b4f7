/* help.c: the text of --help, within 80 columns. */
#include <stdio.h>
#include <string.h>

#include "base/tool_state.h"

#define COLUMNS 80
#define HELP_COLUMN 28

/* Prints words from `column` on, wrapped with `indent` blanks on the lines that follow. */
static void print_wrapped(const char *text, int column, int indent)
{
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (column + word > COLUMNS - 1 && column > indent) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        column += printf("%.*s", word, text);
        text += word;
        while (*text == ' ')
            text++;
        int next = (int)strcspn(text, " ");
        if (next > 0 && column + 1 + next < COLUMNS)
            column += printf(" ");
        else if (next > 0)
            column = COLUMNS;
    }
    printf("\n");
}

static void print_option(const idc_option *o)
{
    char left[64];
    int n = o->letter ? snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name)
                      : snprintf(left, sizeof left, "      --%s", o->name);
    if (o->arg && n > 0 && (size_t)n < sizeof left)
        n += snprintf(left + n, sizeof left - (size_t)n, "=%s", o->arg);
    printf("%s", left);
    if (n >= HELP_COLUMN - 1) {
        printf("\n");
        n = 0;
    }
    printf("%*s", HELP_COLUMN - n, "");
    print_wrapped(o->help, HELP_COLUMN, HELP_COLUMN);
}

void idc_help_print(const idc_tool_about *about)
{
    int n = printf("Usage: %s ", about->name);
    print_wrapped(about->usage, n, n);
    print_wrapped(about->what, 0, 0);
    printf("\nExample:\n  ");
    print_wrapped(about->example, 2, 4);
    printf("\nOptions:\n");
    for (const idc_option *o = about->options; o->type != IDC_OPT_END; o++)
        print_option(o);
    printf("      --help                print this and exit\n"
           "      --version             print the version and exit\n");
}

void idc_help_print_short(const idc_tool_about *about)
{
    fprintf(stderr,
            "%s: %s\nUsage: %s %s\nExample: %s\nIt reads records from a pipe, or from -i ENDPOINT. "
            "Try '%s --help'.\n",
            about->name, about->what, about->name, about->usage, about->example, about->name);
}
