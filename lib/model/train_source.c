#include "model/train_source.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "model/data_label.h"

void idc_train_source_close(idc_train_source **source)
{
    idc_train_source *s = *source;
    if (s == NULL)
        return;
    if (s->close != NULL)
        s->close(s);
    for (size_t i = 0; i < s->n; i++) {
        idc_captions_fini(&s->pair[i].said.captions);
        free(s->pair[i].said.id);
    }
    free(s->pair);
    free(s->item);
    free(s->class_item);
    free(s->name);
    free(s);
    *source = NULL;
}

static bool goes_backwards(const idc_train_pair *p)
{
    return p->said.captions.count[IDC_BACKWARD] > 0 ||
           (p->said.type == IDC_NONE && p->typed && p->described);
}

static bool is_spoken(const idc_train_pair *p)
{
    return p->said.captions.count[IDC_FORWARD] + p->said.captions.count[IDC_UNCHANGED] > 0;
}

int idc_train_source_items(idc_train_source *s, bool backward, idc_error *err)
{
    free(s->item);
    free(s->class_item);
    s->items = s->class_items = 0;
    s->item = s->n <= UINT32_MAX / 2 ? calloc(2 * s->n + 1, sizeof *s->item) : NULL;
    s->class_item = s->item != NULL ? calloc(s->n + 1, sizeof *s->class_item) : NULL;
    if (s->class_item == NULL)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory for %zu pairs", s->name, s->n);
    for (size_t i = 0; i < s->n; i++) {
        const idc_train_pair *p = &s->pair[i];
        if (p->class_of[0] >= 0 && p->class_of[1] >= 0)
            s->class_item[s->class_items++] = (uint32_t)(2 * i);
        if (!is_spoken(p))
            continue;
        s->item[s->items++] = (uint32_t)(2 * i);
        if (backward && goes_backwards(&s->pair[i]))
            s->item[s->items++] = (uint32_t)(2 * i + 1);
    }
    return 0;
}

/* What the data sets call their types, where that is not the name that lists use. */
static const struct {
    const char *name;
    enum idc_change_type type;
} other_names[] = {{"nochange", IDC_NONE}, {"no-change", IDC_NONE},   {"distractor", IDC_NONE},
                   {"colour", IDC_COLOR},  {"texture", IDC_MATERIAL}, {"remove", IDC_DROP},
                   {"added", IDC_ADD},     {"removed", IDC_DROP},     {"dropped", IDC_DROP},
                   {"moved", IDC_MOVE}};

static void set_type(idc_train_pair *p, const char *name)
{
    int type = idc_label_type(name);
    for (size_t i = 0; type < 0 && name != NULL && i < sizeof other_names / sizeof *other_names;
         i++)
        if (strcmp(other_names[i].name, name) == 0)
            type = (int)other_names[i].type;
    p->typed = type >= 0;
    p->said.type = type >= 0 ? (enum idc_change_type)type : IDC_NONE;
    p->changed = type < 0 ? -1 : type != IDC_NONE;
}

int idc_train_pair_label(idc_train_pair *p, const char *type, const json_t *fields,
                         const char *const *text, size_t n, idc_error *err)
{
    idc_listed_pair *said = &p->said;
    bool told = json_object_get(fields, "changed") != NULL; /* by one who writes such lists */
    set_type(p, type);
    p->described = p->typed && told && idc_label_change(said, fields, NULL) == 0;
    p->located = p->typed && (p->described || said->type != IDC_NONE);
    for (int side = 0; side < 2; side++) {
        for (int a = 0; a < IDC_ATTRIBUTES && !p->described; a++)
            said->attribute[side][a] = -1;
        if (p->located && idc_label_exists(said->type, side))
            p->located = idc_label_box(said, side, fields, NULL) == 0;
    }
    int rc = p->described ? idc_label_plain(said) : 0;
    said->captions.no_plain = !p->described;
    enum idc_caption_kind kind = p->typed && said->type == IDC_NONE ? IDC_UNCHANGED : IDC_FORWARD;
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (!idc_label_has_word(text[i]))
            return idc_fail(err, IDC_E_INVALID, "sentence %zu is empty", i);
        rc = idc_label_sentence(&said->captions, kind, text[i]);
    }
    return rc < 0 ? idc_fail(err, rc, "no memory") : 0;
}
