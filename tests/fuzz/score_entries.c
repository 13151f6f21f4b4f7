/* Every form of sentences: JSON of all kinds, TSV, text. The first byte picks the form. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "score/entries.h"

static int take(void *user, const idc_entry *e, idc_error *err)
{
    size_t *sum = user;
    (void)err;
    *sum += strlen(e->id) + (e->type ? strlen(e->type) : 0);
    for (size_t i = 0; e->text && i < e->length; i++)
        *sum += (unsigned char)e->text[i];
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    idc_error err = IDC_NO_ERROR;
    size_t sum = 0;
    if (size == 0)
        return 0;
    int rc =
        idc_entries_parse(data + 1, size - 1, (idc_entries_form)(data[0] % 4), take, &sum, &err);
    if ((rc < 0) != (err.code < 0)) /* a failure has its sentence, a success none */
        abort();
    return 0;
}
