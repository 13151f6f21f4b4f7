/* rewrite.c: see rewrite.h. */
#include "text/rewrite.h"

#include <stdio.h>
#include <string.h>

#include "text/meaning.h"

/* ---- putting a sentence together ---- */

typedef struct writer {
    char text[IDC_MOST_TEXT];
    size_t length;
} writer;

/* "a" and "an" are put right by the word that follows. */
static void put(writer *w, const char *text, size_t n)
{
    char *article = w->length >= 1 ? w->text + w->length - 1 : NULL;
    bool vowel = n > 0 && strchr("aeio", text[0]);
    if (article && *article == 'n' && w->length >= 2 && article[-1] == 'a')
        article--;
    bool is_article = article && *article == 'a' && (article == w->text || article[-1] == ' ');
    if (w->length + n + 3 > sizeof w->text)
        return;
    if (is_article) {
        w->length = (size_t)(article - w->text) + 1;
        if (vowel)
            w->text[w->length++] = 'n';
    }
    if (w->length > 0)
        w->text[w->length++] = ' ';
    memcpy(w->text + w->length, text, n);
    w->length += n;
    w->text[w->length] = 0;
}

static void put_tokens(writer *w, const idc_token *k, int count)
{
    for (int i = 0; i < count; i++)
        put(w, k[i].text, k[i].length);
}

static int below(idc_random *r, int n)
{
    return (int)idc_random_below(r, (uint32_t)n);
}

/* ---- other values ---- */

/* Another value of the token's class, in the manner of the token: of shiny, metallic and matte, the second follows the second. */
static const char *other_phrase(const idc_word_classes *c, const idc_token *k, idc_random *r)
{
    const idc_word_class *class = &c->class[k->kind];
    const idc_word_value *now = &class->value[k->value];
    int which = 0, value = (k->value + 1 + below(r, class->count - 1)) % class->count;
    for (int i = 0; i < now->count; i++)
        if (strlen(now->phrase[i]) == k->length && memcmp(now->phrase[i], k->text, k->length) == 0)
            which = i;
    const idc_word_value *then = &class->value[value];
    return then->phrase[which < then->count ? which : then->count - 1];
}

/* ---- another change ---- */

/* An object with a relation, or an other one, takes "the" alone. */
static bool plain_object(const idc_word_classes *c, const idc_token *k, int count)
{
    for (int i = 0; i < count; i++)
        if ((k[i].kind >= 0 && c->class[k[i].kind].relation) ||
            (k[i].length == 5 && memcmp(k[i].text, "other", 5) == 0))
            return false;
    return true;
}

static bool suits(const idc_word_classes *c, const idc_change_template *t, int change,
                  bool plain_only)
{
    if (t->object < 0 || t->change == c->none || t->change != change)
        return false;
    if (!plain_only || t->object == 0)
        return true;
    /* without its classes' words, the template's own text says what stands in front */
    const char *at = strstr(t->text, "{object}");
    return at && at - t->text >= 4 && memcmp(at - 4, "the ", 4) == 0;
}

static const idc_change_template *draw_template(const idc_word_classes *c, int change,
                                                bool plain_only, idc_random *r)
{
    int n = 0;
    for (size_t i = 0; i < c->templates; i++)
        n += suits(c, &c->template[i], change, plain_only);
    int k = n > 0 ? below(r, n) : -1;
    for (size_t i = 0; i < c->templates; i++)
        if (suits(c, &c->template[i], change, plain_only) && k-- == 0)
            return &c->template[i];
    return NULL;
}

/* The contrary half of the time, where there is one; else any other change. −1: there is none. */
static int draw_change(const idc_word_classes *c, int now, idc_random *r)
{
    int others[IDC_MOST_CHANGES], n = 0;
    if (c->contrary[now] >= 0 && below(r, 2) == 0)
        return c->contrary[now];
    for (int i = 0; i < c->changes; i++)
        if (i != now && i != c->none)
            others[n++] = i;
    return n > 0 ? others[below(r, n)] : -1;
}

static bool change_predicate(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                             idc_parsed *out)
{
    idc_meaning_place p = idc_meaning_places(c, s);
    if (p.template <0 || p.object < 0)
        return false;
    const idc_token *object = &s->token[p.object];
    int change = draw_change(c, c->template[p.template].change, r);
    const idc_change_template *t =
        draw_template(c, change, !plain_object(c, object, p.object_count), r);
    if (!t)
        return false;
    writer w = {.length = 0};
    for (const char *at = t->text; *at;) {
        size_t n = strcspn(at, " ");
        if (n == 8 && memcmp(at, "{object}", 8) == 0)
            put_tokens(&w, object, p.object_count);
        else if (at[0] == '{' && t->filler >= 0) {
            const idc_word_class *class = &c->class[t->pattern[t->filler].value];
            const char *word = class->value[below(r, class->count)].phrase[0];
            put(&w, word, strlen(word));
        } else
            put(&w, at, n);
        at += n + (at[n] == ' ');
    }
    idc_word_classes_read(c, w.text, out);
    return true;
}

bool idc_rewrite_replace(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                         idc_parsed *out)
{
    uint32_t place[IDC_MOST_TOKENS];
    bool chosen[IDC_MOST_TOKENS] = {false};
    int n = 0, wanted = 1 + below(r, 3);
    for (int i = 0; i < s->count; i++)
        if (s->token[i].kind >= 0 && c->class[s->token[i].kind].count > 1)
            place[n++] = (uint32_t)i;
    if (below(r, n + 1) == 0 && change_predicate(c, s, r, out))
        return true;
    if (n == 0)
        return false;
    idc_random_shuffle(r, place, (size_t)n);
    for (int i = 0; i < n && i < wanted; i++)
        chosen[place[i]] = true;
    writer w = {.length = 0};
    for (int i = 0; i < s->count; i++) {
        if (!chosen[i]) {
            put_tokens(&w, &s->token[i], 1);
            continue;
        }
        const char *phrase = other_phrase(c, &s->token[i], r);
        put(&w, phrase, strlen(phrase));
    }
    idc_word_classes_read(c, w.text, out);
    return true;
}

/* ---- parts that change places ---- */

static bool is_word(const idc_token *k, const char *word)
{
    return strlen(word) == k->length && memcmp(word, k->text, k->length) == 0;
}

static bool exchange_subjects(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                              idc_parsed *out)
{
    writer w = {.length = 0};
    bool any = false;
    (void)r;
    for (int i = 0; i < s->count; i++) {
        const idc_token *k = &s->token[i];
        const char *other = NULL;
        for (int p = 0; p < c->subjects && !other; p++)
            other = is_word(k, c->subject[p][0])   ? c->subject[p][1]
                    : is_word(k, c->subject[p][1]) ? c->subject[p][0]
                                                   : NULL;
        put(&w, other ? other : k->text, other ? strlen(other) : k->length);
        any = any || other;
    }
    idc_word_classes_read(c, w.text, out);
    return any;
}

static bool describes(const idc_word_classes *c, const idc_token *k)
{
    return k->kind >= 0 ? !c->class[k->kind].relation : idc_word_is_noun(c, k);
}

/* Up to three runs of describing tokens in [from, to): the object, and what relations lead to. Returns how many. */
static int find_objects(const idc_word_classes *c, const idc_parsed *s, int from, int to,
                        int first[3], int count[3])
{
    int n = 0;
    bool led_to = true;
    for (int i = from; i < to && n < 3; i++) {
        led_to = led_to || (s->token[i].kind >= 0 && c->class[s->token[i].kind].relation);
        if (!led_to || !describes(c, &s->token[i]))
            continue;
        first[n] = i;
        while (i < to && describes(c, &s->token[i]))
            i++;
        count[n] = i - first[n];
        n++;
        i--;
        led_to = false;
    }
    return n;
}

static bool exchange_objects(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                             idc_parsed *out)
{
    idc_meaning_place p = idc_meaning_places(c, s);
    int from = p.template <0 || p.object < 0 ? 0 : p.object,
                           to = from == p.object ? p.object + p.object_count : s->count, first[3],
                           count[3], n = find_objects(c, s, from, to, first, count),
                           k = n > 2 ? 1 + below(r, 2) : 1;
    if (n < 2)
        return false;
    writer w = {.length = 0};
    put_tokens(&w, s->token, first[0]);
    put_tokens(&w, &s->token[first[k]], count[k]);
    put_tokens(&w, &s->token[first[0] + count[0]], first[k] - first[0] - count[0]);
    put_tokens(&w, &s->token[first[0]], count[0]);
    put_tokens(&w, &s->token[first[k] + count[k]], s->count - first[k] - count[k]);
    idc_word_classes_read(c, w.text, out);
    return true;
}

bool idc_rewrite_confuse(const idc_word_classes *c, const idc_parsed *s, idc_random *r,
                         idc_parsed *out)
{
    static bool (*const ways[])(const idc_word_classes *, const idc_parsed *, idc_random *,
                                idc_parsed *) = {exchange_subjects, exchange_objects,
                                                 change_predicate};
    int start = below(r, 3);
    for (int i = 0; i < 3; i++)
        if (ways[(start + i) % 3](c, s, r, out))
            return true;
    return false;
}
