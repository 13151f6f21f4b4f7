/* word_classes.c: see word_classes.h. The file is read by word_classes_file.c. */
#include "text/word_classes.h"

#include <string.h>

#include "text/word_lookup.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool stands_alone(const char *p)
{
    return *p && strchr(".,;:!?\"()", *p) != NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The sentence in lower case, its words and signs one blank apart. Returns its length. */
size_t idc_plain_words(const char *sentence, char *to, size_t room)
{
    size_t n = 0;
    bool apart = false;
    for (const char *p = sentence; *p && n + 2 < room; p++) {
        bool genitive = p[0] == '\'' && (p[1] == 's' || p[1] == 'S') &&
                        (!p[2] || is_blank(p[2]) || stands_alone(p + 2));
        if (is_blank(*p)) {
            apart = true;
            continue;
        }
        if (n > 0 && (apart || stands_alone(p) || genitive))
            to[n++] = ' ';
        to[n++] = lower(*p);
        apart = stands_alone(p);
    }
    while (n > 0 && (to[n - 1] == ' ' || strchr(".!?", to[n - 1])))
        n--;
    to[n] = 0;
    return n;
}

/* The longest phrase that begins at token `at` of the words, or NULL. */
static const idc_word_phrase *phrase_at(const struct idc_word_lookup *l, const uint32_t *word,
                                        int count, int at)
{
    if (word[at] == IDC_NO_WORD)
        return NULL;
    for (size_t k = l->first[word[at]]; k < l->count && l->phrases[k].word[0] == word[at]; k++) {
        const idc_word_phrase *p = &l->phrases[k];
        if (p->count <= count - at &&
            memcmp(p->word, word + at, (size_t)p->count * sizeof *word) == 0)
            return p;
    }
    return NULL;
}

void idc_word_classes_read(const idc_word_classes *c, const char *sentence, idc_parsed *out)
{
    uint32_t word[IDC_MOST_TOKENS];
    size_t start[IDC_MOST_TOKENS], end[IDC_MOST_TOKENS],
        length = idc_plain_words(sentence, out->text, sizeof out->text);
    int n = 0;
    for (size_t at = 0; at < length && n < IDC_MOST_TOKENS; at = end[n] + 1, n++) {
        start[n] = at;
        end[n] = at + strcspn(out->text + at, " ");
        word[n] = c ? idc_words_find(c->lookup->words, out->text + at, end[n] - at) : IDC_NO_WORD;
        if (n + 1 == IDC_MOST_TOKENS)
            out->text[end[n]] = 0; /* the rest is left out */
    }
    out->count = 0;
    for (int i = 0; i < n;) {
        const idc_word_phrase *p = c && c->lookup->first ? phrase_at(c->lookup, word, n, i) : NULL;
        int used = p ? p->count : 1;
        out->token[out->count++] = (idc_token){.text = out->text + start[i],
                                               .length = (uint16_t)(end[i + used - 1] - start[i]),
                                               .kind = p ? p->kind : -1,
                                               .value = p ? p->value : -1,
                                               .word = p ? IDC_NO_WORD : word[i]};
        i += used;
    }
}

bool idc_word_is_noun(const idc_word_classes *c, const idc_token *t)
{
    for (int i = 0; i < c->lookup->noun_count; i++)
        if (t->kind < 0 && t->word == c->lookup->nouns[i])
            return true;
    return false;
}
