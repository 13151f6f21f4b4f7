#include "model/mask_words.h"

void idc_mask_words(const idc_word_masking *m, idc_random *r, const idc_masked_words *w)
{
    int first = -1, chosen = 0;
    for (int i = 0; i < w->length; i++) {
        int32_t id = w->ids[i];
        w->in[i] = id;
        w->target[i] = -1;
        if (id == IDC_PAD || (id == IDC_BOS && i == 0))
            continue;
        double u = idc_random_unit(r);
        if (id == IDC_EOS) {
            if (u < m->end_share) {
                w->in[i] = IDC_MASK;
                w->target[i] = id;
            }
            continue;
        }
        first = first < 0 ? i : first;
        if (u >= m->share)
            continue;
        u /= m->share; /* uniform again */
        w->target[i] = id;
        chosen++;
        if (u < 0.8)
            w->in[i] = IDC_MASK;
        else if (u < 0.9)
            w->in[i] = (int32_t)idc_random_below(r, (uint32_t)m->vocabulary);
    }
    if (chosen == 0 && first >= 0) {
        w->in[first] = IDC_MASK;
        w->target[first] = w->ids[first];
    }
}
