/* tool.h: what every program is made of: options, messages, signals, counts, exit status.
 *
 *     static const idc_option options[] = {
 *         IDC_STREAM_OPTIONS,
 *         {"model", 'm', IDC_OPT_STRING, offsetof(struct job, model), "FILE", "model file"},
 *         IDC_OPTIONS_END};
 *     static const idc_tool_about about = {"idc-diff", "image-difference tokens of two feature grids", "[OPTION]...",
 *                                          "idc-decode --pair a.png b.png | idc-encode | idc-diff", options, IDC_TOOL_BINARY_OUT};
 *     int main(int argc, char **argv)
 *     {
 *         struct job job = {…defaults…};
 *         idc_tool *tool = idc_tool_start(&about, argc, argv, &job);   // --help, --version, usage errors end here
 *         …
 *         return idc_tool_finish(tool, &err);                          // 0, 1 or 2, or 128 + signal
 *     }
 */
#ifndef IDC_BASE_TOOL_H
#define IDC_BASE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum idc_option_type {
    IDC_OPT_FLAG,   /* bool */
    IDC_OPT_STRING, /* const char * (points into argv) */
    IDC_OPT_LIST,   /* idc_string_list: the option may be given again */
    IDC_OPT_INT,    /* int64_t ≥ 0 */
    IDC_OPT_DOUBLE, /* double */
    IDC_OPT_UNIT,   /* double in 0..1 */
    IDC_OPT_SIZE,   /* int[2]: WxH, or "native" = {0, 0} */
    IDC_OPT_STREAM, /* kept in the tool (-i -o -q -v --hwm …), offset unused */
    IDC_OPT_END
} idc_option_type;

typedef struct idc_option {
    const char *name; /* long name without dashes */
    char letter;      /* 0: none */
    idc_option_type type;
    size_t offset;   /* into the job struct */
    const char *arg; /* how the argument is called in --help; NULL for flags */
    const char *help;
} idc_option;

#define IDC_MAX_LIST 64
typedef struct idc_string_list {
    const char *items[IDC_MAX_LIST];
    int count;
} idc_string_list;

/* clang-format off */
#define IDC_STREAM_OPTIONS                                                                                             \
    {"input", 'i', IDC_OPT_STREAM, 0, "ENDPOINT", "read records from here (may be given again; default stdin)"},       \
    {"output", 'o', IDC_OPT_STREAM, 0, "ENDPOINT", "write records to here (default stdout)"},                          \
    {"hwm", 0, IDC_OPT_STREAM, 0, "N", "records a socket may hold (default 64)"},                                      \
    {"when-full", 0, IDC_OPT_STREAM, 0, "WHAT", "wait or drop-oldest"},                                                \
    {"flush", 0, IDC_OPT_STREAM, 0, NULL, "write each record out at once"},                                            \
    {"quiet", 'q', IDC_OPT_STREAM, 0, NULL, "say nothing but errors"},                                                 \
    {"verbose", 'v', IDC_OPT_STREAM, 0, NULL, "say more"}
#define IDC_QUIET_OPTIONS                                                                                              \
    {"quiet", 'q', IDC_OPT_STREAM, 0, NULL, "say nothing but errors"},                                                 \
    {"verbose", 'v', IDC_OPT_STREAM, 0, NULL, "say more"}
#define IDC_OPTIONS_END {NULL, 0, IDC_OPT_END, 0, NULL, NULL}
/* clang-format on */

enum {
    IDC_TOOL_BINARY_OUT = 1, /* refuses to write to a terminal, with the remedy */
    IDC_TOOL_BINARY_IN = 2   /* prints the short help when stdin is a terminal and no -i is given */
};

typedef struct idc_tool_about {
    const char *name, *what,
        *usage; /* "idc-diff", one line, what follows the name in the usage line */
    const char *example;
    const idc_option *options;
    int flags;
} idc_tool_about;

typedef struct idc_tool idc_tool;

/* Parses argv into job; --help and --version print and exit(0); a usage error prints one line (with a near name where
 * there is one) and "Try 'NAME --help'" and exits 2. Installs the signal handlers (SIGINT, SIGTERM set a flag; SIGPIPE ignored). */
idc_tool *idc_tool_start(const idc_tool_about *about, int argc, char **argv, void *job);
/* What is left of argv after the options. */
int idc_tool_operands(const idc_tool *tool, char ***operands);
const char *idc_tool_name(const idc_tool *tool);

/* A line on stderr, "NAME: text": always / unless -q / only with -v. */
void idc_tool_error(idc_tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));
void idc_tool_note(idc_tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));
void idc_tool_detail(idc_tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One line and exit 2, for operands that make no sense. */
_Noreturn void idc_tool_usage(idc_tool *tool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An item failed: printed as idc_tool_error, counted, the exit status becomes 1. */
void idc_tool_item_failed(idc_tool *tool, const idc_error *err);
/* True once SIGINT or SIGTERM has come. */
bool idc_tool_stopped(const idc_tool *tool);
/* A progress line on stderr, redrawn ≤ 10 Hz, only on a terminal and after 2 s. total 0: unknown. */
void idc_tool_progress(idc_tool *tool, uint64_t done, uint64_t total, const char *unit);

/* What -i, -o, --hwm, --when-full and --flush said; for lib/wire. */
typedef struct idc_tool_streams {
    idc_string_list inputs; /* empty: stdin */
    const char *output;     /* NULL: stdout */
    int64_t hwm;
    bool drop_oldest, flush;
} idc_tool_streams;
const idc_tool_streams *idc_tool_stream_options(const idc_tool *tool);
/* Items failed so far; the other makes the exit status 1 without a line (an error record that went by was said before). */
uint64_t idc_tool_failed(const idc_tool *tool);
void idc_tool_mark_failed(idc_tool *tool);
/* A descriptor that becomes readable when SIGINT or SIGTERM comes: add it to what you poll. */
int idc_tool_signal_fd(const idc_tool *tool);
/* Ends with status 2 and the remedy when records would go to a terminal. Done at start with IDC_TOOL_BINARY_OUT. */
void idc_tool_refuse_terminal(idc_tool *tool);
/* Ends with status 2 and the short help when stdin is a terminal and no -i is given. Done at start with IDC_TOOL_BINARY_IN. */
void idc_tool_expect_input(idc_tool *tool);

/* Facts about this program for its entry in a stream's chain: index 0 …; false past the last. */
int idc_tool_add_fact(idc_tool *tool, const char *key, const char *value);
bool idc_tool_fact(const idc_tool *tool, int index, const char **key, const char **value);

/* Closes stdout checked (ferror and fclose); prints err if its code is not 0; returns the exit status: 0 all good,
 * 1 something failed, 2 when err is IDC_E_UNSUPPORTED for a missing dependency, 128 + n after signal n; a closed pipe
 * (IDC_E_CLOSED) ends quietly with 141's shell convention left to the shell: status 0. Frees the tool. */
int idc_tool_finish(idc_tool *tool, const idc_error *err);

#endif
