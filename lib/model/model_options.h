/* model_options.h: the options of programs that run a part of the network: idc-diff, idc-contrast.
 *
 *     struct job { idc_model_options model; … };
 *     static const idc_option options[] = {IDC_STREAM_OPTIONS, IDC_MODEL_OPTIONS(struct job, model), …};
 *     struct job job = {.model = IDC_MODEL_OPTIONS_DEFAULT};
 *     idc_model_options_check(tool, &job.model);            // ends with status 2 when they make no sense; sets the threads
 */
#ifndef IDC_MODEL_MODEL_OPTIONS_H
#define IDC_MODEL_MODEL_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/tool.h"

typedef struct idc_model_options {
    const char *file, *device;
    int64_t threads;
} idc_model_options;

/* clang-format off */
#define IDC_MODEL_OPTIONS_DEFAULT {.device = "auto", .threads = 1}
#define IDC_MODEL_OPTIONS(job, field)                                                                                  \
    {"model", 'm', IDC_OPT_STRING, offsetof(job, field.file), "FILE",                                                  \
     "model file (default: $IDC_MODEL, then the installed one)"},                                                      \
    {"threads", 'j', IDC_OPT_INT, offsetof(job, field.threads), "N",                                                   \
     "threads (default 1: the programs of a pipe work beside one another)"},                                           \
    {"device", 0, IDC_OPT_STRING, offsetof(job, field.device), "NAME", "cpu or auto"}
/* clang-format on */

/* No operands, a device that is there, 1 to 1024 threads. */
void idc_model_options_check(idc_tool *tool, const idc_model_options *o);

#endif
