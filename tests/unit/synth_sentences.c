/* Every sentence names exactly one object, and the right one: read back by a parser that shares nothing with the writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "synth/triple.h"

#define TRIPLES 60

/* A sentence as words. */
struct reader {
    char buffer[IDC_SENTENCE_SIZE];
    const char *word[80];
    int count, at;
};

static void split(struct reader *r, const char *text)
{
    memset(r, 0, sizeof *r);
    strcpy(r->buffer, text);
    for (char *w = strtok(r->buffer, " "); w; w = strtok(NULL, " "))
        r->word[r->count++] = w;
}

static int is(const struct reader *r, int ahead, const char *word)
{
    return r->at + ahead < r->count && strcmp(r->word[r->at + ahead], word) == 0;
}

static int take(struct reader *r, const char *word)
{
    int found = is(r, 0, word);
    r->at += found;
    return found;
}

/* Attribute and value of a word; 4 for "thing" and "object", −1 for other words. */
static int attribute(const char *word, int *value)
{
    static const struct {
        const char *word;
        int attr, value;
    } table[] = {{"large", 0, 0},  {"big", 0, 0},      {"small", 0, 1}, {"tiny", 0, 1},
                 {"gray", 1, 0},   {"red", 1, 1},      {"blue", 1, 2},  {"green", 1, 3},
                 {"brown", 1, 4},  {"purple", 1, 5},   {"cyan", 1, 6},  {"yellow", 1, 7},
                 {"rubber", 2, 0}, {"matte", 2, 0},    {"metal", 2, 1}, {"metallic", 2, 1},
                 {"shiny", 2, 1},  {"cube", 3, 0},     {"block", 3, 0}, {"sphere", 3, 1},
                 {"ball", 3, 1},   {"cylinder", 3, 2}, {"thing", 4, 0}, {"object", 4, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(word, table[i].word) == 0) {
            *value = table[i].value;
            return table[i].attr;
        }
    return -1;
}

/* Objects that fit "large red … cube", read up to the noun. */
static unsigned read_noun(struct reader *r, const idc_view *v)
{
    unsigned fit = (1u << v->count) - 1;
    for (;;) {
        int value = 0;
        assert_true(r->at < r->count);
        int attr = attribute(r->word[r->at++], &value);
        assert_true(attr >= 0);
        for (int i = 0; i < v->count && attr < 4; i++)
            if (v->objects[i].attr[attr] != value)
                fit &= ~(1u << i);
        if (attr >= 3)
            return fit;
    }
}

/* Which objects stand so to object k: in ground coordinates of the camera, worked out here from its place. */
static unsigned standing(const idc_view *v, int k, const char *where)
{
    unsigned fit = 0;
    for (int i = 0; i < v->count; i++) {
        double dx = v->objects[i].x - v->objects[k].x, dy = v->objects[i].y - v->objects[k].y;
        double cx = v->camera[0], cy = v->camera[1];
        double nearer = dx * cx + dy * cy,
               righter = dy * cx - dx * cy; /* times the camera's ground distance */
        double least = 0.2 * __builtin_sqrt(cx * cx + cy * cy);
        int yes = strcmp(where, "left") == 0    ? righter < -least
                  : strcmp(where, "right") == 0 ? righter > least
                  : strcmp(where, "front") == 0 ? nearer > least
                                                : nearer < -least;
        fit |= (unsigned)(i != k && yes) << i;
    }
    return fit;
}

static int only(unsigned fit)
{
    assert_true(fit != 0 && (fit & (fit - 1)) == 0);
    return __builtin_ctz(fit);
}

/* "[to the | on the] left [side] of", "behind", "in front of", then "the …"; 0 when no relation comes. */
static int read_relation(struct reader *r, const idc_view *v, unsigned *fit)
{
    const char *where = NULL;
    int start = r->at;
    if (take(r, "to") || take(r, "on") || take(r, "in"))
        take(r, "the");
    static const char *const words[] = {"left", "right", "behind", "front"};
    for (int i = 0; i < 4; i++)
        if (!where && take(r, words[i]))
            where = words[i];
    if (!where) {
        r->at = start;
        return 0;
    }
    take(r, "side");
    take(r, "of");
    assert_true(take(r, "the"));
    *fit &= standing(v, only(read_noun(r, v)), where);
    return 1;
}

/* The first noun phrase of a sentence. "new", "the", "a" before it are passed over. */
static unsigned read_phrase(struct reader *r, const idc_view *v)
{
    int value, other;
    while (r->at < r->count && attribute(r->word[r->at], &value) < 0 && !is(r, 0, "other"))
        r->at++;
    other = take(r, "other");
    unsigned fit = read_noun(r, v);
    if (is(r, 0, "that") && is(r, 1, "is")) {
        r->at += 2;
        take(r, "both");
    }
    if (other) {
        if (take(r, "made"))
            take(r, "of");
        assert_true(take(r, "the") && take(r, "same"));
        int attr = 0;
        while (attr < IDC_ATTRS && !take(r, idc_attr_names[attr]))
            attr++;
        assert_true(attr < IDC_ATTRS && take(r, "as") && take(r, "the"));
        int k = only(read_noun(r, v));
        for (int i = 0; i < v->count; i++)
            if (i == k || v->objects[i].attr[attr] != v->objects[k].attr[attr])
                fit &= ~(1u << i);
    } else if (read_relation(r, v, &fit) && is(r, 0, "and")) {
        r->at++;
        assert_true(read_relation(r, v, &fit));
    }
    return fit;
}

/* Words by which a change type is known. */
static int type_of(const char *s)
{
    static const struct {
        const char *part;
        int type;
    } table[] = {{"added", IDC_ADD},        {"appeared", IDC_ADD},      {"is a new", IDC_ADD},
                 {"a new", IDC_ADD},        {"was not there", IDC_ADD}, {" is new", IDC_ADD},
                 {"disappeared", IDC_DROP}, {"missing", IDC_DROP},      {"gone", IDC_DROP},
                 {"removed", IDC_DROP},     {" away", IDC_DROP},        {"no longer", IDC_DROP},
                 {"any more", IDC_DROP},    {" moved", IDC_MOVE},       {"somewhere", IDC_MOVE},
                 {"place", IDC_MOVE},       {"position", IDC_MOVE}};
    int type = IDC_NONE;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strstr(s, table[i].part))
            type = table[i].type;
    return strstr(s, "disappeared") ? IDC_DROP : strstr(s, "a new ") ? IDC_ADD : type;
}

/* The last value said must be the new one. */
static void assert_new_value(const char *s, int attr, int wanted)
{
    struct reader r;
    int value = -1, last = -1;
    split(&r, s);
    for (int i = 0; i < r.count; i++)
        if (attribute(r.word[i], &value) == attr)
            last = value;
    assert_int_equal(last, wanted);
}

static void assert_sentences(const idc_sentences *s, int type, const idc_view view[2],
                             const int index[2])
{
    int where = type == IDC_ADD;
    assert_in_range(s->count, 1 + IDC_MIN_VARIED, 1 + IDC_MAX_VARIED);
    for (int i = 0; i < s->count; i++) {
        struct reader r;
        split(&r, s->text[i]);
        unsigned fit = read_phrase(&r, &view[where]);
        assert_true(fit >> index[where] & 1);
        if (i > 0 || s->plain_fits)
            assert_int_equal(only(fit), index[where]);
        if (type == IDC_COLOR || type == IDC_MATERIAL) {
            int attr = type == IDC_COLOR ? IDC_ATTR_COLOR : IDC_ATTR_MATERIAL;
            assert_new_value(s->text[i], attr, view[1].objects[index[1]].attr[attr]);
        } else {
            assert_int_equal(type_of(s->text[i]), type);
        }
        for (int k = 0; k < i; k++)
            assert_string_not_equal(s->text[i], s->text[k]);
    }
}

static void sentences_fit_one_object(void **state)
{
    (void)state;
    static idc_triple t;
    idc_error err = IDC_NO_ERROR;
    idc_renderer *r = idc_renderer_new(1);
    idc_triple_spec spec = {.seed = 11};
    for (uint64_t i = 0; i < TRIPLES; i++) {
        assert_int_equal(idc_triple_make(&t, r, &spec, i, &err), 0);
        const idc_view back[2] = {t.view[1], t.view[0]};
        const int index[2] = {t.index[1], t.index[0]};
        int type = t.type == IDC_ADD ? IDC_DROP : t.type == IDC_DROP ? IDC_ADD : t.type;
        assert_sentences(&t.forward, t.type, t.view, t.index);
        assert_sentences(&t.backward, type, back, index);
        assert_string_equal(t.none.text[0], "there is no change");
        assert_in_range(t.none.count, IDC_MIN_VARIED, IDC_MAX_VARIED);
    }
    idc_renderer_free(&r);
}

static void canonical_sentences(void **state)
{
    (void)state;
    static idc_view view[2];
    static idc_sentences s;
    idc_random r = idc_random_at(1, 2, 3);
    const idc_solid solids[3] = {{{IDC_LARGE, IDC_GRAY, IDC_RUBBER, IDC_CUBE}, 0, 0, 0},
                                 {{IDC_SMALL, IDC_CYAN, IDC_METAL, IDC_SPHERE}, 2, 1, 0},
                                 {{IDC_SMALL, IDC_BLUE, IDC_METAL, IDC_CYLINDER}, -2, 0.5, 0}};
    view[0].camera[0] = 7;
    view[0].camera[1] = -6;
    view[0].camera[2] = 5;
    view[0].count = 3;
    memcpy(view[0].objects, solids, sizeof solids);
    view[1] = view[0];
    view[1].objects[1].attr[IDC_ATTR_COLOR] = IDC_YELLOW;
    assert_int_equal(idc_sentences_change(&s, IDC_COLOR, view, (const int[]){1, 1}, &r), 0);
    assert_string_equal(s.text[0], "the small cyan metal sphere has changed to yellow");
    view[1].objects[1] = view[0].objects[1];
    view[1].objects[1].attr[IDC_ATTR_MATERIAL] = IDC_RUBBER;
    assert_int_equal(idc_sentences_change(&s, IDC_MATERIAL, view, (const int[]){1, 1}, &r), 0);
    assert_string_equal(s.text[0], "the small cyan metal sphere is now made of rubber");
    view[1] = view[0];
    view[1].objects[0].x = 1.5;
    assert_int_equal(idc_sentences_change(&s, IDC_MOVE, view, (const int[]){0, 0}, &r), 0);
    assert_string_equal(s.text[0], "the large gray rubber cube is in a different place");
    view[1] = view[0];
    view[1].count = 2;
    assert_int_equal(idc_sentences_change(&s, IDC_DROP, view, (const int[]){2, -1}, &r), 0);
    assert_string_equal(s.text[0], "there is no longer a small blue metal cylinder");
    const idc_view grown[2] = {view[1], view[0]};
    assert_int_equal(idc_sentences_change(&s, IDC_ADD, grown, (const int[]){-1, 2}, &r), 0);
    assert_string_equal(s.text[0], "a new small blue metal cylinder has been put in the scene");
}

static void relations_need_room(void **state)
{
    (void)state;
    const double camera[3] = {0, -10, 5}; /* right is +x, away is +y */
    const idc_solid a = {.x = 0.3, .y = 0.1}, b = {.x = 0, .y = 0};
    assert_true(idc_related(&a, &b, IDC_RIGHT, camera));
    assert_false(idc_related(&a, &b, IDC_LEFT, camera));
    assert_false(idc_related(&a, &b, IDC_BEHIND, camera));
    assert_true(idc_related(&b, &a, IDC_LEFT, camera));
    const idc_solid c = {.x = 0, .y = -0.5};
    assert_true(idc_related(&c, &b, IDC_FRONT, camera));
    assert_true(idc_related(&b, &c, IDC_BEHIND, camera));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentences_fit_one_object),
                                       cmocka_unit_test(canonical_sentences),
                                       cmocka_unit_test(relations_need_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
