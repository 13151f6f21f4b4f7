#include "text/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "text/lexer_pattern.h"

enum {
    MOST_CLASSES = 255,
    NO_CLASS = 255,
    MOST_STATES = 4000,
    MOST_RULES = 256,
    BEYOND = 512,
    NOT_MADE = -1,
    DEAD = -2
};

/* A set of nodes of the automaton: those that read something, and those that accept. */
struct state {
    int *nodes;
    int count, accepts; /* rule, or MOST_RULES */
    int next[MOST_CLASSES];
};

struct idc_lexer {
    idc_lexer_automaton a;
    int actions[MOST_RULES], first[MOST_RULES],
        context[MOST_RULES];        /* nodes where a rule and its context begin; −1 */
    int context_length[MOST_RULES]; /* code points; −1: it varies */
    int rule_count, start;
    unsigned char *class_of; /* by code point below 65536 */
    uint64_t signatures[MOST_CLASSES]
                       [IDC_LEXER_SETS / 64]; /* of a class: the sets that its code points are in */
    int class_count;
    struct state *states[MOST_STATES];
    int state_count;
    int *slots; /* hash of states: number + 1 */
    int *stack, *seen, *gathered, seen_mark;
};

enum { SLOTS = MOST_STATES * 4 };

static int compile_all(idc_lexer *x, const idc_lexer_rule *rules, const idc_lexer_name *names,
                       idc_error *err)
{
    x->start = -1;
    for (int r = 0; rules[r].pattern; r++) {
        if (r == MOST_RULES)
            return idc_fail(err, IDC_E_RANGE, "more than %d rules", MOST_RULES);
        int end = idc_lexer_add_node(&x->a, IDC_LEXER_END, r, -1, -1);
        x->context[r] =
            rules[r].context ? idc_lexer_compile(&x->a, rules[r].context, names, end, err) : -1;
        if (end < 0 || (rules[r].context && x->context[r] < 0))
            return end < 0 ? idc_fail(err, IDC_E_MEMORY, "no memory") : x->context[r];
        x->first[r] = idc_lexer_compile(&x->a, rules[r].pattern, names,
                                        x->context[r] < 0 ? end : x->context[r], err);
        if (x->first[r] < 0)
            return x->first[r];
        x->actions[r] = rules[r].action;
        x->start = idc_lexer_add_node(&x->a, IDC_LEXER_FORK, 0, x->first[r], x->start);
        if (x->start < 0)
            return idc_fail(err, IDC_E_MEMORY, "no memory");
        x->rule_count++;
    }
    return 0;
}

/* Adds node n and all that are reached from it without reading. */
static int gather(idc_lexer *x, int n, int count)
{
    int top = 0;
    x->stack[top++] = n;
    while (top > 0) {
        n = x->stack[--top];
        if (n < 0 || x->seen[n] == x->seen_mark)
            continue;
        x->seen[n] = x->seen_mark;
        if (x->a.nodes[n].kind == IDC_LEXER_FORK) {
            x->stack[top++] = x->a.nodes[n].next[0];
            x->stack[top++] = x->a.nodes[n].next[1];
        } else {
            x->gathered[count++] = n;
        }
    }
    return count;
}

/* The length of what node `first` leads to, where all that it matches is equally long (and at most four), else −1. */
static int fixed_length(idc_lexer *x, int first)
{
    x->seen_mark++;
    int count = gather(x, first, 0);
    for (int length = 0; length <= 4; length++) {
        int ends = 0, held[64];
        for (int k = 0; k < count; k++)
            ends += x->a.nodes[x->gathered[k]].kind == IDC_LEXER_END;
        if (ends || count > 64)
            return ends == count ? length : -1;
        memcpy(held, x->gathered, (size_t)count * sizeof *held);
        x->seen_mark++;
        int next = 0;
        for (int k = 0; k < count; k++)
            next = gather(x, x->a.nodes[held[k]].next[0], next);
        count = next;
    }
    return -1;
}

static void forget_states(idc_lexer *x)
{
    for (int s = 0; s < x->state_count; s++) {
        free(x->states[s]->nodes);
        free(x->states[s]);
    }
    x->state_count = 0;
    memset(x->slots, 0, SLOTS * sizeof *x->slots);
}

void idc_lexer_free(idc_lexer **lexer)
{
    idc_lexer *x = *lexer;
    *lexer = NULL;
    if (!x)
        return;
    if (x->slots)
        forget_states(x);
    idc_lexer_automaton_free(&x->a);
    free(x->class_of);
    free(x->slots);
    free(x->stack);
    free(x->seen);
    free(x->gathered);
    free(x);
}

/* Code points that are in the same sets are one class. */
static int find_class(idc_lexer *x, uint32_t c)
{
    uint64_t signature[IDC_LEXER_SETS / 64] = {0};
    for (int k = 0; k < x->a.set_count; k++)
        if (idc_lexer_in_set(&x->a.sets[k], c))
            signature[k / 64] |= UINT64_C(1) << k % 64;
    int k = 0;
    while (k < x->class_count && memcmp(x->signatures[k], signature, sizeof signature) != 0)
        k++;
    if (k == MOST_CLASSES - 1)
        return k - 1; /* more kinds of characters than patterns can tell apart do not occur */
    if (k == x->class_count)
        memcpy(x->signatures[x->class_count++], signature, sizeof signature);
    return k;
}

static int class_of(idc_lexer *x, uint32_t c)
{
    if (c >= 65536)
        return find_class(x, c);
    if (x->class_of[c] == NO_CLASS)
        x->class_of[c] = (unsigned char)find_class(x, c);
    return x->class_of[c];
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The state of the gathered nodes, new or known; DEAD for none, NOT_MADE without memory. */
static int state_of(idc_lexer *x, int count)
{
    if (count == 0)
        return DEAD;
    qsort(x->gathered, (size_t)count, sizeof *x->gathered, by_number);
    uint32_t hash = 0;
    for (int k = 0; k < count; k++)
        hash = (hash ^ (uint32_t)x->gathered[k]) * 0x01000193u; /* FNV-1 */
    uint32_t slot = hash % SLOTS;
    for (; x->slots[slot]; slot = (slot + 1) % SLOTS) {
        struct state *s = x->states[x->slots[slot] - 1];
        if (s->count == count &&
            memcmp(s->nodes, x->gathered, (size_t)count * sizeof *s->nodes) == 0)
            return x->slots[slot] - 1;
    }
    struct state *s = x->state_count < MOST_STATES ? malloc(sizeof *s) : NULL;
    if (s && !(s->nodes = malloc((size_t)count * sizeof *s->nodes))) {
        free(s);
        s = NULL;
    }
    if (!s)
        return NOT_MADE;
    memcpy(s->nodes, x->gathered, (size_t)count * sizeof *s->nodes);
    s->count = count;
    s->accepts = MOST_RULES;
    for (int k = 0; k < count; k++)
        if (x->a.nodes[s->nodes[k]].kind == IDC_LEXER_END &&
            x->a.nodes[s->nodes[k]].value < s->accepts)
            s->accepts = x->a.nodes[s->nodes[k]].value;
    for (int k = 0; k < MOST_CLASSES; k++)
        s->next[k] = NOT_MADE;
    x->states[x->state_count] = s;
    x->slots[slot] = ++x->state_count;
    return x->state_count - 1;
}

static bool class_in_set(const idc_lexer *x, int class, int set)
{
    return x->signatures[class][set / 64] >> set % 64 & 1;
}

/* Gathers what follows the given nodes on a character of this class. */
static int step(idc_lexer *x, const int *nodes, int count, int class)
{
    int gathered = 0;
    x->seen_mark++;
    for (int k = 0; k < count; k++) {
        const idc_lexer_node *n = &x->a.nodes[nodes[k]];
        if (n->kind == IDC_LEXER_SET && class_in_set(x, class, n->value))
            gathered = gather(x, n->next[0], gathered);
    }
    return gathered;
}

/* True when the text from `from` to `to` is matched whole from node `first` on. */
static bool matches_whole(idc_lexer *x, int first, const uint32_t *text, size_t from, size_t to)
{
    x->seen_mark++;
    int count = gather(x, first, 0);
    for (size_t i = from; i < to && count > 0; i++) {
        int *held = malloc((size_t)count * sizeof *held);
        if (!held)
            return false;
        memcpy(held, x->gathered, (size_t)count * sizeof *held);
        count = step(x, held, count, class_of(x, text[i]));
        free(held);
    }
    for (int k = 0; k < count; k++)
        if (x->a.nodes[x->gathered[k]].kind == IDC_LEXER_END)
            return true;
    return false;
}

/* Where the context of a rule begins that matched up to `end`: as late as the rule allows. */
static size_t without_context(idc_lexer *x, int rule, const uint32_t *text, size_t at, size_t end)
{
    if (x->context_length[rule] >= 0)
        return end - (size_t)x->context_length[rule];
    size_t best = at;
    x->seen_mark++;
    int count = gather(x, x->first[rule], 0);
    for (size_t i = at; i < end && count > 0; i++) {
        int *held = malloc((size_t)count * sizeof *held);
        if (!held)
            return best;
        memcpy(held, x->gathered, (size_t)count * sizeof *held);
        count = step(x, held, count, class_of(x, text[i]));
        free(held);
        /* the context's first node has been passed: the rule itself may end here */
        if (x->seen[x->context[rule]] == x->seen_mark) {
            int *now = malloc(((size_t)count + 1) * sizeof *now);
            if (!now)
                return best;
            memcpy(now, x->gathered, (size_t)count * sizeof *now);
            if (matches_whole(x, x->context[rule], text, i + 1, end))
                best = i + 1;
            memcpy(x->gathered, now, (size_t)count * sizeof *now);
            free(now);
        }
    }
    return best;
}

int idc_lexer_new(idc_lexer **lexer, const idc_lexer_rule *rules, const idc_lexer_name *names,
                  idc_error *err)
{
    idc_lexer *x = *lexer = calloc(1, sizeof *x);
    if (!x)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    int rc = compile_all(x, rules, names, err);
    size_t n = (size_t)x->a.node_count;
    x->class_of = malloc(65536);
    x->slots = calloc(SLOTS, sizeof *x->slots);
    x->stack = malloc((2 * n + 2) * sizeof *x->stack);
    x->seen = calloc(n + 1, sizeof *x->seen);
    x->gathered = malloc((n + 1) * sizeof *x->gathered);
    if (rc == 0 && !(x->class_of && x->slots && x->stack && x->seen && x->gathered))
        rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    if (rc < 0)
        idc_lexer_free(lexer);
    else
        memset(x->class_of, NO_CLASS, 65536);
    for (int r = 0; rc == 0 && r < x->rule_count; r++)
        x->context_length[r] = x->context[r] < 0 ? 0 : fixed_length(x, x->context[r]);
    return rc;
}

size_t idc_lexer_match(idc_lexer *x, const uint32_t *text, size_t length, size_t at, int *action)
{
    if (x->state_count > MOST_STATES - BEYOND - 2)
        forget_states(x);
    if (x->state_count == 0) {
        x->seen_mark++;
        if (state_of(x, gather(x, x->start, 0)) != 0)
            return 0;
    }
    int state = 0, rule = MOST_RULES;
    size_t end = at;
    for (size_t i = at; i < length && i - end < BEYOND; i++) {
        int class = class_of(x, text[i]), next = x->states[state]->next[class];
        if (next == NOT_MADE) {
            next = state_of(x, step(x, x->states[state]->nodes, x->states[state]->count, class));
            if (next == NOT_MADE)
                break;
            x->states[state]->next[class] = next;
        }
        if (next == DEAD)
            break;
        state = next;
        if (x->states[state]->accepts < MOST_RULES) {
            rule = x->states[state]->accepts;
            end = i + 1;
        }
    }
    if (rule == MOST_RULES)
        return 0;
    *action = x->actions[rule];
    return without_context(x, rule, text, at, end) - at;
}
