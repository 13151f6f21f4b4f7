#include "synth/sentences.h"

#include <stdio.h>
#include <string.h>

#include "text/plain.h"

#define RELATION_LEAST 0.2
#define PLAIN_TRIES 12
#define SENTENCE_TRIES 400
#define ALL_ATTRS 15u /* bits of idc attributes */

/* Words of a value; the first is the plain one. */
typedef struct words {
    int count;
    const char *word[3];
} words;

static const words size_words[] = {{2, {"large", "big"}}, {2, {"small", "tiny"}}};
static const words color_words[] = {{1, {"gray"}},  {1, {"red"}},   {1, {"blue"}},
                                    {1, {"green"}}, {1, {"brown"}}, {1, {"purple"}},
                                    {1, {"cyan"}},  {1, {"yellow"}}};
static const words material_words[] = {{2, {"rubber", "matte"}},
                                       {3, {"metal", "metallic", "shiny"}}};
static const words shape_words[] = {
    {2, {"cube", "block"}}, {2, {"sphere", "ball"}}, {1, {"cylinder"}}};
static const words *const attr_words[IDC_ATTRS] = {size_words, color_words, material_words,
                                                   shape_words};
static const words any_shape = {2, {"thing", "object"}};
static const words relation_words[IDC_RELATIONS] = {
    {3, {"left of", "to the left of", "on the left side of"}},
    {3, {"right of", "to the right of", "on the right side of"}},
    {1, {"behind"}},
    {1, {"in front of"}}};

/* Sentence forms: %o the object with "the", %a with "a", %n bare; %v the new value in any word, %m in the plain one. */
#define MOST_FORMS 8
static const char *const forms[IDC_TYPES][MOST_FORMS] = {
    [IDC_COLOR] = {"%o turned %v", "%o became %v", "%o has changed to %v", "%o is now %v",
                   "the color of %o was changed to %v", "someone painted %o %v",
                   "%o has taken on a %v color"},
    [IDC_MATERIAL] = {"%o turned %v", "%o became %v", "%o has changed to %v", "%o is now %v",
                      "%o is now made of %m", "the material of %o was changed to %m",
                      "%o has got a %v surface"},
    [IDC_ADD] = {"%o has been added", "%o has appeared", "there is a new %n",
                 "a new %n has been put in the scene", "someone added %o",
                 "%o was not there before", "a new %n can be seen", "%o is new"},
    [IDC_DROP] = {"%o has disappeared", "%o is missing", "%o is gone", "%o has been removed",
                  "someone took %o away", "%o can no longer be seen", "there is no longer %a",
                  "%o is not there any more"},
    [IDC_MOVE] = {"%o has moved", "%o was moved", "%o is now somewhere else",
                  "%o has changed its place", "someone moved %o", "%o is in a different place",
                  "the position of %o has changed", "%o was put in another place"}};
static const char *const none_forms[] = {"there is no change",
                                         "nothing has changed",
                                         "the scene remains the same",
                                         "no object has changed",
                                         "the two scenes are the same",
                                         "both images show the same scene",
                                         "there is no difference",
                                         "everything is as it was before",
                                         "nothing was moved added or removed",
                                         "the scene is unchanged",
                                         "no change has been made",
                                         "all objects are the same as before"};
#define NONE_FORMS (sizeof none_forms / sizeof *none_forms)

enum { BY_LOOK, BY_PLACE, BY_TWO_PLACES, BY_LIKENESS };

/* What is spoken of, and where. */
typedef struct talk {
    const idc_view *view;
    int target;
    idc_random *r;
} talk;

typedef struct phrase {
    char text[IDC_SENTENCE_SIZE / 2];
    int way; /* BY_… */
} phrase;

static int chance(idc_random *r, int n)
{
    return (int)idc_random_below(r, (uint32_t)n);
}

static const char *any_word(idc_random *r, const words *w)
{
    return w->word[chance(r, w->count)];
}

static int same(const idc_solid *a, const idc_solid *b, unsigned attrs)
{
    for (int k = 0; k < IDC_ATTRS; k++)
        if ((attrs >> k & 1) && a->attr[k] != b->attr[k])
            return 0;
    return 1;
}

/* Objects that look like k in the attributes, as bits. */
static unsigned alike(const idc_view *v, int k, unsigned attrs)
{
    unsigned out = 0;
    for (int i = 0; i < v->count; i++)
        if (same(&v->objects[i], &v->objects[k], attrs))
            out |= 1u << i;
    return out;
}

int idc_related(const idc_solid *a, const idc_solid *b, int relation, const double camera[3])
{
    double right[2], away[2], dx = a->x - b->x, dy = a->y - b->y;
    idc_ground_axes(camera, right, away);
    const double *axis = relation == IDC_LEFT || relation == IDC_RIGHT ? right : away;
    double t = dx * axis[0] + dy * axis[1];
    return relation == IDC_RIGHT || relation == IDC_BEHIND ? t > RELATION_LEAST
                                                           : t < -RELATION_LEAST;
}

/* One less than all that may be said, or two less (a third of the time). */
static unsigned some_attrs(idc_random *r, unsigned banned)
{
    unsigned left = ALL_ATTRS & ~banned;
    int leave = chance(r, 3) == 0 ? 2 : 1;
    while (leave) {
        unsigned bit = 1u << chance(r, IDC_ATTRS);
        if (left & bit) {
            left &= ~bit;
            leave--;
        }
    }
    return left;
}

/* Attributes that fit object k alone, all four only where no two or three do; 0 when it has a twin. */
static unsigned alone(const talk *t, int k)
{
    for (int i = 0; i < PLAIN_TRIES; i++) {
        unsigned attrs = some_attrs(t->r, 0);
        if (alike(t->view, k, attrs) == 1u << k)
            return attrs;
    }
    return alike(t->view, k, ALL_ATTRS) == 1u << k ? ALL_ATTRS : 0;
}

static void add_word(char *text, size_t size, const char *word)
{
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s%s", n ? " " : "", word);
}

static void add_noun(phrase *p, const talk *t, int k, unsigned attrs)
{
    const idc_solid *o = &t->view->objects[k];
    for (int a = 0; a < IDC_ATTRS; a++)
        if (attrs >> a & 1)
            add_word(p->text, sizeof p->text, any_word(t->r, &attr_words[a][o->attr[a]]));
    if (!(attrs >> IDC_ATTR_SHAPE & 1))
        add_word(p->text, sizeof p->text, any_word(t->r, &any_shape));
}

static int by_look(phrase *p, const talk *t)
{
    unsigned attrs = alone(t, t->target);
    if (!attrs)
        return -1;
    add_noun(p, t, t->target, attrs);
    return 0;
}

/* "other … that is the same color as the …": the shared value is not told. */
static int by_likeness(phrase *p, const talk *t)
{
    const idc_view *v = t->view;
    int attr = chance(t->r, IDC_ATTRS), anchor = chance(t->r, v->count);
    unsigned bit = 1u << attr, group = alike(v, t->target, bit);
    if (anchor == t->target || !(group >> anchor & 1))
        return -1;
    unsigned named = alone(t, anchor) & ~bit, attrs = some_attrs(t->r, bit);
    if (!named || alike(v, anchor, named) != 1u << anchor)
        return -1;
    if ((alike(v, t->target, attrs) & group & ~(1u << anchor)) != 1u << t->target)
        return -1;
    add_word(p->text, sizeof p->text, "other");
    add_noun(p, t, t->target, attrs);
    add_word(p->text, sizeof p->text, "that is");
    if (attr == IDC_ATTR_MATERIAL && chance(t->r, 2))
        add_word(p->text, sizeof p->text, "made of");
    add_word(p->text, sizeof p->text, "the same");
    add_word(p->text, sizeof p->text, idc_attr_names[attr]);
    add_word(p->text, sizeof p->text, "as the");
    add_noun(p, t, anchor, named);
    return 0;
}

/* A relation of the target to object k that holds, or −1. */
static int some_relation(const talk *t, int k)
{
    int first = chance(t->r, IDC_RELATIONS);
    for (int i = 0; i < IDC_RELATIONS; i++) {
        int relation = (first + i) % IDC_RELATIONS;
        if (idc_related(&t->view->objects[t->target], &t->view->objects[k], relation,
                        t->view->camera))
            return relation;
    }
    return -1;
}

/* Keeps of the objects in `left` those that stand so to object k. */
static unsigned narrow(const talk *t, unsigned left, int k, int relation)
{
    for (int i = 0; i < t->view->count; i++)
        if (i == k ||
            !idc_related(&t->view->objects[i], &t->view->objects[k], relation, t->view->camera))
            left &= ~(1u << i);
    return left;
}

static int by_place(phrase *p, const talk *t, int places)
{
    uint32_t order[IDC_MAX_OBJECTS];
    int count = t->view->count, done = 0;
    unsigned attrs = some_attrs(t->r, 0), left = alike(t->view, t->target, attrs);
    for (int i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    idc_random_shuffle(t->r, order, (size_t)count);
    add_noun(p, t, t->target, attrs);
    if (places > 1)
        add_word(p->text, sizeof p->text, chance(t->r, 2) ? "that is both" : "that is");
    else if (chance(t->r, 2))
        add_word(p->text, sizeof p->text, "that is");
    for (int i = 0; i < count && done < places; i++) {
        int k = (int)order[i], relation;
        unsigned named = k == t->target ? 0 : alone(t, k);
        if (!named || (relation = some_relation(t, k)) < 0)
            continue;
        left = narrow(t, left, k, relation);
        if (done++)
            add_word(p->text, sizeof p->text, "and");
        add_word(p->text, sizeof p->text, any_word(t->r, &relation_words[relation]));
        add_word(p->text, sizeof p->text, "the");
        add_noun(p, t, k, named);
    }
    return done == places && left == 1u << t->target ? 0 : -1;
}

/* A noun phrase, without article, that fits the target alone; −1 when the kind drawn has none. */
static int refer(phrase *p, const talk *t)
{
    int draw = chance(t->r, 100); /* 35 : 45 : 8 : 12 */
    p->text[0] = 0;
    p->way = draw < 35 ? BY_LOOK : draw < 80 ? BY_PLACE : draw < 88 ? BY_TWO_PLACES : BY_LIKENESS;
    switch (p->way) {
    case BY_LOOK:
        return by_look(p, t);
    case BY_LIKENESS:
        return by_likeness(p, t);
    default:
        return by_place(p, t, p->way == BY_TWO_PLACES ? 2 : 1);
    }
}

/* Does the form suit the phrase? "a new other …" is no English; "no longer a …" is true of look alone. */
static int suits(const char *form, const phrase *p)
{
    if (p->way == BY_LIKENESS && (strstr(form, "%n") || strstr(form, "%a")))
        return 0;
    return p->way == BY_LOOK || !strstr(form, "%a");
}

static void fill_form(char *out, const char *form, const phrase *p, const words *value,
                      idc_random *r)
{
    size_t n = 0;
    for (; *form && n < IDC_SENTENCE_SIZE - 1; form++) {
        char *at = out + n;
        size_t room = IDC_SENTENCE_SIZE - n;
        if (*form != '%') {
            *at = *form;
            n++;
            continue;
        }
        switch (*++form) {
        case 'o':
            snprintf(at, room, "the %s", p->text);
            break;
        case 'a':
            snprintf(at, room, "%s %s", strchr("aeiou", p->text[0]) ? "an" : "a", p->text);
            break;
        case 'n':
            snprintf(at, room, "%s", p->text);
            break;
        case 'v':
            snprintf(at, room, "%s", any_word(r, value));
            break;
        default:
            snprintf(at, room, "%s", value->word[0]);
        }
        n += strlen(at);
    }
    out[n] = 0;
}

static int said(const idc_sentences *s, const char *text)
{
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->text[i], text) == 0)
            return 1;
    return 0;
}

static const enum idc_plain_type plain_types[IDC_TYPES] = {
    [IDC_NONE] = IDC_PLAIN_NONE, [IDC_COLOR] = IDC_PLAIN_COLOR, [IDC_MATERIAL] = IDC_PLAIN_MATERIAL,
    [IDC_ADD] = IDC_PLAIN_ADD,   [IDC_DROP] = IDC_PLAIN_DROP,   [IDC_MOVE] = IDC_PLAIN_MOVE};

static void canonical(idc_sentences *s, int type, const talk *t, const words *value)
{
    phrase p = {.way = BY_LOOK};
    const idc_solid *o = &t->view->objects[t->target];
    for (int a = 0; a < IDC_ATTRS; a++)
        add_word(p.text, sizeof p.text, attr_words[a][o->attr[a]].word[0]);
    idc_plain_sentence(s->text[0], plain_types[type], p.text, value ? value->word[0] : NULL);
    s->count = 1;
    s->plain_fits = alike(t->view, t->target, ALL_ATTRS) == 1u << t->target;
}

int idc_sentences_change(idc_sentences *s, int type, const idc_view view[2], const int index[2],
                         idc_random *r)
{
    const int where = type == IDC_ADD,
              attr = type == IDC_COLOR ? IDC_ATTR_COLOR : IDC_ATTR_MATERIAL;
    const talk t = {&view[where], index[where], r};
    const words *value = NULL;
    if (type == IDC_COLOR || type == IDC_MATERIAL)
        value = &attr_words[attr][view[1].objects[index[1]].attr[attr]];
    const int wanted = 1 + IDC_MIN_VARIED + chance(r, IDC_MAX_VARIED - IDC_MIN_VARIED + 1);
    uint32_t order[MOST_FORMS], count = 0, next = 0;
    while (count < MOST_FORMS && forms[type][count])
        count++;
    canonical(s, type, &t, value);
    for (int i = 0; i < SENTENCE_TRIES && s->count < wanted; i++) {
        phrase p;
        if (next == 0) { /* each form once, in a new order, before any comes again */
            for (uint32_t k = 0; k < count; k++)
                order[k] = k;
            idc_random_shuffle(r, order, count);
        }
        if (refer(&p, &t) < 0 || !suits(forms[type][order[next]], &p))
            continue;
        fill_form(s->text[s->count], forms[type][order[next]], &p, value, r);
        next = (next + 1) % count;
        s->count += !said(s, s->text[s->count]);
    }
    return s->count >= 1 + IDC_MIN_VARIED ? 0 : -1;
}

void idc_sentences_none(idc_sentences *s, idc_random *r)
{
    uint32_t order[NONE_FORMS];
    for (uint32_t i = 0; i < NONE_FORMS; i++)
        order[i] = i;
    idc_random_shuffle(r, order + 1, NONE_FORMS - 1);
    s->plain_fits = 1;
    s->count = IDC_MIN_VARIED + chance(r, IDC_MAX_VARIED - IDC_MIN_VARIED + 1);
    for (int i = 0; i < s->count; i++)
        snprintf(s->text[i], IDC_SENTENCE_SIZE, "%s", none_forms[order[i]]);
}
