/* state.c: what the CPU keeps for a tape. */
#include <stdlib.h>

#include "cpu/cpu.h"
#include "cpu/library.h"

int idc_cpu_open(void **state, idc_error *err)
{
    struct idc_cpu *cpu = calloc(1, sizeof *cpu);
    if (!cpu)
        return idc_cpu_no_memory(err);
    *state = cpu;
    int rc = idc_library_open(&cpu->library, err);
    if (rc < 0)
        idc_cpu_close(state);
    return rc;
}

void idc_cpu_close(void **state)
{
    struct idc_cpu *cpu = *state;
    if (!cpu)
        return;
    idc_library_close(&cpu->library);
    for (int i = 0; i < IDC_SLOT_COUNT; i++)
        free(cpu->slot[i].data);
    free(cpu);
    *state = NULL;
}

void *idc_cpu_scratch(const idc_call *call, enum idc_cpu_slot slot, size_t bytes)
{
    struct idc_cpu *cpu = idc_call_state(call);
    struct idc_slot *s = &cpu->slot[slot];
    if (bytes > s->size || !s->data) {
        if (bytes > SIZE_MAX / 2)
            return NULL;
        free(s->data);
        s->size = (bytes + bytes / 4 + 4096) / 64 * 64;
        s->data = aligned_alloc(64, s->size);
        if (!s->data)
            s->size = 0;
    }
    return s->data;
}

int idc_cpu_no_memory(idc_error *err)
{
    return idc_fail(err, IDC_E_MEMORY, "no memory");
}
