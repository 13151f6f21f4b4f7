/* lexer_pattern.h: patterns as a nondeterministic automaton (Thompson 1968). For lexer.c. */
#ifndef IDC_TEXT_LEXER_PATTERN_H
#define IDC_TEXT_LEXER_PATTERN_H

#include <stdbool.h>

#include "text/lexer.h"

enum { IDC_LEXER_SETS = 256, IDC_LEXER_NODES = 65536 };

typedef struct idc_lexer_set {
    uint32_t (*ranges)[2]; /* first and last code point */
    int count;
    bool letters, digits, uppers, negated;
} idc_lexer_set;

typedef enum idc_lexer_kind { IDC_LEXER_SET, IDC_LEXER_FORK, IDC_LEXER_END } idc_lexer_kind;

typedef struct idc_lexer_node {
    idc_lexer_kind kind;
    int value;   /* SET: which; END: what is accepted */
    int next[2]; /* FORK has two, −1: none */
} idc_lexer_node;

typedef struct idc_lexer_automaton {
    idc_lexer_set sets[IDC_LEXER_SETS];
    int set_count;
    idc_lexer_node *nodes;
    int node_count, room;
} idc_lexer_automaton;

bool idc_lexer_in_set(const idc_lexer_set *s, uint32_t c);
/* Adds a pattern; its end leads to `end`. Returns the first node, or an error. */
int idc_lexer_compile(idc_lexer_automaton *a, const char *pattern, const idc_lexer_name *names,
                      int end, idc_error *err);
/* A node; −1: no memory. */
int idc_lexer_add_node(idc_lexer_automaton *a, idc_lexer_kind kind, int value, int next, int other);
void idc_lexer_automaton_free(idc_lexer_automaton *a);

#endif
