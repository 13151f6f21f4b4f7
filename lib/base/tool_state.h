/* tool_state.h: what the files of the tool skeleton share; nobody else includes this. */
#ifndef IDC_BASE_TOOL_STATE_H
#define IDC_BASE_TOOL_STATE_H

#include <stdatomic.h>
#include <time.h>

#include "base/tool.h"

#define IDC_MAX_FACTS 16

struct idc_tool {
    const idc_tool_about *about;
    void *job;
    int argc; /* operands */
    char **argv;
    idc_tool_streams streams;
    bool quiet, verbose, colour, terminal; /* the last two: of stderr */
    atomic_uint_fast64_t failed;
    atomic_bool status_1;
    struct timespec started, drawn;
    atomic_bool line_open; /* a progress line stands on the terminal */
    char *facts[IDC_MAX_FACTS][2];
    int fact_count;
};

/* options.c: fills job, streams and operands; prints and exits for --help, --version and usage errors. */
void idc_options_parse(idc_tool *tool, int argc, char **argv);
/* help.c */
void idc_help_print(const idc_tool_about *about);
void idc_help_print_short(const idc_tool_about *about);
/* message.c: forgets the progress line, so that a message starts at the margin. */
void idc_message_clear_line(idc_tool *tool);

#endif
