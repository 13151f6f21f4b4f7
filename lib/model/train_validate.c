#include "model/train_validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/calibration.h"
#include "model/contrast.h"
#include "model/train_loss.h"

#define PEAK 0.25f

static int largest(const float *x, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        best = x[i] > x[best] ? i : best;
    return best;
}

/* ---- encoder ---- */

static float centre_probability(const float *logits, int width, int cell)
{
    return 1 / (1 + expf(-logits[cell * width + 1]));
}

static bool is_peak(const float *logits, int width, const idc_labels *l, int cell)
{
    float here = centre_probability(logits, width, cell);
    int row = cell / l->columns, column = cell % l->columns;
    for (int y = row - 1; y <= row + 1; y++)
        for (int x = column - 1; x <= column + 1; x++)
            if (y >= 0 && y < l->rows && x >= 0 && x < l->columns &&
                centre_probability(logits, width, y * l->columns + x) > here)
                return false;
    return here > PEAK;
}

static bool is_beside(const idc_labels *l, int a, int b)
{
    return abs(a / l->columns - b / l->columns) <= 1 && abs(a % l->columns - b % l->columns) <= 1;
}

static void score_picture(idc_train_scores *s, const float *logits, int width, const idc_labels *l)
{
    bool found[IDC_OBJECTS] = {false};
    for (int c = 0; c < l->rows * l->columns; c++) {
        if (!is_peak(logits, width, l, c))
            continue;
        bool good = false;
        for (int o = 0; o < IDC_OBJECTS; o++) {
            bool here = l->centre[o] >= 0 && is_beside(l, l->centre[o], c);
            found[o] = found[o] || here;
            good = good || here;
        }
        s->peaks++;
        s->good_peaks += good;
    }
    for (int o = 0; o < IDC_OBJECTS; o++) {
        if (l->centre[o] < 0)
            continue;
        const float *z = logits + l->centre[o] * width + 2;
        s->objects++;
        s->found += found[o];
        for (int a = 0; a < IDC_ATTRIBUTES; a++)
            s->attribute[a] +=
                largest(z + idc_attribute_first[a], idc_attribute_values[a]) == l->attribute[o][a];
    }
}

/* ---- pairs ---- */

static bool attribute_is(const idc_losses *l, const idc_batch *b, int side, int a, int pair)
{
    const float *z = idc_f32(l->pair.attributes[side]) + (size_t)pair * 15 + idc_attribute_first[a];
    return largest(z, idc_attribute_values[a]) == b->attribute[side][a][pair];
}

static bool is_full(const idc_losses *l, const idc_batch *b, int pair, int said)
{
    int truth = b->type[pair], side = truth == IDC_ADD;
    bool ok = said == truth;
    for (int a = 0; a < IDC_ATTRIBUTES && truth != IDC_NONE; a++)
        ok = ok && attribute_is(l, b, side, a, pair);
    if (truth == IDC_COLOR)
        ok = ok && attribute_is(l, b, 1, IDC_COLOUR, pair);
    if (truth == IDC_MATERIAL)
        ok = ok && attribute_is(l, b, 1, IDC_MATTER, pair);
    return ok;
}

static bool is_exact(const idc_losses *l, const idc_batch *b, int pair)
{
    int words = (int)idc_tensor_dim(l->words, 1);
    for (int i = 0; i < b->length; i++) {
        int32_t target = b->target[pair * b->length + i];
        const float *z =
            idc_f32(l->words) + ((size_t)pair * (size_t)b->length + (size_t)i) * (size_t)words;
        if (target >= 0 && largest(z, words) != target)
            return false;
    }
    return true;
}

static int keep_margins(idc_train_scores *s, const idc_losses *l, const idc_batch *b,
                        idc_error *err)
{
    size_t n = s->margins + (size_t)b->pairs;
    double *margin = realloc(s->margin, n * sizeof *margin);
    s->margin = margin != NULL ? margin : s->margin;
    int *truth = realloc(s->is_changed, n * sizeof *truth);
    s->is_changed = truth != NULL ? truth : s->is_changed;
    if (margin == NULL || truth == NULL)
        return idc_fail(err, IDC_E_MEMORY, "validation: no memory");
    for (int p = 0; p < b->pairs; p++) {
        const float *z = idc_f32(l->change) + 2 * p;
        if (b->changed[p] < 0)
            continue;
        margin[s->margins] = (double)z[1] - (double)z[0];
        truth[s->margins++] = b->changed[p];
        s->changed += (z[1] > z[0]) == (b->changed[p] != 0);
    }
    return 0;
}

static int score_pairs(idc_train_scores *s, idc_train_model *m, idc_tape *tape, idc_tensor *feature,
                       const idc_batch *b, idc_error *err)
{
    static const double weight[IDC_LOSSES] = {[IDC_LOSS_TYPE] = 1, [IDC_LOSS_WORDS] = 1};
    idc_losses l = {.weight = weight};
    idc_loss_pairs(m->network, tape, feature, b, &l);
    int rc = idc_tape_status(tape, err);
    if (rc == 0)
        rc = idc_retrieval_add(&s->retrieval, m->network, tape, l.pair.tokens, b, err);
    if (rc < 0)
        return rc;
    int types = m->config.network.types;
    for (int p = 0; p < b->pairs; p++) {
        int truth = b->type[p];
        if (truth < 0) {
            s->untyped++;
            s->untyped_exact += is_exact(&l, b, p);
            continue;
        }
        s->pairs[truth]++;
        s->exact[truth] += is_exact(&l, b, p);
        if (l.pair.type == NULL)
            continue;
        int said = largest(idc_f32(l.pair.type) + (size_t)p * (size_t)types, types);
        s->right[truth][said < IDC_CHANGE_TYPES ? said : 0]++;
        s->full[truth] += is_full(&l, b, p, said);
    }
    return keep_margins(s, &l, b, err);
}

int idc_train_validate(idc_train_scores *s, idc_train_model *m, idc_batch_maker *maker,
                       size_t triples, idc_tape *tape, idc_error *err)
{
    memset(s, 0, sizeof *s);
    idc_batch b;
    int rc = idc_batch_init(&b, &maker->shape, err);
    for (size_t at = 0; at < triples && rc >= 0;) {
        rc = idc_batch_validate(maker, at, &b, err);
        if (rc <= 0)
            break;
        at += (size_t)rc;
        idc_tape_reset(tape);
        idc_encoder_output out = {.feature = NULL};
        if (b.feature != NULL)
            out.feature = idc_batch_feature(&b, tape);
        else
            out = idc_encoder_forward(m->encoder, tape,
                                      idc_encoder_input(m->encoder, tape, b.picture, b.pictures),
                                      false);
        rc = idc_tape_status(tape, err);
        int width = rc == 0 && out.logits != NULL ? (int)idc_tensor_dim(out.logits, 3) : 0;
        for (int i = 0; i < b.rendered && width > 0; i++)
            score_picture(s,
                          idc_f32(out.logits) +
                              (size_t)i * (size_t)(width * b.shape.rows * b.shape.columns),
                          width, &b.labels[i]);
        if (rc == 0 && m->network != NULL)
            rc = score_pairs(s, m, tape, out.feature, &b, err);
    }
    idc_batch_fini(&b);
    return rc < 0 ? rc : 0;
}

void idc_train_scores_fini(idc_train_scores *s)
{
    free(s->margin);
    free(s->is_changed);
    idc_retrieval_fini(&s->retrieval);
    memset(s, 0, sizeof *s);
}

/* ---- reports ---- */

static json_t *share(double part, double whole)
{
    return json_real(whole > 0 ? round(1e4 * part / whole) / 1e4 : 0);
}

static json_t *pairs_json(const idc_train_scores *s)
{
    static const char *const names[IDC_CHANGE_TYPES] = {"none", "color", "material",
                                                        "add",  "drop",  "move"};
    double n = 0, right = 0, full = 0, exact = 0;
    json_t *o = json_object(), *by_type = json_object(), *confusion = json_array();
    for (int k = 0; k < IDC_CHANGE_TYPES; k++) {
        json_t *row = json_array();
        for (int said = 0; said < IDC_CHANGE_TYPES; said++)
            json_array_append_new(row, json_integer((json_int_t)s->right[k][said]));
        json_array_append_new(confusion, row);
        json_object_set_new(by_type, names[k], share(s->right[k][k], s->pairs[k]));
        n += s->pairs[k];
        right += s->right[k][k];
        full += s->full[k];
        exact += s->exact[k];
    }
    json_object_set_new(o, "pairs", json_integer((json_int_t)(n + s->untyped)));
    json_object_set_new(o, "type", share(right, n));
    json_object_set_new(o, "full", share(full, n));
    json_object_set_new(o, "exact", share(exact + s->untyped_exact, n + s->untyped));
    json_object_set_new(o, "change", share(s->changed, (double)s->margins));
    json_object_set_new(o, "by_type", by_type);
    json_object_set_new(o, "confusion", confusion);
    return o;
}

static json_t *retrieval_json(const idc_retrieval *r)
{
    idc_retrieval_shares s = idc_retrieval_score(r);
    json_t *o = json_object();
    json_object_set_new(o, "pairs", json_integer((json_int_t)r->n));
    json_object_set_new(o, "pair_to_text", share(s.pair_to_text, 1));
    json_object_set_new(o, "text_to_pair", share(s.text_to_pair, 1));
    json_object_set_new(o, "chance", share(s.chance, 1));
    return o;
}

json_t *idc_train_scores_json(const idc_train_scores *s)
{
    static const char *const names[IDC_ATTRIBUTES] = {"shape", "size", "color", "material"};
    json_t *o = json_object();
    if (s->objects > 0) {
        json_t *e = json_object();
        for (int a = 0; a < IDC_ATTRIBUTES; a++)
            json_object_set_new(e, names[a], share(s->attribute[a], s->objects));
        json_object_set_new(e, "found", share(s->found, s->objects));
        json_object_set_new(e, "peaks_right", share(s->good_peaks, s->peaks));
        json_object_set_new(o, "encoder", e);
    }
    if (s->margins > 0 || s->untyped > 0)
        json_object_set_new(o, "pair", pairs_json(s));
    if (s->retrieval.n > 0)
        json_object_set_new(o, "retrieval", retrieval_json(&s->retrieval));
    return o;
}

double idc_train_temperature(const idc_train_scores *s)
{
    return idc_fit_temperature(s->margin, s->is_changed, s->margins);
}

double idc_train_calibration_error(const idc_train_scores *s, const idc_model_config *c)
{
    double *p = malloc((s->margins + 1) * sizeof *p);
    idc_reliability r = {.error = 0};
    for (size_t i = 0; p != NULL && i < s->margins; i++) {
        const float logits[2] = {0, (float)s->margin[i]};
        p[i] = idc_change_probability(c, logits);
    }
    if (p != NULL)
        idc_reliability_measure(&r, p, s->is_changed, s->margins);
    free(p);
    return r.error;
}
