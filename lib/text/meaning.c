/* meaning.c: see meaning.h. */
#include "text/meaning.h"

#include <string.h>

#include "text/words.h"

/* ---- which template ---- */

static bool same_token(const idc_change_template *t, int i, const idc_token *k)
{
    if (t->pattern[i].kind == IDC_PATTERN_CLASS)
        return k->kind == t->pattern[i].value;
    if (t->pattern[i].kind >= 0)
        return k->kind == t->pattern[i].kind && k->value == t->pattern[i].value;
    return k->kind < 0 && k->word != IDC_NO_WORD && k->word == t->pattern[i].word;
}

/* Tokens [from, to) of the template against those of the sentence that begin at `at`. */
static bool same_run(const idc_change_template *t, int from, int to, const idc_token *at)
{
    for (int i = from; i < to; i++)
        if (!same_token(t, i, &at[i - from]))
            return false;
    return true;
}

/* An object says something of itself: a value, or a noun. */
static bool is_object(const idc_word_classes *c, const idc_token *k, int count)
{
    for (int i = 0; i < count; i++)
        if (k[i].kind >= 0 || idc_word_is_noun(c, &k[i]))
            return true;
    return false;
}

static bool template_fits(const idc_word_classes *c, const idc_change_template *t,
                          const idc_parsed *s, idc_meaning_place *p)
{
    int before = t->object < 0 ? t->count : t->object,
        after = t->object < 0 ? 0 : t->count - t->object - 1, between = s->count - before - after;
    if (t->object < 0 ? s->count != t->count : between < 1)
        return false;
    if (!same_run(t, 0, before, s->token) ||
        !same_run(t, t->count - after, t->count, &s->token[s->count - after]))
        return false;
    if (t->object >= 0 && !is_object(c, &s->token[before], between))
        return false;
    p->object = t->object < 0 ? -1 : before;
    p->object_count = t->object < 0 ? 0 : between;
    p->filler = t->filler < 0           ? -1
                : t->filler < t->object ? t->filler
                                        : s->count - (t->count - t->filler);
    return true;
}

idc_meaning_place idc_meaning_places(const idc_word_classes *c, const idc_parsed *s)
{
    idc_meaning_place best = {.template = -1, .object = -1, .filler = -1}, p;
    for (size_t i = 0; c && i < c->templates; i++) {
        if (!template_fits(c, &c->template[i], s, &p) ||
            (best.template >= 0 && p.object_count >= best.object_count))
            continue;
        best = p;
        best.template = (int)i;
    }
    return best;
}

/* ---- what it says ---- */

/* FNV-1a (Fowler, Noll, Vo 1991). */
static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 0x100000001b3u;
    return h;
}

static uint64_t canonical(const idc_word_classes *c, const idc_parsed *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (int i = 0; i < s->count; i++) {
        const idc_token *k = &s->token[i];
        if (k->kind >= 0) {
            int16_t id[2] = {k->kind, k->value};
            h = mix(mix(h, "\1", 1), id, sizeof id);
        } else if (c && idc_word_is_noun(c, k))
            h = mix(h, "\2", 1);
        else if (!strchr(".,;:!?", k->text[0]))
            h = mix(mix(h, k->text, k->length), " ", 1);
    }
    return h;
}

static void read_object(const idc_word_classes *c, const idc_token *k, int count, idc_meaning *m)
{
    int8_t *slot = m->slot;
    for (int i = 0; i < count; i++) {
        if (k[i].kind < 0)
            continue;
        if (!c->class[k[i].kind].relation) {
            slot[k[i].kind] = (int8_t)k[i].value;
            continue;
        }
        if (m->relations == IDC_MOST_RELATIONS)
            return;
        m->relation[m->relations].kind = (int8_t)k[i].kind;
        m->relation[m->relations].value = (int8_t)k[i].value;
        slot = m->relation[m->relations++].slot;
        memset(slot, -1, IDC_MOST_CLASSES);
    }
}

static bool holds_phrase(const char *text, const char *phrase)
{
    size_t n = strlen(phrase);
    for (const char *at = text; n > 0 && (at = strstr(at, phrase)) != NULL; at++)
        if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
            return true;
    return false;
}

idc_meaning idc_meaning_of(const idc_word_classes *c, const idc_parsed *s)
{
    idc_meaning m = {.canonical = canonical(c, s), .change = -1, .filler_kind = -1, .filler = -1};
    memset(m.slot, -1, sizeof m.slot);
    idc_meaning_place p = idc_meaning_places(c, s);
    if (p.template >= 0) {
        m.change = (int8_t)c->template[p.template].change;
        if (p.filler >= 0) {
            m.filler_kind = (int8_t)s->token[p.filler].kind;
            m.filler = (int8_t)s->token[p.filler].value;
        }
        if (p.object >= 0)
            read_object(c, &s->token[p.object], p.object_count, &m);
    }
    for (int i = 0; m.change < 0 && c && c->none >= 0 && i < c->unchanged; i++)
        if (holds_phrase(s->text, c->unchanged_phrase[i]))
            m.change = (int8_t)c->none;
    return m;
}

bool idc_meaning_is_none(const idc_word_classes *c, const idc_meaning *m)
{
    return c && c->none >= 0 && m->change == c->none;
}

/* ---- may it be true? ---- */

static bool same_change(const idc_meaning *a, const idc_meaning *b)
{
    return a->change == b->change && a->filler_kind == b->filler_kind && a->filler == b->filler;
}

/* Does b state, of the same other object, the opposite of a relation of a? */
static bool relation_denied(const idc_word_classes *c, const idc_meaning *a, const idc_meaning *b)
{
    for (int i = 0; i < a->relations; i++)
        for (int k = 0; k < b->relations; k++)
            if (a->relation[i].kind == b->relation[k].kind &&
                c->class[a->relation[i].kind].value[a->relation[i].value].opposite ==
                    b->relation[k].value &&
                memcmp(a->relation[i].slot, b->relation[k].slot, IDC_MOST_CLASSES) == 0)
                return true;
    return false;
}

bool idc_meaning_fits(const idc_word_classes *c, const idc_meaning *m, const idc_meaning *all,
                      const uint32_t *references, size_t n)
{
    bool stated[IDC_MOST_CLASSES] = {false}, agreed[IDC_MOST_CLASSES] = {false}, alike = false,
         denied = false;
    for (size_t i = 0; i < n; i++) {
        const idc_meaning *own = &all[references[i]];
        if (own->canonical == m->canonical)
            return true;
        if (m->change < 0 || !same_change(m, own))
            continue;
        alike = true;
        denied = denied || relation_denied(c, m, own);
        for (int k = 0; k < IDC_MOST_CLASSES; k++) {
            stated[k] = stated[k] || own->slot[k] >= 0;
            agreed[k] = agreed[k] || (own->slot[k] >= 0 && own->slot[k] == m->slot[k]);
        }
    }
    for (int k = 0; alike && k < IDC_MOST_CLASSES; k++)
        denied = denied || (m->slot[k] >= 0 && stated[k] && !agreed[k]);
    return alike && !denied;
}
