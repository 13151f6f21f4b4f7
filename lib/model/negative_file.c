/* negative_file.c: false sentences that somebody else made; see negative_source.h. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "image/lines.h"
#include "model/negative_source.h"
#include "text/negatives.h"

#define LONGEST 8192 /* bytes of a sentence */

typedef struct sentence {
    char *text;    /* as the vocabulary reads it */
    uint32_t line; /* whose negatives are its own */
} sentence;

struct idc_negative_file {
    idc_negative_options o;
    int count; /* K */
    sentence *at;
    size_t n, room;
    int32_t *ids; /* [lines,K,max_length] */
    size_t lines, line_room;
};

/* Text of a sentence that is a string or a list of words. */
static int text_of(const json_t *value, char *out, idc_error *err)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i == 0 || i < json_array_size(value); i++) {
        const char *word =
            json_string_value(json_is_array(value) ? json_array_get(value, i) : value);
        if (!word || !word[0])
            return idc_fail(err, IDC_E_INVALID, "a sentence is empty or is not text");
        size_t n = strlen(word);
        if (used + n + 2 > LONGEST)
            return idc_fail(err, IDC_E_RANGE, "a sentence has more than %d bytes", LONGEST - 2);
        if (i > 0)
            out[used++] = ' ';
        memcpy(out + used, word, n + 1);
        used += n;
    }
    return 0;
}

/* The sentence as numbers; a word that the vocabulary lacks is refused by name. */
static int encode(const idc_negative_file *f, const json_t *value, int32_t *ids, idc_error *err)
{
    char text[LONGEST];
    int rc = text_of(value, text, err);
    if (rc < 0)
        return rc;
    int used = idc_vocabulary_encode(f->o.vocabulary, text, ids, f->o.max_length);
    if (used < 3)
        return idc_fail(err, IDC_E_INVALID, "'%s' has no word", text);
    for (int i = 0; i < used; i++)
        if (ids[i] == IDC_UNK)
            return idc_fail(err, IDC_E_MISMATCH, "'%s' has a word that the vocabulary lacks", text);
    return 0;
}

static int grow(void **at, size_t n, size_t *room, size_t size, idc_error *err)
{
    if (n < *room)
        return 0;
    size_t wanted = *room ? 2 * *room : 256;
    void *grown = realloc(*at, wanted * size);
    if (!grown)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    *at = grown;
    *room = wanted;
    return 0;
}

/* Negatives of the line, none of which may be one of its sentences [n,max_length]. */
static int take_negatives(idc_negative_file *f, const json_t *list, const int32_t *own, size_t n,
                          idc_error *err)
{
    size_t length = (size_t)f->o.max_length, each = (size_t)f->count * length;
    if (json_array_size(list) < (size_t)f->count)
        return idc_fail(err, IDC_E_RANGE, "neg_samples: %zu sentences, %d are wanted",
                        json_array_size(list), f->count);
    int rc = grow((void **)&f->ids, f->lines, &f->line_room, each * sizeof *f->ids, err);
    for (size_t i = 0; i < (size_t)f->count && rc == 0; i++) {
        int32_t *row = f->ids + f->lines * each + i * length;
        rc = encode(f, json_array_get(list, i), row, err);
        for (size_t k = 0; k < n && rc == 0; k++)
            if (memcmp(row, own + k * length, length * sizeof *row) == 0)
                rc = idc_fail(err, IDC_E_MISMATCH,
                              "neg_samples: sentence %zu is one of the pair's own", i);
    }
    return rc;
}

static int take_line(idc_negative_file *f, const json_t *root, idc_error *err)
{
    const json_t *list = json_object_get(root, "sentences");
    if (!list)
        list = json_object_get(root, "description");
    size_t n = json_is_array(list) ? json_array_size(list) : 0, length = (size_t)f->o.max_length;
    if (n == 0)
        return idc_fail(err, IDC_E_MISSING, "sentences: missing or empty");
    int32_t *own = calloc(n * length, sizeof *own);
    int rc = own ? 0 : idc_fail(err, IDC_E_MEMORY, "no memory");
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = grow((void **)&f->at, f->n, &f->room, sizeof *f->at, err);
        if (rc == 0)
            rc = encode(f, json_array_get(list, i), own + i * length, err);
        if (rc == 0) {
            char *text = idc_vocabulary_decode(f->o.vocabulary, own + i * length, f->o.max_length);
            if (!text)
                rc = idc_fail(err, IDC_E_MEMORY, "no memory");
            else
                f->at[f->n++] = (sentence){text, (uint32_t)f->lines};
        }
    }
    if (rc == 0)
        rc = take_negatives(f, json_object_get(root, "neg_samples"), own, n, err);
    free(own);
    f->lines += rc == 0;
    return rc;
}

static int compare(const void *a, const void *b)
{
    const sentence *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static int read_lines(idc_negative_file *f, idc_lines *lines, idc_error *err)
{
    const char *line;
    int rc;
    while ((rc = idc_lines_next(lines, &line, err)) == 1) {
        idc_error why = IDC_NO_ERROR;
        json_error_t bad;
        if (line[0] == '\0')
            continue;
        json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, &bad);
        rc = json_is_object(root)
                 ? take_line(f, root, &why)
                 : idc_fail(&why, IDC_E_INVALID, "%s", root ? "no JSON object" : bad.text);
        json_decref(root);
        if (rc < 0)
            return idc_fail(err, rc, "%s: line %llu: %s", f->o.file,
                            (unsigned long long)idc_lines_number(lines), why.text);
    }
    return rc;
}

int idc_negative_file_open(idc_negative_file **out, const idc_negative_options *o, idc_error *err)
{
    idc_lines *lines;
    *out = NULL;
    int rc = idc_lines_open(&lines, o->file, err);
    if (rc < 0)
        return rc;
    idc_negative_file *f = calloc(1, sizeof *f);
    *out = f;
    if (f) {
        f->o = *o;
        f->count = (int)(o->settings->retrieve + o->settings->replace + o->settings->confuse);
        rc = read_lines(f, lines, err);
        if (rc == 0 && f->lines == 0)
            rc = idc_fail(err, IDC_E_MISSING, "%s: no line with negatives", o->file);
    } else {
        rc = idc_fail(err, IDC_E_MEMORY, "%s: no memory", o->file);
    }
    idc_lines_close(&lines);
    if (rc == 0)
        qsort(f->at, f->n, sizeof *f->at, compare);
    else
        idc_negative_file_close(out);
    return rc;
}

void idc_negative_file_close(idc_negative_file **f)
{
    if (!*f)
        return;
    for (size_t i = 0; i < (*f)->n; i++)
        free((*f)->at[i].text);
    free((*f)->at);
    free((*f)->ids);
    free(*f);
    *f = NULL;
}

int idc_negative_file_draw(const idc_negative_file *f, const char *text, uint64_t seed,
                           int32_t *ids, idc_error *err)
{
    size_t low = 0, high = f->n, length = (size_t)f->o.max_length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(f->at[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < f->n && strcmp(f->at[end].text, text) == 0)
        end++;
    if (end == low)
        return idc_fail(err, IDC_E_MISSING, "%s: no negatives for '%s'", f->o.file, text);
    idc_random r = idc_random_at(seed, 0, 0);
    size_t line = f->at[low + idc_random_below(&r, (uint32_t)(end - low))].line;
    memcpy(ids, f->ids + line * (size_t)f->count * length, (size_t)f->count * length * sizeof *ids);
    return 0;
}
