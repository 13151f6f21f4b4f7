/* cider_df.c: document frequencies in a file, for scores that do not depend on which items are scored together. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/unpack.h"
#include "score/metric.h"

/* "the red car TAB 12": the key of its one to four words. */
static int take_line(idc_frequency *df, char *line, idc_words *words, idc_error *err)
{
    char *tab = strrchr(line, '\t'), *end;
    unsigned long documents = tab ? strtoul(tab + 1, &end, 10) : 0;
    uint32_t ids[IDC_MAX_GRAM];
    int n = 0;
    if (!tab || end == tab + 1 || *end || documents > UINT32_MAX)
        return idc_fail(err, IDC_E_INVALID, "'%.60s': not an n-gram, a tab and a number", line);
    size_t length = (size_t)(tab - line);
    for (size_t at = 0, k; (k = idc_next_word(line, length, &at)) > 0; at += k) {
        if (n == IDC_MAX_GRAM)
            return 0;
        if ((ids[n++] = idc_words_add(words, line + at, k)) == IDC_NO_WORD)
            return idc_fail(err, IDC_E_MEMORY, "no memory");
    }
    if (n > 0 && idc_frequency_set(df, idc_gram_key(ids, n), (uint32_t)documents) < 0)
        return idc_fail(err, IDC_E_MEMORY, "no memory");
    return 0;
}

int idc_cider_read_df(idc_frequency *df, const char *path, idc_words *words, idc_error *err)
{
    idc_unpack *u;
    char *line;
    ssize_t got;
    int rc = idc_unpack_open(&u, path, NULL, err);
    if (rc < 0)
        return rc;
    if ((got = idc_unpack_line(u, &line, err)) > 0) {
        static const char head[] = "# documents ";
        bool right = strncmp(line, head, sizeof head - 1) == 0;
        unsigned long documents = right ? strtoul(line + sizeof head - 1, NULL, 10) : 0;
        if (documents == 0 || documents > UINT32_MAX)
            rc = idc_fail(err, IDC_E_INVALID, "%s: the first line is not '# documents N'", path);
        else
            df->documents = (uint32_t)documents;
    } else if (got == 0) {
        rc = idc_fail(err, IDC_E_INVALID, "%s: empty file", path);
    }
    while (rc == 0 && got > 0 && (got = idc_unpack_line(u, &line, err)) > 0)
        if ((rc = take_line(df, line, words, err)) < 0)
            idc_fail_in(err, rc, path);
    idc_unpack_close(&u);
    return rc < 0 ? rc : got < 0 ? (int)got : 0;
}

static int count_item(idc_frequency *df, const idc_corpus *c, const idc_item *item, int n,
                      uint64_t *keys)
{
    idc_frequency_document(df);
    for (uint32_t r = 0; r < item->reference_count; r++) {
        const idc_sentence *s = &c->references[item->first_reference + r];
        if (idc_frequency_add(df, keys, idc_gram_keys(s->words, s->word_count, n, keys)) < 0)
            return IDC_E_MEMORY;
    }
    return 0;
}

/* Those n-grams of an item that have not been written yet. */
static void write_item(idc_frequency *df, const idc_corpus *c, const idc_item *item, int n,
                       FILE *to)
{
    for (uint32_t r = 0; r < item->reference_count; r++) {
        const idc_sentence *s = &c->references[item->first_reference + r];
        for (uint32_t i = 0; i + (uint32_t)n <= s->word_count; i++) {
            uint64_t key = idc_gram_key(s->words + i, n);
            uint32_t documents = idc_frequency_of(df, key);
            if (documents == 0)
                continue;
            for (int k = 0; k < n; k++)
                fprintf(to, "%s%s", k ? " " : "",
                        idc_words_text(c->words, s->words[i + (uint32_t)k], NULL));
            fprintf(to, "\t%" PRIu32 "\n", documents);
            idc_frequency_set(df, key, 0); /* written */
        }
    }
}

int idc_cider_write_df(const char *path, const idc_corpus *c, idc_error *err)
{
    idc_file_writer *w;
    idc_frequency df = {0};
    size_t most = 1;
    int rc = idc_file_writer_open(&w, path, err);
    if (rc < 0)
        return rc;
    for (size_t r = 0; r < c->reference_count; r++)
        most = c->references[r].word_count > most ? c->references[r].word_count : most;
    uint64_t *keys = malloc(most * sizeof *keys);
    FILE *to = idc_file_writer_stream(w);
    size_t documents = 0;
    for (size_t i = 0; i < c->item_count; i++)
        documents += c->items[i].reference_count > 0;
    rc = keys ? 0 : IDC_E_MEMORY;
    fprintf(to, "# documents %zu\n", documents);
    for (int n = 1; rc == 0 && n <= IDC_MAX_GRAM; n++) {
        idc_frequency_clear(&df);
        for (size_t i = 0; rc == 0 && i < c->item_count; i++)
            if (c->items[i].reference_count > 0)
                rc = count_item(&df, c, &c->items[i], n, keys);
        for (size_t i = 0; rc == 0 && i < c->item_count; i++)
            write_item(&df, c, &c->items[i], n, to);
    }
    free(keys);
    idc_frequency_free(&df);
    if (rc < 0) {
        idc_file_writer_abort(&w);
        return idc_fail(err, rc, "%s: no memory", path);
    }
    return idc_file_writer_commit(&w, err);
}
