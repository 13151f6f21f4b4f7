/* Any bytes as a model's configuration: refused with a sentence, or printed as JSON that says the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = malloc(size + 1);
    idc_model_config c, again;
    idc_error err = IDC_NO_ERROR;
    if (!json)
        return 0;
    memcpy(json, data, size);
    json[size] = '\0';
    int rc = idc_model_config_parse(&c, json, "fuzz", &err);
    if ((rc < 0) != (err.text[0] != '\0'))
        abort();
    if (rc == 0) {
        char *first = idc_model_config_print(&c);
        if (!first || idc_model_config_parse(&again, first, "printed", &err) < 0)
            abort();
        char *second = idc_model_config_print(&again);
        if (!second || strcmp(first, second) != 0)
            abort();
        free(first);
        free(second);
        idc_model_config_fini(&again);
        idc_model_config_fini(&c);
    }
    free(json);
    return 0;
}
