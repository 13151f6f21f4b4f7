/* stem.h: English word stems by Snowball (Porter, "Snowball: a language for stemming algorithms", 2001; the "english"
 * algorithm, also called Porter 2), through libstemmer.
 *
 *     idc_stemmer *s = idc_stemmer_new();
 *     const char *stem = idc_stem(s, "houses", 6, &length);       // "hous", valid until the next call
 *     idc_stemmer_free(&s);
 */
#ifndef IDC_TEXT_STEM_H
#define IDC_TEXT_STEM_H

#include <stddef.h>

typedef struct idc_stemmer idc_stemmer;

idc_stemmer *idc_stemmer_new(void); /* NULL: no memory */
void idc_stemmer_free(idc_stemmer **s);
/* NULL: no memory. word: lower-case UTF-8. */
const char *idc_stem(idc_stemmer *s, const char *word, size_t length, size_t *stem_length);

#endif
