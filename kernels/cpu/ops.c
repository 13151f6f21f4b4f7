/* ops.c: the CPU's column of the operator table. */
#include "cpu/cpu.h"

const idc_ops idc_ops_cpu = {
    .device = "cpu",
    .open = idc_cpu_open,
    .close = idc_cpu_close,
    .row =
        {
#define X(name) [IDC_OP_##name] = {idc_cpu_##name, idc_cpu_##name##_back},
            IDC_OP_LIST(X)
#undef X
        },
};
