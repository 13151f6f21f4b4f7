#include "text/lexer_pattern.h"

#include <stdlib.h>
#include <string.h>

#include "text/unicode.h"

/* A piece of the automaton: first node, and a last FORK whose next[0] is still open. */
struct piece {
    int first, last;
};

struct parsing {
    idc_lexer_automaton *a;
    const idc_lexer_name *names;
    const char *at;
    int depth;
    bool failed;
};

enum { MOST_DEPTH = 64, MOST_REPEATS = 16 };

static struct piece parse_choice(struct parsing *p);

bool idc_lexer_in_set(const idc_lexer_set *s, uint32_t c)
{
    bool in = (s->digits && ((c >= '0' && c <= '9') || (c >= 0x660 && c <= 0x669) ||
                             (c >= 0x6F0 && c <= 0x6F9) || (c >= 0x966 && c <= 0x96F) ||
                             (c >= 0xFF10 && c <= 0xFF19) || (c >= 0x7C0 && c <= 0x7C9))) ||
              (s->letters && idc_is_letter(c)) || (s->uppers && idc_is_upper(c));
    for (int k = 0; !in && k < s->count; k++)
        in = c >= s->ranges[k][0] && c <= s->ranges[k][1];
    return in != s->negated;
}

int idc_lexer_add_node(idc_lexer_automaton *a, idc_lexer_kind kind, int value, int next, int other)
{
    if (a->node_count == a->room) {
        int room = a->room ? a->room * 2 : 1024;
        idc_lexer_node *grown =
            room <= IDC_LEXER_NODES ? realloc(a->nodes, (size_t)room * sizeof *grown) : NULL;
        if (!grown)
            return -1;
        a->nodes = grown;
        a->room = room;
    }
    a->nodes[a->node_count] = (idc_lexer_node){kind, value, {next, other}};
    return a->node_count++;
}

static int node(struct parsing *p, idc_lexer_kind kind, int value, int next, int other)
{
    int n = idc_lexer_add_node(p->a, kind, value, next, other);
    p->failed = p->failed || n < 0;
    return n < 0 ? 0 : n;
}

static void link_to(struct parsing *p, int from, int to)
{
    if (!p->failed)
        p->a->nodes[from].next[0] = to;
}

static struct piece empty(struct parsing *p)
{
    int n = node(p, IDC_LEXER_FORK, 0, -1, -1);
    return (struct piece){n, n};
}

static void add_range(struct parsing *p, idc_lexer_set *s, uint32_t first, uint32_t last)
{
    void *grown = realloc(s->ranges, ((size_t)s->count + 1) * sizeof *s->ranges);
    if (!grown) {
        p->failed = true;
        return;
    }
    s->ranges = grown;
    s->ranges[s->count][0] = first;
    s->ranges[s->count++][1] = last;
}

static bool equal_sets(const idc_lexer_set *a, const idc_lexer_set *b)
{
    return a->count == b->count && a->letters == b->letters && a->digits == b->digits &&
           a->uppers == b->uppers && a->negated == b->negated &&
           (a->count == 0 ||
            memcmp(a->ranges, b->ranges, (size_t)a->count * sizeof *a->ranges) == 0);
}

/* A node for a set, which the automaton takes over; equal sets are kept once. */
static struct piece set_piece(struct parsing *p, idc_lexer_set s)
{
    int k = 0;
    while (k < p->a->set_count && !equal_sets(&p->a->sets[k], &s))
        k++;
    if (k < p->a->set_count) {
        free(s.ranges);
    } else if (k == IDC_LEXER_SETS) {
        free(s.ranges);
        p->failed = true;
        k = 0;
    } else {
        p->a->sets[p->a->set_count++] = s;
    }
    int last = node(p, IDC_LEXER_FORK, 0, -1, -1), first = node(p, IDC_LEXER_SET, k, last, -1);
    return (struct piece){first, last};
}

/* The code point at p->at, an escape resolved; *special: L, D or U of a class, else 0. */
static uint32_t parse_char(struct parsing *p, char *special)
{
    *special = 0;
    if (*p->at != '\\') {
        size_t at = 0;
        uint32_t c = idc_utf8_next(p->at, strlen(p->at), &at);
        p->at += at;
        return c;
    }
    char c = *++p->at;
    if (!c) {
        p->failed = true;
        return 0;
    }
    p->at++;
    switch (c) {
    case 'L':
    case 'D':
    case 'U':
        *special = c;
        return 0;
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'u': {
        char hex[5] = {0};
        for (int k = 0; k < 4 && *p->at; k++)
            hex[k] = *p->at++;
        return (uint32_t)strtoul(hex, NULL, 16);
    }
    default:
        return (unsigned char)c;
    }
}

static void add_special(idc_lexer_set *s, char special)
{
    s->letters = s->letters || special == 'L';
    s->digits = s->digits || special == 'D';
    s->uppers = s->uppers || special == 'U';
}

static struct piece parse_set(struct parsing *p)
{
    idc_lexer_set s = {0};
    char special;
    p->at++;
    if (*p->at == '^') {
        s.negated = true;
        p->at++;
    }
    while (*p->at && *p->at != ']' && !p->failed) {
        uint32_t first = parse_char(p, &special), last = first;
        if (special) {
            add_special(&s, special);
            continue;
        }
        if (*p->at == '-' && p->at[1] && p->at[1] != ']') {
            p->at++;
            last = parse_char(p, &special);
        }
        add_range(p, &s, first, last);
    }
    if (*p->at != ']')
        p->failed = true;
    else
        p->at++;
    return set_piece(p, s);
}

/* A letter in both cases, or another sign. */
static struct piece parse_literal(struct parsing *p)
{
    idc_lexer_set s = {0};
    char special;
    uint32_t c = parse_char(p, &special);
    if (special) {
        add_special(&s, special);
    } else {
        add_range(p, &s, c, c);
        if (c < 128 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            add_range(p, &s, c ^ 32, c ^ 32);
    }
    return set_piece(p, s);
}

/* {name}: the pattern of that name, as if in brackets. */
static struct piece parse_name(struct parsing *p)
{
    const char *end = strchr(p->at, '}');
    size_t n = end ? (size_t)(end - p->at - 1) : 0;
    const idc_lexer_name *name = p->names;
    while (name->name && (strlen(name->name) != n || memcmp(name->name, p->at + 1, n) != 0))
        name++;
    if (!end || !name->name || p->depth == MOST_DEPTH) {
        p->failed = true;
        return empty(p);
    }
    p->at = name->pattern;
    p->depth++;
    struct piece piece = parse_choice(p);
    p->failed = p->failed || *p->at != 0;
    p->depth--;
    p->at = end + 1;
    return piece;
}

static struct piece parse_atom(struct parsing *p)
{
    if (*p->at == '(') {
        p->at++;
        if (p->depth++ == MOST_DEPTH)
            p->failed = true;
        struct piece piece = p->failed ? empty(p) : parse_choice(p);
        p->depth--;
        if (*p->at == ')')
            p->at++;
        else
            p->failed = true;
        return piece;
    }
    if (*p->at == '[')
        return parse_set(p);
    if (*p->at == '{')
        return parse_name(p);
    if (*p->at == '.') {
        idc_lexer_set s = {.negated = true};
        p->at++;
        add_range(p, &s, '\n', '\n');
        add_range(p, &s, '\r', '\r');
        return set_piece(p, s);
    }
    return parse_literal(p);
}

static struct piece join(struct parsing *p, struct piece a, struct piece b)
{
    link_to(p, a.last, b.first);
    return (struct piece){a.first, b.last};
}

/* The piece at `start` once, or with a way around it, or with a way back. */
static struct piece with_sign(struct parsing *p, struct piece x, char sign)
{
    int last = node(p, IDC_LEXER_FORK, 0, -1, -1);
    int fork = node(p, IDC_LEXER_FORK, 0, x.first, sign == '+' ? -1 : last);
    link_to(p, x.last, sign == '?' ? last : node(p, IDC_LEXER_FORK, 0, x.first, last));
    return (struct piece){fork, last};
}

/* {m,n} behind an atom, which is read again for each time. */
static struct piece parse_times(struct parsing *p, const char *start, struct piece x)
{
    char *end;
    unsigned long least = strtoul(p->at + 1, &end, 10), most = least;
    if (*end == ',')
        most = strtoul(end + 1, &end, 10);
    if (*end != '}' || most < least || most > MOST_REPEATS || most == 0) {
        p->failed = true;
        return x;
    }
    struct piece all = least > 0 ? x : with_sign(p, x, '?');
    for (unsigned long k = 1; k < most && !p->failed; k++) {
        p->at = start;
        struct piece again = parse_atom(p);
        all = join(p, all, k < least ? again : with_sign(p, again, '?'));
    }
    p->at = end + 1;
    return all;
}

static struct piece parse_sequence(struct parsing *p)
{
    struct piece all = empty(p);
    while (!p->failed && *p->at && *p->at != '|' && *p->at != ')') {
        const char *start = p->at;
        struct piece x = parse_atom(p);
        if (*p->at == '{' && p->at[1] >= '0' && p->at[1] <= '9')
            x = parse_times(p, start, x);
        else if (*p->at == '?' || *p->at == '*' || *p->at == '+')
            x = with_sign(p, x, *p->at++);
        all = join(p, all, x);
    }
    return all;
}

static struct piece parse_choice(struct parsing *p)
{
    struct piece all = parse_sequence(p);
    while (!p->failed && *p->at == '|') {
        p->at++;
        struct piece other = parse_sequence(p);
        int last = node(p, IDC_LEXER_FORK, 0, -1, -1),
            first = node(p, IDC_LEXER_FORK, 0, all.first, other.first);
        link_to(p, all.last, last);
        link_to(p, other.last, last);
        all = (struct piece){first, last};
    }
    return all;
}

int idc_lexer_compile(idc_lexer_automaton *a, const char *pattern, const idc_lexer_name *names,
                      int end, idc_error *err)
{
    struct parsing p = {.a = a, .names = names, .at = pattern};
    struct piece piece = parse_choice(&p);
    link_to(&p, piece.last, end);
    if (p.failed || *p.at)
        return idc_fail(err, IDC_E_INVALID, "pattern '%.200s' is wrong at '%.40s'", pattern, p.at);
    return piece.first;
}

void idc_lexer_automaton_free(idc_lexer_automaton *a)
{
    for (int k = 0; k < a->set_count; k++)
        free(a->sets[k].ranges);
    free(a->nodes);
}
