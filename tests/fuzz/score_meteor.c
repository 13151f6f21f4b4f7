/* All metrics over items made of the input's lines: a line of hypothesis, a line of reference. Scores are finite, and within 0 and 1 for
 * METEOR and ROUGE-L. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/meteor.h"
#include "score/scores.h"

static const idc_metric *const all[] = {&idc_metric_bleu, &idc_metric_rouge_l, &idc_metric_cider,
                                        &idc_metric_meteor};

static void add_lines(idc_corpus *c, const char *p, const char *end)
{
    for (int k = 0; p < end && k < 64; k++) {
        const char *feed = memchr(p, '\n', (size_t)(end - p)), *stop = feed ? feed : end;
        char id[16];
        snprintf(id, sizeof id, "%d", k / 3);
        if (k % 3 == 0)
            idc_corpus_add_hypothesis(c, 0, id, p, (size_t)(stop - p), NULL);
        else
            idc_corpus_add_reference(c, id, p, (size_t)(stop - p), NULL);
        p = feed ? feed + 1 : end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    idc_corpus *c = idc_corpus_new();
    idc_meteor *meteor;
    idc_scores s;
    if (!c || idc_meteor_open_bare(&meteor, NULL) < 0)
        abort();
    add_lines(c, (const char *)data, (const char *)data + size);
    if (idc_corpus_close(c, IDC_TOKENIZE_NONE, NULL) == 0) {
        idc_measure m = {c, 0, c->scored, c->scored_count, 1, NULL, meteor};
        if (idc_scores_measure(&s, all, 4, &m, NULL) == 0) {
            for (int k = 0; k < s.column_count; k++)
                if (!isfinite(s.overall[k]) || s.overall[k] < 0)
                    abort();
            if (s.overall[4] > 1 + 1e-9 || s.overall[8] > 1 + 1e-9)
                abort();
            idc_scores_free(&s);
        }
    }
    idc_meteor_close(&meteor);
    idc_corpus_free(&c);
    return 0;
}
