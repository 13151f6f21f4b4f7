#include "model/train_finish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/data_batch.h"
#include "model/model_file.h"
#include "model/train_source.h"

/* A feature that hardly varies must not decide: deviations count as at least this. */
#define LEAST_DEVIATION 1e-3

/* views: 3 of a triple, 2 of a listed pair. */
static int add_views(idc_train_model *m, const idc_triple *t, int views, idc_tape *tape, float *out,
                     idc_error *err)
{
    const idc_input_config *input = &m->config.input;
    size_t bytes = (size_t)input->size[0] * (size_t)input->size[1] * 3;
    unsigned char *pixels = malloc((size_t)views * bytes);
    const unsigned char *pictures[IDC_VIEWS];
    if (pixels == NULL)
        return idc_fail(err, IDC_E_MEMORY, "statistics: no memory");
    idc_view view;
    int rc = 0;
    idc_view_whole(&view, t->width, t->height, input->size[0], input->size[1]);
    for (int v = 0; v < views && rc == 0; v++) {
        pictures[v] = pixels + (size_t)v * bytes;
        rc = idc_view_picture(&view, t->images[v], pixels + (size_t)v * bytes, NULL, err);
    }
    if (rc == 0) {
        idc_tape_reset(tape);
        idc_tensor *x = idc_encoder_input(m->encoder, tape, pictures, views);
        idc_tensor *pooled =
            idc_mean_cells(tape, idc_encoder_forward(m->encoder, tape, x, false).feature);
        rc = idc_tape_status(tape, err);
        if (rc == 0)
            memcpy(out, pooled->data, (size_t)idc_tensor_count(pooled) * sizeof *out);
    }
    free(pixels);
    return rc;
}

/* Triples at even distances, or pairs where only lists are there: n · 3 pictures or, of pairs, n · 2. */
static int pool_pictures(idc_train_model *m, const idc_dataset *data, size_t n, idc_tape *tape,
                         float *pooled, idc_error *err)
{
    const idc_input_config *input = &m->config.input;
    size_t size = idc_dataset_size(data), pairs = idc_dataset_pairs(data);
    size_t views = size > 0 ? IDC_VIEWS : 2;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        idc_triple t;
        void *memory = NULL;
        if (size > 0)
            idc_dataset_triple(data, i * size / n, &t);
        else
            rc = idc_listed_load(idc_dataset_pair(data, i * pairs / n), input->size[0],
                                 input->size[1], &t, &memory, err);
        if (rc == 0)
            rc = add_views(m, &t, (int)views, tape,
                           pooled + i * views * (size_t)m->config.network.feature, err);
        free(memory);
    }
    return rc;
}

/* The mean over the cells of an encoded picture. */
static int add_encoded(idc_train_source *s, int64_t picture, float *cells, float *out,
                       idc_error *err)
{
    int n = s->rows * s->columns, channels = s->channels;
    int rc = s->read(s, picture, cells, err);
    for (int c = 0; c < channels && rc == 0; c++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += (double)cells[(size_t)i * (size_t)channels + (size_t)c];
        out[c] = (float)(sum / n);
    }
    return rc;
}

/* Pictures at even distances over the pairs, before and after. */
static int pool_encoded(idc_train_source *s, size_t n, float *pooled, idc_error *err)
{
    size_t cells = (size_t)s->rows * (size_t)s->columns * (size_t)s->channels;
    float *feature = malloc(cells * sizeof *feature);
    int rc = feature == NULL ? idc_fail(err, IDC_E_MEMORY, "statistics: no memory") : 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        size_t at = i * 2 * s->n / n;
        rc = add_encoded(s, s->pair[at / 2].feature[at % 2], feature,
                         pooled + i * (size_t)s->channels, err);
    }
    free(feature);
    return rc;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(idc_train_domain *d, const float *pooled, double *score, size_t n,
                    size_t feature)
{
    for (size_t f = 0; f < feature; f++) {
        double sum = 0, square = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)pooled[i * feature + f];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++)
            square +=
                ((double)pooled[i * feature + f] - mean) * ((double)pooled[i * feature + f] - mean);
        d->mean[f] = (float)mean;
        d->inverse_deviation[f] = (float)(1 / fmax(sqrt(square / (double)n), LEAST_DEVIATION));
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t f = 0; f < feature; f++) {
            double z = (double)((pooled[i * feature + f] - d->mean[f]) * d->inverse_deviation[f]);
            sum += z * z;
        }
        score[i] = sum / (double)feature;
    }
    qsort(score, n, sizeof *score, compare);
    size_t at = (size_t)ceil(0.995 * (double)n);
    d->threshold = score[(at > n ? n : at) - 1];
}

int idc_train_domain_measure(idc_train_domain *d, idc_train_model *m, const idc_dataset *data,
                             size_t triples, idc_tape *tape, idc_error *err)
{
    idc_train_source *source = idc_dataset_source(data);
    size_t size = source != NULL               ? source->n
                  : idc_dataset_size(data) > 0 ? idc_dataset_size(data)
                                               : idc_dataset_pairs(data);
    size_t n = triples < size ? triples : size;
    size_t pictures = n * (idc_dataset_size(data) > 0 ? IDC_VIEWS : 2);
    size_t feature = (size_t)m->config.network.feature;
    memset(d, 0, sizeof *d);
    d->mean = calloc(feature, sizeof *d->mean);
    d->inverse_deviation = calloc(feature, sizeof *d->inverse_deviation);
    float *pooled = calloc(pictures * feature, sizeof *pooled);
    double *score = calloc(pictures, sizeof *score);
    int rc = d->mean && d->inverse_deviation && pooled && score
                 ? 0
                 : idc_fail(err, IDC_E_MEMORY, "statistics: no memory");
    if (rc == 0)
        rc = source != NULL ? pool_encoded(source, pictures, pooled, err)
                            : pool_pictures(m, data, n, tape, pooled, err);
    if (rc == 0)
        measure(d, pooled, score, pictures, feature);
    else
        idc_train_domain_fini(d);
    free(score);
    free(pooled);
    return rc;
}

void idc_train_domain_fini(idc_train_domain *d)
{
    free(d->mean);
    free(d->inverse_deviation);
    memset(d, 0, sizeof *d);
}

/* The record of this run, after those of the runs before it: a list. */
static char *record(const idc_train_product *p)
{
    json_t *list = p->before != NULL ? json_loads(p->before, 0, NULL) : NULL, *run = json_object();
    if (!json_is_array(list)) {
        json_decref(list);
        list = json_array();
    }
    json_object_set_new(run, "stage", json_string(idc_train_stage_name(p->settings->stage)));
    if (p->command != NULL)
        json_object_set_new(run, "command", json_string(p->command));
    json_object_set_new(run, "steps", json_integer((json_int_t)p->progress->step));
    json_object_set_new(run, "seconds", json_real(round(p->progress->seconds)));
    json_object_set_new(run, "triples", json_integer((json_int_t)p->progress->triples));
    json_object_set_new(run, "settings",
                        json_string(p->progress->settings != NULL ? p->progress->settings : ""));
    if (p->scores != NULL)
        json_object_set(run, "validation", p->scores);
    json_array_append_new(list, run);
    char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(list);
    return text;
}

int idc_train_write(const idc_train_product *p, idc_error *err)
{
    char *training = record(p);
    const idc_train_settings *s = p->settings;
    idc_model_config config = p->model->config; /* what it owns stays the model's */
    config.network.fda = (s->stage == IDC_STAGE_PRETRAIN || s->stage == IDC_STAGE_FINETUNE) &&
                         s->ratio[IDC_TASK_FDA] > 0;
    idc_model_content content = {.config = &config,
                                 .params = p->model->params,
                                 .training = training,
                                 .domain_mean = p->domain != NULL ? p->domain->mean : NULL,
                                 .domain_inverse_deviation =
                                     p->domain != NULL ? p->domain->inverse_deviation : NULL,
                                 .half = p->half};
    int rc = idc_model_write(p->path, &content, err);
    free(training);
    return rc;
}
