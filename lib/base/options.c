/* options.c: GNU long options from a table. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "base/tool_state.h"

static _Noreturn void bad_value(idc_tool *tool, const idc_option *o, const char *value,
                                const char *wanted)
{
    idc_tool_usage(tool, "--%s: '%s' is not %s", o->name, value, wanted);
}

static int64_t parse_int(idc_tool *tool, const idc_option *o, const char *value)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (end == value || *end || errno || v < 0)
        bad_value(tool, o, value, "a whole number of 0 or more");
    return v;
}

static double parse_double(idc_tool *tool, const idc_option *o, const char *value)
{
    char *end;
    double v = strtod(value, &end);
    if (end == value || *end || !isfinite(v))
        bad_value(tool, o, value, "a number");
    if (o->type == IDC_OPT_UNIT && (v < 0 || v > 1))
        bad_value(tool, o, value, "within 0 and 1");
    return v;
}

static void parse_size(idc_tool *tool, const idc_option *o, const char *value, int *size)
{
    if (strcmp(value, "native") == 0) {
        size[0] = size[1] = 0;
        return;
    }
    char *end;
    long w = strtol(value, &end, 10), h = 0;
    if (end != value && *end == 'x') {
        const char *second = end + 1;
        h = strtol(second, &end, 10);
        if (end == second || *end)
            h = 0;
    }
    if (w < 1 || w > 65535 || h < 1 || h > 65535)
        bad_value(tool, o, value, "a size like 240x160, or native");
    size[0] = (int)w;
    size[1] = (int)h;
}

static void add_to_list(idc_tool *tool, const idc_option *o, const char *value,
                        idc_string_list *list)
{
    if (list->count == IDC_MAX_LIST)
        idc_tool_usage(tool, "--%s: given more than %d times", o->name, IDC_MAX_LIST);
    list->items[list->count++] = value;
}

static void store_stream(idc_tool *tool, const idc_option *o, const char *value)
{
    idc_tool_streams *s = &tool->streams;
    if (strcmp(o->name, "input") == 0)
        add_to_list(tool, o, value, &s->inputs);
    else if (strcmp(o->name, "output") == 0)
        s->output = value;
    else if (strcmp(o->name, "hwm") == 0) {
        s->hwm = parse_int(tool, o, value);
        if (s->hwm < 1 || s->hwm > 1000000)
            bad_value(tool, o, value, "within 1 and 1000000");
    } else if (strcmp(o->name, "when-full") == 0) {
        s->drop_oldest = strcmp(value, "drop-oldest") == 0;
        if (!s->drop_oldest && strcmp(value, "wait") != 0)
            bad_value(tool, o, value, "wait or drop-oldest");
    } else if (strcmp(o->name, "flush") == 0)
        s->flush = true;
    else if (strcmp(o->name, "quiet") == 0)
        tool->quiet = true;
    else if (strcmp(o->name, "verbose") == 0)
        tool->verbose = true;
}

static void store(idc_tool *tool, const idc_option *o, const char *value)
{
    void *at = tool->job ? (char *)tool->job + o->offset : NULL;
    switch (o->type) {
    case IDC_OPT_FLAG:
        *(bool *)at = true;
        break;
    case IDC_OPT_STRING:
        *(const char **)at = value;
        break;
    case IDC_OPT_LIST:
        add_to_list(tool, o, value, at);
        break;
    case IDC_OPT_INT:
        *(int64_t *)at = parse_int(tool, o, value);
        break;
    case IDC_OPT_DOUBLE:
    case IDC_OPT_UNIT:
        *(double *)at = parse_double(tool, o, value);
        break;
    case IDC_OPT_SIZE:
        parse_size(tool, o, value, at);
        break;
    case IDC_OPT_STREAM:
        store_stream(tool, o, value);
        break;
    case IDC_OPT_END:
        break;
    }
}

/* The option of that name, or the only one that begins so; a usage error with the nearest name otherwise. */
static const idc_option *find_long(idc_tool *tool, const char *name, size_t n)
{
    const idc_option *begins = NULL, *near = NULL;
    int beginners = 0, best = 3;
    for (const idc_option *o = tool->about->options; o->type != IDC_OPT_END; o++) {
        if (strncmp(o->name, name, n) == 0) {
            if (!o->name[n])
                return o;
            begins = o;
            beginners++;
        }
        int d = idc_near_edits(name, n, o->name);
        if (d < best) {
            best = d;
            near = o;
        }
    }
    if (beginners == 1)
        return begins;
    if (beginners > 1)
        idc_tool_usage(tool, "option '--%.*s' is ambiguous", (int)n, name);
    if (near)
        idc_tool_usage(tool, "unknown option '--%.*s'; did you mean '--%s'?", (int)n, name,
                       near->name);
    idc_tool_usage(tool, "unknown option '--%.*s'", (int)n, name);
}

static void take_long(idc_tool *tool, char **argv, int argc, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    if (n == 4 && strncmp(name, "help", 4) == 0) {
        idc_help_print(tool->about);
        exit(fflush(stdout) == 0 ? 0 : 1);
    }
    if (n == 7 && strncmp(name, "version", 7) == 0) {
        printf("%s (idc) %s\n", tool->about->name, IDC_VERSION);
        exit(fflush(stdout) == 0 ? 0 : 1);
    }
    const idc_option *o = find_long(tool, name, n);
    if (!o->arg) {
        if (equals)
            idc_tool_usage(tool, "option '--%s' takes no argument", o->name);
        store(tool, o, NULL);
        return;
    }
    if (!equals && *i + 1 >= argc)
        idc_tool_usage(tool, "option '--%s' wants an argument (%s)", o->name, o->arg);
    store(tool, o, equals ? equals + 1 : argv[++*i]);
}

static void take_letters(idc_tool *tool, char **argv, int argc, int *i)
{
    for (const char *c = argv[*i] + 1; *c; c++) {
        const idc_option *o = tool->about->options;
        while (o->type != IDC_OPT_END && o->letter != *c)
            o++;
        if (o->type == IDC_OPT_END)
            idc_tool_usage(tool, "unknown option '-%c'", *c);
        if (!o->arg) {
            store(tool, o, NULL);
            continue;
        }
        if (c[1])
            store(tool, o, c + 1);
        else if (*i + 1 < argc)
            store(tool, o, argv[++*i]);
        else
            idc_tool_usage(tool, "option '-%c' wants an argument (%s)", *c, o->arg);
        return;
    }
}

void idc_options_parse(idc_tool *tool, int argc, char **argv)
{
    tool->argv = calloc((size_t)argc + 1, sizeof *tool->argv);
    if (!tool->argv) {
        idc_tool_error(tool, "no memory");
        exit(1);
    }
    bool options = true;
    for (int i = 1; i < argc; i++) {
        if (!options || argv[i][0] != '-' || !argv[i][1])
            tool->argv[tool->argc++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            options = false;
        else if (argv[i][1] == '-')
            take_long(tool, argv, argc, &i);
        else
            take_letters(tool, argv, argc, &i);
    }
}
