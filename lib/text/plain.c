#include "text/plain.h"

#include <stddef.h>
#include <stdio.h>

/* What comes before the object and between object and value. */
static const struct form {
    const char *before, *after;
} forms[IDC_PLAIN_TYPES] = {[IDC_PLAIN_NONE] = {"there is no change", ""},
                            [IDC_PLAIN_COLOR] = {"the ", " has changed to "},
                            [IDC_PLAIN_MATERIAL] = {"the ", " is now made of "},
                            [IDC_PLAIN_ADD] = {"a new ", " has been put in the scene"},
                            [IDC_PLAIN_DROP] = {"there is no longer a ", ""},
                            [IDC_PLAIN_MOVE] = {"the ", " is in a different place"}};

void idc_plain_sentence(char out[IDC_PLAIN_SIZE], enum idc_plain_type type, const char *object,
                        const char *value)
{
    snprintf(out, IDC_PLAIN_SIZE, "%s%s%s%s", forms[type].before, object ? object : "",
             forms[type].after, value ? value : "");
}
