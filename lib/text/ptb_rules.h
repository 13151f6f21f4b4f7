/* ptb_rules.h: the table of the Penn Treebank tokeniser. For ptb.c. */
#ifndef IDC_TEXT_PTB_RULES_H
#define IDC_TEXT_PTB_RULES_H

#include "text/lexer.h"

/* What becomes of a token. */
enum {
    IDC_PTB_KEEP,     /* as it stands; soft hyphens go, entities become signs */
    IDC_PTB_QUOTED,   /* the same, and curly apostrophes become straight ones */
    IDC_PTB_DROP,     /* punctuation that the evaluation drops, and white space */
    IDC_PTB_SPLIT_2,  /* its last two letters are a token of their own: gon·na */
    IDC_PTB_SPLIT_3,  /* its last three: can·not */
    IDC_PTB_INITIAL,  /* an acronym in front of a sentence: one letter loses its dot */
    IDC_PTB_OPENED,   /* written out: -LRB- and the like, fractions, money */
    IDC_PTB_HYPHENS,  /* dropped up to four */
    IDC_PTB_ELLIPSIS, /* three dots or more */
};

extern const idc_lexer_rule idc_ptb_rules[];
extern const idc_lexer_name idc_ptb_names[];

#endif
