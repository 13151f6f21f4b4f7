/* data_none.c: the sentence that says of most pairs that nothing has changed, see data.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/data_list.h"
#include "text/words.h"

#define MOST_TRIPLES 4096

typedef struct tally {
    idc_words *sentences;
    idc_buffer counts; /* uint32_t of each sentence */
} tally;

static int count(tally *t, const idc_captions *c, bool plain, idc_error *err)
{
    size_t n = plain && c->count[IDC_UNCHANGED] > 1 ? 1 : c->count[IDC_UNCHANGED];
    for (size_t i = 0; i < n; i++) {
        const char *s = c->sentence[IDC_UNCHANGED][i];
        uint32_t id = idc_words_add(t->sentences, s, strlen(s)), none = 0;
        if (id == IDC_NO_WORD || (id == t->counts.size / sizeof none &&
                                  idc_buffer_append(&t->counts, &none, sizeof none) < 0))
            return idc_fail(err, IDC_E_MEMORY, "sentences: no memory");
        ((uint32_t *)(void *)t->counts.data)[id]++;
    }
    return 0;
}

static void take_most(const tally *t, char *out, size_t size)
{
    const uint32_t *counts = (const uint32_t *)(const void *)t->counts.data;
    uint32_t most = 0;
    for (uint32_t i = 0; i < t->counts.size / sizeof *counts; i++) {
        size_t length;
        const char *text = idc_words_text(t->sentences, i, &length);
        if (length >= size || counts[i] < most || (counts[i] == most && strcmp(text, out) > 0))
            continue;
        most = counts[i];
        memcpy(out, text, length + 1);
    }
}

int idc_dataset_no_change(const idc_dataset *data, bool plain, char *out, size_t size,
                          idc_error *err)
{
    tally t = {.sentences = idc_words_new()};
    size_t n = idc_dataset_size(data), looked = n < MOST_TRIPLES ? n : MOST_TRIPLES;
    int rc = t.sentences ? 0 : idc_fail(err, IDC_E_MEMORY, "sentences: no memory");
    out[0] = 0;
    for (size_t i = 0; i < looked && rc == 0; i++) {
        idc_triple triple;
        idc_captions c;
        idc_dataset_triple(data, i * n / looked, &triple);
        rc = idc_captions_parse(&c, triple.text, triple.text_bytes, "a triple of the data", err);
        if (rc == 0) {
            rc = count(&t, &c, plain, err);
            idc_captions_fini(&c);
        }
    }
    for (size_t i = 0; i < idc_dataset_pairs(data) && rc == 0; i++)
        rc = count(&t, &idc_dataset_pair(data, i)->captions, plain, err);
    if (rc == 0)
        take_most(&t, out, size);
    idc_words_free(&t.sentences);
    idc_buffer_free(&t.counts);
    return rc;
}
