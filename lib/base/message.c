/* message.c: lines and the progress line on stderr. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/tool_state.h"

#define LINE 2048

void idc_message_clear_line(idc_tool *tool)
{
    if (atomic_exchange(&tool->line_open, false))
        fputs("\r\033[K", stderr);
}

/* One write a line, so that the lines of several programs on one terminal do not mix. Control bytes of file names must
 * not steer the terminal. */
static void say(idc_tool *tool, const char *format, va_list ap)
{
    char text[LINE], line[LINE + 128];
    vsnprintf(text, sizeof text, format, ap);
    for (char *s = text; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
    snprintf(line, sizeof line, tool->colour ? "\033[1m%s:\033[0m %s\n" : "%s: %s\n",
             tool->about->name, text);
    idc_message_clear_line(tool);
    fflush(stdout);
    fputs(line, stderr);
    fflush(stderr);
}

void idc_tool_error(idc_tool *tool, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    say(tool, format, ap);
    va_end(ap);
}

void idc_tool_note(idc_tool *tool, const char *format, ...)
{
    if (tool->quiet)
        return;
    va_list ap;
    va_start(ap, format);
    say(tool, format, ap);
    va_end(ap);
}

void idc_tool_detail(idc_tool *tool, const char *format, ...)
{
    if (!tool->verbose)
        return;
    va_list ap;
    va_start(ap, format);
    say(tool, format, ap);
    va_end(ap);
}

void idc_tool_usage(idc_tool *tool, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    say(tool, format, ap);
    va_end(ap);
    fprintf(stderr, "Try '%s --help'.\n", tool->about->name);
    exit(2);
}

static double seconds_between(struct timespec a, struct timespec b)
{
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
}

void idc_tool_progress(idc_tool *tool, uint64_t done, uint64_t total, const char *unit)
{
    if (!tool->terminal || tool->quiet)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double elapsed = seconds_between(tool->started, now);
    if (elapsed < 2 || seconds_between(tool->drawn, now) < 0.1)
        return;
    tool->drawn = now;
    double rate = (double)done / elapsed;
    char line[160];
    if (total > 0 && done > 0 && done <= total) {
        unsigned long left = (unsigned long)((double)(total - done) / rate + 0.5);
        snprintf(line, sizeof line, "%llu of %llu %s, %.3g/s, %lu:%02lu:%02lu left",
                 (unsigned long long)done, (unsigned long long)total, unit, rate, left / 3600,
                 left / 60 % 60, left % 60);
    } else {
        snprintf(line, sizeof line, "%llu %s, %.3g/s", (unsigned long long)done, unit, rate);
    }
    fprintf(stderr, "\r%s: %.*s\033[K", tool->about->name, 60, line);
    fflush(stderr);
    tool->line_open = true;
}
