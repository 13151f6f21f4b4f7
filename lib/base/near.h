/* near.h: how far apart two words are, for "did you mean". */
#ifndef IDC_BASE_NEAR_H
#define IDC_BASE_NEAR_H

#include <stddef.h>

/* Edits that make the n bytes of a into b (Levenshtein 1966); 99 where one of them has more than 60 bytes. */
int idc_near_edits(const char *a, size_t n, const char *b);

#endif
