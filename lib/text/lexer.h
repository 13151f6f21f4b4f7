/* lexer.h: cuts text into tokens by a table of patterns: the longest match wins, of two equally long ones the first row.
 *
 *     static const idc_lexer_rule rules[] = {{"{word}", "'s", 1}, {"{word}", NULL, 1}, {"[ \t]+", NULL, 2}, {NULL, NULL, 0}};
 *     static const idc_lexer_name names[] = {{"word", "\\L+"}, {NULL, NULL}};
 *     idc_lexer *x;
 *     idc_lexer_new(&x, rules, names, &err);
 *     size_t n = idc_lexer_match(x, text, length, at, &action);       // 0: no pattern fits
 *
 * A pattern matches code points. Letters by themselves match both cases; in [sets] they match as they stand. Also: ( ) | ? * +
 * {m,n} {name} . (all but line ends), \uXXXX, \L a letter, \D a digit, \U an upper-case letter (these three in sets, too), \t \n
 * \r, and \ before a sign that means itself. A rule may have a context that must follow; it counts for the length that is
 * compared, but is no part of the token.
 *
 * The patterns become one automaton, whose states are made when they are first reached (Aho, Sethi, Ullman, "Compilers", 1986,
 * section 3.7). At most 512 code points beyond the last match are looked at, so that time is linear in the text.
 */
#ifndef IDC_TEXT_LEXER_H
#define IDC_TEXT_LEXER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct idc_lexer_rule {
    const char *pattern, *context; /* context NULL: none. pattern NULL ends the table */
    int action;
} idc_lexer_rule;

typedef struct idc_lexer_name {
    const char *name, *pattern; /* name NULL ends the table; a pattern may use names above it */
} idc_lexer_name;

typedef struct idc_lexer idc_lexer;

/* IDC_E_INVALID: a pattern is wrong; the text says which. */
int idc_lexer_new(idc_lexer **x, const idc_lexer_rule *rules, const idc_lexer_name *names,
                  idc_error *err);
void idc_lexer_free(idc_lexer **x);
/* Length of the token at `at`; *action: its rule's. 0: none, or no memory for a new state. Not thread-safe: states are made. */
size_t idc_lexer_match(idc_lexer *x, const uint32_t *text, size_t length, size_t at, int *action);

#endif
