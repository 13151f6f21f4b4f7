/* network_predict.c: all next words of a sentence in one run, also of networks that unmask words. */
#include <string.h>

#include "model/parts.h"

/* Columns: what every row sees (`seen`), L words, L masks. Picture rows see the first, word row t the words 0 … t with them, mask
 * row t those and itself. Rows: the last ones of pictures, words, masks. */
static idc_tensor *two_streams(idc_tape *t, int64_t rows, int64_t seen, int64_t length)
{
    int64_t columns = seen + 2 * length, first = columns - rows;
    idc_tensor *mask = idc_tape_input(t, IDC_DTYPE_U8, 2, (int64_t[]){rows, columns}, NULL);
    if (!mask)
        return NULL;
    memset(mask->data, 0, (size_t)(rows * columns));
    for (int64_t i = 0; i < rows; i++) {
        unsigned char *row = (unsigned char *)mask->data + i * columns;
        int64_t text = first + i - seen, word = text % length;
        memset(row, 1, (size_t)(text < 0 ? seen : seen + word + 1));
        if (text >= length)
            row[first + i] = 1;
    }
    return mask;
}

static idc_tensor *mask_ids(idc_tape *t, int64_t batch, int64_t length)
{
    idc_tensor *ids = idc_tape_input(t, IDC_DTYPE_I32, 2, (int64_t[]){batch, length}, NULL);
    for (int64_t i = 0; ids && i < batch * length; i++)
        idc_i32(ids)[i] = IDC_MASK;
    return ids;
}

idc_tensor *idc_network_predict(idc_network *net, idc_tape *t, idc_tensor *tokens,
                                const idc_tensor *ids)
{
    if (!tokens || !ids)
        return NULL;
    int64_t seen = tokens->shape[1], length = ids->shape[1];
    if (length >= net->c.max_length)
        return idc_tape_fail(t, IDC_E_RANGE, "words: %lld rows of at most %d", (long long)length,
                             net->c.max_length - 1);
    if (net->c.caption == IDC_CAPTION_NEXT)
        return idc_network_ask(net, t, tokens, ids, IDC_TEXT_CAUSAL).text;
    idc_tensor *masks = mask_ids(t, ids->shape[0], length);
    idc_tensor *parts[3] = {tokens, idc_embedding_text(net, t, ids, 0),
                            masks ? idc_embedding_text(net, t, masks, 1) : NULL};
    idc_row_range wanted = {seen + length, length};
    idc_stack_context context = {.wanted = &wanted,
                                 .ranges = 1,
                                 .mask = two_streams(t, seen + 2 * length, seen, length),
                                 .wanted_mask = two_streams(t, length, seen, length)};
    return idc_stack_forward(net, &net->cross, t, idc_concat(t, parts, 3, 1), &context);
}
