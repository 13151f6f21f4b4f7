/* A file of word classes, a zero byte, and a sentence that is read and rewritten by it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/meaning.h"
#include "text/rewrite.h"

static void use(const idc_word_classes *c, const char *sentence)
{
    idc_parsed s, out;
    idc_random r = idc_random_at(1, 0, 0);
    idc_word_classes_read(c, sentence, &s);
    for (int i = 0; i < 4; i++) {
        idc_meaning m = idc_meaning_of(c, &s);
        if (!idc_meaning_fits(c, &m, &m, (const uint32_t[]){0}, 1))
            abort(); /* every sentence is a paraphrase of itself */
        if (!(i % 2 ? idc_rewrite_confuse : idc_rewrite_replace)(c, &s, &r, &out))
            return;
        idc_word_classes_read(c, out.text, &s); /* not a copy: tokens point into their own text */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t json = zero ? (size_t)(zero - data) : size;
    idc_word_classes *c;
    idc_error err = IDC_NO_ERROR;
    int rc = idc_word_classes_parse(&c, (const char *)data, json, &err);
    if ((rc < 0) != (err.code < 0) || (rc < 0) != (c == NULL))
        abort();
    if (rc < 0)
        return 0;
    char *sentence = zero ? strndup((const char *)zero + 1, size - json - 1) : strdup("");
    if (sentence)
        use(c, sentence);
    free(sentence);
    idc_word_classes_free(&c);
    return 0;
}
