/* pairing.c: see pairing.h. */
#include "model/pairing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/feature_window.h"
#include "model/outline.h"

struct idc_pairing {
    const idc_model *model;
    idc_feature_window *window;
    idc_tape *tape;
};

int idc_pairing_new(idc_pairing **out, const idc_model *m, int window, idc_error *err)
{
    *out = NULL;
    idc_pairing *p = calloc(1, sizeof *p);
    if (!p)
        return idc_fail(err, IDC_E_MEMORY, "pairs: no memory");
    p->model = m;
    int rc = idc_feature_window_new(&p->window, window, err);
    if (rc == 0 && !(p->tape = idc_tape_new(IDC_TAPE_INFER, err)))
        rc = IDC_E_MEMORY;
    if (rc < 0)
        idc_pairing_free(&p);
    *out = p;
    return rc;
}

void idc_pairing_free(idc_pairing **p)
{
    if (!*p)
        return;
    if ((*p)->tape)
        idc_tape_free(&(*p)->tape);
    if ((*p)->window)
        idc_feature_window_free(&(*p)->window);
    free(*p);
    *p = NULL;
}

/* ---- features ---- */

static int check_encoder(const idc_pairing *p, const idc_record *r, idc_error *err)
{
    const char *ours = p->model->encoder_fingerprint, *theirs;
    int rc = idc_record_get_string(r, "encoder", &theirs, err);
    if (rc < 0)
        return rc;
    if (ours[0] && strcmp(ours, theirs) != 0)
        return idc_fail(err, IDC_E_MISMATCH,
                        "feature '%s': made by encoder %.12s, the model %s has encoder %.12s",
                        idc_record_id(r), theirs, p->model->config.name, ours);
    return 0;
}

static int check_shape(const idc_pairing *p, const idc_record *r, const idc_array *a,
                       idc_error *err)
{
    const idc_network_config *c = &p->model->config.network;
    int64_t shape[3] = {c->grid[0], c->grid[1], c->feature};
    if (a->ndim != 3 || memcmp(a->shape, shape, sizeof shape) != 0)
        return idc_fail(err, IDC_E_MISMATCH,
                        "feature '%s': shape is not [%d,%d,%d], which the model expects",
                        idc_record_id(r), c->grid[0], c->grid[1], c->feature);
    if (a->dtype != IDC_DTYPE_F32 && a->dtype != IDC_DTYPE_F16)
        return idc_fail(err, IDC_E_UNSUPPORTED, "feature '%s': neither f16 nor f32",
                        idc_record_id(r));
    return 0;
}

/* The numbers as f32; false when one of them is not finite. The record promises no alignment. */
static bool take_numbers(float *out, const idc_array *a)
{
    size_t n = idc_array_count(a);
    uint16_t chunk[1024];
    if (a->dtype == IDC_DTYPE_F32)
        memcpy(out, a->data, n * sizeof *out);
    for (size_t i = 0; a->dtype == IDC_DTYPE_F16 && i < n; i += 1024) {
        size_t m = n - i < 1024 ? n - i : 1024;
        memcpy(chunk, (const char *)a->data + i * sizeof *chunk, m * sizeof *chunk);
        idc_f16_to_f32(out + i, chunk, m);
    }
    for (size_t i = 0; i < n; i++)
        if (!isfinite(out[i]))
            return false;
    return true;
}

static void mean_of_cells(const idc_network_config *c, idc_kept_feature *kept)
{
    size_t cells = (size_t)c->grid[0] * (size_t)c->grid[1], f = (size_t)c->feature;
    for (size_t k = 0; k < f; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < cells; i++)
            sum += (double)kept->cells[i * f + k];
        kept->pooled[k] = (float)(sum / (double)cells);
    }
}

int idc_pairing_add(idc_pairing *p, const idc_record *r, idc_error *err)
{
    const idc_network_config *c = &p->model->config.network;
    idc_array a;
    idc_kept_feature *kept;
    int rc = check_encoder(p, r, err);
    if (rc == 0)
        rc = idc_record_get_array(r, "feature", &a, err);
    if (rc == 0)
        rc = check_shape(p, r, &a, err);
    if (rc == 0)
        rc = idc_feature_window_add(p->window, idc_record_id(r), idc_array_count(&a),
                                    (size_t)c->feature, &kept, err);
    if (rc < 0)
        return rc;
    if (!take_numbers(kept->cells, &a)) {
        idc_feature_window_settle(p->window, kept, 0);
        return idc_fail(err, IDC_E_NUMERIC, "feature '%s': a value is not finite",
                        idc_record_id(r));
    }
    mean_of_cells(c, kept);
    if (idc_record_get_numbers(r, "size", kept->size, 2, NULL) != 2)
        kept->size[0] = kept->size[1] = 0.0;
    int64_t uses;
    if (idc_record_get_int(r, "uses", &uses, NULL) < 0 || uses < 0)
        uses = -1;
    idc_feature_window_settle(p->window, kept, uses);
    return 0;
}

/* ---- pairs ---- */

static int find_both(const idc_pairing *p, const idc_record *pair, idc_kept_feature *side[2],
                     idc_error *err)
{
    const char *ids[2];
    int rc = idc_record_get_string(pair, "before", &ids[0], err);
    if (rc == 0)
        rc = idc_record_get_string(pair, "after", &ids[1], err);
    for (int k = 0; rc == 0 && k < 2; k++) {
        side[k] = idc_feature_window_find(p->window, ids[k]);
        if (!side[k])
            rc = idc_fail(err, IDC_E_MISSING,
                          "pair '%s': picture '%s' is not here (it never came, failed, or has left "
                          "the window)",
                          idc_record_id(pair), ids[k]);
    }
    return rc;
}

static int set_pointer(const idc_pairing *p, idc_record *d, idc_kept_feature *const side[2],
                       const idc_network_pair_output *out)
{
    int grid[2];
    idc_outline_grid(&p->model->config, grid);
    size_t n = (size_t)grid[0] * (size_t)grid[1];
    float *maps = malloc(2 * n * sizeof *maps);
    if (!maps)
        return IDC_E_MEMORY;
    for (size_t k = 0; k < 2; k++)
        idc_outline(maps + k * n, idc_f32(out->pointer[k]), side[k]->cells, &p->model->config);
    int rc = idc_record_set_array(d, "pointer",
                                  &(idc_array){IDC_DTYPE_F32, 3, {2, grid[0], grid[1]}, maps});
    free(maps);
    const float *type = idc_f32(out->type);
    int best = 0;
    for (int i = 1; i < p->model->config.network.types; i++)
        best = type[i] > type[best] ? i : best;
    return rc < 0 ? rc : idc_record_set_string(d, "guess", p->model->config.types[best]);
}

static int set_pooled(const idc_pairing *p, idc_record *d, idc_kept_feature *const side[2])
{
    size_t f = (size_t)p->model->config.network.feature;
    float *both = malloc(2 * f * sizeof *both);
    if (!both)
        return IDC_E_MEMORY;
    for (size_t k = 0; k < 2; k++)
        memcpy(both + k * f, side[k]->pooled, f * sizeof *both);
    int rc =
        idc_record_set_array(d, "pooled", &(idc_array){IDC_DTYPE_F32, 2, {2, (int64_t)f}, both});
    free(both);
    return rc;
}

static int set_sizes(idc_record *d, idc_kept_feature *const side[2])
{
    int rc = 0;
    if (side[0]->size[0] > 0)
        rc = idc_record_set_numbers(d, "size", side[0]->size, 2);
    if (rc == 0 && side[1]->size[0] > 0 &&
        memcmp(side[0]->size, side[1]->size, sizeof side[0]->size) != 0)
        rc = idc_record_set_numbers(d, "size_after", side[1]->size, 2);
    return rc;
}

static int fill(const idc_pairing *p, idc_record *d, idc_kept_feature *const side[2],
                const idc_network_pair_output *out)
{
    int rows, columns;
    idc_network_cells(&p->model->config.network, &rows, &columns);
    idc_array tokens = {
        IDC_DTYPE_F32, 2, {out->tokens->shape[1], out->tokens->shape[2]}, out->tokens->data};
    int rc = idc_record_set_string(d, "kind", "diff");
    if (rc == 0)
        rc = idc_record_set_array(d, "tokens", &tokens);
    if (rc == 0)
        rc = idc_record_set_numbers(d, "grid", (double[]){rows, columns}, 2);
    if (rc == 0)
        rc = idc_record_set_string(d, "model", p->model->fingerprint);
    if (rc == 0)
        rc = set_sizes(d, side);
    if (rc == 0)
        rc = set_pooled(p, d, side);
    if (rc == 0 && out->type)
        rc = set_pointer(p, d, side, out);
    return rc;
}

static int join(idc_pairing *p, const idc_record *pair, idc_record **diff, idc_error *err)
{
    idc_kept_feature *side[2];
    int rc = find_both(p, pair, side, err);
    if (rc < 0)
        return rc;
    const idc_network_config *c = &p->model->config.network;
    idc_tensor input[2];
    for (int k = 0; k < 2; k++)
        input[k] = (idc_tensor){.dtype = IDC_DTYPE_F32,
                                .ndim = 4,
                                .shape = {1, c->grid[0], c->grid[1], c->feature},
                                .data = side[k]->cells};
    idc_network_pair_output out;
    idc_tape_reset(p->tape);
    idc_network_pair(p->model->network, p->tape, &input[0], &input[1], &out);
    rc = idc_tape_status(p->tape, err);
    if (rc == 0) {
        *diff = idc_record_copy(pair);
        rc = *diff ? fill(p, *diff, side, &out) : IDC_E_MEMORY;
        if (rc < 0)
            idc_fail(err, rc, "pair '%s': no memory", idc_record_id(pair));
    }
    return rc;
}

int idc_pairing_join(idc_pairing *p, const idc_record *pair, idc_record **diff, idc_error *err)
{
    const char *before, *after;
    *diff = NULL;
    int rc = join(p, pair, diff, err);
    if (rc < 0 && *diff)
        idc_record_free(diff);
    /* Also of a pair that failed: it will not come again. A picture paired with itself is used once. */
    if (idc_record_get_string(pair, "before", &before, NULL) == 0 &&
        idc_record_get_string(pair, "after", &after, NULL) == 0) {
        idc_feature_window_use(p->window, before);
        if (strcmp(before, after) != 0)
            idc_feature_window_use(p->window, after);
    }
    return rc;
}
