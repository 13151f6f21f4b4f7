/* coca: contrast, words and hidden cells at once.
 *
 *     L = L_infonce + words · L_words + cells · L_cells
 *
 * Yu et al. 2022 (CoCa) train a captioner and both towers together; Ma et al. 2024 (SyCoCa) add pictures to be completed from
 * the sentence, hiding the patches most like it. Here L_words is the network's own (words = 2), and L_cells the contrast of
 * masked cells (cells = 1; Yao, Wang, Jin 2022) with the share `ratio` of the cells hidden whose vectors are most like the
 * sentence's: idc_attentive_mask. Both are the network's losses; this file has the contrast and the mask.
 */
#include "model/objective_parts.h"

#include <stdlib.h>

int idc_objective_coca(const idc_objective_call *c, idc_error *err)
{
    return idc_objective_infonce(c, err);
}

typedef struct ranked {
    double likeness;
    int cell;
} ranked;

/* Likest first; the first cell where they are equal. */
static int compare(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->likeness != y->likeness)
        return x->likeness < y->likeness ? 1 : -1;
    return x->cell - y->cell;
}

int idc_attentive_mask(unsigned char *hidden, const double *likeness, int cells, double ratio)
{
    ranked *order = malloc((size_t)cells * sizeof *order);
    int n = (int)(ratio * cells + 0.5);
    if (order == NULL)
        return IDC_E_MEMORY;
    for (int i = 0; i < cells; i++) {
        order[i] = (ranked){likeness[i], i};
        hidden[i] = 0;
    }
    qsort(order, (size_t)cells, sizeof *order, compare);
    for (int i = 0; i < n && i < cells; i++)
        hidden[order[i].cell] = 1;
    free(order);
    return n;
}
