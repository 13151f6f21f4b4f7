/* Tokenised text never grows beyond six bytes a byte, holds no line feed, and no two blanks stand together. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/ptb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static idc_ptb *t;
    idc_buffer out = {0};
    size_t line = size / 2;
    if (!t && !(t = idc_ptb_new(NULL)))
        abort();
    if (idc_ptb_line(t, (const char *)data, line, (const char *)data + line, size - line, &out,
                     NULL) == 0)
        for (size_t i = 0; i < out.size; i++)
            if (out.data[i] == '\n' || (out.data[i] == ' ' && (i == 0 || out.data[i - 1] == ' ')))
                abort();
    if (out.size > 6 * size)
        abort();
    idc_buffer_free(&out);
    return 0;
}
