/* Any bytes as the lines of a pair list: an error with a text, nothing, or a pair with its three names. */
#include <stdlib.h>
#include <string.h>

#include "image/pair_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(const char *line)
{
    idc_error err = IDC_NO_ERROR;
    idc_record *pair;
    const char *text;
    int rc = idc_pair_parse(&pair, line, &err);
    if ((rc == 1) != (pair != NULL) || (rc < 0 && (err.code != rc || !err.text[0])))
        abort();
    if (rc == 1)
        for (int i = 0; i < 3; i++)
            if (idc_record_get_string(pair,
                                      i == 0   ? "id"
                                      : i == 1 ? "before"
                                               : "after",
                                      &text, NULL) < 0 ||
                !*text)
                abort();
    idc_record_free(&pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    for (char *line = text; line <= text + size;) {
        size_t n = strcspn(line, "\n");
        line[n] = 0;
        try(line);
        line += n + 1;
    }
    free(text);
    return 0;
}
