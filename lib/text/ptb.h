/* ptb.h: the tokeniser of the COCO caption evaluation: Penn Treebank's rules as the Stanford tokeniser of 2014 (CoreNLP
 * 3.4.1) has them, lower-cased, and a list of punctuation dropped.
 *
 *     idc_ptb *t = idc_ptb_new(&err);
 *     idc_ptb_line(t, "It's gone, isn't it?", 20, NULL, 0, &out, &err);     // "it 's gone is n't it"
 *
 * That tokeniser reads a stream: after an abbreviation at the end of a line ("… near St.") it looks at the line that
 * follows, so a line's tokens can depend on it. Give that line as `next` for the same result; without it the line counts
 * as the last of a stream. Tokens are put one blank apart; blanks inside a token (a fraction, "1 1/2") come as U+00A0.
 * Dropped: '' ' `` ` . ? ! , : - -- ... ; and the names of braces. docs/scoring.md lists what is known to differ.
 */
#ifndef IDC_TEXT_PTB_H
#define IDC_TEXT_PTB_H

#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

typedef struct idc_ptb idc_ptb;

idc_ptb *idc_ptb_new(idc_error *err);
void idc_ptb_free(idc_ptb **t);
/* Appends the tokens of a line (any bytes; a line feed counts as a blank) to out, without a line feed. Time is linear in its length. */
int idc_ptb_line(idc_ptb *t, const char *line, size_t length, const char *next, size_t next_length,
                 idc_buffer *out, idc_error *err);

/* Lines from one stream to the other; a line is written when the one behind it has come. */
int idc_ptb_filter(FILE *from, FILE *to, idc_error *err);

#endif
