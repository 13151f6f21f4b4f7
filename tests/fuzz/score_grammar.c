/* A grammar file, a zero byte, and a sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "score/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t n = zero ? (size_t)(zero - data) : size;
    char *sentence = malloc(size - n + 1);
    idc_grammar *g = NULL;
    if (!sentence)
        return 0;
    memcpy(sentence, data + n, size - n);
    sentence[size - n] = 0;
    if (idc_grammar_parse(&g, (const char *)data, n, NULL) == 0)
        idc_grammar_read(g, zero ? sentence + 1 : sentence);
    idc_grammar_close(&g);
    free(sentence);
    return 0;
}
