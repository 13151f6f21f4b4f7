/* describe.c: the five programs' work on two pictures in memory; see idc/idc.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "idc/idc.h"
#include "image/resize.h"
#include "model/caption.h"
#include "model/contrast.h"
#include "model/outline.h"

struct idc_describer {
    idc_model *model;
    idc_decoder *decoder;
    idc_tape *tape;
    char *text;
    idc_error err;
};

int idc_describer_open(idc_describer **out, const char *model_file)
{
    idc_describer *d = *out = calloc(1, sizeof *d);
    if (!d)
        return IDC_E_MEMORY;
    int rc = idc_model_open(&d->model, model_file, IDC_MODEL_ENCODER | IDC_MODEL_NETWORK, &d->err);
    if (rc == 0)
        rc = idc_decoder_new(&d->decoder, d->model->network, &d->err);
    if (rc == 0 && !(d->tape = idc_tape_new(IDC_TAPE_INFER, &d->err)))
        rc = IDC_E_MEMORY;
    return rc;
}

void idc_describer_close(idc_describer **out)
{
    idc_describer *d = *out;
    if (!d)
        return;
    if (d->decoder)
        idc_decoder_free(&d->decoder);
    if (d->tape)
        idc_tape_free(&d->tape);
    idc_model_close(&d->model);
    free(d->text);
    free(d);
    *out = NULL;
}

const char *idc_describer_message(const idc_describer *d)
{
    return d ? d->err.text : "no memory";
}

/* The picture in the size that the encoder takes. */
static int prepare(idc_describer *d, const idc_rgb *in, idc_image *out)
{
    idc_image copy = {0};
    size_t row = (size_t)in->width * 3, stride = in->stride ? in->stride : row;
    if (!in->pixels || in->width < 1 || in->height < 1 || in->width > 65535 || in->height > 65535 ||
        stride < row)
        return idc_fail(&d->err, IDC_E_RANGE, "picture: %d x %d pixels in rows of %zu bytes",
                        in->width, in->height, stride);
    int rc = idc_image_new(&copy, in->width, in->height, &d->err);
    if (rc < 0)
        return rc;
    for (int y = 0; y < in->height; y++)
        memcpy(copy.rgb + (size_t)y * row, in->pixels + (size_t)y * stride, row);
    const idc_input_config *input = &d->model->config.input;
    int filter = idc_filter_from_name(input->filter);
    rc = idc_resize(out, &copy, input->size[0], input->size[1], (idc_filter)filter, &d->err);
    idc_image_free(&copy);
    return rc;
}

static int encode(idc_describer *d, const idc_rgb *before, const idc_rgb *after,
                  idc_tensor **feature)
{
    const idc_rgb *in[2] = {before, after};
    idc_image ready[2] = {{0}, {0}};
    int rc = 0;
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = prepare(d, in[k], &ready[k]);
    if (rc == 0) {
        const unsigned char *pixels[2] = {ready[0].rgb, ready[1].rgb};
        idc_tensor *x = idc_encoder_input(d->model->encoder, d->tape, pixels, 2);
        *feature = idc_encoder_forward(d->model->encoder, d->tape, x, false).feature;
        rc = idc_tape_status(d->tape, &d->err);
    }
    for (int k = 0; k < 2; k++)
        idc_image_free(&ready[k]);
    return rc;
}

static double domain_of(const idc_describer *d, const idc_tensor *pooled)
{
    const idc_model *m = d->model;
    if (!m->domain_mean || m->config.domain_threshold <= 0.0)
        return -1.0;
    const float *v = idc_f32(pooled);
    double s =
        fmax(idc_domain_distance(m, v), idc_domain_distance(m, v + m->config.network.feature));
    return s >= 0.0 ? exp2(-s / m->config.domain_threshold) : 0.0;
}

static int box_of(idc_describer *d, const idc_tensor *pointer, const float *feature,
                  const idc_rgb *picture, int box[4])
{
    int grid[2];
    double found[4], size[2] = {picture->width, picture->height};
    if (!pointer)
        return 0;
    idc_outline_grid(&d->model->config, grid);
    float *map = idc_tape_alloc(d->tape, (size_t)grid[0] * (size_t)grid[1] * sizeof *map);
    if (!map)
        return idc_fail(&d->err, IDC_E_MEMORY, "no memory");
    idc_outline(map, idc_f32(pointer), feature, &d->model->config);
    if (idc_pointer_box(found, map, grid, size))
        for (int i = 0; i < 4; i++)
            box[i] = (int)found[i];
    return 0;
}

static int say(idc_describer *d, const idc_tensor *tokens, idc_description *said)
{
    idc_decode_options options = IDC_DECODE_DEFAULTS;
    idc_decoding out;
    int rc = idc_decoder_run(d->decoder, idc_f32(tokens), &options, &out, &d->err);
    if (rc < 0)
        return rc;
    free(d->text);
    d->text =
        idc_vocabulary_decode(d->model->config.vocabulary, out.best[0].ids, out.best[0].length);
    said->text = d->text;
    said->logprob = out.best[0].logprob;
    return d->text ? 0 : idc_fail(&d->err, IDC_E_MEMORY, "no memory");
}

int idc_describe(idc_describer *d, const idc_rgb *before, const idc_rgb *after,
                 idc_description *said)
{
    idc_tensor *feature = NULL;
    idc_network_pair_output pair;
    memset(said, 0, sizeof *said);
    if (!d->tape)
        return idc_fail(&d->err, IDC_E_INVALID, "the model was not opened");
    idc_tape_reset(d->tape);
    int rc = encode(d, before, after, &feature);
    if (rc < 0)
        return rc;
    idc_network *net = d->model->network;
    idc_network_pair(net, d->tape, idc_slice(d->tape, feature, 0, 0, 1),
                     idc_slice(d->tape, feature, 0, 1, 1), &pair);
    idc_tensor *change = idc_network_ask(net, d->tape, pair.tokens, NULL, IDC_TEXT_CAUSAL).change;
    idc_tensor *pooled = idc_mean_cells(d->tape, feature);
    rc = idc_tape_status(d->tape, &d->err);
    if (rc < 0)
        return rc;
    said->change = idc_change_probability(&d->model->config, idc_f32(change));
    said->domain = domain_of(d, pooled);
    if (said->change >= 0.5) {
        const float *cells = idc_f32(feature);
        rc = box_of(d, pair.pointer[0], cells, before, said->box_before);
        cells += idc_tensor_count(feature) / 2;
        rc = rc < 0 ? rc : box_of(d, pair.pointer[1], cells, after, said->box_after);
    }
    if (rc == 0 && said->change < 0.5 && d->model->config.no_change[0]) {
        said->text = d->model->config.no_change; /* as idc-contrast and idc-decode-caption do */
        return 0;
    }
    return rc < 0 ? rc : say(d, pair.tokens, said);
}
