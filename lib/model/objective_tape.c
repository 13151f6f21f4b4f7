#include "model/objective_tape.h"

#include <math.h>
#include <string.h>

#include "model/objective_parts.h"

static double *to_double(idc_tape *t, const idc_tensor *x)
{
    int64_t n = idc_tensor_count(x);
    double *v = idc_tape_alloc(t, (size_t)n * sizeof *v);
    for (int64_t i = 0; v != NULL && i < n; i++)
        v[i] = (double)idc_f32(x)[i];
    return v;
}

static float *to_float(idc_tape *t, const double *v, int64_t n)
{
    float *x = idc_tape_alloc(t, (size_t)n * sizeof *x);
    for (int64_t i = 0; x != NULL && i < n; i++)
        x[i] = (float)v[i];
    return x;
}

/* Vectors in double precision, and room for the gradients of those that want one. */
static bool open_up(idc_tape *t, const idc_objective_tensors *x, idc_objective_input *in,
                    idc_objective_result *r)
{
    for (int v = 0; v < IDC_VECTORS; v++) {
        const idc_tensor *y = x->vector[v];
        if (y == NULL)
            continue;
        if (y->ndim != 2 || y->shape[1] != in->width ||
            y->shape[0] != idc_objective_rows(in, (enum idc_vector)v)) {
            idc_tape_fail(t, IDC_E_MISMATCH, "objective: vectors %d have another shape", v);
            return false;
        }
        in->vector[v] = to_double(t, y);
        if (in->vector[v] == NULL)
            return false;
        if (v < IDC_VECTORS_TRAINED && y->grad != NULL) {
            r->gradient[v] = idc_tape_alloc(t, (size_t)idc_tensor_count(y) * sizeof(double));
            if (r->gradient[v] == NULL)
                return false;
        }
    }
    return true;
}

idc_tensor *idc_objective_apply(idc_tape *t, const idc_objective_options *o,
                                const idc_objective_tensors *x)
{
    idc_objective_input in = x->rest;
    idc_objective_result r = {0};
    const idc_tensor *pair = x->vector[IDC_VECTOR_PAIR];
    idc_error err = IDC_NO_ERROR;
    if (idc_tape_status(t, NULL) < 0)
        return NULL;
    if (pair == NULL || pair->ndim != 2)
        return idc_tape_fail(t, IDC_E_MISSING, "objective: needs pairs");
    in.items = (int)pair->shape[0];
    in.width = (int)pair->shape[1];
    in.log_scale = x->log_scale != NULL ? (double)idc_f32(x->log_scale)[0] : 0;
    memset(in.vector, 0, sizeof in.vector);
    if (!open_up(t, x, &in, &r))
        return NULL;
    int rc = idc_objective_compute(o, &in, &r, &err);
    if (rc < 0)
        return idc_tape_fail(t, rc, "%s", err.text);
    idc_tensor *inputs[IDC_VECTORS_TRAINED + 1];
    float *gradient[IDC_VECTORS_TRAINED + 1];
    int n = 0;
    for (int v = 0; v < IDC_VECTORS_TRAINED; v++) {
        if (x->vector[v] == NULL)
            continue;
        inputs[n] = x->vector[v];
        gradient[n] = NULL;
        if (r.gradient[v] != NULL &&
            (gradient[n] = to_float(t, r.gradient[v], idc_tensor_count(x->vector[v]))) == NULL)
            return NULL;
        n++;
    }
    if (x->log_scale != NULL) {
        inputs[n] = x->log_scale;
        if ((gradient[n++] = to_float(t, &r.log_scale, 1)) == NULL)
            return NULL;
    }
    return idc_given(t, (float)r.loss, inputs, gradient, n);
}

/* Targets of one row. */
static void soften(const idc_soft_targets *s, int64_t row, int n, double *scratch, double *y,
                   const unsigned char *open)
{
    int32_t right = idc_i32(s->target)[row];
    double share = s->teacher != NULL ? s->distill : 0, all = 0;
    for (int k = 0; k < n && share > 0; k++)
        scratch[k] = (double)idc_f32(s->teacher)[row * n + k];
    if (share > 0)
        all = idc_log_sum_exp(scratch, open, n);
    for (int k = 0; k < n; k++)
        y[k] = (k == right ? 1 - share : 0) + (share > 0 ? share * exp(scratch[k] - all) : 0);
}

static double soft_row(const idc_soft_targets *s, const idc_tensor *logits, int64_t row,
                       double weight, double *scratch, float *slope)
{
    int n = (int)logits->shape[1];
    double *z = scratch, *y = scratch + n, *dz = scratch + 2 * n;
    unsigned char *open = (void *)(scratch + 3 * n);
    for (int k = 0; k < n; k++) {
        open[k] = 1;
        dz[k] = 0;
    }
    soften(s, row, n, z, y, open);
    for (int k = 0; k < n; k++)
        z[k] = (double)idc_f32(logits)[row * n + k];
    idc_softmax_row r = {
        .z = z, .y = y, .open = open, .dz = dz, .n = n, .weight = weight, .focal = s->focal};
    double loss = idc_softmax_row_loss(&r);
    for (int k = 0; k < n; k++)
        slope[k] = (float)dz[k];
    return loss;
}

idc_tensor *idc_soft_cross_entropy(idc_tape *t, idc_tensor *logits, const idc_soft_targets *soft)
{
    if (idc_tape_status(t, NULL) < 0)
        return NULL;
    int64_t rows = logits != NULL && logits->ndim == 2 ? logits->shape[0] : 0, counted = 0;
    if (rows == 0 || soft->target == NULL || idc_tensor_count(soft->target) != rows ||
        (soft->teacher != NULL && idc_tensor_count(soft->teacher) != idc_tensor_count(logits)))
        return idc_tape_fail(t, IDC_E_MISMATCH,
                             "soft cross entropy: logits and targets do not fit");
    int64_t n = logits->shape[1];
    double loss = 0, *scratch = idc_tape_alloc(t, 4 * (size_t)n * sizeof *scratch);
    float *slope = idc_tape_alloc(t, (size_t)(rows * n) * sizeof *slope);
    if (scratch == NULL || slope == NULL)
        return NULL;
    memset(slope, 0, (size_t)(rows * n) * sizeof *slope);
    for (int64_t i = 0; i < rows; i++)
        counted += idc_i32(soft->target)[i] >= 0;
    for (int64_t i = 0; i < rows; i++)
        if (idc_i32(soft->target)[i] >= 0)
            loss += soft_row(soft, logits, i, 1 / (double)counted, scratch, slope + i * n);
    return idc_given(t, (float)loss, &logits, &slope, 1);
}

void idc_sentence_numbers(int32_t *number, const int32_t *ids, int n, int row, int length)
{
    for (int i = 0; i < n; i++) {
        number[i] = (int32_t)i;
        for (int j = 0; j < i; j++)
            if (memcmp(ids + (size_t)i * (size_t)row, ids + (size_t)j * (size_t)row,
                       (size_t)length * sizeof *ids) == 0) {
                number[i] = number[j];
                break;
            }
    }
}
