#include "score/types.h"

#include <stdlib.h>
#include <string.h>

#include "score/entries.h"

struct taking {
    const idc_corpus *corpus;
    idc_words *names;
    uint32_t *type_of; /* by item: number in names, or IDC_NO_WORD */
    idc_words *ids;    /* the corpus's, in order */
};

static int set(struct taking *t, const char *id, const char *type, size_t length, idc_error *err)
{
    uint32_t item = idc_words_find(t->ids, id, strlen(id));
    if (item == IDC_NO_WORD)
        return 0;
    t->type_of[item] = idc_words_add(t->names, type, length);
    return t->type_of[item] == IDC_NO_WORD ? idc_fail(err, IDC_E_MEMORY, "no memory") : 1;
}

/* Of id and text one is an item, the other its type. */
static int take(void *user, const idc_entry *e, idc_error *err)
{
    struct taking *t = user;
    if (e->type)
        return set(t, e->id, e->type, strlen(e->type), err) < 0 ? IDC_E_MEMORY : 0;
    int rc = e->text ? set(t, e->id, e->text, e->length, err) : 0;
    if (rc == 0 && e->text)
        rc = set(t, e->text, e->id, strlen(e->id), err);
    return rc < 0 ? rc : 0;
}

int idc_types_read(idc_words **names, const char ***types, const char *path, const idc_corpus *c,
                   idc_error *err)
{
    struct taking t = {.corpus = c, .names = idc_words_new(), .ids = idc_words_new()};
    size_t known = 0;
    *names = t.names;
    *types = calloc(c->item_count + 1, sizeof **types);
    t.type_of = malloc((c->item_count + 1) * sizeof *t.type_of);
    int rc = t.names && t.ids && *types && t.type_of ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    for (size_t i = 0; rc == 0 && i < c->item_count; i++) {
        t.type_of[i] = IDC_NO_WORD;
        if (idc_words_add(t.ids, c->items[i].id, strlen(c->items[i].id)) == IDC_NO_WORD)
            rc = idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    if (rc == 0)
        rc = idc_entries_read(path, IDC_ENTRIES_AUTO, take, &t, err);
    for (size_t i = 0; rc == 0 && i < c->item_count; i++)
        if (t.type_of[i] != IDC_NO_WORD) {
            (*types)[i] = idc_words_text(t.names, t.type_of[i], NULL);
            known++;
        }
    if (rc == 0 && known == 0)
        rc = idc_fail(err, IDC_E_MISSING, "%s: no item of these has a type there", path);
    idc_words_free(&t.ids);
    free(t.type_of);
    return rc;
}
