/* heads.c: what training also asks of the pair encoder: the type of the change, where it is in each
 * picture (a pointer over the cells and "nothing"), and the attributes of the object pointed at.
 * Each CLS row then gets a summary of that object, so that the words can read it.
 */
#include "model/parts.h"

#define ATTRIBUTE_LOGITS 15 /* shape 3, size 2, colour 8, material 2 */

void idc_heads_make(idc_heads *h, idc_builder *b, const idc_network *net)
{
    int d = net->c.width, seen = d + net->raw;
    h->type = idc_build_dense(b, "model.heads.type", "", 2 * d, net->c.types);
    h->pointer = idc_build_dense(b, "model.heads.pointer", "", d, 1);
    h->nothing = idc_build_dense(b, "model.heads.nothing", "", d, 1);
    h->attributes = idc_build_dense(b, "model.heads.attributes", "", seen, ATTRIBUTE_LOGITS);
    h->summary = idc_build_dense(b, "model.heads.summary", "", seen, d);
}

/* Picture k: fills pointer and attributes, returns the CLS row with its summary [B,1,d]. */
static idc_tensor *point(idc_network *net, idc_tape *t, idc_tensor *raw, int k,
                         idc_network_pair_output *out)
{
    const idc_heads *h = &net->heads;
    int64_t n = net->cells, batch = out->tokens->shape[0];
    idc_tensor *cls = idc_slice(t, out->tokens, 1, k * (n + 1), 1);
    idc_tensor *cells = idc_slice(t, out->tokens, 1, k * (n + 1) + 1, n);
    idc_tensor *logits[2] = {idc_dense_forward(t, cells, &h->pointer),
                             idc_dense_forward(t, cls, &h->nothing)};
    idc_tensor *joined = idc_concat(t, logits, 2, 1);
    joined = idc_reshape(t, joined, 2, (int64_t[]){batch, n + 1});
    out->pointer[k] = idc_softmax(t, joined, NULL);

    idc_tensor *weight = idc_slice(t, out->pointer[k], 1, 0, n);
    weight = idc_reshape(t, weight, 3, (int64_t[]){batch, 1, n});
    idc_tensor *mine = idc_slice(t, raw, 0, k * batch, batch);
    idc_tensor *seen = idc_concat(t, (idc_tensor *[]){cells, mine}, 2, 2);
    idc_tensor *z = idc_matmul(t, weight, seen, false);
    idc_tensor *attributes = idc_dense_forward(t, z, &h->attributes);
    out->attributes[k] = idc_reshape(t, attributes, 2, (int64_t[]){batch, ATTRIBUTE_LOGITS});
    return idc_add(t, cls, idc_dense_forward(t, z, &h->summary));
}

void idc_heads_forward(idc_network *net, idc_tape *t, idc_tensor *raw, idc_network_pair_output *out)
{
    if (!out->tokens)
        return;
    int64_t n = net->cells, batch = out->tokens->shape[0];
    idc_tensor *both[2] = {idc_slice(t, out->tokens, 1, 0, 1),
                           idc_slice(t, out->tokens, 1, n + 1, 1)};
    idc_tensor *type = idc_dense_forward(t, idc_concat(t, both, 2, 2), &net->heads.type);
    out->type = idc_reshape(t, type, 2, (int64_t[]){batch, net->c.types});
    idc_tensor *parts[4];
    for (int k = 0; k < 2; k++) {
        parts[2 * k] = point(net, t, raw, k, out);
        parts[2 * k + 1] = idc_slice(t, out->tokens, 1, k * (n + 1) + 1, n);
    }
    out->tokens = idc_concat(t, parts, 4, 1);
}
