#include "text/ptb.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/ptb_rules.h"
#include "text/unicode.h"

enum {
    NEXT_LINE = 64,  /* of the line that follows, what a context can reach */
    UNKNOWN = 0xD800 /* a half of a surrogate pair: in no pattern */
};

struct idc_ptb {
    idc_lexer *lexer;
    uint32_t *text;
    size_t room;
    idc_buffer token;
};

idc_ptb *idc_ptb_new(idc_error *err)
{
    idc_ptb *t = calloc(1, sizeof *t);
    if (!t) {
        idc_fail(err, IDC_E_MEMORY, "no memory");
        return NULL;
    }
    if (idc_lexer_new(&t->lexer, idc_ptb_rules, idc_ptb_names, err) < 0)
        idc_ptb_free(&t);
    return t;
}

void idc_ptb_free(idc_ptb **t)
{
    if (*t) {
        idc_lexer_free(&(*t)->lexer);
        free((*t)->text);
        idc_buffer_free(&(*t)->token);
    }
    free(*t);
    *t = NULL;
}

/* The line and the beginning of the next as code points; *own: how many are the line's. */
static int decode(idc_ptb *t, const char *line, size_t length, const char *next, size_t next_length,
                  size_t *own, size_t *all)
{
    size_t want = length + NEXT_LINE + 2, k = 0;
    if (want > t->room) {
        uint32_t *grown = realloc(t->text, want * 2 * sizeof *grown);
        if (!grown)
            return IDC_E_MEMORY;
        t->text = grown;
        t->room = want * 2;
    }
    for (size_t at = 0; at < length; k++) {
        t->text[k] = idc_utf8_next(line, length, &at);
        if (t->text[k] == '\n')
            t->text[k] = ' ';
        if (t->text[k] > 0xFFFF) /* that tokeniser knows no code point beyond 16 bits */
            t->text[k] = UNKNOWN;
    }
    *own = k;
    t->text[k++] = '\n';
    for (size_t at = 0; next && at < next_length && k < *own + NEXT_LINE; k++)
        t->text[k] = idc_utf8_next(next, next_length, &at);
    *all = next ? k : *own + 1;
    return 0;
}

static const struct {
    uint32_t sign;
    const char *text;
} written_out[] = {{'(', "-lrb-"}, {')', "-rrb-"},  {'[', "-lsb-"},  {']', "-rsb-"},
                   {'{', "-lcb-"}, {'}', "-rcb-"},  {0xBC, "1/4"},   {0xBD, "1/2"},
                   {0xBE, "3/4"},  {0x2153, "1/3"}, {0x2154, "2/3"}, {0xA2, "cents"},
                   {0xA3, "#"},    {0xA4, "$"},     {0x80, "$"},     {0x20A0, "$"},
                   {0x20AC, "$"}};

static const char *name_of(uint32_t sign)
{
    for (size_t k = 0; k < sizeof written_out / sizeof *written_out; k++)
        if (written_out[k].sign == sign)
            return written_out[k].text;
    return NULL;
}

static int put(idc_ptb *t, uint32_t c)
{
    char bytes[4];
    return idc_buffer_append(&t->token, bytes, idc_utf8_put(bytes, c));
}

/* An entity or a two-letter sign at the text's front: how many code points, and what it becomes. */
static size_t entity(const uint32_t *text, size_t n, char *becomes)
{
    static const struct {
        const char *name;
        char sign;
    } entities[] = {{"&amp;", '&'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}};
    for (size_t k = 0; k < sizeof entities / sizeof *entities; k++) {
        size_t length = strlen(entities[k].name), i = 0;
        while (i < length && i < n && idc_lower(text[i]) == (uint32_t)entities[k].name[i])
            i++;
        if (i == length) {
            *becomes = entities[k].sign;
            return length;
        }
    }
    return 0;
}

/* Brackets inside a token are written out only where the token is a smiley, a face or a telephone number: one that has no letter
 * or digit beside them but such. */
static bool opens_brackets(const uint32_t *text, size_t n)
{
    if (n < 2 || text[0] == '<')
        return n > 1 && text[0] == '<' && (text[1] == ':' || text[1] == ';' || text[1] == '=');
    return text[0] == '(' ||
           ((text[0] == ':' || text[0] == ';' || text[0] == '=' || text[0] == '>') && n <= 4);
}

static int make_token(idc_ptb *t, const uint32_t *text, size_t n, bool straight)
{
    bool brackets = opens_brackets(text, n);
    int rc = 0;
    size_t plain = 0; /* small letters and digits, which most tokens are */
    t->token.size = 0;
    if (idc_buffer_reserve(&t->token, n) < 0)
        return IDC_E_MEMORY;
    while (plain < n && ((text[plain] >= 'a' && text[plain] <= 'z') ||
                         (text[plain] >= '0' && text[plain] <= '9'))) {
        t->token.data[plain] = (uint8_t)text[plain];
        plain++;
    }
    t->token.size = plain;
    for (size_t i = plain; rc == 0 && i < n; i++) {
        uint32_t c = text[i];
        char sign;
        size_t skip = c == '&' ? entity(text + i, n - i, &sign) : 0;
        if (skip) {
            rc = put(t, (unsigned char)sign);
            i += skip - 1;
        } else if (straight && (c == 0x2019 || c == 0x92)) {
            rc = put(t, '\'');
        } else if (straight && (c == 0x2018 || c == 0x91 || c == 0x201B)) {
            rc = put(t, '`');
        } else if (c == ' ' || c == '\t' || c == '\n') {
            rc = put(t, 0xA0);
        } else if (brackets && (c == '(' || c == ')')) {
            rc = idc_buffer_append_string(&t->token, name_of(c));
        } else if (c == 0x130) { /* as Java lower-cases it: i and a dot above */
            rc = put(t, 'i') < 0 ? IDC_E_MEMORY : put(t, 0x307);
        } else if (c != 0xAD && c != UNKNOWN) {
            rc = put(t, idc_lower(c));
        }
    }
    return rc;
}

/* The list of the evaluation. It is compared with the lower-cased token, so that its names of brackets never occur. */
static bool is_dropped(const char *token, size_t n)
{
    if (n > 3)
        return false;
    static const char list[][4] = {"''", "'", "``", "`",  ".",   "?", "!",
                                   ",",  ":", "-",  "--", "...", ";"};
    for (size_t k = 0; k < sizeof list / sizeof *list; k++)
        if (memcmp(list[k], token, n) == 0 && list[k][n] == 0)
            return true;
    return false;
}

/* Curly quotation marks by themselves become plain ones, all of which are dropped. */
static bool is_quote(const uint32_t *text, size_t n)
{
    if (n > 2)
        return false;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = text[i];
        if (c != '\'' && c != '`' && c != 0x2018 && c != 0x2019 && c != 0x201C && c != 0x201D &&
            c != 0xAB && c != 0xBB && c != 0x201B && c != 0x2039 && c != 0x203A &&
            !(c >= 0x91 && c <= 0x94))
            return false;
    }
    return true;
}

static int add_token(idc_ptb *t, size_t line_start, idc_buffer *out)
{
    if (t->token.size == 0 || is_dropped((char *)t->token.data, t->token.size))
        return 0;
    if (out->size > line_start && idc_buffer_append(out, " ", 1) < 0)
        return IDC_E_MEMORY;
    return idc_buffer_append(out, t->token.data, t->token.size);
}

/* One token; *used: how much of the text it takes. */
static int take_token(idc_ptb *t, const uint32_t *text, size_t n, int action, size_t line_start,
                      idc_buffer *out, size_t *used)
{
    size_t keep = n;
    *used = n;
    switch (action) {
    case IDC_PTB_DROP:
    case IDC_PTB_ELLIPSIS:
        return 0;
    case IDC_PTB_HYPHENS:
        if (n <= 4)
            return 0;
        break;
    case IDC_PTB_SPLIT_2:
        keep = *used = n - 2;
        break;
    case IDC_PTB_SPLIT_3:
        keep = *used = n - 3;
        break;
    case IDC_PTB_INITIAL:
        keep -= n == 2;
        break;
    case IDC_PTB_OPENED: {
        const char *name = name_of(text[0]);
        t->token.size = 0;
        if (name && idc_buffer_append_string(&t->token, name) < 0)
            return IDC_E_MEMORY;
        if (name)
            return add_token(t, line_start, out);
        break;
    }
    default:
        if (is_quote(text, n))
            return 0;
    }
    int rc = make_token(t, text, keep, action == IDC_PTB_QUOTED);
    return rc < 0 ? rc : add_token(t, line_start, out);
}

int idc_ptb_line(idc_ptb *t, const char *line, size_t length, const char *next, size_t next_length,
                 idc_buffer *out, idc_error *err)
{
    size_t own, all, line_start = out->size, used;
    int rc = decode(t, line, length, next, next_length, &own, &all), action = IDC_PTB_DROP;
    for (size_t at = 0; rc == 0 && at < own; at += used) {
        size_t n = idc_lexer_match(t->lexer, t->text, all, at, &action);
        used = n ? n : 1; /* a sign that no rule knows is deleted */
        if (n && at + n > own)
            n = used = own - at;
        if (n)
            rc = take_token(t, t->text + at, n, action, line_start, out, &used);
    }
    return rc < 0 ? idc_fail(err, rc, "tokenising: no memory") : 0;
}
