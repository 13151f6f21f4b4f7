/* model_options.c: see model_options.h. */
#include "model/model_options.h"

#include <omp.h>
#include <string.h>

void idc_model_options_check(idc_tool *tool, const idc_model_options *o)
{
    char **operands;
    if (idc_tool_operands(tool, &operands) > 0)
        idc_tool_usage(tool, "unexpected operand '%s'", operands[0]);
    if (strcmp(o->device, "cpu") != 0 && strcmp(o->device, "auto") != 0)
        idc_tool_usage(tool, "--device: '%s' is not there: cpu or auto", o->device);
    if (o->threads < 1 || o->threads > 1024)
        idc_tool_usage(tool, "-j: expected 1 to 1024 threads");
    omp_set_num_threads((int)o->threads);
}
