#include <stdlib.h>
#include <sys/types.h>

#include "text/ptb.h"

int idc_ptb_filter(FILE *from, FILE *to, idc_error *err)
{
    char *line = NULL, *next = NULL;
    size_t room = 0, next_room = 0;
    idc_buffer out = {0};
    idc_ptb *t = idc_ptb_new(err);
    int rc = t ? 0 : IDC_E_MEMORY;
    ssize_t n = rc == 0 ? getline(&line, &room, from) : -1;
    while (rc == 0 && n >= 0) {
        ssize_t m = getline(&next, &next_room, from);
        n -= n > 0 && line[n - 1] == '\n';
        out.size = 0;
        rc =
            idc_ptb_line(t, line, (size_t)n, m < 0 ? NULL : next, m < 0 ? 0 : (size_t)m, &out, err);
        if (rc == 0 &&
            (idc_buffer_append(&out, "\n", 1) < 0 || fwrite(out.data, 1, out.size, to) != out.size))
            rc = idc_fail(err, IDC_E_CLOSED, "cannot write");
        char *held = line;
        size_t held_room = room;
        line = next;
        room = next_room;
        n = m;
        next = held;
        next_room = held_room;
    }
    free(line);
    free(next);
    idc_buffer_free(&out);
    idc_ptb_free(&t);
    return rc;
}
