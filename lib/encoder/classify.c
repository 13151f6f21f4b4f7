#include "encoder/classify.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "encoder/family.h"

#define MAX_CLASSES 100000
#define MAX_LABELS_FILE (1u << 24)

struct idc_classifier {
    int classes, width;
    float *weight, *bias; /* [classes,width], [classes] or NULL */
    float *logits;
    json_t *labels; /* array of strings, or NULL */
};

static int load_head(idc_classifier *c, const idc_encoder *enc, const idc_safetensors *file,
                     const char *name, idc_error *err)
{
    const char *prefix = idc_encoder_prefix(enc, file);
    char weight_name[128], bias_name[128];
    snprintf(weight_name, sizeof weight_name, "%s%s.weight", prefix ? prefix : "",
             enc->family->head);
    snprintf(bias_name, sizeof bias_name, "%s%s.bias", prefix ? prefix : "", enc->family->head);
    const idc_safetensor *w = idc_safetensors_find(file, weight_name),
                         *b = idc_safetensors_find(file, bias_name);
    if (!w)
        return idc_fail(err, IDC_E_MISSING, "%s: no tensor '%s': it cannot classify", name,
                        weight_name);
    bool fits = (w->ndim == 2 || (w->ndim == 4 && w->shape[2] == 1 && w->shape[3] == 1)) &&
                w->shape[1] == enc->feature && w->shape[0] >= IDC_TOP_CLASSES &&
                w->shape[0] <= MAX_CLASSES;
    if (!fits || (b && (b->ndim != 1 || b->shape[0] != w->shape[0])))
        return idc_fail(err, IDC_E_MISMATCH, "%s: tensor '%s' is not [classes,%d]", name,
                        weight_name, enc->feature);
    c->classes = (int)w->shape[0];
    c->width = enc->feature;
    size_t n = (size_t)c->classes, width = (size_t)c->width;
    c->weight = malloc(n * width * sizeof *c->weight);
    c->bias = calloc(n, sizeof *c->bias);
    c->logits = malloc(n * sizeof *c->logits);
    if (!c->weight || !c->bias || !c->logits)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
    int rc = idc_encoder_convert(c->weight, w, name, err);
    return rc < 0 || !b ? rc : idc_encoder_convert(c->bias, b, name, err);
}

/* Takes the reference. */
static int set_labels(idc_classifier *c, json_t *labels, const char *name, idc_error *err)
{
    size_t i;
    json_t *label;
    bool fits = json_is_array(labels) && json_array_size(labels) == (size_t)c->classes;
    if (fits)
        json_array_foreach(labels, i, label) fits = fits && json_is_string(label);
    if (!fits) {
        int n = (int)json_array_size(labels);
        json_decref(labels);
        return idc_fail(err, IDC_E_MISMATCH, "%s: %d labels, for %d classes", name, n, c->classes);
    }
    json_decref(c->labels);
    c->labels = labels;
    return 0;
}

int idc_classifier_new(idc_classifier **out, const idc_encoder *enc, const idc_safetensors *file,
                       const char *name, idc_error *err)
{
    *out = NULL;
    if (!enc->family->head || enc->spec.stage != enc->family->stages)
        return idc_fail(err, IDC_E_UNSUPPORTED,
                        "encoder %s: only the deepest stage has a classifier over it",
                        enc->spec.kind);
    idc_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return idc_fail(err, IDC_E_MEMORY, "%s: no memory", name);
    int rc = load_head(c, enc, file, name, err);
    const char *labels = idc_safetensors_metadata(file, "labels");
    if (rc == 0 && labels)
        rc = set_labels(c, json_loads(labels, JSON_DECODE_ANY, NULL), name, err);
    if (rc < 0)
        idc_classifier_free(&c);
    *out = c;
    return rc;
}

void idc_classifier_free(idc_classifier **c)
{
    if (!*c)
        return;
    free((*c)->weight);
    free((*c)->bias);
    free((*c)->logits);
    json_decref((*c)->labels);
    free(*c);
    *c = NULL;
}

/* The lines of a file as a JSON array; NULL, with err. */
static json_t *read_lines(const char *path, idc_error *err)
{
    idc_buffer b = {0};
    json_t *lines = idc_file_read(&b, path, MAX_LABELS_FILE, err) < 0 ? NULL : json_array();
    size_t at = 0;
    while (lines && at < b.size) {
        const uint8_t *end = memchr(b.data + at, '\n', b.size - at);
        size_t n = end ? (size_t)(end - b.data) - at : b.size - at;
        size_t used = n && b.data[at + n - 1] == '\r' ? n - 1 : n;
        if (json_array_append_new(lines, json_stringn((const char *)b.data + at, used)) < 0) {
            idc_fail(err, IDC_E_INVALID, "%s: line %zu is not UTF-8", path,
                     json_array_size(lines) + 1);
            json_decref(lines);
            lines = NULL;
        }
        at += n + 1;
    }
    idc_buffer_free(&b);
    return lines;
}

int idc_classifier_labels(idc_classifier *c, const char *path, idc_error *err)
{
    json_t *lines = read_lines(path, err);
    return lines ? set_labels(c, lines, path, err) : err->code;
}

int idc_classifier_classes(const idc_classifier *c)
{
    return c->classes;
}

void idc_classifier_logits(const idc_classifier *c, const float *pooled, float *logits)
{
    for (int k = 0; k < c->classes; k++) {
        const float *w = c->weight + (size_t)k * (size_t)c->width;
        double sum = c->bias[k];
        for (int i = 0; i < c->width; i++)
            sum += (double)w[i] * pooled[i];
        logits[k] = (float)sum;
    }
}

/* The k-th largest, k = 0 …: the first of those that are not in `before`. */
static int next_best(const idc_classifier *c, const int *before, int k)
{
    int best = -1;
    for (int i = 0; i < c->classes; i++) {
        bool taken = false;
        for (int j = 0; j < k; j++)
            taken = taken || before[j] == i;
        if (!taken && (best < 0 || c->logits[i] > c->logits[best]))
            best = i;
    }
    return best;
}

int idc_classifier_mark(idc_classifier *c, idc_record *r, const float *pooled, idc_error *err)
{
    int best[IDC_TOP_CLASSES];
    double sum = 0;
    idc_classifier_logits(c, pooled, c->logits);
    for (int k = 0; k < IDC_TOP_CLASSES; k++)
        best[k] = next_best(c, best, k);
    for (int i = 0; i < c->classes; i++)
        sum += exp((double)c->logits[i] - (double)c->logits[best[0]]);
    json_t *list = json_array();
    for (int k = 0; k < IDC_TOP_CLASSES; k++) {
        double logit = c->logits[best[k]];
        json_t *entry = json_pack("{si}", "class", best[k]),
               *label = json_array_get(c->labels, (size_t)best[k]);
        if (label)
            json_object_set(entry, "label", label);
        json_object_set_new(entry, "probability",
                            json_real(exp(logit - (double)c->logits[best[0]]) / sum));
        json_object_set_new(entry, "logit", json_real(logit));
        json_array_append_new(list, entry);
    }
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    int rc = text ? idc_record_set_json(r, "classes", text, err)
                  : idc_fail(err, IDC_E_MEMORY, "image '%s': no memory", idc_record_id(r));
    free(text);
    return rc;
}

/* ---- */

static bool is_counter(const idc_safetensor *t)
{
    static const char end[] = ".num_batches_tracked";
    size_t n = strlen(t->name), m = sizeof end - 1;
    return n > m && strcmp(t->name + n - m, end) == 0;
}

int idc_weights_save(const char *path, const idc_safetensors *file, const char *arch,
                     const char *labels, idc_error *err)
{
    size_t n = 0;
    json_t *lines = labels ? read_lines(labels, err) : NULL;
    if (labels && !lines)
        return err->code;
    char *text = lines ? json_dumps(lines, JSON_COMPACT) : NULL;
    idc_safetensor *kept = calloc(idc_safetensors_size(file) + 1, sizeof *kept);
    const idc_safetensors_metadata_entry about[] = {{"arch", arch}, {"labels", text}};
    int rc = kept && (text || !lines) ? 0 : idc_fail(err, IDC_E_MEMORY, "%s: no memory", path);
    for (size_t i = 0; rc == 0 && i < idc_safetensors_size(file); i++)
        if (!is_counter(idc_safetensors_at(file, i)))
            kept[n++] = *idc_safetensors_at(file, i);
    rc = rc < 0 ? rc : idc_safetensors_write(path, kept, n, about, text ? 2 : 1, err);
    json_decref(lines);
    free(text);
    free(kept);
    return rc;
}
