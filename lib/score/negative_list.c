/* negative_list.c: see negative_list.h. */
#include "score/negative_list.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/random.h"

static json_t *texts(const char *const *text, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *s = json_string(text[i]); /* NULL when it is not UTF-8 */
        json_array_append_new(list, s ? s : json_string("?"));
    }
    return list;
}

static int write_line(FILE *to, const idc_caption_list *list, const idc_caption_pair *p,
                      const idc_negative_set *set, idc_error *err)
{
    json_t *o = json_object();
    if (p->first) {
        json_object_set_new(o, "img1", json_string(p->first));
        json_object_set_new(o, "img2", json_string(p->second));
    } else {
        json_object_set_new(o, "id", json_string(p->id));
    }
    json_object_set_new(o, "sentences", texts(list->sentence + p->start, p->count));
    json_object_set_new(o, "neg_samples",
                        texts((const char *const *)set->text, (size_t)set->count));
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (!line)
        return idc_fail(err, IDC_E_MEMORY, "negatives of '%.100s': no memory", p->id);
    int rc = fprintf(to, "%s\n", line) < 0
                 ? idc_fail(err, IDC_E_CLOSED, "negatives: the output was closed")
                 : 0;
    free(line);
    return rc;
}

int idc_negative_list_write(FILE *to, const idc_caption_list *list,
                            const idc_negative_list_options *options, idc_error *err)
{
    const idc_negatives_corpus corpus = {list->sentence, list->owner, list->sentences};
    idc_negatives *negatives;
    idc_negative_set set = {0};
    int rc = idc_negatives_new(&negatives, &corpus, options->classes, err);
    for (size_t i = 0; rc == 0 && i < list->count; i++) {
        const idc_caption_pair *p = &list->pair[i];
        idc_random r = idc_random_at(options->seed, 1, (uint32_t)i);
        size_t k = idc_random_below(&r, (uint32_t)p->count);
        const idc_negatives_ask ask = {.group = (uint32_t)i,
                                       .sentence = list->sentence[p->start + k],
                                       .seed = options->seed,
                                       .name = p->id};
        if (options->stopped && options->stopped(options->user))
            rc = idc_fail(err, IDC_E_STOPPED, "negatives: stopped");
        else
            rc = idc_negatives_draw(negatives, &options->recipe, &ask, &set, err);
        if (rc == 0)
            rc = write_line(to, list, p, &set, err);
    }
    idc_negative_set_clear(&set);
    if (negatives)
        idc_negatives_free(&negatives);
    return rc;
}
