#include "score/signature.h"

#include <string.h>

static int add_metric(idc_buffer *b, const idc_metric *metric, const idc_meteor *meteor)
{
    if (metric == &idc_metric_bleu)
        return idc_buffer_append_string(b, "bleu-1..4(closest)");
    if (metric == &idc_metric_rouge_l)
        return idc_buffer_append_string(b, "rouge-l(beta1.2)");
    if (metric == &idc_metric_cider)
        return idc_buffer_append_string(b, "cider-d(n4,sigma6,x10)+cider-plain(n4,x10)");
    static const char *const stages[] = {"exact", "stem", "synonym", "paraphrase"};
    int rc = idc_buffer_append_string(b, "meteor-1.5(");
    for (int k = 0; rc == 0 && k < 4; k++)
        if (meteor->stages >> k & 1)
            rc = idc_buffer_printf(b, "%s%s", k ? "," : "", stages[k]);
    return rc < 0 ? rc : idc_buffer_append_string(b, meteor->index ? ")" : ",no-function-words)");
}

int idc_signature(idc_buffer *b, const idc_corpus *c, const idc_metric *const *metrics,
                  int metric_count, const idc_meteor *meteor, const char *df_file)
{
    uint32_t least = UINT32_MAX, most = 0;
    int rc = idc_buffer_append_string(b, "metrics:");
    for (int k = 0; rc == 0 && k < metric_count; k++) {
        rc = k ? idc_buffer_append_string(b, "+") : 0;
        if (rc == 0)
            rc = add_metric(b, metrics[k], meteor);
    }
    for (size_t i = 0; i < c->scored_count; i++) {
        uint32_t n = c->items[c->scored[i]].reference_count;
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    if (rc == 0)
        rc = idc_buffer_printf(b, "|items:%zu|refs:%u", c->scored_count, least);
    if (rc == 0 && most != least)
        rc = idc_buffer_printf(b, "-%u", most);
    const char *name = df_file ? strrchr(df_file, '/') : NULL;
    if (rc == 0)
        rc = idc_buffer_printf(b, "|tok:%s|df:%s%s|version:idc-%s",
                               c->tokenize == IDC_TOKENIZE_PTB ? "ptb" : "none",
                               df_file ? "file " : "refs",
                               name      ? name + 1
                               : df_file ? df_file
                                         : "",
                               IDC_VERSION);
    return rc < 0 ? rc : idc_buffer_append(b, "", 1);
}
