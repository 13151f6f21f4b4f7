#include "base/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tool_state.h"

/* The only global state: what a signal handler can reach. */
static volatile sig_atomic_t signal_came;
static int signal_pipe[2] = {-1, -1};

/* The handler resets itself (SA_RESETHAND): a second Ctrl-C ends a program that is stuck. */
static void on_signal(int number)
{
    int saved = errno;
    signal_came = number;
    ssize_t n = write(signal_pipe[1], "", 1);
    (void)n;
    errno = saved;
}

static void install_signals(void)
{
    if (signal_pipe[0] < 0 && pipe(signal_pipe) == 0)
        for (int i = 0; i < 2; i++) {
            fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
            fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
        }
    struct sigaction stop = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&stop.sa_mask);
    sigaction(SIGTERM, &stop, NULL);
    struct sigaction old;
    /* A shell starts background jobs with SIGINT ignored; that stays. */
    if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(SIGINT, &stop, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

idc_tool *idc_tool_start(const idc_tool_about *about, int argc, char **argv, void *job)
{
    idc_tool *tool = calloc(1, sizeof *tool);
    if (!tool) {
        fprintf(stderr, "%s: no memory\n", about->name);
        exit(1);
    }
    tool->about = about;
    tool->job = job;
    tool->streams.hwm = 64;
    tool->terminal = isatty(STDERR_FILENO);
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    tool->colour =
        tool->terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
    clock_gettime(CLOCK_MONOTONIC, &tool->started);
    idc_options_parse(tool, argc, argv);
    if (about->flags & IDC_TOOL_BINARY_IN)
        idc_tool_expect_input(tool);
    if (about->flags & IDC_TOOL_BINARY_OUT)
        idc_tool_refuse_terminal(tool);
    install_signals();
    return tool;
}

void idc_tool_expect_input(idc_tool *tool)
{
    if (tool->streams.inputs.count == 0 && isatty(STDIN_FILENO)) {
        idc_help_print_short(tool->about);
        exit(2);
    }
}

void idc_tool_refuse_terminal(idc_tool *tool)
{
    const char *o = tool->streams.output;
    if ((o && strcmp(o, "-") != 0) || !isatty(STDOUT_FILENO))
        return;
    idc_tool_error(
        tool,
        "records are binary and do not go to a terminal: add '| idc-cat --json' to read them, "
        "'> FILE' to keep them, or '-o ENDPOINT'");
    exit(2);
}

int idc_tool_operands(const idc_tool *tool, char ***operands)
{
    *operands = tool->argv;
    return tool->argc;
}

const char *idc_tool_name(const idc_tool *tool)
{
    return tool->about->name;
}

const idc_tool_streams *idc_tool_stream_options(const idc_tool *tool)
{
    return &tool->streams;
}

bool idc_tool_stopped(const idc_tool *tool)
{
    (void)tool;
    return signal_came != 0;
}

int idc_tool_signal_fd(const idc_tool *tool)
{
    (void)tool;
    return signal_pipe[0];
}

void idc_tool_item_failed(idc_tool *tool, const idc_error *err)
{
    idc_tool_error(tool, "%s", err->text);
    atomic_fetch_add(&tool->failed, 1);
    tool->status_1 = true;
}

uint64_t idc_tool_failed(const idc_tool *tool)
{
    return tool->failed;
}

void idc_tool_mark_failed(idc_tool *tool)
{
    tool->status_1 = true;
}

static char *copy_string(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = malloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

int idc_tool_add_fact(idc_tool *tool, const char *key, const char *value)
{
    if (tool->fact_count == IDC_MAX_FACTS)
        return IDC_E_RANGE;
    char *k = copy_string(key), *v = copy_string(value);
    if (!k || !v) {
        free(k);
        free(v);
        return IDC_E_MEMORY;
    }
    tool->facts[tool->fact_count][0] = k;
    tool->facts[tool->fact_count++][1] = v;
    return 0;
}

bool idc_tool_fact(const idc_tool *tool, int index, const char **key, const char **value)
{
    if (index >= tool->fact_count)
        return false;
    *key = tool->facts[index][0];
    *value = tool->facts[index][1];
    return true;
}

/* Of a failure whose errno is long gone: is stdout a pipe or socket whose other end is closed? */
static bool reader_gone(void)
{
    struct pollfd end = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
}

/* 0, or 1 when what was written to stdout did not all arrive. A reader that has gone is no failure of ours. */
static int close_stdout(idc_tool *tool)
{
    bool bad = ferror(stdout) != 0, gone = bad && reader_gone();
    int first = 0;
    if (fclose(stdout) != 0 && !bad) {
        bad = errno != EBADF;
        first = errno;
    }
    if (!bad || gone || first == EPIPE)
        return 0;
    idc_tool_error(tool, "stdout: %s", first ? strerror(first) : "write error");
    return 1;
}

int idc_tool_finish(idc_tool *tool, const idc_error *err)
{
    int code = err ? err->code : 0, status = tool->status_1 ? 1 : 0;
    if (code != 0 && code != IDC_E_CLOSED && code != IDC_E_STOPPED) {
        idc_tool_error(tool, "%s", err->text);
        status = code == IDC_E_UNSUPPORTED ? 2 : 1;
    }
    idc_message_clear_line(tool);
    if (close_stdout(tool) != 0 && status == 0)
        status = 1;
    if (signal_came)
        status = 128 + (int)signal_came;
    for (int i = 0; i < tool->fact_count; i++) {
        free(tool->facts[i][0]);
        free(tool->facts[i][1]);
    }
    free(tool->argv);
    free(tool);
    return status;
}
