#include "text/stem.h"

#include <libstemmer.h>
#include <limits.h>
#include <stdlib.h>

struct idc_stemmer {
    struct sb_stemmer *snowball;
};

idc_stemmer *idc_stemmer_new(void)
{
    idc_stemmer *s = malloc(sizeof *s);
    if (s && !(s->snowball = sb_stemmer_new("english", "UTF_8"))) {
        free(s);
        s = NULL;
    }
    return s;
}

void idc_stemmer_free(idc_stemmer **s)
{
    if (*s)
        sb_stemmer_delete((*s)->snowball);
    free(*s);
    *s = NULL;
}

const char *idc_stem(idc_stemmer *s, const char *word, size_t length, size_t *stem_length)
{
    if (length > 1000) { /* no English word; Snowball takes an int */
        *stem_length = length;
        return word;
    }
    const sb_symbol *stem = sb_stemmer_stem(s->snowball, (const sb_symbol *)word, (int)length);
    *stem_length = stem ? (size_t)sb_stemmer_length(s->snowball) : 0;
    return (const char *)stem;
}
