/* task_nabirds.c: pictures whose fine classes are known, of one class or of two, without a sentence (stage 2 of Yao, Wang, Jin
 * 2022, on the pictures of NABirds). Only the encoders of pictures take part.
 *
 * Of B pairs, with f_i [d] the row of CLS of the single encoder for each of the 2B pictures, c_i its class, and C1, C2 the rows
 * of both CLS after the pair encoder:
 *
 *     classes  = mean_i CE(classifier(f_i), c_i)                                    model.classifier [C,d]
 *     match    = mean over pairs of CE(aligner([C1; C2]), c_before = c_after)       model.class_aligner [2,2d]
 *     contrast = 1/(2B)² Σ_ij (1 − cos(f_i, f_j) where c_i = c_j, else max(0, cos(f_i, f_j) − 0.4))     i = j included
 *     loss     = classes + match + contrast
 *
 * Pictures without a class do not count.
 */
#include "model/task.h"

#define LEAST_NORM 1e-12f
#define MARGIN 0.4f

static void make(idc_pretrain *p, idc_builder *b)
{
    if (p->classes == 0)
        return;
    p->classifier = idc_build_dense(b, "model.classifier", "", p->net->c.width, p->classes);
    p->class_aligner = idc_build_dense(b, "model.class_aligner", "", 2 * p->net->c.width, 2);
}

static int draw(idc_pretrain *p, const idc_batch *b, uint64_t step, idc_task_input *in,
                idc_error *err)
{
    (void)step;
    in->class_of = idc_task_memory(p, 2 * (size_t)in->pairs, sizeof *in->class_of);
    if (!in->class_of)
        return idc_fail(err, IDC_E_MEMORY, "nabirds: no memory");
    for (int i = 0; i < 2 * in->pairs; i++)
        in->class_of[i] = b->class_of[i / in->pairs][i % in->pairs];
    return 0;
}

/* Σ weight · x over all elements, [1] */
static idc_tensor *weighted_sum(idc_tape *t, idc_tensor *x, idc_tensor *weight)
{
    const int64_t flat[3] = {1, 1, -1}, one = 1;
    idc_tensor *sum =
        idc_matmul(t, idc_reshape(t, x, 3, flat), idc_reshape(t, weight, 3, flat), true);
    return idc_reshape(t, sum, 1, &one);
}

idc_tensor *idc_task_class_contrast(idc_tape *t, idc_tensor *f, const int32_t *class_of, int64_t n)
{
    const int64_t one = 1, square[3] = {1, n, n};
    const float margin = -MARGIN;
    idc_tensor *same = idc_tape_input(t, IDC_DTYPE_F32, 3, square, NULL);
    idc_tensor *other = idc_tape_input(t, IDC_DTYPE_F32, 3, square, NULL);
    float known = 0, alike = 0;
    if (!f || !same || !other)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        known += class_of[i] >= 0;
    float share = known > 0 ? 1 / (known * known) : 0;
    for (int64_t i = 0; i < n * n; i++) {
        int32_t a = class_of[i / n], b = class_of[i % n];
        bool counts = a >= 0 && b >= 0;
        alike += counts && a == b ? share : 0;
        idc_f32(same)[i] = counts && a == b ? -share : 0;
        idc_f32(other)[i] = counts && a != b ? share : 0;
    }
    f = idc_l2_normalize(t, idc_reshape(t, f, 3, (int64_t[]){1, n, -1}), LEAST_NORM);
    idc_tensor *cosine = idc_matmul(t, f, f, true);
    idc_tensor *beyond =
        idc_relu(t, idc_add(t, cosine, idc_tape_input(t, IDC_DTYPE_F32, 1, &one, &margin)));
    idc_tensor *sum = idc_add(t, weighted_sum(t, cosine, same), weighted_sum(t, beyond, other));
    return idc_add(t, sum, idc_tape_input(t, IDC_DTYPE_F32, 1, &one, &alike));
}

/* [1]: whatever form the mean of a loss has */
static idc_tensor *flat(idc_tape *t, idc_tensor *x)
{
    return idc_reshape(t, x, 1, (int64_t[]){1});
}

static idc_task_said loss(const idc_pretrain *p, idc_tape *t, idc_tensor *raw,
                          const idc_task_input *in)
{
    int64_t n = p->net->cells, d = p->net->c.width, pairs = in->pairs;
    idc_network_pair_output out;
    if (p->classes == 0) {
        idc_tape_fail(t, IDC_E_MISSING, "nabirds: no classes are known");
        return (idc_task_said){0};
    }
    idc_network_pair_raw(p->net, t, raw, &out);
    idc_tensor *f = idc_reshape(t, idc_slice(t, out.single, 1, 0, 1), 2, (int64_t[]){2 * pairs, d});
    idc_tensor *ends[2] = {idc_slice(t, out.tokens, 1, 0, 1),
                           idc_slice(t, out.tokens, 1, n + 1, 1)};
    idc_tensor *cls = idc_reshape(t, idc_concat(t, ends, 2, 1), 2, (int64_t[]){pairs, 2 * d});
    int32_t *label = idc_tape_alloc(t, (size_t)pairs * sizeof *label);
    if (!label)
        return (idc_task_said){0};
    for (int64_t i = 0; i < pairs; i++) {
        int32_t a = in->class_of[i], b = in->class_of[pairs + i];
        label[i] = a < 0 || b < 0 ? -1 : a == b;
    }
    idc_task_said said = {.logits = idc_dense_forward(t, f, &p->classifier),
                          .target = idc_task_integers(t, in->class_of, 2 * pairs)};
    idc_tensor *classes = idc_cross_entropy(t, said.logits, said.target, NULL, IDC_MEAN);
    idc_tensor *match = idc_cross_entropy(t, idc_dense_forward(t, cls, &p->class_aligner),
                                          idc_task_integers(t, label, pairs), NULL, IDC_MEAN);
    idc_tensor *apart = idc_task_class_contrast(t, f, in->class_of, 2 * pairs);
    said.loss = idc_add(t, idc_add(t, flat(t, classes), flat(t, match)), apart);
    return said;
}

const idc_task_row idc_task_nabirds = {"nabirds", make, draw, loss};
