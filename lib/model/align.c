/* align.c: see align.h. */
#include "model/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/contrast.h"
#include "model/embed.h"

enum { BATCH = 16 }; /* sentences of a run */

struct idc_aligner {
    const idc_model *model;
    idc_tape *tape;
    int64_t rows; /* M */
};

int idc_aligner_new(idc_aligner **out, const idc_model *m, idc_error *err)
{
    const idc_network_config *c = &m->config.network;
    *out = NULL;
    if (!c->fda && !c->itc)
        return idc_fail(err, IDC_E_MISSING,
                        "%s: was trained neither to align sentences (tasks.fda) nor to "
                        "embed them (loss.itc)",
                        m->path);
    idc_aligner *a = calloc(1, sizeof *a);
    if (!a)
        return idc_fail(err, IDC_E_MEMORY, "alignment: no memory");
    a->model = m;
    a->rows = 2 * (idc_network_cells(c, NULL, NULL) + 1);
    if (!(a->tape = idc_tape_new(IDC_TAPE_INFER, err))) {
        free(a);
        return IDC_E_MEMORY;
    }
    *out = a;
    return 0;
}

void idc_aligner_free(idc_aligner **a)
{
    if (!*a)
        return;
    idc_tape_free(&(*a)->tape);
    free(*a);
    *a = NULL;
}

bool idc_aligner_has_fda(const idc_aligner *a)
{
    return a->model->config.network.fda;
}

bool idc_aligner_has_itc(const idc_aligner *a)
{
    return a->model->config.network.itc > 0;
}

size_t idc_aligner_token_count(const idc_aligner *a)
{
    return (size_t)a->rows * (size_t)a->model->config.network.width;
}

size_t idc_aligner_width(const idc_aligner *a)
{
    return (size_t)a->model->config.network.itc;
}

int idc_aligner_tokens(idc_aligner *a, const idc_record *r, float *tokens, idc_error *err)
{
    idc_tape_reset(a->tape);
    idc_tensor *x = idc_diff_tokens(a->model, a->tape, r);
    int rc = idc_tape_status(a->tape, err);
    if (rc == 0)
        memcpy(tokens, idc_f32(x), idc_aligner_token_count(a) * sizeof *tokens);
    return rc;
}

/* i32 [n,L] */
static idc_tensor *word_ids(idc_aligner *a, const char *const *sentences, size_t n)
{
    int length = a->model->config.network.max_length;
    idc_tensor *ids =
        idc_tape_input(a->tape, IDC_DTYPE_I32, 2, (int64_t[]){(int64_t)n, length}, NULL);
    for (size_t i = 0; ids && i < n; i++)
        idc_vocabulary_encode(a->model->config.vocabulary, sentences[i],
                              idc_i32(ids) + i * (size_t)length, length);
    return ids;
}

static double cosine(const float *before, const float *after, const float *text, int width)
{
    double dot = 0, v2 = 0, s2 = 0;
    for (int i = 0; i < width; i++) {
        double v = ((double)before[i] + (double)after[i]) / 2, s = (double)text[i];
        dot += v * s;
        v2 += v * v;
        s2 += s * s;
    }
    return dot / fmax(sqrt(v2) * sqrt(s2), 1e-12);
}

/* n ≤ BATCH sentences */
static int fuse(idc_aligner *a, const float *tokens, const char *const *sentences, size_t n,
                float *fda, idc_error *err)
{
    const idc_network_config *c = &a->model->config.network;
    size_t one = idc_aligner_token_count(a);
    idc_tape_reset(a->tape);
    idc_tensor *x =
        idc_tape_input(a->tape, IDC_DTYPE_F32, 3, (int64_t[]){(int64_t)n, a->rows, c->width}, NULL);
    for (size_t i = 0; x && i < n; i++)
        memcpy(idc_f32(x) + i * one, tokens, one * sizeof *tokens);
    idc_tensor *hidden = idc_network_cross(a->model->network, a->tape, x, word_ids(a, sentences, n),
                                           IDC_TEXT_FULL, true);
    int rc = idc_tape_status(a->tape, err);
    if (rc < 0)
        return rc;
    size_t width = (size_t)c->width, rows = (size_t)idc_tensor_dim(hidden, 1);
    for (size_t i = 0; i < n; i++) {
        const float *h = idc_f32(hidden) + i * rows * width;
        fda[i] = (float)cosine(h, h + (size_t)a->rows / 2 * width, h + (size_t)a->rows * width,
                               c->width);
        if (!isfinite(fda[i]))
            return idc_fail(err, IDC_E_NUMERIC, "alignment: a score is not a number");
    }
    return 0;
}

int idc_aligner_embed_pair(idc_aligner *a, const float *tokens, float *out, idc_error *err)
{
    idc_tape_reset(a->tape);
    idc_tensor *x = idc_tape_input(a->tape, IDC_DTYPE_F32, 3,
                                   (int64_t[]){1, a->rows, a->model->config.network.width}, tokens);
    idc_tensor *y = idc_network_embed_pair(a->model->network, a->tape, x);
    int rc = idc_tape_status(a->tape, err);
    if (rc == 0)
        memcpy(out, idc_f32(y), idc_aligner_width(a) * sizeof *out);
    return rc;
}

int idc_aligner_embed_texts(idc_aligner *a, const char *const *sentences, size_t n, float *out,
                            idc_error *err)
{
    size_t width = idc_aligner_width(a);
    int rc = 0;
    for (size_t i = 0, some; rc == 0 && i < n; i += some) {
        some = n - i < BATCH ? n - i : BATCH;
        idc_tape_reset(a->tape);
        idc_tensor *y =
            idc_network_embed_text(a->model->network, a->tape, word_ids(a, sentences + i, some));
        rc = idc_tape_status(a->tape, err);
        if (rc == 0)
            memcpy(out + i * width, idc_f32(y), some * width * sizeof *out);
    }
    return rc;
}

static int compare(idc_aligner *a, const float *tokens, const char *const *sentences, size_t n,
                   float *itc, idc_error *err)
{
    size_t width = idc_aligner_width(a);
    float *e = malloc((n + 1) * width * sizeof *e);
    int rc = e ? idc_aligner_embed_pair(a, tokens, e, err)
               : idc_fail(err, IDC_E_MEMORY, "alignment: no memory");
    if (rc == 0)
        rc = idc_aligner_embed_texts(a, sentences, n, e + width, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        double dot = 0;
        for (size_t k = 0; k < width; k++)
            dot += (double)e[k] * (double)e[(i + 1) * width + k];
        itc[i] = (float)dot;
        if (!isfinite(itc[i]))
            rc = idc_fail(err, IDC_E_NUMERIC, "alignment: a score is not a number");
    }
    free(e);
    return rc;
}

int idc_aligner_score(idc_aligner *a, const float *tokens, const char *const *sentences, size_t n,
                      const idc_alignment *out, idc_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && out->fda && idc_aligner_has_fda(a) && i < n; i += BATCH)
        rc = fuse(a, tokens, sentences + i, n - i < BATCH ? n - i : BATCH, out->fda + i, err);
    if (rc == 0 && out->itc && idc_aligner_has_itc(a) && n > 0)
        rc = compare(a, tokens, sentences, n, out->itc, err);
    return rc;
}
