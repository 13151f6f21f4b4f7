/* The order of the steps matters, and so does that each goes once from left to right over what the step before left, taking
 * up the sign and its two neighbours: of "black-and-white" only the first hyphen is split off, since the second's left
 * neighbour has been used. */
#include "score/meteor_normal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "score/meteor.h"
#include "text/unicode.h"

enum { DOTS = 0x110000 }; /* DOTS + k: k dots in a row, no letter and no sign */

static bool alpha(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == 0x160 || c == 0x161 ||
           c == 0x17D || c == 0x17E || c == 0x178 ||
           (c >= 0xC0 && c <= 0x17E && c != 0xD7 && c != 0xF7) || (c >= 0x400 && c <= 0x527) ||
           (c >= 0xA640 && c <= 0xA66E) || (c >= 0xA67E && c <= 0xA697) ||
           (c >= 0x1D00 && c <= 0x1D7F);
}

static bool digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool alnum(uint32_t c)
{
    return alpha(c) || digit(c);
}

static bool not_alpha(uint32_t c)
{
    return !alpha(c);
}

static bool not_alnum(uint32_t c)
{
    return !alnum(c);
}

static bool not_digit(uint32_t c)
{
    return !digit(c);
}

static bool alnum_or_dot(uint32_t c)
{
    return alnum(c) || c == '.';
}

static bool letter_s(uint32_t c)
{
    return c == 's';
}

static bool blank(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

/* One step: `sign` between two neighbours becomes `left`, the sign unless dropped, `right`, each a blank or nothing. */
static const struct between {
    bool (*before)(uint32_t), (*after)(uint32_t);
    char sign;
    bool blank_before, keep, blank_after;
} commas[] = {{not_digit, not_digit, ',', true, true, true},
              {digit, not_digit, ',', true, true, true},
              {not_digit, digit, ',', true, true, true}},
  hyphens[] = {{alnum_or_dot, alnum, '-', true, false, false}},
  quotes[] = {{not_alpha, not_alpha, '\'', true, true, true},
              {not_alnum, alpha, '\'', true, true, true},
              {alpha, not_alpha, '\'', true, true, true},
              {alpha, alpha, '\'', true, true, false},
              {digit, letter_s, '\'', true, true, false}};

static bool make_room(idc_meteor_normal *n, size_t count)
{
    if (count <= n->room)
        return true;
    size_t room = count + count / 2;
    uint32_t *from = realloc(n->from, room * sizeof *from);
    if (from)
        n->from = from;
    uint32_t *to = realloc(n->to, room * sizeof *to);
    if (to)
        n->to = to;
    if (!from || !to)
        return false;
    n->room = room;
    return true;
}

static void swap(idc_meteor_normal *n, size_t count)
{
    uint32_t *t = n->from;
    n->from = n->to;
    n->to = t;
    n->count = count;
}

static bool split_between(idc_meteor_normal *n, const struct between *steps, size_t count)
{
    for (size_t s = 0; s < count; s++) {
        const struct between *b = &steps[s];
        if (!make_room(n, 3 * n->count + 8))
            return false;
        const uint32_t *from = n->from;
        size_t k = 0;
        for (size_t i = 0; i < n->count; i++) {
            n->to[k++] = from[i];
            if (i + 2 < n->count && from[i + 1] == (uint32_t)b->sign && b->before(from[i]) &&
                b->after(from[i + 2])) {
                if (b->blank_before)
                    n->to[k++] = ' ';
                if (b->keep)
                    n->to[k++] = (uint32_t)b->sign;
                if (b->blank_after)
                    n->to[k++] = ' ';
                n->to[k++] = from[i + 2];
                i += 2;
            }
        }
        swap(n, k);
    }
    return true;
}

/* Signs by themselves, but not . ' ` , - and single quotation marks. */
static bool separate_signs(idc_meteor_normal *n, const char *text, size_t length)
{
    if (!make_room(n, 3 * length + 8))
        return false;
    size_t k = 0;
    n->from[k++] = ' ';
    for (size_t at = 0; at < length;) {
        uint32_t c = idc_utf8_next(text, length, &at);
        bool stays = alnum(c) || blank(c) || c == '.' || c == '\'' || c == '`' || c == ',' ||
                     c == '-' || c == 0x2018 || c == 0x2019;
        if (!stays)
            n->from[k++] = ' ';
        n->from[k++] = c;
        if (!stays)
            n->from[k++] = ' ';
    }
    n->from[k++] = ' ';
    n->count = k;
    return true;
}

/* Two and more dots become one sign of their own. */
static bool gather_dots(idc_meteor_normal *n)
{
    size_t k = 0;
    if (!make_room(n, 3 * n->count + 8))
        return false;
    for (size_t i = 0, run; i < n->count; i += run) {
        for (run = 0; i + run < n->count && n->from[i + run] == '.';)
            run++;
        if (run < 2) {
            n->to[k++] = n->from[i];
            run = 1;
        } else {
            n->to[k++] = ' ';
            n->to[k++] = DOTS + (uint32_t)run;
            n->to[k++] = ' ';
        }
    }
    swap(n, k);
    return true;
}

/* Quotation marks to ' and ", dashes to -. */
static bool plain_quotes(idc_meteor_normal *n)
{
    size_t k = 0;
    if (!make_room(n, 3 * n->count + 8))
        return false;
    for (size_t i = 0; i < n->count; i++)
        if (n->from[i] == '`' || n->from[i] == 0x2018 || n->from[i] == 0x2019)
            n->from[i] = '\'';
        else if (n->from[i] == 0x2013)
            n->from[i] = '-';
    for (size_t i = 0; i < n->count; i++) {
        bool pair = i + 1 < n->count && n->from[i] == n->from[i + 1] &&
                    (n->from[i] == '\'' || n->from[i] == '-');
        if (n->from[i] == 0x201C || n->from[i] == 0x201D || (pair && n->from[i] == '\'')) {
            n->to[k++] = ' ';
            n->to[k++] = '"';
            n->to[k++] = ' ';
        } else {
            n->to[k++] = n->from[i];
        }
        i += pair;
    }
    swap(n, k);
    return true;
}

/* Unicode's blanks, which split words in the end only. */
static bool wide_blank(uint32_t c)
{
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

static int emit(idc_meteor_normal *n, const uint32_t *word, size_t count, idc_meteor_word_sink take,
                void *user)
{
    n->line.size = 0;
    for (size_t i = 0; i <= count; i++) {
        if (i == count || wide_blank(word[i])) {
            int rc = n->line.size ? take(user, (char *)n->line.data, n->line.size) : 0;
            if (rc < 0)
                return rc;
            n->line.size = 0;
            continue;
        }
        char bytes[4];
        size_t dots = word[i] > DOTS ? word[i] - DOTS : 0;
        if (idc_buffer_reserve(&n->line, dots + 4) < 0)
            return IDC_E_MEMORY;
        if (dots) {
            memset(n->line.data + n->line.size, '.', dots);
            n->line.size += dots;
        } else {
            idc_buffer_append(&n->line, bytes, idc_utf8_put(bytes, idc_lower(word[i])));
        }
    }
    return 0;
}

/* What the list of abbreviations says of a word without its last dot: −1 nothing, 0 always one, 1 before numbers. */
static int abbreviation(idc_meteor_normal *n, const idc_lexicon *index, const uint32_t *word,
                        size_t count)
{
    char bytes[4];
    n->line.size = 0;
    for (size_t i = 0; i < count; i++)
        if (idc_buffer_append(&n->line, bytes, idc_utf8_put(bytes, word[i])) < 0)
            return -1;
    uint32_t kinds = 0,
             id = index ? idc_lexicon_find(index, IDC_METEOR_PREFIXES, n->line.data, n->line.size)
                        : IDC_LEXICON_NONE;
    const uint32_t *kind =
        id == IDC_LEXICON_NONE ? NULL : idc_lexicon_list(index, IDC_METEOR_PREFIXES, id, &kinds);
    return kinds ? (int)kind[kinds - 1] : -1;
}

/* A word that ends in a dot: U.S. loses its dots, an abbreviation or a dot before a small letter stays, others lose theirs. */
static int emit_dotted(idc_meteor_normal *n, const idc_lexicon *index, const uint32_t *word,
                       size_t count, const uint32_t *next, idc_meteor_word_sink take, void *user)
{
    bool dot = false, some_alpha = false;
    for (size_t i = 0; i + 1 < count; i++) {
        dot = dot || word[i] == '.';
        some_alpha = some_alpha || alpha(word[i]);
    }
    if (dot && some_alpha) {
        size_t k = 0;
        for (size_t i = 0; i < count; i++)
            if (word[i] != '.')
                n->to[k++] = word[i];
        return emit(n, n->to, k, take, user);
    }
    int kind = abbreviation(n, index, word, count - 1);
    if (kind == 0 || (next && *next >= 'a' && *next <= 'z') || (kind == 1 && next && digit(*next)))
        return emit(n, word, count, take, user);
    int rc = emit(n, word, count - 1, take, user);
    return rc < 0 ? rc : emit(n, word + count - 1, 1, take, user);
}

static int emit_words(idc_meteor_normal *n, const idc_lexicon *index, idc_meteor_word_sink take,
                      void *user)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n->count;) {
        size_t start, end, next;
        for (start = i; start < n->count && blank(n->from[start]);)
            start++;
        for (end = start; end < n->count && !blank(n->from[end]);)
            end++;
        for (next = end; next < n->count && blank(n->from[next]);)
            next++;
        if (end - start > 1 && n->from[end - 1] == '.')
            rc = emit_dotted(n, index, n->from + start, end - start,
                             next < n->count ? n->from + next : NULL, take, user);
        else if (end > start)
            rc = emit(n, n->from + start, end - start, take, user);
        i = end;
    }
    return rc;
}

int idc_meteor_words(idc_meteor_normal *n, const idc_lexicon *index, const char *text,
                     size_t length, idc_meteor_word_sink take, void *user)
{
    bool plain = true;
    for (size_t i = 0; plain && i < length; i++)
        plain = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
                text[i] == ' ';
    if (plain) {
        for (size_t i = 0, end; i < length; i = end) {
            while (i < length && text[i] == ' ')
                i++;
            for (end = i; end < length && text[end] != ' ';)
                end++;
            int rc = end > i ? take(user, text + i, end - i) : 0;
            if (rc < 0)
                return rc;
        }
        return 0;
    }
    bool good = separate_signs(n, text, length) && gather_dots(n) && split_between(n, commas, 3) &&
                plain_quotes(n) && split_between(n, hyphens, 1) && split_between(n, quotes, 5) &&
                make_room(n, n->count);
    return good ? emit_words(n, index, take, user) : IDC_E_MEMORY;
}

void idc_meteor_normal_free(idc_meteor_normal *n)
{
    free(n->from);
    free(n->to);
    idc_buffer_free(&n->line);
    *n = (idc_meteor_normal){0};
}
